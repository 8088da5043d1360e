//! Users: the people who sign in.
//!
//! An e-mail address belongs to one user of an environment, whatever its case.
use schemars::JsonSchema;
use serde::Serialize;
use vestibule_kernel::db::OnUnique;
use vestibule_kernel::error::FieldError;
use vestibule_kernel::event::Event;
use vestibule_kernel::id::UserId;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Code, Cx, Error, Op, Result, flow, op};

use crate::codes::{self, Purpose};
use crate::identities;
use crate::metadata::{ExternalId, Metadata};

mod email;
mod judge;
mod locale;
mod operations;
mod store;

pub use email::{EmailAddress, fold};
pub use judge::{Judge, Newcomer};
pub use locale::LOCALES;

/// The operations of this domain.
pub const OPERATIONS: &[Op] = &[
    flow::<operations::CreateUser>(),
    op::<operations::GetUser>(),
    op::<operations::GetUserByExternalId>(),
    op::<operations::ListUsers>(),
    flow::<operations::UpdateUser>(),
    op::<operations::DeleteUser>(),
];

/// A user was made.
pub const CREATED: Event<User> = Event::new("user.created");
/// A user was changed.
pub const UPDATED: Event<User> = Event::new("user.updated");
/// A user was deleted.
pub const DELETED: Event<User> = Event::new("user.deleted");

/// The code of a refusal to make a user.
pub const USER_CREATION_ERROR: Code = "user_creation_error";
/// The code of the refusal of an address that another user has.
pub const EMAIL_NOT_AVAILABLE: Code = "email_not_available";
/// The code of the refusal to change the address of a user whom a directory looks after.
pub const EMAIL_CHANGE_NOT_ALLOWED: Code = "email_change_not_allowed";
/// The code of the refusal of an address that is none.
pub const INVALID_EMAIL: Code = "invalid_email";

/// A user
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct User {
    /// Always `user`
    #[schemars(extend("const" = "user"))]
    pub object: &'static str,
    /// ID of the user
    pub id: UserId,
    /// Given name
    pub first_name: Option<String>,
    /// Family name
    pub last_name: Option<String>,
    /// Full name
    pub name: Option<String>,
    /// Address of a picture of the user
    pub profile_picture_url: Option<String>,
    /// E-mail address, in the case in which it was given
    pub email: String,
    /// Whether the user has proven that the address is theirs
    pub email_verified: bool,
    /// ID of the user in your own system
    pub external_id: Option<ExternalId>,
    /// Key–value pairs of your own
    pub metadata: Metadata,
    /// When the user last signed in
    pub last_sign_in_at: Option<Time>,
    /// Preferred language
    pub locale: Option<String>,
    /// When the user was created
    pub created_at: Time,
    /// When the user was last changed
    pub updated_at: Time,
}

/// A user to be made.
#[derive(Clone, Debug, Default)]
pub struct NewUser {
    /// The id, where it is pinned.
    pub id: Option<UserId>,
    /// The e-mail address.
    pub email: String,
    /// Whether the address is known to be theirs.
    pub email_verified: bool,
    /// The given name.
    pub first_name: Option<String>,
    /// The family name.
    pub last_name: Option<String>,
    /// The full name.
    pub name: Option<String>,
    /// The address of a picture.
    pub profile_picture_url: Option<String>,
    /// The application's own id.
    pub external_id: Option<ExternalId>,
    /// The application's own pairs.
    pub metadata: Metadata,
    /// The preferred language.
    pub locale: Option<String>,
}

/// The user of this id.
pub fn get(cx: &mut Cx<'_>, id: &UserId) -> Result<Option<User>> {
    store::get(cx, id)
}

/// The users of these ids that there are, in no order.
pub fn get_all(cx: &mut Cx<'_>, ids: &[UserId]) -> Result<Vec<User>> {
    store::get_all(cx, ids)
}

/// The user of this id, or the 404 for a missing one.
pub fn find(cx: &mut Cx<'_>, id: &UserId) -> Result<User> {
    get(cx, id)?.ok_or_else(|| Error::not_found("User", id))
}

/// The user who has this e-mail address, in any case.
pub fn get_by_email(cx: &mut Cx<'_>, email: &str) -> Result<Option<User>> {
    store::get_by_email(cx, email)
}

/// The users that are there for longest, so many at the most.
pub fn oldest(cx: &mut Cx<'_>, most: i64) -> Result<Vec<User>> {
    store::oldest(cx, most)
}

/// Whether the environment has users.
pub fn are_there(cx: &mut Cx<'_>) -> Result<bool> {
    store::are_there(cx)
}

/// The user of this external id.
pub fn get_by_external_id(cx: &mut Cx<'_>, external_id: &str) -> Result<Option<User>> {
    store::get_by_external_id(cx, external_id)
}

/// Makes a user.
pub fn create(cx: &mut Cx<'_>, new: NewUser) -> Result<User> {
    let NewUser {
        id,
        email,
        email_verified,
        first_name,
        last_name,
        name,
        profile_picture_url,
        external_id,
        metadata,
        locale,
    } = new;
    let email = EmailAddress::parse(&email).ok_or_else(|| not_an_address(&email))?;
    let now = cx.now();
    let user = User {
        object: "user",
        id: id.unwrap_or_else(|| UserId::new(cx)),
        first_name,
        last_name,
        name,
        profile_picture_url,
        email: email.as_str().to_owned(),
        email_verified,
        external_id,
        metadata,
        last_sign_in_at: None,
        locale,
        created_at: now,
        updated_at: now,
    };
    store::insert(cx, &user)
        .on_unique(store::EMAIL, || creation_refused(&user.email))
        .on_unique(store::EXTERNAL_ID, || ExternalId::already_used(user.external_id.as_ref()))?;
    cx.emit(&CREATED, &user)?;
    Ok(user)
}

/// Marks the user's address as proven.
pub fn set_email_verified(cx: &mut Cx<'_>, id: &UserId) -> Result<User> {
    let mut user = find(cx, id)?;
    if !user.email_verified {
        user.email_verified = true;
        user.updated_at = cx.now();
        store::update(cx, &user)?;
        cx.emit(&UPDATED, &user)?;
    }
    Ok(user)
}

/// What an account elsewhere tells of its owner.
#[derive(Clone, Debug, Default)]
pub struct Particulars {
    /// The given name.
    pub first_name: Option<String>,
    /// The family name.
    pub last_name: Option<String>,
    /// The full name.
    pub name: Option<String>,
    /// The address of a picture.
    pub profile_picture_url: Option<String>,
}

/// Fills in what is not known of a user yet; what they said themselves stays.
pub fn fill_in(cx: &mut Cx<'_>, id: &UserId, told: &Particulars) -> Result<User> {
    let former = find(cx, id)?;
    let mut user = former.clone();
    // A given name of one account and a family name of another would be nobody's name.
    if user.first_name.is_none() && user.last_name.is_none() && user.name.is_none() {
        user.first_name.clone_from(&told.first_name);
        user.last_name.clone_from(&told.last_name);
        user.name.clone_from(&told.name);
    }
    user.profile_picture_url = user.profile_picture_url.or(told.profile_picture_url.clone());
    if user != former {
        user.updated_at = cx.now();
        store::update(cx, &user)?;
        cx.emit(&UPDATED, &user)?;
    }
    Ok(user)
}

/// Refuses another address for a user whom a directory looks after: it would bring the old one back.
pub fn check_email_change(cx: &mut Cx<'_>, id: &UserId) -> Result<()> {
    if store::is_directory_managed(cx, id)? {
        let why = "A directory looks after this user. Change the e-mail address there.";
        return Err(Error::bad_request(EMAIL_CHANGE_NOT_ALLOWED, why));
    }
    Ok(())
}

/// Gives the user a new address that they have proven.
pub fn change_email(cx: &mut Cx<'_>, id: &UserId, email: &EmailAddress) -> Result<User> {
    let mut user = find(cx, id)?;
    readdress(cx, &mut user, email)?;
    user.email_verified = true;
    user.updated_at = cx.now();
    store::update(cx, &user).on_unique(store::EMAIL, || email_taken(&user.email))?;
    cx.emit(&UPDATED, &user)?;
    Ok(user)
}

/// Writes another address into `user`, and ends what vouched for the old one: the codes that were
/// sent there and the identities that carry it.
fn readdress(cx: &mut Cx<'_>, user: &mut User, email: &EmailAddress) -> Result<()> {
    let same = email.is(&user.email);
    email.as_str().clone_into(&mut user.email);
    if same {
        return Ok(());
    }
    user.email_verified = false;
    codes::forget(cx, Purpose::EmailVerification, &user.id)?;
    codes::forget(cx, Purpose::MagicAuth, &user.id)?;
    identities::detach_others(cx, &user.id, email.as_str())
}

/// Notes that the user signed in. Nobody is told: it is no change of the user (contract 00 §4).
pub fn stamp_sign_in(cx: &mut Cx<'_>, id: &UserId) -> Result<()> {
    store::stamp_sign_in(cx, id)
}

/// Ends every session of the user that began before now.
pub fn end_sessions(cx: &mut Cx<'_>, id: &UserId) -> Result<()> {
    store::end_sessions(cx, id)
}

/// The instant before which sessions of the user began that are over, if there is one. Whoever
/// lets a session go on must ask.
pub fn sessions_valid_after(cx: &mut Cx<'_>, id: &UserId) -> Result<Option<Time>> {
    store::sessions_valid_after(cx, id)
}

fn not_an_address(text: &str) -> Error {
    let why = format!("'{text}' is not an e-mail address.");
    Error::invalid_field("email", INVALID_EMAIL, why)
}

/// The refusal of an address that another user has.
#[track_caller]
pub(crate) fn email_taken(email: &str) -> Error {
    Error::bad_request(EMAIL_NOT_AVAILABLE, taken(email))
}

fn taken(email: &str) -> String {
    format!("The e-mail address '{email}' is already used by another user.")
}

/// The refusal of a new user whose address another one has.
#[track_caller]
pub fn creation_refused(email: &str) -> Error {
    Error::bad_request(USER_CREATION_ERROR, "The user cannot be created.")
        .with_fields(vec![FieldError::new("", EMAIL_NOT_AVAILABLE, taken(email))])
}
