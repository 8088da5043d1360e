//! Accounts that people make for themselves, about which the application is asked.
use serde_json::{Value, json};
use vestibule_kernel::testing::{World, each_engine};
use vestibule_messages::inbox;

use super::{Application, REGISTRATION, denied, log};
use crate::support::*;

const NEW: &str = "new@acme.test";

fn users(world: &World) -> Vec<Value> {
    world.call("users.list", json!({})).unwrap()["data"].as_array().unwrap().clone()
}

fn mails(world: &World) -> usize {
    world.drain();
    world.flow().read(inbox::list).unwrap().len()
}

#[test]
fn a_code_for_an_address_that_nobody_has_asks_whether_it_may_get_an_account() {
    each_engine(domains(), |world| {
        let application = Application::asked(world, REGISTRATION);
        application.says(world, "Deny", Some("Ask your manager."));
        let input =
            json!({ "email": NEW, "ip_address": "198.51.100.7", "user_agent": "Mozilla/5.0" });
        let refused = world.call("magic_auth.create", input.clone()).unwrap_err();
        assert_eq!(body(&refused), denied("Ask your manager."));
        assert_eq!((users(world), mails(world)), (Vec::new(), 0));
        let execution = &log(world)[0];
        let question = application.questions()[0].clone();
        assert_eq!(
            question,
            json!({
                "object": "user_registration_action_context", "id": execution["id"],
                "user_data": {
                    "object": "user_data", "email": NEW, "name": null, "first_name": "",
                    "last_name": "",
                },
                "authentication_method": "MagicAuth", "ip_address": "198.51.100.7",
                "user_agent": "Mozilla/5.0",
                "device_fingerprint": question["device_fingerprint"],
            })
        );
        assert_eq!(
            last(world, "action.user_registration.denied"),
            json!({
                "action_endpoint_id": execution["action_endpoint_id"],
                "action_execution_id": execution["id"], "type": "user_registration",
                "verdict": "Deny", "organization_id": null, "email": NEW,
                "ip_address": "198.51.100.7", "user_agent": "Mozilla/5.0",
            })
        );
        application.says(world, "Allow", None);
        world.call("magic_auth.create", input.clone()).unwrap();
        assert_eq!((users(world).len(), mails(world)), (1, 1));
        assert_eq!(application.questions().len(), 1);
        // The account is there, so the next code asks nothing.
        application.says(world, "Deny", None);
        world.call("magic_auth.create", input).unwrap();
        assert_eq!((application.questions().len(), mails(world)), (0, 2));
    });
}

#[test]
fn the_question_tells_of_the_invitation_and_a_denial_leaves_it_open() {
    each_engine(domains(), |world| {
        let organization = world.call("organizations.create", json!({ "name": "Acme" })).unwrap();
        let input = json!({ "email": NEW, "organization_id": organization["id"] });
        let invitation = world.call("invitations.create", input).unwrap();
        let application = Application::asked(world, REGISTRATION);
        application.says(world, "Deny", None);
        let input = json!({ "email": NEW, "invitation_token": invitation["token"] });
        let refused = refusal(world.call("magic_auth.create", input));
        assert_eq!(refused, (403, "action_denied".to_owned()));
        let question = &application.questions()[0];
        assert_eq!(question["invitation"]["id"], invitation["id"]);
        assert_eq!(question["invitation"]["state"], "pending");
        assert_eq!(question["invitation"].get("token"), None);
        let told = last(world, "action.user_registration.denied");
        assert_eq!(told["organization_id"], organization["id"]);
        let after = world.call("invitations.get", json!({ "id": invitation["id"] })).unwrap();
        assert_eq!(after["state"], "pending");
        world.drain();
    });
}

#[test]
fn an_account_that_the_application_makes_itself_is_not_asked_about() {
    each_engine(domains(), |world| {
        let application = Application::asked(world, REGISTRATION);
        application.says(world, "Deny", None);
        user(world, NEW);
        sign_in(world, NEW).unwrap();
        assert_eq!(application.questions(), Vec::<Value>::new());
    });
}

#[test]
fn where_nobody_may_sign_up_nobody_is_asked() {
    each_engine(domains(), |world| {
        policy(world, |it| it.sign_up = vestibule_signin::policy::SignUp::Closed);
        let application = Application::asked(world, REGISTRATION);
        let refused = refusal(world.call("magic_auth.create", json!({ "email": NEW })));
        assert_eq!(refused, (400, "sign_up_not_allowed".to_owned()));
        assert_eq!(application.questions(), Vec::<Value>::new());
    });
}
