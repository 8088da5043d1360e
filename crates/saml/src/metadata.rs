//! Metadata: what identity providers say of themselves, and what we say of us.
//!
//! A signature of metadata is not looked at. It is believed for where it came from: the address
//! that an administrator typed in, over TLS, or the administrator.

use std::fmt;

use uppsala::XmlWriter;
use url::Url;

use crate::algorithms::{
    AES128_GCM, AES256_GCM, DSIG, METADATA, POST_BINDING, PROTOCOL, REDIRECT_BINDING, RSA_OAEP,
};
use crate::certificate::Certificate;
use crate::refused::Excerpt;
use crate::xml::{Node, ParseError, parse};
use crate::{IdentityProvider, ServiceProvider};

/// One identity provider has 20 KiB; the limit leaves room for one that stands in a small list.
const METADATA_BYTES_MAX: usize = 1024 * 1024;

/// The key before, the key now, and the next.
const CERTIFICATES_MAX: usize = 16;

/// Why metadata cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetadataError {
    /// Larger than the metadata of one identity provider needs to be.
    TooLarge,
    /// Not well-formed XML.
    NotXml,
    /// There is a document type, by which a document can name files and grow.
    Doctype,
    /// XML, but not metadata.
    NotMetadata,
    /// No identity provider for SAML 2.0 is in it.
    NoIdentityProvider,
    /// Several are in it, and nobody said which.
    SeveralIdentityProviders,
    /// The identity provider names no address to sign in.
    NoAddress,
    /// The address to sign in is not one of the web.
    Address(Excerpt),
    /// The identity provider names no signing certificate.
    NoCertificate,
    /// A signing certificate cannot be used.
    Certificate(crate::CertificateError),
}

/// The identity provider that the metadata is of (saml-metadata §2.4.3): an `EntityDescriptor`, or
/// an `EntitiesDescriptor` with one identity provider in it.
pub fn read_metadata(xml: &str) -> Result<IdentityProvider, MetadataError> {
    if xml.len() > METADATA_BYTES_MAX {
        return Err(MetadataError::TooLarge);
    }
    // Files from Windows begin with a mark of the byte order.
    let document = parse(xml.trim_start_matches('\u{feff}').trim_ascii_start());
    let document = document.map_err(|it| match it {
        ParseError::Doctype => MetadataError::Doctype,
        ParseError::Malformed => MetadataError::NotXml,
    })?;
    let root = Node::root(&document).ok_or(MetadataError::NotXml)?;
    if !root.is(METADATA, "EntityDescriptor") && !root.is(METADATA, "EntitiesDescriptor") {
        return Err(MetadataError::NotMetadata);
    }
    let mut found = root.all().filter(|it| it.is(METADATA, "IDPSSODescriptor") && speaks_saml(*it));
    let provider = found.next().ok_or(MetadataError::NoIdentityProvider)?;
    if found.next().is_some() {
        return Err(MetadataError::SeveralIdentityProviders);
    }
    let entity = provider.parent().filter(|it| it.is(METADATA, "EntityDescriptor"));
    let entity = entity.ok_or(MetadataError::NotMetadata)?;
    let entity_id = entity.attribute("entityID").map(str::trim_ascii).filter(|it| !it.is_empty());
    Ok(IdentityProvider {
        entity_id: Some(entity_id.ok_or(MetadataError::NotMetadata)?.to_owned()),
        sso_url: sso_url(provider)?,
        certificates: certificates(provider)?,
    })
}

fn speaks_saml(provider: Node<'_>) -> bool {
    let protocols = provider.attribute("protocolSupportEnumeration").unwrap_or_default();
    protocols.split_ascii_whitespace().any(|it| it == PROTOCOL)
}

/// By HTTP-Redirect, which is how we send. One that names only its address for HTTP-POST mostly
/// takes both there.
fn sso_url(provider: Node<'_>) -> Result<String, MetadataError> {
    let by = |binding: &str| {
        let mut services = provider.elements_named(METADATA, "SingleSignOnService");
        services.find(|it| it.attribute("Binding") == Some(binding))
    };
    let service = by(REDIRECT_BINDING).or_else(|| by(POST_BINDING));
    let address = service.and_then(|it| it.attribute("Location")).map(str::trim_ascii);
    let address = address.ok_or(MetadataError::NoAddress)?;
    match Url::parse(address) {
        Ok(url) if matches!(url.scheme(), "https" | "http") && url.has_host() => {
            Ok(address.to_owned())
        }
        _ => Err(MetadataError::Address(Excerpt::of(address))),
    }
}

/// A key without a use is for both uses (saml-metadata §2.4.1.1).
fn certificates(provider: Node<'_>) -> Result<Vec<String>, MetadataError> {
    let keys = provider.elements_named(METADATA, "KeyDescriptor");
    let signing = keys.filter(|it| matches!(it.attribute("use"), None | Some("signing")));
    let texts = signing
        .flat_map(|it| it.elements_named(DSIG, "KeyInfo"))
        .flat_map(|it| it.elements_named(DSIG, "X509Data"))
        .flat_map(|it| it.elements_named(DSIG, "X509Certificate"))
        .filter_map(Node::text);
    let mut certificates = Vec::new();
    let mut refusal = None;
    for text in texts.take(CERTIFICATES_MAX) {
        match Certificate::parse(&text) {
            Ok(it) if certificates.contains(&it.pem) => {}
            Ok(it) => certificates.push(it.pem),
            Err(error) => refusal = Some(error),
        }
    }
    match refusal {
        // One that we cannot read beside one that we can is no reason to refuse both.
        _ if !certificates.is_empty() => Ok(certificates),
        Some(error) => Err(MetadataError::Certificate(error)),
        None => Err(MetadataError::NoCertificate),
    }
}

/// Our metadata for one connection (saml-metadata §2.4.4). We always want assertions signed; with
/// a signing certificate we sign requests, and for an encryption certificate assertions may be
/// encrypted. Several encryption certificates are named newest first.
pub fn sp_metadata(
    service_provider: &ServiceProvider,
    signing: Option<&Certificate>,
    encryption: &[&Certificate],
    name_id_format: Option<&str>,
) -> String {
    let mut xml = XmlWriter::new();
    xml.write_declaration();
    xml.start_element(
        "md:EntityDescriptor",
        &[("xmlns:md", METADATA), ("entityID", &service_provider.entity_id)],
    );
    xml.start_element(
        "md:SPSSODescriptor",
        &[
            ("protocolSupportEnumeration", PROTOCOL),
            ("AuthnRequestsSigned", if signing.is_some() { "true" } else { "false" }),
            ("WantAssertionsSigned", "true"),
        ],
    );
    if let Some(certificate) = signing {
        write_key(&mut xml, "signing", certificate);
    }
    for certificate in encryption {
        write_key(&mut xml, "encryption", certificate);
    }
    if let Some(format) = name_id_format {
        xml.start_element("md:NameIDFormat", &[]);
        xml.text(format);
        xml.end_element("md:NameIDFormat");
    }
    xml.empty_element(
        "md:AssertionConsumerService",
        &[
            ("Binding", POST_BINDING),
            ("Location", &service_provider.acs_url),
            ("index", "0"),
            ("isDefault", "true"),
        ],
    );
    xml.end_element("md:SPSSODescriptor");
    xml.end_element("md:EntityDescriptor");
    xml.into_string()
}

fn write_key(xml: &mut XmlWriter, usage: &str, certificate: &Certificate) {
    xml.start_element("md:KeyDescriptor", &[("use", usage)]);
    xml.start_element("ds:KeyInfo", &[("xmlns:ds", DSIG)]);
    xml.start_element("ds:X509Data", &[]);
    xml.start_element("ds:X509Certificate", &[]);
    xml.text(&certificate.base64());
    xml.end_element("ds:X509Certificate");
    xml.end_element("ds:X509Data");
    xml.end_element("ds:KeyInfo");
    if usage == "encryption" {
        for algorithm in [AES256_GCM, AES128_GCM, RSA_OAEP] {
            xml.empty_element("md:EncryptionMethod", &[("Algorithm", algorithm)]);
        }
    }
    xml.end_element("md:KeyDescriptor");
}

impl fmt::Display for MetadataError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => out.write_str(
                "The metadata is larger than 1 MiB. Give that of one identity provider.",
            ),
            Self::NotXml => out.write_str(
                "The metadata is not well-formed XML. Look at what the address answers: a page to \
                 sign in is not metadata.",
            ),
            Self::Doctype => {
                out.write_str("The metadata has a document type, which is never read. Remove it.")
            }
            Self::NotMetadata => out.write_str(
                "The document is not SAML metadata with an EntityDescriptor that has an entityID.",
            ),
            Self::NoIdentityProvider => out.write_str(
                "The metadata is not of an identity provider for SAML 2.0; perhaps it is of a \
                 service provider.",
            ),
            Self::SeveralIdentityProviders => {
                out.write_str("The metadata is of several identity providers. Give that of one.")
            }
            Self::NoAddress => out.write_str(
                "The metadata names no SingleSignOnService by HTTP-Redirect. Type the address in.",
            ),
            Self::Address(found) => write!(
                out,
                "The address to sign in, {found}, is not one that begins with https:// or \
                 http://."
            ),
            Self::NoCertificate => {
                out.write_str("The metadata names no signing certificate. Add it by hand.")
            }
            Self::Certificate(error) => {
                write!(out, "A signing certificate of the metadata cannot be used: {error}")
            }
        }
    }
}

impl std::error::Error for MetadataError {}
