//! The request that sends somebody to their identity provider.

use std::io::Write;

use base64::Engine;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use uppsala::XmlWriter;

use crate::algorithms::{ASSERTION, POST_BINDING, PROTOCOL, RSA_SHA256, UNSPECIFIED};
use crate::key_pair::{KeyError, KeyPair};
use crate::response::BASE64;
use crate::{IdentityProvider, ServiceProvider, instant};

/// RFC 3986 §2.3 leaves these as they are.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A request to sign somebody in (saml-core §3.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthnRequest {
    /// What the answer names: new for each request, not to be guessed, and an XML name, so it
    /// begins with a letter or `_`.
    pub id: String,
    /// Now, in milliseconds since 1970.
    pub issue_instant_ms: i64,
    /// Where the browser is sent.
    pub destination: String,
    /// Who asks, and where the answer goes.
    pub service_provider: ServiceProvider,
    /// What kind of name we would like. The identity provider decides, if there is none.
    pub name_id_format: Option<String>,
    /// Whether somebody must sign in anew who is signed in already.
    pub force_authn: bool,
    /// Who will probably sign in, so that they need not type it.
    pub login_hint: Option<String>,
}

impl AuthnRequest {
    /// A request that leaves all choices to the identity provider.
    pub fn new(
        id: impl Into<String>,
        now_ms: i64,
        service_provider: &ServiceProvider,
        identity_provider: &IdentityProvider,
    ) -> Self {
        Self {
            id: id.into(),
            issue_instant_ms: now_ms,
            destination: identity_provider.sso_url.clone(),
            service_provider: service_provider.clone(),
            name_id_format: None,
            force_authn: false,
            login_hint: None,
        }
    }

    /// The document.
    pub fn to_xml(&self) -> String {
        let issued = instant::write(self.issue_instant_ms);
        let mut attributes = vec![
            ("xmlns:samlp", PROTOCOL),
            ("xmlns:saml", ASSERTION),
            ("ID", &self.id),
            ("Version", "2.0"),
            ("IssueInstant", &issued),
            ("Destination", &self.destination),
            ("AssertionConsumerServiceURL", &self.service_provider.acs_url),
            ("ProtocolBinding", POST_BINDING),
        ];
        if self.force_authn {
            attributes.push(("ForceAuthn", "true"));
        }
        let mut xml = XmlWriter::new();
        xml.start_element("samlp:AuthnRequest", &attributes);
        xml.start_element("saml:Issuer", &[]);
        xml.text(&self.service_provider.entity_id);
        xml.end_element("saml:Issuer");
        if let Some(hint) = &self.login_hint {
            xml.start_element("saml:Subject", &[]);
            xml.start_element("saml:NameID", &[("Format", UNSPECIFIED)]);
            xml.text(hint);
            xml.end_element("saml:NameID");
            xml.end_element("saml:Subject");
        }
        let mut policy = vec![("AllowCreate", "true")];
        policy.extend(self.name_id_format.as_deref().map(|it| ("Format", it)));
        xml.empty_element("samlp:NameIDPolicy", &policy);
        xml.end_element("samlp:AuthnRequest");
        xml.into_string()
    }

    /// Where to send the browser (HTTP-Redirect binding, saml-bindings §3.4.4). With a key, the
    /// query is signed by RSA with SHA-256, over exactly the text that is sent.
    pub fn redirect_url(
        &self,
        relay_state: Option<&str>,
        signing_key: Option<&KeyPair>,
    ) -> Result<String, KeyError> {
        let mut query =
            format!("SAMLRequest={}", encoded(&BASE64.encode(deflated(&self.to_xml()))));
        if let Some(relay_state) = relay_state {
            query.push_str("&RelayState=");
            query.push_str(&encoded(relay_state));
        }
        if let Some(key) = signing_key {
            query.push_str("&SigAlg=");
            query.push_str(&encoded(RSA_SHA256));
            let signature = BASE64.encode(key.sign(query.as_bytes())?);
            query.push_str("&Signature=");
            query.push_str(&encoded(&signature));
        }
        let address = self.destination.split('#').next().unwrap_or_default();
        let joint = match address.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some((_, before)) if before.ends_with('&') => "",
            Some(_) => "&",
        };
        Ok(format!("{address}{joint}{query}"))
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, QUERY).to_string()
}

fn deflated(text: &str) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    let written = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}
