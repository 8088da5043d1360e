//! Password resets: a link that sets a new password, once.
//!
//! - A token works for an hour, once, and only while its user has the address that it was sent to.
//! - It is found by its digest, and sealed for the reply that shows it again.
//! - A reset proves the address, ends every session of the user and voids the user's other tokens.
//! - The hosted pages say the same whether an address has an account or not; the API, which only
//!   the application calls, says 404.
mod operations;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vestibule_kernel::error::FieldError;
use vestibule_kernel::event::{Event, Reaction};
use vestibule_kernel::id::{PasswordResetId, UserId};
use vestibule_kernel::limit::Limit;
use vestibule_kernel::secret::{Secret, digest_of};
use vestibule_kernel::setting::Setting;
use vestibule_kernel::time::{Seconds, Time};
use vestibule_kernel::{Code, Cx, Error, FlowCx, Kind, Op, Result, flow, op};
use vestibule_messages::{Mail, Recipient};
use vestibule_people::email_verifications::DAILY_QUOTA_EXCEEDED;
use vestibule_people::identities;
use vestibule_people::passwords::{self, Owner};
use vestibule_people::users::{self, User};

use crate::passkeys;
use crate::policy::SignInPolicy;
pub use operations::{ConfirmPasswordReset, CreatePasswordReset, GetPasswordReset};

/// The code of the refusal of a token or of a new password.
pub const PASSWORD_RESET_ERROR: Code = "password_reset_error";
/// The code of the refusal where nobody signs in by password.
pub const EMAIL_PASSWORD_AUTH_DISABLED: Code = "email_password_auth_disabled";

/// A password reset was asked for.
pub const CREATED: Event<Notice> = Event::new("password_reset.created");
/// A password was reset.
pub const SUCCEEDED: Event<Notice> = Event::new("password_reset.succeeded");

/// The operations of this module.
pub const OPERATIONS: &[Op] =
    &[op::<CreatePasswordReset>(), op::<GetPasswordReset>(), flow::<ConfirmPasswordReset>()];

/// A deleted user's tokens go too.
pub const USER_DELETED: Reaction = Reaction { event: "user.deleted", run: forget_user };

/// How long a token works.
pub const LIFETIME_SECONDS: Seconds = 60 * 60;
/// How long a reset is kept, for those who ask what became of it.
const KEPT_DAYS: i64 = 30;
/// Where the hosted pages set a new password.
pub const PATH: &str = "/reset-password";

/// How often one address is mailed.
const MAILS: Limit =
    Limit { name: "password_reset.send", uses_max: 3, window: 60, code: "rate_limit_exceeded" };
/// How often in a day.
const MAILS_DAILY: Limit = Limit {
    name: "password_reset_daily",
    uses_max: 50,
    window: 24 * 60 * 60,
    code: DAILY_QUOTA_EXCEEDED,
};

/// The settings of password resets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PasswordResetSettings {
    /// The application's own page for a new password; ours where there is none.
    pub url: Option<String>,
    /// Whether we send the mails, or the application does.
    pub send_mail: bool,
}

impl Default for PasswordResetSettings {
    fn default() -> Self {
        Self { url: None, send_mail: true }
    }
}

impl Setting for PasswordResetSettings {
    const NAME: &'static str = "password_resets";
}

impl PasswordResetSettings {
    /// The link with this token. Tokens are letters, digits, `-` and `_`, so they need no escaping.
    fn link(&self, cx: &Cx<'_>, token: &Secret) -> String {
        let page = match &self.url {
            Some(it) => it.clone(),
            None => format!("{}{PATH}", cx.app.options().public_url),
        };
        let mark = if page.contains('?') { '&' } else { '?' };
        format!("{page}{mark}token={}", token.reveal())
    }
}

/// A password reset
#[derive(Clone, Serialize, JsonSchema)]
pub struct PasswordReset {
    /// Always `password_reset`
    #[schemars(extend("const" = "password_reset"))]
    pub object: &'static str,
    /// ID of the password reset
    pub id: PasswordResetId,
    /// ID of the user
    pub user_id: UserId,
    /// E-mail address that the link was sent to
    pub email: String,
    /// Token that sets a new password, once
    pub password_reset_token: String,
    /// Page on which the user sets a new password
    pub password_reset_url: String,
    /// When the token ends
    pub expires_at: Time,
    /// When the reset was asked for
    pub created_at: Time,
}

impl std::fmt::Debug for PasswordReset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PasswordReset {}", self.id)
    }
}

/// What events tell of a password reset: all but the token.
#[derive(Clone, Debug, Serialize)]
pub struct Notice {
    object: &'static str,
    id: PasswordResetId,
    user_id: UserId,
    email: String,
    expires_at: Time,
    created_at: Time,
}

impl From<&PasswordReset> for Notice {
    fn from(it: &PasswordReset) -> Self {
        Self {
            object: it.object,
            id: it.id.clone(),
            user_id: it.user_id.clone(),
            email: it.email.clone(),
            expires_at: it.expires_at,
            created_at: it.created_at,
        }
    }
}

/// Makes a token for a user and mails the link; not more often than an address is mailed.
pub fn create(cx: &mut Cx<'_>, user: &User) -> Result<PasswordReset> {
    check_password_allowed(cx)?;
    count_mail(cx, &user.email)?;
    issue(cx, user)
}

/// What a visitor can ask for: the link is mailed if the address has an account, and the answer is
/// the same if not.
pub fn request(cx: &mut Cx<'_>, email: &str) -> Result<()> {
    check_password_allowed(cx)?;
    count_mail(cx, email)?;
    match users::get_by_email(cx, email)? {
        Some(user) => issue(cx, &user).map(|_| ()),
        None => Ok(()),
    }
}

fn count_mail(cx: &mut Cx<'_>, email: &str) -> Result<()> {
    let address = users::fold(email);
    cx.limit(MAILS, &address)?;
    cx.limit(MAILS_DAILY, &address)
}

/// The user whose password this token can set, for the page that asks for the new one.
pub fn check(cx: &mut Cx<'_>, token: &Secret) -> Result<User> {
    check_password_allowed(cx)?;
    usable(cx, &token.digest()).map(|it| it.1)
}

/// Sets a new password.
pub fn confirm(flow: &FlowCx, token: &Secret, new_password: &Secret) -> Result<User> {
    let user = flow.read(|cx| check(cx, token))?;
    let owner = Owner { user: Some(&user.id), email: &user.email, organization: None };
    let hash = passwords::accept(flow, owner, new_password, PASSWORD_RESET_ERROR)?;
    let digest = token.digest();
    flow.write(move |cx| {
        // Once more: another request may have used the token while this one was hashing.
        let (reset, user) = usable(cx, &digest)?;
        store::close_all(cx, &user.id)?;
        passwords::store(cx, &user.id, &hash)?;
        users::end_sessions(cx, &user.id)?;
        if !user.email_verified {
            // Anybody can have made the account in its owner's name, linked an account at a provider
            // and added a passkey.
            identities::forget_user(cx, &user.id)?;
            passkeys::forget_user(cx, &user.id)?;
        }
        let user = users::set_email_verified(cx, &user.id)?;
        cx.emit(&SUCCEEDED, &Notice::from(&reset))?;
        Ok(user)
    })
}

/// Deletes the resets of this environment that ended long ago, and tells how many.
pub fn forget_old(cx: &mut Cx<'_>) -> Result<u64> {
    let before = cx.now().plus_days(-KEPT_DAYS);
    store::delete_before(cx, before)
}

fn issue(cx: &mut Cx<'_>, user: &User) -> Result<PasswordReset> {
    let settings: PasswordResetSettings = cx.setting()?;
    let token = Secret::random("", cx.app.chance());
    let reset = PasswordReset {
        object: "password_reset",
        id: PasswordResetId::new(cx),
        user_id: user.id.clone(),
        email: user.email.clone(),
        password_reset_url: settings.link(cx, &token),
        password_reset_token: token.reveal().to_owned(),
        expires_at: cx.now().plus_seconds(i64::from(LIFETIME_SECONDS)),
        created_at: cx.now(),
    };
    store::insert(cx, &reset)?;
    cx.emit(&CREATED, &Notice::from(&reset))?;
    if settings.send_mail {
        let mail = Mail::PasswordReset { url: reset.password_reset_url.clone() };
        let to = Recipient::new(&user.email).who_prefers(user.locale.as_deref());
        vestibule_messages::send_until(cx, to, mail, reset.expires_at)?;
    }
    Ok(reset)
}

/// The reset of a token that still works, and its user.
fn usable(cx: &mut Cx<'_>, digest: &str) -> Result<(PasswordReset, User)> {
    let Some((reset, closed)) = store::get_by_digest(cx, digest)? else {
        let why = "Password reset not found: nobody has this token. Ask for a new link.";
        return Err(Error::new(Kind::NotFound, "entity_not_found", why));
    };
    if closed {
        return Err(refused("password_reset_token_used", "was used, or replaced by another"));
    }
    if reset.expires_at <= cx.now() {
        return Err(refused("password_reset_token_expired", "has expired"));
    }
    let user = users::find(cx, &reset.user_id)?;
    if users::fold(&user.email) != users::fold(&reset.email) {
        return Err(refused("password_reset_token_void", "was sent to a former address"));
    }
    Ok((reset, user))
}

fn refused(code: Code, what: &str) -> Error {
    let why = format!("The password reset token {what}. Ask for a new link.");
    let field = FieldError::new("token", code, why.clone());
    Error::bad_request(PASSWORD_RESET_ERROR, why).with_fields(vec![field])
}

fn check_password_allowed(cx: &mut Cx<'_>) -> Result<()> {
    if cx.setting::<SignInPolicy>()?.password {
        return Ok(());
    }
    let why = "Nobody signs in to this environment by password.";
    Err(Error::forbidden(EMAIL_PASSWORD_AUTH_DISABLED, why))
}

fn forget_user(cx: &mut Cx<'_>, payload: &Value) -> Result<()> {
    match payload.get("id").and_then(Value::as_str) {
        Some(id) => store::delete_of_user(cx, &UserId::parse(id)?),
        None => Ok(()),
    }
}

/// The digest by which a token is found.
fn digest(reset: &PasswordReset) -> String {
    digest_of(&reset.password_reset_token)
}
