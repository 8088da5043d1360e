//! What a request is made with: the view, and the caller.
use axum::http::request::Parts;
use rmcp::model::ErrorData;
use rmcp::service::{RequestContext, RoleServer};
use vestibule_kernel::Request;

use super::approval::Person;
use super::view::View;
use crate::rest::{RequestId, made_with};

/// What a request is made with.
#[derive(Clone, Default)]
pub(super) struct Asked {
    /// What it is shown and may reach.
    pub(super) view: View,
    /// Who asks.
    pub(super) request: Request,
    /// The person who can be asked for an approval, where the client of a call can ask them.
    pub(super) person: Option<Person>,
}

impl Asked {
    /// Over HTTP every request brings its own credential and view, whatever its session began with;
    /// over stdio there is one of each.
    pub(super) fn of(context: &RequestContext<RoleServer>, own: &View) -> Result<Self, ErrorData> {
        let Some(parts) = context.extensions.get::<Parts>() else {
            return Ok(Self { view: own.clone(), ..Self::default() });
        };
        Self::by_http(parts, parts.extensions.get::<View>().unwrap_or(own))
    }

    /// By a request that is to see this view.
    pub(super) fn by_http(parts: &Parts, view: &View) -> Result<Self, ErrorData> {
        let request = made_with(parts, &RequestId::in_parts(parts))
            .map_err(|it| ErrorData::invalid_request(it.message().to_owned(), None))?;
        let request = Request { by_mcp: true, ..request };
        Ok(Self { view: view.clone(), request, person: None })
    }
}
