//! Access tokens: RS256 JSON Web Tokens that tell who is signed in, to which organization, as what.
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use vestibule_access::feature_flags;
use vestibule_kernel::id::{ClientId, SessionId, UserId};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, Kind, Result, environment};
use vestibule_people::memberships::{self, Membership, RoleClaims};
use vestibule_people::users::User;
use vestibule_people::{identities, organizations};

use super::settings::{self, TokenClaims};
use super::signed::{self, TOKEN_BYTES_MAX, TokenKind};
use super::store;
use super::template::{Refusal, Template};
use crate::policy::SignInPolicy;
use crate::sessions::Session;

/// How long a header is in base64url, and the dot after it.
const HEADER_LENGTH: usize = 101;
/// How long a signature is in base64url, and the dot before it: 256 bytes.
const SIGNATURE_LENGTH: usize = 343;

/// The claims of a token for a session, from now on; those of the JWT template included.
pub fn claims(cx: &mut Cx<'_>, user: &User, session: &Session) -> Result<Map<String, Value>> {
    let membership = active_membership(cx, user, session)?;
    let shown: TokenClaims = cx.setting()?;
    let mut claims = Map::new();
    claims.insert("auth_time".to_owned(), json!(session.auth_time.seconds()));
    if let Some(membership) = &membership {
        insert_of_membership(cx, &mut claims, &shown, membership)?;
    }
    if shown.feature_flags {
        let organization = membership.as_ref().map(|it| &it.organization_id);
        let slugs = feature_flags::slugs_on(cx, &user.id, organization)?;
        insert_unless_empty(&mut claims, "feature_flags", &slugs);
    }
    if let Some(template) = store::template(cx)? {
        let template = Template::parse(&template.content).map_err(refused)?;
        let context = context(cx, user, membership.as_ref())?;
        claims.extend(template.render(&context).map_err(refused)?);
    }
    // These come last: a template cannot name them, and nothing else may either.
    let policy = SignInPolicy::of_organization(cx, session.organization_id.as_ref())?;
    let issued = cx.now().seconds();
    let expires = issued + i64::from(policy.access_token_seconds);
    let jti = cx.app.chance().ulid(cx.now());
    for (name, value) in [
        ("iss", json!(shown.issuer(cx, &session.client_id))),
        ("sub", json!(user.id)),
        ("sid", json!(session.id)),
        ("client_id", json!(session.client_id)),
        ("jti", json!(jti)),
        ("iat", json!(issued)),
        ("exp", json!(expires.min(session.expires_at.seconds()))),
    ] {
        claims.insert(name.to_owned(), value);
    }
    if let Some(impersonator) = &session.impersonator {
        claims.insert("act".to_owned(), json!({ "sub": impersonator.email }));
    }
    match length(&claims)? {
        it if it > TOKEN_BYTES_MAX => Err(too_big(it)),
        _ => Ok(claims),
    }
}

fn insert_of_membership(
    cx: &mut Cx<'_>,
    claims: &mut Map<String, Value>,
    shown: &TokenClaims,
    membership: &Membership,
) -> Result<()> {
    let RoleClaims { role, roles, permissions } = memberships::claims(cx, membership)?;
    claims.insert("org_id".to_owned(), json!(membership.organization_id));
    claims.insert("role".to_owned(), json!(role));
    if shown.roles {
        claims.insert("roles".to_owned(), json!(roles));
    }
    if shown.permissions {
        insert_unless_empty(claims, "permissions", &permissions);
    }
    if shown.entitlements {
        let entitlements = organizations::entitlements(cx, &membership.organization_id)?;
        insert_unless_empty(claims, "entitlements", &entitlements);
    }
    Ok(())
}

/// A list of nothing is left out, as in the official tokens.
fn insert_unless_empty(claims: &mut Map<String, Value>, name: &str, list: &[String]) {
    if !list.is_empty() {
        claims.insert(name.to_owned(), json!(list));
    }
}

/// How long the token of these claims is, to a few letters: those of the id of its key.
pub(super) fn length(claims: &Map<String, Value>) -> Result<usize> {
    let bytes = serde_json::to_vec(claims).map_err(Error::internal)?.len();
    Ok(HEADER_LENGTH + BASE64URL_NOPAD.encode_len(bytes) + SIGNATURE_LENGTH)
}

fn too_big(bytes: usize) -> Error {
    let text = format!(
        "The access token would have {bytes} bytes; {TOKEN_BYTES_MAX} are allowed. Leave out claims \
         that grow, such as permissions, or shorten the JWT template."
    );
    Error::oauth("token_too_big", text)
}

/// The membership by which the session belongs to its organization.
fn active_membership(
    cx: &mut Cx<'_>,
    user: &User,
    session: &Session,
) -> Result<Option<Membership>> {
    let Some(id) = &session.organization_id else { return Ok(None) };
    memberships::active_of_user_and_organization(cx, &user.id, id)
}

/// What a JWT template may speak of.
fn context(cx: &mut Cx<'_>, user: &User, membership: Option<&Membership>) -> Result<Value> {
    let identities: Map<String, Value> = identities::of_user(cx, &user.id)?
        .into_iter()
        .map(|it| (it.provider.name().to_owned(), json!({ "idp_id": it.idp_id })))
        .collect();
    let mut about = json!(user);
    if let Some(about) = about.as_object_mut() {
        about.remove("last_sign_in_at");
        about.insert("identities".to_owned(), Value::Object(identities));
    }
    let Some(it) = membership else { return Ok(json!({ "user": about })) };
    let organization = organizations::find(cx, &it.organization_id)?;
    let roles: Vec<&str> = it.roles.iter().map(|it| it.slug.as_str()).collect();
    Ok(json!({
        "user": about,
        "organization": organization,
        "organization_membership": {
            "id": it.id,
            "role": it.role.slug,
            "roles": roles,
            "custom_attributes": it.custom_attributes,
            "created_at": it.created_at,
            "updated_at": it.updated_at,
        },
    }))
}

fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::TooBig(_) => Error::oauth("token_too_big", refusal.to_string()),
        Refusal::Fault(text) => Error::plain(Kind::BadRequest, text),
    }
}

/// Who issues the tokens of this client.
pub fn issuer(cx: &mut Cx<'_>, client_id: &ClientId) -> Result<String> {
    let settings: TokenClaims = cx.setting()?;
    Ok(settings.issuer(cx, client_id))
}

/// What a token that was verified says.
#[derive(Clone, Debug, Deserialize)]
pub struct Verified {
    /// Who is signed in.
    pub sub: UserId,
    /// By which session. What else counts is read from there: other claims may be the words of a
    /// JWT template.
    pub sid: SessionId,
    iss: String,
    exp: i64,
    client_id: ClientId,
}

impl Verified {
    /// Whether its time was over at this instant.
    pub fn has_expired(&self, now: Time) -> bool {
        self.exp <= now.seconds()
    }
}

/// Reads an access token of this environment; none where it is not one, or has expired.
pub fn verify(cx: &mut Cx<'_>, token: &str) -> Result<Option<Verified>> {
    let now = cx.now();
    Ok(authentic(cx, token)?.filter(|it| !it.has_expired(now)))
}

/// Reads an access token of this environment, whatever its time; none where it is not one.
pub fn authentic(cx: &mut Cx<'_>, token: &str) -> Result<Option<Verified>> {
    let Some(read) = signed::read::<Verified>(cx, token, TokenKind::Access)? else {
        return Ok(None);
    };
    let environment = cx.environment;
    let ours = environment::get(cx.db(), environment)?.map(|it| it.client_id);
    // Tokens from before an issuer was set, or was taken back, are ours as well.
    let issuers = [issuer(cx, &read.client_id)?, settings::usual_issuer(cx, &read.client_id)];
    let good = ours.as_ref() == Some(&read.client_id) && issuers.contains(&read.iss);
    Ok(good.then_some(read))
}
