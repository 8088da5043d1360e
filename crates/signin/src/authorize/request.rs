//! What an application asked for when it sent a browser to sign in.
use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::form_urlencoded::byte_serialize;
use vestibule_kernel::call::Request;
use vestibule_kernel::id::{
    AuthorizationRequestId, ClientId, DeviceAuthorizationId, EnvironmentId, OrganizationId,
};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::{Seconds, Time};
use vestibule_kernel::{App, Cx, Error, FlowCx, Result};
use vestibule_people::invitations;

use super::browser;
use super::codes::{self, NewCode, Subject};
use crate::authenticate::attempt::{Delivery, Seen, SignedIn, Visitor, Wish};
use crate::devices::{self, DeviceAuthorization};
use crate::redirect_uris;
use crate::sessions::Session;

/// For how long somebody may take to sign in.
pub const REQUEST_SECONDS: Seconds = 60 * 60;
const PARAMETERS: &str = "authorization_requests.parameters";
const PENDING: &str = "authorization_requests.pending";
const PAGE_STATE: &str = "authorization_requests.page_state";

/// Which page comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScreenHint {
    /// Sign-in.
    #[default]
    SignIn,
    /// Sign-up.
    SignUp,
}

/// What an application asks for.
#[derive(Clone, Serialize, Deserialize)]
pub struct NewRequest {
    /// The application.
    pub client_id: String,
    /// Where the browser goes in the end. It must have been checked.
    pub redirect_uri: String,
    /// What the application wants back.
    pub state: Option<String>,
    /// What the verifier of the code must hash to.
    pub code_challenge: Option<String>,
    /// The organization to sign in to.
    pub organization_id: Option<String>,
    /// Which page comes first.
    pub screen_hint: ScreenHint,
    /// The address to begin with.
    pub login_hint: Option<String>,
    /// An invitation that is to be accepted.
    pub invitation_token: Option<String>,
    /// A password that is to be reset.
    pub password_reset_token: Option<String>,
    /// Whether whoever is signed in already must prove anew who they are.
    pub prove_anew: bool,
    /// Who is to vouch for whoever comes; the pages ask where it is nobody in particular.
    #[serde(default)]
    pub selector: Option<Selector>,
    /// What a provider is told.
    #[serde(default)]
    pub hints: Hints,
    /// The languages that the pages are asked for in, most wanted first.
    #[serde(default)]
    pub ui_locales: Option<String>,
    /// The colours that the pages are asked for in.
    #[serde(default)]
    pub theme: Theme,
    /// Whether it began with us and not in the application, which so has no state and no verifier
    /// for a code. It ends at the sign-in endpoint, where the application asks in its own name.
    #[serde(default)]
    pub begun_here: bool,
}

/// Who is to vouch for somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Selector {
    /// The provider of this name.
    Provider(String),
    /// The connection of this id.
    Connection(String),
    /// The connection of the organization of this id.
    Organization(String),
}

/// What an application wants a provider to be told.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Hints {
    /// The domain of the account.
    pub domain_hint: Option<String>,
    /// Which pages the provider shows.
    pub prompt: Option<String>,
    /// For how many seconds a sign-in at the provider is good.
    #[serde(default)]
    pub max_age: Option<i64>,
    /// Further scopes.
    pub scopes: Vec<String>,
    /// Further parameters.
    pub parameters: BTreeMap<String, String>,
}

/// The colours of the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Theme {
    /// Those that the system prefers.
    #[default]
    System,
    /// Light ones.
    Light,
    /// Dark ones.
    Dark,
}

/// What an application asked for, and how far it has got.
#[derive(Clone)]
pub struct AuthorizationRequest {
    /// Its id, which is in the address of the pages.
    pub id: AuthorizationRequestId,
    /// What was asked for.
    pub asked: NewRequest,
    /// The token of the sign-in that waits for its next step.
    pub pending: Option<Secret>,
    /// What the pages remember from one to the next.
    pub page_state: Option<Secret>,
    /// The device that the sign-in is for, in the place of the application's page.
    pub device: Option<DeviceAuthorizationId>,
    /// When it ends.
    pub expires_at: Time,
}

impl std::fmt::Debug for AuthorizationRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AuthorizationRequest {}", self.id)
    }
}

impl NewRequest {
    /// The organization that it is about: the one that was asked for, or that the invitation is to.
    fn organization(&self, cx: &mut Cx<'_>) -> Result<Option<OrganizationId>> {
        if let Some(id) = &self.organization_id {
            return OrganizationId::parse(id).map(Some);
        }
        let Some(token) = &self.invitation_token else { return Ok(None) };
        Ok(invitations::get_by_token(cx, token)?.and_then(|it| it.organization_id))
    }
}

/// A request that has just begun.
#[derive(Debug)]
pub struct Begun {
    /// The request.
    pub request: AuthorizationRequest,
    /// The cookie that binds it to the browser.
    pub cookie: String,
}

/// The way back to the application.
#[derive(Debug)]
pub struct Finished {
    /// Where to send the browser.
    pub location: String,
    /// `Set-Cookie` lines.
    pub cookies: Vec<String>,
}

impl AuthorizationRequest {
    /// Who comes, for the functions that sign them in.
    pub fn visitor(&self, app: &App, request: &Request) -> Result<Visitor> {
        Ok(Visitor {
            seen: Seen {
                ip_address: request.ip_address.clone(),
                // A browser that says nothing of itself is none.
                user_agent: Some(request.user_agent.clone().unwrap_or_default()),
                device_id: browser::device(app, request),
                radar_attempt_id: None,
            },
            client_id: ClientId::parse(&self.asked.client_id)?,
            ip_address: request.ip_address.clone(),
            user_agent: request.user_agent.clone(),
            delivery: Delivery::Code,
            can_enrol_passkey: false,
        })
    }
    /// What they come for. Whoever is signed in with this browser as themselves proves anew who they
    /// are.
    pub fn wish(&self, cx: &mut Cx<'_>) -> Result<Wish> {
        let organization_id = self.asked.organization_id.as_deref();
        let signed_in = if self.asked.prove_anew { browser::own_session(cx)? } else { None };
        Ok(Wish {
            invitation_token: self.asked.invitation_token.as_deref().map(Secret::new),
            organization_id: organization_id.map(OrganizationId::parse).transpose()?,
            reauthenticates: signed_in.map(|it| it.id),
        })
    }
}

/// The address of the pages of a request, on our own host.
pub fn path(id: &AuthorizationRequestId) -> String {
    format!("/authkit/{id}")
}

/// Keeps what an application asks for, for the browser of this call.
pub fn begin(cx: &mut Cx<'_>, asked: NewRequest) -> Result<Begun> {
    let (digest, cookie) = browser::bind(cx);
    let parameters = serde_json::to_string(&asked).map_err(Error::internal)?;
    let expires_at = cx.now().plus_seconds(REQUEST_SECONDS.into());
    let id = AuthorizationRequestId::new(cx);
    let values = [
        (&id).into(),
        cx.environment.into(),
        digest.into(),
        cx.seal(PARAMETERS, &parameters)?.into(),
        expires_at.into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO authorization_requests
                 (id, environment_id, browser_digest, parameters, expires_at, created_at)
               VALUES ($1, $2, $3, $4, $5, $6)";
    cx.db().execute(sql, &values)?;
    let request = AuthorizationRequest {
        id,
        asked,
        pending: None,
        page_state: None,
        device: None,
        expires_at,
    };
    Ok(Begun { request, cookie })
}

/// Begins a sign-in that leads back to the page on which a device is approved.
pub fn begin_for_device(cx: &mut Cx<'_>, device: &DeviceAuthorization) -> Result<Begun> {
    let asked = NewRequest {
        client_id: device.client_id.to_string(),
        redirect_uri: devices::path(&device.id),
        state: None,
        code_challenge: None,
        organization_id: None,
        screen_hint: ScreenHint::SignIn,
        login_hint: None,
        invitation_token: None,
        password_reset_token: None,
        prove_anew: false,
        selector: None,
        hints: Hints::default(),
        ui_locales: None,
        theme: Theme::default(),
        begun_here: false,
    };
    let begun = begin(cx, asked)?;
    let values = [cx.environment.into(), (&begun.request.id).into(), (&device.id).into()];
    let sql = "UPDATE authorization_requests SET device_authorization_id = $3
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values)?;
    Ok(begun)
}

/// The request of this id, if it is of the browser that `request` comes from, with doors to its
/// environment.
pub fn open(
    app: &Arc<App>,
    id: &str,
    request: Request,
) -> Result<Option<(FlowCx, AuthorizationRequest)>> {
    let environment: Option<EnvironmentId> = app.db().read(|tx| {
        let sql = "SELECT environment_id FROM authorization_requests WHERE id = $1";
        tx.first(sql, &[id.into()])?.map(|mut row| row.take()).transpose()
    })?;
    let Some(environment) = environment else { return Ok(None) };
    let flow = app.system(&environment).with_request(request);
    let Some(found) = flow.read(|cx| get(cx, id))? else { return Ok(None) };
    let mut request = flow.request().clone();
    request.audience.ui_locales.clone_from(&found.asked.ui_locales);
    request.audience.organization_id = flow.read(|cx| found.asked.organization(cx))?;
    Ok(Some((flow.with_request(request), found)))
}

fn get(cx: &mut Cx<'_>, id: &str) -> Result<Option<AuthorizationRequest>> {
    let values = [cx.environment.into(), id.into(), cx.now().into()];
    let sql = "SELECT id, browser_digest, parameters, pending, page_state,
                      device_authorization_id, expires_at
               FROM authorization_requests
               WHERE environment_id = $1 AND id = $2 AND expires_at > $3";
    let Some(mut row) = cx.db().first(sql, &values)? else { return Ok(None) };
    let (id, digest): (AuthorizationRequestId, String) = (row.take()?, row.take()?);
    if !browser::is_bound(cx.app, cx.request, &digest) {
        return Ok(None);
    }
    let parameters: Vec<u8> = row.take()?;
    let (pending, page_state): (Option<Vec<u8>>, Option<Vec<u8>>) = (row.take()?, row.take()?);
    let sealer = cx.app.sealer();
    let parameters = sealer.open(PARAMETERS, &parameters)?;
    Ok(Some(AuthorizationRequest {
        id,
        asked: serde_json::from_slice(&parameters).map_err(Error::internal)?,
        pending: pending.map(|it| sealer.open_text(PENDING, &it)).transpose()?,
        page_state: page_state.map(|it| sealer.open_text(PAGE_STATE, &it)).transpose()?,
        device: row.take()?,
        expires_at: row.take()?,
    }))
}

/// Keeps the token of a sign-in that waits for its next step; none where it begins again.
pub fn keep_pending(
    cx: &mut Cx<'_>,
    id: &AuthorizationRequestId,
    token: Option<&Secret>,
) -> Result<()> {
    let sealed = token.map(|it| cx.seal(PENDING, it.reveal())).transpose()?;
    let values = [cx.environment.into(), id.into(), sealed.into()];
    let sql = "UPDATE authorization_requests SET pending = $3
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Keeps what the pages remember of a request, sealed: it holds what was typed.
pub fn keep_page_state(
    cx: &mut Cx<'_>,
    id: &AuthorizationRequestId,
    page_state: &Secret,
) -> Result<()> {
    let sealed = cx.seal(PAGE_STATE, page_state.reveal())?;
    let values = [cx.environment.into(), id.into(), sealed.into()];
    let sql = "UPDATE authorization_requests SET page_state = $3
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Ends a request with a session: the browser remembers who is signed in, and takes a code back to
/// the application, or goes on to approve a device.
pub fn finish(
    cx: &mut Cx<'_>,
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
) -> Result<Finished> {
    let session = &signed_in.session;
    let cookie = browser::sign_in(cx, session)?;
    let values = [cx.environment.into(), (&request.id).into()];
    let sql = "DELETE FROM authorization_requests WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values)?;
    let subject = Subject::Session {
        id: &session.id,
        organization_id: session.organization_id.as_ref(),
        oauth_tokens: signed_in.oauth_tokens.as_ref(),
    };
    let location = way_back(cx, request, subject)?;
    let cookies = std::iter::once(cookie).chain(browser::remember_device(cx)?).collect();
    Ok(Finished { location, cookies })
}

/// Where the browser goes from the pages.
fn way_back(
    cx: &mut Cx<'_>,
    request: &AuthorizationRequest,
    subject: Subject<'_>,
) -> Result<String> {
    if let Some(id) = &request.device {
        return Ok(devices::path(id));
    }
    if request.asked.begun_here
        && let Some(endpoint) = redirect_uris::sign_in_url(cx)?
    {
        return Ok(endpoint);
    }
    grant(cx, &request.asked, subject)
}

/// The way back to the application with a code for `subject`.
pub(super) fn grant(cx: &mut Cx<'_>, asked: &NewRequest, subject: Subject<'_>) -> Result<String> {
    let new = NewCode {
        client_id: &ClientId::parse(&asked.client_id)?,
        redirect_uri: &asked.redirect_uri,
        code_challenge: asked.code_challenge.as_deref(),
        subject,
    };
    bring(cx, &new, asked.state.as_deref())
}

/// Issues a code, and answers the way back to the application with it.
pub fn bring(cx: &mut Cx<'_>, new: &NewCode<'_>, state: Option<&str>) -> Result<String> {
    let code = codes::issue(cx, new)?;
    let mut parameters = vec![("code", code.reveal())];
    parameters.extend(state.map(|it| ("state", it)));
    Ok(with_parameters(new.redirect_uri, &parameters))
}

/// The way to the default redirect URI of the environment with a code for `session`, for a sign-in
/// that did not begin in the application; none where there is no such address.
pub(crate) fn grant_default(cx: &mut Cx<'_>, session: &Session) -> Result<Option<String>> {
    let Some(found) = redirect_uris::default(cx)? else { return Ok(None) };
    let subject = Subject::Session {
        id: &session.id,
        organization_id: session.organization_id.as_ref(),
        oauth_tokens: None,
    };
    let client_id = &session.client_id;
    let new = NewCode { client_id, redirect_uri: &found.uri, code_challenge: None, subject };
    bring(cx, &new, None).map(Some)
}

/// The way back to the application with an error, such as `access_denied`.
pub fn refuse(redirect_uri: &str, state: Option<&str>, error: &str, description: &str) -> String {
    let mut parameters = vec![("error", error), ("error_description", description)];
    parameters.extend(state.map(|it| ("state", it)));
    with_parameters(redirect_uri, &parameters)
}

/// Adds parameters to an address without changing a letter of it.
fn with_parameters(uri: &str, parameters: &[(&str, &str)]) -> String {
    let mut text = uri.to_owned();
    for (name, value) in parameters {
        let mark = match text.find('?') {
            None => "?",
            Some(_) if text.ends_with(['?', '&']) => "",
            Some(_) => "&",
        };
        let value: String = byte_serialize(value.as_bytes()).collect();
        text = format!("{text}{mark}{name}={value}");
    }
    text
}

/// Deletes what has expired: requests, codes, and who was signed in with a browser.
pub(crate) fn forget(cx: &mut Cx<'_>) -> Result<u64> {
    let values = [cx.environment.into(), cx.now().into()];
    let sql = "DELETE FROM authorization_requests WHERE environment_id = $1 AND expires_at <= $2";
    Ok(cx.db().execute(sql, &values)? + codes::forget(cx)? + browser::forget(cx)?)
}

#[cfg(test)]
mod tests {
    use super::{refuse, with_parameters};

    #[test]
    fn parameters_are_added_and_the_address_stays_letter_by_letter() {
        for (uri, expected) in [
            ("https://a.example/cb", "https://a.example/cb?code=1&state=a+b%26c"),
            ("https://a.example/cb?x=%20", "https://a.example/cb?x=%20&code=1&state=a+b%26c"),
            ("https://a.example/cb?", "https://a.example/cb?code=1&state=a+b%26c"),
            ("myapp://cb", "myapp://cb?code=1&state=a+b%26c"),
        ] {
            assert_eq!(with_parameters(uri, &[("code", "1"), ("state", "a b&c")]), expected);
        }
    }

    #[test]
    fn an_error_brings_the_state_back() {
        let location = refuse("https://a.example/cb", Some("s"), "access_denied", "No.");
        assert_eq!(
            location,
            "https://a.example/cb?error=access_denied&error_description=No.&state=s"
        );
    }
}
