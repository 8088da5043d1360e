//! The colours that follow from those that are chosen.
//!
//! Any colour may be chosen. From it follow, for light and for dark, those that stay readable: text
//! on the accent and links have a contrast of at least 4.5:1, edges of at least 3:1.
use std::fmt;

use crate::{Branding, Colour};

/// Backgrounds an accent has to stand out from; the stylesheets' `--card` and `--sunken`.
pub const LIGHT_GROUNDS: [Colour; 2] = [Colour::WHITE, Colour::new(0xf4, 0xf5, 0xf7)];
/// The same in the dark.
pub const DARK_GROUNDS: [Colour; 2] =
    [Colour::new(0x17, 0x19, 0x1e), Colour::new(0x1f, 0x22, 0x28)];
/// The stylesheets' `--ink-soft`, of text that stands on the page.
const LIGHT_INK_SOFT: Colour = Colour::new(0x56, 0x5c, 0x68);
const DARK_INK_SOFT: Colour = Colour::new(0xa4, 0xab, 0xb7);
const TEXT_CONTRAST: f64 = 4.5;
const EDGE_CONTRAST: f64 = 3.0;

/// Whether colours are for a light ground or a dark one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Scheme {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Light, Self::Dark];

    const fn grounds(self) -> [Colour; 2] {
        match self {
            Self::Light => LIGHT_GROUNDS,
            Self::Dark => DARK_GROUNDS,
        }
    }
}

/// The colours of one scheme that follow from the accent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Filled buttons
    pub fill: Colour,
    /// Text on a filled button
    pub on_fill: Colour,
    /// Filled buttons under the pointer
    pub fill_hover: Colour,
    /// Edge of a filled button
    pub edge: Colour,
    /// Links and focus rings
    pub ink: Colour,
}

impl Palette {
    /// The colours that follow from an accent.
    pub fn of(accent: Colour, scheme: Scheme) -> Self {
        let grounds = scheme.grounds();
        let fill = match scheme {
            Scheme::Light => accent,
            Scheme::Dark => {
                // A dark accent would sink into a dark card, so there it is lifted. One that is
                // nearly black turns nearly white: half-way, it would look like a button switched
                // off.
                let contrast_min = if accent.luminance() < 0.02 { 12.0 } else { EDGE_CONTRAST };
                readable(accent, &grounds, contrast_min)
            }
        };
        let on_fill = ink_on(fill);
        // Away from the text's colour, so that hovering can only raise the contrast.
        let away = if on_fill == Colour::WHITE { Colour::BLACK } else { Colour::WHITE };
        let edge = readable(fill, &grounds, EDGE_CONTRAST);
        let ink = readable(fill, &grounds, TEXT_CONTRAST);
        Self { fill, on_fill, fill_hover: fill.mixed(away, 14), edge, ink }
    }
}

impl fmt::Display for Palette {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fill, on_fill, fill_hover, edge, ink } = self;
        write!(
            f,
            "--accent:{fill};--on-accent:{on_fill};--accent-hover:{fill_hover};\
             --accent-edge:{edge};--accent-ink:{ink}"
        )
    }
}

/// White where white can be read on this colour, otherwise black, which then can.
pub fn ink_on(colour: Colour) -> Colour {
    if colour.contrast(Colour::WHITE) >= TEXT_CONTRAST { Colour::WHITE } else { Colour::BLACK }
}

/// The generated stylesheet of a scheme, loaded after the common one.
pub fn stylesheet(branding: &Branding, scheme: Scheme) -> String {
    let mut declarations = vec![Palette::of(branding.accent(), scheme).to_string()];
    let (ground, soft) = match scheme {
        Scheme::Light => (branding.background_color, LIGHT_INK_SOFT),
        Scheme::Dark => (branding.dark_background_color, DARK_INK_SOFT),
    };
    if let Some(ground) = ground {
        // A glow of the accent would make a third colour of the two.
        let ink = readable(soft, &[ground], TEXT_CONTRAST);
        declarations.push(format!("--page:{ground};--page-ink:{ink};--glow:0%"));
    }
    if scheme == Scheme::Light {
        declarations.extend(branding.corner_radius.map(|it| format!("--radius:{it}px")));
        declarations.extend(branding.font.map(|it| format!("--font:{}", it.stack())));
    }
    format!(":root{{{}}}\n", declarations.join(";"))
}

/// The colour itself, or the nearest darker (on light) or lighter (on dark) one that stands out.
fn readable(colour: Colour, grounds: &[Colour], contrast_min: f64) -> Colour {
    // Where black can be seen better than white, the ground is light.
    let light = grounds.iter().all(|ground| ground.luminance() > 0.179);
    let towards = if light { Colour::BLACK } else { Colour::WHITE };
    (0..=100)
        .step_by(2)
        .map(|percent| colour.mixed(towards, percent))
        .find(|&mixed| least_contrast(mixed, grounds) >= contrast_min)
        .unwrap_or(towards)
}

fn least_contrast(colour: Colour, grounds: &[Colour]) -> f64 {
    grounds.iter().map(|&ground| colour.contrast(ground)).fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_colour() -> impl Iterator<Item = Colour> {
        let steps = || (0..=255).step_by(15);
        steps().flat_map(move |red| {
            steps().flat_map(move |green| steps().map(move |blue| Colour::new(red, green, blue)))
        })
    }

    #[test]
    fn whatever_the_accent_text_and_edges_can_be_seen() {
        for accent in every_colour() {
            for scheme in Scheme::ALL {
                let (palette, grounds) = (Palette::of(accent, scheme), scheme.grounds());
                let text = palette.fill.contrast(palette.on_fill);
                let hovered = palette.fill_hover.contrast(palette.on_fill);
                assert!(text >= TEXT_CONTRAST, "{accent} text {text}");
                assert!(hovered >= text, "{accent} hovered {hovered}");
                assert!(least_contrast(palette.edge, &grounds) >= EDGE_CONTRAST, "{accent}");
                assert!(least_contrast(palette.ink, &grounds) >= TEXT_CONTRAST, "{accent}");
            }
        }
    }

    #[test]
    fn whatever_the_background_text_on_it_can_be_read() {
        for ground in every_colour() {
            for soft in [LIGHT_INK_SOFT, DARK_INK_SOFT] {
                let ink = readable(soft, &[ground], TEXT_CONTRAST);
                assert!(ink.contrast(ground) >= TEXT_CONTRAST, "{ink} on {ground}");
            }
        }
    }

    #[test]
    fn the_stylesheet_holds_what_was_chosen_and_nothing_else() {
        let branding = Branding {
            background_color: Colour::parse("#123456"),
            corner_radius: Some(0),
            ..Branding::default()
        };
        let light = stylesheet(&branding, Scheme::Light);
        assert!(light.contains("--page:#123456;--page-ink:#"), "{light}");
        assert!(light.contains("--radius:0px") && !light.contains("--font"), "{light}");
        let dark = stylesheet(&branding, Scheme::Dark);
        assert!(!dark.contains("--page") && !dark.contains("--radius"), "{dark}");
    }
}
