//! What the identity provider says became of the request (saml-core §3.2.2).

use crate::algorithms::PROTOCOL;
use crate::refused::Refused;
use crate::xml::Node;

const PREFIX: &str = "urn:oasis:names:tc:SAML:2.0:status:";

/// The codes of saml-core §3.2.2.2. Others are told as unknown, never word for word.
const CODES: [&str; 22] = [
    "Success",
    "Requester",
    "Responder",
    "VersionMismatch",
    "AuthnFailed",
    "InvalidAttrNameOrValue",
    "InvalidNameIDPolicy",
    "NoAuthnContext",
    "NoAvailableIDP",
    "NoPassive",
    "NoSupportedIDP",
    "PartialLogout",
    "ProxyCountExceeded",
    "RequestDenied",
    "RequestUnsupported",
    "RequestVersionDeprecated",
    "RequestVersionTooHigh",
    "RequestVersionTooLow",
    "ResourceNotRecognized",
    "TooManyResponses",
    "UnknownAttrProfile",
    "UnknownPrincipal",
];

pub(crate) fn check(status: Node<'_>) -> Result<(), Refused> {
    let code =
        status.only(PROTOCOL, "StatusCode").ok_or(Refused::Malformed("there is no status"))?;
    let detail = code.only(PROTOCOL, "StatusCode");
    match name(code) {
        "Success" => Ok(()),
        other => Err(Refused::Status { code: other, detail: detail.map(name) }),
    }
}

fn name(code: Node<'_>) -> &'static str {
    let value = code.attribute("Value").and_then(|it| it.strip_prefix(PREFIX));
    let known = value.and_then(|value| CODES.iter().find(|it| **it == value));
    known.copied().unwrap_or("a status that is not in SAML")
}
