//! Which provider an application asks for: by its name, by a connection, or by the organization whose
//! connection it is.
use vestibule_kernel::id::{ConnectionId, OrganizationId};
use vestibule_kernel::{Code, Cx, Result};
use vestibule_people::organizations;
use vestibule_signin::authorize::Selector;

use crate::connections;
use crate::social::{self, Provider};

/// Why there is no provider to send somebody to, in the words that an application is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The error code.
    pub code: Code,
    /// The description.
    pub description: String,
}

impl Refusal {
    pub(crate) fn new(code: Code, description: impl Into<String>) -> Self {
        Self { code, description: description.into() }
    }
}

/// The provider that is asked for, if somebody can sign in with it.
pub fn select(cx: &mut Cx<'_>, selector: &Selector) -> Result<Result<Provider, Refusal>> {
    let found = match selector {
        Selector::Provider(name) => social::of_name(cx, name)?,
        Selector::Connection(id) => match ConnectionId::parse(id) {
            Ok(id) => social::of_connection(cx, &id)?,
            // No id is that long.
            Err(_) => None,
        },
        Selector::Organization(id) => return of_organization(cx, &OrganizationId::parse(id)?),
    };
    Ok(match found {
        Some(it) if it.enabled => Ok(it),
        Some(it) => {
            let text = format!("Signing in with {} is turned off.", it.name());
            Err(Refusal::new("connection_unlinked", text))
        }
        None => {
            let text = "This connection is not set up in this environment.";
            Err(Refusal::new("connection_invalid", text))
        }
    })
}

fn of_organization(cx: &mut Cx<'_>, id: &OrganizationId) -> Result<Result<Provider, Refusal>> {
    if organizations::get(cx, id)?.is_none() {
        let text = format!("Organization not found: '{id}'.");
        return Ok(Err(Refusal::new("organization_invalid", text)));
    }
    let mut usable = connections::usable(cx, id)?;
    Ok(match (usable.pop(), usable.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => {
            let text = format!("Organization '{id}' has several connections. Name one of them.");
            Err(Refusal::new("ambiguous_connection_selector", text))
        }
        (None, _) => {
            let text = format!("Organization '{id}' has no active connection.");
            Err(Refusal::new("connection_unlinked", text))
        }
    })
}
