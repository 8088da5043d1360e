//! What the tests of all modules share.
use serde_json::{Value, json};
use vestibule_kernel::call::Request;
use vestibule_kernel::testing::{Domains, World};
use vestibule_kernel::{Error, Result};

/// This crate, alone.
pub const PEOPLE: Domains = Domains {
    operations: vestibule_people::OPERATIONS,
    reactions: vestibule_people::REACTIONS,
    handlers: vestibule_people::HANDLERS,
};

/// An organization of this name, without domains.
pub fn organization(world: &World, name: &str) -> Value {
    world.call("organizations.create", json!({ "name": name })).unwrap()
}

/// The id of an object.
pub fn id(object: &Value) -> &str {
    object["id"].as_str().unwrap()
}

/// The ids of a page.
pub fn ids(page: &Value) -> Vec<&str> {
    page["data"].as_array().unwrap().iter().map(id).collect()
}

/// Calls with the key of another environment.
pub fn call_from(
    key: &vestibule_kernel::secret::Secret,
    world: &World,
    operation: &str,
    input: Value,
) -> Result<Value> {
    let request = Request { credential: Some(key.clone()), ..Request::default() };
    world.call_as(request, operation, input)?.json()
}

/// The refusal, whose status and code must be these.
#[track_caller]
pub fn refused(done: Result<Value>, status: u16, code: &str) -> Error {
    let error = done.expect_err("it must be refused");
    assert_eq!((error.status(), error.code()), (status, code), "{error:?}");
    error
}

/// The names of the refused fields.
pub fn fields(error: &Error) -> Vec<&str> {
    error.fields().iter().map(|it| it.field.as_deref().unwrap_or_default()).collect()
}
