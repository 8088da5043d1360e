//! ID tokens of OpenID Connect: what is looked at before one is believed (OIDC Core §3.1.3.7).
//!
//! - The algorithm is one of a list, and none of it is symmetric, so that nobody signs with a key that
//!   everybody can read, and none is `none`.
//! - The key comes from the issuer's own key set; what the token says about where keys are is ignored.
//! - It is from this issuer, for us, of this sign-in, and of now.
//! - Where the application asked for a greatest age, whoever it is has signed in there since then. A
//!   provider that has to say when that was is not believed where it does not.
mod keys;

use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde_json::Value;
use vestibule_kernel::FlowCx;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;

use crate::social::Unusable;

/// The longest token that is read, in bytes.
const TOKEN_BYTES_MAX: usize = 64 * 1024;
/// How far the clocks of others may be off.
const LEEWAY_SECONDS: i64 = 60;
/// How old a token may be, whatever it says: it was made for this exchange.
const AGE_SECONDS_MAX: i64 = 60 * 60;
/// Where the name of a tenant stands in the name of an issuer that has many (Microsoft).
const TENANT: &str = "{tenantid}";
/// What is accepted as a signature.
const ALGORITHMS: &[Algorithm] = &[
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// What a token must be.
pub(crate) struct Expected<'a> {
    /// Who signed it.
    pub issuer: &'a str,
    /// Whom it is for.
    pub audience: &'a str,
    /// What was sent along, where the provider repeats it.
    pub nonce: Option<&'a str>,
    /// For how many seconds a sign-in at the issuer is good, where that was sent along.
    pub max_age: Option<i64>,
    /// Whether the issuer says when somebody signed in, where that was.
    pub tells_auth_time: bool,
    /// The only algorithm that it signs with, where one was agreed on.
    pub algorithm: Option<&'a str>,
    /// Where the keys of the issuer are.
    pub jwks_uri: &'a str,
}

/// Looks at a token, and answers its claims.
pub(crate) fn verify(
    flow: &FlowCx,
    token: &Secret,
    expected: &Expected<'_>,
) -> Result<Value, Unusable> {
    let text = token.reveal();
    if text.len() > TOKEN_BYTES_MAX {
        return Err(unusable("the ID token is too long"));
    }
    let header = decode_header(text).map_err(|_| unusable("the ID token has no header"))?;
    let is_agreed = expected.algorithm.is_none_or(|it| it == format!("{:?}", header.alg));
    if !ALGORITHMS.contains(&header.alg) || !is_agreed {
        return Err(unusable("the algorithm of the ID token is not accepted"));
    }
    let candidates = keys::find(flow, expected.jwks_uri, header.kid.as_deref(), header.alg)?;
    let claims = candidates.iter().find_map(|key| {
        let mut validation = Validation::new(header.alg);
        // The instant is that of the flow, and the rest is looked at below.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        decode::<Value>(text, key, &validation).ok().map(|it| it.claims)
    });
    let claims = claims.ok_or_else(|| unusable("no key of the issuer has signed the ID token"))?;
    check(&claims, expected, flow.now()).map(|()| claims)
}

fn unusable(why: &str) -> Unusable {
    Unusable(why.to_owned())
}

/// Whether the claims are those of a token from this issuer, for us, of this sign-in, and of now.
fn check(claims: &Value, expected: &Expected<'_>, now: Time) -> Result<(), Unusable> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let issuer = match (expected.issuer.contains(TENANT), text("tid")) {
        (false, _) => expected.issuer.to_owned(),
        (true, Some(tenant)) if is_tenant(tenant) => expected.issuer.replace(TENANT, tenant),
        (true, _) => return Err(unusable("the ID token names no tenant")),
    };
    // Quirk: Google leaves the scheme out now and then.
    let bare = issuer.strip_prefix("https://").filter(|it| *it == "accounts.google.com");
    if text("iss").is_none_or(|it| it != issuer && Some(it) != bare) {
        return Err(unusable("the ID token is from another issuer"));
    }
    if !is_for(claims, expected.audience) {
        return Err(unusable("the ID token is for somebody else"));
    }
    if let Some(nonce) = expected.nonce
        && !text("nonce").is_some_and(|it| Secret::new(nonce).matches(it))
    {
        return Err(unusable("the ID token is of another sign-in"));
    }
    let seconds = |name: &str| claims.get(name).and_then(instant);
    let now = now.millis() / 1000;
    match (seconds("exp"), seconds("iat")) {
        (Some(expires), _) if expires <= now - LEEWAY_SECONDS => {
            Err(unusable("the ID token has expired"))
        }
        (None, _) => Err(unusable("the ID token never expires")),
        (_, Some(made)) if made > now + LEEWAY_SECONDS => {
            Err(unusable("the ID token is from the future"))
        }
        (_, Some(made)) if made < now - AGE_SECONDS_MAX => Err(unusable("the ID token is too old")),
        (Some(_), None) => Err(unusable("the ID token does not say when it was made")),
        (Some(_), Some(_)) if seconds("nbf").is_some_and(|it| it > now + LEEWAY_SECONDS) => {
            Err(unusable("the ID token is not valid yet"))
        }
        (Some(_), Some(_)) => check_age(expected, seconds("auth_time"), now),
    }
}

/// Whether somebody signed in at the issuer no longer ago than was asked for.
fn check_age(expected: &Expected<'_>, auth_time: Option<i64>, now: i64) -> Result<(), Unusable> {
    match (expected.max_age, auth_time) {
        (Some(max), Some(at)) if at < now.saturating_sub(max).saturating_sub(LEEWAY_SECONDS) => {
            Err(unusable("the sign-in there was too long ago"))
        }
        (Some(_), None) if expected.tells_auth_time => {
            Err(unusable("the ID token does not say when the sign-in there was"))
        }
        (Some(_), Some(_) | None) | (None, _) => Ok(()),
    }
}

/// Whether a text can name a tenant; anything else could make up the name of another issuer.
fn is_tenant(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
}

/// Whether a token is for us: among its audience, and, where it names who may use it, that one.
fn is_for(claims: &Value, audience: &str) -> bool {
    let (is_among, is_alone) = match claims.get("aud") {
        Some(Value::String(it)) => (it == audience, true),
        Some(Value::Array(them)) => (them.iter().any(|it| it == audience), them.len() == 1),
        _ => (false, false),
    };
    match claims.get("azp") {
        Some(it) => is_among && it == audience,
        None => is_among && is_alone,
    }
}

/// Seconds since 1970; some write them with a fraction.
fn instant(value: &Value) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be in the range of instants")]
    let whole = |it: f64| (0.0..1e12).contains(&it).then_some(it as i64);
    value.as_i64().or_else(|| value.as_f64().and_then(whole))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_768_478_400;

    fn expected(issuer: &str) -> Expected<'_> {
        Expected {
            issuer,
            audience: "us",
            nonce: Some("n"),
            max_age: None,
            tells_auth_time: true,
            algorithm: None,
            jwks_uri: "https://op.test/keys",
        }
    }
    fn looked_at(change: impl Fn(&mut Value), issuer: &str) -> Result<(), String> {
        let mut claims = json!({
            "iss": "https://op.test", "aud": "us", "nonce": "n", "sub": "1",
            "iat": NOW, "exp": NOW + 300,
        });
        change(&mut claims);
        check(&claims, &expected(issuer), Time::from_millis(NOW * 1000)).map_err(|it| it.0)
    }
    fn refused(change: impl Fn(&mut Value), why: &str) {
        let found = looked_at(change, "https://op.test").unwrap_err();
        assert!(found.contains(why), "{found}");
    }

    #[test]
    fn a_token_of_this_sign_in_is_believed() {
        looked_at(|_| (), "https://op.test").unwrap();
        looked_at(|it| it["aud"] = json!(["us"]), "https://op.test").unwrap();
        let both = |it: &mut Value| {
            it["aud"] = json!(["us", "them"]);
            it["azp"] = json!("us");
        };
        looked_at(both, "https://op.test").unwrap();
    }

    #[test]
    fn a_sign_in_that_is_older_than_was_asked_for_is_not_believed() {
        let told = |max_age: Option<i64>, tells_auth_time: bool, auth_time: Option<i64>| {
            let expected = Expected { max_age, tells_auth_time, ..expected("https://op.test") };
            check_age(&expected, auth_time, NOW).map_err(|it| it.0)
        };
        assert_eq!(told(None, true, Some(0)), Ok(()));
        assert_eq!(told(Some(600), true, Some(NOW - 600)), Ok(()));
        assert!(told(Some(600), true, Some(NOW - 661)).unwrap_err().contains("too long ago"));
        assert!(told(Some(600), false, Some(NOW - 661)).unwrap_err().contains("too long ago"));
        assert!(told(Some(0), true, Some(NOW - 61)).unwrap_err().contains("too long ago"));
        assert!(told(Some(600), true, None).unwrap_err().contains("does not say when"));
        assert_eq!(told(Some(600), false, None), Ok(()));
        assert_eq!(told(Some(i64::MAX), true, Some(0)), Ok(()));
    }

    #[test]
    fn a_token_for_somebody_else_is_not_believed() {
        refused(|it| it["aud"] = json!("them"), "somebody else");
        refused(|it| it["aud"] = json!(["us", "them"]), "somebody else");
        refused(|it| it["azp"] = json!("them"), "somebody else");
        refused(|it| drop(it.as_object_mut().unwrap().remove("aud")), "somebody else");
    }

    #[test]
    fn a_token_of_another_issuer_or_sign_in_is_not_believed() {
        refused(|it| it["iss"] = json!("https://op.test/"), "another issuer");
        refused(|it| it["iss"] = json!("https://evil.test"), "another issuer");
        refused(|it| it["nonce"] = json!("other"), "another sign-in");
        refused(|it| drop(it.as_object_mut().unwrap().remove("nonce")), "another sign-in");
    }

    #[test]
    fn a_token_of_another_time_is_not_believed() {
        refused(|it| it["exp"] = json!(NOW - 61), "expired");
        refused(|it| drop(it.as_object_mut().unwrap().remove("exp")), "never expires");
        refused(|it| it["iat"] = json!(NOW + 61), "future");
        refused(|it| it["iat"] = json!(NOW - 3601), "too old");
        refused(|it| drop(it.as_object_mut().unwrap().remove("iat")), "does not say");
        refused(|it| it["nbf"] = json!(NOW + 61), "not valid yet");
        refused(|it| it["exp"] = json!("soon"), "never expires");
    }

    #[test]
    fn an_issuer_of_many_tenants_is_the_one_of_the_tenant_that_the_token_names() {
        let many = "https://login.test/{tenantid}/v2.0";
        let of = |issuer: &'static str, tenant: &'static str| {
            move |it: &mut Value| {
                it["iss"] = json!(issuer);
                it["tid"] = json!(tenant);
            }
        };
        looked_at(of("https://login.test/t-1/v2.0", "t-1"), many).unwrap();
        assert!(looked_at(of("https://login.test/t-1/v2.0", "t-2"), many).is_err());
        assert!(looked_at(of("https://login.test/a/b/v2.0", "a/b"), many).is_err());
        assert!(looked_at(of("https://login.test//v2.0", ""), many).is_err());
    }
}
