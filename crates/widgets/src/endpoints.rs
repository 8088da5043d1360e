//! What widgets can ask for, each declared once.
use serde_json::Value;
use vestibule_kernel::{Cx, Result, Route};

use crate::viewer::Viewer;
use crate::{audit_log_stream, settings};

/// Something that a widget asks for.
#[derive(Clone, Copy)]
pub struct Endpoint {
    /// Where it is.
    pub route: Route,
    /// Answers a viewer, or refuses them.
    pub answer: fn(&mut Cx<'_>, &Viewer) -> Result<Value>,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.route.0.name(), self.route.1)
    }
}

/// All of them.
pub const ENDPOINTS: &[Endpoint] = &[audit_log_stream::ENDPOINT, settings::ENDPOINT];
