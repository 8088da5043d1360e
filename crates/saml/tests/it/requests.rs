//! The request that sends somebody to their identity provider.

use std::io::Read;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use vestibule_saml::AuthnRequest;

use crate::identity_provider::*;

fn request() -> AuthnRequest {
    let connection = connection();
    AuthnRequest::new(REQUEST, NOW_MS, &connection.service_provider, &connection.identity_provider)
}

/// The parameters of an address, in their order.
fn parameters(address: &str) -> Vec<(String, String)> {
    let address = url::Url::parse(address).unwrap();
    address.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

fn inflated(parameter: &str) -> String {
    let bytes = STANDARD.decode(parameter).unwrap();
    let mut text = String::new();
    flate2::read::DeflateDecoder::new(&*bytes).read_to_string(&mut text).unwrap();
    text
}

#[test]
fn the_request_says_who_asks_and_where_the_answer_goes() {
    assert_eq!(
        request().to_xml(),
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
         xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_request-1\" Version=\"2.0\" \
         IssueInstant=\"2026-11-28T14:00:00.000Z\" Destination=\"https://idp.test/sso\" \
         AssertionConsumerServiceURL=\"https://auth.test/sso/saml/acs/conn_1\" \
         ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\">\
         <saml:Issuer>https://auth.test/conn_1</saml:Issuer>\
         <samlp:NameIDPolicy AllowCreate=\"true\"/></samlp:AuthnRequest>"
    );
}

#[test]
fn choices_are_written_and_escaped() {
    let request = AuthnRequest {
        name_id_format: Some("urn:f".to_owned()),
        force_authn: true,
        login_hint: Some("a<b>&\"@acme.test".to_owned()),
        ..request()
    };
    let xml = request.to_xml();
    assert!(xml.contains(" ForceAuthn=\"true\""));
    assert!(xml.contains("<samlp:NameIDPolicy AllowCreate=\"true\" Format=\"urn:f\"/>"));
    assert!(xml.contains(">a&lt;b>&amp;") || xml.contains(">a&lt;b&gt;&amp;"), "{xml}");
}

#[test]
fn it_travels_in_the_query() {
    let address = request().redirect_url(Some("state & more"), None).unwrap();
    assert!(address.starts_with("https://idp.test/sso?SAMLRequest="));
    let found = parameters(&address);
    assert_eq!(inflated(&found[0].1), request().to_xml());
    assert_eq!(found[1], ("RelayState".to_owned(), "state & more".to_owned()));
    assert_eq!(found.len(), 2);
}

#[test]
fn addresses_with_a_query_keep_it() {
    for (destination, before) in [
        ("https://idp.test/sso?tenant=1", "https://idp.test/sso?tenant=1&SAMLRequest="),
        ("https://idp.test/sso?", "https://idp.test/sso?SAMLRequest="),
        ("https://idp.test/sso#part", "https://idp.test/sso?SAMLRequest="),
    ] {
        let request = AuthnRequest { destination: destination.to_owned(), ..request() };
        assert!(request.redirect_url(None, None).unwrap().starts_with(before), "{destination}");
    }
}

#[test]
fn the_signature_is_over_the_query_as_it_is_sent() {
    let key = recipient().pair.clone().unwrap();
    for relay_state in [Some("a b+c/d"), None] {
        let address = request().redirect_url(relay_state, Some(&key)).unwrap();
        let query = address.split_once('?').unwrap().1;
        let (signed, signature) = query.split_once("&Signature=").unwrap();
        assert!(
            signed.ends_with(
                "&SigAlg=http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256"
            )
        );
        assert!(!signature.contains('&'));
        let signature = STANDARD.decode(&parameters(&address).last().unwrap().1).unwrap();
        let public = public_key();
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public);
        assert!(public.verify(signed.as_bytes(), &signature).is_ok());
        assert!(public.verify(format!("{signed}x").as_bytes(), &signature).is_err());
    }
}

/// Our public key, by openssl's way and not by ours.
fn public_key() -> Vec<u8> {
    use aws_lc_rs::signature::KeyPair as _;
    let pem = recipient().pair.clone().unwrap().private_key_pem();
    let body: String = pem.lines().filter(|it| !it.starts_with('-')).collect();
    let der = STANDARD.decode(body).unwrap();
    aws_lc_rs::rsa::KeyPair::from_pkcs8(&der).unwrap().public_key().as_ref().to_vec()
}
