//! Stylesheets and scripts.
use std::convert::Infallible;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use vestibule_kernel::{Error, Kind, Result, environment};
use vestibule_signin::passkeys::RelyingParty;

use crate::assets::{self, Asset, CACHE_CONTROL};
use crate::web::{REQUEST_ID, Visit, failure};

/// Where browsers ask which other domains' pages may use our passkeys (WebAuthn §5.11).
pub const RELATED_ORIGINS: &str = "/.well-known/webauthn";
/// For how long they may keep that.
const RELATED_ORIGINS_CACHE: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// `GET /.well-known/webauthn`: for the domain that was asked, of all environments whose it is.
pub fn related_origins(visit: &Visit) -> Result<Response> {
    let host = visit.host().unwrap_or_default();
    let domain = host.split(':').next().unwrap_or_default();
    let mut origins = Vec::new();
    for environment in environment::list(visit.app.db())? {
        let party = visit.flow(&environment.id).read(RelyingParty::of)?;
        origins.extend(
            party.filter(|it| it.id == domain).into_iter().flat_map(|it| it.related_origins()),
        );
    }
    origins.sort();
    origins.dedup();
    let text = serde_json::json!({ "origins": origins }).to_string();
    let mut response = file("application/json", text);
    response.headers_mut().insert(header::CACHE_CONTROL, RELATED_ORIGINS_CACHE);
    Ok(response)
}

/// A file that is compiled in.
pub fn asset(asset: &'static Asset) -> MethodRouter<(), Infallible> {
    get(async move || file(asset.content_type, asset.body))
}

/// The stylesheet of any accent, made from its path.
pub fn branding() -> MethodRouter<(), Infallible> {
    get(async |request: Request| match assets::branding_at(request.uri().path()) {
        Some(text) => file("text/css; charset=utf-8", text),
        None => {
            let id = request.headers().get(REQUEST_ID).and_then(|it| it.to_str().ok());
            let error = Error::plain(Kind::NotFound, "There is no such file on this server.");
            failure(&error, id.unwrap_or_default())
        }
    })
}

fn file(content_type: &'static str, content: impl Into<Body>) -> Response {
    let mut response = Response::new(content.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE_CONTROL));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
