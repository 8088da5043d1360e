//! The stylesheet and the script, compiled in and named by their content.
//!
//! The name changes with the content, so browsers may keep a file for ever.

use std::sync::LazyLock;

use crate::branding::{Branding, Colour};

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
static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    asset("enhance", "js", "text/javascript; charset=utf-8", include_str!("../static/enhance.js"))
});

static PASSKEYS: LazyLock<Asset> = LazyLock::new(|| {
    let script = include_str!("../static/passkeys.js");
    asset("passkeys", "js", "text/javascript; charset=utf-8", script)
});

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
pub fn all() -> [&'static Asset; 3] {
    [style(), script(), passkeys()]
}

/// Path of the stylesheet that an accent gives. All of it follows from the path, so that it may be
/// kept for ever like the rest.
pub fn branding_path(accent: Colour) -> String {
    let branding = Branding { accent, ..Branding::named("") };
    let accent = accent.to_string();
    format!("/assets/branding-{}-{}.css", accent.trim_start_matches('#'), branding.version())
}

/// The stylesheet at such a path.
pub fn branding_at(path: &str) -> Option<String> {
    let digits = path.strip_prefix("/assets/branding-")?.get(..6)?;
    let accent = Colour::parse(&format!("#{digits}"))?;
    let branding = Branding { accent, ..Branding::named("") };
    (path == branding_path(accent)).then(|| branding.stylesheet())
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
