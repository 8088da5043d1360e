//! Environments and domains, each with passkeys of its own.
use serde_json::{Value, json};
use vestibule_kernel::testing::{each_engine, each_engine_with, options};

use super::{ORIGIN, ask, enter, present, register, with_passkey};
use crate::authenticator::Authenticator;
use crate::support::{domains, refusal};

#[test]
fn environments_have_passkeys_of_their_own() {
    each_engine(domains(), |world| {
        let (ada, mut device, passkey) = with_passkey(world);
        let (_, key) = world.other_environment();
        let foreign = |id: &str, input: Value| {
            let credential = Some(key.clone());
            let request = vestibule_kernel::Request { credential, ..Default::default() };
            world.call_as(request, id, input).and_then(|it| it.json())
        };
        let asked = foreign("passkeys.begin_authentication", json!({})).unwrap();
        let credential = device.get(&asked["public_key"]);
        let input = json!({ "challenge": asked["challenge"], "credential": credential });
        assert_eq!(refusal(present(world, &asked, &credential)).1, "invalid_passkey_challenge");
        let refused = refusal(foreign("passkeys.finish_authentication", input));
        assert_eq!(refused.1, "passkey_not_registered");
        let ours = ask(world);
        let credential = device.get(&ours["public_key"]);
        let input = json!({ "challenge": ours["challenge"], "credential": credential });
        let refused = refusal(foreign("passkeys.finish_authentication", input));
        assert_eq!(refused.1, "invalid_passkey_challenge", "it was asked in another environment");
        assert_eq!(refusal(foreign("passkeys.list", json!({ "user_id": ada }))).0, 404);
        let input = json!({ "id": passkey["id"], "name": "Mine" });
        assert_eq!(refusal(foreign("passkeys.update", input)).0, 404);
        let input = json!({ "user_id": ada });
        assert_eq!(refusal(foreign("passkeys.begin_registration", input)).0, 404);
    });
}

#[test]
fn an_application_of_another_domain_has_its_own_relying_party_and_origins() {
    each_engine(domains(), |world| {
        let set = |input: Value| world.call("passkey_settings.update", input);
        let shown = world.call("passkey_settings.get", json!({})).unwrap();
        assert_eq!(shown["effective_relying_party_id"], "localhost");
        assert_eq!(shown["effective_origins"], json!([ORIGIN]));
        assert_eq!(shown["progressive_enrollment"], "hosted_pages");
        let (ada, mut device, _) = with_passkey(world);
        let shown = set(json!({
            "relying_party_id": "Acme.COM", "origins": ["https://app.acme.com/"],
        }))
        .unwrap();
        assert_eq!(shown["relying_party_id"], "acme.com");
        assert_eq!(shown["origins"], json!(["https://app.acme.com"]));
        assert_eq!(shown["effective_origins"], json!([ORIGIN, "https://app.acme.com"]));
        let refused = refusal(enter(world, &mut device));
        assert_eq!(refused.1, "passkey_not_registered", "it belongs to the former domain");

        let mut app = Authenticator::new("https://app.acme.com");
        let passkey = register(world, &mut app, &ada).unwrap();
        assert_eq!(passkey["relying_party_id"], "acme.com");
        assert!(enter(world, &mut app).is_ok());
        app.origin = "https://other.acme.com".to_owned();
        assert_eq!(refusal(enter(world, &mut app)).1, "invalid_passkey_credential");

        for wrong in [
            json!({ "relying_party_id": "com" }),
            json!({ "relying_party_id": "192.0.2.1" }),
            json!({ "origins": ["http://app.acme.com"] }),
            json!({ "origins": ["https://app.acme.com/sign-in"] }),
            json!({ "origins": vec!["https://a.acme.com"; 21] }),
        ] {
            assert_eq!(refusal(set(wrong.clone())).0, 422, "{wrong}");
        }
        assert_eq!(
            set(json!({ "relying_party_id": null })).unwrap()["relying_party_id"],
            json!(null)
        );
    });
}

#[test]
fn without_a_domain_there_are_no_passkeys_until_one_is_set() {
    let options = vestibule_kernel::context::Options {
        public_url: "https://192.0.2.1".to_owned(),
        ..options()
    };
    each_engine_with(domains(), &options, |world| {
        let refused = refusal(world.call("passkeys.begin_authentication", json!({})));
        assert_eq!(refused, (400, "passkey_relying_party_missing".to_owned()));
        let shown = world.call("passkey_settings.get", json!({})).unwrap();
        assert_eq!(shown["effective_relying_party_id"], json!(null));
        let input = json!({ "relying_party_id": "acme.com", "origins": ["https://acme.com"] });
        world.call("passkey_settings.update", input).unwrap();
        assert_eq!(ask(world)["public_key"]["rpId"], "acme.com");
    });
}
