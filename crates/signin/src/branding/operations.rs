//! What clients can do with branding.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_branding::{Branding, Colour, Font, Image, Kind, MediaType, Owner, css, image};
use vestibule_kernel::catalog::Method::{Delete, Get, Put};
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::{Code, Cx, Error, Fine, NoContent, Operation, Patch, Result, Route};
use vestibule_people::organizations;

use super::links::{LINK_BYTES_MAX, is_link, is_link_or_mail};

/// The longest name, in characters.
const NAME_CHARACTERS_MAX: u32 = 100;
/// The roundest corner, in pixels.
const RADIUS_PIXELS_MAX: u8 = 32;
/// The longest picture in base64, in characters.
const IMAGE_CHARACTERS_MAX: usize = image::IMAGE_BYTES_MAX.div_ceil(3) * 4;

/// The CSS could load or end something.
const INVALID_CSS: Code = "invalid_custom_css";
/// The link leads where none may lead.
const INVALID_LINK: Code = "invalid_link";
/// The picture is none, or is too large.
const INVALID_IMAGE: Code = "invalid_image";

/// How the pages and mails of an environment or of an organization look
///
/// What is null is the environment's, for an organization, and the house's for an environment.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Branding")]
pub struct Shown {
    /// Always `branding`
    #[schemars(extend("const" = "branding"))]
    object: &'static str,
    /// ID of the organization; null for the environment
    organization_id: Option<OrganizationId>,
    #[serde(flatten)]
    branding: Branding,
    /// The logo
    logo: Option<ShownImage>,
    /// The logo on dark colours
    dark_logo: Option<ShownImage>,
    /// The icon of the browser's tab
    favicon: Option<ShownImage>,
}

/// A picture
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
struct ShownImage {
    /// Where it is
    url: String,
    /// Kind of picture
    media_type: MediaType,
}

impl Shown {
    fn of(cx: &mut Cx<'_>, organization_id: Option<OrganizationId>) -> Result<Self> {
        let branding = kept(cx, organization_id.as_ref())?;
        let origin = &cx.app.options().public_url;
        let shown = |it: &Option<Image>| {
            it.as_ref().map(|it| ShownImage {
                url: format!("{origin}{}", image::path(cx.environment, it)),
                media_type: it.media_type,
            })
        };
        let images = &branding.images;
        Ok(Self {
            object: "branding",
            logo: shown(&images.logo),
            dark_logo: shown(&images.dark_logo),
            favicon: shown(&images.favicon),
            organization_id,
            branding,
        })
    }
}

/// Get how pages and mails look
///
/// Of an organization, only what it has of its own is shown.
#[derive(Deserialize, JsonSchema)]
pub struct GetBranding {
    /// ID of the organization; without one, it is the environment's
    organization_id: Option<OrganizationId>,
}

impl Operation for GetBranding {
    const ID: &'static str = "branding.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/branding");
    const EXTENSION: bool = true;
    const STATUSES: &'static [u16] = &[404];
    type Reply = Fine<Shown>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id } = self;
        check_organization(cx, organization_id.as_ref())?;
        Shown::of(cx, organization_id).map(Fine)
    }
}

/// Change how pages and mails look
///
/// What is not given stays as it is; null takes it away. Whatever the colours, text stays readable:
/// those that it needs are derived from the ones that are given.
#[derive(Deserialize, JsonSchema)]
pub struct UpdateBranding {
    /// ID of the organization; without one, it is the environment's
    organization_id: Option<OrganizationId>,
    /// Name of the application
    #[serde(default)]
    #[schemars(length(min = 1, max = NAME_CHARACTERS_MAX))]
    application_name: Patch<String>,
    /// Name that mails come from; the address is `sender_address` of the mail settings
    #[serde(default)]
    #[schemars(length(min = 1, max = NAME_CHARACTERS_MAX))]
    sender_name: Patch<String>,
    /// Colour of buttons, links and focus rings, such as `#3f4fd8`
    #[serde(default)]
    accent_color: Patch<Colour>,
    /// Colour of the page around its card
    #[serde(default)]
    background_color: Patch<Colour>,
    /// The same in dark colours
    #[serde(default)]
    dark_background_color: Patch<Colour>,
    /// Radius of the corners of buttons and fields, in pixels; others follow
    #[serde(default)]
    #[schemars(range(max = RADIUS_PIXELS_MAX))]
    corner_radius: Patch<u8>,
    /// Typeface, of fonts that readers have already
    #[serde(default)]
    font: Patch<Font>,
    /// Further CSS, after everything else. It may load nothing: no `url()`, `@import` or `@font-face`
    #[serde(default)]
    #[schemars(length(max = css::CSS_BYTES_MAX))]
    custom_css: Patch<String>,
    /// Where the terms of service are, by `https`
    #[serde(default)]
    #[schemars(length(max = LINK_BYTES_MAX))]
    terms_url: Patch<String>,
    /// Where the privacy policy is, by `https`
    #[serde(default)]
    #[schemars(length(max = LINK_BYTES_MAX))]
    privacy_url: Patch<String>,
    /// Where there is help: a page by `https`, or `mailto:` an address
    #[serde(default)]
    #[schemars(length(max = LINK_BYTES_MAX))]
    support_url: Patch<String>,
}

impl Operation for UpdateBranding {
    const ID: &'static str = "branding.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/branding");
    const EXTENSION: bool = true;
    const STATUSES: &'static [u16] = &[404, 422];
    type Reply = Fine<Shown>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {
            organization_id,
            application_name,
            sender_name,
            accent_color,
            background_color,
            dark_background_color,
            corner_radius,
            font,
            custom_css,
            terms_url,
            privacy_url,
            support_url,
        } = self;
        check_organization(cx, organization_id.as_ref())?;
        let mut branding = kept(cx, organization_id.as_ref())?;
        application_name.apply(&mut branding.application_name);
        sender_name.apply(&mut branding.sender_name);
        accent_color.apply(&mut branding.accent_color);
        background_color.apply(&mut branding.background_color);
        dark_background_color.apply(&mut branding.dark_background_color);
        corner_radius.apply(&mut branding.corner_radius);
        font.apply(&mut branding.font);
        custom_css.try_map(checked_css)?.apply(&mut branding.custom_css);
        let link = |it: Patch<String>, field| it.try_map(|it| checked(it, field, is_link));
        link(terms_url, "terms_url")?.apply(&mut branding.terms_url);
        link(privacy_url, "privacy_url")?.apply(&mut branding.privacy_url);
        let support_url = support_url.try_map(|it| checked(it, "support_url", is_link_or_mail))?;
        support_url.apply(&mut branding.support_url);
        vestibule_branding::set(cx, &Owner::from(organization_id.clone()), &branding)?;
        Shown::of(cx, organization_id).map(Fine)
    }
}

/// Take away what an organization has of its own
///
/// Its pages and mails look like the environment's again.
#[derive(Deserialize, JsonSchema)]
pub struct DeleteBranding {
    /// ID of the organization
    organization_id: OrganizationId,
}

impl Operation for DeleteBranding {
    const ID: &'static str = "branding.delete";
    const ROUTE: Route = Route(Delete, "/vestibule/v1/branding");
    const EXTENSION: bool = true;
    const STATUSES: &'static [u16] = &[404];
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id } = self;
        check_organization(cx, Some(&organization_id))?;
        vestibule_branding::delete_of_organization(cx, &organization_id)?;
        Ok(NoContent)
    }
}

/// What a picture is for.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Purpose {
    /// The logo.
    Logo,
    /// The logo on dark colours.
    DarkLogo,
    /// The icon of the browser's tab.
    Favicon,
}

impl From<Purpose> for Kind {
    fn from(it: Purpose) -> Self {
        match it {
            Purpose::Logo => Self::Logo,
            Purpose::DarkLogo => Self::DarkLogo,
            Purpose::Favicon => Self::Favicon,
        }
    }
}

/// Upload a picture for pages and mails
///
/// PNG, WebP or SVG; of 256 KiB (SVG: 64 KiB) and 2048 pixels along a side at the most. Mails show
/// a logo only if it is a PNG.
#[derive(Deserialize, JsonSchema)]
pub struct SetBrandingImage {
    /// What it is for
    kind: Purpose,
    /// ID of the organization; without one, it is the environment's
    organization_id: Option<OrganizationId>,
    /// The picture in base64
    #[schemars(length(min = 1, max = IMAGE_CHARACTERS_MAX))]
    content: String,
}

impl Operation for SetBrandingImage {
    const ID: &'static str = "branding.set_image";
    const ROUTE: Route = Route(Put, "/vestibule/v1/branding/images/{kind}");
    const EXTENSION: bool = true;
    const STATUSES: &'static [u16] = &[404, 422];
    type Reply = Fine<Shown>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { kind, organization_id, content } = self;
        check_organization(cx, organization_id.as_ref())?;
        let refused =
            |why: String| refused("content", INVALID_IMAGE, &format!("The picture {why}."));
        let content =
            STANDARD.decode(&content).map_err(|_| refused("is not in base64".to_owned()))?;
        let media_type = image::check(&content).map_err(refused)?;
        let owner = Owner::from(organization_id.clone());
        vestibule_branding::set_image(cx, &owner, kind.into(), content, media_type)?;
        Shown::of(cx, organization_id).map(Fine)
    }
}

/// Take a picture away
#[derive(Deserialize, JsonSchema)]
pub struct DeleteBrandingImage {
    /// What it is for
    kind: Purpose,
    /// ID of the organization; without one, it is the environment's
    organization_id: Option<OrganizationId>,
}

impl Operation for DeleteBrandingImage {
    const ID: &'static str = "branding.delete_image";
    const ROUTE: Route = Route(Delete, "/vestibule/v1/branding/images/{kind}");
    const EXTENSION: bool = true;
    const STATUSES: &'static [u16] = &[404];
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { kind, organization_id } = self;
        check_organization(cx, organization_id.as_ref())?;
        vestibule_branding::delete_image(cx, &Owner::from(organization_id), kind.into())?;
        Ok(NoContent)
    }
}

/// What an organization, or the environment, has of its own.
fn kept(cx: &mut Cx<'_>, organization_id: Option<&OrganizationId>) -> Result<Branding> {
    match organization_id {
        Some(id) => vestibule_branding::of_organization(cx, id),
        None => vestibule_branding::of_environment(cx),
    }
}

fn check_organization(cx: &mut Cx<'_>, id: Option<&OrganizationId>) -> Result<()> {
    id.map_or(Ok(()), |id| organizations::find(cx, id).map(|_| ()))
}

fn checked_css(text: String) -> Result<String> {
    match css::check(&text) {
        Ok(()) => Ok(text),
        Err(why) => Err(refused("custom_css", INVALID_CSS, &format!("The CSS {why}."))),
    }
}

fn checked(text: String, field: &str, is_good: fn(&str) -> bool) -> Result<String> {
    if is_good(&text) {
        return Ok(text);
    }
    let why = format!("'{text}' is no link that a page may have. It begins with https://.");
    Err(refused(field, INVALID_LINK, &why))
}

fn refused(field: &str, code: Code, why: &str) -> Error {
    Error::invalid_field(field, code, why.to_owned())
}
