//! Attacks on the signature itself: none, another, a weaker one, or one that covers too little.

use crate::identity_provider::*;

const OBJECT_END: &str = "</ds:Signature>";

fn signed_with(template: &Template) -> String {
    idp().sign_assertion(&saying().response("", &saying().assertion(&template.xml())))
}

#[test]
fn unsigned() {
    refused(&saying().unsigned(), "unsigned");
}

#[test]
fn unsigned_by_removal() {
    let xml = saying().signed();
    let (start, end) = (xml.find("<ds:Signature ").unwrap(), xml.find(OBJECT_END).unwrap());
    refused(&format!("{}{}", &xml[..start], &xml[end + OBJECT_END.len()..]), "unsigned");
}

#[test]
fn an_empty_signature() {
    refused(&saying().response("", &saying().to_sign()), "signature");
    let empty = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>";
    refused(&saying().response("", &saying().assertion(empty)), "malformed");
}

#[test]
fn tampered_name() {
    refused(&saying().signed().replace(ADA, MALLORY), "signature");
    refused(&saying().signed_around().replace(ADA, MALLORY), "signature");
    refused(&saying().signed_twice().replace(ADA, MALLORY), "signature");
}

#[test]
fn tampered_attribute() {
    refused(&saying().signed().replace("admins", "owners"), "signature");
}

#[test]
fn tampered_signature_value() {
    let xml = saying().signed();
    let at = xml.find("<ds:SignatureValue>").unwrap() + "<ds:SignatureValue>".len() + 10;
    let other = if &xml[at..=at] == "A" { "B" } else { "A" };
    refused(&format!("{}{other}{}", &xml[..at], &xml[at + 1..]), "signature");
}

#[test]
fn one_bad_signature_beside_a_good_one() {
    // The response is signed by the right key, the assertion inside by another.
    let template = Template::of("_response-1").xml();
    let inner = attacker().sign_assertion(&saying().response(&template, &saying().to_sign()));
    refused(&idp().sign_response(&inner), "signature");
    // And the other way round.
    let inner = idp().sign_assertion(&saying().response(&template, &saying().to_sign()));
    refused(&attacker().sign_response(&inner), "signature");
}

#[test]
fn key_injection_by_key_info() {
    // xmlsec1 puts the attacker's certificate into KeyInfo.
    let xml = attacker().sign_assertion(&saying().response("", &saying().to_sign()));
    assert!(xml.contains("<ds:X509Certificate>MII"));
    refused(&xml, "signature");
}

#[test]
fn key_injection_by_key_value() {
    let key_info = "<ds:KeyInfo><ds:KeyValue/></ds:KeyInfo>";
    let template = Template { key_info, ..Template::of("_assertion-1") };
    let xml = saying().response("", &saying().assertion(&template.xml()));
    refused(&attacker().sign_assertion(&xml), "signature");
}

#[test]
fn key_of_another_connection() {
    let mut connection = connection();
    connection.identity_provider.certificates = vec![attacker().certificate.clone()];
    assert_eq!(connection.verify(&saying().signed()).unwrap_err().code(), "signature");
    connection.identity_provider.certificates = vec!["nonsense".to_owned()];
    assert_eq!(connection.verify(&saying().signed()).unwrap_err().code(), "no_certificate");
}

#[test]
fn hmac_confusion() {
    let method = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";
    let template = Template { method, key_info: "", ..Template::of("_assertion-1") };
    let xml = saying().response("", &saying().assertion(&template.xml()));
    refused(&idp().sign_by_hmac(&xml), "algorithm");
}

#[test]
fn sha1_signature() {
    let method = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
    refused(&signed_with(&Template { method, ..Template::of("_assertion-1") }), "algorithm");
}

#[test]
fn sha1_digest() {
    let digest = "http://www.w3.org/2000/09/xmldsig#sha1";
    refused(&signed_with(&Template { digest, ..Template::of("_assertion-1") }), "algorithm");
}

#[test]
fn partial_coverage_of_the_subject() {
    let template = Template::of("_subject-1").xml();
    let assertion = saying().assertion(&template);
    let assertion = assertion.replace("<saml:Subject>", "<saml:Subject ID=\"_subject-1\">");
    refused(&idp().sign_assertion(&saying().response("", &assertion)), "malformed");
}

#[test]
fn coverage_of_the_whole_document_by_an_empty_reference() {
    let template = Template { uri: String::new(), ..Template::of("_assertion-1") };
    refused(&signed_with(&template), "malformed");
}

#[test]
fn coverage_by_xpointer() {
    let uri = "#xpointer(id('_assertion-1'))".to_owned();
    refused(&signed_with(&Template { uri, ..Template::of("_assertion-1") }), "malformed");
}

#[test]
fn reference_to_a_file() {
    for uri in ["Cargo.toml", "file:///etc/passwd", "https://evil.test/", "cid:part"] {
        let template = Template { uri: uri.to_owned(), ..Template::of("_assertion-1") };
        let xml = saying().response("", &saying().assertion(&template.xml()));
        refused(&xml, "malformed");
    }
}

#[test]
fn two_references() {
    let xml = saying().signed();
    let start = xml.find("<ds:Reference").unwrap();
    let end = xml.find("</ds:SignedInfo>").unwrap();
    let twice = format!("{}{}{}", &xml[..end], &xml[start..end], &xml[end..]);
    refused(&twice, "malformed");
}

#[test]
fn xpath_transform() {
    let xpath = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\">\
        <ds:XPath xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
        not(ancestor-or-self::saml:NameID or ancestor-or-self::ds:Signature)</ds:XPath>\
        </ds:Transform>";
    for transforms in [
        xpath.to_owned(),
        format!("{}{xpath}", transform("http://www.w3.org/2000/09/xmldsig#enveloped-signature")),
    ] {
        let xml = signed_with(&Template { transforms, ..Template::of("_assertion-1") });
        // It holds for whoever follows the transform, so anybody may change the name.
        assert!(connection().verify(&xml.replace(ADA, MALLORY)).is_err());
        assert!(matches!(connection().verify(&xml).unwrap_err().code(), "malformed" | "algorithm"));
    }
}

#[test]
fn xslt_transform() {
    let xslt = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\">\
        <xsl:stylesheet version=\"1.0\" xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\">\
        <xsl:template match=\"/\">constant</xsl:template></xsl:stylesheet></ds:Transform>";
    let enveloped = transform("http://www.w3.org/2000/09/xmldsig#enveloped-signature");
    let transforms = format!("{enveloped}{xslt}");
    let xml = signed_with(&Template { transforms, ..Template::of("_assertion-1") });
    refused(&xml, "algorithm");
    refused(&xml.replace(ADA, MALLORY), "algorithm");
}

#[test]
fn digest_value_with_a_comment() {
    // What comes first inside would be the digest of another assertion.
    let (good, other) = (saying().signed(), Saying::of(MALLORY).signed());
    let digest = |xml: &str| {
        let start = xml.find("<ds:DigestValue>").unwrap() + "<ds:DigestValue>".len();
        xml[start..xml.find("</ds:DigestValue>").unwrap()].to_owned()
    };
    let both = format!("{}<!---->{}", digest(&other), digest(&good));
    let xml = good.replace(&digest(&good), &both).replace(ADA, MALLORY);
    refused(&xml, "malformed");
    let behind = format!("{}<!---->", digest(&good));
    refused(&good.replace(&digest(&good), &behind), "malformed");
}

#[test]
fn duplicate_signed_info() {
    let (good, other) = (saying().signed(), Saying::of(MALLORY).signed());
    let signed_info = |xml: &str| {
        let end = "</ds:SignedInfo>";
        let start = xml.find("<ds:SignedInfo>").unwrap();
        xml[start..xml.find(end).unwrap() + end.len()].to_owned()
    };
    let (ours, theirs) = (signed_info(&good), signed_info(&other));
    for both in [format!("{theirs}{ours}"), format!("{ours}{theirs}"), format!("{ours}{ours}")] {
        let xml = good.replace(&ours, &both);
        refused(&xml, "malformed");
        refused(&xml.replace(ADA, MALLORY), "malformed");
    }
}

#[test]
fn an_object_in_the_signature() {
    let xml = saying().signed();
    refused(&xml.replace(OBJECT_END, "<ds:Object>x</ds:Object></ds:Signature>"), "malformed");
}

#[test]
fn attributes_that_are_there_twice() {
    // One library may read the one, another the other.
    let xml = saying()
        .signed()
        .replace("<ds:Reference URI=", "<ds:Reference xmlns:x=\"urn:x\" x:URI=\"#_evil\" URI=");
    refused(&xml, "malformed");
}
