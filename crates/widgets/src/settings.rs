//! What every widget may know of the application that shows it: its name, its logo, our address.
use serde::Serialize;
use serde_json::{Value, json};
use vestibule_branding::{Image, image};
use vestibule_kernel::{Cx, Method, Result, Route};

use crate::endpoints::{Answer, Endpoint};
use crate::viewer::Viewer;

/// `GET /_widgets/settings`, for anybody who is signed in.
pub(crate) const ENDPOINT: Endpoint =
    Endpoint { route: Route(Method::Get, "/_widgets/settings"), answer: Answer::Show(answer) };

/// The settings as widgets read them. The paths are whole addresses, since widgets put them into
/// pages of the application as they are. The organization's own branding goes before the
/// environment's, and there is one icon for light and dark.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    object: &'static str,
    authkit_origin: String,
    logo_dark_icon_path: Option<String>,
    logo_dark_path: Option<String>,
    logo_light_icon_path: Option<String>,
    logo_light_path: Option<String>,
    team_name: String,
}

fn answer(cx: &mut Cx<'_>, viewer: &Viewer) -> Result<Value> {
    let branding = vestibule_branding::effective(cx, viewer.organization_id.as_ref())?;
    let origin = &cx.app.options().public_url;
    let address = |it: &Option<Image>| {
        it.as_ref().map(|it| format!("{origin}{}", image::path(cx.environment, it)))
    };
    let images = &branding.images;
    Ok(json!(Settings {
        object: "settings",
        authkit_origin: origin.clone(),
        logo_dark_icon_path: address(&images.favicon),
        logo_dark_path: address(&images.dark_logo),
        logo_light_icon_path: address(&images.favicon),
        logo_light_path: address(&images.logo),
        team_name: branding.application().to_owned(),
    }))
}
