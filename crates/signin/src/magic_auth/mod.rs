//! Magic auth: a mailed code that signs a user in.
//!
//! - A code makes a user of an unknown address where people may make accounts for themselves, or
//!   where they are invited.
//! - An address is mailed three codes a minute at the most; the newest counts.
mod operations;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::event::Event;
use vestibule_kernel::id::{MagicAuthId, UserId};
use vestibule_kernel::limit::Limit;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::setting::Setting;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Code, Cx, Error, FlowCx, Op, Result, flow, op};
use vestibule_messages::{Mail, Recipient as To};
use vestibule_people::codes::{self, OneTimeCode, Purpose, Redeemed};
use vestibule_people::email_verifications::DAILY_QUOTA_EXCEEDED;
use vestibule_people::invitations::{self, Invitation};
use vestibule_people::users::{self, EmailAddress, NewUser, User};

use crate::actions::{self, Newcomer, Registration, Whence};
use crate::policy::{SignInPolicy, SignUp};
use crate::sessions::Method;
pub use operations::{CreateMagicAuth, GetMagicAuth};

/// The code of the refusal of an invitation that is over, or for somebody else.
pub const INVITATION_INVALID: Code = "invitation_invalid";
/// The code of the refusal where nobody signs in by a mailed code.
pub const METHOD_NOT_ALLOWED: Code = "authentication_method_not_allowed";
/// The code of the refusal of an unknown address where people cannot make accounts.
pub const SIGN_UP_NOT_ALLOWED: Code = "sign_up_not_allowed";

/// A magic-auth code was made.
pub const CREATED: Event<Notice> = Event::new("magic_auth.created");

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[flow::<CreateMagicAuth>(), op::<GetMagicAuth>()];

/// How often one address is mailed.
const MAILS: Limit =
    Limit { name: "magic_auth.send", uses_max: 3, window: 60, code: "rate_limit_exceeded" };
/// How often in a day. With ten tries for each code it keeps guessing hopeless: 500 of a million.
const MAILS_DAILY: Limit = Limit {
    name: "magic_auth_daily",
    uses_max: 50,
    window: 24 * 60 * 60,
    code: DAILY_QUOTA_EXCEEDED,
};

/// The settings of magic-auth codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MagicAuthSettings {
    /// Whether we send the mails, or the application does.
    pub send_mail: bool,
}

impl Default for MagicAuthSettings {
    fn default() -> Self {
        Self { send_mail: true }
    }
}

impl Setting for MagicAuthSettings {
    const NAME: &'static str = "magic_auth";
}

/// A magic-auth code
#[derive(Clone, Serialize, JsonSchema)]
pub struct MagicAuth {
    /// Always `magic_auth`
    #[schemars(extend("const" = "magic_auth"))]
    pub object: &'static str,
    /// ID of the magic-auth code
    pub id: String,
    /// ID of the user
    pub user_id: UserId,
    /// E-mail address that the code was sent to
    pub email: String,
    /// When the code ends
    pub expires_at: Time,
    /// Code of six digits that signs the user in, once
    pub code: String,
    /// When the code was made
    pub created_at: Time,
    /// When the code was made or used
    pub updated_at: Time,
}

impl std::fmt::Debug for MagicAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MagicAuth {}", self.id)
    }
}

impl From<OneTimeCode> for MagicAuth {
    fn from(it: OneTimeCode) -> Self {
        Self {
            object: "magic_auth",
            id: it.id,
            user_id: it.user_id,
            email: it.email,
            expires_at: it.expires_at,
            code: it.code.reveal().to_owned(),
            created_at: it.created_at,
            updated_at: it.updated_at,
        }
    }
}

/// What events tell of a magic-auth code: all but the digits.
#[derive(Clone, Debug, Serialize)]
pub struct Notice {
    object: &'static str,
    id: String,
    user_id: UserId,
    email: String,
    expires_at: Time,
    created_at: Time,
    updated_at: Time,
}

impl From<&OneTimeCode> for Notice {
    fn from(it: &OneTimeCode) -> Self {
        Self {
            object: "magic_auth",
            id: it.id.clone(),
            user_id: it.user_id.clone(),
            email: it.email.clone(),
            expires_at: it.expires_at,
            created_at: it.created_at,
            updated_at: it.updated_at,
        }
    }
}

/// Makes a code for a user and mails it; not more often than an address is mailed.
pub fn send(cx: &mut Cx<'_>, user: &User) -> Result<OneTimeCode> {
    let address = users::fold(&user.email);
    cx.limit(MAILS, &address)?;
    cx.limit(MAILS_DAILY, &address)?;
    let id = MagicAuthId::new(cx);
    let code = codes::issue(cx, Purpose::MagicAuth, id.as_str(), &user.id, &user.email)?;
    cx.emit(&CREATED, &Notice::from(&code))?;
    if cx.setting::<MagicAuthSettings>()?.send_mail {
        let mail = Mail::MagicAuth { code: code.code.reveal().to_owned() };
        let to = To::new(&user.email).who_prefers(user.locale.as_deref());
        vestibule_messages::send_until(cx, to, mail, code.expires_at)?;
    }
    Ok(code)
}

/// Who wants a code.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// For which address.
    pub email: String,
    /// The invitation that is followed.
    pub invitation_token: Option<Secret>,
    /// The address that they come from.
    pub ip_address: Option<String>,
    /// The browser that they come with.
    pub user_agent: Option<String>,
    /// What their device is known by.
    pub device_id: Option<String>,
}

/// The same for an address, whose user is made if nobody has it and that is allowed: by the policy,
/// and by the application where it wants to be asked.
pub fn send_to(flow: &FlowCx, wanted: Wanted, locale: Option<String>) -> Result<OneTimeCode> {
    let found = flow.read(|cx| recipient(cx, &wanted))?;
    let registration = match found {
        Recipient::User(_) => Registration::NONE,
        Recipient::Newcomer { invitation, .. } => ask_about(flow, &wanted, invitation)?,
    };
    // That it was denied must be kept though it is refused.
    flow.write(move |cx| {
        cx.write_in(locale.clone());
        let user = match recipient(cx, &wanted)? {
            Recipient::User(user) => *user,
            Recipient::Newcomer { address, .. } => match registration.heed(cx)? {
                Some(refusal) => return Ok(Err(refusal)),
                None => sign_up(cx, &address)?,
            },
        };
        send(cx, &user).map(Ok)
    })?
}

/// Whom a code is for.
enum Recipient {
    User(Box<User>),
    /// Nobody yet.
    Newcomer {
        address: EmailAddress,
        invitation: Option<Box<Invitation>>,
    },
}

fn recipient(cx: &mut Cx<'_>, wanted: &Wanted) -> Result<Recipient> {
    let policy: SignInPolicy = cx.setting()?;
    if !policy.magic_auth {
        let why = "Nobody signs in to this environment by a mailed code.";
        return Err(Error::oauth(METHOD_NOT_ALLOWED, why));
    }
    let email = &wanted.email;
    let address = EmailAddress::parse(email).ok_or_else(|| not_an_address(email))?;
    invitations::check_deliverable(&address)?;
    let invitation = match &wanted.invitation_token {
        Some(token) => Some(Box::new(find_invitation(cx, token.reveal(), &address)?)),
        None => None,
    };
    match users::get_by_email(cx, address.as_str())? {
        Some(user) => Ok(Recipient::User(Box::new(user))),
        None if policy.sign_up == SignUp::Open || invitation.is_some() => {
            Ok(Recipient::Newcomer { address, invitation })
        }
        None => {
            let why = "There is no account for this address, and nobody can make one.";
            Err(Error::oauth(SIGN_UP_NOT_ALLOWED, why))
        }
    }
}

fn ask_about(
    flow: &FlowCx,
    wanted: &Wanted,
    invitation: Option<Box<Invitation>>,
) -> Result<Registration> {
    let Wanted { email, invitation_token: _, ip_address, user_agent, device_id } = wanted.clone();
    let newcomer = Newcomer {
        email,
        first_name: None,
        last_name: None,
        name: None,
        method: Method::MagicAuth,
        invitation: invitation.map(|it| *it),
        organization_id: None,
        whence: Whence::new(ip_address, user_agent, device_id.as_deref()),
    };
    actions::ask_about(flow, &newcomer)
}

/// Tries a code. A wrong one is counted in this transaction, so let it commit.
pub fn redeem(cx: &mut Cx<'_>, user_id: &UserId, code: &str) -> Result<Redeemed> {
    codes::redeem(cx, Purpose::MagicAuth, user_id, code)
}

fn find_invitation(cx: &mut Cx<'_>, token: &str, address: &EmailAddress) -> Result<Invitation> {
    let invitation = invitations::get_by_token(cx, token)?
        .filter(|it| invitations::is_usable(it, cx.now()))
        .ok_or_else(|| Error::oauth(INVITATION_INVALID, "The invitation is unknown or over."))?;
    invitations::check_recipient(cx, &invitation, address.as_str()).map_err(|error| match error
        .code()
    {
        invitations::WRONG_RECIPIENT => {
            let why = "The invitation is for another address.";
            Error::oauth(INVITATION_INVALID, why)
        }
        _ => error,
    })?;
    Ok(invitation)
}

fn sign_up(cx: &mut Cx<'_>, address: &EmailAddress) -> Result<User> {
    let new = NewUser { email: address.as_str().to_owned(), ..NewUser::default() };
    users::create(cx, new).map_err(|error| match error.code() {
        // Somebody made the user between our look and now.
        users::USER_CREATION_ERROR => {
            Error::unavailable("Another request is at this address. Try again.", 1)
        }
        _ => error,
    })
}

fn not_an_address(text: &str) -> Error {
    let why = format!("'{text}' is not an e-mail address.");
    Error::invalid_field("email", "invalid_email", why)
}
