//! The SAML 2.0 service provider of single sign-on: requests, metadata, and which answers are
//! believed.
//!
//! Pure functions: no database, no network, and no clock but the instant that is passed in, in
//! milliseconds since 1970. What is kept:
//!
//! - A document is parsed once. The tree whose signature was verified is the tree that is read, and
//!   only below the element that the signature covers.
//! - What a document may look like is checked before anything is computed from it (`shape`), so the
//!   library below meets only signatures and encryption of the few forms that SAML allows.
//! - The keys are those of the connection. What a document says about keys decides nothing.
//! - XML signature and encryption are bergshamra's, cryptography is AWS-LC's; none is ours.
//! - A refusal says what was wrong in words of ours; what it quotes is short and escaped.
//!
//! Whoever calls remembers each assertion's ID until [`Assertion::not_on_or_after_ms`], and refuses
//! one that came before.
//!
//! Sources: OASIS `saml-core-2.0`, `saml-bindings-2.0`, `saml-profiles-2.0`, `saml-metadata-2.0`.

mod algorithms;
mod assertion;
mod certificate;
mod encryption;
mod instant;
mod key_pair;
mod metadata;
mod refused;
mod request;
mod response;
mod shape;
mod signature;
mod status;
mod xml;

pub use assertion::{Assertion, Attribute};
pub use certificate::{Certificate, CertificateError};
pub use key_pair::{KeyError, KeyPair};
pub use metadata::{MetadataError, read_metadata, sp_metadata};
pub use refused::{Excerpt, Refused};
pub use request::AuthnRequest;
pub use response::{Answers, Expected, LEEWAY_MS, claimed_request_id, verify};

/// What we are to one identity provider: each connection has names of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceProvider {
    /// Our name; the audience of every assertion for us (saml-metadata §2.3.2).
    pub entity_id: String,
    /// Where answers are posted to; their recipient and destination (saml-metadata §2.4.4).
    pub acs_url: String,
}

/// What is known of an identity provider, from its metadata or typed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityProvider {
    /// Its name. Without one, the certificates alone say whose answer it is.
    pub entity_id: Option<String>,
    /// Where browsers are sent with a request (HTTP-Redirect binding).
    pub sso_url: String,
    /// The certificates whose keys may sign, as PEM or bare base64. Their dates are not looked at:
    /// in SAML a certificate is a container for a key that was agreed on.
    pub certificates: Vec<String>,
}
