//! The order in which a sign-in is evaluated (contract 03 §4), in the steps that are no policy: each
//! row a state in which two steps would refuse, and the exact reply of the one that comes first.
use serde_json::{Value, json};
use vestibule_kernel::context::Extensions;
use vestibule_kernel::testing::on_sqlite_with;
use vestibule_signin::policy::SsoConnections;

use super::*;
use crate::actions::{AUTHENTICATION, Application, denied};

const BOT: &str = "curl/8.5.0";
const WRONG: &str = "Not-The-Password-55";

impl Stage<'_> {
    /// An invitation to the other organization, as it was made.
    fn invitation(&self, email: &str) -> Value {
        let input = json!({ "email": email, "organization_id": self.other });
        let made = self.world.call("invitations.create", input).unwrap();
        self.world.drain();
        made
    }
    /// The token of one that was taken back.
    fn dead_invitation(&self) -> Value {
        let made = self.invitation(EMAIL);
        self.world.call("invitations.revoke", json!({ "id": made["id"] })).unwrap();
        made["token"].clone()
    }
    fn state(&self, invitation: &Value) -> Value {
        let found = self.world.call("invitations.get", json!({ "id": invitation["id"] })).unwrap();
        found["state"].clone()
    }
    /// Signs in with a password, and with what else is given.
    fn with(&self, more: Value) -> (u16, Value) {
        answer(authenticate(self.world, "password", given(json!({ "password": PASSWORD }), more)))
    }
    /// Signs in with a code that was mailed before, and with what else is given.
    fn with_code(&self, code: &Value, more: Value) -> (u16, Value) {
        answer(authenticate(self.world, MAGIC_AUTH, given(json!({ "code": code }), more)))
    }
    fn mailed(&self) -> Value {
        let made = self.world.call("magic_auth.create", json!({ "email": EMAIL })).unwrap();
        self.world.drain();
        made["code"].clone()
    }
    /// Has sign-ins judged by lists and by what browsers say of themselves.
    fn judge(&self) {
        let policy = json!({
            "sign_in": true, "bot_detection": "challenge", "brute_force_attack": "off",
            "repeat_sign_up": "off", "disposable_domain": "off", "stale_account": "off",
            "unrecognized_device": "off",
        });
        self.world.call("radar_policy.update", policy).unwrap();
    }
    fn list(&self, action: &str, r#type: &str, entry: &str) {
        let input = json!({ "type": r#type, "action": action, "entry": entry });
        self.world.call("radar_lists.add", input).unwrap();
    }
    fn unlist(&self, r#type: &str, entry: &str) {
        let input = json!({ "type": r#type, "action": "block", "entry": entry });
        self.world.call("radar_lists.remove", input).unwrap();
    }
    fn offers_passkeys(&self) {
        let input = json!({ "progressive_enrollment": "everywhere" });
        self.world.call("passkey_settings.update", input).unwrap();
    }
    fn sessions(&self) -> usize {
        count(self.world, "session.created")
    }
}

fn given(mut input: Value, more: Value) -> Value {
    input["email"] = json!(EMAIL);
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    input
}

fn coded(status: u16, code: &str, message: &str) -> (u16, Value) {
    (status, json!({ "code": code, "message": message }))
}

fn invitation_invalid() -> (u16, Value) {
    let text = "The invitation is not valid: it has expired, was revoked or was accepted already.";
    oauth("invitation_invalid", text)
}

fn wrong_recipient() -> (u16, Value) {
    let text = format!("The invitation cannot be used for '{EMAIL}'.");
    oauth("invitation_cannot_be_used_for_email", &text)
}

fn wrong_password() -> (u16, Value) {
    coded(400, "invalid_credentials", &format!("Invalid credentials for '{EMAIL}'."))
}

fn wrong_code() -> (u16, Value) {
    coded(400, "invalid_one_time_code", "The code is not right.")
}

fn blocked() -> (u16, Value) {
    coded(403, "access_denied", "This sign-in was stopped, to keep accounts safe.")
}

fn challenged() -> (u16, Value) {
    let text = "This sign-in looks risky. The code is needed that was mailed to the user.";
    let body = json!({
        "code": "radar_challenge", "message": text,
        "error": "radar_email_challenge", "error_description": text,
        "email": EMAIL, "user": EMAIL, "radar_challenge_id": "…",
        "pending_authentication_token": "…",
    });
    (403, body)
}

fn offered() -> (u16, Value) {
    let body = json!({
        "code": "passkey_progressive_enrollment",
        "message": "The user may register a passkey now, or go on without one.",
        "user": EMAIL,
        "pending_authentication_token": "…",
    });
    (403, body)
}

/// Step 2: the invitation.
const INVITATIONS: &[Row] = &[
    ("a method that is off comes before a dead invitation", |it| {
        it.environment(json!({ "password": false }));
        assert_eq!(it.with(json!({ "invitation_token": it.dead_invitation() })), password_off());
    }),
    ("a dead invitation comes before a wrong password, which nobody hears of", |it| {
        let more = json!({ "invitation_token": it.dead_invitation(), "password": WRONG });
        assert_eq!(it.with(more), invitation_invalid());
        assert_eq!(count(it.world, "authentication.password_failed"), 0);
    }),
    ("a dead invitation comes before the code, which stays good", |it| {
        let (code, token) = (it.mailed(), it.dead_invitation());
        assert_eq!(it.with_code(&code, json!({ "invitation_token": token })), invitation_invalid());
        assert_eq!(it.with_code(&code, json!({})), signed_in("MagicAuth", &it.acme));
    }),
    ("a dead invitation comes before a block", |it| {
        it.judge();
        it.list("block", "email", EMAIL);
        let more = json!({ "invitation_token": it.dead_invitation() });
        assert_eq!(it.with(more), invitation_invalid());
    }),
    ("an invitation is dead once it has expired, was accepted, or was never made", |it| {
        assert_eq!(it.with(json!({ "invitation_token": "nobodys" })), invitation_invalid());
        let expired = it.invitation(EMAIL)["token"].clone();
        it.world.clock.advance_seconds(7 * 24 * 60 * 60);
        assert_eq!(it.with(json!({ "invitation_token": expired })), invitation_invalid());
        let accepted = it.invitation(EMAIL)["token"].clone();
        let more = json!({ "invitation_token": accepted });
        assert_eq!(it.with(more.clone()), signed_in("Password", &it.other));
        assert_eq!(it.with(more), invitation_invalid());
    }),
];

/// Step 3: the judgement of the risk.
const JUDGEMENT: &[Row] = &[
    ("a block comes before a wrong password, and is told in the same words of everybody", |it| {
        it.judge();
        it.list("block", "domain", "acme.test");
        assert_eq!(it.with(json!({ "password": WRONG })), blocked());
        assert_eq!(it.with(json!({})), blocked());
        assert_eq!(it.with(json!({ "email": "nobody@acme.test" })), blocked());
        let told = last(it.world, "authentication.password_failed");
        assert_eq!(told["error"]["code"], "access_denied");
    }),
    ("a block comes before the code, which stays good", |it| {
        let code = it.mailed();
        it.judge();
        it.list("block", "email", EMAIL);
        assert_eq!(it.with_code(&code, json!({})), blocked());
        it.unlist("email", EMAIL);
        assert_eq!(it.with_code(&code, json!({})), signed_in("MagicAuth", &it.acme));
    }),
    ("the allow list wins", |it| {
        it.judge();
        it.list("block", "domain", "acme.test");
        it.list("allow", "email", EMAIL);
        assert_eq!(it.with(json!({ "user_agent": BOT })), signed_in("Password", &it.acme));
    }),
    ("a challenge is for those alone whose password was right", |it| {
        it.judge();
        assert_eq!(it.with(json!({ "user_agent": BOT, "password": WRONG })), wrong_password());
        assert_eq!(it.with(json!({ "user_agent": BOT })), challenged());
        it.world.drain();
    }),
    ("a challenge comes before the policy of the domain", |it| {
        it.judge();
        it.acme(json!({ "sso_required": true }));
        assert_eq!(it.with(json!({ "user_agent": BOT })), challenged());
        it.world.drain();
    }),
];

/// Steps 4 and 5: the credential, and whom the invitation is for.
const CREDENTIALS: &[Row] = &[
    ("a wrong password, and the password of nobody", |it| {
        assert_eq!(it.with(json!({ "password": WRONG })), wrong_password());
        let told = last(it.world, "authentication.password_failed");
        assert_eq!(told["error"]["code"], "invalid_credentials");
        let nobody = "Invalid credentials for 'nobody@acme.test'.";
        let expected = coded(400, "invalid_credentials", nobody);
        assert_eq!(it.with(json!({ "email": "nobody@acme.test" })), expected);
    }),
    ("a wrong code comes before the invitation of somebody else", |it| {
        let code = text(&it.mailed());
        let token = it.invitation("eve@other.test")["token"].clone();
        let more = json!({ "invitation_token": token });
        assert_eq!(it.with_code(&json!(wrong(&code)), more), wrong_code());
        assert_eq!(count(it.world, "authentication.magic_auth_failed"), 1);
    }),
    ("a wrong password comes before the invitation of somebody else", |it| {
        let token = it.invitation("eve@other.test")["token"].clone();
        let more = json!({ "invitation_token": token, "password": WRONG });
        assert_eq!(it.with(more), wrong_password());
    }),
    ("the invitation of somebody else comes before the policy of the domain", |it| {
        it.acme(json!({ "sso_required": true }));
        let invitation = it.invitation("eve@other.test");
        let more = json!({ "invitation_token": invitation["token"] });
        assert_eq!(it.with(more), wrong_recipient());
        assert_eq!(it.state(&invitation), "pending");
        assert_eq!(count(it.world, "authentication.password_succeeded"), 0);
    }),
    ("the invitation of somebody else comes before a challenge", |it| {
        it.judge();
        let token = it.invitation("eve@other.test")["token"].clone();
        let more = json!({ "invitation_token": token, "user_agent": BOT });
        assert_eq!(it.with(more), wrong_recipient());
    }),
    ("the invitation of somebody else uses up no code", |it| {
        let (code, invitation) = (it.mailed(), it.invitation("eve@other.test"));
        let more = json!({ "invitation_token": invitation["token"] });
        assert_eq!(it.with_code(&code, more), wrong_recipient());
        assert_eq!(it.state(&invitation), "pending");
        assert_eq!(it.with_code(&code, json!({})), signed_in("MagicAuth", &it.acme));
    }),
];

/// Step 9: the offer of a passkey.
const OFFERS: &[Row] = &[
    ("a required factor comes before the offer", |it| {
        it.offers_passkeys();
        it.environment(json!({ "second_factor": "required" }));
        assert_eq!(it.password(), enrolment());
    }),
    ("the offer comes before the choice of an organization", |it| {
        it.offers_passkeys();
        enter(it.world, &it.ada, &it.other);
        assert_eq!(it.password(), offered());
        let choice = it.password();
        assert_eq!((choice.0, &choice.1["code"]), (403, &json!("organization_selection_required")));
    }),
    ("nobody is offered one whom the organization does not let in", |it| {
        it.offers_passkeys();
        it.world.call("organizations.delete", json!({ "id": it.acme })).unwrap();
        enter(it.world, &it.ada, &it.other);
        it.organization(&it.other, json!({ "sso_required": true }));
        assert_eq!(it.password(), sso_required(Some(&it.other)));
    }),
];

/// Steps 10 and 11: the organization, and the invitation that is accepted once it is settled.
const ACCEPTANCE: &[Row] = &[
    ("the organization of the invitation wins, and the invitation is accepted last", |it| {
        let invitation = it.invitation(EMAIL);
        let more = json!({ "invitation_token": invitation["token"] });
        assert_eq!(it.with(more), signed_in("Password", &it.other));
        assert_eq!(it.state(&invitation), "accepted");
        let names = it.world.event_names();
        let place = |name: &str| names.iter().rposition(|it| it == name).unwrap();
        assert!(place("authentication.password_succeeded") < place("invitation.accepted"));
        assert!(place("invitation.accepted") < place("session.created"));
    }),
    ("what the organization requires comes before the acceptance", |it| {
        it.organization(&it.other, json!({ "second_factor": "required" }));
        let invitation = it.invitation(EMAIL);
        let more = json!({ "invitation_token": invitation["token"] });
        assert_eq!(it.with(more.clone()), enrolment());
        assert_eq!(it.state(&invitation), "pending");
        it.organization(&it.other, json!({ "second_factor": null, "sso_required": true }));
        assert_eq!(it.with(more), sso_required(Some(&it.other)));
        assert_eq!(it.state(&invitation), "pending");
    }),
];

/// Steps 12 and 13: the JWT template, and the application.
const LAST: &[Row] = &[
    ("a template that cannot be rendered leaves nothing, and the application is not asked", |it| {
        let application = Application::asked(it.world, AUTHENTICATION);
        let pairs: serde_json::Map<_, _> =
            (0..6).map(|n| (format!("key{n}"), json!("x".repeat(600)))).collect();
        it.world.call("users.update", json!({ "id": it.ada, "metadata": pairs })).unwrap();
        let content = json!({ "about": "{{ user.metadata }}" }).to_string();
        it.world.call("jwt_template.update", json!({ "content": content })).unwrap();
        let invitation = it.invitation(EMAIL);
        let more = json!({ "invitation_token": invitation["token"] });
        let length = json!({ "about": pairs }).to_string().len();
        let text =
            format!("The claims of the JWT template are {length} bytes long; 3072 are allowed.");
        assert_eq!(it.with(more), oauth("token_too_big", &text));
        assert_eq!((it.state(&invitation), it.sessions()), (json!("pending"), 0));
        assert_eq!(application.questions(), Vec::<Value>::new());
    }),
    ("the application is asked last, and its denial leaves the invitation as it was", |it| {
        let application = Application::asked(it.world, AUTHENTICATION);
        application.says(it.world, "Deny", Some("Not today."));
        it.acme(json!({ "sso_required": true }));
        assert_eq!(it.password(), sso_required(Some(&it.acme)));
        it.acme(json!({ "sso_required": null }));
        assert_eq!(application.questions(), Vec::<Value>::new());
        let invitation = it.invitation(EMAIL);
        let more = json!({ "invitation_token": invitation["token"] });
        assert_eq!(it.with(more.clone()), denied("Not today."));
        assert_eq!(application.questions().len(), 1);
        assert_eq!((it.state(&invitation), it.sessions()), (json!("pending"), 0));
        application.says(it.world, "Allow", None);
        assert_eq!(it.with(more), signed_in("Password", &it.other));
    }),
];

#[test]
fn a_dead_invitation_is_refused_before_anything_is_used_up() {
    play(INVITATIONS);
}

#[test]
fn a_risk_is_judged_before_the_credential_and_challenged_after_it() {
    play(JUDGEMENT);
}

#[test]
fn the_credential_comes_before_the_recipient_and_both_before_the_policies() {
    play(CREDENTIALS);
}

#[test]
fn a_passkey_is_offered_after_the_factor_and_before_the_organization() {
    play(OFFERS);
}

#[test]
fn an_invitation_is_accepted_once_nothing_else_is_required() {
    play(ACCEPTANCE);
}

#[test]
fn the_template_is_rendered_before_the_application_is_asked() {
    play(LAST);
}

#[test]
fn who_must_use_single_sign_on_is_told_the_connections_of_the_organization() {
    let of_organization = SsoConnections(|_, id| Ok(vec![format!("conn_of_{id}")]));
    on_sqlite_with(domains(), Extensions::default().with(of_organization), |world| {
        let it = Stage::set(world);
        let connections = json!([format!("conn_of_{}", it.acme)]);
        it.acme(json!({ "sso_required": true }));
        let mut expected = sso_required(Some(&it.acme));
        expected.1["connection_ids"] = connections.clone();
        assert_eq!(it.password(), expected);
        it.acme(json!({ "sso_required": null, "password": false }));
        let allowed = [&OAUTH[..], &["magic_auth"]].concat();
        let mut expected = methods_required(&it.acme, &allowed);
        expected.1["sso_connection_ids"] = connections;
        assert_eq!(it.password(), expected);
        // The environment's own requirement is no organization's.
        it.acme(json!({ "password": null }));
        it.environment(json!({ "sso_required": true }));
        user(world, "solo@solo.test");
        let mut expected = sso_required(None);
        expected.1["email"] = json!("solo@solo.test");
        assert_eq!(answer(sign_in(world, "solo@solo.test")), expected);
    });
}
