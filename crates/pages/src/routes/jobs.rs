//! What a page leaves to be done after its answer, so that neither the answer nor the time it takes
//! tells whether an address has an account.
//!
//! A mail that is not sent because there is nobody to send it to, or because the address was sent
//! too many, is no failure: whoever asked was told the same as always.
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vestibule_kernel::call::Audience;
use vestibule_kernel::id::UserId;
use vestibule_kernel::job::Handler;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Error, FlowCx, Kind, Request, Result};
use vestibule_people::email_changes;
use vestibule_people::users::{self, EmailAddress};
use vestibule_people::waitlists;
use vestibule_signin::authenticate::attempt::Wish;
use vestibule_signin::authenticate::credentials::{self, NewAccount};
use vestibule_signin::magic_auth::{self, Wanted};
use vestibule_signin::password_reset;
use vestibule_signin::policy::SignInPolicy;

/// Mails a code to sign in with.
pub const SEND_CODE: &str = "pages.send_code";
/// Mails a link that sets a new password.
pub const SEND_RESET: &str = "pages.send_reset";
/// Mails the owner of an account what they need, when somebody wanted to make it once more.
pub const ANSWER_SIGN_UP: &str = "pages.answer_sign_up";
/// Makes an account without a password, and mails its code.
pub const SIGN_UP_BY_CODE: &str = "pages.sign_up_by_code";
/// Mails the link that changes the address of somebody who is signed in.
pub const CHANGE_EMAIL: &str = "pages.change_email";
/// Puts an address on the waitlist.
pub const JOIN_WAITLIST: &str = "pages.join_waitlist";

const ATTEMPTS_MAX: i64 = 5;

/// What does these jobs.
pub const HANDLERS: &[Handler] = &[
    job(SEND_CODE, send_code),
    job(SEND_RESET, send_reset),
    job(ANSWER_SIGN_UP, answer_sign_up),
    job(SIGN_UP_BY_CODE, sign_up_by_code),
    job(CHANGE_EMAIL, change_email),
    job(JOIN_WAITLIST, join_waitlist),
];

const fn job(kind: &'static str, run: fn(&FlowCx, Value) -> Result<()>) -> Handler {
    Handler { kind, attempts_max: ATTEMPTS_MAX, long: false, run }
}

/// Something for an address.
#[derive(Clone, Serialize, Deserialize)]
pub struct ToAddress {
    /// The address.
    pub email: String,
    /// The invitation that is followed.
    pub invitation_token: Option<String>,
    /// Whom it is written for.
    #[serde(default)]
    pub audience: Audience,
    /// Where whoever asked for it is.
    #[serde(default)]
    pub ip_address: Option<String>,
    /// The browser that they asked with.
    #[serde(default)]
    pub user_agent: Option<String>,
}

/// An account to be made.
#[derive(Clone, Serialize, Deserialize)]
pub struct NewAccountByCode {
    /// Its address.
    pub email: String,
    /// The given name.
    pub first_name: Option<String>,
    /// The family name.
    pub last_name: Option<String>,
    /// The invitation that is followed.
    pub invitation_token: Option<String>,
    /// Whom it is written for.
    #[serde(default)]
    pub audience: Audience,
}

/// A new address of somebody who has an account.
#[derive(Clone, Serialize, Deserialize)]
pub struct NewAddress {
    /// Whose.
    pub user_id: UserId,
    /// The address.
    pub email: String,
    /// Whom it is written for.
    pub audience: Audience,
}

fn send_code(flow: &FlowCx, payload: Value) -> Result<()> {
    let ToAddress { email, invitation_token, audience, ip_address, user_agent } = read(payload)?;
    let flow = for_audience(flow, audience);
    let invitation_token = invitation_token.map(Secret::new);
    let wanted = Wanted { email, invitation_token, ip_address, user_agent, device_id: None };
    quietly(magic_auth::send_to(&flow, wanted, None).map(|_| ()))
}

fn send_reset(flow: &FlowCx, payload: Value) -> Result<()> {
    let ToAddress { email, audience, invitation_token: _, ip_address: _, user_agent: _ } =
        read(payload)?;
    let flow = for_audience(flow, audience);
    quietly(flow.write(move |cx| password_reset::request(cx, &email)))
}

fn answer_sign_up(flow: &FlowCx, payload: Value) -> Result<()> {
    let ToAddress { email, audience, invitation_token: _, ip_address: _, user_agent: _ } =
        read(payload)?;
    let flow = for_audience(flow, audience);
    quietly(flow.write(move |cx| {
        let policy = SignInPolicy::of(cx)?;
        match users::get_by_email(cx, &email)? {
            Some(user) if policy.magic_auth => magic_auth::send(cx, &user).map(|_| ()),
            Some(_) => password_reset::request(cx, &email),
            None => Ok(()),
        }
    }))
}

fn sign_up_by_code(flow: &FlowCx, payload: Value) -> Result<()> {
    let NewAccountByCode { email, first_name, last_name, invitation_token, audience } =
        read(payload)?;
    let flow = for_audience(flow, audience);
    let wish =
        Wish { invitation_token: invitation_token.as_deref().map(Secret::new), ..Wish::default() };
    let account = NewAccount { email: email.clone(), first_name, last_name };
    match credentials::sign_up_by_code(&flow, &wish, account) {
        Err(error) if error.code() == users::USER_CREATION_ERROR => {
            let invitation_token = invitation_token.map(Secret::new);
            let wanted = Wanted { email, invitation_token, ..Wanted::default() };
            quietly(magic_auth::send_to(&flow, wanted, None).map(|_| ()))
        }
        done => quietly(done.map(|_| ())),
    }
}

fn change_email(flow: &FlowCx, payload: Value) -> Result<()> {
    let NewAddress { user_id, email, audience } = read(payload)?;
    let Some(email) = EmailAddress::parse(&email) else {
        return Err(Error::internal("a page has asked for a change to what is no address"));
    };
    let flow = for_audience(flow, audience);
    // Where somebody else has the address, nobody is told: not even whoever asked.
    quietly(flow.write(move |cx| match users::get(cx, &user_id)? {
        Some(user) => email_changes::begin(cx, user, &email).map(|_| ()),
        None => Ok(()),
    }))
}

fn join_waitlist(flow: &FlowCx, payload: Value) -> Result<()> {
    let ToAddress { email, audience, invitation_token: _, ip_address: _, user_agent: _ } =
        read(payload)?;
    let Some(email) = EmailAddress::parse(&email) else {
        return Err(Error::internal("a page has put on the waitlist what is no address"));
    };
    let flow = for_audience(flow, audience);
    quietly(flow.write(move |cx| waitlists::join_by_page(cx, &email)))
}

/// The same doors, by which messages are written for whoever asked.
fn for_audience(flow: &FlowCx, audience: Audience) -> FlowCx {
    flow.with_request(Request { audience, ..flow.request().clone() })
}

fn read<T: DeserializeOwned>(payload: Value) -> Result<T> {
    serde_json::from_value(payload).map_err(Error::internal)
}

/// What was refused for good is done; what failed is tried again.
fn quietly(done: Result<()>) -> Result<()> {
    match done {
        Err(error) if !matches!(error.kind(), Kind::Internal | Kind::Unavailable) => {
            tracing::debug!(code = error.code(), "nothing was mailed for a page");
            Ok(())
        }
        done => done,
    }
}
