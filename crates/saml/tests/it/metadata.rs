//! Metadata of identity providers, read; and ours, written.

use vestibule_saml::{MetadataError, ServiceProvider, read_metadata, sp_metadata};

use crate::identity_provider::*;

fn key(usage: &str, certificate: &str) -> String {
    format!(
        "<md:KeyDescriptor{usage}><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\
         <ds:X509Data><ds:X509Certificate>\n{}\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo>\
         </md:KeyDescriptor>",
        certificate.lines().filter(|it| !it.starts_with('-')).collect::<Vec<_>>().join("\n")
    )
}

fn service(binding: &str, location: &str) -> String {
    format!(
        "<md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:{binding}\" \
         Location=\"{location}\"/>"
    )
}

fn entity(id: &str, inside: &str) -> String {
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{id}\">\
         <md:IDPSSODescriptor \
         protocolSupportEnumeration=\"urn:x urn:oasis:names:tc:SAML:2.0:protocol\">\
         {inside}</md:IDPSSODescriptor></md:EntityDescriptor>"
    )
}

fn both() -> String {
    let (post, redirect) = (
        service("HTTP-POST", "https://idp.test/post"),
        service("HTTP-Redirect", "https://idp.test/sso?a=1&amp;b=2"),
    );
    entity(IDP, &format!("{}{post}{redirect}", key(" use=\"signing\"", &idp().certificate)))
}

#[test]
fn an_identity_provider_is_read() {
    let found = read_metadata(&both()).unwrap();
    assert_eq!(found.entity_id.as_deref(), Some(IDP));
    assert_eq!(found.sso_url, "https://idp.test/sso?a=1&b=2");
    assert_eq!(found.certificates, std::slice::from_ref(&idp().certificate));
    let with_mark = format!("\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n{}", both());
    assert_eq!(read_metadata(&with_mark).unwrap(), found);
}

#[test]
fn keys_without_a_use_sign_too_and_keys_for_encryption_do_not() {
    let keys = format!(
        "{}{}{}",
        key("", &idp().certificate),
        key(" use=\"encryption\"", &attacker().certificate),
        key(" use=\"signing\"", &recipient().certificate)
    );
    let xml = entity(IDP, &format!("{keys}{}", service("HTTP-Redirect", "https://idp.test/")));
    let wanted = [idp().certificate.clone(), recipient().certificate.clone()];
    assert_eq!(read_metadata(&xml).unwrap().certificates, wanted);
}

#[test]
fn post_is_taken_where_there_is_no_redirect() {
    let inside =
        format!("{}{}", key("", &idp().certificate), service("HTTP-POST", "https://idp.test/post"));
    assert_eq!(read_metadata(&entity(IDP, &inside)).unwrap().sso_url, "https://idp.test/post");
}

#[test]
fn a_list_may_hold_one_identity_provider() {
    let sp = ServiceProvider { entity_id: SP.to_owned(), acs_url: ACS.to_owned() };
    let ours = sp_metadata(&sp, None, &[], None);
    let ours = without_declaration(&ours);
    let list = |inside: &str| {
        format!(
            "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\">{inside}\
             </md:EntitiesDescriptor>"
        )
    };
    let found = read_metadata(&list(&format!("{ours}{}", both()))).unwrap();
    assert_eq!(found.entity_id.as_deref(), Some(IDP));
    let two = list(&format!("{}{}", both(), both().replace(IDP, "urn:other")));
    assert_eq!(read_metadata(&two), Err(MetadataError::SeveralIdentityProviders));
    assert_eq!(read_metadata(&ours), Err(MetadataError::NoIdentityProvider));
}

#[test]
fn what_is_missing_is_named() {
    let redirect = service("HTTP-Redirect", "https://idp.test/sso");
    let key = key("", &idp().certificate);
    assert_eq!(read_metadata(&entity(IDP, &redirect)), Err(MetadataError::NoCertificate));
    assert_eq!(read_metadata(&entity(IDP, &key)), Err(MetadataError::NoAddress));
    assert_eq!(
        read_metadata(&entity(" ", &format!("{key}{redirect}"))),
        Err(MetadataError::NotMetadata)
    );
    assert_eq!(read_metadata("<html/>"), Err(MetadataError::NotMetadata));
    assert_eq!(read_metadata("<html>"), Err(MetadataError::NotXml));
    let bad = key.replace("MII", "MIJ");
    assert!(matches!(
        read_metadata(&entity(IDP, &format!("{bad}{redirect}"))),
        Err(MetadataError::Certificate(_))
    ));
}

#[test]
fn addresses_are_of_the_web() {
    for address in ["javascript:alert(1)", "file:///etc/passwd", "/sso", "data:text/html,x", ""] {
        let inside =
            format!("{}{}", key("", &idp().certificate), service("HTTP-Redirect", address));
        let refused = read_metadata(&entity(IDP, &inside)).unwrap_err();
        assert!(matches!(refused, MetadataError::Address(_)), "{address} {refused:?}");
    }
}

#[test]
fn hostile_metadata_is_refused() {
    let doctype = "<!DOCTYPE r [<!ENTITY file SYSTEM \"file:///etc/passwd\">]>";
    assert_eq!(read_metadata(&format!("{doctype}{}", both())), Err(MetadataError::Doctype));
    let large = format!("{}<!--{}-->", both(), "x".repeat(1024 * 1024));
    assert_eq!(read_metadata(&large), Err(MetadataError::TooLarge));
    let deep = entity(IDP, &format!("{}{}", "<x>".repeat(50_000), "</x>".repeat(50_000)));
    assert_eq!(read_metadata(&deep), Err(MetadataError::NotXml));
}

#[test]
fn ours_names_our_address_and_keys() {
    let sp = ServiceProvider { entity_id: "urn:a&b".to_owned(), acs_url: format!("{ACS}?a=1&b=2") };
    let (signing, encryption) =
        (recipient().pair.clone().unwrap(), attacker().pair.clone().unwrap());
    let format = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
    let xml =
        sp_metadata(&sp, Some(signing.certificate()), &[encryption.certificate()], Some(format));
    for expected in [
        "entityID=\"urn:a&amp;b\"",
        "AuthnRequestsSigned=\"true\"",
        "WantAssertionsSigned=\"true\"",
        "use=\"signing\"",
        "use=\"encryption\"",
        "Location=\"https://auth.test/sso/saml/acs/conn_1?a=1&amp;b=2\"",
        "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
        &format!("<md:NameIDFormat>{format}</md:NameIDFormat>"),
    ] {
        assert!(xml.contains(expected), "{expected}\n{xml}");
    }
    let bare: String = recipient().certificate.lines().filter(|it| !it.starts_with('-')).collect();
    assert!(xml.contains(&bare));
    assert!(sp_metadata(&sp, None, &[], None).contains("AuthnRequestsSigned=\"false\""));
}
