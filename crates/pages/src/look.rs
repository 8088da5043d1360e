//! How the pages of an environment look.
use serde::{Deserialize, Serialize};
use vestibule_kernel::setting::Setting;
use vestibule_kernel::{Cx, Result};
use vestibule_messages::Application;

use crate::assets;
use crate::branding::{Branding, Colour};
use crate::render::Frame;

/// What pages call the application where it has not said its name.
const NO_NAME: &str = "Vestibule";

/// The look that an environment has chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    /// Colour of buttons, links and focus rings, such as `#3f4fd8`.
    pub accent: Option<String>,
}

impl Setting for Look {
    const NAME: &'static str = "look";
}

/// What surrounds the pages of this environment.
pub fn frame(cx: &mut Cx<'_>) -> Result<Frame> {
    let name = cx.setting::<Application>()?.name;
    let accent = cx.setting::<Look>()?.accent.and_then(|it| Colour::parse(&it));
    let mut branding = Branding::named(name.unwrap_or_else(|| NO_NAME.to_owned()));
    branding.accent = accent.unwrap_or(Colour::HOUSE);
    let frame = framed(&branding);
    Ok(if cx.app.options().dev { frame.with_inbox(crate::routes::INBOX) } else { frame })
}

/// What surrounds a page that belongs to no environment.
pub fn plain() -> Frame {
    framed(&Branding::named(NO_NAME))
}

fn framed(branding: &Branding) -> Frame {
    Frame::new(branding, assets::branding_path(branding.accent))
}
