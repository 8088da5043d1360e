//! The single sign-on API: an application learns who somebody is, and keeps users and sessions itself.
//!
//! `GET /sso/authorize` sends a browser to a provider, `POST /sso/token` exchanges the code that it
//! comes back with for a profile, `GET /sso/profile` shows the profile again. The same code is good at
//! `POST /user_management/authenticate`, for a session with us.
mod authorize;
mod events;
mod logout;
mod profiles;
mod token;

use serde::{Deserialize, Serialize};
use vestibule_kernel::id::{ClientId, ConnectionId, OrganizationId};
use vestibule_kernel::{Cx, Error, FlowCx, Kind, Op, Result, flow, op};
use vestibule_signin::authenticate::federated::Account;
use vestibule_signin::authorize::codes::{NewCode, Subject};
use vestibule_signin::authorize::{bring, refuse};
use vestibule_signin::redirect_uris;

use crate::connections;
use crate::social::{Provider, Told};

pub(crate) use events::{started, timed_out};
pub use profiles::Profile;
pub(crate) use profiles::get as profile;

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[
    flow::<authorize::SsoAuthorize>(),
    flow::<token::GetProfileAndToken>(),
    op::<token::GetProfile>(),
    op::<logout::AuthorizeLogout>(),
    op::<logout::Logout>(),
];

/// What an application asked for.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub client_id: String,
    pub redirect_uri: String,
    pub state: Option<String>,
    pub code_challenge: Option<String>,
    #[serde(flatten)]
    pub session: Session,
}

/// Somebody on the way to a provider and back, as events tell of them.
#[derive(Clone, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "it is the name in what was kept before")]
pub(crate) struct Session {
    /// Names the sign-in in events.
    session_id: String,
    ip_address: Option<String>,
    user_agent: Option<String>,
}

impl Session {
    /// Whoever makes this call.
    pub(crate) fn new(cx: &Cx<'_>) -> Self {
        Self::named(cx, format!("sso_session_{}", cx.app.chance().ulid(cx.now())))
    }
    /// The same under a name that the sign-in has already.
    pub(crate) fn named(cx: &Cx<'_>, session_id: String) -> Self {
        Self {
            session_id,
            ip_address: cx.request.ip_address.clone(),
            user_agent: cx.request.user_agent.clone(),
        }
    }
}

/// The connection over which somebody came.
#[derive(Clone, Copy)]
pub(crate) struct Via<'a> {
    pub id: &'a ConnectionId,
    pub r#type: &'a str,
    /// Whose it is, where it is not the environment's.
    pub organization_id: Option<&'a OrganizationId>,
}

/// The way back to the application, with a code or with an error.
pub(crate) fn go_back(
    flow: &FlowCx,
    asked: &Asked,
    provider: &Provider,
    told: Result<Told>,
) -> Result<String> {
    match came(flow, &asked.session, provider, told) {
        Ok(account) => {
            let asked = asked.clone();
            flow.write(move |cx| grant(cx, &asked, &account))
        }
        Err(error) if error.kind() == Kind::Internal => Err(error),
        Err(error) => {
            let state = asked.state.as_deref();
            Ok(refuse(&asked.redirect_uri, state, error.code(), error.message()))
        }
    }
}

/// Takes up what a provider has said of somebody: notes their profile, and tells of it. Whoever comes
/// by the connection of an organization is looked at first.
pub(crate) fn came(
    flow: &FlowCx,
    session: &Session,
    provider: &Provider,
    told: Result<Told>,
) -> Result<Account> {
    let (session, provider) = (session.clone(), provider.clone());
    let told = match told {
        Ok(told) => told,
        Err(error) => {
            let noted = Error::bad_request(error.code(), error.message().to_owned());
            flow.write(move |cx| events::failed(cx, &session, provider.via(), &noted))?;
            return Err(error);
        }
    };
    flow.write(move |cx| {
        let vouched = match &provider.owner {
            Some(owner) => connections::vouch(cx, owner, told.clone()),
            None => Ok(told.clone()),
        };
        match vouched {
            Ok(told) => succeed(cx, &session, provider.via(), &told).map(Ok),
            Err(error) if error.kind() == Kind::Internal => Err(error),
            Err(error) => {
                events::failed(cx, &session, provider.via(), &error)?;
                Ok(Err(error))
            }
        }
    })?
}

/// Notes the profile of somebody who came over a connection, and tells of it.
pub(crate) fn succeed(
    cx: &mut Cx<'_>,
    session: &Session,
    via: Via<'_>,
    told: &Told,
) -> Result<Account> {
    let profile = profiles::keep(cx, via, told)?;
    events::succeeded(cx, session, via, &profile.email)?;
    connections::worked(cx, via.id)?;
    Ok(Account { profile_id: Some(profile.id), ..told.account.clone() })
}

/// The way back to the application with a code for somebody.
pub(crate) fn grant(cx: &mut Cx<'_>, asked: &Asked, account: &Account) -> Result<String> {
    let new = NewCode {
        client_id: &ClientId::parse(&asked.client_id)?,
        redirect_uri: &asked.redirect_uri,
        code_challenge: asked.code_challenge.as_deref(),
        subject: Subject::Account(account),
    };
    bring(cx, &new, asked.state.as_deref())
}

/// The way to the application for somebody whose identity provider began: with what it needs to begin
/// itself. There is none where the environment has no default redirect URI.
pub(crate) fn refuse_unsolicited(
    cx: &mut Cx<'_>,
    connection: &connections::Record,
) -> Result<Option<String>> {
    let Some(uri) = redirect_uris::default(cx)?.map(|it| it.uri) else { return Ok(None) };
    let text = "The identity provider began this sign-in, which must begin in the application.";
    let location = refuse(&uri, None, "idp_initiated_sso_disabled", text);
    let mut url = url::Url::parse(&location).map_err(Error::internal)?;
    url.query_pairs_mut()
        .append_pair("connection_id", connection.id.as_str())
        .append_pair("organization_id", connection.organization_id.as_str());
    Ok(Some(url.into()))
}

/// Deletes what is kept of a connection that is no more.
pub(crate) fn forget_connection(cx: &mut Cx<'_>, id: &ConnectionId) -> Result<()> {
    token::forget_connection(cx, id)?;
    logout::forget_connection(cx, id)?;
    profiles::forget_connection(cx, id)
}

/// Deletes what is good no more.
pub(crate) fn forget(cx: &mut Cx<'_>) -> Result<u64> {
    Ok(token::forget(cx)? + logout::forget(cx)?)
}
