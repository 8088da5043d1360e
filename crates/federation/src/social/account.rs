//! Who a provider says somebody is: from its answers to an [`Account`].
//!
//! Addresses are where the trouble is. One counts as proved only where the provider says that it has
//! seen it proved, each in its own way:
//! - OpenID Connect: `email_verified`.
//! - Microsoft: an administrator of any tenant can give an account any address, so that only those of
//!   consumer accounts count, and those that `xms_edov` vouches for.
//! - GitHub and Bitbucket: the list of addresses tells.
//! - A provider that says nothing has not seen it proved.
use serde_json::{Map, Value};
use vestibule_kernel::FlowCx;

use super::client::{Tokens, Unusable, ask};
use super::departure::Remembered;
use super::{Protocol, Provider};
use crate::connections::{self, Speaks};
use crate::oidc::{self, Expected};
use vestibule_signin::authenticate::federated::{Account, OauthTokens};

/// The tenant of Microsoft's consumer accounts, which prove their address before they can use it.
const CONSUMERS: &str = "9188040d-6c67-4b5b-b112-36a304b66dad";
/// The longest name that is taken over, in characters.
const NAME_CHARACTERS_MAX: usize = 255;
/// The longest address of a picture, in bytes.
const PICTURE_BYTES_MAX: usize = 2048;
/// The longest id of an account, in bytes.
pub(crate) const IDP_ID_BYTES_MAX: usize = 255;
/// How much is kept of what a provider says, in bytes of JSON.
pub(crate) const RAW_BYTES_MAX: usize = 16 * 1024;

/// What a provider has said.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// Who it is.
    pub account: Account,
    /// In the provider's own words.
    pub raw: Value,
    /// The groups that they are in, where it said anything of groups.
    pub groups: Option<Vec<String>>,
    /// What the application wants to know besides.
    pub custom: Map<String, Value>,
    /// The roles that they have in the organization of the connection, by their slugs.
    pub roles: Option<Vec<String>>,
}

/// An address, and whether the provider has seen it proved.
#[derive(Debug, PartialEq, Eq)]
struct Address {
    email: String,
    verified: bool,
}

/// Asks the provider who the tokens belong to. `user` is what Apple sends along the first time.
pub(super) fn learn(
    flow: &FlowCx,
    provider: &Provider,
    remembered: &Remembered,
    tokens: &Tokens,
    user: Option<&str>,
) -> Result<Told, Unusable> {
    let claims = if provider.settings.protocol.has_id_token() {
        by_id_token(flow, provider, remembered, tokens)?
    } else {
        let endpoint = provider.endpoints().userinfo_endpoint;
        ask(flow, &endpoint.ok_or_else(|| lacks("a userinfo endpoint"))?, &tokens.access_token)?
    };
    if let (Some(owner), Value::Object(said)) = (&provider.owner, &claims) {
        return connections::told_by_claims(owner, said);
    }
    let address = match provider.settings.protocol {
        Protocol::GitHub => github_address(&addresses(flow, provider, tokens)?),
        Protocol::Bitbucket => bitbucket_address(&addresses(flow, provider, tokens)?),
        Protocol::Microsoft => microsoft_address(&claims),
        Protocol::Oidc | Protocol::Userinfo | Protocol::Apple | Protocol::Slack => {
            usual_address(&claims)
        }
    };
    let mut told = put_together(provider, &claims, address, user)?;
    if provider.settings.return_tokens {
        told.account.oauth_tokens = Some(for_application(flow, provider, remembered, tokens));
    }
    Ok(told)
}

fn by_id_token(
    flow: &FlowCx,
    provider: &Provider,
    remembered: &Remembered,
    tokens: &Tokens,
) -> Result<Value, Unusable> {
    let endpoints = provider.endpoints();
    let id_token = tokens.id_token.as_ref().ok_or_else(|| lacks("an ID token"))?;
    let expected = Expected {
        issuer: endpoints.issuer.as_deref().ok_or_else(|| lacks("an issuer"))?,
        audience: &provider.client_id,
        nonce: remembered.nonce.as_deref(),
        max_age: remembered.max_age,
        tells_auth_time: provider.known().is_none_or(|it| it.tells_auth_time),
        algorithm: agreed_algorithm(provider),
        jwks_uri: endpoints.jwks_uri.as_deref().ok_or_else(|| lacks("a key set"))?,
    };
    let mut claims = oidc::verify(flow, id_token, &expected)?;
    let incomplete = text(&claims, &["email", "user_email"]).is_none()
        || text(&claims, &["name", "given_name", "user_name"]).is_none();
    let incomplete = match provider.owner.as_ref().map(|it| (it, &it.speaks)) {
        Some((_, Speaks::Oidc { fetch_user_info: Some(wanted), .. })) => *wanted,
        Some((owner, _)) => connections::says_too_little(owner, &claims),
        None => incomplete,
    };
    if let Some(endpoint) = endpoints.userinfo_endpoint.filter(|_| incomplete) {
        let further = ask(flow, &endpoint, &tokens.access_token)?;
        // The answer of another account must not be joined with this one (OIDC Core §5.3.2).
        if further.get("sub") != claims.get("sub") {
            return Err(Unusable("the userinfo endpoint speaks of another account".to_owned()));
        }
        if let (Value::Object(claims), Value::Object(further)) = (&mut claims, further) {
            for (name, value) in further {
                claims.entry(name).or_insert(value);
            }
        }
    }
    Ok(claims)
}

/// The only algorithm that ID tokens may be signed with, where one was agreed on.
fn agreed_algorithm(provider: &Provider) -> Option<&str> {
    match &provider.owner.as_ref()?.speaks {
        Speaks::Oidc { algorithm, .. } => algorithm.as_deref(),
        Speaks::Saml(_) | Speaks::Test(_) => None,
    }
}

fn addresses(flow: &FlowCx, provider: &Provider, tokens: &Tokens) -> Result<Value, Unusable> {
    let endpoint = provider.endpoints().emails_endpoint;
    ask(flow, &endpoint.ok_or_else(|| lacks("an endpoint for addresses"))?, &tokens.access_token)
}

fn lacks(what: &str) -> Unusable {
    Unusable(format!("the provider has not given {what}"))
}

/// The first of these claims that is a text with something in it.
fn text<'a>(claims: &'a Value, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|it| claims.get(*it)?.as_str().filter(|it| !it.trim().is_empty()))
}

/// Whether a claim says yes; some providers write it as text.
fn says_yes(claims: &Value, name: &str) -> bool {
    match claims.get(name) {
        Some(Value::Bool(it)) => *it,
        Some(Value::String(it)) => it == "true" || it == "1",
        Some(Value::Number(it)) => it.as_i64() == Some(1),
        Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => false,
    }
}

fn usual_address(claims: &Value) -> Option<Address> {
    let email = text(claims, &["email", "user_email"])?.to_owned();
    let verified = says_yes(claims, "email_verified") || says_yes(claims, "emailVerified");
    Some(Address { email, verified })
}

fn microsoft_address(claims: &Value) -> Option<Address> {
    let email = text(claims, &["email"])?.to_owned();
    let is_consumer = text(claims, &["tid"]) == Some(CONSUMERS);
    Some(Address { email, verified: is_consumer || says_yes(claims, "xms_edov") })
}

/// The primary address if it was proved, or else one that was.
fn github_address(list: &Value) -> Option<Address> {
    let list = list.as_array()?;
    let proved = |it: &&Value| says_yes(it, "verified");
    let found = list
        .iter()
        .filter(proved)
        .find(|it| says_yes(it, "primary"))
        .or_else(|| list.iter().find(proved))
        .or_else(|| list.iter().find(|it| says_yes(it, "primary")))?;
    let email = text(found, &["email"])?.to_owned();
    Some(Address { email, verified: says_yes(found, "verified") })
}

fn bitbucket_address(list: &Value) -> Option<Address> {
    let list = list.get("values")?.as_array()?;
    let found = list.iter().find(|it| says_yes(it, "is_primary"))?;
    let email = text(found, &["email"])?.to_owned();
    Some(Address { email, verified: says_yes(found, "is_confirmed") })
}

/// The id of an account, which must be one that nobody can choose or pass on.
fn idp_id(protocol: Protocol, claims: &Value) -> Option<String> {
    let any = |name: &str| match claims.get(name)? {
        Value::String(it) if !it.is_empty() => Some(it.clone()),
        Value::Number(it) => Some(it.to_string()),
        _ => None,
    };
    let id = match protocol {
        Protocol::Oidc | Protocol::Apple | Protocol::Microsoft => any("sub"),
        // The id of a user says who it is within a workspace.
        Protocol::Slack => {
            let team = text(claims, &["https://slack.com/team_id"])?;
            any("sub").map(|it| format!("{team}:{it}"))
        }
        Protocol::GitHub => any("id"),
        Protocol::Bitbucket => any("uuid"),
        Protocol::Userinfo => any("sub").or_else(|| any("id")),
    };
    id.filter(|it| it.len() <= IDP_ID_BYTES_MAX)
}

fn put_together(
    provider: &Provider,
    claims: &Value,
    address: Option<Address>,
    user: Option<&str>,
) -> Result<Told, Unusable> {
    let idp_id = idp_id(provider.settings.protocol, claims);
    let idp_id = idp_id.ok_or_else(|| lacks("the id of the account"))?;
    let Address { email, verified } = address.ok_or_else(|| lacks("an e-mail address"))?;
    let (mut first_name, mut last_name) = (
        text(claims, &["given_name", "givenName", "first_name"]).and_then(name),
        text(claims, &["family_name", "familyName", "last_name"]).and_then(name),
    );
    if let Some(said) = user.filter(|_| provider.settings.protocol == Protocol::Apple) {
        // It comes by way of the browser, so that it is worth no more than what a visitor types.
        let said: Value = serde_json::from_str(said).unwrap_or_default();
        let said = said.get("name").cloned().unwrap_or_default();
        first_name = first_name.or(text(&said, &["firstName"]).and_then(name));
        last_name = last_name.or(text(&said, &["lastName"]).and_then(name));
    }
    let joined = [first_name.as_deref(), last_name.as_deref()];
    let joined = joined.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let full = text(claims, &["name", "display_name", "user_name"]).and_then(name);
    let account = Account {
        method: provider.method(),
        provider: provider.identity().to_owned(),
        idp_id,
        email: email.trim().to_owned(),
        email_verified: verified,
        name: full.or((!joined.is_empty()).then_some(joined)),
        first_name,
        last_name,
        organization_id: None,
        role_slugs: None,
        picture: picture(claims),
        profile_id: None,
        oauth_tokens: None,
    };
    let fits = claims.is_object() && claims.to_string().len() <= RAW_BYTES_MAX;
    let raw = if fits { claims.clone() } else { Value::Object(Map::new()) };
    Ok(Told { account, raw, groups: None, custom: Map::new(), roles: None })
}

/// A name, if it is one: names are shown on pages and written into mails.
pub(crate) fn name(text: &str) -> Option<String> {
    let clean: String =
        text.chars().filter(|it| !it.is_control()).take(NAME_CHARACTERS_MAX).collect();
    let clean = clean.trim();
    (!clean.is_empty()).then(|| clean.to_owned())
}

fn picture(claims: &Value) -> Option<String> {
    let avatar = claims.pointer("/links/avatar/href").and_then(Value::as_str);
    let named = ["picture", "avatar_url", "user_avatar_url", "https://slack.com/user_image_192"];
    let text = text(claims, &named).or(avatar)?;
    let is_web = text.starts_with("https://") && text.len() <= PICTURE_BYTES_MAX;
    (is_web && url::Url::parse(text).is_ok()).then(|| text.to_owned())
}

fn for_application(
    flow: &FlowCx,
    provider: &Provider,
    remembered: &Remembered,
    tokens: &Tokens,
) -> OauthTokens {
    // Providers that say nothing give tokens that live until they are revoked.
    let lives = tokens.expires_in.map_or(0, |it| i64::try_from(it.as_secs()).unwrap_or(0));
    OauthTokens {
        provider: provider.key.clone(),
        access_token: tokens.access_token.reveal().to_owned(),
        refresh_token: tokens.refresh_token.as_ref().map_or("", |it| it.reveal()).to_owned(),
        expires_at: if lives == 0 { 0 } else { flow.now().millis() / 1000 + lives },
        scopes: tokens.scopes.clone().unwrap_or_else(|| remembered.scopes.clone()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn proved(address: Option<Address>) -> Option<(String, bool)> {
        address.map(|it| (it.email, it.verified))
    }

    #[test]
    fn noauth_attack_an_address_that_a_tenants_administrator_wrote_is_not_proved() {
        let claims = |more: Value| {
            let mut claims = json!({ "sub": "1", "email": "victim@acme.test", "tid": "attacker" });
            for (name, value) in more.as_object().unwrap() {
                claims[name] = value.clone();
            }
            proved(microsoft_address(&claims)).unwrap().1
        };
        assert!(!claims(json!({})));
        // Microsoft has no such claim, so that whoever writes it is not Microsoft.
        assert!(!claims(json!({ "email_verified": true })));
        assert!(!claims(json!({ "xms_edov": false })));
        assert!(!claims(json!({ "xms_edov": "0" })));
        assert!(claims(json!({ "xms_edov": true })));
        assert!(claims(json!({ "xms_edov": "1" })));
        assert!(claims(json!({ "tid": CONSUMERS })));
    }

    #[test]
    fn of_githubs_addresses_a_proved_one_counts_and_the_primary_one_first() {
        let list = |of: Value| proved(github_address(&of));
        let entry = |email: &str, primary: bool, verified: bool| json!({ "email": email, "primary": primary, "verified": verified });
        let (a, b) = ("a@x.test", "b@x.test");
        let found = |email: &str, verified| Some((email.to_owned(), verified));
        assert_eq!(list(json!([entry(a, false, true), entry(b, true, true)])), found(b, true));
        assert_eq!(list(json!([entry(a, false, true), entry(b, true, false)])), found(a, true));
        assert_eq!(list(json!([entry(a, false, false), entry(b, true, false)])), found(b, false));
        assert_eq!(list(json!([])), None);
        assert_eq!(list(json!({ "message": "Bad credentials" })), None);
    }

    #[test]
    fn bitbuckets_primary_address_counts_as_proved_when_it_was_confirmed() {
        let list = |confirmed: bool| {
            let values = json!([
                { "email": "other@x.test", "is_primary": false, "is_confirmed": true },
                { "email": "a@x.test", "is_primary": true, "is_confirmed": confirmed },
            ]);
            proved(bitbucket_address(&json!({ "values": values })))
        };
        assert_eq!(list(true), Some(("a@x.test".to_owned(), true)));
        assert_eq!(list(false), Some(("a@x.test".to_owned(), false)));
    }

    #[test]
    fn an_address_is_proved_only_where_the_provider_says_so() {
        for (claims, expected) in [
            (json!({ "email": "a@x.test" }), false),
            (json!({ "email": "a@x.test", "email_verified": null }), false),
            (json!({ "email": "a@x.test", "email_verified": "no" }), false),
            (json!({ "email": "a@x.test", "email_verified": ["true"] }), false),
            (json!({ "email": "a@x.test", "email_verified": true }), true),
            (json!({ "email": "a@x.test", "email_verified": "true" }), true),
            (json!({ "email": "a@x.test", "emailVerified": true }), true),
        ] {
            assert_eq!(proved(usual_address(&claims)).unwrap().1, expected, "{claims}");
        }
        assert_eq!(usual_address(&json!({ "email": "  ", "email_verified": true })), None);
    }

    #[test]
    fn two_members_of_two_workspaces_who_have_one_id_are_two() {
        let claims = |team: &str| json!({ "sub": "U1", "https://slack.com/team_id": team });
        assert_eq!(idp_id(Protocol::Slack, &claims("T1")).unwrap(), "T1:U1");
        assert_ne!(idp_id(Protocol::Slack, &claims("T1")), idp_id(Protocol::Slack, &claims("T2")));
        assert_eq!(idp_id(Protocol::Slack, &json!({ "sub": "U1" })), None);
    }

    #[test]
    fn an_id_is_text_or_a_number_and_short() {
        assert_eq!(idp_id(Protocol::GitHub, &json!({ "id": 583_231 })).unwrap(), "583231");
        for claims in [
            json!({}),
            json!({ "sub": "" }),
            json!({ "sub": ["a"] }),
            json!({ "sub": "a".repeat(256) }),
        ] {
            assert_eq!(idp_id(Protocol::Oidc, &claims), None, "{claims}");
        }
    }

    #[test]
    fn pictures_come_over_https_alone_and_names_hold_no_control_characters() {
        assert_eq!(picture(&json!({ "picture": "javascript:alert(1)" })), None);
        assert_eq!(picture(&json!({ "picture": "http://x.test/a.png" })), None);
        let good = "https://x.test/a.png";
        assert_eq!(picture(&json!({ "avatar_url": good })).as_deref(), Some(good));
        assert_eq!(name(" Ada\u{0}\nLovelace ").as_deref(), Some("AdaLovelace"));
        assert_eq!(name(" \t "), None);
    }
}
