//! How the pages of an environment look, and the language that they are in.
use vestibule_branding::palette::{self, Scheme};
use vestibule_branding::{Branding, Image, NO_NAME, image};
use vestibule_kernel::call::Audience;
use vestibule_kernel::id::{EnvironmentId, OrganizationId};
use vestibule_kernel::{Cx, Result};
use vestibule_languages::Language;
use vestibule_people::users;
use vestibule_signin::authorize;

use crate::assets;
use crate::render::{Acting, Files, Frame};

/// What stands for the environment itself in the paths of stylesheets.
const ENVIRONMENT: &str = "environment";

/// A stylesheet that a branding makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// What was chosen, in light colours.
    Light,
    /// The colours that differ in the dark.
    Dark,
    /// Custom CSS.
    Custom,
}

impl Sheet {
    /// The one of this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Light, Self::Dark, Self::Custom].into_iter().find(|it| it.as_str() == name)
    }
    const fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light.css",
            Self::Dark => "dark.css",
            Self::Custom => "custom.css",
        }
    }
    /// What stands in it.
    pub fn text(self, branding: &Branding) -> String {
        match self {
            Self::Light => palette::stylesheet(branding, Scheme::Light),
            Self::Dark => palette::stylesheet(branding, Scheme::Dark),
            Self::Custom => branding.custom_css.clone().unwrap_or_default(),
        }
    }
}

/// What surrounds the pages of this environment, or of the organization that the request is about.
pub fn frame(cx: &mut Cx<'_>) -> Result<Frame> {
    let organization_id = cx.request.audience.organization_id.clone();
    let branding = vestibule_branding::effective(cx, organization_id.as_ref())?;
    let files = files(cx.environment, organization_id.as_ref(), &branding);
    let frame = Frame::new(&branding, files).in_language(language(&cx.request.audience));
    let frame = frame.with_acting(acting(cx)?);
    Ok(if cx.app.options().dev { frame.with_inbox(crate::routes::INBOX) } else { frame })
}

/// The language that is wished for, of those that we speak: the application's wish comes first.
pub fn language(wishes: &Audience) -> Language {
    let asked = vestibule_languages::choose(wishes.ui_locales.as_deref());
    let accepted = || wishes.accept_language.as_deref().and_then(vestibule_languages::accepted);
    asked.or_else(accepted).unwrap_or_default()
}

/// Whether somebody is signed in with this browser as somebody else; every page says so.
fn acting(cx: &mut Cx<'_>) -> Result<Option<Acting>> {
    let Some(session) = authorize::browser::session(cx)? else { return Ok(None) };
    let Some(impersonator) = session.impersonator else { return Ok(None) };
    let Some(user) = users::get(cx, &session.user_id)? else { return Ok(None) };
    Ok(Some(Acting {
        impersonator: impersonator.email,
        user: user.email,
        end_path: format!("/user_management/sessions/logout?session_id={}", session.id),
    }))
}

/// What surrounds a page that belongs to no environment.
pub fn plain() -> Frame {
    let application_name = Some(NO_NAME.to_owned());
    Frame::new(&Branding { application_name, ..Branding::default() }, Files::default())
}

/// Where the files are that a branding makes. The query tells versions apart, so that each may be
/// kept for ever.
fn files(
    environment: &EnvironmentId,
    organization_id: Option<&OrganizationId>,
    branding: &Branding,
) -> Files {
    let owner = organization_id.map_or(ENVIRONMENT, |it| it.as_str());
    let sheet = |it: Sheet| {
        let (name, version) = (it.as_str(), version(&it.text(branding)));
        format!("/branding/{environment}/{owner}/{name}?version={version}")
    };
    let image = |it: &Option<Image>| it.as_ref().map(|it| image::path(environment, it));
    let images = &branding.images;
    Files {
        light: is_chosen(branding).then(|| sheet(Sheet::Light)),
        dark: is_chosen(branding).then(|| sheet(Sheet::Dark)),
        custom: branding.custom_css.is_some().then(|| sheet(Sheet::Custom)),
        logo: image(&images.logo),
        dark_logo: image(&images.dark_logo),
        favicon: image(&images.favicon),
    }
}

/// Whether anything is chosen that a stylesheet says; the house's is in the common one.
const fn is_chosen(branding: &Branding) -> bool {
    branding.accent_color.is_some()
        || branding.background_color.is_some()
        || branding.dark_background_color.is_some()
        || branding.corner_radius.is_some()
        || branding.font.is_some()
}

/// Tells versions of a stylesheet apart.
pub fn version(text: &str) -> String {
    format!("{:016x}", assets::fingerprint(text.as_bytes()))
}

/// The organization of a path, and none for the environment itself.
pub fn owner(name: &str) -> Result<Option<OrganizationId>> {
    if name == ENVIRONMENT { Ok(None) } else { OrganizationId::parse(name).map(Some) }
}
