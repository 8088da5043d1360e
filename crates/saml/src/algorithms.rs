//! The names of namespaces and algorithms, and which algorithms are allowed.
//!
//! What is not listed is refused: SHA-1 in signatures, HMAC (whose key would be the public
//! certificate), PKCS #1 v1.5 key transport, and every transform that lets a signature cover
//! something else than what it seems to.

pub(crate) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
pub(crate) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
pub(crate) const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
pub(crate) const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
pub(crate) const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
pub(crate) const XENC11: &str = "http://www.w3.org/2009/xmlenc11#";
pub(crate) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

pub(crate) const REDIRECT_BINDING: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
pub(crate) const POST_BINDING: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
pub(crate) const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
pub(crate) const ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
pub(crate) const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

pub(crate) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
pub(crate) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const EXCLUSIVE_WITH_COMMENTS: &str = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";
const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const INCLUSIVE_11: &str = "http://www.w3.org/2006/12/xml-c14n11";

pub(crate) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub(crate) const AES128_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes128-cbc";
pub(crate) const AES256_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
pub(crate) const AES128_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes128-gcm";
pub(crate) const AES256_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes256-gcm";
pub(crate) const RSA_OAEP: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
const RSA_OAEP_11: &str = "http://www.w3.org/2009/xmlenc11#rsa-oaep";

pub(crate) fn may_sign(algorithm: &str) -> bool {
    matches!(
        algorithm,
        RSA_SHA256
            | "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384"
            | "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
            | "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
            | "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"
            | "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"
    )
}

pub(crate) fn may_digest(algorithm: &str) -> bool {
    matches!(
        algorithm,
        "http://www.w3.org/2001/04/xmlenc#sha256"
            | "http://www.w3.org/2001/04/xmldsig-more#sha384"
            | "http://www.w3.org/2001/04/xmlenc#sha512"
    )
}

/// With and without comments come to the same: a reference by ID leaves them out, and a signature
/// with a comment inside is refused.
pub(crate) fn may_canonicalize(algorithm: &str) -> bool {
    matches!(algorithm, EXCLUSIVE | EXCLUSIVE_WITH_COMMENTS | INCLUSIVE | INCLUSIVE_11)
}

pub(crate) fn may_encrypt(algorithm: &str) -> bool {
    matches!(
        algorithm,
        AES128_CBC
            | AES256_CBC
            | AES128_GCM
            | AES256_GCM
            | "http://www.w3.org/2001/04/xmlenc#aes192-cbc"
            | "http://www.w3.org/2009/xmlenc11#aes192-gcm"
    )
}

/// OAEP holds with SHA-1 inside too, which is what most identity providers send.
pub(crate) fn may_transport_keys(algorithm: &str) -> bool {
    matches!(algorithm, RSA_OAEP | RSA_OAEP_11)
}
