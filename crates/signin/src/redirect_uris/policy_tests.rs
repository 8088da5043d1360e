use proptest::prelude::*;

use super::{Http, check, matches};

#[test]
fn addresses_of_applications_may_be_registered() {
    for uri in [
        "https://app.example.com/callback",
        "https://app.example.com",
        "https://app.example.com/",
        "https://app.example.com:8443/callback?tenant=1&x=%20",
        "https://app.example.com/a%2Fb",
        "https://xn--mnchen-3ya.example/callback",
        "https://192.0.2.10/callback",
        "https://[2001:db8::1]/callback",
        "http://localhost:3000/callback",
        "http://app.localhost:3000/callback",
        "http://127.0.0.1/callback",
        "http://127.0.0.1:49152/callback",
        "http://[::1]:3000/callback",
        "myapp://callback",
        "com.example.app://oauth/callback",
    ] {
        assert_eq!(check(uri, Http::Loopback).map(|it| it.wildcard), Ok(false), "{uri}");
    }
}

#[test]
fn a_wildcard_may_stand_in_the_left_most_label_or_for_the_port_of_a_loopback_address() {
    for uri in [
        "https://*.example.com/callback",
        "https://app-*.example.com/callback",
        "https://*-preview.example.co.uk/callback",
        "https://a*b.team.example.com:8443/callback",
        "http://*.localhost:3000/callback",
        "http://localhost:*/callback",
        "http://127.0.0.1:*/callback",
        "http://[::1]:*/callback",
    ] {
        assert_eq!(check(uri, Http::Loopback).map(|it| it.wildcard), Ok(true), "{uri}");
    }
}

#[test]
fn hostile_addresses_are_not_registered() {
    for uri in [
        // What a browser would run or open.
        "javascript:alert(1)",
        "javascript://example.com/%0aalert(1)",
        "JavaScript://example.com/%0aalert(1)",
        "data:text/html,x",
        "data://text/html,x",
        "vbscript:x",
        "vbscript://example.com",
        "blob:https://example.com/1",
        "file:///etc/passwd",
        "file://host/share",
        "about:blank",
        "view-source://example.com",
        // What is no address.
        "",
        "not a uri",
        "/callback",
        "//evil.example",
        "///evil.example",
        "https:evil.example",
        "https:/evil.example",
        "https://",
        "https:///callback",
        "https://?x",
        "http://:3000/callback",
        "myapp:callback",
        "myapp:/callback",
        "myapp://",
        // What programs read differently.
        "https://app.example.com@evil.example/callback",
        "https://user:password@app.example.com/callback",
        "https://app.example.com\\@evil.example/callback",
        "https://app.example.com\\.evil.example/",
        "https:\\\\evil.example",
        "https://evil.example%2F.example.com/callback",
        "https://APP.example.com/callback",
        "https://app.example.com./callback\t",
        "https://app.example.com/\r\nSet-Cookie:x",
        "https://app.example.com/\0",
        "https://app.example.com/call back",
        " https://app.example.com/callback",
        "https://app.example.com/callback ",
        "https://münchen.example/callback",
        "https://app.example.com/\u{202e}",
        "https://app.example.com:port/callback",
        "https://app.example.com:99999/callback",
        "https://app.example.com:80:80/callback",
        "https://127.1/callback",
        "https://0x7f000001/callback",
        "https://2130706433/callback",
        "https://0177.0.0.1/callback",
        "https://[::1/callback",
        // What a sign-in must not come back to.
        "https://app.example.com/callback#fragment",
        "https://app.example.com/callback#",
        "http://app.example.com/callback",
        "http://localhost.evil.example/callback",
        "http://127.0.0.1.evil.example/callback",
        // Wildcards that reach too far.
        "*",
        "*://app.example.com/callback",
        "https://*",
        "https://*/callback",
        "https://*.com/callback",
        "https://*.co.uk/callback",
        "https://app-*.com/callback",
        "https://*.github.io/callback",
        "https://a.*.example/callback",
        "https://app.*.example.com/callback",
        "https://app.example.*/callback",
        "https://*.*.example.com/callback",
        "https://**.example.com/callback",
        "https://app.example.com/*",
        "https://app.example.com/callback?next=*",
        "https://app.example.com:*/callback",
        "https://*.example.com:*/callback",
        "https://*.0.0.1/callback",
        "https://*@example.com/callback",
        "https://user*@example.com/callback",
        "http://localhost:3*/callback",
        "http://*.example.com/callback",
        "myapp://*/callback",
        "myapp://callback/*",
    ] {
        assert!(check(uri, Http::Loopback).is_err(), "{uri:?} was taken");
    }
    let long = format!("https://app.example.com/{}", "x".repeat(2048));
    assert!(check(&long, Http::Loopback).is_err());
}

#[test]
fn plain_http_goes_anywhere_where_the_installation_itself_has_no_https() {
    assert!(check("http://app.internal:8080/callback", Http::Anywhere).is_ok());
    assert!(check("http://app.internal:8080/callback", Http::Loopback).is_err());
    assert!(check("javascript://app.internal/x", Http::Anywhere).is_err());
}

#[test]
fn a_registered_address_matches_letter_by_letter() {
    let registered = "https://app.example.com/callback";
    assert!(matches(registered, registered));
    for uri in [
        "https://app.example.com/callback/",
        "https://app.example.com/callback?x=1",
        "https://app.example.com/callback#x",
        "https://app.example.com/Callback",
        "https://app.example.com//callback",
        "https://app.example.com/./callback",
        "https://app.example.com/%63allback",
        "https://APP.example.com/callback",
        "https://app.example.com:443/callback",
        "https://app.example.com./callback",
        "https://app.example.com@evil.example/callback",
        "http://app.example.com/callback",
        " https://app.example.com/callback",
        "https://app.example.com/callback\n",
        "https://app.example.com/callbac",
        "",
    ] {
        assert!(!matches(registered, uri), "{uri:?} was taken");
    }
}

#[test]
fn a_wildcard_stands_for_part_of_one_label() {
    let registered = "https://app-*.example.com/callback";
    for uri in [
        "https://app-1.example.com/callback",
        "https://app-preview_2-x.example.com/callback",
        "https://app-X.example.com/callback",
    ] {
        assert!(matches(registered, uri), "{uri}");
    }
    for uri in [
        "https://app-.example.com/callback",
        "https://app-a.b.example.com/callback",
        "https://app-evil.test/x.example.com/callback",
        "https://app-evil.test?.example.com/callback",
        "https://app-evil.test#.example.com/callback",
        "https://app-evil.test\\.example.com/callback",
        "https://app-u:p@x.example.com/callback",
        "https://app-%2e.example.com/callback",
        "https://app-ü.example.com/callback",
        "https://app-*.example.com/callback",
        "https://other.example.com/callback",
        "https://app-x.example.com/other",
        "https://app-x.example.com.evil.test/callback",
        "http://app-x.example.com/callback",
    ] {
        assert!(!matches(registered, uri), "{uri:?} was taken");
    }
    let long = format!("https://app-{}.example.com/callback", "x".repeat(64));
    assert!(!matches(registered, &long));
}

#[test]
fn a_wildcard_port_stands_for_digits() {
    for registered in ["http://localhost:*/cb", "http://127.0.0.1:*/cb", "http://[::1]:*/cb"] {
        let with = |port: &str| matches(registered, &registered.replace('*', port));
        assert!(with("3000"));
        assert!(!with(""));
        assert!(!with("80@evil.example"));
        assert!(!with("x"));
        assert!(!matches(registered, &registered.replace(":*", "")));
    }
}

proptest! {
    #[test]
    fn no_address_panics(uri in "\\PC{0,60}") {
        drop(check(&uri, Http::Loopback));
        drop(check(&format!("https://{uri}"), Http::Loopback));
    }

    #[test]
    fn whatever_a_wildcard_matches_is_on_the_same_domain(middle in "[!-~]{0,30}") {
        let uri = format!("https://app-{middle}.example.com/callback");
        if matches("https://app-*.example.com/callback", &uri) {
            let url = url::Url::parse(&uri).unwrap();
            let host = url.host_str().unwrap();
            prop_assert!(host.ends_with(".example.com"), "{}", host);
            prop_assert_eq!(url.path(), "/callback");
            prop_assert_eq!(url.username(), "");
        }
    }
}
