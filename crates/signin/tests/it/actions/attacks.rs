//! Attacks on the question and on its answer.
use serde_json::{Value, json};
use vestibule_kernel::testing::{Answering, World, each_engine, each_engine_with, options};
use vestibule_kernel::time::Time;

use super::{AUTHENTICATION, Application, REGISTRATION, log, signed_with};
use crate::support::*;

fn is_denied_for_want_of(world: &World, answer: String, application: &Application, why: &str) {
    application.receiver.answers(move |_| Answering::With(200, answer.clone()));
    let refused = refusal(sign_in(world, EMAIL));
    assert_eq!(refused, (403, "action_denied".to_owned()));
    let execution = &log(world)[0];
    assert_eq!(
        (&execution["verdict"], &execution["decided_by"]),
        (&json!("deny"), &json!("default"))
    );
    assert!(text(&execution["error"]).contains(why), "{execution}");
}

#[test]
fn a_forged_allow_lets_nobody_in() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let application = Application::asked(world, AUTHENTICATION);
        let now = world.app.now();
        let forged = signed_with("actsec_guessed", AUTHENTICATION, now, "Allow", None);
        is_denied_for_want_of(world, forged, &application, "The signature does not fit");
        // A denial that was turned around on its way.
        let turned = application.signed(now, "Deny", None).replace("Deny", "Allow");
        is_denied_for_want_of(world, turned, &application, "The signature does not fit");
        let unsigned = json!({
            "object": "authentication_action_response",
            "payload": { "timestamp": now.millis(), "verdict": "Allow" },
        });
        is_denied_for_want_of(world, unsigned.to_string(), &application, "no JSON object");
        assert_eq!(sessions(world, &ada), Vec::<String>::new());
    });
}

#[test]
fn a_replayed_verdict_lets_nobody_in() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let application = Application::asked(world, AUTHENTICATION);
        let recorded = application.signed(world.app.now(), "Allow", None);
        world.clock.advance_seconds(31);
        is_denied_for_want_of(world, recorded, &application, "over 30 seconds from now");
        let ahead = Time::from_millis(world.app.now().millis() + 31_000);
        let ahead = application.signed(ahead, "Allow", None);
        is_denied_for_want_of(world, ahead, &application, "over 30 seconds from now");
        assert_eq!(sessions(world, &ada), Vec::<String>::new());
    });
}

#[test]
fn an_allow_of_the_other_action_lets_nobody_in() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let application = Application::asked(world, AUTHENTICATION);
        let other = Application::asked(world, REGISTRATION);
        let now = world.app.now();
        let answer = other.signed(now, "Allow", None);
        is_denied_for_want_of(world, answer, &application, "The object of the answer is not");
        let answer = signed_with(&other.secret, AUTHENTICATION, now, "Allow", None);
        is_denied_for_want_of(world, answer, &application, "The signature does not fit");
        assert_eq!(sessions(world, &ada), Vec::<String>::new());
    });
}

#[test]
fn a_question_is_asked_about_nobody_who_has_not_shown_who_they_are() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        let application = Application::asked(world, AUTHENTICATION);
        application.says(world, "Deny", Some("You have an account."));
        let wrong_password = json!({ "email": EMAIL, "password": "not-the-password" });
        let nobody = json!({ "email": "nobody@acme.test", "password": PASSWORD });
        let invalid = (400, "invalid_credentials".to_owned());
        for input in [wrong_password, nobody] {
            assert_eq!(refusal(authenticate(world, "password", input)), invalid);
        }
        world.call("magic_auth.create", json!({ "email": EMAIL })).unwrap();
        let code = mailed_code(world);
        let input = json!({ "email": EMAIL, "code": wrong(&code) });
        let refused = refusal(authenticate(world, MAGIC_AUTH, input));
        assert_eq!(refused, (400, "invalid_one_time_code".to_owned()));
        assert_eq!(application.questions(), Vec::<Value>::new());
        assert_eq!(log(world), Vec::<Value>::new());
    });
}

#[test]
fn an_endpoint_inside_the_network_is_never_asked() {
    let public = vestibule_kernel::context::Options {
        private_targets: vestibule_kernel::net::PrivateTargets::None,
        ..options()
    };
    each_engine_with(domains(), &public, |world| {
        for url in [
            "http://app.example/action",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0177.0.0.1/",
            "https://[::ffff:127.0.0.1]/",
            "https://10.0.0.8/",
            "https://169.254.169.254/latest/meta-data",
            "https://localhost/",
            "https://printer.localhost./",
        ] {
            let input = json!({ "type": AUTHENTICATION, "endpoint_url": url });
            let refused = refusal(world.call("actions.set", input));
            assert_eq!(refused, (422, "invalid_url".to_owned()), "{url}");
        }
    });
}

#[test]
fn another_environment_is_asked_by_its_own_action_alone() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        let application = Application::asked(world, AUTHENTICATION);
        application.says(world, "Deny", None);
        let (_, key) = world.other_environment();
        let request =
            || vestibule_kernel::Request { credential: Some(key.clone()), ..Default::default() };
        let input = json!({ "email": EMAIL, "password": PASSWORD, "email_verified": true });
        world.call_as(request(), "users.create", input).unwrap();
        let input = json!({
            "grant_type": "password", "client_id": "client_02", "client_secret": key.reveal(),
            "email": EMAIL, "password": PASSWORD,
        });
        world.call_as(request(), "user_management.authenticate", input).unwrap();
        let seen = world.call_as(request(), "actions.list", json!({})).unwrap();
        assert_eq!(seen.json().unwrap()["data"], json!([]));
        assert_eq!(application.questions(), Vec::<Value>::new());
    });
}
