//! The single sign-on API: an application learns who somebody is, and keeps users and sessions itself.
//!
//! `GET /sso/authorize` sends a browser to a provider, `POST /sso/token` exchanges the code that it
//! comes back with for a profile, `GET /sso/profile` shows the profile again. The same code is good at
//! `POST /user_management/authenticate`, for a session with us.
mod authorize;
mod events;
mod profiles;
mod token;

use serde::{Deserialize, Serialize};
use vestibule_kernel::id::{ClientId, ConnectionId};
use vestibule_kernel::{Cx, Error, FlowCx, Op, Result, flow, op};
use vestibule_signin::authorize::codes::{NewCode, Subject};
use vestibule_signin::authorize::{bring, refuse};

use crate::social::{Provider, Told};

pub(crate) use events::timed_out;
pub use profiles::Profile;

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[
    flow::<authorize::SsoAuthorize>(),
    flow::<token::GetProfileAndToken>(),
    op::<token::GetProfile>(),
];

/// What an application asked for.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub client_id: String,
    pub redirect_uri: String,
    pub state: Option<String>,
    pub code_challenge: Option<String>,
    /// Names the sign-in in events.
    pub session_id: String,
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
}

/// The connection over which somebody came.
#[derive(Clone, Copy)]
pub(crate) struct Connection<'a> {
    pub id: &'a ConnectionId,
    pub r#type: &'a str,
}

/// The way back to the application, with a code or with an error.
pub(crate) fn go_back(
    flow: &FlowCx,
    asked: &Asked,
    provider: &Provider,
    told: Result<Told>,
) -> Result<String> {
    let (asked, provider) = (asked.clone(), provider.clone());
    let told = match told {
        Ok(told) => told,
        Err(error) => {
            let (code, message) = (error.code(), error.message().to_owned());
            return flow.write(move |cx| {
                let refusal = Error::bad_request(code, message.clone());
                events::failed(cx, &asked, &provider.id, &refusal)?;
                Ok(refuse(&asked.redirect_uri, asked.state.as_deref(), code, &message))
            });
        }
    };
    flow.write(move |cx| succeed(cx, &asked, provider.connection(), &told))
}

/// The way back to the application with a code for somebody.
pub(crate) fn succeed(
    cx: &mut Cx<'_>,
    asked: &Asked,
    connection: Connection<'_>,
    told: &Told,
) -> Result<String> {
    let profile = profiles::keep(cx, connection, told)?;
    events::succeeded(cx, asked, connection.id, &profile.email)?;
    let mut account = told.account.clone();
    account.profile_id = Some(profile.id);
    let new = NewCode {
        client_id: &ClientId::parse(&asked.client_id)?,
        redirect_uri: &asked.redirect_uri,
        code_challenge: asked.code_challenge.as_deref(),
        subject: Subject::Account(&account),
    };
    bring(cx, &new, asked.state.as_deref())
}

/// Deletes what is kept of a connection that is no more.
pub(crate) fn forget_connection(cx: &mut Cx<'_>, id: &ConnectionId) -> Result<()> {
    token::forget_connection(cx, id)?;
    profiles::forget_connection(cx, id)
}

/// Deletes what is good no more.
pub(crate) fn forget(cx: &mut Cx<'_>) -> Result<u64> {
    token::forget(cx)
}
