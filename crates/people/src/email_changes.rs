//! E-mail change: a code, mailed to a new address, that makes it the user's.
//!
//! The application asks for the code, or the user follows the link beside it to a page of ours. The
//! link names the change by its id, which only the mail tells: nobody can guess at the code of a
//! change that they do not know of.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::id::{EmailChangeId, UserId};
use vestibule_kernel::limit::Limit;
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Code, Cx, Error, Fine, Flow, FlowCx, Kind, Method::*, Op, Operation, Result, Route, flow, op,
};
use vestibule_messages::{Mail, Recipient};

use crate::codes::{self, Purpose, Redeemed};
use crate::email_verifications::DAILY_QUOTA_EXCEEDED;
use crate::users::{
    self, EMAIL_CHANGE_NOT_ALLOWED, EMAIL_NOT_AVAILABLE, EmailAddress, INVALID_EMAIL, LOCALES, User,
};

/// The operations of this domain.
pub const OPERATIONS: &[Op] = &[op::<SendEmailChange>(), flow::<ConfirmEmailChange>()];

/// Where the page is that the link leads to.
pub const PATH: &str = "/email-change";

/// The code of the refusal of the address that the user has already.
pub const NOT_NEEDED: Code = "email_change_not_needed";
const NONE_PENDING: Code = "no_pending_email_change";
const CODE_PREVIOUSLY_USED: Code = "email_change_code_previously_used";
const CODE_EXPIRED: Code = "email_change_code_expired";
const CODE_INCORRECT: Code = "email_change_code_incorrect";
const TOO_MANY_ATTEMPTS: Code = "email_change_too_many_attempts";

/// How many codes a user may have sent, and an address may be sent, in a minute (contract 00 §7).
const SENDS: Limit =
    Limit { name: "email_changes.send", uses_max: 3, window: 60, code: "too_many_requests" };
/// How many in a day.
const SENDS_DAILY: Limit = Limit {
    name: "email_changes.send_daily",
    uses_max: 50,
    window: 24 * 60 * 60,
    code: DAILY_QUOTA_EXCEEDED,
};

/// A change that waits for its code
#[derive(Debug, Serialize, JsonSchema)]
pub struct EmailChange {
    /// Always `email_change`
    #[schemars(extend("const" = "email_change"))]
    pub object: &'static str,
    /// The user, who has the old address still
    pub user: User,
    /// Address that the code was mailed to
    pub new_email: String,
    /// When the code ends
    pub expires_at: Time,
    /// When the code was mailed
    pub created_at: Time,
}

/// A change that was made
#[derive(Debug, Serialize, JsonSchema)]
pub struct EmailChangeConfirmation {
    /// Always `email_change_confirmation`
    #[schemars(extend("const" = "email_change_confirmation"))]
    pub object: &'static str,
    /// The user, who has the new address now
    pub user: User,
}

/// Mail a code to a new e-mail address of a user.
///
/// The user keeps the old address until the code is confirmed. A newer request takes the place of
/// an older one.
#[derive(Deserialize, JsonSchema)]
pub struct SendEmailChange {
    /// ID of the user
    id: UserId,
    /// New address
    new_email: String,
    /// Language of the mail
    #[schemars(extend("enum" = LOCALES))]
    locale: Option<String>,
}

impl Operation for SendEmailChange {
    const ID: &'static str = "email_change.send";
    const ROUTE: Route = Route(Post, "/user_management/users/{id}/email_change/send");
    const FAILS: &'static [Code] = &[
        INVALID_EMAIL,
        NOT_NEEDED,
        EMAIL_NOT_AVAILABLE,
        EMAIL_CHANGE_NOT_ALLOWED,
        DAILY_QUOTA_EXCEEDED,
    ];
    const STATUSES: &'static [u16] = &[409];
    type Reply = Fine<EmailChange>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id, new_email, locale } = self;
        cx.write_in(locale);
        let user = users::find(cx, &id)?;
        let email = EmailAddress::parse(&new_email).ok_or_else(|| {
            let why = format!("'{new_email}' is not an e-mail address.");
            Error::new(Kind::Invalid, INVALID_EMAIL, why)
        })?;
        begin(cx, user, &email).map(Fine)
    }
}

/// Refuses a change that makes no sense for this user, whoever else has the address.
pub fn check(cx: &mut Cx<'_>, user: &User, email: &EmailAddress) -> Result<()> {
    if email.is(&user.email) {
        let why = format!("The user has the e-mail address '{}' already.", user.email);
        return Err(Error::conflict(NOT_NEEDED, why));
    }
    users::check_email_change(cx, &user.id).map_err(as_conflict)
}

/// Mails a code to a new address of a user, who gets it by that code.
pub fn begin(cx: &mut Cx<'_>, user: User, email: &EmailAddress) -> Result<EmailChange> {
    check(cx, &user, email)?;
    if users::get_by_email(cx, email.as_str())?.is_some() {
        return Err(as_conflict(users::email_taken(email.as_str())));
    }
    send(cx, user, email)
}

fn send(cx: &mut Cx<'_>, user: User, email: &EmailAddress) -> Result<EmailChange> {
    for subject in [user.id.as_str(), &email.folded()] {
        cx.limit(SENDS, subject)?;
        cx.limit(SENDS_DAILY, subject)?;
    }
    let id = EmailChangeId::new(cx);
    let made = codes::issue(cx, Purpose::EmailChange, id.as_str(), &user.id, email.as_str())?;
    let code = made.code.reveal().to_owned();
    let to = Recipient::new(email.as_str()).who_prefers(user.locale.as_deref());
    let url = format!("{}{}", cx.app.options().public_url, path(id.as_str(), &code));
    vestibule_messages::send(cx, to, Mail::EmailChange { code, url: Some(url) })?;
    Ok(EmailChange {
        object: "email_change",
        user,
        new_email: made.email,
        expires_at: made.expires_at,
        created_at: made.created_at,
    })
}

/// Change a user's e-mail address with the code that was mailed to the new one.
#[derive(Deserialize, JsonSchema)]
pub struct ConfirmEmailChange {
    /// ID of the user
    id: UserId,
    /// Code that was mailed
    #[schemars(length(min = 1, max = 255))]
    code: String,
}

impl Flow for ConfirmEmailChange {
    const ID: &'static str = "email_change.confirm";
    const ROUTE: Route = Route(Post, "/user_management/users/{id}/email_change/confirm");
    const FAILS: &'static [Code] = &[
        CODE_EXPIRED,
        CODE_INCORRECT,
        NONE_PENDING,
        CODE_PREVIOUSLY_USED,
        EMAIL_NOT_AVAILABLE,
        EMAIL_CHANGE_NOT_ALLOWED,
        INVALID_EMAIL,
        TOO_MANY_ATTEMPTS,
    ];
    const STATUSES: &'static [u16] = &[409];
    type Reply = Fine<EmailChangeConfirmation>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let Self { id, code } = self;
        let user = confirm_for(flow, &id, &code)?;
        Ok(Fine(EmailChangeConfirmation { object: "email_change_confirmation", user }))
    }
}

/// The path and query of the link.
pub fn path(id: &str, code: &str) -> String {
    // Neither holds a letter that a query would have to escape, unless somebody made it up.
    let clean = |text: &str| -> String {
        text.chars().filter(|it| it.is_ascii_alphanumeric() || *it == '_').collect()
    };
    format!("{PATH}?id={}&code={}", clean(id), clean(code))
}

/// A change that waits for its code, as its page shows it.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Whose address it changes.
    pub user_id: UserId,
    /// The new address.
    pub new_email: String,
}

/// The change of this id, if its code can still be redeemed; changes nothing.
pub fn waiting(cx: &mut Cx<'_>, id: &str) -> Result<Option<Waiting>> {
    let Some(code) = codes::get(cx, Purpose::EmailChange, id)? else { return Ok(None) };
    let live = codes::live(cx, Purpose::EmailChange, &code.user_id)?;
    let is_live = live.is_some_and(|it| it.id == code.id);
    Ok(is_live.then_some(Waiting { user_id: code.user_id, new_email: code.email }))
}

/// Makes the change with its code, for the page of its link.
pub fn confirm_for(flow: &FlowCx, id: &UserId, code: &str) -> Result<User> {
    let (id, code) = (id.clone(), code.to_owned());
    flow.write(move |cx| confirm(cx, &id, &code))?
}

/// Tries a code. The inner refusal is to be told after the commit, for the attempt counts.
fn confirm(cx: &mut Cx<'_>, id: &UserId, code: &str) -> Result<Result<User>> {
    users::find(cx, id)?;
    let refusal = match codes::redeem(cx, Purpose::EmailChange, id, code)? {
        Redeemed::Good(proof) => {
            let email = EmailAddress::parse(&proof.email).ok_or_else(|| {
                Error::new(Kind::Invalid, INVALID_EMAIL, "This is not an e-mail address.")
            })?;
            let allowed = users::check_email_change(cx, id);
            let changed = allowed.and_then(|()| users::change_email(cx, id, &email));
            return changed.map(Ok).map_err(as_conflict);
        }
        Redeemed::None => Error::conflict(NONE_PENDING, "No change of e-mail address is pending."),
        Redeemed::Used => {
            Error::conflict(CODE_PREVIOUSLY_USED, "This code was used before. Send a new one.")
        }
        Redeemed::Expired => {
            Error::bad_request(CODE_EXPIRED, "This code is too old. Send a new one.")
        }
        Redeemed::Incorrect => {
            Error::bad_request(CODE_INCORRECT, "This is not the code that was mailed last.")
        }
        Redeemed::TooManyAttempts => Error::new(
            Kind::TooManyRequests,
            TOO_MANY_ATTEMPTS,
            "This code ended after too many wrong attempts. Send a new one.",
        ),
    };
    Ok(Err(refusal))
}

/// What an update answers with 400 is a conflict here. It may also come up between the mail and the
/// code: another user has taken the address, a directory the user.
fn as_conflict(error: Error) -> Error {
    match error.code() {
        EMAIL_NOT_AVAILABLE | EMAIL_CHANGE_NOT_ALLOWED => error.with_kind(Kind::Conflict),
        _ => error,
    }
}
