//! What only a sandbox can, and what cannot become one.
use serde_json::json;
use vestibule_kernel::context::Extensions;
use vestibule_kernel::environment;
use vestibule_kernel::testing::{each_engine, on_sqlite_with};
use vestibule_messages::{Outbox, Smtp, SmtpOptions};

use crate::support::{domains, enable, refusal, text};

#[test]
fn an_ordinary_environment_refuses_whatever_only_a_sandbox_can() {
    each_engine(domains(), |world| {
        let hook = json!({ "method": "GET", "path": "*", "status": 500 });
        for (id, input) in [
            ("sandbox.reset", json!({})),
            ("sandbox.update", json!({ "auto_sign_in": true })),
            ("sandbox.move_clock", json!({ "seconds": 60 })),
            ("sandbox_messages.list", json!({})),
            ("sandbox_messages.delete", json!({})),
            ("error_hooks.list", json!({})),
            ("error_hooks.create", hook),
        ] {
            let refused = refusal(world.call(id, input));
            assert_eq!(refused, (403, "sandbox_required".to_owned()), "{id}");
        }
        let shown = world.call("sandbox.get", json!({})).unwrap();
        assert_eq!((&shown["enabled"], &shown["auto_sign_in"]), (&json!(false), &json!(false)));
    });
}

#[test]
fn whoever_holds_the_key_of_an_environment_with_users_cannot_make_it_a_sandbox() {
    each_engine(domains(), |world| {
        world.call("users.create", json!({ "email": "ada@acme.test" })).unwrap();
        let refused = refusal(world.call("sandbox.enable", json!({})));
        assert_eq!(refused, (409, "environment_not_empty".to_owned()));
        assert_eq!(world.call("sandbox.get", json!({})).unwrap()["enabled"], json!(false));
        assert!(!environment::list(world.app.db()).unwrap()[0].sandbox);
    });
}

#[test]
fn a_sandbox_cannot_be_switched_off_and_on_again_around_people_who_joined_between() {
    each_engine(domains(), |world| {
        enable(world);
        world.call("sandbox.update", json!({ "enabled": false })).unwrap();
        world.call("users.create", json!({ "email": "ada@acme.test" })).unwrap();
        let shown = world.call("sandbox.enable", json!({})).unwrap();
        assert_eq!(shown["enabled"], json!(true), "it was one all along");
        let operations = world.app.catalog().entries().iter().map(|it| it.op.id);
        let about: Vec<&str> = operations.filter(|it| it.starts_with("sandbox.")).collect();
        let known = ["get", "enable", "update", "move_clock", "reset"];
        for id in about {
            assert!(
                known.iter().any(|it| id == format!("sandbox.{it}")),
                "{id}: can it switch off?"
            );
        }
    });
}

#[test]
fn messages_of_a_sandbox_go_to_its_inbox_and_never_to_a_mail_server() {
    let nobody = SmtpOptions::at("smtp://127.0.0.1:1", "Acme <login@acme.test>").unwrap();
    let outbox = Outbox::Smtp(Smtp::new(nobody).unwrap());
    on_sqlite_with(domains(), Extensions::default().with(outbox), |world| {
        enable(world);
        world.call("magic_auth.create", json!({ "email": "ada@acme.test" })).unwrap();
        world.drain();
        let found = world.call("sandbox_messages.list", json!({})).unwrap();
        assert_eq!(found["data"][0]["to"], json!("ada@acme.test"));
    });
}

#[test]
fn a_sandbox_tells_what_it_mailed_by_address_newest_first() {
    each_engine(domains(), |world| {
        enable(world);
        for email in ["ada@acme.test", "grace@acme.test"] {
            let made = world.call("magic_auth.create", json!({ "email": email })).unwrap();
            world.drain();
            let input = json!({ "to": email.to_uppercase() });
            let found = world.call("sandbox_messages.list", input).unwrap();
            assert_eq!(found["data"].as_array().unwrap().len(), 1, "{found}");
            assert_eq!(found["data"][0]["code"], made["code"]);
            assert_eq!(found["data"][0]["kind"], json!("mail"));
        }
        world.call("password_reset.create", json!({ "email": "ada@acme.test" })).unwrap();
        world.drain();
        let found = world.call("sandbox_messages.list", json!({ "limit": 1 })).unwrap();
        assert!(text(&found["data"][0]["url"]).contains("/reset-password?token="), "{found}");
        world.call("sandbox_messages.delete", json!({})).unwrap();
        let found = world.call("sandbox_messages.list", json!({})).unwrap();
        assert_eq!(found["data"], json!([]));
    });
}
