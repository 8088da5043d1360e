//! Our own keys, with which requests are signed and assertions decrypted.

use std::fmt;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use zeroize::Zeroizing;

use crate::certificate::{self, Certificate};
use crate::response::BASE64;

/// How long a certificate of ours is valid. Nobody looks at it but people who plan.
const VALID_YEARS: i64 = 5;

/// A private RSA key with a certificate of it.
#[derive(Clone)]
pub struct KeyPair {
    /// PKCS #8.
    private: Zeroizing<Vec<u8>>,
    certificate: Certificate,
}

/// Why there is no key pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// The text is not a private key in PEM, unencrypted.
    NotPem,
    /// The key is not an RSA key of at least 2048 bits.
    NotRsa,
    /// The certificate cannot be read.
    Certificate,
    /// The certificate is of another key.
    Mismatch,
    /// The common name cannot stand in a certificate.
    Name,
    /// The machine does not make a key or a signature.
    Machine,
}

impl KeyPair {
    /// A new RSA key of 2048 bits with a certificate by itself, valid for some years from `now_ms`
    /// on.
    pub fn generate(common_name: &str, now_ms: i64) -> Result<Self, KeyError> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Machine)?;
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::CommonName, common_name);
        let today = Timestamp::from_millisecond(now_ms).map_err(|_| KeyError::Machine)?;
        let today = today.to_zoned(TimeZone::UTC).date();
        let end = today.checked_add(VALID_YEARS.years()).map_err(|_| KeyError::Machine)?;
        // A day before, so that it is valid wherever it is looked at today.
        let beginning = today.yesterday().map_err(|_| KeyError::Machine)?;
        let (year, month, day) = year_month_day(beginning);
        params.not_before = rcgen::date_time_ymd(year, month, day);
        let (year, month, day) = year_month_day(end);
        params.not_after = rcgen::date_time_ymd(year, month, day);
        let certificate = params.self_signed(&Certifier(&pair)).map_err(|_| KeyError::Name)?;
        Ok(Self {
            private: pkcs8(&pair)?,
            certificate: Certificate::from_der(certificate.der())
                .map_err(|_| KeyError::Certificate)?,
        })
    }

    /// A key (PKCS #8 or PKCS #1) and its certificate from PEM.
    pub fn from_pem(private_key: &str, certificate: &str) -> Result<Self, KeyError> {
        let pair = read_private(private_key)?;
        let der = certificate::decode(certificate).map_err(|_| KeyError::Certificate)?;
        let public = certificate::public_key(&der).map_err(|_| KeyError::Certificate)?;
        if public != pair.public_key().as_ref() {
            return Err(KeyError::Mismatch);
        }
        let certificate = Certificate::from_der(&der).map_err(|_| KeyError::Certificate)?;
        Ok(Self { private: pkcs8(&pair)?, certificate })
    }

    /// The private key in PEM (PKCS #8), to be kept as a secret.
    pub fn private_key_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(certificate::pem("PRIVATE KEY", &self.private))
    }

    /// The certificate, which anybody may see.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The signature by RSA with SHA-256.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let pair = RsaKeyPair::from_pkcs8(&self.private).map_err(|_| KeyError::NotRsa)?;
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| KeyError::Machine)?;
        Ok(signature)
    }

    pub(crate) fn for_decryption(&self) -> Result<bergshamra_keys::Key, KeyError> {
        bergshamra_keys::loader::load_rsa_private_pem(self.private_key_pem().as_bytes())
            .map_err(|_| KeyError::NotRsa)
    }
}

/// Never shows the private key.
impl fmt::Debug for KeyPair {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("KeyPair").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

fn read_private(pem: &str) -> Result<RsaKeyPair, KeyError> {
    let (_, rest) = pem.split_once("-----BEGIN ").ok_or(KeyError::NotPem)?;
    let (label, rest) = rest.split_once("-----").ok_or(KeyError::NotPem)?;
    let (body, _) = rest.split_once("-----END ").ok_or(KeyError::NotPem)?;
    let clean: Zeroizing<Vec<u8>> =
        Zeroizing::new(body.bytes().filter(|it| !it.is_ascii_whitespace()).collect());
    let der = Zeroizing::new(BASE64.decode(&*clean).map_err(|_| KeyError::NotPem)?);
    match label {
        "PRIVATE KEY" => RsaKeyPair::from_pkcs8(&der).map_err(|_| KeyError::NotRsa),
        "RSA PRIVATE KEY" => RsaKeyPair::from_der(&der).map_err(|_| KeyError::NotRsa),
        _ => Err(KeyError::NotPem),
    }
}

fn pkcs8(pair: &RsaKeyPair) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let der = pair.as_der().map_err(|_| KeyError::Machine)?;
    let der: &aws_lc_rs::encoding::Pkcs8V1Der<'_> = &der;
    Ok(Zeroizing::new(der.as_ref().to_vec()))
}

fn year_month_day(date: Date) -> (i32, u8, u8) {
    let short = |it: i8| u8::try_from(it).unwrap_or(1);
    (i32::from(date.year()), short(date.month()), short(date.day()))
}

struct Certifier<'a>(&'a RsaKeyPair);

impl rcgen::PublicKeyData for Certifier<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }
    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

impl rcgen::SigningKey for Certifier<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| rcgen::Error::RemoteKeyError)?;
        Ok(signature)
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::NotPem => {
                "The private key is not PEM without a passphrase. Remove the passphrase, and give \
                 all of the file."
            }
            Self::NotRsa => "The private key is not an RSA key of at least 2048 bits.",
            Self::Certificate => {
                "The certificate cannot be read. Give an X.509 certificate in PEM."
            }
            Self::Mismatch => {
                "The certificate is of another key. Give the certificate of this private key."
            }
            Self::Name => "The common name cannot stand in a certificate.",
            Self::Machine => "The key cannot be made or used on this machine.",
        })
    }
}

impl std::error::Error for KeyError {}
