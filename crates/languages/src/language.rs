//! The languages that we speak.
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A language that we speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum Language {
    /// العربية
    Arabic,
    /// Deutsch
    German,
    /// English
    #[default]
    English,
    /// Español
    Spanish,
    /// Français
    French,
    /// Italiano
    Italian,
    /// 日本語
    Japanese,
    /// 한국어
    Korean,
    /// Nederlands
    Dutch,
    /// Polski
    Polish,
    /// Português do Brasil
    BrazilianPortuguese,
    /// Türkçe
    Turkish,
    /// 简体中文
    SimplifiedChinese,
}

/// Where a line begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// On the left.
    LeftToRight,
    /// On the right.
    RightToLeft,
}

impl Direction {
    /// As HTML's `dir` has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LeftToRight => "ltr",
            Self::RightToLeft => "rtl",
        }
    }
}

/// The longest tag that is looked at.
const TAG_BYTES_MAX: usize = 35;

impl Language {
    /// Every one, by its tag.
    pub const ALL: [Self; 13] = [
        Self::Arabic,
        Self::German,
        Self::English,
        Self::Spanish,
        Self::French,
        Self::Italian,
        Self::Japanese,
        Self::Korean,
        Self::Dutch,
        Self::Polish,
        Self::BrazilianPortuguese,
        Self::Turkish,
        Self::SimplifiedChinese,
    ];

    /// Its BCP 47 tag, which names its file.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Arabic => "ar",
            Self::German => "de",
            Self::English => "en",
            Self::Spanish => "es",
            Self::French => "fr",
            Self::Italian => "it",
            Self::Japanese => "ja",
            Self::Korean => "ko",
            Self::Dutch => "nl",
            Self::Polish => "pl",
            Self::BrazilianPortuguese => "pt-BR",
            Self::Turkish => "tr",
            Self::SimplifiedChinese => "zh-Hans",
        }
    }

    /// Where its lines begin.
    pub const fn direction(self) -> Direction {
        match self {
            Self::Arabic => Direction::RightToLeft,
            Self::German
            | Self::English
            | Self::Spanish
            | Self::French
            | Self::Italian
            | Self::Japanese
            | Self::Korean
            | Self::Dutch
            | Self::Polish
            | Self::BrazilianPortuguese
            | Self::Turkish
            | Self::SimplifiedChinese => Direction::LeftToRight,
        }
    }

    /// The one that readers of a language read, such as of `de-AT` or `zh_CN`; none where we do not
    /// speak it. Readers of traditional characters are not given simplified ones.
    pub fn of_tag(tag: &str) -> Option<Self> {
        if tag.len() > TAG_BYTES_MAX {
            return None;
        }
        let mut subtags = tag.trim().split(['-', '_']);
        let language = subtags.next()?.to_ascii_lowercase();
        let traditional = |it: &str| {
            ["hant", "tw", "hk", "mo"].iter().any(|other| it.eq_ignore_ascii_case(other))
        };
        Some(match language.as_str() {
            "ar" => Self::Arabic,
            "de" => Self::German,
            "en" => Self::English,
            "es" => Self::Spanish,
            "fr" => Self::French,
            "it" => Self::Italian,
            "ja" => Self::Japanese,
            "ko" => Self::Korean,
            "nl" => Self::Dutch,
            "pl" => Self::Polish,
            "pt" => Self::BrazilianPortuguese,
            "tr" => Self::Turkish,
            "zh" if !subtags.any(traditional) => Self::SimplifiedChinese,
            _ => return None,
        })
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl From<Language> for &'static str {
    fn from(it: Language) -> Self {
        it.tag()
    }
}

impl FromStr for Language {
    type Err = String;

    fn from_str(tag: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|it| it.tag() == tag);
        found.ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|it| it.tag()).collect();
            format!("'{tag}' is none of our languages, which are {}", known.join(", "))
        })
    }
}

impl TryFrom<String> for Language {
    type Error = String;

    fn try_from(tag: String) -> Result<Self, String> {
        tag.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_found_whatever_its_region_and_spelling() {
        for (tag, found) in [
            ("de", Some(Language::German)),
            ("de-AT", Some(Language::German)),
            ("DE_ch", Some(Language::German)),
            ("pt-PT", Some(Language::BrazilianPortuguese)),
            ("zh", Some(Language::SimplifiedChinese)),
            ("zh-Hans-SG", Some(Language::SimplifiedChinese)),
            ("zh-CN", Some(Language::SimplifiedChinese)),
            ("zh-Hant", None),
            ("zh-TW", None),
            ("zh-HK", None),
            ("sv", None),
            ("", None),
            ("-", None),
            ("deutsch", None),
        ] {
            assert_eq!(Language::of_tag(tag), found, "{tag}");
        }
        assert_eq!(Language::of_tag(&format!("de-{}", "x".repeat(40))), None);
    }

    #[test]
    fn every_language_is_found_by_its_own_tag_and_only_once() {
        for (at, language) in Language::ALL.into_iter().enumerate() {
            assert_eq!(Language::of_tag(language.tag()), Some(language));
            assert_eq!(language.tag().parse(), Ok(language));
            assert_eq!(Language::ALL.iter().position(|it| *it == language), Some(at));
        }
        assert!("DE".parse::<Language>().is_err());
    }
}
