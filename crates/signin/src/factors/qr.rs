//! A QR picture as a PNG in a `data:` address, as the reply to an enrolment carries it.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use qrcodegen::{QrCode, QrCodeEcc};

/// Modules of blank margin, as the QR standard asks.
const QUIET: i32 = 4;
/// Pixels of a module's side: a picture is some 250 pixels wide.
const PIXELS: i32 = 5;
/// How hard the encoder tries, from 0 to 10.
const COMPRESSION: u8 = 6;

/// Draws a text; `None` where a QR picture cannot hold so much.
pub(crate) fn data_uri(text: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let side = (code.size() + 2 * QUIET) * PIXELS;
    let dark = |x: i32, y: i32| code.get_module(x / PIXELS - QUIET, y / PIXELS - QUIET);
    Some(format!("data:image/png;base64,{}", STANDARD.encode(png(side, dark))))
}

/// A square of black and white pixels as a PNG of one bit each (PNG specification, third edition).
fn png(side: i32, dark: impl Fn(i32, i32) -> bool) -> Vec<u8> {
    let mut rows = Vec::new();
    for y in 0..side {
        // Filter 0: the row as it is.
        rows.push(0);
        for x in (0..side).step_by(8) {
            let bits = (x..x + 8).map(|it| u8::from(it >= side || !dark(it, y)));
            rows.push(bits.fold(0, |byte, bit| byte << 1 | bit));
        }
    }
    let side = side.unsigned_abs().to_be_bytes();
    // Bit depth 1, greyscale; the only compression, filter and order there are.
    let header = [&side[..], &side[..], &[1, 0, 0, 0, 0]].concat();
    let pixels = miniz_oxide::deflate::compress_to_vec_zlib(&rows, COMPRESSION);
    let signature = b"\x89PNG\r\n\x1a\n".to_vec();
    [signature, chunk(*b"IHDR", &header), chunk(*b"IDAT", &pixels), chunk(*b"IEND", &[])].concat()
}

fn chunk(name: [u8; 4], data: &[u8]) -> Vec<u8> {
    // A picture of ours has a few kilobytes.
    let length = u32::try_from(data.len()).unwrap_or_default();
    let named = [&name[..], data].concat();
    let checksum = crc32(&named);
    [&length.to_be_bytes()[..], &named, &checksum.to_be_bytes()].concat()
}

/// The checksum of PNG (ISO 3309), bit by bit: a picture is short.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b"IEND"), 0xae42_6082);
    }

    #[test]
    fn every_module_is_in_the_picture_where_it_belongs() {
        let text = "otpauth://totp/Acme:ada?secret=GEZDGNBVGY3TQOJQ";
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).unwrap();
        let uri = data_uri(text).unwrap();
        let picture = STANDARD.decode(uri.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
        assert_eq!(&picture[..8], b"\x89PNG\r\n\x1a\n");
        let side = usize::try_from((code.size() + 2 * QUIET) * PIXELS).unwrap();
        assert_eq!(picture[16..20], u32::try_from(side).unwrap().to_be_bytes());
        let length = u32::from_be_bytes(picture[33..37].try_into().unwrap());
        assert_eq!(&picture[37..41], b"IDAT");
        let data = &picture[41..41 + usize::try_from(length).unwrap()];
        let rows = miniz_oxide::inflate::decompress_to_vec_zlib(data).unwrap();
        let width = side.div_ceil(8) + 1;
        assert_eq!(rows.len(), width * side);
        for (y, row) in rows.chunks(width).enumerate() {
            for x in 0..side {
                let white = row[1 + x / 8] >> (7 - x % 8) & 1 == 1;
                let module = |it: usize| i32::try_from(it).unwrap() / PIXELS - QUIET;
                assert_eq!(white, !code.get_module(module(x), module(y)), "{x}, {y}");
            }
        }
    }

    #[test]
    fn a_text_beyond_the_standard_has_no_picture() {
        assert!(data_uri(&"x".repeat(3000)).is_none());
    }
}
