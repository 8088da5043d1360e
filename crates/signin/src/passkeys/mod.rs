//! Passkeys (WebAuthn Level 3): a key pair in the user's phone, computer or password manager that
//! signs in without an address and without a password.
//!
//! - A passkey is an authentication factor of the type `webauthn`, and is listed and deleted as one.
//!   It is no second step: it stands for both at once, since each use has the user verified by a
//!   finger, a face or a PIN. So a passkey is taken only where that was done.
//! - It can be found without the address of its user, so that what a browser is asked for is the
//!   same whether or not somebody has an account.
//! - Authenticators know a user by a random name. It is checked wherever they tell it.
//! - A challenge is answered once, within ten minutes, where it was asked; see [`challenges`].
//! - A counter that does not go on tells of a copy: that use is refused, and the event says why.
//! - Nobody is asked which make an authenticator is of (attestation `none`): anybody's will do.
//! - Where an address turns out to be somebody else's, passkeys that were made before are removed.
mod challenges;
mod models;
mod operations;
mod options;
mod relying_party;
mod settings;
mod store;
mod verifier;

use data_encoding::BASE64URL_NOPAD;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use vestibule_kernel::event::Reaction;
use vestibule_kernel::id::{AuthenticationFactorId, UserId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Code, Cx, Error, Kind, Op, Result, flow, op};
use vestibule_messages::{Mail, Recipient};
use vestibule_people::users::{self, User};

use crate::factors;
use crate::policy::SignInPolicy;
use challenges::{CHALLENGE_SECONDS, Ceremony, Challenge};
use options::{Account, Algorithm, Descriptor, Extensions, Party, Selection};
use store::Stored;

pub use challenges::Place;
pub use operations::{
    BeginAuthentication, BeginRegistration, FinishAuthentication, FinishEnrollment,
    FinishRegistration, ListPasskeys, UpdatePasskey,
};
pub use options::{CreationOptions, NewCredential, RequestOptions, UsedCredential};
pub use relying_party::{PasskeySettings, ProgressiveEnrollment, RelyingParty};
pub use settings::{GetPasskeySettings, UpdatePasskeySettings};

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[
    op::<BeginRegistration>(),
    flow::<FinishRegistration>(),
    op::<BeginAuthentication>(),
    flow::<FinishAuthentication>(),
    flow::<FinishEnrollment>(),
    op::<ListPasskeys>(),
    op::<UpdatePasskey>(),
    op::<GetPasskeySettings>(),
    op::<UpdatePasskeySettings>(),
];

/// A deleted user's passkeys go too.
pub const USER_DELETED: Reaction = Reaction { event: "user.deleted", run: user_deleted };

/// The code of the refusal of a challenge that was answered already, is too old, or was never asked.
pub const INVALID_CHALLENGE: Code = "invalid_passkey_challenge";
/// The code of the refusal of an answer that is not right.
pub const INVALID_CREDENTIAL: Code = "invalid_passkey_credential";
/// The code of the refusal of a passkey that nobody has here.
pub const PASSKEY_NOT_REGISTERED: Code = "passkey_not_registered";
/// The code of the refusal of a passkey whose counter tells of a copy.
pub const PASSKEY_CLONED: Code = "passkey_cloned";
/// The code of the refusal to register a passkey twice.
pub const PASSKEY_ALREADY_REGISTERED: Code = "passkey_already_registered";
/// The code of the refusal of one passkey too many.
pub const TOO_MANY_PASSKEYS: Code = "too_many_passkeys";
/// The code of the refusal where there is no domain that a passkey could belong to.
pub const NO_RELYING_PARTY: Code = "passkey_relying_party_missing";
/// The code of the refusal of a way to sign in that is turned off.
const METHOD_NOT_ALLOWED: Code = "authentication_method_not_allowed";

/// How many passkeys a user may have.
pub const PASSKEYS_MAX: usize = 25;
/// The longest name of a passkey, in characters.
pub const NAME_CHARACTERS_MAX: u32 = 100;
/// After how many days a user who has none may be offered a passkey again.
const OFFER_DAYS: i64 = 14;

/// A passkey of a user
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Passkey")]
pub struct Passkey {
    /// Always `passkey`
    #[schemars(extend("const" = "passkey"))]
    pub object: &'static str,
    /// ID of the authentication factor that it is
    pub id: AuthenticationFactorId,
    /// ID of the user
    pub user_id: UserId,
    /// What the user calls it
    pub name: String,
    /// Domain that it belongs to
    pub relying_party_id: String,
    /// Model of the authenticator, where it tells
    pub aaguid: Option<String>,
    /// How the authenticator is reached
    pub transports: Vec<String>,
    /// Whether it may be copied to the user's other devices
    pub backup_eligible: bool,
    /// Whether it was
    pub backed_up: bool,
    /// When it last signed in
    pub last_used_at: Option<Time>,
    /// When it was registered
    pub created_at: Time,
    /// When it was last changed
    pub updated_at: Time,
}

/// Something that a browser is to be asked, and the token that its answer comes with.
#[derive(Debug)]
pub struct Begun<T> {
    /// The token.
    pub challenge: Secret,
    /// What the browser is given.
    pub options: T,
}

/// An answer, with the token of what was asked.
pub struct Answer<T> {
    /// The token.
    pub challenge: Secret,
    /// Where it was asked.
    pub place: Place,
    /// What the browser gave.
    pub credential: T,
}

/// A passkey that was proved, or why it was not.
pub(crate) struct Refused {
    /// The refusal.
    pub error: Error,
    /// Whose passkey it is, where that is known.
    pub user: Option<User>,
}

/// Asks a browser to make a passkey for a user.
pub fn begin_registration(
    cx: &mut Cx<'_>,
    place: &Place,
    user: &User,
) -> Result<Begun<CreationOptions>> {
    check_allowed(cx)?;
    let party = relying_party(cx)?;
    let known = store::all_of_user(cx, &user.id)?;
    check_count(known.len())?;
    let fresh = fresh_handle(cx);
    let handle = store::handle(cx, &user.id, &fresh)?;
    let (asked, challenge) =
        challenges::issue(cx, Ceremony::Registration, place, Some(&user.id), &party)?;
    let options = CreationOptions {
        rp: Party { id: party.id, name: party.name },
        user: Account { id: handle, name: user.email.clone(), display_name: called(user) },
        challenge: asked.text().to_owned(),
        pub_key_cred_params: verifier::ALGORITHMS
            .map(|alg| Algorithm { r#type: "public-key", alg })
            .to_vec(),
        timeout: u64::from(CHALLENGE_SECONDS) * 1000,
        exclude_credentials: known.iter().map(described).collect(),
        authenticator_selection: Selection {
            resident_key: "required",
            require_resident_key: true,
            user_verification: "required",
        },
        attestation: "none",
        extensions: Extensions { cred_props: true },
    };
    Ok(Begun { challenge, options })
}

/// Takes the passkey that an authenticator made. The inner refusal is an answer of the transaction:
/// the challenge is used up.
pub fn register(
    cx: &mut Cx<'_>,
    answer: &Answer<NewCredential>,
    name: Option<&str>,
) -> Result<Result<Passkey>> {
    check_allowed(cx)?;
    let Some((asked, party)) = redeem(cx, answer, Ceremony::Registration)? else {
        return Ok(Err(invalid_challenge()));
    };
    let user_id = asked.user_id.as_ref();
    let user_id = user_id.ok_or_else(|| Error::internal("a registration is of nobody"))?;
    let Some(user) = users::get(cx, user_id)? else { return Ok(Err(invalid_challenge())) };
    let made = match verifier::registration(&party, asked.bytes()?, &answer.credential)? {
        Ok(made) => made,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Err(refusal) = check_count(store::all_of_user(cx, &user.id)?.len()) {
        return Ok(Err(refusal));
    }
    if store::get_by_credential(cx, &made.credential_id)?.is_some() {
        return Ok(Err(already_registered()));
    }
    let name = name.map(str::trim).filter(|it| !it.is_empty());
    let name = name.unwrap_or_else(|| models::name(made.aaguid.as_deref())).to_owned();
    let factor = factors::add_passkey(cx, &user.id)?;
    let passkey = Passkey {
        object: "passkey",
        id: factor.id,
        user_id: user.id.clone(),
        name,
        relying_party_id: party.id,
        aaguid: made.aaguid,
        transports: made.transports,
        backup_eligible: made.key.backup_eligible,
        backed_up: made.key.backed_up,
        last_used_at: None,
        created_at: factor.created_at,
        updated_at: factor.updated_at,
    };
    let stored = Stored { passkey, credential_id: made.credential_id, key: made.key };
    if !store::insert(cx, &stored)? {
        return Err(already_registered());
    }
    let to = Recipient::new(&user.email).who_prefers(user.locale.as_deref());
    let mail = Mail::PasskeyAdded { name: stored.passkey.name.clone() };
    vestibule_messages::send(cx, to, mail)?;
    Ok(Ok(stored.passkey))
}

/// Asks a browser to prove a passkey: of this user, or of anybody.
pub fn begin_authentication(
    cx: &mut Cx<'_>,
    place: &Place,
    user: Option<&User>,
) -> Result<Begun<RequestOptions>> {
    check_allowed(cx)?;
    let party = relying_party(cx)?;
    let user_id = user.map(|it| &it.id);
    let known = match user_id {
        Some(id) => store::all_of_user(cx, id)?,
        None => Vec::new(),
    };
    let (asked, challenge) =
        challenges::issue(cx, Ceremony::Authentication, place, user_id, &party)?;
    let options = RequestOptions {
        challenge: asked.text().to_owned(),
        timeout: u64::from(CHALLENGE_SECONDS) * 1000,
        rp_id: party.id,
        allow_credentials: known.iter().map(described).collect(),
        user_verification: "required",
    };
    Ok(Begun { challenge, options })
}

/// Verifies that somebody has a passkey, and tells whose it is. The inner refusal is an answer of the
/// transaction: the challenge is used up.
pub(crate) fn prove(
    cx: &mut Cx<'_>,
    answer: &Answer<UsedCredential>,
) -> Result<std::result::Result<User, Refused>> {
    let Some((asked, party)) = redeem(cx, answer, Ceremony::Authentication)? else {
        return Ok(Err(Refused { error: invalid_challenge(), user: None }));
    };
    let credential = &answer.credential;
    let found = store::get_by_credential(cx, &credential.id)?;
    let Some(stored) = found.filter(|it| it.passkey.relying_party_id == party.id) else {
        return Ok(Err(Refused { error: not_registered(), user: None }));
    };
    let user = users::find(cx, &stored.passkey.user_id)?;
    let refused = |error, user| Ok(Err(Refused { error, user: Some(user) }));
    let proved = match verifier::authentication(&party, asked.bytes()?, credential, &stored.key)? {
        Ok(proved) => proved,
        Err(error) => return refused(error, user),
    };
    let handle = store::known_handle(cx, &user.id)?;
    let is_theirs = match &asked.user_id {
        Some(id) => {
            *id == user.id && (proved.user_handle.is_none() || proved.user_handle == handle)
        }
        // Who is not named by what was asked must be named by the answer.
        None => proved.user_handle.is_some() && proved.user_handle == handle,
    };
    if !is_theirs {
        return refused(of_another_user(), user);
    }
    store::note_use(cx, &stored.passkey.id, proved.sign_count, proved.backed_up)?;
    Ok(Ok(user))
}

/// All passkeys of a user, the oldest first.
pub fn of_user(cx: &mut Cx<'_>, user_id: &UserId) -> Result<Vec<Passkey>> {
    Ok(store::all_of_user(cx, user_id)?.into_iter().map(|it| it.passkey).collect())
}

/// The passkey of this id, or the 404 for a missing one.
pub fn find(cx: &mut Cx<'_>, id: &AuthenticationFactorId) -> Result<Passkey> {
    store::get(cx, id)?.ok_or_else(|| Error::not_found("Passkey", id))
}

/// Gives a passkey another name.
pub fn rename(cx: &mut Cx<'_>, id: &AuthenticationFactorId, name: &str) -> Result<Passkey> {
    store::rename(cx, id, name)?;
    find(cx, id)
}

/// Whether it is time to offer this user a passkey.
pub(crate) fn is_offer_due(cx: &mut Cx<'_>, user_id: &UserId) -> Result<bool> {
    if relying_party(cx).is_err() || !store::all_of_user(cx, user_id)?.is_empty() {
        return Ok(false);
    }
    let since = cx.now().plus_days(-OFFER_DAYS);
    Ok(store::offered_at(cx, user_id)?.is_none_or(|it| it <= since))
}

/// Notes that a user is offered a passkey.
pub(crate) fn note_offer(cx: &mut Cx<'_>, user_id: &UserId) -> Result<()> {
    let fresh = fresh_handle(cx);
    store::note_offer(cx, user_id, &fresh)
}

/// Deletes what belongs to a factor that is deleted.
pub(crate) fn forget_factor(cx: &mut Cx<'_>, id: &AuthenticationFactorId) -> Result<()> {
    store::delete(cx, id)
}

/// Removes all passkeys of a user.
pub(crate) fn forget_user(cx: &mut Cx<'_>, user_id: &UserId) -> Result<()> {
    for passkey in of_user(cx, user_id)? {
        factors::delete(cx, &passkey.id)?;
    }
    store::delete_of_user(cx, user_id)
}

/// Deletes the challenges of this environment that have ended, and tells how many.
pub(crate) fn forget_old(cx: &mut Cx<'_>) -> Result<u64> {
    store::forget(cx)
}

fn redeem<T>(
    cx: &mut Cx<'_>,
    answer: &Answer<T>,
    ceremony: Ceremony,
) -> Result<Option<(Challenge, RelyingParty)>> {
    let party = relying_party(cx)?;
    let asked = challenges::redeem(cx, &answer.challenge, ceremony, &answer.place)?;
    Ok(asked.filter(|it| it.relying_party_id == party.id).map(|it| (it, party)))
}

fn check_allowed(cx: &mut Cx<'_>) -> Result<()> {
    if SignInPolicy::of(cx)?.passkey {
        return Ok(());
    }
    Err(Error::forbidden(METHOD_NOT_ALLOWED, "Signing in with a passkey is turned off."))
}

fn relying_party(cx: &mut Cx<'_>) -> Result<RelyingParty> {
    RelyingParty::of(cx)?.ok_or_else(|| {
        let why = "Passkeys belong to a domain, and the public URL of this server has none. Set \
                   relying_party_id.";
        Error::bad_request(NO_RELYING_PARTY, why)
    })
}

fn check_count(count: usize) -> Result<()> {
    if count < PASSKEYS_MAX {
        return Ok(());
    }
    let why = format!("A user has at most {PASSKEYS_MAX} passkeys. Delete one first.");
    Err(Error::bad_request(TOO_MANY_PASSKEYS, why))
}

/// A random name for authenticators; it tells nobody anything.
fn fresh_handle(cx: &Cx<'_>) -> String {
    BASE64URL_NOPAD.encode(&cx.app.chance().bytes::<32>())
}

fn described(it: &Stored) -> Descriptor {
    Descriptor::new(&it.credential_id, &it.passkey.transports)
}

/// What authenticators show beside the address.
fn called(user: &User) -> String {
    let parts = [user.first_name.as_deref(), user.last_name.as_deref()];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    match (&user.name, parts.is_empty()) {
        (Some(name), _) => name.clone(),
        (None, false) => parts.join(" "),
        (None, true) => user.email.clone(),
    }
}

fn invalid_challenge() -> Error {
    let why = "The challenge is not valid: it was answered already, is older than ten minutes, or \
               is for something else. Ask for new options.";
    Error::bad_request(INVALID_CHALLENGE, why)
}

fn not_registered() -> Error {
    Error::bad_request(PASSKEY_NOT_REGISTERED, "Nobody has this passkey here.")
}

fn of_another_user() -> Error {
    let why = "The passkey was not accepted. It belongs to another user.";
    Error::bad_request(INVALID_CREDENTIAL, why)
}

fn already_registered() -> Error {
    let why = "This passkey is registered already.";
    Error::new(Kind::Conflict, PASSKEY_ALREADY_REGISTERED, why)
}

fn user_deleted(cx: &mut Cx<'_>, user: &Value) -> Result<()> {
    let id = user.get("id").and_then(Value::as_str);
    let id = id.ok_or_else(|| Error::internal("the event user.deleted has no id"))?;
    store::delete_of_user(cx, &UserId::parse(id)?)
}
