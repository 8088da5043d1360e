//! Why an answer was not believed.

use std::fmt;

use crate::instant;

/// Why an answer was not believed: a word for programs ([`Refused::code`]) and a sentence for
/// whoever sets the connection up (`Display`). Nothing of it is for the person who signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// Larger than any answer needs to be.
    TooLarge,
    /// Not base64 of UTF-8 text.
    NotEncoded,
    /// Not well-formed XML, or nested too deep.
    NotXml,
    /// There is a document type, by which a document can name files and grow.
    Doctype,
    /// Not the one answer with one assertion that we take; says what is amiss.
    Malformed(&'static str),
    /// Two elements have the same identifier, so a signature might mean either.
    DuplicateId,
    /// The identity provider says that it did not sign anybody in.
    Status {
        /// The status code (saml-core §3.2.2.2), if it is a known one.
        code: &'static str,
        /// The second-level code, if there is a known one.
        detail: Option<&'static str>,
    },
    /// Neither the assertion nor the response is signed.
    Unsigned,
    /// The response is not signed, and this connection asks for that.
    ResponseUnsigned,
    /// A signature is not by a key of the connection, or what it covers was changed.
    Signature,
    /// No certificate of the connection can be used.
    NoCertificate,
    /// An algorithm that we do not take.
    Algorithm(Excerpt),
    /// The assertion is encrypted and the connection has no key to decrypt it.
    NoDecryptionKey,
    /// The encrypted assertion does not open with a key of the connection, or what is inside is
    /// not a signed assertion. These are not told apart, so that nobody learns from answers what
    /// is inside.
    EncryptedAssertion,
    /// A name or an attribute is encrypted by itself.
    EncryptedPart,
    /// From another identity provider.
    Issuer(Excerpt),
    /// For another service provider.
    Audience(Excerpt),
    /// No confirmation of the subject is for our address.
    Recipient(Excerpt),
    /// Sent to another address.
    Destination(Excerpt),
    /// Answers another request.
    InResponseTo(Excerpt),
    /// Answers no request where one was asked for.
    Unsolicited,
    /// Answers a request where none was asked for.
    Solicited,
    /// Too late, by the end that it names.
    Expired(i64),
    /// Too early, by the beginning that it names.
    NotYetValid(i64),
    /// The session at the identity provider has ended.
    SessionEnded(i64),
    /// A condition that we do not know, so that we cannot say that it holds.
    Condition(Excerpt),
    /// There is no name of the person.
    NoName,
}

impl Refused {
    /// One word that stays the same, for logs and programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::NotEncoded => "not_encoded",
            Self::NotXml => "not_xml",
            Self::Doctype => "doctype",
            Self::Malformed(_) => "malformed",
            Self::DuplicateId => "duplicate_id",
            Self::Status { .. } => "status",
            Self::Unsigned => "unsigned",
            Self::ResponseUnsigned => "response_unsigned",
            Self::Signature => "signature",
            Self::NoCertificate => "no_certificate",
            Self::Algorithm(_) => "algorithm",
            Self::NoDecryptionKey => "no_decryption_key",
            Self::EncryptedAssertion => "encrypted_assertion",
            Self::EncryptedPart => "encrypted_part",
            Self::Issuer(_) => "issuer",
            Self::Audience(_) => "audience",
            Self::Recipient(_) => "recipient",
            Self::Destination(_) => "destination",
            Self::InResponseTo(_) => "in_response_to",
            Self::Unsolicited => "unsolicited",
            Self::Solicited => "solicited",
            Self::Expired(_) => "expired",
            Self::NotYetValid(_) => "not_yet_valid",
            Self::SessionEnded(_) => "session_ended",
            Self::Condition(_) => "condition",
            Self::NoName => "no_name",
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => out
                .write_str("The response is larger than 256 KiB. Send fewer attributes or groups."),
            Self::NotEncoded => out.write_str("The response is not base64 of UTF-8 text."),
            Self::NotXml => {
                out.write_str("The response is not well-formed XML, or nested too deep.")
            }
            Self::Doctype => {
                out.write_str("The response has a document type, which is never read.")
            }
            Self::Malformed(what) => {
                write!(out, "The response is not a SAML response that can be read: {what}.")
            }
            Self::DuplicateId => out.write_str(
                "Two elements of the response have the same ID, or one that cannot be one.",
            ),
            Self::Status { code, detail: None } => {
                write!(
                    out,
                    "The identity provider answered {code} and signed nobody in. Its log says \
                     why."
                )
            }
            Self::Status { code, detail: Some(detail) } => {
                write!(
                    out,
                    "The identity provider answered {code} ({detail}) and signed nobody in. Its \
                     log says why."
                )
            }
            Self::Unsigned => out.write_str(
                "Neither the assertion nor the response is signed. Switch signing of assertions \
                 on at the identity provider.",
            ),
            Self::ResponseUnsigned => out.write_str(
                "The response is not signed, which this connection asks for. Switch signing of \
                 responses on at the identity provider.",
            ),
            Self::Signature => out.write_str(
                "The signature is not by a certificate of the connection, or what it covers was \
                 changed. Compare the certificates with those of the identity provider.",
            ),
            Self::NoCertificate => out.write_str(
                "The connection has no certificate that can be used. Add the signing certificate \
                 of the identity provider.",
            ),
            Self::Algorithm(what) => write!(
                out,
                "The algorithm {what} is not taken. Use RSA or ECDSA with SHA-256, AES, and \
                 RSA-OAEP."
            ),
            Self::NoDecryptionKey => out.write_str(
                "The assertion is encrypted, and the connection has no key for that. Give it one, \
                 or switch encryption off at the identity provider.",
            ),
            Self::EncryptedAssertion => out.write_str(
                "The encrypted assertion does not open with a key of the connection, or there is \
                 no signed assertion inside. Compare the encryption certificate at the identity \
                 provider with that of the connection.",
            ),
            Self::EncryptedPart => out.write_str(
                "A name or an attribute is encrypted by itself, which is not supported. Encrypt \
                 the whole assertion in its place.",
            ),
            Self::Issuer(found) => write!(
                out,
                "The response is from {found}, which is not the identity provider of the \
                 connection."
            ),
            Self::Audience(found) => write!(
                out,
                "The assertion is for {found}. Set the audience at the identity provider to the \
                 entity ID of the connection."
            ),
            Self::Recipient(found) => write!(
                out,
                "The assertion is for the address {found}. Set the recipient at the identity \
                 provider to the ACS URL of the connection."
            ),
            Self::Destination(found) => write!(
                out,
                "The response was for the address {found}. Set the destination at the identity \
                 provider to the ACS URL of the connection."
            ),
            Self::InResponseTo(found) => write!(
                out,
                "The response answers the request {found}, which is not the one that was sent."
            ),
            Self::Unsolicited => {
                out.write_str("The response answers no request, and one was sent.")
            }
            Self::Solicited => out.write_str(
                "The response answers a request, and none was sent, or it was answered before.",
            ),
            Self::Expired(end) => write!(
                out,
                "The assertion held until {}. Compare the clocks; the sign-in may have been left \
                 open.",
                instant::write(*end)
            ),
            Self::NotYetValid(beginning) => write!(
                out,
                "The assertion holds from {} on. Compare the clocks.",
                instant::write(*beginning)
            ),
            Self::SessionEnded(end) => write!(
                out,
                "The session at the identity provider ended at {}.",
                instant::write(*end)
            ),
            Self::Condition(found) => {
                write!(out, "The assertion has the condition {found}, which is not known here.")
            }
            Self::NoName => out.write_str("The assertion does not name the person. Send a NameID."),
        }
    }
}

impl std::error::Error for Refused {}

/// A piece of a document that is not to be trusted: short, and with everything escaped that could
/// end a line or look like something else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt(String);

/// Enough for an address, too little for a page.
const EXCERPT_CHARS_MAX: usize = 200;

impl Excerpt {
    pub(crate) fn of(text: &str) -> Self {
        let mut shown = String::new();
        for character in text.chars().take(EXCERPT_CHARS_MAX) {
            match character {
                ' ' | '!' | '#'..=';' | '=' | '?'..='[' | ']'..='~' => shown.push(character),
                _ => shown.extend(character.escape_unicode()),
            }
        }
        if text.chars().nth(EXCERPT_CHARS_MAX).is_some() {
            shown.push('…');
        }
        Self(shown)
    }

    /// The escaped text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "“{}”", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_short_and_escaped() {
        let text = "https://idp.test/\n<script>\"\u{202e}";
        assert_eq!(
            Excerpt::of(text).as_str(),
            "https://idp.test/\\u{a}\\u{3c}script\\u{3e}\\u{22}\\u{202e}"
        );
        let long = Excerpt::of(&"x".repeat(100_000));
        assert_eq!(long.as_str().chars().count(), EXCERPT_CHARS_MAX + 1);
    }
}
