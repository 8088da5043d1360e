//! Good answers of several shapes, and that all of what they say arrives.

use vestibule_saml::{Answers, Attribute, Refused, claimed_request_id};

use crate::identity_provider::*;

fn attribute(name: &str, friendly_name: Option<&str>, values: &[&str]) -> Attribute {
    Attribute {
        name: name.to_owned(),
        friendly_name: friendly_name.map(str::to_owned),
        values: values.iter().map(|&it| it.to_owned()).collect(),
    }
}

#[test]
fn a_signed_assertion_says_who_signed_in() {
    let assertion = accepted(&saying().signed());
    assert_eq!(assertion.id, "_assertion-1");
    assert_eq!(assertion.issuer, IDP);
    assert_eq!(assertion.name_id, ADA);
    let format = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
    assert_eq!(assertion.name_id_format.as_deref(), Some(format));
    assert_eq!(assertion.session_index.as_deref(), Some("session-1"));
    assert_eq!(assertion.in_response_to.as_deref(), Some(REQUEST));
    assert_eq!(
        assertion.attributes,
        [attribute("email", Some("mail"), &[ADA]), attribute("groups", None, &["admins", "staff"])]
    );
    // Five minutes after, and one of leeway.
    assert_eq!(assertion.not_on_or_after_ms, NOW_MS + 6 * 60_000);
}

#[test]
fn a_signed_response_covers_its_assertion() {
    assert_eq!(accepted(&saying().signed_around()).name_id, ADA);
}

#[test]
fn both_may_be_signed() {
    assert_eq!(accepted(&saying().signed_twice()).name_id, ADA);
}

#[test]
fn a_connection_may_ask_for_a_signed_response() {
    let connection = Connection { response_must_be_signed: true, ..connection() };
    assert!(connection.verify(&saying().signed_around()).is_ok());
    assert!(connection.verify(&saying().signed_twice()).is_ok());
    assert_eq!(connection.verify(&saying().signed()), Err(Refused::ResponseUnsigned));
}

#[test]
fn longer_hashes_are_taken() {
    for (method, digest) in [
        (
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
            "http://www.w3.org/2001/04/xmldsig-more#sha384",
        ),
        (
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
            "http://www.w3.org/2001/04/xmlenc#sha512",
        ),
    ] {
        let template = Template { method, digest, ..Template::of("_assertion-1") };
        let xml = saying().response("", &saying().assertion(&template.xml()));
        assert_eq!(accepted(&idp().sign_assertion(&xml)).name_id, ADA);
    }
}

#[test]
fn keys_on_elliptic_curves_are_taken() {
    for (algorithm, method) in [
        (&rcgen::PKCS_ECDSA_P256_SHA256, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"),
        (&rcgen::PKCS_ECDSA_P384_SHA384, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"),
    ] {
        let signer = Signer::elliptic(algorithm);
        let template = Template { method, ..Template::of("_assertion-1") };
        let xml = saying().response("", &saying().assertion(&template.xml()));
        let mut connection = connection();
        connection.identity_provider.certificates = vec![signer.certificate.clone()];
        assert_eq!(connection.verify(&signer.sign_assertion(&xml)).unwrap().name_id, ADA);
    }
}

#[test]
fn inclusive_canonicalization_is_taken() {
    for algorithm in [
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
    ] {
        let template = Template {
            canonicalization: algorithm,
            transforms: format!(
                "{}{}",
                transform("http://www.w3.org/2000/09/xmldsig#enveloped-signature"),
                transform(algorithm)
            ),
            ..Template::of("_assertion-1")
        };
        let xml = saying().response("", &saying().assertion(&template.xml()));
        assert_eq!(accepted(&idp().sign_assertion(&xml)).name_id, ADA, "{algorithm}");
    }
}

#[test]
fn prefixes_may_be_named_for_canonicalization() {
    let exclusive = format!(
        "<ds:Transform Algorithm=\"{EXCLUSIVE}\"><ec:InclusiveNamespaces xmlns:ec=\"{EXCLUSIVE}\" \
         PrefixList=\"xs saml\"/></ds:Transform>"
    );
    let enveloped = transform("http://www.w3.org/2000/09/xmldsig#enveloped-signature");
    for transforms in [format!("{enveloped}{exclusive}"), enveloped.clone()] {
        let template = Template { transforms, ..Template::of("_assertion-1") };
        let xml = saying().response("", &saying().assertion(&template.xml()));
        let xml = xml.replacen(" ID=", " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" ID=", 1);
        assert_eq!(accepted(&idp().sign_assertion(&xml)).name_id, ADA);
    }
}

#[test]
fn prefixes_are_only_names() {
    let mut xml = saying().response("", &saying().to_sign());
    for (from, to) in [("saml:", "a:"), (":saml=", ":a="), ("ds:", "sig:"), (":ds=", ":sig=")] {
        xml = xml.replace(from, to);
    }
    xml = xml.replace("samlp:", "").replace("xmlns:samlp", "xmlns");
    // What was `urn:oasis:names:tc:saml:…` is not touched, for it is in capitals.
    assert_eq!(accepted(&idp().sign_assertion(&xml)).name_id, ADA);
}

#[test]
fn namespaces_may_be_declared_at_the_top() {
    let declaration = " xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"";
    let mut xml = saying().response("", &saying().to_sign()).replace(declaration, "");
    xml = xml.replacen(" ID=", &format!("{declaration} xmlns:xs=\"urn:unused\" ID="), 1);
    assert_eq!(accepted(&idp().sign_assertion(&xml)).name_id, ADA);
}

#[test]
fn a_pretty_document_says_the_same() {
    let xml = saying().response("", &saying().to_sign()).replace("><", ">\n  <");
    let xml =
        xml.replace("<saml:Issuer>", "<saml:Issuer>\n    ").replace(ADA, &format!("\n {ADA}\n"));
    let assertion = accepted(&idp().sign_assertion(&xml));
    assert_eq!(assertion.name_id, ADA);
    assert_eq!(assertion.attributes[0].values, [ADA]);
}

#[test]
fn attributes_come_in_many_forms() {
    let attributes = "<saml:Attribute Name=\"urn:oid:0.9.2342\" FriendlyName=\"mail\" \
        NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:uri\"><saml:AttributeValue \
        xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
        xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" \
        xsi:type=\"xs:string\">a &amp; b &lt;c&gt;</saml:AttributeValue></saml:Attribute>\
        <saml:Attribute Name=\"none\"/>\
        <saml:Attribute Name=\"empty\"><saml:AttributeValue/></saml:Attribute>\
        <saml:Attribute Name=\"nil\"><saml:AttributeValue \
        xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
        xsi:nil=\"true\"/></saml:Attribute>\
        <saml:Attribute Name=\"cdata\"><saml:AttributeValue><![CDATA[x<y]]>\
        </saml:AttributeValue></saml:Attribute>\
        <saml:Attribute Name=\"targeted\"><saml:AttributeValue><saml:NameID>t-1</saml:NameID>\
        </saml:AttributeValue></saml:Attribute>\
        <saml:Attribute Name=\"letters\"><saml:AttributeValue>Zoë 名</saml:AttributeValue>\
        </saml:Attribute>";
    let saying = Saying { attributes: attributes.to_owned(), ..saying() };
    assert_eq!(
        accepted(&saying.signed()).attributes,
        [
            attribute("urn:oid:0.9.2342", Some("mail"), &["a & b <c>"]),
            attribute("none", None, &[]),
            attribute("empty", None, &[""]),
            attribute("nil", None, &[]),
            attribute("cdata", None, &["x<y"]),
            attribute("targeted", None, &["t-1"]),
            attribute("letters", None, &["Zoë 名"]),
        ]
    );
}

#[test]
fn any_certificate_of_the_connection_may_have_signed() {
    let mut connection = connection();
    connection.identity_provider.certificates = vec![
        "not a certificate".to_owned(),
        attacker().certificate.clone(),
        idp().certificate.lines().filter(|it| !it.starts_with('-')).collect(),
    ];
    assert_eq!(connection.verify(&saying().signed()).unwrap().name_id, ADA);
}

#[test]
fn what_key_info_says_decides_nothing() {
    let good = saying().signed();
    let body = |pem: &str| pem.lines().filter(|it| !it.starts_with('-')).collect::<String>();
    let start = good.find("<ds:X509Certificate>").unwrap() + "<ds:X509Certificate>".len();
    let end = good.find("</ds:X509Certificate>").unwrap();
    let other = format!("{}{}{}", &good[..start], body(&attacker().certificate), &good[end..]);
    assert_eq!(accepted(&other).name_id, ADA);
    let template = Template { key_info: "", ..Template::of("_assertion-1") };
    let without = saying().response("", &saying().assertion(&template.xml()));
    assert_eq!(accepted(&idp().sign_assertion(&without)).name_id, ADA);
}

#[test]
fn without_an_entity_id_the_certificates_decide() {
    let mut connection = connection();
    connection.identity_provider.entity_id = None;
    let saying = Saying { issuer: "urn:other", response_issuer: None, ..saying() };
    assert_eq!(connection.verify(&saying.signed()).unwrap().issuer, "urn:other");
}

#[test]
fn an_identity_provider_may_begin_where_that_is_allowed() {
    let begun = Saying { response_answers: None, subject_answers: None, ..saying() };
    let connection = Connection { answers: Answers::Unsolicited, ..connection() };
    let assertion = connection.verify(&begun.signed()).unwrap();
    assert_eq!((assertion.name_id.as_str(), assertion.in_response_to), (ADA, None));
}

#[test]
fn a_signed_response_may_name_the_request_alone() {
    let saying = Saying { subject_answers: None, ..saying() };
    assert_eq!(accepted(&saying.signed_around()).name_id, ADA);
    refused(&saying.signed(), "unsolicited");
}

#[test]
fn base64_comes_as_forms_carry_it() {
    use base64::Engine;
    let encoded = base64::engine::general_purpose::STANDARD.encode(saying().signed());
    let lines: Vec<&str> =
        encoded.as_bytes().chunks(76).map(|it| std::str::from_utf8(it).unwrap()).collect();
    assert!(connection().verify_encoded(&lines.join("\r\n")).is_ok());
    assert!(connection().verify_encoded(encoded.trim_end_matches('=')).is_ok());
}

#[test]
fn a_response_says_what_it_claims_to_answer() {
    use base64::Engine;
    let encode = |xml: &str| base64::engine::general_purpose::STANDARD.encode(xml);
    let claimed = claimed_request_id(&encode(&saying().unsigned()));
    assert_eq!(claimed, Ok(Some(REQUEST.to_owned())));
    let begun = Saying { response_answers: None, ..saying() };
    assert_eq!(claimed_request_id(&encode(&begun.unsigned())), Ok(None));
    for odd in ["", "a b", "&lt;x>", "1"] {
        let odd = saying().unsigned().replacen(REQUEST, odd, 1);
        assert_eq!(claimed_request_id(&encode(&odd)).unwrap_err().code(), "in_response_to");
    }
}
