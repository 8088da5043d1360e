//! How the pages and mails of an environment and of its organizations look.
//!
//! An environment has one [`Branding`]; an organization may have its own, of which each part that
//! is set takes the place of the environment's ([`effective`]). Rules:
//!
//! - Whatever colours are chosen, text and edges can be seen: [`palette`] derives those that can.
//! - What is uploaded or typed is hostile: pictures are bounded and looked at ([`image`]), custom
//!   CSS can load nothing and close nothing ([`css`]), links lead to `https` or mail.
//! - A picture is named by its content, and is served under a policy that lets it do nothing.
pub mod colour;
pub mod css;
pub mod image;
pub mod palette;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::setting::Setting;
use vestibule_kernel::{Cx, Result};

pub use colour::Colour;
pub use image::{Image, MediaType};
pub use store::{
    Kind, Owner, delete_image, delete_of_organization, image, of_environment, of_organization, set,
    set_image,
};

/// What pages call an application that has not said its name.
pub const NO_NAME: &str = "Vestibule";

/// How pages and mails look; what is not set is the house's, or the environment's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct Branding {
    /// Name of the application
    pub application_name: Option<String>,
    /// Name that mails come from; the address is `sender_address` of the mail settings
    pub sender_name: Option<String>,
    /// Colour of buttons, links and focus rings, such as `#3f4fd8`
    pub accent_color: Option<Colour>,
    /// Colour of the page around its card
    pub background_color: Option<Colour>,
    /// The same in dark colours
    pub dark_background_color: Option<Colour>,
    /// Radius of the corners of buttons and fields, in pixels; others follow
    pub corner_radius: Option<u8>,
    /// Typeface
    pub font: Option<Font>,
    /// Further CSS, after everything else
    pub custom_css: Option<String>,
    /// Where the terms of service are
    pub terms_url: Option<String>,
    /// Where the privacy policy is
    pub privacy_url: Option<String>,
    /// Where there is help: a page, or `mailto:` an address
    pub support_url: Option<String>,
    /// Pictures, which are kept by themselves
    #[serde(skip)]
    pub images: Images,
}

/// The pictures of a branding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Images {
    /// The logo.
    pub logo: Option<Image>,
    /// The logo on dark colours.
    pub dark_logo: Option<Image>,
    /// The icon of the browser's tab.
    pub favicon: Option<Image>,
}

impl Images {
    fn over(self, other: Self) -> Self {
        Self {
            // A dark logo belongs to its light one, so that of another is not mixed in.
            dark_logo: if self.logo.is_some() {
                self.dark_logo
            } else {
                self.dark_logo.or(other.dark_logo)
            },
            logo: self.logo.or(other.logo),
            favicon: self.favicon.or(other.favicon),
        }
    }
}

/// A typeface: fonts that readers have already, so that none is fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Font {
    /// The system's own.
    #[default]
    System,
    /// Sans-serif with the forms of handwriting.
    Humanist,
    /// Sans-serif of circles and lines.
    Geometric,
    /// Sans-serif with round ends.
    Rounded,
    /// With serifs.
    Serif,
}

impl Font {
    /// As `font-family` has it.
    pub const fn stack(self) -> &'static str {
        match self {
            Self::System => {
                "system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",sans-serif"
            }
            Self::Humanist => {
                "Seravek,\"Gill Sans Nova\",Ubuntu,Calibri,\"DejaVu Sans\",sans-serif"
            }
            Self::Geometric => "Avenir,Montserrat,Corbel,\"URW Gothic\",sans-serif",
            Self::Rounded => {
                "ui-rounded,\"Hiragino Maru Gothic ProN\",Quicksand,Comfortaa,Nunito,sans-serif"
            }
            Self::Serif => "Charter,\"Bitstream Charter\",\"Sitka Text\",Cambria,Georgia,serif",
        }
    }
}

impl Setting for Branding {
    const NAME: &'static str = "branding";
}

impl Branding {
    /// The name of the application.
    pub fn application(&self) -> &str {
        self.application_name.as_deref().unwrap_or(NO_NAME)
    }
    /// The accent.
    pub fn accent(&self) -> Colour {
        self.accent_color.unwrap_or(Colour::HOUSE)
    }
    /// This one, and where a part of it is not set, that of `other`.
    fn over(self, other: Self) -> Self {
        let dark_ground = if self.background_color.is_some() {
            self.dark_background_color
        } else {
            self.dark_background_color.or(other.dark_background_color)
        };
        Self {
            application_name: self.application_name.or(other.application_name),
            sender_name: self.sender_name.or(other.sender_name),
            accent_color: self.accent_color.or(other.accent_color),
            background_color: self.background_color.or(other.background_color),
            dark_background_color: dark_ground,
            corner_radius: self.corner_radius.or(other.corner_radius),
            font: self.font.or(other.font),
            custom_css: self.custom_css.or(other.custom_css),
            terms_url: self.terms_url.or(other.terms_url),
            privacy_url: self.privacy_url.or(other.privacy_url),
            support_url: self.support_url.or(other.support_url),
            images: self.images.over(other.images),
        }
    }
}

/// How the pages and mails of the environment look, or of one of its organizations.
pub fn effective(cx: &mut Cx<'_>, organization_id: Option<&OrganizationId>) -> Result<Branding> {
    let environment = of_environment(cx)?;
    let own = match organization_id {
        Some(id) => of_organization(cx, id)?,
        None => Branding::default(),
    };
    Ok(own.over(environment))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logo(digest: &str) -> Image {
        Image { digest: digest.to_owned(), media_type: MediaType::Png }
    }

    #[test]
    fn each_part_that_an_organization_sets_takes_the_place_of_the_environments() {
        let environment = Branding {
            application_name: Some("App".to_owned()),
            accent_color: Colour::parse("#ff0000"),
            corner_radius: Some(4),
            ..Branding::default()
        };
        let own = Branding { accent_color: Colour::parse("#00ff00"), ..Branding::default() };
        let both = own.over(environment.clone());
        assert_eq!(both.application(), "App");
        assert_eq!(both.accent_color, Colour::parse("#00ff00"));
        assert_eq!(both.corner_radius, Some(4));
        assert_eq!(Branding::default().over(environment.clone()), environment);
    }

    #[test]
    fn a_dark_logo_of_the_environment_does_not_stand_beside_a_logo_of_the_organization() {
        let environment =
            Images { logo: Some(logo("a")), dark_logo: Some(logo("b")), favicon: None };
        let own = Images { logo: Some(logo("c")), ..Images::default() };
        let both = own.over(environment.clone());
        assert_eq!((both.logo, both.dark_logo), (Some(logo("c")), None));
        assert_eq!(Images::default().over(environment.clone()), environment);
    }
}
