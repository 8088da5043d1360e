//! The program that the pages stand in.
use std::sync::LazyLock;

use serde_json::{Value, json};
use vestibule_kernel::context::Extensions;
use vestibule_kernel::event::Reaction;
use vestibule_kernel::job::Handler;
use vestibule_kernel::testing::{Domains, World, each_engine, on_sqlite, on_sqlite_with};
use vestibule_kernel::{FlowCx, Op, Request};
use vestibule_messages::inbox::{self, Message};
use vestibule_people::passwords;
use vestibule_people::users::{self, NewUser, User};
use vestibule_signin::policy::{SignInPolicy, SsoConnections};

use crate::visitor::CALLBACK;

pub const PASSWORD: &str = "correct-horse-battery-staple-4100";
pub const OTHER_PASSWORD: &str = "Violet-Harbour-Quince-31";

static OPERATIONS: LazyLock<Vec<&'static [Op]>> = LazyLock::new(|| {
    let people = vestibule_people::OPERATIONS;
    let (signin, federation) = (vestibule_signin::OPERATIONS, vestibule_federation::OPERATIONS);
    let (record, portal) = (vestibule_record::OPERATIONS, vestibule_portal::OPERATIONS);
    [people, signin, federation, record, portal].concat()
});
static REACTIONS: LazyLock<Vec<Reaction>> = LazyLock::new(|| {
    let people = vestibule_people::REACTIONS;
    let (signin, federation) = (vestibule_signin::REACTIONS, vestibule_federation::REACTIONS);
    let (record, portal) = (vestibule_record::REACTIONS, vestibule_portal::REACTIONS);
    [people, signin, federation, record, portal].concat()
});
static HANDLERS: LazyLock<Vec<Handler>> = LazyLock::new(|| {
    let (messages, people) = (vestibule_messages::HANDLERS, vestibule_people::HANDLERS);
    [messages, people, vestibule_record::HANDLERS, vestibule_pages::HANDLERS].concat()
});

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

/// The messages for an address, newest first.
pub fn mails(world: &World, to: &str) -> Vec<Message> {
    world.drain();
    let all = world.flow().read(inbox::list).unwrap();
    all.into_iter().filter(|it| it.to.eq_ignore_ascii_case(to)).collect()
}

/// The six digits of the newest message for an address.
pub fn mailed_code(world: &World, to: &str) -> String {
    let newest = mails(world, to).into_iter().next().unwrap_or_else(|| panic!("no mail to {to}"));
    let mut words = newest.text.split(|it: char| !it.is_ascii_digit());
    words.find(|it| it.len() == 6).unwrap_or_else(|| panic!("{}", newest.text)).to_owned()
}

/// Six other digits.
pub fn wrong(code: &str) -> &'static str {
    if code == "000000" { "111111" } else { "000000" }
}

/// A world that [`Visitor`] can come to from an application.
pub fn each(case: impl Fn(&World)) {
    each_engine(domains(), |world| {
        prepare(world);
        case(world);
    });
}

/// The same on SQLite alone: for what no engine can change.
pub fn once(case: impl Fn(&World)) {
    on_sqlite(domains(), |world| {
        prepare(world);
        case(world);
    });
}

/// The same on SQLite, in a program that knows the connections of organizations.
pub fn once_with_connections(case: impl Fn(&World)) {
    let known = SsoConnections(vestibule_federation::connections::active_ids);
    on_sqlite_with(domains(), Extensions::default().with(known), |world| {
        prepare(world);
        case(world);
    });
}

fn prepare(world: &World) {
    world.call("redirect_uris.create", json!({ "uri": CALLBACK })).unwrap();
}

/// Changes how people may sign in.
pub fn set_policy(world: &World, change: impl Fn(&mut SignInPolicy) + Send + 'static) {
    let done = world.flow().write(move |cx| {
        let mut policy: SignInPolicy = cx.setting()?;
        change(&mut policy);
        cx.set(&policy)
    });
    done.unwrap();
}

/// What the application gets for its code.
pub fn redeem(world: &World, code: &str) -> Value {
    let input = json!({
        "grant_type": "authorization_code",
        "client_id": "client_01",
        "client_secret": world.key.reveal(),
        "code": code,
    });
    world
        .call_as(Request::default(), "user_management.authenticate", input)
        .unwrap()
        .json()
        .unwrap()
}

/// A new organization of which the user is a member; answers its id.
pub fn join(world: &World, user_id: &str, name: &str) -> String {
    let organization = world.call("organizations.create", json!({ "name": name })).unwrap();
    let id = organization["id"].as_str().unwrap().to_owned();
    let input = json!({ "user_id": user_id, "organization_id": id });
    world.call("organization_memberships.create", input).unwrap();
    id
}
