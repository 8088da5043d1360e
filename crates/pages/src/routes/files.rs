//! Stylesheets and scripts.
use std::convert::Infallible;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use vestibule_kernel::{Error, Kind};

use crate::assets::{self, Asset, CACHE_CONTROL};
use crate::web::{REQUEST_ID, failure};

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
