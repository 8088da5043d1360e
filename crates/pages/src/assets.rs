//! The stylesheet and the script, compiled in and named by their content.
//!
//! The name changes with the content, so browsers may keep a file for ever.

use std::sync::LazyLock;

/// A file that every page may ask for.
pub struct Asset {
    /// Path on this server, for ever the same content
    pub path: String,
    /// Media type with its character set
    pub content_type: &'static str,
    /// Content
    pub body: &'static str,
}

/// `Cache-Control` of an asset.
pub const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    asset("style", "css", "text/css; charset=utf-8", include_str!("../static/style.css"))
});
static DARK: LazyLock<Asset> = LazyLock::new(|| {
    asset("dark", "css", "text/css; charset=utf-8", include_str!("../static/dark.css"))
});
static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    asset("enhance", "js", "text/javascript; charset=utf-8", include_str!("../static/enhance.js"))
});

static PASSKEYS: LazyLock<Asset> = LazyLock::new(|| {
    let script = include_str!("../static/passkeys.js");
    asset("passkeys", "js", "text/javascript; charset=utf-8", script)
});

/// The dark colours of all pages.
pub fn dark() -> &'static Asset {
    &DARK
}

/// The stylesheet of all pages.
pub fn style() -> &'static Asset {
    &STYLE
}

/// The script of all pages, which none of them needs.
pub fn script() -> &'static Asset {
    &SCRIPT
}

/// The script of the pages that have to do with passkeys.
pub fn passkeys() -> &'static Asset {
    &PASSKEYS
}

/// Every asset, for the router.
pub fn all() -> [&'static Asset; 4] {
    [style(), dark(), script(), passkeys()]
}

fn asset(name: &str, extension: &str, content_type: &'static str, body: &'static str) -> Asset {
    let path = format!("/assets/{name}-{:016x}.{extension}", fingerprint(body.as_bytes()));
    Asset { path, content_type, body }
}

/// FNV-1a: tells two versions of a file apart; no protection is asked of it.
pub(crate) fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use vestibule_branding::Branding;
    use vestibule_branding::palette::{DARK_GROUNDS, LIGHT_GROUNDS, Scheme, stylesheet};

    use super::*;

    #[test]
    fn the_common_stylesheets_begin_with_the_house_palette_and_these_grounds() {
        for (scheme, asset, grounds) in
            [(Scheme::Light, style(), LIGHT_GROUNDS), (Scheme::Dark, dark(), DARK_GROUNDS)]
        {
            let compact: String = asset.body.split_whitespace().collect();
            let house = stylesheet(&Branding::default(), scheme);
            for declaration in house.split([';', '{', '}']).filter(|part| part.starts_with("--")) {
                assert!(compact.contains(&format!("{declaration};")), "{declaration} {scheme:?}");
            }
            let [card, sunken] = grounds;
            assert!(compact.contains(&format!("--card:{card};")), "--card of {scheme:?}");
            assert!(compact.contains(&format!("--sunken:{sunken};")), "--sunken of {scheme:?}");
        }
    }
}
