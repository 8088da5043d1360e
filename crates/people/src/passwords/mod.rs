//! Passwords: how they are hashed, verified and judged.
//!
//! - New ones are hashed with argon2id; imported hashes are verified as they are.
//! - What a password must be like, its environment says, and organizations say for their people.
//! - Hashing runs on its own threads, so it needs a [`FlowCx`].
//! - Where a user has no password, or there is no user, the same work is done on a decoy.
use argon2::{Algorithm, Argon2, Version};
use schemars::JsonSchema;
use serde::Deserialize;
use vestibule_kernel::db::{FromValue, Value};
use vestibule_kernel::error::FieldError;
use vestibule_kernel::id::UserId;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Code, Cx, Error, FlowCx, Op, Result, op};

use crate::users;

mod format;
mod operations;
mod organization;
mod policy;
mod store;
mod wanted;

use format::Format;
pub use operations::{GetPasswordPolicy, UpdatePasswordPolicy};
pub use organization::{
    GetOrganizationPasswordPolicy, ON_ORGANIZATION_DELETED, OrganizationPasswordPolicy, Owner,
    UpdateOrganizationPasswordPolicy,
};
pub use policy::{CharacterType, PasswordPolicy};
pub use wanted::{
    PASSWORD_AND_PASSWORD_HASH_PROVIDED, PASSWORD_AND_PASSWORD_HASH_TYPE_PROVIDED,
    PASSWORD_SALT_POSITION_REQUIRES_PASSWORD_HASH, WantedPassword,
};

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[
    op::<GetPasswordPolicy>(),
    op::<UpdatePasswordPolicy>(),
    op::<GetOrganizationPasswordPolicy>(),
    op::<UpdateOrganizationPasswordPolicy>(),
];

/// The code of the refusal of a password that the policy does not let through.
pub const PASSWORD_STRENGTH_ERROR: Code = "password_strength_error";
/// The code of the refusal of a hash that cannot be imported.
pub const INVALID_PASSWORD_HASH: Code = "invalid_password_hash";

/// The cost of a new hash: OWASP's first choice for argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;
const KEY_BYTES: usize = 32;

/// A password hash as it is stored: text that names its own scheme and cost.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[password hash]")
    }
}
impl From<&PasswordHash> for Value {
    fn from(it: &PasswordHash) -> Self {
        Self::Text(it.0.clone())
    }
}
impl FromValue for PasswordHash {
    fn from_value(value: Value) -> Result<Self> {
        String::from_value(value).map(Self)
    }
}

/// A format in which other products export password hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
#[expect(missing_docs, reason = "they are the names of the formats")]
pub enum HashType {
    Bcrypt,
    FirebaseScrypt,
    Ssha,
    Ssha256,
    Scrypt,
    Pbkdf2,
    Argon2,
}

/// On which side of the password the salt of a salted digest was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum SaltPosition {
    /// Before it.
    Prefix,
    /// Behind it.
    Suffix,
}

/// Takes the hash of another product.
pub fn import(
    text: &str,
    hash_type: HashType,
    salt_position: Option<SaltPosition>,
) -> Result<PasswordHash> {
    let salted = matches!(hash_type, HashType::Ssha | HashType::Ssha256);
    if salt_position.is_some() && !salted {
        return Err(not_imported("Only a salted digest (ssha, ssha256) has a salt position."));
    }
    let text = match (hash_type, salt_position) {
        (HashType::FirebaseScrypt, _) => format::as_firebase(text),
        (_, Some(SaltPosition::Prefix)) => format::with_salt_first(text),
        (_, Some(SaltPosition::Suffix) | None) => text.to_owned(),
    };
    match (hash_type, Format::read(&text)) {
        (HashType::Bcrypt, Some(Format::Bcrypt(_)))
        | (HashType::FirebaseScrypt, Some(Format::FirebaseScrypt { .. }))
        | (HashType::Ssha, Some(Format::Salted { digest: format::SaltedDigest::Sha1, .. }))
        | (HashType::Ssha256, Some(Format::Salted { digest: format::SaltedDigest::Sha256, .. }))
        | (HashType::Scrypt, Some(Format::Scrypt { .. }))
        | (HashType::Pbkdf2, Some(Format::Pbkdf2 { .. }))
        | (HashType::Argon2, Some(Format::Argon2 { .. })) => Ok(PasswordHash(text)),
        _ => Err(not_imported("It is malformed, of another type, or its cost is out of bounds.")),
    }
}

/// Hashes a password as new ones are hashed.
pub fn hash(flow: &FlowCx, password: &Secret) -> Result<PasswordHash> {
    let salt: [u8; SALT_BYTES] = flow.app.chance().bytes();
    let password = password.clone();
    flow.hash(move || {
        let params = params()?;
        let mut key = [0; KEY_BYTES];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
            .hash_password_into(password.reveal().as_bytes(), &salt, &mut key)
            .map_err(Error::internal)?;
        Ok(PasswordHash(format::argon2id(&params, &salt, &key)))
    })?
}

/// What came of a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the password is right.
    pub matches: bool,
    /// Whether it should be hashed again, because its hash is not as new ones are; see
    /// [`rehash`].
    pub rehash: bool,
    /// What was computed, for those who must know that it was.
    pub work: Work,
}

/// The work that a verification did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// The same as for a password that was set here.
    Usual,
    /// That of an imported hash.
    Imported,
}

/// Tries a password. Without a stored one the answer is no, after the same work, so that time does
/// not tell who has a password here.
pub fn verify(flow: &FlowCx, stored: Option<PasswordHash>, password: &Secret) -> Result<Verdict> {
    let known = stored.is_some();
    let PasswordHash(text) = stored.map_or_else(decoy, Ok)?;
    let password = password.clone();
    flow.hash(move || {
        let format = Format::read(&text)
            .ok_or_else(|| Error::internal("a stored password hash cannot be read"))?;
        let matches = format.matches(password.reveal().as_bytes());
        let usual = is_usual(&format);
        Ok(Verdict {
            matches: matches && known,
            rehash: matches && known && !usual,
            work: if usual { Work::Usual } else { Work::Imported },
        })
    })?
}

/// Hashes a password again that [`verify`] found right, as new ones are hashed. It stays the same
/// password: nobody's session ends.
pub fn rehash(
    flow: &FlowCx,
    user_id: &UserId,
    stored: PasswordHash,
    password: &Secret,
) -> Result<()> {
    let fresh = hash(flow, password)?;
    let user_id = user_id.clone();
    flow.write(move |cx| store::replace(cx, &user_id, &stored, &fresh))
}

/// The password of a user.
pub fn stored(cx: &mut Cx<'_>, user_id: &UserId) -> Result<Option<PasswordHash>> {
    store::get(cx, user_id)
}

/// When the password of a user was last changed; hashing the same one again changes nothing. What
/// follows from [`verify`] must find the same instant in its transaction as was found with the hash.
pub fn changed_at(cx: &mut Cx<'_>, user_id: &UserId) -> Result<Option<Time>> {
    store::changed_at(cx, user_id)
}

/// Sets the password of a user, and ends the sessions that began before.
pub fn store(cx: &mut Cx<'_>, user_id: &UserId, hash: &PasswordHash) -> Result<()> {
    if let Some(former) = store::get(cx, user_id)? {
        let user = users::find(cx, user_id)?;
        let owner = Owner { user: Some(user_id), email: &user.email, organization: None };
        let policy = PasswordPolicy::of(cx, owner)?;
        match policy.history_length() {
            0 | 1 => store::delete_former(cx, user_id)?,
            // The present one counts too.
            length => store::keep_former(cx, user_id, &former, length - 1)?,
        }
        users::end_sessions(cx, user_id)?;
    }
    store::put(cx, user_id, hash)
}

/// Deletes what a deleted user leaves behind.
pub fn forget_user(cx: &mut Cx<'_>, user_id: &UserId) -> Result<()> {
    store::delete_former(cx, user_id)?;
    store::delete(cx, user_id)
}

/// Judges a new password and hashes it: the whole way from what a user typed to what [`store`]
/// takes.
pub fn accept(
    flow: &FlowCx,
    owner: Owner<'_>,
    password: &Secret,
    code: Code,
) -> Result<PasswordHash> {
    let policy = flow.read(|cx| PasswordPolicy::of(cx, owner))?;
    let length = policy.history_length();
    let (candidate, address) = (password.clone(), owner.email.to_owned());
    let faults = flow.hash(move || policy.faults(candidate.reveal(), &address))?;
    refuse(faults, code)?;
    if let Some(user_id) = owner.user.filter(|_| length > 0) {
        check_reuse(flow, user_id, password, length, code)?;
    }
    hash(flow, password)
}

/// Judges a new password by the policy alone. It burns the processor, so never call it where a
/// transaction writes; [`accept`] does all that a new password needs.
pub fn check_policy(cx: &mut Cx<'_>, password: &Secret, email: &str, code: Code) -> Result<()> {
    let policy = PasswordPolicy::of(cx, Owner { email, ..Owner::default() })?;
    refuse(policy.faults(password.reveal(), email), code)
}

fn check_reuse(
    flow: &FlowCx,
    user_id: &UserId,
    password: &Secret,
    length: u32,
    code: Code,
) -> Result<()> {
    let earlier = flow.read(|cx| {
        let present = store::get(cx, user_id)?;
        let former = store::former(cx, user_id, length - 1)?;
        Ok(present.into_iter().chain(former).collect::<Vec<_>>())
    })?;
    for hash in earlier {
        if verify(flow, Some(hash), password)?.matches {
            let why = if length == 1 {
                "Password must differ from the present one.".to_owned()
            } else {
                format!("Password must differ from the last {length}.")
            };
            return refuse(vec![FieldError::new("", "password_reused", why)], code);
        }
    }
    Ok(())
}

fn refuse(faults: Vec<FieldError>, code: Code) -> Result<()> {
    if faults.is_empty() {
        return Ok(());
    }
    let why = "The password does not meet the requirements.";
    Err(Error::bad_request(code, why).with_fields(faults))
}

fn not_imported(why: &str) -> Error {
    Error::bad_request(INVALID_PASSWORD_HASH, format!("The password hash cannot be used. {why}"))
}

fn params() -> Result<argon2::Params> {
    argon2::Params::new(MEMORY_KIB, PASSES, LANES, Some(KEY_BYTES)).map_err(Error::internal)
}

/// A hash that no password has, as costly as that of any.
fn decoy() -> Result<PasswordHash> {
    Ok(PasswordHash(format::argon2id(&params()?, &[0; SALT_BYTES], &[0; KEY_BYTES])))
}

/// Whether a hash is as new ones are.
fn is_usual(format: &Format) -> bool {
    match format {
        Format::Argon2 { algorithm: Algorithm::Argon2id, params, salt, key } => {
            params.m_cost() == MEMORY_KIB
                && params.t_cost() == PASSES
                && params.p_cost() == LANES
                && salt.len() >= SALT_BYTES
                && key.len() == KEY_BYTES
        }
        Format::Argon2 { .. }
        | Format::Bcrypt(_)
        | Format::Scrypt { .. }
        | Format::FirebaseScrypt { .. }
        | Format::Pbkdf2 { .. }
        | Format::Salted { .. } => false,
    }
}
