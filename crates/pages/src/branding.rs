//! The look of one environment: its application's name, logo and accent colour.
//!
//! Any accent may be chosen. The stylesheet generated here derives from it, for light and for
//! dark, the colours that stay readable: text on the accent and links have a contrast of at least
//! 4.5:1, edges of at least 3:1.

use std::fmt;

use crate::assets::fingerprint;
use crate::render::initial;

/// Backgrounds an accent has to stand out from; the stylesheet's `--card` and `--sunken`.
const LIGHT_GROUNDS: [Colour; 2] = [Colour(0xff, 0xff, 0xff), Colour(0xf4, 0xf5, 0xf7)];
const DARK_GROUNDS: [Colour; 2] = [Colour(0x17, 0x19, 0x1e), Colour(0x1f, 0x22, 0x28)];
const TEXT_CONTRAST: f64 = 4.5;
const EDGE_CONTRAST: f64 = 3.0;

/// What makes the pages an application's own.
#[derive(Clone, Debug)]
pub struct Branding {
    /// Name of the application
    pub application: String,
    /// Path of the logo on this server; without one, the first letter stands in
    pub logo_path: Option<String>,
    /// Colour of buttons, links and focus rings
    pub accent: Colour,
}

impl Branding {
    /// An application that has chosen nothing but its name.
    pub fn named(application: impl Into<String>) -> Self {
        Self { application: application.into(), logo_path: None, accent: Colour::HOUSE }
    }

    /// The generated stylesheet, loaded after the common one.
    pub fn stylesheet(&self) -> String {
        let light = Palette::on(&LIGHT_GROUNDS, self.accent);
        // A dark accent would sink into a dark card, so there it is lifted. One that is nearly
        // black turns nearly white: half-way, it would look like a button switched off.
        let contrast_min = if self.accent.luminance() < 0.02 { 12.0 } else { EDGE_CONTRAST };
        let lifted = readable(self.accent, &DARK_GROUNDS, contrast_min);
        let dark = Palette::on(&DARK_GROUNDS, lifted);
        format!(":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n")
    }

    /// Tells versions of the stylesheet apart, for its path.
    pub fn version(&self) -> String {
        format!("{:016x}", fingerprint(self.stylesheet().as_bytes()))
    }

    /// The application's letter as an icon for the browser's tab, in a `data:` address.
    pub fn icon(&self) -> String {
        // A letter or digit, so it needs no escaping.
        let letter = initial(&self.application);
        let svg = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>\
             <rect width='32' height='32' rx='9' fill='{}'/>\
             <text x='16' y='22.5' font-family='system-ui,sans-serif' font-size='18' \
             font-weight='600' text-anchor='middle' fill='{}'>{letter}</text></svg>",
            self.accent,
            self.accent.ink()
        );
        format!("data:image/svg+xml,{}", svg.replace('#', "%23").replace(' ', "%20"))
    }
}

/// A colour of the sRGB space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(u8, u8, u8);

impl Colour {
    /// Accent of an application that has not chosen one
    pub const HOUSE: Self = Self(0x3f, 0x4f, 0xd8);
    const BLACK: Self = Self(0, 0, 0);
    const WHITE: Self = Self(0xff, 0xff, 0xff);

    /// Parse `#rrggbb` or `#rgb`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let channel =
            |from: usize, width: usize| u8::from_str_radix(&digits[from..from + width], 16).ok();
        match digits.len() {
            3 => Some(Self(channel(0, 1)? * 17, channel(1, 1)? * 17, channel(2, 1)? * 17)),
            6 => Some(Self(channel(0, 2)?, channel(2, 2)?, channel(4, 2)?)),
            _ => None,
        }
    }

    /// White where white can be read on this colour, otherwise black, which then can.
    fn ink(self) -> Self {
        if contrast(self, Self::WHITE) >= TEXT_CONTRAST { Self::WHITE } else { Self::BLACK }
    }

    /// This colour with `percent` of another in it.
    fn mixed(self, other: Self, percent: u16) -> Self {
        let blend = |mine: u8, its: u8| {
            let sum = u16::from(mine) * (100 - percent) + u16::from(its) * percent;
            u8::try_from((sum + 50) / 100).unwrap_or(u8::MAX)
        };
        Self(blend(self.0, other.0), blend(self.1, other.1), blend(self.2, other.2))
    }

    /// Relative luminance as WCAG 2 defines it.
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// The colours of one scheme that follow from the accent.
struct Palette {
    /// Filled buttons
    fill: Colour,
    /// Text on a filled button
    on_fill: Colour,
    /// Filled buttons under the pointer
    fill_hover: Colour,
    /// Edge of a filled button
    edge: Colour,
    /// Links and focus rings
    ink: Colour,
}

impl Palette {
    fn on(grounds: &[Colour], fill: Colour) -> Self {
        let on_fill = fill.ink();
        // Away from the text's colour, so that hovering can only raise the contrast.
        let away = if on_fill == Colour::WHITE { Colour::BLACK } else { Colour::WHITE };
        let edge = readable(fill, grounds, EDGE_CONTRAST);
        let ink = readable(fill, grounds, TEXT_CONTRAST);
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

/// The colour itself, or the nearest darker (on light) or lighter (on dark) one that stands out.
fn readable(colour: Colour, grounds: &[Colour], contrast_min: f64) -> Colour {
    let light = grounds.iter().all(|ground| ground.luminance() > 0.5);
    let towards = if light { Colour::BLACK } else { Colour::WHITE };
    (0..=100)
        .step_by(2)
        .map(|percent| colour.mixed(towards, percent))
        .find(|&mixed| least_contrast(mixed, grounds) >= contrast_min)
        .unwrap_or(towards)
}

fn least_contrast(colour: Colour, grounds: &[Colour]) -> f64 {
    grounds.iter().map(|&ground| contrast(colour, ground)).fold(f64::INFINITY, f64::min)
}

/// Contrast ratio as WCAG 2 defines it, from 1 to 21.
fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (one.luminance(), other.luminance());
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_accent_text_and_edges_can_be_seen() {
        let steps = (0..=255).step_by(15);
        for red in steps.clone() {
            for green in steps.clone() {
                for blue in steps.clone() {
                    let accent = Colour(red, green, blue);
                    for grounds in [&LIGHT_GROUNDS, &DARK_GROUNDS] {
                        let palette = Palette::on(grounds, accent);
                        let text = contrast(palette.fill, palette.on_fill);
                        let hovered = contrast(palette.fill_hover, palette.on_fill);
                        assert!(text >= TEXT_CONTRAST, "{accent} text {text}");
                        assert!(hovered >= text, "{accent} hovered {hovered}");
                        assert!(least_contrast(palette.edge, grounds) >= EDGE_CONTRAST, "{accent}");
                        assert!(least_contrast(palette.ink, grounds) >= TEXT_CONTRAST, "{accent}");
                    }
                }
            }
        }
    }

    #[test]
    fn colours_are_read_in_both_lengths_and_nothing_else_is() {
        assert_eq!(Colour::parse("#0f8"), Some(Colour(0x00, 0xff, 0x88)));
        assert_eq!(Colour::parse("#3F4fd8"), Some(Colour::HOUSE));
        for wrong in ["", "#", "red", "#12", "#12345", "#gggggg", "#+1+1+1", "3f4fd8", "#éé1"] {
            assert_eq!(Colour::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_common_stylesheet_begins_with_the_house_palette_and_these_grounds() {
        let style = crate::assets::style().body;
        let compact: String = style.split_whitespace().collect();
        let house = Branding::named("Vestibule").stylesheet();
        for declaration in house.split([';', '{', '}']).filter(|part| part.starts_with("--")) {
            assert!(compact.contains(&format!("{declaration};")), "{declaration} in style.css");
        }
        for (name, grounds) in [("light", LIGHT_GROUNDS), ("dark", DARK_GROUNDS)] {
            let [card, sunken] = grounds;
            assert!(compact.contains(&format!("--card:{card};")), "--card of {name}");
            assert!(compact.contains(&format!("--sunken:{sunken};")), "--sunken of {name}");
        }
    }

    #[test]
    fn an_icon_holds_the_letter_and_no_raw_hash() {
        let icon = Branding::named("Acme").icon();
        assert!(icon.contains(">A</text>"), "{icon}");
        assert!(!icon.contains('#'), "{icon}");
    }
}
