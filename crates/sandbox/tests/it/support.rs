//! What many tests of sandboxes need.
use serde_json::{Value, json};
use vestibule_kernel::catalog::Reply;
use vestibule_kernel::sandbox::Target;
use vestibule_kernel::testing::{Domains, World};
use vestibule_kernel::{Call, Request, Result};

pub const PASSWORD: &str = "Violet-Harbour-Quince-31";
pub const CALLBACK: &str = "http://localhost:3999/callback";
pub const SEED: &str = "
users:
  - id: user_ada
    email: ada@seed.test
    password: Violet-Harbour-Quince-31
    email_verified: true
  - email: grace@seed.test
    email_verified: true
organizations:
  - id: org_seed
    name: Seed
    memberships: [{ email: ada@seed.test, role: admin }]
redirectUris: ['https://app.seed.test/callback']
errorHooks:
  - { method: GET, path: /organizations, status: 503, count: 1 }
";

/// The domains as the program has them.
pub fn domains() -> Domains {
    let operations = [
        vestibule_people::OPERATIONS,
        vestibule_signin::OPERATIONS,
        vestibule_federation::OPERATIONS,
        vestibule_access::OPERATIONS,
        vestibule_record::OPERATIONS,
        vestibule_sandbox::OPERATIONS,
    ];
    let reactions = [
        vestibule_people::REACTIONS,
        vestibule_signin::REACTIONS,
        vestibule_federation::REACTIONS,
        vestibule_access::REACTIONS,
        vestibule_record::REACTIONS,
    ];
    let handlers = [vestibule_people::HANDLERS, vestibule_messages::HANDLERS];
    Domains {
        operations: operations.concat().leak(),
        reactions: reactions.concat().leak(),
        handlers: handlers.concat().leak(),
    }
}

/// Makes the world's environment a sandbox.
pub fn enable(world: &World) {
    world.call("sandbox.enable", json!({})).unwrap();
}

/// Makes it one, and puts it to [`SEED`].
pub fn seeded(world: &World) {
    enable(world);
    world.call("sandbox.reset", json!({ "seed": SEED })).unwrap();
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// The code of a refusal.
pub fn refusal(done: Result<Value>) -> (u16, String) {
    let error = done.unwrap_err();
    (error.status(), error.code().to_owned())
}

/// Signs somebody in by password.
pub fn sign_in(world: &World, email: &str) -> Result<Value> {
    let input = json!({
        "grant_type": "password", "client_id": "client_01",
        "client_secret": world.key.reveal(), "email": email, "password": PASSWORD,
    });
    world.call_as(Request::default(), "user_management.authenticate", input)?.json()
}

/// A call as HTTP makes it, so that hooks may answer.
pub fn by_http(world: &World, target: (&str, &str), id: &str, input: Value) -> Result<Reply> {
    let request = Request {
        credential: Some(world.key.clone()),
        target: Some(Target { method: target.0.to_owned(), path: target.1.to_owned() }),
        ..Request::default()
    };
    let entry = world.app.catalog().get(id).unwrap();
    world.block_on(world.app.call(Call { entry, input, request }))
}

/// Where the authorize endpoint sends a browser.
pub fn authorize(world: &World, more: Value) -> Result<String> {
    let mut input = json!({
        "client_id": "client_01", "redirect_uri": CALLBACK, "response_type": "code",
        "provider": "authkit", "state": "s",
    });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let reply = world.call_as(Request::default(), "user_management.authorize", input)?;
    Ok(reply.location.unwrap())
}
