//! Encrypted assertions: those of several algorithms are read, and none is believed for being
//! encrypted, since anybody can encrypt for us.

use vestibule_saml::Refused;

use crate::identity_provider::*;

const AES128_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes128-cbc";
const AES256_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
const AES128_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes128-gcm";
const AES256_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes256-gcm";
const OAEP: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";

fn template(algorithm: &str, transport: &str) -> String {
    format!(
        "<xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" \
         Type=\"http://www.w3.org/2001/04/xmlenc#Element\">\
         <xenc:EncryptionMethod Algorithm=\"{algorithm}\"/>\
         <ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><xenc:EncryptedKey>\
         <xenc:EncryptionMethod Algorithm=\"{transport}\"/>\
         <xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>\
         <xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedData>"
    )
}

fn wrapped(data: &str) -> String {
    format!(
        "<saml:EncryptedAssertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{data}\
         </saml:EncryptedAssertion>"
    )
}

fn session_key(algorithm: &str) -> &'static str {
    if algorithm.contains("aes128") { "aes-128" } else { "aes-256" }
}

fn encrypt_with(assertion: &str, algorithm: &str, transport: &str) -> String {
    let template = template(algorithm, transport);
    wrapped(&recipient().encrypt(assertion, &template, session_key(algorithm)))
}

fn encrypt(assertion: &str, algorithm: &str) -> String {
    encrypt_with(assertion, algorithm, OAEP)
}

/// The assertion by itself, signed.
fn signed_assertion(saying: &Saying) -> String {
    without_declaration(&idp().sign_assertion(&saying.to_sign()))
}

fn signed_around(content: &str) -> String {
    let template = Template::of("_response-1").xml();
    idp().sign_response(&saying().response(&template, content))
}

#[test]
fn encrypted_assertions_are_read() {
    let assertion = signed_assertion(&saying());
    for algorithm in [AES128_CBC, AES256_CBC, AES128_GCM, AES256_GCM] {
        let encrypted = encrypt(&assertion, algorithm);
        let read = accepted(&saying().response("", &encrypted));
        assert_eq!((read.name_id.as_str(), read.attributes.len()), (ADA, 2), "{algorithm}");
    }
}

#[test]
fn encrypted_assertions_in_signed_responses_are_read() {
    for algorithm in [AES256_CBC, AES256_GCM] {
        let encrypted = encrypt(&signed_assertion(&saying()), algorithm);
        assert_eq!(accepted(&signed_around(&encrypted)).name_id, ADA);
        // Without a signature of its own it is covered by that of the response.
        let encrypted = encrypt(&saying().assertion(""), algorithm);
        assert_eq!(accepted(&signed_around(&encrypted)).name_id, ADA);
    }
}

#[test]
fn all_keys_are_tried() {
    let encrypted = encrypt(&signed_assertion(&saying()), AES256_GCM);
    let xml = saying().response("", &encrypted);
    let mut connection = connection();
    connection.decryption_keys.insert(0, attacker().pair.clone().unwrap());
    assert_eq!(connection.verify(&xml).unwrap().name_id, ADA);
    connection.decryption_keys.truncate(1);
    assert_eq!(connection.verify(&xml), Err(Refused::EncryptedAssertion));
    connection.decryption_keys.clear();
    assert_eq!(connection.verify(&xml), Err(Refused::NoDecryptionKey));
}

#[test]
fn encrypted_but_unsigned() {
    for algorithm in [AES256_CBC, AES256_GCM] {
        let encrypted = encrypt(&Saying::of(MALLORY).assertion(""), algorithm);
        refused(&saying().response("", &encrypted), "encrypted_assertion");
    }
}

#[test]
fn encrypted_and_signed_by_another() {
    let assertion = attacker().sign_assertion(&Saying::of(MALLORY).to_sign());
    let encrypted = encrypt(&without_declaration(&assertion), AES256_GCM);
    refused(&saying().response("", &encrypted), "encrypted_assertion");
}

#[test]
fn another_encrypted_assertion_in_a_signed_response() {
    let good = encrypt(&signed_assertion(&saying()), AES256_GCM);
    let evil = encrypt(&Saying::of(MALLORY).assertion(""), AES256_GCM);
    let signed = signed_around(&good);
    assert!(signed.contains(&good));
    refused(&signed.replace(&good, &evil), "signature");
}

#[test]
fn what_is_wrong_inside_is_not_told_apart() {
    // Else whoever changes the secret bit by bit could learn from our answers what is inside.
    let assertion = signed_assertion(&saying());
    let encrypted = encrypt(&assertion, AES256_CBC);
    let start = encrypted.rfind("<xenc:CipherValue>").unwrap() + "<xenc:CipherValue>".len();
    for offset in [0, 21, 60, 200, 900] {
        let at = start + offset;
        let other = if &encrypted[at..=at] == "A" { "B" } else { "A" };
        let changed = format!("{}{other}{}", &encrypted[..at], &encrypted[at + 1..]);
        refused(&saying().response("", &changed), "encrypted_assertion");
    }
    let closing = format!(
        "<x/></saml:EncryptedAssertion>{}<saml:EncryptedAssertion>",
        Saying::of(MALLORY).assertion("")
    );
    let (unsigned, twice) = (saying().assertion(""), format!("{assertion}{assertion}"));
    let doctype = format!("<!DOCTYPE x>{assertion}");
    for inside in ["hello", "<x/>", "<x>", &closing, &unsigned, &twice, &doctype] {
        for algorithm in [AES256_CBC, AES256_GCM] {
            let data = recipient().encrypt_text(inside, &template(algorithm, OAEP), "aes-256");
            refused(&saying().response("", &wrapped(&data)), "encrypted_assertion");
        }
    }
}

#[test]
fn pkcs1_key_transport() {
    let transport = "http://www.w3.org/2001/04/xmlenc#rsa-1_5";
    let encrypted = encrypt_with(&signed_assertion(&saying()), AES256_GCM, transport);
    refused(&saying().response("", &encrypted), "algorithm");
}

#[test]
fn triple_des() {
    let algorithm = "http://www.w3.org/2001/04/xmlenc#tripledes-cbc";
    let template = template(algorithm, OAEP);
    let data = recipient().encrypt(&signed_assertion(&saying()), &template, "des-192");
    refused(&saying().response("", &wrapped(&data)), "algorithm");
}

#[test]
fn references_to_elsewhere() {
    let encrypted = encrypt(&signed_assertion(&saying()), AES256_GCM);
    let start = encrypted.rfind("<xenc:CipherValue>").unwrap();
    let end = encrypted.rfind("</xenc:CipherData>").unwrap();
    let reference = "<xenc:CipherReference URI=\"file:///etc/passwd\"/>";
    let xml = format!("{}{reference}{}", &encrypted[..start], &encrypted[end..]);
    refused(&saying().response("", &xml), "malformed");
}

#[test]
fn two_encrypted_assertions() {
    let encrypted = encrypt(&signed_assertion(&saying()), AES256_GCM);
    refused(&saying().response("", &format!("{encrypted}{encrypted}")), "malformed");
}

#[test]
fn a_plain_assertion_beside_an_encrypted_one() {
    let encrypted = encrypt(&signed_assertion(&saying()), AES256_GCM);
    let evil = Saying { assertion_id: "_evil", ..Saying::of(MALLORY) }.assertion("");
    refused(&saying().response("", &format!("{encrypted}{evil}")), "malformed");
    refused(&saying().response("", &format!("{evil}{encrypted}")), "malformed");
}

#[test]
fn a_key_beside_the_data_is_found_by_reference() {
    let encrypted = encrypt(&signed_assertion(&saying()), AES256_GCM);
    let start = encrypted.find("<xenc:EncryptedKey>").unwrap();
    let end = encrypted.find("</xenc:EncryptedKey>").unwrap() + "</xenc:EncryptedKey>".len();
    let key = encrypted[start..end].replace(
        "<xenc:EncryptedKey>",
        "<xenc:EncryptedKey xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" Id=\"_key-1\">",
    );
    let retrieval = "<ds:RetrievalMethod URI=\"#_key-1\" \
                     Type=\"http://www.w3.org/2001/04/xmlenc#EncryptedKey\"/>";
    let beside = format!("{}{retrieval}{}", &encrypted[..start], &encrypted[end..]);
    let beside =
        beside.replace("</saml:EncryptedAssertion>", &format!("{key}</saml:EncryptedAssertion>"));
    assert_eq!(accepted(&saying().response("", &beside)).name_id, ADA);
}
