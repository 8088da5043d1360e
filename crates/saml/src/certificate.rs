//! X.509 certificates, as far as they matter here: a key, a name and two dates.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rsa::PublicEncryptingKey;
use base64::Engine;
use data_encoding::HEXLOWER;
use der::Decode;

use crate::response::BASE64;

/// A certificate with a key of 16,384 bits has 5 KiB.
const CERTIFICATE_BYTES_MAX: usize = 32 * 1024;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// What a certificate says of itself (RFC 5280 §4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// In PEM, however it came.
    pub pem: String,
    /// Whose it is (RFC 4514).
    pub subject: String,
    /// From when on it is valid, in milliseconds since 1970.
    pub not_before_ms: i64,
    /// Until when it is valid, in milliseconds since 1970.
    pub not_after_ms: i64,
    /// The SHA-256 of the certificate, in hexadecimal.
    pub thumbprint: String,
}

/// Why a text is not a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateError {
    /// Neither PEM nor base64, or far too long.
    NotEncoded,
    /// Decoded, it is not an X.509 certificate.
    NotCertificate,
    /// Its key is of a kind that does not sign XML, or too short.
    Key,
}

impl Certificate {
    /// Reads the first certificate of a PEM text, or one in bare base64, as metadata has it.
    pub fn parse(text: &str) -> Result<Self, CertificateError> {
        let der = decode(text)?;
        let key = bergshamra_keys::loader::load_x509_cert_der(&der);
        let key = key.map_err(|_| CertificateError::Key)?;
        if !can_sign(&key) {
            return Err(CertificateError::Key);
        }
        Self::from_der(&der)
    }

    pub(crate) fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let parsed = parse_der(der)?;
        let validity = parsed.tbs_certificate.validity;
        let thumbprint = digest(&SHA256, der);
        Ok(Self {
            pem: pem("CERTIFICATE", der),
            subject: parsed.tbs_certificate.subject.to_string(),
            not_before_ms: milliseconds(validity.not_before),
            not_after_ms: milliseconds(validity.not_after),
            thumbprint: HEXLOWER.encode(thumbprint.as_ref()),
        })
    }

    /// The certificate in bare base64, as metadata has it.
    pub(crate) fn base64(&self) -> String {
        self.pem.lines().filter(|it| !it.starts_with("-----")).collect()
    }
}

/// The bytes of a certificate in PEM or bare base64.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, CertificateError> {
    if text.len() > CERTIFICATE_BYTES_MAX {
        return Err(CertificateError::NotEncoded);
    }
    let body = match text.split_once(BEGIN) {
        Some((_, rest)) => rest.split_once(END).ok_or(CertificateError::NotEncoded)?.0,
        None => text,
    };
    let clean: Vec<u8> = body.bytes().filter(|it| !it.is_ascii_whitespace()).collect();
    let der = BASE64.decode(clean).map_err(|_| CertificateError::NotEncoded)?;
    parse_der(&der)?;
    Ok(der)
}

/// The key as the certificate has it, for comparison.
pub(crate) fn public_key(der: &[u8]) -> Result<Vec<u8>, CertificateError> {
    let key = parse_der(der)?.tbs_certificate.subject_public_key_info.subject_public_key;
    Ok(key.raw_bytes().to_vec())
}

pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let mut pem = format!("-----BEGIN {label}-----\n");
    let encoded = BASE64.encode(der);
    for (at, character) in encoded.char_indices() {
        if at > 0 && at % 64 == 0 {
            pem.push('\n');
        }
        pem.push(character);
    }
    pem + &format!("\n-----END {label}-----\n")
}

/// Other keys and shorter ones are loaded, but nothing is verified by them; better to say so at
/// once.
fn can_sign(key: &bergshamra_keys::Key) -> bool {
    match key.algorithm_name() {
        // RSA of 2048 bits or more: AWS-LC takes no shorter one.
        "RSA" => key.to_spki_der().is_some_and(|it| PublicEncryptingKey::from_der(&it).is_ok()),
        "EC-P256" | "EC-P384" | "EC-P521" => true,
        _ => false,
    }
}

fn parse_der(der: &[u8]) -> Result<x509_cert::Certificate, CertificateError> {
    x509_cert::Certificate::from_der(der).map_err(|_| CertificateError::NotCertificate)
}

fn milliseconds(time: x509_cert::time::Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_millis()).unwrap_or(i64::MAX)
}

impl fmt::Display for CertificateError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::NotEncoded => "The text is neither a certificate in PEM nor one in base64.",
            Self::NotCertificate => "The text is encoded well, but it is not an X.509 certificate.",
            Self::Key => {
                "The key of the certificate is neither RSA of at least 2048 bits nor on the curves \
                 P-256, P-384 or P-521. Use one of these."
            }
        })
    }
}

impl std::error::Error for CertificateError {}
