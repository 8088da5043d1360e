//! The languages that a user may prefer.
use vestibule_kernel::{Code, Error, Result};

/// The code of the refusal of a language.
pub const INVALID_LOCALE: Code = "invalid_locale";

/// Every language that the API knows the name of.
pub const LOCALES: &[&str] = &[
    "af", "am", "ar", "bg", "bn", "bs", "ca", "cs", "da", "de", "de-DE", "el", "en", "en-AU",
    "en-CA", "en-GB", "en-US", "es", "es-419", "es-ES", "es-US", "et", "fa", "fi", "fil", "fr",
    "fr-BE", "fr-CA", "fr-FR", "fy", "gl", "gu", "ha", "he", "hi", "hr", "hu", "hy", "id", "is",
    "it", "it-IT", "ja", "jv", "ka", "kk", "km", "kn", "ko", "lt", "lv", "mk", "ml", "mn", "mr",
    "ms", "my", "nb", "ne", "nl", "nl-BE", "nl-NL", "nn", "no", "pa", "pl", "pt", "pt-BR", "pt-PT",
    "ro", "ru", "sk", "sl", "sq", "sr", "sv", "sw", "ta", "te", "th", "tr", "uk", "ur", "uz", "vi",
    "zh", "zh-CN", "zh-HK", "zh-TW", "zu",
];

/// Lets a known language through.
pub(super) fn check(text: String) -> Result<String> {
    if LOCALES.contains(&text.as_str()) {
        return Ok(text);
    }
    let why = format!("'{text}' is not a language that is known here. Try 'en' or 'pt-BR'.");
    Err(Error::bad_request(INVALID_LOCALE, why))
}
