//! What many tests of signing in need: the whole of the domains, people, and the endpoint.
use aws_lc_rs::hmac;
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use serde_json::{Value, json};
use vestibule_kernel::catalog::Reply;

use vestibule_kernel::testing::{Domains, World};
use vestibule_kernel::{Cx, Error, Request, Result};
use vestibule_messages::inbox;
use vestibule_signin::policy::SignInPolicy;

pub const PASSWORD: &str = "Violet-Harbour-Quince-31";
pub const EMAIL: &str = "Ada@acme.test";
pub const CALLBACK: &str = "https://app.example.com/callback";
pub const EMAIL_VERIFICATION: &str = "urn:workos:oauth:grant-type:email-verification:code";
pub const MAGIC_AUTH: &str = "urn:workos:oauth:grant-type:magic-auth:code";
pub const ORGANIZATION: &str = "urn:workos:oauth:grant-type:organization-selection";
pub const TOTP: &str = "urn:workos:oauth:grant-type:mfa-totp";

/// The domains as the program has them.
pub fn domains() -> Domains {
    let operations =
        [vestibule_people::OPERATIONS, vestibule_signin::OPERATIONS, vestibule_access::OPERATIONS]
            .concat();
    let reactions =
        [vestibule_people::REACTIONS, vestibule_signin::REACTIONS, vestibule_access::REACTIONS]
            .concat();
    let handlers = [vestibule_people::HANDLERS, vestibule_messages::HANDLERS].concat();
    Domains {
        operations: operations.leak(),
        reactions: reactions.leak(),
        handlers: handlers.leak(),
    }
}

/// A verified user with the password [`PASSWORD`]; answers the id.
pub fn user(world: &World, email: &str) -> String {
    let input = json!({ "email": email, "password": PASSWORD, "email_verified": true });
    text(&world.call("users.create", input).unwrap()["id"])
}

/// The same, whose address was not proved.
pub fn unverified_user(world: &World, email: &str) -> String {
    let input = json!({ "email": email, "password": PASSWORD });
    text(&world.call("users.create", input).unwrap()["id"])
}

/// A new organization of which the user is a member; answers the id.
pub fn join(world: &World, user: &str, name: &str) -> String {
    let organization =
        text(&world.call("organizations.create", json!({ "name": name })).unwrap()["id"]);
    let input = json!({ "user_id": user, "organization_id": organization });
    world.call("organization_memberships.create", input).unwrap();
    organization
}

/// Calls the endpoint as a client that has its secret.
pub fn authenticate(world: &World, grant: &str, mut input: Value) -> Result<Value> {
    input["grant_type"] = json!(grant);
    input["client_id"] = json!("client_01");
    input["client_secret"] = json!(world.key.reveal());
    world.call_as(Request::default(), "user_management.authenticate", input)?.json()
}

/// Calls it as a client that has none.
pub fn authenticate_publicly(world: &World, grant: &str, input: Value) -> Result<Reply> {
    authenticate_as(world, Request::default(), grant, input)
}

pub fn authenticate_as(
    world: &World,
    request: Request,
    grant: &str,
    mut input: Value,
) -> Result<Reply> {
    input["grant_type"] = json!(grant);
    input["client_id"] = json!("client_01");
    world.call_as(request, "user_management.authenticate", input)
}

/// Signs in with the usual password.
pub fn sign_in(world: &World, email: &str) -> Result<Value> {
    authenticate(world, "password", json!({ "email": email, "password": PASSWORD }))
}

pub fn refresh(world: &World, token: &Value) -> Result<Value> {
    authenticate(world, "refresh_token", json!({ "refresh_token": token }))
}

/// The claims of the access token in a reply.
pub fn claims(reply: &Value) -> Value {
    let token = reply["access_token"].as_str().unwrap();
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
}

/// The ids of the active sessions of a user, newest first.
pub fn sessions(world: &World, user: &str) -> Vec<String> {
    let page = world.call("sessions.list", json!({ "id": user })).unwrap();
    page["data"].as_array().unwrap().iter().map(|it| text(&it["id"])).collect()
}

/// Changes how people may sign in.
pub fn policy(world: &World, change: impl Fn(&mut SignInPolicy) + Send + 'static) {
    world
        .flow()
        .write(move |cx: &mut Cx<'_>| {
            let mut policy: SignInPolicy = cx.setting()?;
            change(&mut policy);
            cx.set(&policy)
        })
        .unwrap();
}

/// The six digits in the newest mail.
pub fn mailed_code(world: &World) -> String {
    world.drain();
    let mail = world.flow().read(inbox::list).unwrap().into_iter().next().unwrap();
    let digits: Vec<&str> =
        mail.text.split(|it: char| !it.is_ascii_digit()).filter(|it| it.len() == 6).collect();
    digits[0].to_owned()
}

/// A code that is not this one.
pub fn wrong(code: &str) -> &'static str {
    if code == "000000" { "111111" } else { "000000" }
}

/// A factor of an authenticator app that was proved once; answers its id and secret.
pub fn factor(world: &World, user: &str) -> (String, String) {
    let (factor, challenge, secret) = enrolled_factor(world, user);
    let input = json!({ "id": challenge, "code": app_code(world, &secret, -1) });
    assert_eq!(world.call("auth_challenges.verify", input).unwrap()["valid"], true);
    (factor, secret)
}

/// A factor that was not proved yet; answers its id, challenge and secret.
pub fn enrolled_factor(world: &World, user: &str) -> (String, String, String) {
    let input = json!({ "user_id": user, "type": "totp" });
    let made = world.call("auth_factors.create", input).unwrap();
    let factor = &made["authentication_factor"];
    let challenge = text(&made["authentication_challenge"]["id"]);
    (text(&factor["id"]), challenge, text(&factor["totp"]["secret"]))
}

pub fn challenge(world: &World, factor: &str) -> String {
    text(&world.call("auth_factors.challenge", json!({ "id": factor })).unwrap()["id"])
}

/// What an authenticator app shows now, or so many steps later.
pub fn app_code(world: &World, secret: &str, steps: i64) -> String {
    let counter = world.app.now().seconds() / 30 + steps;
    let key = BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let tag = hmac::sign(&key, &counter.to_be_bytes());
    let at = usize::from(tag.as_ref()[19] & 15);
    let number = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// The status and the code of a refusal, wherever its family has the code.
pub fn refusal(done: Result<Value>) -> (u16, String) {
    let error = done.unwrap_err();
    (error.status(), error.code().to_owned())
}

/// The status and body of a refusal.
pub fn body(error: &Error) -> (u16, Value) {
    (error.status(), error.body())
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// How often an event happened.
pub fn count(world: &World, event: &str) -> usize {
    world.event_names().iter().filter(|it| *it == event).count()
}

/// The payload of the newest event of this name.
pub fn last(world: &World, event: &str) -> Value {
    world.events().into_iter().rev().find(|it| it.0 == event).unwrap().1
}
