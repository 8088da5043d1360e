//! Which application calls, and whether it has proved it.
use vestibule_kernel::id::ClientId;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{FlowCx, Result, environment};

use super::refusals;

/// The application that calls.
#[derive(Clone, Debug)]
pub(super) struct Client {
    /// Its name.
    pub id: ClientId,
    /// Whether it has given its secret. A public client, such as a page in a browser, has none.
    pub confidential: bool,
}

/// Checks the secret, where there is one: in the body, or as the bearer of the request. The secret
/// of a client is an API key of its environment.
pub(super) fn authenticate(flow: &FlowCx, id: ClientId, secret: Option<&Secret>) -> Result<Client> {
    let Some(secret) = secret.or(flow.request().credential.as_ref()) else {
        return Ok(Client { id, confidential: false });
    };
    let holder = flow.read(|cx| environment::authenticate(cx.db(), secret))?;
    match holder {
        Some(it) if it.environment == *flow.environment() => Ok(Client { id, confidential: true }),
        Some(_) | None => Err(refusals::invalid_client()),
    }
}

impl Client {
    /// Refuses a public client where a grant is not for one.
    pub(super) fn need_secret(&self, grant: &str) -> Result<()> {
        if self.confidential { Ok(()) } else { Err(refusals::unauthorized_client(grant)) }
    }
}
