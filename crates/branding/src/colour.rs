//! Colours of the sRGB space.
use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A colour of the sRGB space, as `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Colour(u8, u8, u8);

impl Colour {
    /// Accent of an application that has not chosen one
    pub const HOUSE: Self = Self(0x3f, 0x4f, 0xd8);
    /// Black
    pub const BLACK: Self = Self(0, 0, 0);
    /// White
    pub const WHITE: Self = Self(0xff, 0xff, 0xff);

    /// A colour by its red, green and blue.
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self(red, green, blue)
    }

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

    /// This colour with `percent` of another in it.
    pub fn mixed(self, other: Self, percent: u16) -> Self {
        let blend = |mine: u8, its: u8| {
            let sum = u16::from(mine) * (100 - percent) + u16::from(its) * percent;
            u8::try_from((sum + 50) / 100).unwrap_or(u8::MAX)
        };
        Self(blend(self.0, other.0), blend(self.1, other.1), blend(self.2, other.2))
    }

    /// Relative luminance as WCAG 2 defines it.
    pub fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// Contrast ratio as WCAG 2 defines it, from 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

impl From<Colour> for String {
    fn from(it: Colour) -> Self {
        it.to_string()
    }
}

impl TryFrom<String> for Colour {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("'{text}' is no colour like #3f4fd8"))
    }
}

impl JsonSchema for Colour {
    fn schema_name() -> Cow<'static, str> {
        "Colour".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_in_both_lengths_and_nothing_else_is() {
        assert_eq!(Colour::parse("#0f8"), Some(Colour(0x00, 0xff, 0x88)));
        assert_eq!(Colour::parse("#3F4fd8"), Some(Colour::HOUSE));
        for wrong in ["", "#", "red", "#12", "#12345", "#gggggg", "#+1+1+1", "3f4fd8", "#éé1"] {
            assert_eq!(Colour::parse(wrong), None, "{wrong}");
        }
    }
}
