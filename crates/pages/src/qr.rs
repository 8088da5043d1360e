//! QR pictures as inline SVG.

use minijinja::value::Value;
use minijinja::{Error, ErrorKind};
use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write;

use crate::inbox::escape;

/// Modules of blank margin, as the QR standard asks.
const QUIET: i32 = 4;

/// Draw a text as a QR picture, dark on white in every colour scheme because scanners want that.
pub(crate) fn picture(text: &str, name: &str) -> Result<Value, Error> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|_| {
        Error::new(
            ErrorKind::InvalidOperation,
            format!("a QR picture cannot hold a text of {} bytes", text.len()),
        )
    })?;
    let side = code.size() + 2 * QUIET;
    let svg = format!(
        "<svg viewBox=\"0 0 {side} {side}\" role=\"img\" \
         aria-label=\"{}\" shape-rendering=\"crispEdges\">\
         <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/>\
         <path fill=\"#000\" d=\"{}\"/></svg>",
        escape(name),
        outline(&code)
    );
    Ok(Value::from_safe_string(svg))
}

/// One rectangle for each horizontal run of dark modules.
fn outline(code: &QrCode) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = (x..code.size()).take_while(|&column| code.get_module(column, y)).count();
            let run = i32::try_from(run).unwrap_or(i32::MAX);
            if run > 0 {
                // Writing to a String cannot fail.
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
            }
            x += run + 1;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dark_module_is_drawn_once() {
        let code = QrCode::encode_text("otpauth://totp/x?secret=ABC", QrCodeEcc::Medium).unwrap();
        let dark = (0..code.size())
            .flat_map(|y| (0..code.size()).map(move |x| (x, y)))
            .filter(|&(x, y)| code.get_module(x, y))
            .count();
        let drawn: usize = outline(&code)
            .split('M')
            .skip(1)
            .map(|run| {
                let (_, rest) = run.split_once('h').unwrap();
                rest.split_once('v').unwrap().0.parse::<usize>().unwrap()
            })
            .sum();
        assert_eq!(drawn, dark);
    }

    #[test]
    fn a_text_beyond_the_standard_is_refused() {
        assert!(picture(&"x".repeat(3000), "").is_err());
    }
}
