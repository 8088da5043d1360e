//! Signing in and signing up.
use serde::Serialize;
use vestibule_languages::Text;

use super::{Form, PasskeyAsk};
use crate::render::{initial, initials};

/// First page: who is signing in? Posts `email`.
#[derive(Serialize)]
pub struct SignIn {
    /// Posts `email`
    pub form: Form,
    /// Address to begin with, from `login_hint` or the last attempt; may be empty
    pub email: String,
    /// Good news from the step before
    pub notice: Option<Text>,
    /// Posts the proof of a passkey of anybody; none where passkeys are off
    pub passkey: Option<PasskeyAsk>,
    /// Where to create an account, when the environment lets people sign themselves up
    pub sign_up_path: Option<String>,
    /// Where to join the waitlist, when the environment has people wait
    pub waitlist_path: Option<String>,
    /// Off where an address leads nowhere: there are neither passwords nor codes
    pub asks_email: bool,
    /// Accounts elsewhere to sign in with
    pub providers: Vec<Provider>,
}

/// A provider of accounts elsewhere.
#[derive(Clone, Serialize)]
pub struct Provider {
    name: String,
    mark: String,
    path: String,
}

impl Provider {
    /// Provider of this name, which `path` leads to.
    pub fn new(name: impl Into<String>, path: impl Into<String>) -> Self {
        let name = name.into();
        Self { mark: initials(&name), name, path: path.into() }
    }
}

/// Password of a known address.
#[derive(Serialize)]
pub struct Password {
    /// Posts `password`
    pub form: Form,
    /// Who is signing in
    pub email: String,
    /// Back to the first page
    pub change_path: String,
    /// Forgotten password
    pub forgotten_path: String,
    /// Posts nothing but the token, to have a code mailed instead; none where codes are off
    pub code_action: Option<String>,
    /// Posts the proof of a passkey of this address; none where passkeys are off
    pub passkey: Option<PasskeyAsk>,
}

/// New account.
#[derive(Serialize)]
pub struct SignUp {
    /// Posts `email`, `first_name`, `last_name` and, when asked for, `password`
    pub form: Form,
    /// Address typed so far or invited
    pub email: String,
    /// An invited address cannot be changed
    pub email_is_fixed: bool,
    /// First name typed so far
    pub first_name: String,
    /// Last name typed so far
    pub last_name: String,
    /// Off where people sign in by code alone
    pub asks_password: bool,
    /// What a password must be, in a sentence
    pub password_hint: Text,
    /// Organization that the invitation leads into
    pub organization: Option<String>,
    /// Whether somebody who comes here may be offered a passkey later
    pub passkeys: bool,
    /// For those who have an account after all
    pub sign_in_path: String,
    /// Accounts elsewhere to sign up with
    pub providers: Vec<Provider>,
}

/// A place on the waitlist.
#[derive(Serialize)]
pub struct Waitlist {
    /// Posts `email`
    pub form: Form,
    /// Address to begin with; may be empty
    pub email: String,
    /// For those who have an account after all
    pub sign_in_path: String,
}

/// An address was noted, if it did not wait already and has no account.
#[derive(Serialize)]
pub struct OnWaitlist {
    /// Address that was given
    pub email: String,
    /// For those who have an account after all
    pub sign_in_path: String,
}

/// Why a mailed code is asked for.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CodePurpose {
    /// The code stands in for a password
    SignIn,
    /// The code proves that the address is the reader's
    VerifyEmail,
    /// To go on with a sign-in that looks risky
    Challenge,
}

/// Six digits from a mail.
#[derive(Serialize)]
pub struct Code {
    /// Posts `code`
    pub form: Form,
    /// Why it is asked for
    pub purpose: CodePurpose,
    /// Who is signing in; where the code was mailed to, if it was
    pub email: String,
    /// Telephone that was sent the code; none where it was mailed
    pub telephone: Option<String>,
    /// How long a code works
    pub minutes_valid: u32,
    /// Good news, such as a new code being on its way
    pub notice: Option<Text>,
    /// Back to the first page; none where the address is settled
    pub change_path: Option<String>,
    /// Posts nothing but the token, to have a new code mailed
    pub resend_action: String,
    /// For those who would rather type their password
    pub password_path: Option<String>,
    /// To give another telephone number
    pub phone_path: Option<String>,
}

/// Asks where to mail a reset link.
#[derive(Serialize)]
pub struct ForgottenPassword {
    /// Posts `email`
    pub form: Form,
    /// Address to begin with; may be empty
    pub email: String,
    /// Back to the first page
    pub sign_in_path: String,
}

/// A reset link was mailed, if there is such an account.
#[derive(Serialize)]
pub struct ResetSent {
    /// Address that was given
    pub email: String,
    /// How long the link works
    pub minutes_valid: u32,
    /// To give another address
    pub change_path: String,
    /// Back to the first page
    pub sign_in_path: String,
}

/// Reached by the reset link.
#[derive(Serialize)]
pub struct ResetPassword {
    /// Posts `new_password`
    pub form: Form,
    /// Whose password it is
    pub email: String,
    /// What a password must be, in a sentence
    pub password_hint: Text,
}

/// The password has been changed.
#[derive(Serialize)]
pub struct ResetDone {
    /// Where to sign in with it; none when only the application can start that
    pub sign_in_path: Option<String>,
}

/// Another way to sign in, where a policy asks for it.
#[derive(Serialize)]
pub struct AnotherWay {
    /// Posts nothing but the token, to have a code mailed
    pub form: Form,
    /// Who is signing in
    pub email: String,
    /// Name of the organization that asks for it; the application does where there is none
    pub organization: Option<String>,
    /// Whether single sign-on is the only way
    pub sso: bool,
    /// Where single sign-on is a way
    pub sso_path: Option<String>,
    /// Whether a mailed code is a way
    pub by_code: bool,
    /// Where a password is a way
    pub password_path: Option<String>,
    /// Back to the first page
    pub change_path: String,
}

/// On the way to the identity provider of an organization. See [`Returning`](super::Returning) for why
/// it is a page.
#[derive(Serialize)]
pub struct SingleSignOn {
    /// Name of the organization
    pub organization: String,
    /// Where the identity provider is, with all that it is told
    pub location: String,
}

/// Which organization to sign in to.
#[derive(Serialize)]
pub struct OrganizationChoice {
    /// Posts `organization_id`
    pub form: Form,
    /// Who is signing in
    pub email: String,
    /// Back to the first page
    pub change_path: String,
    /// In the order shown
    pub organizations: Vec<Choice>,
}

/// One organization to choose.
#[derive(Serialize)]
pub struct Choice {
    id: String,
    name: String,
    initial: String,
}

impl Choice {
    /// Organization as its members know it.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        let name = name.into();
        Self { id: id.into(), initial: initial(&name), name }
    }
}
