//! Documents that are hostile as XML, and good signatures under what is not for us, or not now.

use vestibule_saml::{Answers, Refused};

use crate::identity_provider::*;

#[test]
fn comment_inside_the_name() {
    // The signature holds with and without the comment. The whole name counts, whoever owns the
    // part before it.
    let signed = Saying::of("ada@acme.test.evil.test").signed();
    let commented = signed.replace(ADA, "ada@acme.test<!---->");
    assert!(commented.contains("<!---->"));
    assert_eq!(accepted(&commented).name_id, "ada@acme.test.evil.test");
    let signed_with_it = Saying::of("ada@acme.test<!-- x -->.evil.test").signed();
    assert_eq!(accepted(&signed_with_it).name_id, "ada@acme.test.evil.test");
    assert_eq!(
        accepted(&signed.replace("admins", "ad<!-- -->mins")).attributes[1].values[0],
        "admins"
    );
}

#[test]
fn character_data_and_instructions_inside_the_name() {
    let signed = Saying::of("ada@acme.test.evil.test").signed();
    let cdata = signed.replace(ADA, "<![CDATA[ada@acme.test]]>");
    assert_eq!(accepted(&cdata).name_id, "ada@acme.test.evil.test");
    refused(&signed.replace(ADA, "ada@acme.test<?x y?>"), "malformed");
    refused(&Saying::of("ada@acme.test<x/>.evil.test").signed(), "no_name");
}

#[test]
fn doctype() {
    let xml = without_declaration(&saying().signed());
    refused(&format!("<!DOCTYPE Response>{xml}"), "doctype");
    let identifier = "<!DOCTYPE r [<!ATTLIST Assertion other ID #IMPLIED>]>";
    refused(&format!("{identifier}{xml}"), "doctype");
}

#[test]
fn external_entity() {
    let xml = without_declaration(&saying().signed()).replace(ADA, "&file;");
    let doctype = "<!DOCTYPE r [<!ENTITY file SYSTEM \"file:///etc/passwd\">]>";
    refused(&format!("{doctype}{xml}"), "doctype");
    refused(&xml, "not_xml");
}

#[test]
fn billion_laughs() {
    let mut doctype = "<!DOCTYPE r [<!ENTITY a0 \"ha\">".to_owned();
    for it in 1..30 {
        let before = it - 1;
        doctype +=
            &["<!ENTITY a", &it.to_string(), " \"", &format!("&a{before};").repeat(3), "\">"]
                .concat();
    }
    doctype.push_str("]>");
    let xml = without_declaration(&saying().signed()).replace(ADA, "&a29;");
    refused(&format!("{doctype}{xml}"), "doctype");
}

#[test]
fn oversize() {
    let value = "x".repeat(300 * 1024);
    let saying = Saying { attributes: format!("<!--{value}-->"), ..saying() };
    refused(&saying.unsigned(), "too_large");
    // Just below it is read.
    let saying = Saying { attributes: format!("<!--{}-->", &value[..200 * 1024]), ..saying };
    refused(&saying.unsigned(), "unsigned");
}

#[test]
fn deep_nesting() {
    for depth in [100, 10_000] {
        let deep = format!("{}{}", "<x>".repeat(depth), "</x>".repeat(depth));
        let attributes = format!(
            "<saml:Attribute Name=\"a\"><saml:AttributeValue>{deep}</saml:AttributeValue>\
             </saml:Attribute>"
        );
        refused(&Saying { attributes, ..saying() }.unsigned(), "not_xml");
    }
}

#[test]
fn not_encoded_and_not_xml() {
    for text in ["", "%%%", "====", "\u{0}"] {
        let refused = connection().verify_encoded(text).unwrap_err();
        assert!(matches!(refused.code(), "not_encoded" | "not_xml"), "{text:?} {refused:?}");
    }
    assert_eq!(connection().verify_encoded("/w=="), Err(Refused::NotEncoded));
    for text in ["hello", "<", "<a></b>", "<a/><b/>", "{\"a\":1}"] {
        refused(text, "not_xml");
    }
    refused("<a/>", "malformed");
    let utf_16 = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>";
    refused(utf_16, "not_xml");
}

#[test]
fn wrong_audience() {
    let saying = Saying { audience: "https://other.test/", ..saying() };
    refused(&saying.signed(), "audience");
}

#[test]
fn a_second_audience_restriction_that_excludes_us() {
    let conditions = "<saml:AudienceRestriction><saml:Audience>urn:other</saml:Audience>\
                      </saml:AudienceRestriction>";
    refused(&Saying { conditions, ..saying() }.signed(), "audience");
}

#[test]
fn no_audience() {
    let unrestricted = saying().to_sign().replace(
        &format!(
            "<saml:AudienceRestriction><saml:Audience>{SP}</saml:Audience>\
             </saml:AudienceRestriction>"
        ),
        "",
    );
    refused(&idp().sign_assertion(&saying().response("", &unrestricted)), "audience");
}

#[test]
fn unknown_condition() {
    let conditions = "<x:OnlyOnSundays xmlns:x=\"urn:x\"/>";
    refused(&Saying { conditions, ..saying() }.signed(), "condition");
    let known = "<saml:OneTimeUse/><saml:ProxyRestriction Count=\"0\"/>";
    assert_eq!(accepted(&Saying { conditions: known, ..saying() }.signed()).name_id, ADA);
}

#[test]
fn wrong_recipient() {
    let saying = Saying { recipient: "https://auth.test/sso/saml/acs/conn_2", ..saying() };
    refused(&saying.signed(), "recipient");
}

#[test]
fn wrong_destination() {
    let elsewhere = Saying { destination: Some("https://other.test/acs"), ..saying() };
    refused(&elsewhere.signed(), "destination");
    refused(&elsewhere.signed_around(), "destination");
}

#[test]
fn missing_destination() {
    let nowhere = Saying { destination: None, ..saying() };
    assert_eq!(accepted(&nowhere.signed()).name_id, ADA);
    refused(&nowhere.signed_around(), "destination");
}

#[test]
fn wrong_issuer() {
    refused(&Saying { issuer: "https://other.test/", ..saying() }.signed(), "issuer");
    let saying = Saying { response_issuer: Some("https://other.test/"), ..saying() };
    refused(&saying.signed(), "issuer");
}

#[test]
fn wrong_in_response_to() {
    let other = Saying {
        response_answers: Some("_request-2"),
        subject_answers: Some("_request-2"),
        ..saying()
    };
    refused(&other.signed(), "in_response_to");
    // What is not signed cannot make up for what is.
    let saying = Saying { subject_answers: Some("_request-2"), ..saying() };
    refused(&saying.signed(), "in_response_to");
    refused(&saying.signed_around(), "in_response_to");
}

#[test]
fn unsolicited_where_a_request_was_sent() {
    let begun = Saying { response_answers: None, subject_answers: None, ..saying() };
    refused(&begun.signed(), "unsolicited");
    refused(&begun.signed_around(), "unsolicited");
    // Whoever passes it on can write an answer around it, but not into it.
    let dressed =
        begun.signed().replace(" Destination", &format!(" InResponseTo=\"{REQUEST}\" Destination"));
    refused(&dressed, "unsolicited");
}

#[test]
fn solicited_where_none_was_sent() {
    let connection = Connection { answers: Answers::Unsolicited, ..connection() };
    assert_eq!(connection.verify(&saying().signed()), Err(Refused::Solicited));
    let undressed = saying().signed().replacen(&format!(" InResponseTo=\"{REQUEST}\""), "", 1);
    assert_eq!(connection.verify(&undressed), Err(Refused::Solicited));
}

#[test]
fn too_early_and_too_late() {
    let xml = saying().signed();
    let at = |offset_ms: i64| {
        Connection { now_ms: NOW_MS + offset_ms, ..connection() }.verify(&xml).map(|it| it.name_id)
    };
    let minute = 60_000;
    assert!(at(0).is_ok());
    // The clocks may differ by a minute.
    assert!(at(6 * minute - 1).is_ok());
    assert_eq!(at(6 * minute), Err(Refused::Expired(NOW_MS + 5 * minute)));
    assert!(at(-minute - 1_000).is_ok());
    assert_eq!(at(-minute - 1_001), Err(Refused::NotYetValid(NOW_MS - 1_000)));
    assert!(at(i64::MAX - NOW_MS).is_err() && at(i64::MIN).is_err());
}

#[test]
fn confirmation_that_has_ended() {
    let saying = Saying { subject_end: "2026-11-28T13:58:00Z", ..saying() };
    refused(&saying.signed(), "expired");
}

#[test]
fn session_that_has_ended() {
    let saying = Saying { session_end: Some("2026-11-28T13:00:00Z"), ..saying() };
    refused(&saying.signed(), "session_ended");
}

#[test]
fn instants_that_cannot_be_read() {
    for instant in ["", "tomorrow", "2026-11-28", "2026-11-28T14:05:00"] {
        refused(&Saying { subject_end: instant, ..saying() }.signed(), "malformed");
        refused(&Saying { not_on_or_after: instant, ..saying() }.signed(), "malformed");
    }
}

#[test]
fn holder_of_key_in_place_of_the_bearer() {
    let assertion = saying().to_sign().replace("cm:bearer", "cm:holder-of-key");
    refused(&idp().sign_assertion(&saying().response("", &assertion)), "malformed");
}

#[test]
fn status_other_than_success() {
    let status = "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\">\
        <samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:AuthnFailed\"/>\
        </samlp:StatusCode>\
        <samlp:StatusMessage>&lt;script&gt;</samlp:StatusMessage>";
    let failed = Saying { status, ..saying() };
    let expected = Refused::Status { code: "Responder", detail: Some("AuthnFailed") };
    assert_eq!(connection().verify(&failed.response("", "")), Err(expected.clone()));
    assert_eq!(connection().verify(&failed.signed()), Err(expected));
    let status = "<samlp:StatusCode Value=\"urn:x:&lt;script&gt;\"/>";
    let odd = connection().verify(&Saying { status, ..saying() }.response("", "")).unwrap_err();
    assert_eq!(odd.code(), "status");
    assert!(!odd.to_string().contains("script"));
}

#[test]
fn no_assertion() {
    refused(&saying().response("", ""), "malformed");
}

#[test]
fn what_is_quoted_is_short_and_escaped() {
    let audience: &'static str = Box::leak("&lt;b&gt;\u{202e}".repeat(2_000).into_boxed_str());
    let refused = connection().verify(&Saying { audience, ..saying() }.signed()).unwrap_err();
    let shown = refused.to_string();
    assert!(shown.len() < 2_500 && shown.is_char_boundary(0), "{}", shown.len());
    assert!(!shown.contains('<') && !shown.contains('\u{202e}'));
}

#[test]
fn encrypted_parts() {
    let name = "<saml:EncryptedID>x</saml:EncryptedID>".to_owned();
    refused(&Saying { name, ..saying() }.signed(), "encrypted_part");
    let attributes = "<saml:EncryptedAttribute>x</saml:EncryptedAttribute>".to_owned();
    refused(&Saying { attributes, ..saying() }.signed(), "encrypted_part");
}

#[test]
fn other_versions_of_saml() {
    let assertion = saying().to_sign().replace("Version=\"2.0\"", "Version=\"1.1\"");
    refused(&idp().sign_assertion(&saying().response("", &assertion)), "malformed");
    let xml = saying().signed().replacen("Version=\"2.0\"", "Version=\"1.1\"", 1);
    refused(&xml, "malformed");
}
