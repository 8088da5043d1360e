//! What the widgets ask for that applications show on their pages: the part of `@workos-inc/widgets`
//! that is on the server.
//!
//! - A widget asks with a [`WidgetToken`], or with the access token of who is signed in. Neither is
//!   believed for what it was: who it is of must be let in today ([`Viewer`]).
//! - Each thing that a widget can ask for is an [`Endpoint`]. They are no operations of the catalogue:
//!   a page in a browser calls them in the name of one person, and nobody with an API key can.
//! - What they answer has the names of fields that the widgets read, in camel case.
mod audit_log_stream;
mod endpoints;
mod organization_domains;
mod portal_link;
mod scope;
mod settings;
mod sso_connections;
mod tokens;
mod viewer;

use vestibule_kernel::{Op, flow};

pub use endpoints::{Answer, Asked, ENDPOINTS, Endpoint};
pub use scope::Scope;
pub use tokens::{CreateWidgetToken, WidgetToken};
pub use viewer::Viewer;

/// Where the endpoints are.
pub const PREFIX: &str = "/_widgets";

/// The operations of this crate.
pub const OPERATIONS: &[&[Op]] = &[&[flow::<CreateWidgetToken>()]];
