//! Pictures that were uploaded: what may be one, and how it is served.
//!
//! A picture is never decoded here. Its kind is told by its first bytes, not by what the caller
//! says; it is bounded in bytes and in pixels; and it is served with a policy of its own
//! ([`POLICY`]), so that an SVG that is opened by itself can neither run a script nor fetch anything.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::id::EnvironmentId;

/// The longest picture that is kept, in bytes.
pub const IMAGE_BYTES_MAX: usize = 256 * 1024;
/// The longest drawing, in bytes: browsers spend more on each.
pub const SVG_BYTES_MAX: usize = 64 * 1024;
/// The most pixels along a side.
pub const SIDE_PIXELS_MAX: u32 = 2048;

/// `Content-Security-Policy` of a picture that is opened by itself.
pub const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

/// A picture that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Image {
    /// SHA-256 of its content
    pub digest: String,
    /// Kind of picture
    pub media_type: MediaType,
}

/// Where a picture is served. The path names its content, so it may be kept for ever.
pub fn path(environment: &EnvironmentId, image: &Image) -> String {
    format!("/branding/{environment}/images/{}", image.digest)
}

/// A kind of picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum MediaType {
    /// PNG
    #[serde(rename = "image/png")]
    Png,
    /// WebP
    #[serde(rename = "image/webp")]
    WebP,
    /// SVG
    #[serde(rename = "image/svg+xml")]
    Svg,
}

impl MediaType {
    /// As `Content-Type` has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Svg => "image/svg+xml",
        }
    }
    /// The kind of this name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Png, Self::WebP, Self::Svg].into_iter().find(|it| it.as_str() == text)
    }
}

/// What kind of picture this is; or what is wrong with it.
pub fn check(content: &[u8]) -> Result<MediaType, String> {
    if content.len() > IMAGE_BYTES_MAX {
        return Err(format!("is longer than {IMAGE_BYTES_MAX} bytes"));
    }
    let (media_type, size) = if content.starts_with(b"\x89PNG\r\n\x1a\n") {
        (MediaType::Png, png_size(content))
    } else if content.starts_with(b"RIFF") && content.get(8..12) == Some(b"WEBP") {
        (MediaType::WebP, webp_size(content))
    } else {
        check_svg(content)?;
        return Ok(MediaType::Svg);
    };
    match size {
        Some((width, height)) if width == 0 || height == 0 => Err("has no pixels".to_owned()),
        Some((width, height)) if width.max(height) > SIDE_PIXELS_MAX => {
            Err(format!("has more than {SIDE_PIXELS_MAX} pixels along a side"))
        }
        Some(_) => Ok(media_type),
        None => Err(format!("is no whole {}", media_type.as_str())),
    }
}

fn png_size(content: &[u8]) -> Option<(u32, u32)> {
    let side =
        |from: usize| Some(u32::from_be_bytes(content.get(from..from + 4)?.try_into().ok()?));
    (content.get(12..16)? == b"IHDR").then_some(())?;
    Some((side(16)?, side(20)?))
}

fn webp_size(content: &[u8]) -> Option<(u32, u32)> {
    let byte = |at: usize| content.get(at).copied().map(u32::from);
    match content.get(12..16)? {
        b"VP8X" => {
            let side = |at| Some((byte(at)? | byte(at + 1)? << 8 | byte(at + 2)? << 16) + 1);
            Some((side(24)?, side(27)?))
        }
        b"VP8 " => {
            let side = |at| Some((byte(at)? | byte(at + 1)? << 8) & 0x3fff);
            (content.get(23..26)? == [0x9d, 0x01, 0x2a]).then_some(())?;
            Some((side(26)?, side(28)?))
        }
        b"VP8L" => {
            (byte(20)? == 0x2f).then_some(())?;
            let bits = byte(21)? | byte(22)? << 8 | byte(23)? << 16 | byte(24)? << 24;
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        _ => None,
    }
}

/// Browsers keep a drawing that stands in an `<img>` from running or fetching anything, and
/// [`POLICY`] one that is opened by itself. What is refused here besides is what no logo needs.
fn check_svg(content: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(content)
        .map_err(|_| "is neither PNG nor WebP nor an SVG in UTF-8".to_owned())?;
    if text.len() > SVG_BYTES_MAX {
        return Err(format!("is longer than {SVG_BYTES_MAX} bytes, which is the most for an SVG"));
    }
    let lower = text.trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    let begins = |it: &str| lower.starts_with(it);
    if !(begins("<svg") || begins("<?xml") || begins("<!--")) || !lower.contains("<svg") {
        return Err("is neither PNG nor WebP nor SVG".to_owned());
    }
    for (mark, what) in [
        ("<!doctype", "a document type"),
        ("<!entity", "entities"),
        ("<script", "a script"),
        ("<foreignobject", "other documents"),
        ("<iframe", "other documents"),
        ("javascript:", "a script"),
    ] {
        if lower.contains(mark) {
            return Err(format!("is an SVG that holds {what}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The head of a PNG of this size.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut it = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        it.extend(width.to_be_bytes());
        it.extend(height.to_be_bytes());
        it.extend([8, 6, 0, 0, 0]);
        it
    }

    #[test]
    fn a_picture_is_known_by_its_bytes() {
        assert_eq!(check(&png(200, 40)), Ok(MediaType::Png));
        let webp = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\x0f\xc0\x03\0\0\0\0\0\0";
        assert_eq!(check(webp), Ok(MediaType::WebP));
        assert_eq!(check(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), Ok(MediaType::Svg));
        assert_eq!(check(b"<?xml version='1.0'?><svg/>"), Ok(MediaType::Svg));
    }

    #[test]
    fn what_is_no_picture_or_too_large_a_one_is_refused() {
        for content in [
            &b""[..],
            b"GIF89a",
            b"<html><svg></svg></html>",
            b"\x89PNG\r\n\x1a\n",
            b"RIFF\0\0\0\0WEBPVP8 ",
            b"\xff\xd8\xff",
        ] {
            assert!(check(content).is_err(), "{content:?}");
        }
        assert!(check(&png(2049, 1)).is_err());
        assert!(check(&png(0, 1)).is_err());
        assert!(check(&vec![0; IMAGE_BYTES_MAX + 1]).is_err());
        assert!(check(format!("<svg>{}</svg>", " ".repeat(SVG_BYTES_MAX)).as_bytes()).is_err());
    }

    #[test]
    fn a_drawing_that_would_run_or_fetch_something_is_refused() {
        for svg in [
            "<svg><script>alert(1)</script></svg>",
            "<svg><SCRIPT href='https://evil.test/x.js'/></svg>",
            "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg>&a;</svg>",
            "<?xml version='1.0'?><!DOCTYPE svg SYSTEM 'https://evil.test/x.dtd'><svg/>",
            "<svg><foreignObject><body/></foreignObject></svg>",
            "<svg><a href='javascript:alert(1)'/></svg>",
        ] {
            assert!(check(svg.as_bytes()).is_err(), "{svg}");
        }
    }
}
