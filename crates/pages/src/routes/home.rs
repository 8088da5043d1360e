//! The page at the root: what this server is, and where to go on.
use axum::http::StatusCode;
use axum::response::Response;
use vestibule_kernel::Result;
use vestibule_languages::Text;

use crate::look;
use crate::screens::{Home, WayOut};
use crate::web::{Visit, page};

/// `GET /`
pub fn show(visit: &Visit) -> Result<Response> {
    let options = visit.app.options();
    let link = |label: &str, path: &str| WayOut {
        label: Text::Verbatim(label.to_owned()),
        path: path.to_owned(),
    };
    let mut links = vec![link("API description", "/openapi.json"), link("Health", "/readyz")];
    if options.dev {
        links.insert(0, link("Development inbox", super::INBOX));
    }
    let screen = Home { base_url: options.public_url.clone(), links };
    page(StatusCode::OK, &look::plain(), &screen)
}
