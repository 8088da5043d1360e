//! The connections of a seed: the emulator's, which a test identity provider answers for, and real
//! ones.
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use vestibule_kernel::testing::{World, each_engine};
use vestibule_kernel::{Request, Result};

use crate::support::{CALLBACK, domains, enable, refusal};

/// As the emulator has it.
const SEED: &str = "
organizations:
  - { id: org_acme, name: Acme, domains: [{ domain: other.test }] }
connections:
  - name: Acme Okta
    connection_type: OktaSAML
    organization: Acme
    state: active
    domains: [acme.test]
    profiles:
      - { email: ada@acme.test, first_name: Ada, last_name: Lovelace, idp_id: a-1, groups: [Engineering] }
      - { email: grace@acme.test }
";

/// The certificate of an identity provider whose key nobody has.
const CERTIFICATE: &str = "\
    MIIDEzCCAfugAwIBAgIUBzd3UxzWx6o3dS44nr56bgTtN30wDQYJKoZIhvcNAQELBQAwGDEWMBQG\
    A1UEAwwNaWRwLmFjbWUudGVzdDAgFw0yNjExMjgxOTQ2MTFaGA8yMTI2MTEwNDE5NDYxMVowGDEW\
    MBQGA1UEAwwNaWRwLmFjbWUudGVzdDCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAKhh\
    eHK1jRIdR/4syjabBQRbOOVkK0xWoyk4UA6mIq6cV/aeK4nya3ocgBTSiY2o+6SAZbAsMfmGeayU\
    +6TTTwXKbzQM9iA+M8ZnIxcYoFAP4+Jevs6Y5ho8o9VMCu25pqUTzK065+bSrHRQKYoQmlRskFpx\
    GRq+KGNQK218QdVsyoaI7NO3dekJ4fLttSWdDxpv09Jo+gUEbwTJIa8/F2oKwBb+Px7O6AdBxjoH\
    4a2a9vXG3WnhFWc0bn/JOjAZ8JHODTVEkHTAUORj0Wg7IVZ3qXa4Wkj+CzU/XjW5bE/u/1Ey+Gpu\
    w0lrsjdBwwHtuX5VdJH/uJiCQzQ9rPwDgP0CAwEAAaNTMFEwHQYDVR0OBBYEFOzwaMc8Nhw5jcAs\
    0Qd1yvxnA/XAMB8GA1UdIwQYMBaAFOzwaMc8Nhw5jcAs0Qd1yvxnA/XAMA8GA1UdEwEB/wQFMAMB\
    Af8wDQYJKoZIhvcNAQELBQADggEBAEZSo/XR0+plTwdFSsrONRWjNpfgKPkDQolJ7mcF/iRVWE8e\
    jbehAhOLV+EfemTcCzNaRzD6IfYm7fj8MDl7NJLX4anzoUcvjQ0Dncx+Mc+jqqX3lOqag2//GvS7\
    1eaGs5MLXWyhZs7XRoXKy6RIc2RFPNp2+nnunwpyoY6UFoOuDe+yG+pVC8vYkMDJ/PbOI1CqA1fG\
    5F45fgITN4d+mDwKwsWcJ1yIt3vakTHhsJSnSG7spNWLkSgyIY+IinkO6hrH6xwGbyOX/F55HOkt\
    SnxbFSjVrE+8YPWeV1eQbpk1YIMl2n8S+Pg58Dbdnhzog2Lwtk5Ie7Llmdim4WWoSW0=";

/// As a start of the server does it.
fn apply(world: &World, seed: &str) -> Result<()> {
    let (app, environment) = (world.app.clone(), world.flow().environment().clone());
    let seed = seed.to_owned();
    let start = move || vestibule_sandbox::seed::apply_text(&app, &environment, &seed, "a test");
    world.block_on(async { tokio::task::spawn_blocking(start).await.unwrap() })
}

/// By their names.
fn connections(world: &World) -> Vec<Value> {
    let all = world.call("connections.list", json!({})).unwrap();
    let mut all = all["data"].as_array().unwrap().clone();
    all.sort_by_key(|it| it["name"].to_string());
    all
}

/// Everything but what a start does anyway.
fn everything(world: &World) -> BTreeMap<String, Vec<String>> {
    world.drain();
    let mut all = world.everything();
    for table in ["jobs", "counters"] {
        all.remove(table);
    }
    all
}

/// The profile of whoever comes from `/sso/authorize`, or the error.
fn who(world: &World, more: Value) -> std::result::Result<Value, String> {
    let mut input = json!({
        "client_id": "client_01", "redirect_uri": CALLBACK, "response_type": "code",
    });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let reply = world.call_as(Request::default(), "sso.authorize", input).unwrap();
    let location = reply.location.unwrap();
    let Some(code) = location.strip_prefix(&format!("{CALLBACK}?code=")) else {
        return Err(location);
    };
    let input = json!({
        "client_id": "client_01", "client_secret": world.key.reveal(),
        "grant_type": "authorization_code", "code": code,
    });
    let reply = world.call_as(Request::default(), "sso.token", input).unwrap();
    Ok(reply.json().unwrap()["profile"].clone())
}

#[test]
fn the_connections_of_the_emulators_seed_sign_in_whom_login_hint_names() {
    each_engine(domains(), |world| {
        enable(world);
        world.call("sandbox.update", json!({ "auto_sign_in": true })).unwrap();
        for _ in 0..2 {
            world.call("sandbox.reset", json!({ "seed": SEED })).unwrap();
            let all = connections(world);
            assert_eq!(all.len(), 1);
            let it = &all[0];
            assert_eq!((&it["name"], &it["state"]), (&json!("Acme Okta"), &json!("active")));
            assert_eq!(it["connection_type"], "OktaSAML");
            assert_eq!(it["domains"].as_array().unwrap().len(), 1, "other.test is not proved");
            assert_eq!(it["domains"][0]["domain"], "acme.test");
            let by = json!({ "connection": it["id"], "login_hint": "ada@acme.test" });
            let ada = who(world, by).unwrap();
            assert_eq!((&ada["idp_id"], &ada["name"]), (&json!("a-1"), &json!("Ada Lovelace")));
            assert_eq!(ada["groups"], json!(["Engineering"]));
            let first = who(world, json!({ "organization": "org_acme" })).unwrap();
            assert_eq!(first["email"], "ada@acme.test");
            let by = json!({ "domain_hint": "acme.test", "login_hint": "grace@acme.test" });
            assert_eq!(who(world, by).unwrap()["groups"], json!([]));
        }
        let members = world.call("organizations.get", json!({ "id": "org_acme" })).unwrap();
        assert_eq!(members["domains"].as_array().unwrap().len(), 2, "none is lost");
        world.drain();
    });
}

#[test]
fn a_seed_without_a_type_or_profiles_is_answered_for_as_by_the_emulator() {
    each_engine(domains(), |world| {
        enable(world);
        world.call("sandbox.update", json!({ "auto_sign_in": true })).unwrap();
        let seed = "
organizations:
  - { name: Acme, allow_profiles_outside_organization: true }
connections:
  - { name: Plain, organization: Acme }
";
        world.call("sandbox.reset", json!({ "seed": seed })).unwrap();
        let it = connections(world).remove(0);
        assert_eq!(
            (&it["connection_type"], &it["state"]),
            (&json!("GenericSAML"), &json!("active"))
        );
        let profile = who(world, json!({ "connection": it["id"] })).unwrap();
        assert_eq!(profile["email"], "user@example.com");
        world.drain();
    });
}

#[test]
fn the_same_file_changes_nothing_and_another_one_what_it_says() {
    const FIRST: &str = "
roles: [{ slug: engineer, name: Engineer }]
organizations:
  - { id: org_acme, name: Acme, domains: [{ domain: acme.test, state: verified }] }
connections:
  - id: conn_acme
    name: Acme
    organization: org_acme
    connection_type: TestIdp
    group_roles: [{ group: Engineering, role_slug: engineer }]
    attribute_maps: { custom_attributes: { cost_center: cost } }
    profiles:
      - { id: prof_ada, email: ada@acme.test, groups: [Engineering], attributes: { cost: '42' } }
  - { name: By name, organization: Acme, external_id: ext, state: inactive }
";
    each_engine(domains(), |world| {
        enable(world);
        world.call("sandbox.update", json!({ "auto_sign_in": true })).unwrap();
        apply(world, FIRST).unwrap();
        let ada = who(world, json!({ "connection": "conn_acme" })).unwrap();
        assert_eq!((&ada["id"], &ada["role"]["slug"]), (&json!("prof_ada"), &json!("engineer")));
        assert_eq!(ada["custom_attributes"], json!({ "cost_center": "42" }));
        let before = everything(world);
        apply(world, FIRST).unwrap();
        assert_eq!(everything(world), before);

        let second = FIRST
            .replace("name: Acme\n    organization: org_acme", "name: New\n    organization: Acme")
            .replace("email: ada@acme.test,", "email: ada@acme.test, idp_id: a-2, first_name: Ada,")
            .replace("name: By name", "name: Otherwise");
        apply(world, &second).unwrap();
        let all = connections(world);
        let names: Vec<&str> = all.iter().map(|it| it["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["New", "Otherwise"]);
        assert_eq!(all[1]["state"], "inactive");
        let again = who(world, json!({ "connection": "conn_acme" })).unwrap();
        assert_eq!((&again["id"], &again["idp_id"]), (&json!("prof_ada"), &json!("a-2")));
        assert_eq!(again["first_name"], "Ada");
        // What the file does not speak of stays; what it says holds.
        world.call("connections.deactivate", json!({ "id": "conn_acme" })).unwrap();
        apply(world, &second).unwrap();
        assert_eq!(connections(world)[0]["state"], "inactive");
        apply(world, &second.replace("name: New\n", "name: New\n    state: active\n")).unwrap();
        assert_eq!(connections(world)[0]["state"], "active");
        world.drain();
    });
}

#[test]
fn outside_of_a_sandbox_connections_for_tests_are_left_out_and_others_made() {
    each_engine(domains(), |world| {
        let provider = Described::start();
        let seed = format!(
            "{SEED}
  - {{ name: Typed, organization: Acme, connection_type: TestIdp }}
  - {{ name: Draft, organization: Acme, connection_type: OktaSAML }}
  - name: Real
    organization: Acme
    external_id: real
    state: active
    oidc_options: {{ discovery_endpoint: '{}', client_id: us, client_secret: s3 }}
",
            provider.url
        );
        apply(world, &seed).unwrap();
        let all = connections(world);
        let states = all.iter().map(|it| format!("{} {}", it["name"], it["state"]));
        let states: Vec<String> = states.map(|it| it.replace('"', "")).collect();
        assert_eq!(states, ["Draft draft", "Real active"]);
        assert_eq!(all[1]["connection_type"], "GenericOIDC");
        assert_eq!(provider.asked(), 1);
        let before = everything(world);
        apply(world, &seed).unwrap();
        assert_eq!(everything(world), before);
        assert_eq!(provider.asked(), 1, "it is not asked again");
        apply(world, &seed.replace("client_id: us", "client_id: others")).unwrap();
        let it = json!({ "id": all[1]["id"] });
        let configured = world.call("connection_configuration.get", it).unwrap();
        assert_eq!(configured["oidc"]["client_id"], "others");
        assert_eq!(provider.asked(), 1);
        world.drain();
    });
}

#[test]
fn a_seed_makes_saml_connections_by_metadata_or_by_what_is_in_it() {
    each_engine(domains(), |world| {
        let provider = Described::saying(|url| {
            format!(
                "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{url}\">\
                 <IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
                 <KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\">\
                 <X509Data><X509Certificate>{CERTIFICATE}</X509Certificate></X509Data></KeyInfo>\
                 </KeyDescriptor><SingleSignOnService \
                 Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{url}/sso\"/>\
                 </IDPSSODescriptor></EntityDescriptor>"
            )
        });
        let pem =
            format!("-----BEGIN CERTIFICATE-----\n{CERTIFICATE}\n-----END CERTIFICATE-----\n");
        let seed = json!({
            "organizations": [{ "name": "Acme" }],
            "connections": [
                {
                    "id": "conn_metadata", "name": "A", "organization": "Acme",
                    "saml_options": { "idp_metadata_url": format!("{}/metadata", provider.url) },
                },
                {
                    "id": "conn_typed", "name": "B", "organization": "Acme",
                    "connection_type": "OktaSAML",
                    "saml_options": {
                        "idp_sso_url": "https://idp.acme.test/sso", "idp_entity_id": "idp",
                        "idp_signing_certs": [pem],
                    },
                },
            ],
        })
        .to_string();
        apply(world, &seed).unwrap();
        let types: Vec<Value> =
            connections(world).iter().map(|it| it["connection_type"].clone()).collect();
        assert_eq!(types, ["GenericSAML", "OktaSAML"]);
        assert_eq!(provider.asked(), 1);
        let before = everything(world);
        apply(world, &seed).unwrap();
        assert_eq!(everything(world), before);
        assert_eq!(provider.asked(), 1, "its metadata is not read again");
        apply(world, &seed.replace("acme.test/sso", "acme.test/other")).unwrap();
        let it = json!({ "id": "conn_typed" });
        let configured = world.call("connection_configuration.get", it).unwrap();
        assert_eq!(configured["saml"]["idp_sso_url"], "https://idp.acme.test/other");
        world.drain();
    });
}

#[test]
fn what_a_connection_cannot_be_refuses_the_seed_and_says_where_it_stands() {
    each_engine(domains(), |world| {
        enable(world);
        let of = |more: Value| {
            let mut it = json!({ "name": "A", "organization": "Acme" });
            it.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({ "organizations": [{ "name": "Acme" }], "connections": [it] })
        };
        let nowhere = json!({ "discovery_endpoint": "http://127.0.0.1:1", "client_id": "a" });
        let mut unreachable = nowhere.clone();
        unreachable["client_secret"] = json!("s");
        let twice = json!({ "profiles": [{ "email": "a@x.test" }, { "email": "A@x.test" }] });
        for (seed, named) in [
            (of(json!({ "organization": "Nobody" })), "connections[0] 'A': Organization"),
            (of(json!({ "name": " " })), "connections[0] ' ' has no name"),
            (of(json!({ "id": "a/b" })), "a/b"),
            (of(json!({ "state": "asleep" })), "asleep"),
            (of(json!({ "connection_type": "Okta" })), "connections[0] 'A'"),
            (of(json!({ "oidc_options": nowhere })), "client_secret"),
            (of(json!({ "oidc_options": { "issuer": "https://idp.test" } })), "issuer"),
            (of(json!({ "oidc_options": unreachable })), "does not describe itself"),
            (of(json!({ "group_roles": [{ "group": "a", "role_slug": "none" }] })), "none"),
            (
                of(json!({ "profiles": [{ "email": "a@x.test" }], "oidc_options": unreachable })),
                "leave one of them out",
            ),
            (of(twice), "idp_id"),
        ] {
            let done = world.call("sandbox.reset", json!({ "seed": seed }));
            let message = done.as_ref().unwrap_err().message().to_owned();
            assert_eq!(refusal(done), (422, "invalid_seed".to_owned()));
            assert!(message.contains(named), "{message}");
        }
    });
}

#[test]
fn a_state_that_needs_an_identity_provider_is_refused_outside_of_a_sandbox() {
    each_engine(domains(), |world| {
        let seed = "
organizations: [{ name: Acme }]
connections: [{ name: A, organization: Acme, state: active }]
";
        let refused = apply(world, seed).unwrap_err();
        assert!(refused.message().contains("oidc_options"), "{}", refused.message());
        assert!(connections(world).is_empty());
    });
}

/// An identity provider that describes itself and does no more.
struct Described {
    url: String,
    asked: Arc<AtomicUsize>,
}

impl Described {
    fn start() -> Self {
        Self::saying(|url| {
            let it = json!({
                "issuer": url, "authorization_endpoint": format!("{url}/authorize"),
                "token_endpoint": format!("{url}/token"), "jwks_uri": format!("{url}/keys"),
            });
            it.to_string()
        })
    }
    fn saying(body: impl Fn(&str) -> String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let (body, count) = (body(&url), asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut buffer = [0; 4096];
                let _read = stream.read(&mut buffer).unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let length = body.len();
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
                write!(stream, "{head}\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
            }
        });
        Self { url, asked }
    }
    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}
