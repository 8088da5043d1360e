//! Widget tokens: for an hour, a page shows widgets to one person with them.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use vestibule_kernel::id::{OrganizationId, UserId};
use vestibule_kernel::time::Seconds;
use vestibule_kernel::{Created, Cx, Error, Flow, FlowCx, Kind, Method, Result, Route};
use vestibule_people::{memberships, organizations, users};
use vestibule_signin::tokens::{self, TokenKind};

use crate::PREFIX;
use crate::scope::Scope;

/// For how long a token shows widgets.
const TOKEN_SECONDS: Seconds = 60 * 60;
/// How many scopes a token has at the most: more than there are.
const SCOPES_MAX: usize = 100;

/// Issue a token with which a page shows widgets to one user
///
/// It holds for an hour, at `/_widgets` alone. With an organization, the user must be an active
/// member of it, and hold each of the scopes by a role there; what the user loses meanwhile, the
/// token no longer shows. Without one, it shows the widgets that are about the user alone.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct CreateWidgetToken {
    /// ID of the organization; needed where there are scopes
    organization_id: Option<OrganizationId>,
    /// ID of the user; always needed, for it is people that widgets are shown to
    user_id: Option<UserId>,
    /// What the widgets may do: permissions of the user in the organization
    #[serde(default)]
    #[schemars(length(max = SCOPES_MAX))]
    scopes: Vec<Scope>,
}

/// A token with which a page shows widgets
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WidgetSessionTokenResponse")]
pub struct WidgetToken {
    /// The token
    token: String,
}

impl Flow for CreateWidgetToken {
    const ID: &'static str = "widget_tokens.create";
    const ROUTE: Route = Route(Method::Post, "/widgets/token");
    const STATUSES: &'static [u16] = &[400, 404, 422];
    const SECRETS: &'static [&'static str] = &["token"];
    type Reply = Created<WidgetToken>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let key = tokens::keys::signing(flow)?;
        let claims = flow.read(|cx| claims(cx, &self))?;
        let token = tokens::sign(&key, TokenKind::Widget, &claims)?;
        Ok(Created(WidgetToken { token: token.reveal().to_owned() }))
    }
}

/// What the token says. Its issuer is not that of access tokens, so that an application which takes
/// those does not take this one for one.
fn claims(cx: &mut Cx<'_>, asked: &CreateWidgetToken) -> Result<Map<String, Value>> {
    let CreateWidgetToken { organization_id, user_id, scopes } = asked;
    let user = user_id.as_ref().ok_or_else(|| must_be_given("user_id"))?;
    let organization = organization_id.as_ref();
    if organization.is_none() && !scopes.is_empty() {
        return Err(must_be_given("organization_id"));
    }
    users::find(cx, user)?;
    if let Some(id) = organization {
        check_scopes(cx, user, id, scopes)?;
    }
    let mut permissions: Vec<&str> = Vec::new();
    for scope in scopes {
        if !permissions.contains(&scope.slug()) {
            permissions.push(scope.slug());
        }
    }
    let issued = cx.now().seconds();
    let here = audience(cx);
    let mut claims = Map::new();
    for (name, value) in [
        ("iss", json!(here)),
        ("aud", json!(here)),
        ("sub", json!(user)),
        ("permissions", json!(permissions)),
        ("jti", json!(cx.app.chance().ulid(cx.now()))),
        ("iat", json!(issued)),
        ("exp", json!(issued + i64::from(TOKEN_SECONDS))),
    ] {
        claims.insert(name.to_owned(), value);
    }
    if let Some(id) = organization {
        claims.insert("org_id".to_owned(), json!(id));
    }
    Ok(claims)
}

/// Who takes widget tokens: the endpoints of this server.
pub(crate) fn audience(cx: &Cx<'_>) -> String {
    format!("{}{PREFIX}", cx.app.options().public_url)
}

fn check_scopes(
    cx: &mut Cx<'_>,
    user: &UserId,
    organization: &OrganizationId,
    scopes: &[Scope],
) -> Result<()> {
    organizations::find(cx, organization)?;
    let membership = memberships::active_of_user_and_organization(cx, user, organization)?;
    let Some(membership) = membership else {
        let text = format!("User '{user}' is no active member of organization '{organization}'.");
        return Err(Error::plain(Kind::Invalid, text));
    };
    let held = memberships::claims(cx, &membership)?.permissions;
    let missing = |it: &Scope| !held.iter().any(|held| held == it.slug());
    let missing: Vec<&str> = scopes.iter().copied().filter(missing).map(Scope::slug).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let text = format!(
        "User '{user}' lacks these permissions in organization '{organization}': {}. Give them to \
         a role that the user has there.",
        missing.join(", ")
    );
    Err(Error::plain(Kind::Invalid, text))
}

/// 400 in the form that the contract gives for it: a list of messages.
fn must_be_given(field: &str) -> Error {
    let text = format!("{field} must be a string");
    let messages = json!([text]);
    Error::plain(Kind::BadRequest, text).with("message", messages).with("error", "Bad Request")
}
