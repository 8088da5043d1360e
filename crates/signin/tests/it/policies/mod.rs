//! The policies of environments and organizations, proved through the endpoint: each row of a table
//! is a state of the policies and the exact reply.
mod order;

use serde_json::{Value, json};
use vestibule_kernel::testing::{World, each_engine};

use crate::support::*;

/// The application's own words for the parts of a body that differ from run to run.
fn masked(mut body: Value) -> Value {
    let Some(fields) = body.as_object_mut() else { return body };
    for name in ["pending_authentication_token", "email_verification_id", "radar_challenge_id"] {
        if let Some(it) = fields.get_mut(name) {
            assert!(it.as_str().is_some_and(|it| it.len() > 20), "{name} is {it}");
            *it = json!("…");
        }
    }
    if let Some(user) = fields.get_mut("user") {
        *user = user["email"].clone();
    }
    body
}

/// The status and body that the endpoint answers with; of a success, where it led.
fn answer(done: vestibule_kernel::Result<Value>) -> (u16, Value) {
    match done {
        Ok(reply) => {
            let organization = reply.get("organization_id").cloned().unwrap_or_default();
            (200, json!([reply["authentication_method"], organization]))
        }
        Err(error) => (error.status(), masked(error.body())),
    }
}

/// What the rows of the table speak of.
struct Stage<'w> {
    world: &'w World,
    /// A member of both, with an address at the domain of the first.
    ada: String,
    acme: String,
    other: String,
}

impl<'w> Stage<'w> {
    /// Ada is a member of Acme alone, whose domain is her address's.
    fn set(world: &'w World) -> Self {
        let ada = user(world, EMAIL);
        let acme = owner_of(world, "acme.test", "Acme");
        enter(world, &ada, &acme);
        let made = world.call("organizations.create", json!({ "name": "Other" })).unwrap();
        Self { world, ada, acme, other: text(&made["id"]) }
    }
    fn environment(&self, change: Value) {
        self.world.call("sign_in_policy.update", change).unwrap();
    }
    fn organization(&self, id: &str, mut change: Value) {
        change["organization_id"] = json!(id);
        self.world.call("organization_sign_in_policy.update", change).unwrap();
    }
    fn acme(&self, change: Value) {
        self.organization(&self.acme, change);
    }
    fn password(&self) -> (u16, Value) {
        answer(sign_in(self.world, EMAIL))
    }
    fn code(&self) -> (u16, Value) {
        let made = self.world.call("magic_auth.create", json!({ "email": EMAIL }));
        let code = match made {
            Ok(made) => made["code"].clone(),
            Err(_) => json!("000000"),
        };
        let input = json!({ "email": EMAIL, "code": code });
        let done = answer(authenticate(self.world, MAGIC_AUTH, input));
        self.world.drain();
        done
    }
    /// What the choice of an organization comes to, by somebody who has to choose.
    fn choice(&self, organization: &str) -> (u16, Value) {
        let told = sign_in(self.world, EMAIL).unwrap_err();
        assert_eq!(told.code(), "organization_selection_required");
        let pending = told.body()["pending_authentication_token"].clone();
        let choose = |id: &str| {
            let input = json!({ "pending_authentication_token": pending, "organization_id": id });
            authenticate(self.world, ORGANIZATION, input)
        };
        let done = answer(choose(organization));
        if done.0 != 200 {
            let again = answer(choose(organization));
            assert_eq!(again.0, done.0, "a refusal leaves the token as it was");
        }
        done
    }
}

/// An organization that has proved a domain.
fn owner_of(world: &World, domain: &str, name: &str) -> String {
    let input = json!({
        "name": name,
        "domain_data": [{ "domain": domain, "state": "verified" }],
    });
    text(&world.call("organizations.create", input).unwrap()["id"])
}

fn enter(world: &World, user: &str, organization: &str) {
    let input = json!({ "user_id": user, "organization_id": organization });
    world.call("organization_memberships.create", input).unwrap();
}

fn signed_in(method: &str, organization: &str) -> (u16, Value) {
    (200, json!([method, organization]))
}

fn sso_required(organization: Option<&str>) -> (u16, Value) {
    let text = match organization {
        Some(id) => format!("Organization '{id}' lets people in by single sign-on alone."),
        None => "People are let in by single sign-on alone.".to_owned(),
    };
    let body = json!({
        "error": "sso_required",
        "error_description": text,
        "connection_ids": [],
        "email": EMAIL,
        "pending_authentication_token": "…",
    });
    (400, body)
}

fn methods_required(organization: &str, allowed: &[&str]) -> (u16, Value) {
    let code = "organization_authentication_methods_required";
    let text = format!("Organization '{organization}' does not let people in by this method.");
    let mut body = json!({
        "error": code,
        "error_description": text,
        "code": code,
        "message": text,
        "email": EMAIL,
        "sso_connection_ids": [],
        "auth_methods": {
            "apple_oauth": false, "github_oauth": false, "google_oauth": false,
            "magic_auth": false, "microsoft_oauth": false, "password": false,
        },
        "pending_authentication_token": "…",
    });
    for name in allowed {
        body["auth_methods"][name] = json!(true);
    }
    (403, body)
}

const OAUTH: [&str; 4] = ["apple_oauth", "github_oauth", "google_oauth", "microsoft_oauth"];

fn enrolment() -> (u16, Value) {
    let body = json!({
        "code": "mfa_enrollment",
        "message": "The user must enroll an authentication factor first.",
        "user": EMAIL,
        "pending_authentication_token": "…",
    });
    (403, body)
}

fn unverified() -> (u16, Value) {
    let body = json!({
        "code": "email_verification_required",
        "message": "The e-mail address must be verified first. A code was mailed to it.",
        "email": EMAIL,
        "email_verification_id": "…",
        "pending_authentication_token": "…",
    });
    (403, body)
}

fn password_off() -> (u16, Value) {
    let text = "Signing in with a password is turned off.";
    (403, json!({ "code": "email_password_auth_disabled", "message": text }))
}

fn code_off() -> (u16, Value) {
    let text = "Signing in with a mailed code is turned off.";
    (403, json!({ "code": "authentication_method_not_allowed", "message": text }))
}

/// A state of the policies, and the exact replies.
type Row = (&'static str, fn(&Stage<'_>));

/// Step 1: the methods of the environment, before anybody is known.
const METHODS: &[Row] = &[
    ("by default", |it| {
        assert_eq!(it.password(), signed_in("Password", &it.acme));
        assert_eq!(it.code(), signed_in("MagicAuth", &it.acme));
    }),
    ("no passwords", |it| {
        it.environment(json!({ "password": false }));
        assert_eq!(it.password(), password_off());
        assert_eq!(it.code(), signed_in("MagicAuth", &it.acme));
    }),
    ("no codes", |it| {
        it.environment(json!({ "magic_auth": false }));
        assert_eq!(it.code(), code_off());
        assert_eq!(it.password(), signed_in("Password", &it.acme));
    }),
    ("an organization opens nothing that the environment closes", |it| {
        it.environment(json!({ "password": false }));
        it.acme(json!({ "password": true }));
        assert_eq!(it.password(), password_off());
    }),
];

/// Step 6: the domain of the address, whatever organization somebody came for.
const DOMAINS: &[Row] = &[
    ("the domain requires single sign-on", |it| {
        it.acme(json!({ "sso_required": true }));
        assert_eq!(it.password(), sso_required(Some(&it.acme)));
        assert_eq!(it.code(), sso_required(Some(&it.acme)));
    }),
    ("the domain requires it of those who come for another organization", |it| {
        enter(it.world, &it.ada, &it.other);
        it.acme(json!({ "sso_required": true }));
        assert_eq!(it.password(), sso_required(Some(&it.acme)));
    }),
    ("the domain lets codes in alone", |it| {
        it.acme(json!({ "password": false, "social": false }));
        assert_eq!(it.password(), methods_required(&it.acme, &["magic_auth"]));
        assert_eq!(it.code(), signed_in("MagicAuth", &it.acme));
    }),
    ("the domain lets one provider in", |it| {
        let only = json!({ "GitHubOAuth": true });
        it.acme(json!({
            "password": false, "magic_auth": false, "social": false, "social_providers": only,
        }));
        assert_eq!(it.password(), methods_required(&it.acme, &["github_oauth"]));
    }),
    ("the domain comes before the proof of the address and before a second factor", |it| {
        it.environment(json!({ "second_factor": "required" }));
        it.acme(json!({ "sso_required": true }));
        assert_eq!(it.password(), sso_required(Some(&it.acme)));
    }),
    ("a domain that was only claimed requires nothing", |it| {
        let rival = it.world.call("organizations.create", json!({ "name": "Rival" })).unwrap();
        let input = json!({ "organization_id": rival["id"], "domain": "rival.test" });
        it.world.call("organization_domains.create", input).unwrap();
        it.organization(&text(&rival["id"]), json!({ "sso_required": true }));
        user(it.world, "eve@rival.test");
        assert_eq!(answer(sign_in(it.world, "eve@rival.test")).0, 200);
        it.world.drain();
    }),
    ("what is cleared is as in the environment again", |it| {
        it.acme(json!({ "sso_required": true }));
        it.acme(json!({ "sso_required": null }));
        assert_eq!(it.password(), signed_in("Password", &it.acme));
    }),
];

/// Steps 7 and 8: the address and the second factor.
const STEPS: &[Row] = &[
    ("the environment requires a factor", |it| {
        it.environment(json!({ "second_factor": "required" }));
        assert_eq!(it.password(), enrolment());
    }),
    ("the organization requires a factor", |it| {
        it.acme(json!({ "second_factor": "required" }));
        assert_eq!(it.password(), enrolment());
    }),
    ("the organization lets off what the environment requires", |it| {
        it.environment(json!({ "second_factor": "required" }));
        it.acme(json!({ "second_factor": "optional" }));
        assert_eq!(it.password(), signed_in("Password", &it.acme));
    }),
    ("the domain requires a factor of those who come for another organization", |it| {
        enter(it.world, &it.ada, &it.other);
        it.acme(json!({ "second_factor": "required" }));
        assert_eq!(it.password(), enrolment());
    }),
    ("the organization requires the proof of the address, which comes before the factor", |it| {
        it.environment(json!({ "email_verification": false }));
        let input = json!({ "id": it.ada, "email": "ada.new@acme.test" });
        it.world.call("users.update", input).unwrap();
        let back = json!({ "id": it.ada, "email": EMAIL, "email_verified": false });
        it.world.call("users.update", back).unwrap();
        assert_eq!(it.password(), signed_in("Password", &it.acme));
        it.acme(json!({ "email_verification": true, "second_factor": "required" }));
        assert_eq!(it.password(), unverified());
        it.world.drain();
    }),
];

/// Step 10: the organization, once it is settled.
const ORGANIZATIONS: &[Row] = &[
    ("the environment requires single sign-on, and the user has no organization", |it| {
        it.environment(json!({ "sso_required": true }));
        user(it.world, "solo@solo.test");
        let mut expected = sso_required(None);
        expected.1["email"] = json!("solo@solo.test");
        assert_eq!(answer(sign_in(it.world, "solo@solo.test")), expected);
    }),
    ("the organization lets off the single sign-on of the environment", |it| {
        it.environment(json!({ "sso_required": true }));
        it.acme(json!({ "sso_required": false }));
        assert_eq!(it.password(), signed_in("Password", &it.acme));
    }),
    ("the only organization requires single sign-on", |it| {
        it.world.call("organizations.delete", json!({ "id": it.acme })).unwrap();
        enter(it.world, &it.ada, &it.other);
        it.organization(&it.other, json!({ "sso_required": true }));
        assert_eq!(it.password(), sso_required(Some(&it.other)));
    }),
    ("the chosen organization requires single sign-on", |it| {
        enter(it.world, &it.ada, &it.other);
        it.organization(&it.other, json!({ "sso_required": true }));
        let text = "Must use SSO for selected organization";
        assert_eq!(it.choice(&it.other), (400, json!({ "message": text })));
        assert_eq!(it.choice(&it.acme), signed_in("Password", &it.acme));
    }),
    ("the chosen organization does not let passwords in", |it| {
        enter(it.world, &it.ada, &it.other);
        it.organization(&it.other, json!({ "password": false }));
        let allowed = [&OAUTH[..], &["magic_auth"]].concat();
        assert_eq!(it.choice(&it.other), methods_required(&it.other, &allowed));
        assert_eq!(it.choice(&it.acme), signed_in("Password", &it.acme));
    }),
    ("the chosen organization requires a factor", |it| {
        enter(it.world, &it.ada, &it.other);
        it.organization(&it.other, json!({ "second_factor": "required" }));
        let told = sign_in(it.world, EMAIL).unwrap_err().body();
        let input = json!({
            "pending_authentication_token": told["pending_authentication_token"],
            "organization_id": it.other,
        });
        assert_eq!(answer(authenticate(it.world, ORGANIZATION, input)), enrolment());
    }),
];

fn play(rows: &[Row]) {
    for (name, row) in rows {
        each_engine(domains(), |world| {
            eprintln!("row: {name}");
            row(&Stage::set(world));
        });
    }
}

#[test]
fn the_environment_settles_which_methods_there_are() {
    play(METHODS);
}

#[test]
fn the_domain_of_an_address_has_its_organizations_policy_wherever_its_user_goes() {
    play(DOMAINS);
}

#[test]
fn the_address_and_the_second_factor_are_asked_for_by_whoever_requires_them() {
    play(STEPS);
}

#[test]
fn the_policy_of_an_organization_is_checked_once_it_is_settled() {
    play(ORGANIZATIONS);
}

#[test]
fn a_refused_method_leaves_no_session_and_tells_that_the_credential_was_good() {
    each_engine(domains(), |world| {
        let it = Stage::set(world);
        it.acme(json!({ "sso_required": true }));
        it.password();
        assert_eq!(count(world, "session.created"), 0);
        assert_eq!(count(world, "authentication.password_succeeded"), 1);
        let wrong = json!({ "email": EMAIL, "password": "Not-The-Password-55" });
        let refused = (400, "invalid_credentials".to_owned());
        assert_eq!(refusal(authenticate(world, "password", wrong)), refused, "first the password");
    });
}

#[test]
fn the_policy_of_an_organization_is_changed_field_by_field_and_stays_in_its_environment() {
    each_engine(domains(), |world| {
        let it = Stage::set(world);
        let get = || {
            let input = json!({ "organization_id": it.acme });
            world.call("organization_sign_in_policy.get", input).unwrap()
        };
        let names = [
            "password",
            "magic_auth",
            "passkey",
            "social",
            "social_providers",
            "sso",
            "sso_required",
            "email_verification",
            "second_factor",
            "session_seconds",
            "inactivity_seconds",
            "access_token_seconds",
        ];
        let first = get();
        assert!(names.iter().all(|name| first[name] == Value::Null), "{first}");
        assert_eq!(first["organization_id"], json!(it.acme));
        let mut effective = world.call("sign_in_policy.get", json!({})).unwrap();
        effective.as_object_mut().unwrap().remove("object");
        assert_eq!(first["effective"], effective);
        it.acme(json!({ "second_factor": "required", "session_seconds": 3600 }));
        it.acme(json!({ "second_factor": null, "passkey": false }));
        let now = get();
        assert_eq!(
            (&now["second_factor"], &now["passkey"], &now["session_seconds"]),
            (&Value::Null, &json!(false), &json!(3600))
        );
        assert_eq!(now["effective"]["session_seconds"], 3600);
        let (_, key) = world.other_environment();
        let request = vestibule_kernel::Request { credential: Some(key), ..Default::default() };
        let input = json!({ "organization_id": it.acme });
        let foreign = world.call_as(request, "organization_sign_in_policy.get", input);
        assert_eq!(foreign.unwrap_err().status(), 404);
        let input = json!({ "organization_id": it.acme, "session_seconds": 59 });
        let error = world.call("organization_sign_in_policy.update", input).unwrap_err();
        assert_eq!(error.status(), 422);
        world.call("organizations.delete", json!({ "id": it.acme })).unwrap();
        let gone = json!({ "organization_id": it.acme });
        assert_eq!(world.call("organization_sign_in_policy.get", gone).unwrap_err().status(), 404);
    });
}

/// Refreshes, or changes to an organization by it.
fn go_on(world: &World, token: &Value, organization: Option<&str>) -> (u16, Value) {
    let mut input = json!({ "refresh_token": token });
    if let Some(id) = organization {
        input["organization_id"] = json!(id);
    }
    answer(authenticate(world, "refresh_token", input))
}

fn oauth(error: &str, description: &str) -> (u16, Value) {
    (400, json!({ "error": error, "error_description": description }))
}

#[test]
fn a_session_feels_a_new_requirement_at_its_next_refresh_and_goes_on_where_it_is_lifted() {
    each_engine(domains(), |world| {
        let it = Stage::set(world);
        let token = sign_in(world, EMAIL).unwrap()["refresh_token"].clone();
        let factor = "A second factor is required. Sign in again, and prove or enroll one.";
        let method =
            "The method by which the session began is not allowed any more. Sign in again.";
        let address = "The e-mail address must be verified first. Sign in again.";
        let states: [(Value, (u16, Value)); 4] = [
            (json!({ "second_factor": "required" }), oauth("mfa_enrollment", factor)),
            (json!({ "password": false }), oauth("invalid_grant", method)),
            (json!({ "sso_required": true }), sso_required(Some(&it.acme))),
            (json!({ "email_verification": true }), oauth("invalid_grant", address)),
        ];
        it.environment(json!({ "email_verification": false }));
        let back = json!({ "id": it.ada, "email_verified": false });
        world.call("users.update", back).unwrap();
        for (state, expected) in states {
            let names = state.as_object().unwrap().keys();
            let cleared: Value =
                names.map(|it| (it.clone(), Value::Null)).collect::<serde_json::Map<_, _>>().into();
            it.acme(state.clone());
            assert_eq!(go_on(world, &token, None), expected, "{state}");
            it.acme(cleared);
        }
        assert_eq!(go_on(world, &token, None), signed_in("Password", &it.acme), "none was used up");
        assert_eq!(count(world, "session.revoked"), 0);
    });
}

#[test]
fn a_session_by_a_proved_factor_meets_the_requirement_of_one() {
    each_engine(domains(), |world| {
        let it = Stage::set(world);
        let (factor, secret) = factor(world, &it.ada);
        let told = sign_in(world, EMAIL).unwrap_err();
        assert_eq!(told.code(), "mfa_challenge");
        let input = json!({
            "code": app_code(world, &secret, 0),
            "pending_authentication_token": told.body()["pending_authentication_token"],
            "authentication_challenge_id": challenge(world, &factor),
        });
        let proved = authenticate(world, TOTP, input).unwrap();
        it.environment(json!({ "second_factor": "required" }));
        let done = go_on(world, &proved["refresh_token"], None);
        assert_eq!(done, signed_in("Password", &it.acme));
    });
}

#[test]
fn an_optional_factor_that_was_enrolled_meanwhile_is_asked_for_at_the_next_sign_in() {
    each_engine(domains(), |world| {
        let it = Stage::set(world);
        let token = sign_in(world, EMAIL).unwrap()["refresh_token"].clone();
        factor(world, &it.ada);
        assert_eq!(go_on(world, &token, None), signed_in("Password", &it.acme));
        assert_eq!(refusal(sign_in(world, EMAIL)), (403, "mfa_challenge".to_owned()));
    });
}

#[test]
fn a_change_of_organization_meets_the_policy_there_or_the_session_stays_where_it_was() {
    each_engine(domains(), |world| {
        let it = Stage::set(world);
        let token = sign_in(world, EMAIL).unwrap()["refresh_token"].clone();
        enter(world, &it.ada, &it.other);
        let factor = "A second factor is required. Sign in again, and prove or enroll one.";
        let allowed = [&OAUTH[..], &["magic_auth"]].concat();
        let mut methods = methods_required(&it.other, &allowed);
        methods.0 = 400;
        methods.1.as_object_mut().unwrap().remove("pending_authentication_token");
        let states: [(Value, (u16, Value)); 3] = [
            (json!({ "sso_required": true }), sso_required(Some(&it.other))),
            (json!({ "sso_required": null, "password": false }), methods),
            (
                json!({ "password": null, "second_factor": "required" }),
                oauth("mfa_enrollment", factor),
            ),
        ];
        for (state, expected) in states {
            it.organization(&it.other, state);
            assert_eq!(go_on(world, &token, Some(&it.other)), expected);
        }
        assert_eq!(go_on(world, &token, None), signed_in("Password", &it.acme));
    });
}

#[test]
fn a_session_lasts_no_longer_than_the_policy_of_its_organization_lets_it() {
    each_engine(domains(), |world| {
        let it = Stage::set(world);
        it.acme(json!({
            "session_seconds": 7200, "inactivity_seconds": 3600, "access_token_seconds": 60,
        }));
        let first = sign_in(world, EMAIL).unwrap();
        let told = claims(&first);
        assert_eq!(told["exp"].as_i64().unwrap() - told["iat"].as_i64().unwrap(), 60);
        world.clock.advance_seconds(3599);
        assert_eq!(sessions(world, &it.ada).len(), 1);
        let second = refresh(world, &first["refresh_token"]).unwrap();
        world.clock.advance_seconds(3600);
        assert!(sessions(world, &it.ada).is_empty(), "it paused for too long");
        assert_eq!(go_on(world, &second["refresh_token"], None).0, 400);
        it.acme(json!({ "inactivity_seconds": 86_400 }));
        assert_eq!(go_on(world, &second["refresh_token"], None).0, 200, "a pause counts at once");
        world.clock.advance_seconds(1);
        assert!(sessions(world, &it.ada).is_empty(), "its length has passed");
    });
}

#[test]
fn a_long_session_is_not_carried_into_an_organization_of_short_ones() {
    each_engine(domains(), |world| {
        let it = Stage::set(world);
        let token = sign_in(world, EMAIL).unwrap()["refresh_token"].clone();
        enter(world, &it.ada, &it.other);
        it.organization(&it.other, json!({ "session_seconds": 3600 }));
        world.clock.advance_seconds(1800);
        assert_eq!(go_on(world, &token, Some(&it.other)).0, 200);
        let page = world.call("sessions.list", json!({ "id": it.ada })).unwrap();
        assert_eq!(page["data"][0]["expires_at"], "2026-01-15T13:00:00.000Z");
        world.clock.advance_seconds(1800);
        assert!(sessions(world, &it.ada).is_empty());
    });
}
