//! The hosted pages: sign-in, sign-up, codes, reset, organization choice, inbox.
//!
//! Every page is rendered on the server and works without JavaScript. A page is a struct of
//! [`screens`] (what it shows), a template of the same name (how it reads) and the one stylesheet
//! (how it looks); [`render::render`] joins them. [`routes`] say where each is served and what
//! happens there, and [`web`] stands between them and HTTP.
//!
//! No rule of sign-in lives here: pages ask the domains, and say in words what those answer.

use axum::response::Response;
use vestibule_kernel::Error;

pub mod assets;
pub mod inbox;
pub mod look;
mod qr;
pub mod render;
pub mod routes;
pub mod screens;
pub mod security;
pub mod web;
mod words;

pub use routes::jobs::HANDLERS;
pub use routes::router;

/// The page for an error of an operation that a browser navigates to.
pub fn error_page(error: &Error, request_id: &str, accept_language: Option<&str>) -> Response {
    let language = accept_language.and_then(vestibule_languages::accepted);
    web::failure(error, request_id, language.unwrap_or_default())
}
