//! Whether an answer is believed: the order in which everything is checked.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::algorithms::ASSERTION;
use crate::assertion::{self, Assertion};
use crate::encryption::decrypt;
use crate::key_pair::KeyPair;
use crate::refused::{Excerpt, Refused};
use crate::shape::{self, Content, Stage};
use crate::signature::Verifier;
use crate::status;
use crate::xml::{self, Node, ParseError};
use crate::{IdentityProvider, ServiceProvider};

/// How far clocks may differ, unless a connection says otherwise.
pub const LEEWAY_MS: i64 = 60_000;

/// A response with hundreds of groups has 100 KiB.
const RESPONSE_BYTES_MAX: usize = 256 * 1024;

/// With padding and line breaks.
const ENCODED_BYTES_MAX: usize = RESPONSE_BYTES_MAX / 3 * 4 + 16 * 1024;

/// Base64 as forms carry it: some leave the padding out.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What an answer is held against.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Us, as the connection knows us.
    pub service_provider: &'a ServiceProvider,
    /// Whose answer it must be.
    pub identity_provider: &'a IdentityProvider,
    /// What it may answer.
    pub answers: Answers<'a>,
    /// The instant, in milliseconds since 1970.
    pub now_ms: i64,
    /// How far the clocks may differ: [`LEEWAY_MS`] if nothing else was agreed on.
    pub leeway_ms: i64,
    /// Our keys for decryption, all of which are tried; none, if assertions are not encrypted.
    pub decryption_keys: &'a [KeyPair],
    /// Whether a signature of the assertion alone is not enough.
    pub response_must_be_signed: bool,
}

/// What an answer may answer (saml-profiles §4.1.4.3, §4.1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers<'a> {
    /// The request with this ID, and no other.
    Solicited {
        /// The [`crate::AuthnRequest::id`] that was sent in this browser.
        id: &'a str,
    },
    /// No request: the identity provider began.
    Unsolicited,
}

/// Who signed in, if the answer is to be believed (saml-profiles §4.1.4.3).
///
/// Whoever calls refuses an ID of an issuer that was seen before, until
/// [`Assertion::not_on_or_after_ms`].
pub fn verify(response_base64: &str, expected: &Expected<'_>) -> Result<Assertion, Refused> {
    let text = decode(response_base64)?;
    let document = xml::parse(&text).map_err(not_read)?;
    let parts = shape::check(&document, Stage::AsReceived)?;
    status::check(parts.status)?;
    check_issuer(parts.response, expected)?;

    let verifier = Verifier::new(&expected.identity_provider.certificates)?;
    let response_is_signed = match shape::signature_of(parts.response) {
        Some(it) => verifier.covers(&document, &text, it.id())? == parts.response.id(),
        None => false,
    };
    if expected.response_must_be_signed && !response_is_signed {
        return Err(Refused::ResponseUnsigned);
    }
    let envelope = Envelope { response: parts.response, is_signed: response_is_signed };
    envelope.check_destination(expected)?;
    match parts.content {
        Content::Assertion(it) => {
            check_signed(&verifier, &document, &text, it, response_is_signed)?;
            assertion::read(it, &envelope, expected)
        }
        Content::Encrypted(_) => {
            let decrypted = decrypt(&text, expected.decryption_keys)?;
            // Without a signature around the secret, anybody may have changed it and be watching
            // what we say to learn what is inside (the attack on CBC). So we say one thing.
            read_decrypted(&decrypted, &verifier, &envelope, expected).map_err(|it| match it {
                Unread::Secret(_) if !response_is_signed => Refused::EncryptedAssertion,
                Unread::Secret(refused) | Unread::Signed(refused) => refused,
            })
        }
        Content::Nothing => Err(Refused::Malformed("there is no assertion")),
    }
}

/// The ID of the request that a response says it answers, which nobody vouches for: only to find
/// out what to hold it against. A response that names none was not asked for.
pub fn claimed_request_id(response_base64: &str) -> Result<Option<String>, Refused> {
    let text = decode(response_base64)?;
    let document = xml::parse(&text).map_err(not_read)?;
    let response = Node::root(&document).ok_or(Refused::NotXml)?;
    match response.attribute("InResponseTo") {
        Some(it) if shape::is_identifier(it) => Ok(Some(it.to_owned())),
        Some(it) => Err(Refused::InResponseTo(Excerpt::of(it))),
        None => Ok(None),
    }
}

/// What is around the assertion.
pub(crate) struct Envelope<'d> {
    response: Node<'d>,
    is_signed: bool,
}

impl Envelope<'_> {
    /// A signed response must say where it goes, one that is not may (saml-bindings §3.5.5.2).
    fn check_destination(&self, expected: &Expected<'_>) -> Result<(), Refused> {
        match self.response.attribute("Destination") {
            Some(it) if it == expected.service_provider.acs_url => Ok(()),
            None if !self.is_signed => Ok(()),
            other => Err(Refused::Destination(Excerpt::of(other.unwrap_or_default()))),
        }
    }

    /// Whether a signature of the response says that it answers the request. What the response
    /// says without one can only speak against it.
    pub(crate) fn check_answer(&self, expected: &Expected<'_>) -> Result<bool, Refused> {
        let found = self.response.attribute("InResponseTo");
        Ok(check_answer(found, expected)? && self.is_signed)
    }
}

/// Whether something says that it answers the request; refused, if it answers another.
pub(crate) fn check_answer(found: Option<&str>, expected: &Expected<'_>) -> Result<bool, Refused> {
    match (found, expected.answers) {
        (None, _) => Ok(false),
        (Some(found), Answers::Solicited { id }) if found == id => Ok(true),
        (Some(found), Answers::Solicited { .. }) => Err(Refused::InResponseTo(Excerpt::of(found))),
        (Some(_), Answers::Unsolicited) => Err(Refused::Solicited),
    }
}

/// Refuses another issuer than that of the connection, where there is one at all.
pub(crate) fn check_issuer(element: Node<'_>, expected: &Expected<'_>) -> Result<(), Refused> {
    let Some(issuer) = element.only(ASSERTION, "Issuer") else { return Ok(()) };
    let found = issuer.text().unwrap_or_default();
    match &expected.identity_provider.entity_id {
        Some(wanted) if *wanted != found => Err(Refused::Issuer(Excerpt::of(&found))),
        _ => Ok(()),
    }
}

enum Unread {
    /// Before it was known to be signed.
    Secret(Refused),
    /// After.
    Signed(Refused),
}

fn read_decrypted(
    text: &str,
    verifier: &Verifier,
    envelope: &Envelope<'_>,
    expected: &Expected<'_>,
) -> Result<Assertion, Unread> {
    let document = xml::parse(text).map_err(|it| Unread::Secret(not_read(it)))?;
    let parts = shape::check(&document, Stage::Decrypted).map_err(Unread::Secret)?;
    let Content::Assertion(it) = parts.content else {
        return Err(Unread::Secret(Refused::EncryptedAssertion));
    };
    check_signed(verifier, &document, text, it, envelope.is_signed).map_err(Unread::Secret)?;
    assertion::read(it, envelope, expected).map_err(Unread::Signed)
}

/// A signature that is there must hold, even where the response is signed too.
fn check_signed(
    verifier: &Verifier,
    document: &uppsala::Document<'_>,
    text: &str,
    assertion: Node<'_>,
    response_is_signed: bool,
) -> Result<(), Refused> {
    match shape::signature_of(assertion) {
        Some(it) if verifier.covers(document, text, it.id())? == assertion.id() => Ok(()),
        Some(_) => Err(Refused::Signature),
        None if response_is_signed => Ok(()),
        None => Err(Refused::Unsigned),
    }
}

fn decode(response_base64: &str) -> Result<String, Refused> {
    if response_base64.len() > ENCODED_BYTES_MAX {
        return Err(Refused::TooLarge);
    }
    let clean: Vec<u8> = response_base64.bytes().filter(|it| !it.is_ascii_whitespace()).collect();
    let bytes = BASE64.decode(clean).map_err(|_| Refused::NotEncoded)?;
    if bytes.len() > RESPONSE_BYTES_MAX {
        return Err(Refused::TooLarge);
    }
    String::from_utf8(bytes).map_err(|_| Refused::NotEncoded)
}

fn not_read(error: ParseError) -> Refused {
    match error {
        ParseError::Doctype => Refused::Doctype,
        ParseError::Malformed => Refused::NotXml,
    }
}
