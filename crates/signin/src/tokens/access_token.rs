//! Access tokens: RS256 JSON Web Tokens that tell who is signed in, to which organization, as what.
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use vestibule_kernel::id::{ClientId, EnvironmentId, OrganizationId, SessionId, UserId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, Kind, Result, environment};

use super::keys::{self, SigningKey};
use super::store;
use super::template::{Refusal, Template};
use crate::policy::SignInPolicy;

/// The longest token that a verifier looks at.
const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// What an access token says.
pub struct Subject<'a> {
    /// Who is signed in.
    pub user_id: &'a UserId,
    /// By which session.
    pub session_id: &'a SessionId,
    /// To which application.
    pub client_id: &'a ClientId,
    /// When they last proved who they are.
    pub auth_time: Time,
    /// The address of somebody who acts as the user.
    pub impersonator: Option<&'a str>,
    /// The organization that was chosen.
    pub organization_id: Option<&'a OrganizationId>,
    /// The slug of the first role in that organization.
    pub role: Option<&'a str>,
    /// The slugs of all roles in that organization.
    pub roles: &'a [String],
    /// The slugs of the permissions of those roles.
    pub permissions: &'a [String],
    /// What the JWT template may speak of.
    pub context: &'a Value,
}

/// An access token and the claims in it.
#[derive(Debug)]
pub struct AccessToken {
    /// The token.
    pub token: Secret,
}

/// The claims of a token for `subject`, from now on; those of the JWT template included.
pub fn claims(cx: &mut Cx<'_>, subject: &Subject<'_>) -> Result<Map<String, Value>> {
    let policy: SignInPolicy = cx.setting()?;
    let issued = cx.now().seconds();
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| {
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if !empty {
            claims.insert(name.to_owned(), value);
        }
    };
    put("sid", json!(subject.session_id));
    put("org_id", json!(subject.organization_id));
    put("role", json!(subject.role));
    put("roles", json!(subject.roles));
    put("permissions", json!(subject.permissions));
    put("client_id", json!(subject.client_id));
    put("auth_time", json!(subject.auth_time.seconds()));
    put("act", subject.impersonator.map_or(Value::Null, |it| json!({ "sub": it })));
    if let Some(template) = store::template(cx)? {
        let template = Template::parse(&template.content).map_err(refused)?;
        claims.extend(template.render(subject.context).map_err(refused)?);
    }
    // These come last: a template cannot name them, and nothing else may either.
    let issuer = issuer(cx, subject.client_id);
    let jti = cx.app.chance().ulid(cx.now());
    let expires = issued + i64::from(policy.access_token_seconds);
    for (name, value) in [
        ("iss", json!(issuer)),
        ("sub", json!(subject.user_id)),
        ("jti", json!(jti)),
        ("iat", json!(issued)),
        ("exp", json!(expires)),
    ] {
        claims.insert(name.to_owned(), value);
    }
    Ok(claims)
}

fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::TooBig(_) => Error::oauth("token_too_big", refusal.to_string()),
        Refusal::Fault(text) => Error::plain(Kind::BadRequest, text),
    }
}

/// Who issues the tokens of this client.
fn issuer(cx: &Cx<'_>, client_id: &ClientId) -> String {
    format!("{}/user_management/{client_id}", cx.app.options().public_url)
}

/// The token of these claims.
pub fn sign(key: &SigningKey, claims: &Map<String, Value>) -> Result<AccessToken> {
    let header = json!({ "alg": "RS256", "kid": key.id, "typ": "JWT" });
    let claims = serde_json::to_vec(claims).map_err(Error::internal)?;
    let mut token = BASE64URL_NOPAD.encode(header.to_string().as_bytes());
    token.push('.');
    token.push_str(&BASE64URL_NOPAD.encode(&claims));
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    token.push_str(&BASE64URL_NOPAD.encode(&signature));
    Ok(AccessToken { token: Secret::new(token) })
}

/// What a token that was verified says.
#[derive(Clone, Debug, Deserialize)]
pub struct Verified {
    /// Who is signed in.
    pub sub: UserId,
    /// By which session.
    pub sid: SessionId,
    /// The organization that was chosen.
    pub org_id: Option<OrganizationId>,
    /// The slugs of permissions in that organization.
    #[serde(default)]
    pub permissions: Vec<String>,
    iss: String,
    exp: i64,
    client_id: ClientId,
}

/// Reads an access token of this environment; none where it is not one, or has expired.
///
/// The algorithm is RS256 whatever the header says, and the key is one that we publish.
pub fn verify(cx: &mut Cx<'_>, token: &str) -> Result<Option<Verified>> {
    if token.len() > TOKEN_BYTES_MAX {
        return Ok(None);
    }
    let Ok(header) = jsonwebtoken::decode_header(token) else { return Ok(None) };
    let published = keys::published(cx)?;
    let named = |it: &&keys::PublicKey| header.kid.as_deref() == Some(it.id.as_str());
    let Some(key) = published.iter().find(named) else { return Ok(None) };
    let key =
        DecodingKey::from_rsa_components(&key.modulus, &key.exponent).map_err(Error::internal)?;
    let mut validation = Validation::new(Algorithm::RS256);
    // The clock is ours, below; audiences are for others.
    validation.validate_exp = false;
    validation.validate_aud = false;
    let Ok(decoded) = jsonwebtoken::decode::<Verified>(token, &key, &validation) else {
        return Ok(None);
    };
    let verified = decoded.claims;
    let ours = client_of(cx, cx.environment)?;
    let good = verified.exp > cx.now().seconds()
        && ours.as_ref() == Some(&verified.client_id)
        && verified.iss == issuer(cx, &verified.client_id);
    Ok(good.then_some(verified))
}

fn client_of(cx: &mut Cx<'_>, environment: &EnvironmentId) -> Result<Option<ClientId>> {
    Ok(environment::get(cx.db(), environment)?.map(|it| it.client_id))
}
