//! Our keys and certificates, and what is read of the certificates of others.

use vestibule_saml::{Certificate, CertificateError, KeyError, KeyPair};

use crate::identity_provider::*;

const DAY_MS: i64 = 86_400_000;

#[test]
fn a_generated_key_has_a_certificate_with_its_name_and_dates() {
    let pair = KeyPair::generate("conn_1, Ltd.", NOW_MS).unwrap();
    let certificate = pair.certificate();
    assert_eq!(certificate.subject, "CN=conn_1\\, Ltd.");
    assert!(certificate.not_before_ms < NOW_MS && certificate.not_before_ms > NOW_MS - 2 * DAY_MS);
    let years = (certificate.not_after_ms - NOW_MS) / (365 * DAY_MS);
    assert_eq!(years, 5);
    assert_eq!(certificate.thumbprint.len(), 64);
    assert_ne!(pair.certificate(), KeyPair::generate("b", NOW_MS).unwrap().certificate());
}

#[test]
fn pairs_go_to_pem_and_come_back() {
    let pair = recipient().pair.clone().unwrap();
    let (private, certificate) = (pair.private_key_pem(), pair.certificate().pem.clone());
    let again = KeyPair::from_pem(&private, &certificate).unwrap();
    assert_eq!(*again.private_key_pem(), *private);
    assert_eq!(again.certificate(), pair.certificate());
}

#[test]
fn a_pair_that_is_none_is_refused() {
    let pair = recipient().pair.clone().unwrap();
    let private = pair.private_key_pem();
    let refused = |private: &str, certificate: &str| {
        KeyPair::from_pem(private, certificate).map(|_| ()).unwrap_err()
    };
    assert_eq!(refused(&private, &idp().certificate), KeyError::Mismatch);
    assert_eq!(refused(&private, "x"), KeyError::Certificate);
    assert_eq!(refused("x", &pair.certificate().pem), KeyError::NotPem);
    let encrypted = private.replace("PRIVATE", "ENCRYPTED PRIVATE");
    assert_eq!(refused(&encrypted, &pair.certificate().pem), KeyError::NotPem);
    let elliptic = Signer::elliptic(&rcgen::PKCS_ECDSA_P256_SHA256);
    let key = std::fs::read_to_string(elliptic.file("key.pem")).unwrap();
    assert_eq!(refused(&key, &elliptic.certificate), KeyError::NotRsa);
}

#[test]
fn nothing_shows_a_private_key() {
    let pair = recipient().pair.clone().unwrap();
    let shown = format!("{pair:?}");
    assert!(shown.contains("certificate") && !shown.contains("private"), "{shown}");
}

#[test]
fn certificates_come_in_pem_and_in_base64() {
    let pem = &idp().certificate;
    let bare: String = pem.lines().filter(|it| !it.starts_with('-')).collect();
    let read = Certificate::parse(pem).unwrap();
    assert_eq!(read.pem, *pem);
    assert_eq!(read.subject, "CN=idp");
    for text in [
        bare.clone(),
        format!("  {bare}\r\n"),
        pem.replace('\n', "\r\n"),
        format!("Bag Attributes\n{pem}{}", attacker().certificate),
    ] {
        assert_eq!(Certificate::parse(&text).unwrap(), read);
    }
}

#[test]
fn what_is_no_certificate_is_refused() {
    let parse = |text: &str| Certificate::parse(text).unwrap_err();
    assert_eq!(parse("hello, world"), CertificateError::NotEncoded);
    assert_eq!(parse("aGVsbG8="), CertificateError::NotCertificate);
    assert_eq!(parse(""), CertificateError::NotCertificate);
    assert_eq!(parse("-----BEGIN CERTIFICATE-----"), CertificateError::NotEncoded);
    assert_eq!(parse(&"A".repeat(100_000)), CertificateError::NotEncoded);
}

/// With a key of RSA that is too short, which our own library does not make.
const SHORT: &str = "\
    MIIB+jCCAWOgAwIBAgIUOdHXw92LVOFWVv6gDgaUT+v2it0wDQYJKoZIhvcNAQELBQAwDzENMAsGA1UEAwwEd2Vh\
    azAeFw0yNjExMjgxNTI0NDNaFw0zNjExMjUxNTI0NDNaMA8xDTALBgNVBAMMBHdlYWswgZ8wDQYJKoZIhvcNAQEB\
    BQADgY0AMIGJAoGBANMZsa2UQnaub2859Sz/zT5JwplqggIuHp1LVDZ387jmln9KEHC449q9tVBN5/jwpL3NYoms\
    Q3sUNG9vpN5juZvEcEDL3JgfiqYRF6zoU/fcl2MyriGyz31KOvLR3/Rbt+FZDtwqkZucL2K0fWkuXg9k7jz31wBY\
    dSHAPDi0TQS9AgMBAAGjUzBRMB0GA1UdDgQWBBRb90QRgbQuF6hwiu9oKDh+K+ooszAfBgNVHSMEGDAWgBRb90QR\
    gbQuF6hwiu9oKDh+K+ooszAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4GBAGXjRbSAHmQvss5/DMr0\
    c+VAwhxCZV9NIxdh200j0fdYFTULfWlMPFD1xQcmTQJEOQMDdJLnKl+4jvdykQlulPnkrHVWRT601g9gFjJTJ1nP\
    Y69FLZLyC64QZDzYD47BZcbzIqKN0sOPvlA5waB4jIe6d8YNdzjumYPt/YMpI6L3";

#[test]
fn keys_that_cannot_sign_are_refused_at_once() {
    assert_eq!(Certificate::parse(SHORT), Err(CertificateError::Key));
    let other = Signer::elliptic(&rcgen::PKCS_ED25519);
    assert_eq!(Certificate::parse(&other.certificate), Err(CertificateError::Key));
    for algorithm in [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384] {
        assert!(Certificate::parse(&Signer::elliptic(algorithm).certificate).is_ok());
    }
}
