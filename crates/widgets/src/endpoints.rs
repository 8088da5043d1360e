//! What widgets can ask for, each declared once.
use serde_json::Value;
use vestibule_kernel::{Cx, FlowCx, Result, Route};

use crate::viewer::Viewer;
use crate::{audit_log_stream, organization_domains, portal_link, settings, sso_connections};

/// Something that a widget asks for.
#[derive(Clone, Copy)]
pub struct Endpoint {
    /// Where it is.
    pub route: Route,
    /// Answers a viewer, or refuses them.
    pub answer: Answer,
}

/// How a viewer is answered.
#[derive(Clone, Copy)]
pub enum Answer {
    /// In the snapshot in which it was found out who asks.
    Show(fn(&mut Cx<'_>, &Viewer) -> Result<Value>),
    /// With doors to transactions, for what changes something or consists of operations.
    Act(fn(&FlowCx, &Viewer, &Asked) -> Result<Value>),
}

/// What a widget says besides who asks.
#[derive(Debug, Default)]
pub struct Asked {
    /// The parts of the path and the parameters of the query, by name.
    pub parameters: Vec<(String, String)>,
}

impl Asked {
    /// The one of this name; empty where there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.parameters.iter().find(|it| it.0 == name).map_or("", |it| it.1.as_str())
    }
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.route.0.name(), self.route.1)
    }
}

/// All of them.
pub const ENDPOINTS: &[Endpoint] = &[
    audit_log_stream::ENDPOINT,
    organization_domains::LIST,
    organization_domains::DELETE,
    organization_domains::REVERIFY,
    portal_link::ENDPOINT,
    settings::ENDPOINT,
    sso_connections::ENDPOINT,
];
