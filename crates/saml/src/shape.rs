//! What a response may look like, checked before anything is computed from it.
//!
//! All attacks by wrapped signatures need a second assertion, a signature in an odd place, or one
//! that covers something odd. Here is the short list of what is let through: one response, in it
//! one assertion, and signatures only of these two, each by one reference to the element that it
//! stands in, by ID, with transforms that leave nothing out but the signature itself.

use std::collections::HashSet;

use uppsala::Document;

use crate::algorithms::{
    ASSERTION, DSIG, ENVELOPED, EXCLUSIVE, PROTOCOL, XENC, XENC11, may_canonicalize, may_digest,
    may_encrypt, may_sign, may_transport_keys,
};
use crate::refused::{Excerpt, Refused};
use crate::xml::{Node, has_instructions};

/// Longer than any identifier that is not made to be long.
const ID_BYTES_MAX: usize = 256;

/// Each costs a decryption by RSA for each key of the connection.
const ENCRYPTED_KEYS_MAX: usize = 4;

/// The parts of a response that are of use.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'d> {
    pub(crate) response: Node<'d>,
    pub(crate) status: Node<'d>,
    pub(crate) content: Content<'d>,
}

#[derive(Clone, Copy)]
pub(crate) enum Content<'d> {
    Assertion(Node<'d>),
    Encrypted(Node<'d>),
    /// A response that says only that nobody was signed in.
    Nothing,
}

/// Where the one assertion may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    AsReceived,
    /// In the place of the encrypted data, right below `EncryptedAssertion`.
    Decrypted,
}

/// The parts of a response of the right shape.
pub(crate) fn check<'d>(document: &'d Document<'d>, stage: Stage) -> Result<Parts<'d>, Refused> {
    let response = Node::root(document).ok_or(Refused::NotXml)?;
    if !response.is(PROTOCOL, "Response") {
        return Err(Refused::Malformed("the document is not a Response"));
    }
    if response.attribute("Version") != Some("2.0") {
        return Err(Refused::Malformed("the response is not of SAML 2.0"));
    }
    if has_instructions(document) {
        return Err(Refused::Malformed("there is a processing instruction"));
    }
    check_identifiers(response)?;
    let parts = parts(response, stage)?;
    check_places(parts)?;
    for signature in response.all().filter(|it| it.is(DSIG, "Signature")) {
        check_signature(signature)?;
    }
    if let (Content::Encrypted(encrypted), Stage::AsReceived) = (parts.content, stage) {
        check_encrypted(encrypted)?;
    }
    Ok(parts)
}

/// The signature that stands right below the element.
pub(crate) fn signature_of(element: Node<'_>) -> Option<Node<'_>> {
    element.only(DSIG, "Signature")
}

/// Each identifier is there once. An attribute that only looks like one in another namespace is
/// refused, because libraries differ in whether they take it for one; and so is an attribute that
/// is there twice but for its namespace.
fn check_identifiers(response: Node<'_>) -> Result<(), Refused> {
    let mut identifiers = HashSet::new();
    for element in response.all() {
        let mut names = HashSet::new();
        for (namespace, name, value) in element.attributes() {
            let ours = [ASSERTION, PROTOCOL, DSIG, XENC, XENC11].iter().any(|it| element.is_in(it));
            if !names.insert(name) && ours {
                return Err(Refused::Malformed("an attribute is there twice"));
            }
            let lower = name.to_ascii_lowercase();
            if lower != "id" && lower != "assertionid" {
                continue;
            }
            if namespace.is_some() || !is_identifier(value) || !identifiers.insert(value) {
                return Err(Refused::DuplicateId);
            }
        }
    }
    Ok(())
}

/// An `xs:ID` of ASCII, which is what everybody makes; so no reference to it can be read as
/// anything else.
pub(crate) fn is_identifier(value: &str) -> bool {
    let bytes = value.as_bytes();
    bytes.len() <= ID_BYTES_MAX
        && bytes.first().is_some_and(|it| it.is_ascii_alphabetic() || *it == b'_')
        && bytes.iter().all(|it| it.is_ascii_alphanumeric() || b"_-.".contains(it))
}

fn parts(response: Node<'_>, stage: Stage) -> Result<Parts<'_>, Refused> {
    let (mut status, mut content) = (None, Content::Nothing);
    let (mut issuers, mut signatures, mut extensions) = (0, 0, 0);
    for element in response.elements() {
        let found = if element.is(ASSERTION, "Assertion") {
            Content::Assertion(element)
        } else if element.is(ASSERTION, "EncryptedAssertion") {
            Content::Encrypted(element)
        } else {
            let once = if element.is(ASSERTION, "Issuer") {
                &mut issuers
            } else if element.is(DSIG, "Signature") {
                &mut signatures
            } else if element.is(PROTOCOL, "Extensions") {
                &mut extensions
            } else if element.is(PROTOCOL, "Status") && status.is_none() {
                status = Some(element);
                continue;
            } else {
                return Err(Refused::Malformed("there is something unknown in the response"));
            };
            *once += 1;
            if *once > 1 {
                return Err(Refused::Malformed("something is there twice in the response"));
            }
            continue;
        };
        if !matches!(content, Content::Nothing) {
            return Err(Refused::Malformed("there is more than one assertion"));
        }
        content = found;
    }
    if let (Content::Encrypted(encrypted), Stage::Decrypted) = (content, stage) {
        let assertion = encrypted.only(ASSERTION, "Assertion");
        content = Content::Assertion(assertion.ok_or(Refused::EncryptedAssertion)?);
    }
    let status = status.ok_or(Refused::Malformed("there is no status"))?;
    Ok(Parts { response, status, content })
}

/// What is signed, encrypted or believed stands where it belongs and nowhere else: not in
/// `Extensions`, not in a signature, not in another assertion, in no namespace.
fn check_places(parts: Parts<'_>) -> Result<(), Refused> {
    let Parts { response, content, .. } = parts;
    let (assertion, encrypted) = match content {
        Content::Assertion(it) => (Some(it), it.parent()),
        Content::Encrypted(it) => (None, Some(it)),
        Content::Nothing => (None, None),
    };
    let is = |one: Option<Node<'_>>, other: Option<Node<'_>>| {
        one.zip(other).is_some_and(|(one, other)| one.id() == other.id())
    };
    for element in response.all() {
        let (it, parent) = (Some(element), element.parent());
        let belongs = match element.local_name() {
            "Assertion" => is(it, assertion),
            "EncryptedAssertion" => is(it, encrypted),
            "Response" => is(it, Some(response)),
            "Signature" => {
                element.is_in(DSIG) && (is(parent, Some(response)) || is(parent, assertion))
            }
            "SignedInfo" | "SignatureValue" => parent.is_some_and(|it| it.is(DSIG, "Signature")),
            "EncryptedData" => assertion.is_none() && is(parent, encrypted),
            "EncryptedKey" => is_below(element, encrypted),
            "EncryptedID" | "NewEncryptedID" | "EncryptedAttribute" => {
                return Err(Refused::EncryptedPart);
            }
            _ => true,
        };
        if !belongs {
            return Err(Refused::Malformed(
                "an assertion, signature or secret is in a wrong place",
            ));
        }
    }
    match assertion {
        Some(it) if it.elements_named(DSIG, "Signature").count() > 1 => {
            Err(Refused::Malformed("the assertion has two signatures"))
        }
        _ => Ok(()),
    }
}

/// Whether it stands somewhere below the encrypted assertion.
fn is_below(element: Node<'_>, encrypted: Option<Node<'_>>) -> bool {
    let wanted = encrypted.filter(|it| it.is(ASSERTION, "EncryptedAssertion")).map(Node::id);
    let mut above = element.parent();
    while let Some(it) = above {
        if Some(it.id()) == wanted {
            return true;
        }
        above = it.parent();
    }
    false
}

/// A signature of the element that it stands in, and of nothing else (saml-core §5.4).
fn check_signature(signature: Node<'_>) -> Result<(), Refused> {
    const ODD: Refused = Refused::Malformed("a signature is not of the form that SAML allows");
    let [signed_info, value, rest @ ..] = &*children(signature)? else { return Err(ODD) };
    let key_info_alone = rest.len() <= 1 && rest.iter().all(|it| it.is(DSIG, "KeyInfo"));
    if !signed_info.is(DSIG, "SignedInfo") || !value.is(DSIG, "SignatureValue") || !key_info_alone {
        return Err(ODD);
    }
    let [canonicalization, method, reference] = &*children(*signed_info)? else { return Err(ODD) };
    if !canonicalization.is(DSIG, "CanonicalizationMethod")
        || !method.is(DSIG, "SignatureMethod")
        || !reference.is(DSIG, "Reference")
    {
        return Err(ODD);
    }
    check_canonicalization(*canonicalization)?;
    check_method(*method, may_sign)?;

    let [transforms, digest_method, digest] = &*children(*reference)? else { return Err(ODD) };
    if !transforms.is(DSIG, "Transforms")
        || !digest_method.is(DSIG, "DigestMethod")
        || !digest.is(DSIG, "DigestValue")
    {
        return Err(ODD);
    }
    check_method(*digest_method, may_digest)?;
    if !value.holds_only_text() || !digest.holds_only_text() {
        return Err(ODD);
    }
    let signed = signature.parent().and_then(|it| it.attribute("ID")).ok_or(ODD)?;
    if reference.attribute("URI").and_then(|it| it.strip_prefix('#')) != Some(signed) {
        return Err(Refused::Malformed("a signature covers something else than where it stands"));
    }
    let transforms = children(*transforms)?;
    let enveloped = |it: &Node<'_>| it.attribute("Algorithm") == Some(ENVELOPED);
    if transforms.len() > 2 || transforms.first().is_none_or(|it| !enveloped(it)) {
        return Err(Refused::Malformed("a signature has transforms that SAML does not allow"));
    }
    for transform in &transforms {
        if !transform.is(DSIG, "Transform") {
            return Err(ODD);
        }
        if !enveloped(transform) {
            check_canonicalization(*transform)?;
        } else if !children(*transform)?.is_empty() {
            return Err(ODD);
        }
    }
    Ok(())
}

/// The elements below, where there is nothing beside them: no text, no comment.
fn children(element: Node<'_>) -> Result<Vec<Node<'_>>, Refused> {
    if element.holds_only_elements() {
        Ok(element.elements().collect())
    } else {
        Err(Refused::Malformed("a signature holds text or comments where none belong"))
    }
}

fn check_canonicalization(method: Node<'_>) -> Result<(), Refused> {
    let algorithm = method.attribute("Algorithm").unwrap_or_default();
    if !may_canonicalize(algorithm) {
        return Err(Refused::Algorithm(Excerpt::of(algorithm)));
    }
    let inside = children(method)?;
    let prefixes = |it: &Node<'_>| it.is(EXCLUSIVE, "InclusiveNamespaces");
    if inside.len() > 1 || !inside.iter().all(prefixes) {
        return Err(Refused::Malformed("a canonicalization holds something unknown"));
    }
    Ok(())
}

/// A method that takes no parameters, as `HMACOutputLength` would be one.
fn check_method(method: Node<'_>, may: fn(&str) -> bool) -> Result<(), Refused> {
    let algorithm = method.attribute("Algorithm").unwrap_or_default();
    if !may(algorithm) {
        return Err(Refused::Algorithm(Excerpt::of(algorithm)));
    }
    if !children(method)?.is_empty() {
        return Err(Refused::Malformed("a method has parameters"));
    }
    Ok(())
}

/// Encrypted data with its keys and nothing that refers elsewhere (saml-core §2.3.4).
fn check_encrypted(encrypted: Node<'_>) -> Result<(), Refused> {
    const ODD: Refused =
        Refused::Malformed("the encrypted assertion is not of a form that is read");
    let data = encrypted.only(XENC, "EncryptedData").ok_or(ODD)?;
    let kind = data.attribute("Type");
    if kind.is_some_and(|it| it != "http://www.w3.org/2001/04/xmlenc#Element") {
        return Err(ODD);
    }
    check_cipher(data, may_encrypt)?;
    let mut keys = 0;
    for element in encrypted.all() {
        match element.local_name() {
            "EncryptedKey" if element.is_in(XENC) => {
                keys += 1;
                check_cipher(element, may_transport_keys)?;
            }
            "EncryptedKey" | "CipherReference" | "DerivedKey" | "AgreementMethod" => {
                return Err(ODD);
            }
            _ => {}
        }
    }
    if keys == 0 || keys > ENCRYPTED_KEYS_MAX { Err(ODD) } else { Ok(()) }
}

fn check_cipher(element: Node<'_>, may: fn(&str) -> bool) -> Result<(), Refused> {
    let method = element.only(XENC, "EncryptionMethod");
    let algorithm = method.and_then(|it| it.attribute("Algorithm")).unwrap_or_default();
    if !may(algorithm) {
        return Err(Refused::Algorithm(Excerpt::of(algorithm)));
    }
    let value = element.only(XENC, "CipherData").and_then(|it| it.only(XENC, "CipherValue"));
    match value {
        Some(value) if value.holds_only_text() => Ok(()),
        _ => Err(Refused::Malformed("the encrypted assertion holds no value")),
    }
}
