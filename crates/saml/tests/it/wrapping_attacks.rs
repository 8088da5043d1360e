//! Attacks by moving what is signed and putting something else in its place: the eight kinds of
//! “On Breaking SAML” (Somorovsky and others, 2012) and what was found since.

use crate::identity_provider::*;

/// An assertion that Mallory wrote.
fn evil() -> Saying {
    Saying { assertion_id: "_evil", ..Saying::of(MALLORY) }
}

/// The text between two texts, with both.
fn between<'a>(xml: &'a str, start: &str, end: &str) -> &'a str {
    let from = xml.find(start).unwrap();
    let to = xml.rfind(end).unwrap() + end.len();
    &xml[from..to]
}

fn assertion_of(xml: &str) -> &str {
    between(xml, "<saml:Assertion", "</saml:Assertion>")
}

fn signature_of(xml: &str) -> &str {
    between(xml, "<ds:Signature ", "</ds:Signature>")
}

/// A signed assertion, without its signature, and the signature.
fn torn() -> (String, String) {
    let xml = saying().signed();
    let signature = signature_of(&xml).to_owned();
    (assertion_of(&xml).replace(&signature, ""), signature)
}

/// A signature with something more in it.
fn with_object(signature: &str, content: &str) -> String {
    signature
        .replace("</ds:Signature>", &format!("<ds:Object>{content}</ds:Object></ds:Signature>"))
}

fn never_mallory(xml: &str) {
    refused(xml, "malformed");
}

#[test]
fn xsw1() {
    let signed = saying().signed_around();
    let signature = signature_of(&signed).to_owned();
    let original = without_declaration(&signed.replace(&signature, ""));
    let evil = Saying { response_id: "_evil-response", ..evil() };
    let wrapping = signature.replace("</ds:Signature>", &format!("{original}</ds:Signature>"));
    never_mallory(&evil.response(&wrapping, &evil.assertion("")));
}

#[test]
fn xsw2() {
    let signed = saying().signed_around();
    let signature = signature_of(&signed).to_owned();
    let original = without_declaration(&signed.replace(&signature, ""));
    let evil = Saying { response_id: "_evil-response", ..evil() };
    never_mallory(&evil.response(&format!("{original}{signature}"), &evil.assertion("")));
}

#[test]
fn xsw3() {
    let signed = saying().signed();
    let original = assertion_of(&signed);
    let both = format!("{}{original}", evil().assertion(""));
    never_mallory(&saying().response("", &both));
}

#[test]
fn xsw4() {
    let signed = saying().signed();
    let inside = evil()
        .assertion("")
        .replace("</saml:Assertion>", &format!("{}</saml:Assertion>", assertion_of(&signed)));
    never_mallory(&saying().response("", &inside));
}

#[test]
fn xsw5() {
    let (original, signature) = torn();
    let both = format!("{}{original}", evil().assertion(&signature));
    never_mallory(&saying().response("", &both));
}

#[test]
fn xsw6() {
    let (original, signature) = torn();
    let wrapping = signature.replace("</ds:Signature>", &format!("{original}</ds:Signature>"));
    never_mallory(&saying().response("", &evil().assertion(&wrapping)));
}

#[test]
fn xsw7() {
    let signed = saying().signed();
    let extensions = format!("<samlp:Extensions>{}</samlp:Extensions>", evil().assertion(""));
    let xml = saying().response(&extensions, assertion_of(&signed));
    never_mallory(&xml);
}

#[test]
fn xsw8() {
    let (original, signature) = torn();
    let wrapping = with_object(&signature, &original);
    never_mallory(&saying().response("", &evil().assertion(&wrapping)));
}

#[test]
fn duplicate_ids() {
    let evil = Saying { assertion_id: "_assertion-1", ..evil() };
    let signed = saying().signed();
    let original = assertion_of(&signed);
    for both in
        [format!("{}{original}", evil.assertion("")), format!("{original}{}", evil.assertion(""))]
    {
        refused(&saying().response("", &both), "duplicate_id");
    }
    let id = "<samlp:Extensions><x:x xmlns:x=\"urn:x\" Id=\"_assertion-1\"/></samlp:Extensions>";
    refused(&saying().response(id, original), "duplicate_id");
    refused(&signed.replace(" ID=\"_response-1\"", " ID=\"_assertion-1\""), "duplicate_id");
}

#[test]
fn identifiers_in_other_namespaces() {
    let xml = saying().signed();
    let other = "<saml:Subject xmlns:x=\"urn:x\" x:ID=\"_assertion-1\">";
    refused(&xml.replace("<saml:Subject>", other), "duplicate_id");
    let xml_id = "<saml:Subject xml:id=\"_assertion-1\">";
    refused(&xml.replace("<saml:Subject>", xml_id), "duplicate_id");
}

#[test]
fn appended_assertion() {
    let signed = saying().signed();
    let both = format!("{}{}", assertion_of(&signed), evil().assertion(""));
    never_mallory(&saying().response("", &both));
}

#[test]
fn two_signed_assertions() {
    let (first, second) = (saying(), Saying { assertion_id: "_assertion-2", ..saying() });
    let (first, second) = (first.signed(), second.signed());
    let both = format!("{}{}", assertion_of(&first), assertion_of(&second));
    never_mallory(&saying().response("", &both));
}

#[test]
fn evil_assertion_in_extensions() {
    // With all namespaces that could be meant, and in what surrounds it.
    for namespace in ["urn:oasis:names:tc:SAML:2.0:assertion", "urn:other", ""] {
        let assertion = evil().assertion("").replace("saml:", "").replacen(
            "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"",
            &format!("xmlns=\"{namespace}\""),
            1,
        );
        let extensions = format!("<samlp:Extensions>{assertion}</samlp:Extensions>");
        let signed = saying().signed();
        never_mallory(&saying().response(&extensions, assertion_of(&signed)));
    }
}

#[test]
fn evil_assertion_in_advice_and_in_an_attribute() {
    let signed = saying().signed();
    let advice = format!("<saml:Advice>{}</saml:Advice>", evil().assertion(""));
    let advised = saying()
        .assertion("")
        .replace("</saml:Conditions>", &format!("</saml:Conditions>{advice}"));
    never_mallory(&saying().response("", &advised));
    let attributes = format!(
        "<saml:Attribute Name=\"a\"><saml:AttributeValue>{}</saml:AttributeValue></saml:Attribute>",
        assertion_of(&signed)
    );
    let evil = Saying { attributes, ..evil() };
    never_mallory(&evil.response("", &evil.assertion("")));
}

#[test]
fn evil_assertion_in_the_confirmation() {
    let signed = saying().signed();
    let xml = evil().assertion("").replace(
        "/></saml:SubjectConfirmation>",
        &format!(
            ">{}</saml:SubjectConfirmationData></saml:SubjectConfirmation>",
            assertion_of(&signed)
        ),
    );
    never_mallory(&saying().response("", &xml));
}

#[test]
fn assertion_in_place_of_the_response() {
    let signed = saying().signed();
    never_mallory(assertion_of(&signed));
}

#[test]
fn response_in_a_wrapper() {
    let signed = without_declaration(&saying().signed());
    never_mallory(&format!("<x>{signed}</x>"));
    never_mallory(&Saying { response_id: "_evil-response", ..evil() }.response("", &signed));
}

#[test]
fn signed_assertion_in_an_encrypted_one() {
    let signed = saying().signed();
    let inside = format!(
        "<saml:EncryptedAssertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{}\
         </saml:EncryptedAssertion>",
        assertion_of(&signed)
    );
    never_mallory(&saying().response("", &inside));
}

#[test]
fn subject_twice() {
    let twice = saying().assertion("").replace(
        "<saml:Subject>",
        &format!("<saml:Subject>{}</saml:Subject><saml:Subject>", name(MALLORY)),
    );
    let template = Template::of("_response-1").xml();
    let xml = idp().sign_response(&saying().response(&template, &twice));
    refused(&xml, "malformed");
}
