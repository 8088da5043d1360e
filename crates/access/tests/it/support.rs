//! What the tests of all modules share.
use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};
use vestibule_kernel::catalog::Catalog;
use vestibule_kernel::chance::Chance;
use vestibule_kernel::context::{Extensions, Options, Parts};
use vestibule_kernel::db::Db;
use vestibule_kernel::event::Reaction;
use vestibule_kernel::secret::Sealer;
use vestibule_kernel::testing::{Domains, World, each_engine};
use vestibule_kernel::time::SystemClock;
use vestibule_kernel::{App, Error, Op, Result};

static OPERATIONS: LazyLock<Vec<&'static [Op]>> =
    LazyLock::new(|| [vestibule_people::OPERATIONS, vestibule_access::OPERATIONS].concat());
static REACTIONS: LazyLock<Vec<Reaction>> =
    LazyLock::new(|| [vestibule_people::REACTIONS, vestibule_access::REACTIONS].concat());

/// This crate and the one below it.
pub fn domains() -> Domains {
    Domains { operations: &OPERATIONS, reactions: &REACTIONS, handlers: vestibule_people::HANDLERS }
}

/// The program on a database that others may be on as well.
pub fn node(db: Db) -> Arc<App> {
    let domains = domains();
    App::new(Parts {
        db,
        clock: Arc::new(SystemClock),
        chance: Chance::system(),
        sealer: Sealer::new(&[7; 32]).unwrap(),
        catalog: Catalog::new(domains.operations),
        reactions: domains.reactions,
        options: Options::default(),
        extensions: Extensions::default(),
    })
    .unwrap()
}

/// Runs a case on each engine, in an environment that has its default roles.
pub fn case(work: impl Fn(&World)) {
    each_engine(domains(), |world| {
        world.flow().write(vestibule_people::roles::ensure_defaults).unwrap();
        work(world);
    });
}

/// The id of an object.
pub fn id(object: &Value) -> &str {
    object["id"].as_str().unwrap()
}

/// The refusal, whose status and code must be these.
#[track_caller]
pub fn refused(done: Result<Value>, status: u16, code: &str) -> Error {
    let error = done.expect_err("it must be refused");
    assert_eq!((error.status(), error.code()), (status, code), "{error:?}");
    error
}

/// A call that must succeed.
#[track_caller]
pub fn call(world: &World, operation: &str, input: Value) -> Value {
    world.call(operation, input).unwrap_or_else(|it| panic!("{operation}: {it:?}"))
}

/// A member of the organization with this address.
pub fn member(world: &World, organization: &str, email: &str) -> Value {
    let user = call(world, "users.create", json!({ "email": email }));
    let input = json!({ "user_id": user["id"], "organization_id": organization });
    call(world, "organization_memberships.create", input)
}
