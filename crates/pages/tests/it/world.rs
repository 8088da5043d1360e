//! The program that the pages stand in.
use std::sync::LazyLock;

use vestibule_kernel::job::Handler;
use vestibule_kernel::testing::Domains;
use vestibule_kernel::{FlowCx, Op, Reaction};
use vestibule_people::passwords;
use vestibule_people::users::{self, NewUser, User};

pub const PASSWORD: &str = "correct-horse-battery-staple-4100";
pub const OTHER_PASSWORD: &str = "Violet-Harbour-Quince-31";

static OPERATIONS: LazyLock<Vec<&'static [Op]>> =
    LazyLock::new(|| [vestibule_people::OPERATIONS, vestibule_signin::OPERATIONS].concat());
static REACTIONS: LazyLock<Vec<Reaction>> =
    LazyLock::new(|| [vestibule_people::REACTIONS, vestibule_signin::REACTIONS].concat());
static HANDLERS: LazyLock<Vec<Handler>> =
    LazyLock::new(|| [vestibule_messages::HANDLERS, vestibule_people::HANDLERS].concat());

pub fn domains() -> Domains {
    Domains { operations: &OPERATIONS, reactions: &REACTIONS, handlers: &HANDLERS }
}

/// A user with [`PASSWORD`] and a proven address.
pub fn user(flow: &FlowCx, email: &str) -> User {
    let password = vestibule_kernel::secret::Secret::new(PASSWORD);
    let hash = passwords::hash(flow, &password).unwrap();
    let email = email.to_owned();
    flow.write(move |cx| {
        let new = NewUser { email: email.clone(), email_verified: true, ..NewUser::default() };
        let user = users::create(cx, new)?;
        passwords::store(cx, &user.id, &hash)?;
        Ok(user)
    })
    .unwrap()
}
