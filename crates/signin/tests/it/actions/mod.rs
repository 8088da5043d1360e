//! Actions: an application that is asked before somebody gets in, through the endpoint.
mod attacks;
mod meanwhile;
mod registration;

use serde_json::{Value, json};
use vestibule_kernel::secret::{Secret, hmac_sha256, signature};
use vestibule_kernel::testing::{Answering, Received, Receiver, World, each_engine};
use vestibule_kernel::time::Time;

use crate::authenticator::Authenticator;
use crate::devices;
use crate::passkeys;
use crate::support::*;

pub const AUTHENTICATION: &str = "authentication";
const REGISTRATION: &str = "user_registration";

/// An application that wants to be asked.
pub struct Application {
    receiver: Receiver,
    r#type: &'static str,
    secret: String,
}

impl Application {
    /// One that is asked from now on, and allows everything.
    pub fn asked(world: &World, r#type: &'static str) -> Self {
        let receiver = Receiver::start();
        let input = json!({ "type": r#type, "endpoint_url": format!("{}/action", receiver.url) });
        let secret = text(&world.call("actions.set", input).unwrap()["secret"]);
        let application = Self { receiver, r#type, secret };
        application.says(world, "Allow", None);
        application
    }
    /// Answers so from now on, signed just then.
    pub fn says(&self, world: &World, verdict: &str, message: Option<&str>) {
        let body = self.signed(world.app.now(), verdict, message);
        self.receiver.answers(move |_| Answering::With(200, body.clone()));
    }
    /// An answer as the libraries sign it.
    fn signed(&self, at: Time, verdict: &str, message: Option<&str>) -> String {
        signed_with(&self.secret, self.r#type, at, verdict, message)
    }
    /// What it was asked and did not look at yet, each with its signature verified.
    pub fn questions(&self) -> Vec<Value> {
        self.receiver.all().iter().map(|it| self.verified(it)).collect()
    }
    fn verified(&self, it: &Received) -> Value {
        assert_eq!(
            (it.path.as_str(), &*it.headers["content-type"]),
            ("/action", "application/json")
        );
        let header = &it.headers["workos-signature"];
        let at = header.strip_prefix("t=").unwrap().split(", v1=").next().unwrap();
        let at = Time::from_millis(at.parse().unwrap());
        let secret = Secret::new(self.secret.clone());
        assert_eq!(*header, signature(&secret, at, it.body.as_bytes()));
        serde_json::from_str(&it.body).unwrap()
    }
}

fn signed_with(
    secret: &str,
    r#type: &str,
    at: Time,
    verdict: &str,
    message: Option<&str>,
) -> String {
    let mut payload = json!({ "timestamp": at.millis(), "verdict": verdict });
    if let Some(message) = message {
        payload["error_message"] = json!(message);
    }
    let text = format!("{}.{payload}", at.millis());
    json!({
        "object": format!("{type}_action_response"), "payload": payload,
        "signature": hmac_sha256(secret.as_bytes(), text.as_bytes()),
    })
    .to_string()
}

/// What the log has, newest first.
fn log(world: &World) -> Vec<Value> {
    let page = world.call("action_executions.list", json!({})).unwrap();
    page["data"].as_array().unwrap().clone()
}

pub fn denied(message: &str) -> (u16, Value) {
    let body = json!({
        "code": "action_denied", "message": message,
        "error": "action_denied", "error_description": message,
    });
    (403, body)
}

#[test]
fn an_action_is_set_up_changed_and_deleted() {
    each_engine(domains(), |world| {
        let input = json!({ "type": AUTHENTICATION, "endpoint_url": "https://app.example/action" });
        let made = world.call("actions.set", input).unwrap();
        assert!(text(&made["id"]).starts_with("action_endpoint_01"));
        assert!(text(&made["secret"]).starts_with("actsec_"));
        assert_eq!(
            made,
            json!({
                "object": "action_endpoint", "id": made["id"], "type": "authentication",
                "endpoint_url": "https://app.example/action", "secret": made["secret"],
                "status": "enabled", "timeout_millis": 5000, "default_verdict": "deny",
                "created_at": "2026-01-15T12:00:00.000Z", "updated_at": "2026-01-15T12:00:00.000Z",
            })
        );
        let get = || world.call("actions.get", json!({ "type": AUTHENTICATION }));
        assert_eq!(get().unwrap(), made);
        world.clock.advance_seconds(1);
        assert_eq!(world.call("actions.set", json!({ "type": AUTHENTICATION })).unwrap(), made);
        let change = json!({
            "type": AUTHENTICATION, "status": "disabled", "timeout_millis": 100,
            "default_verdict": "allow",
        });
        let changed = world.call("actions.set", change).unwrap();
        let mut wanted = made.clone();
        wanted["status"] = json!("disabled");
        wanted["timeout_millis"] = json!(100);
        wanted["default_verdict"] = json!("allow");
        wanted["updated_at"] = json!("2026-01-15T12:00:01.000Z");
        assert_eq!(changed, wanted);
        assert_eq!(world.call("actions.list", json!({})).unwrap()["data"], json!([wanted]));
        let gone = world.call("actions.delete", json!({ "type": AUTHENTICATION })).unwrap();
        assert_eq!(gone, Value::Null);
        for operation in ["actions.get", "actions.delete", "actions.test"] {
            let refused = world.call(operation, json!({ "type": AUTHENTICATION }));
            assert_eq!(refusal(refused), (404, "entity_not_found".to_owned()), "{operation}");
        }
        let again = json!({ "type": AUTHENTICATION, "endpoint_url": "https://app.example/" });
        assert_ne!(world.call("actions.set", again).unwrap()["secret"], made["secret"]);
    });
}

#[test]
fn what_cannot_be_an_endpoint_is_refused_and_nothing_changes() {
    each_engine(domains(), |world| {
        for (input, code) in [
            (json!({}), "invalid_request_parameters"),
            (json!({ "endpoint_url": "app.example" }), "invalid_url"),
            (json!({ "endpoint_url": "ftp://app.example" }), "invalid_url"),
            (json!({ "endpoint_url": "http://169.254.169.254/latest" }), "invalid_url"),
            (
                json!({ "endpoint_url": "https://app.example", "timeout_millis": 99 }),
                "invalid_request_parameters",
            ),
            (
                json!({ "endpoint_url": "https://app.example", "timeout_millis": 10_001 }),
                "invalid_request_parameters",
            ),
            (
                json!({ "endpoint_url": "https://app.example", "default_verdict": "Maybe" }),
                "invalid_request_parameters",
            ),
        ] {
            let mut input = input;
            input["type"] = json!(AUTHENTICATION);
            let refused = world.call("actions.set", input.clone());
            assert_eq!(refusal(refused), (422, code.to_owned()), "{input}");
        }
        assert_eq!(world.call("actions.list", json!({})).unwrap()["data"], json!([]));
    });
}

#[test]
fn an_allowed_sign_in_goes_on_and_the_question_says_who_it_is() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let organization = join(world, &ada, "Acme");
        let application = Application::asked(world, AUTHENTICATION);
        let input = json!({
            "email": EMAIL, "password": PASSWORD, "ip_address": "198.51.100.7",
            "user_agent": "Mozilla/5.0", "device_id": "device-1",
        });
        let signed_in = authenticate(world, "password", input).unwrap();
        assert_eq!(sessions(world, &ada).len(), 1);
        let questions = application.questions();
        let [question] = questions.as_slice() else { panic!("{questions:?}") };
        let execution = &log(world)[0];
        let membership =
            world.call("organization_memberships.list", json!({ "user_id": ada })).unwrap();
        let mut told = signed_in["user"].clone();
        told["last_sign_in_at"] = Value::Null;
        let mut membership = membership["data"][0].clone();
        membership["user"] = told.clone();
        assert_eq!(
            *question,
            json!({
                "object": "authentication_action_context", "id": execution["id"], "user": told,
                "organization":
                    world.call("organizations.get", json!({ "id": organization })).unwrap(),
                "organization_membership": membership,
                "authentication_method": "Password", "ip_address": "198.51.100.7",
                "user_agent": "Mozilla/5.0",
                "device_fingerprint": question["device_fingerprint"],
                "issuer": claims(&signed_in)["iss"],
            })
        );
        assert_eq!(text(&question["device_fingerprint"]).len(), 64);
        assert_eq!(
            *execution,
            json!({
                "object": "action_execution", "id": execution["id"],
                "action_endpoint_id": execution["action_endpoint_id"], "type": "authentication",
                "test": false, "verdict": "allow", "decided_by": "endpoint", "error": null,
                "error_message": null, "status_code": 200, "duration_millis": 0, "user_id": ada,
                "organization_id": organization, "email": EMAIL, "ip_address": "198.51.100.7",
                "user_agent": "Mozilla/5.0", "created_at": "2026-01-15T12:00:00.000Z",
            })
        );
        assert_eq!(count(world, "action.authentication.denied"), 0);
    });
}

#[test]
fn a_denied_sign_in_is_refused_in_the_words_of_the_application() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let organization = join(world, &ada, "Acme");
        let application = Application::asked(world, AUTHENTICATION);
        application.says(world, "Deny", Some("Not on a Sunday <b>ever</b>."));
        let input = json!({
            "email": EMAIL, "password": PASSWORD, "ip_address": "198.51.100.7",
            "user_agent": "Mozilla/5.0",
        });
        let refused = authenticate(world, "password", input).unwrap_err();
        assert_eq!(body(&refused), denied("Not on a Sunday <b>ever</b>."));
        assert_eq!(sessions(world, &ada), Vec::<String>::new());
        assert_eq!(count(world, "session.created"), 0);
        let user = world.call("users.get", json!({ "id": ada })).unwrap();
        assert_eq!(user["last_sign_in_at"], Value::Null);
        let execution = &log(world)[0];
        assert_eq!(execution["error_message"], "Not on a Sunday <b>ever</b>.");
        assert_eq!(
            last(world, "action.authentication.denied"),
            json!({
                "action_endpoint_id": execution["action_endpoint_id"],
                "action_execution_id": execution["id"], "type": "authentication",
                "verdict": "Deny", "user_id": ada, "organization_id": organization,
                "email": EMAIL, "ip_address": "198.51.100.7", "user_agent": "Mozilla/5.0",
            })
        );
        application.says(world, "Deny", None);
        let refused = sign_in(world, EMAIL).unwrap_err();
        assert_eq!(body(&refused), denied("The application does not let you in."));
        application.says(world, "Allow", None);
        sign_in(world, EMAIL).unwrap();
    });
}

#[test]
fn it_is_asked_after_every_step_and_never_before() {
    each_engine(domains(), |world| {
        let application = Application::asked(world, AUTHENTICATION);
        application.says(world, "Deny", None);
        let asked = || {
            let questions = application.questions();
            questions.iter().map(|it| text(&it["authentication_method"])).collect::<Vec<_>>()
        };
        let none = Vec::<String>::new();
        // A password, the proof of the address, a factor, an organization: once, at the end.
        let ada = unverified_user(world, EMAIL);
        join(world, &ada, "North");
        let south = join(world, &ada, "South");
        let (factor, secret) = factor(world, &ada);
        let first = sign_in(world, EMAIL).unwrap_err().body();
        assert_eq!(first["code"], "email_verification_required");
        let code = mailed_code(world);
        let input = json!({
            "pending_authentication_token": first["pending_authentication_token"], "code": code,
        });
        let second = authenticate(world, EMAIL_VERIFICATION, input).unwrap_err().body();
        assert_eq!(second["code"], "mfa_challenge");
        let input = json!({
            "pending_authentication_token": second["pending_authentication_token"],
            "authentication_challenge_id": challenge(world, &factor),
            "code": app_code(world, &secret, 0),
        });
        let third = authenticate(world, TOTP, input).unwrap_err().body();
        assert_eq!(third["code"], "organization_selection_required");
        assert_eq!(asked(), none);
        let input = json!({
            "pending_authentication_token": third["pending_authentication_token"],
            "organization_id": south,
        });
        let refused = refusal(authenticate(world, ORGANIZATION, input.clone()));
        assert_eq!(refused, (403, "action_denied".to_owned()));
        assert_eq!(asked(), ["Password"]);
        assert_eq!(log(world)[0]["organization_id"], json!(south));
        // Whoever was denied begins again.
        let again = refusal(authenticate(world, ORGANIZATION, input));
        assert_eq!(again, (400, "invalid_pending_authentication_token".to_owned()));
        assert_eq!(asked(), none);
    });
}

#[test]
fn a_mailed_code_a_passkey_and_a_device_are_asked_about() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let mut device = Authenticator::new(passkeys::ORIGIN);
        passkeys::register(world, &mut device, &ada).unwrap();
        let application = Application::asked(world, AUTHENTICATION);
        application.says(world, "Deny", Some("No."));
        let made = world.call("magic_auth.create", json!({ "email": EMAIL })).unwrap();
        world.drain();
        let input = json!({ "email": EMAIL, "code": made["code"] });
        let refused = authenticate(world, MAGIC_AUTH, input.clone()).unwrap_err();
        assert_eq!(body(&refused), denied("No."));
        let used = refusal(authenticate(world, MAGIC_AUTH, input));
        assert_eq!(used, (400, "one_time_code_previously_used".to_owned()));
        let refused = passkeys::enter(world, &mut device).unwrap_err();
        assert_eq!(body(&refused), denied("No."));
        let codes = devices::ask(world);
        let session = devices::session(world, &ada, None, false);
        assert!(devices::approve(world, &codes, &session));
        let refused = devices::poll(world, &codes).unwrap_err();
        let wanted = json!({ "error": "access_denied", "error_description": "No." });
        assert_eq!(body(&refused), (400, wanted));
        assert_eq!(devices::told(devices::poll(world, &codes)), devices::oauth("invalid_grant"));
        let methods: Vec<_> =
            application.questions().iter().map(|it| text(&it["authentication_method"])).collect();
        assert_eq!(methods, ["MagicAuth", "Passkey", "Password"]);
        application.says(world, "Allow", None);
        let codes = devices::ask(world);
        assert!(devices::approve(world, &codes, &session));
        let signed_in = devices::poll(world, &codes).unwrap();
        assert_eq!(signed_in["user"]["id"], json!(ada));
        assert_eq!(application.questions().len(), 1);
    });
}

#[test]
fn a_session_that_goes_on_is_not_asked_about() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let north = join(world, &ada, "North");
        let application = Application::asked(world, AUTHENTICATION);
        let signed_in = sign_in(world, EMAIL).unwrap();
        let south = join(world, &ada, "South");
        application.says(world, "Deny", None);
        assert_eq!(application.questions().len(), 1);
        let next = refresh(world, &signed_in["refresh_token"]).unwrap();
        assert_eq!(next["organization_id"], json!(north));
        let input = json!({ "refresh_token": next["refresh_token"], "organization_id": south });
        let switched = authenticate(world, "refresh_token", input).unwrap();
        assert_eq!(switched["organization_id"], json!(south));
        assert_eq!(application.questions(), Vec::<Value>::new());
    });
}

#[test]
fn nobody_is_asked_where_the_action_is_off_or_gone() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        let application = Application::asked(world, AUTHENTICATION);
        application.says(world, "Deny", None);
        let off = json!({ "type": AUTHENTICATION, "status": "disabled" });
        world.call("actions.set", off).unwrap();
        sign_in(world, EMAIL).unwrap();
        world.call("actions.delete", json!({ "type": AUTHENTICATION })).unwrap();
        sign_in(world, EMAIL).unwrap();
        assert_eq!(application.questions(), Vec::<Value>::new());
    });
}

#[test]
fn without_an_answer_the_default_verdict_holds_and_the_log_says_why() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        let application = Application::asked(world, AUTHENTICATION);
        for (answering, status, why) in [
            (Answering::With(500, String::new()), json!(500), "The endpoint answered 500."),
            (
                Answering::Redirect("https://app.example".to_owned()),
                json!(302),
                "The endpoint answered 302; redirects are not followed.",
            ),
            (Answering::With(200, "Allow".to_owned()), json!(200), "The answer is no JSON object"),
            (Answering::With(200, "x".repeat(70_000)), json!(null), "The answer is over 65536"),
            (Answering::Hang, json!(null), "There was no answer in time."),
            (Answering::Close, json!(null), "The connection failed"),
        ] {
            let millis = if matches!(answering, Answering::Hang) { 100 } else { 5_000 };
            let set = |verdict: &str| {
                let input = json!({
                    "type": AUTHENTICATION, "default_verdict": verdict, "timeout_millis": millis,
                });
                world.call("actions.set", input).unwrap();
            };
            application.receiver.answers(move |_| answering.clone());
            set("deny");
            let refused = refusal(sign_in(world, EMAIL));
            assert_eq!(refused, (403, "action_denied".to_owned()), "{why}");
            let execution = &log(world)[0];
            assert_eq!(execution["status_code"], status, "{execution}");
            assert!(text(&execution["error"]).starts_with(why), "{execution}");
            assert_eq!(
                (&execution["verdict"], &execution["decided_by"]),
                (&json!("deny"), &json!("default"))
            );
            let told = last(world, "action.authentication.denied");
            assert_eq!(
                told["action_execution_id"], execution["id"],
                "it is told as any other denial"
            );
            set("allow");
            sign_in(world, EMAIL).unwrap();
            // Ten tries a minute are let through.
            world.clock.advance_seconds(60);
        }
    });
}

#[test]
fn an_endpoint_is_tried_out_about_nobody() {
    each_engine(domains(), |world| {
        for r#type in [AUTHENTICATION, REGISTRATION] {
            let application = Application::asked(world, r#type);
            let off = json!({ "type": r#type, "status": "disabled" });
            world.call("actions.set", off).unwrap();
            application.says(world, "Deny", Some("No samples."));
            let tried = world.call("actions.test", json!({ "type": r#type })).unwrap();
            assert_eq!(
                (&tried["verdict"], &tried["decided_by"], &tried["error_message"], &tried["test"]),
                (&json!("deny"), &json!("endpoint"), &json!("No samples."), &json!(true))
            );
            assert_eq!(application.questions()[0]["id"], tried["id"]);
            assert_eq!(log(world)[0], tried);
            application.receiver.answers(|_| Answering::With(200, "{}".to_owned()));
            let tried = world.call("actions.test", json!({ "type": r#type })).unwrap();
            assert_eq!(tried["decided_by"], "default");
            assert!(text(&tried["error"]).starts_with("The answer is no JSON object"));
        }
        let names = world.event_names();
        assert!(!names.iter().any(|it| it.starts_with("action.")), "{names:?}");
    });
}

#[test]
fn the_log_is_kept_for_thirty_days_and_forgets_deleted_users() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let application = Application::asked(world, AUTHENTICATION);
        sign_in(world, EMAIL).unwrap();
        world.clock.advance_seconds(29 * 24 * 60 * 60);
        application.says(world, "Allow", None);
        sign_in(world, EMAIL).unwrap();
        assert_eq!(log(world).len(), 2);
        world.clock.advance_seconds(24 * 60 * 60);
        vestibule_signin::forget(&world.flow()).unwrap();
        assert_eq!(log(world).len(), 1);
        world.call("users.delete", json!({ "id": ada })).unwrap();
        assert_eq!(log(world), Vec::<Value>::new());
    });
}
