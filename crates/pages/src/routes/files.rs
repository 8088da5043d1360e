//! Stylesheets and scripts.
use std::convert::Infallible;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use vestibule_federation::connections;
use vestibule_kernel::id::EnvironmentId;
use vestibule_kernel::{Error, FlowCx, Kind, Result, environment};
use vestibule_signin::passkeys::RelyingParty;

use crate::assets::{Asset, CACHE_CONTROL};
use crate::look::{self, Sheet};
use crate::web::Visit;

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

/// `GET /assets/{file}`: a file of another version of the program, or none of ours.
pub fn missing(_: &Visit) -> Result<Response> {
    Err(none())
}

/// `GET /branding/{environment}/{owner}/{sheet}`: a stylesheet that a branding makes.
pub fn sheet(visit: &Visit) -> Result<Response> {
    let sheet = Sheet::parse(visit.path("sheet")).ok_or_else(none)?;
    let owner = look::owner(visit.path("owner"))?;
    let flow = environment(visit)?;
    let branding = flow.read(|cx| vestibule_branding::effective(cx, owner.as_ref()))?;
    let text = sheet.text(&branding);
    let is_current = visit.query("version") == Some(look::version(&text).as_str());
    let mut response = file("text/css; charset=utf-8", text);
    if !is_current {
        let value = HeaderValue::from_static("no-store");
        response.headers_mut().insert(header::CACHE_CONTROL, value);
    }
    Ok(response)
}

/// `GET /branding/{environment}/images/{digest}`: a picture that was uploaded. Mails show it, too,
/// so other sites may.
pub fn image(visit: &Visit) -> Result<Response> {
    let digest = visit.path("digest");
    let found = environment(visit)?.read(|cx| vestibule_branding::image(cx, digest))?;
    let (media_type, content) = found.ok_or_else(none)?;
    let mut response = file(media_type.as_str(), content);
    let headers = response.headers_mut();
    let policy = HeaderValue::from_static(vestibule_branding::image::POLICY);
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    let shared = HeaderValue::from_static("cross-origin");
    headers.insert("cross-origin-resource-policy", shared);
    Ok(response)
}

/// `GET /sso/saml/metadata/{external_key}`: how we describe ourselves to an identity provider.
pub fn saml_metadata(visit: &Visit) -> Result<Response> {
    let key = visit.path("external_key");
    let environment = connections::environment_of_saml(&visit.app, key)?.ok_or_else(none)?;
    let found = connections::saml_metadata(&visit.flow(&environment), key)?.ok_or_else(none)?;
    let mut response = file("application/samlmetadata+xml", found);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn environment(visit: &Visit) -> Result<FlowCx> {
    let id = EnvironmentId::parse(visit.path("environment"))?;
    let found = visit.app.db().read(|tx| environment::get(tx, &id))?;
    found.map(|it| visit.flow(&it.id)).ok_or_else(none)
}

fn none() -> Error {
    Error::plain(Kind::NotFound, "There is no such file on this server.")
}

fn file(content_type: &'static str, content: impl Into<Body>) -> Response {
    let mut response = Response::new(content.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE_CONTROL));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
