//! What each page shows.
//!
//! The structs hold no Debug: a form carries its CSRF token, enrolment its secret.

use serde::Serialize;
use vestibule_kernel::secret::Secret;
use vestibule_languages::Text;

use crate::render::{Screen, initial, initials};

/// Name of the hidden field that carries the CSRF token.
pub const CSRF_FIELD: &str = "csrf";

/// Where a page's form goes, and what was wrong with it last time.
#[derive(Clone, Serialize)]
pub struct Form {
    action: String,
    csrf: String,
    problems: Vec<Problem>,
}

impl Form {
    /// Form that posts to `action` with the session's CSRF token.
    pub fn new(action: impl Into<String>, csrf: impl Into<String>) -> Self {
        Self { action: action.into(), csrf: csrf.into(), problems: Vec::new() }
    }

    /// The same form, shown again because of a problem.
    pub fn refused(mut self, problem: Problem) -> Self {
        self.problems.push(problem);
        self
    }
}

/// Something to put right before the form can be sent again.
#[derive(Clone, Serialize)]
pub struct Problem {
    field: Option<&'static str>,
    message: Text,
}

impl Problem {
    /// Problem with one field, named as its input is.
    pub fn with(field: &'static str, message: Text) -> Self {
        Self { field: Some(field), message }
    }

    /// Problem that no single field is to blame for.
    pub fn overall(message: Text) -> Self {
        Self { field: None, message }
    }

    /// What is to be put right.
    pub const fn message(&self) -> &Text {
        &self.message
    }
}

macro_rules! screens {
    ($($screen:ident => $template:literal,)+) => {
        $(impl Screen for $screen {
            const TEMPLATE: &'static str = $template;
        })+
    };
}

screens! {
    SignIn => "sign_in.html",
    Password => "password.html",
    SignUp => "sign_up.html",
    Waitlist => "waitlist.html",
    OnWaitlist => "on_waitlist.html",
    Code => "code.html",
    ForgottenPassword => "forgotten_password.html",
    ResetSent => "reset_sent.html",
    ResetPassword => "reset_password.html",
    ResetDone => "reset_done.html",
    TotpEnrolment => "totp_enrolment.html",
    FactorChallenge => "factor_challenge.html",
    FactorChoice => "factor_choice.html",
    Telephone => "telephone.html",
    OtherWays => "other_ways.html",
    RecoveryCode => "recovery_code.html",
    RecoveryCodes => "recovery_codes.html",
    Passkey => "passkey.html",
    PasskeyOffer => "passkey_offer.html",
    Account => "account.html",
    OrganizationChoice => "organization_choice.html",
    DeviceCode => "device_code.html",
    DeviceApproval => "device_approval.html",
    DeviceDecided => "device_decided.html",
    AnotherWay => "another_way.html",
    Invitation => "invitation.html",
    ConfirmEmailChange => "confirm_email_change.html",
    EmailChanged => "email_changed.html",
    MagicLink => "magic_link.html",
    Impersonation => "impersonation.html",
    Returning => "returning.html",
    Onward => "onward.html",
    SignedOut => "signed_out.html",
    Failure => "error.html",
    Home => "home.html",
}

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

/// What the reader's browser is asked about a passkey.
#[derive(Clone, Serialize)]
pub struct PasskeyAsk {
    /// Posts `challenge` and `credential`
    pub action: String,
    /// Goes back with the answer
    pub challenge: String,
    /// For `navigator.credentials`, in JSON
    pub options: String,
}

/// A passkey of the address that was typed.
#[derive(Serialize)]
pub struct Passkey {
    /// Where its problems are told; posts nothing
    pub form: Form,
    /// Who is signing in
    pub email: String,
    /// Posts the proof
    pub ask: PasskeyAsk,
    /// Back to the first page
    pub change_path: String,
    /// For those who would rather type their password
    pub password_path: Option<String>,
    /// Posts nothing but the token, to have a code mailed instead; none where codes are off
    pub code_action: Option<String>,
}

/// The offer of a passkey, after a sign-in without one.
#[derive(Serialize)]
pub struct PasskeyOffer {
    /// Posts nothing but the token, which declines
    pub form: Form,
    /// Who is signing in
    pub email: String,
    /// Posts the new passkey
    pub ask: PasskeyAsk,
}

/// The passkeys of whoever is signed in with this browser.
#[derive(Serialize)]
pub struct Account {
    /// Posts nothing but the token, to prove anew who they are
    pub form: Form,
    /// Who they are
    pub email: String,
    /// Whether they must do so before they can change anything
    pub must_confirm: bool,
    /// Whether it is somebody who acts as them, and can change nothing
    pub acting: bool,
    /// Good news, such as a passkey that was added
    pub notice: Option<Text>,
    /// The oldest first
    pub passkeys: Vec<PasskeyEntry>,
    /// Posts a new passkey; none where that is not possible
    pub ask: Option<PasskeyAsk>,
}

/// One passkey of an account.
#[derive(Serialize)]
pub struct PasskeyEntry {
    /// Its id
    pub id: String,
    /// What its owner calls it
    pub name: String,
    /// When it was made
    pub created_on: String,
    /// When it was last used
    pub used_on: Option<String>,
    /// Whether it is copied to other devices
    pub synchronized: bool,
    /// Posts `name`
    pub rename_action: String,
    /// Posts nothing but the token
    pub remove_action: String,
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
}

/// Six digits from a mail.
#[derive(Serialize)]
pub struct Code {
    /// Posts `code`
    pub form: Form,
    /// Why it is asked for
    pub purpose: CodePurpose,
    /// Where the code was mailed to
    pub email: String,
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

/// On to the application, by a page: what follows a form may not leave this server.
#[derive(Serialize)]
pub struct Onward {
    /// Where to
    pub location: String,
}

/// Reached by the link by which somebody acts as a user.
#[derive(Serialize)]
pub struct Impersonation {
    /// Posts nothing but the token
    pub form: Form,
    /// Address of the user
    pub user: String,
    /// Organization to act in
    pub organization: Option<String>,
    /// Address of whoever acts
    pub impersonator: String,
    /// Why they do
    pub reason: String,
    /// For how long
    pub minutes: u32,
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
    /// Whether a mailed code is a way
    pub by_code: bool,
    /// Where a password is a way
    pub password_path: Option<String>,
    /// Back to the first page
    pub change_path: String,
}

/// The password has been changed.
#[derive(Serialize)]
pub struct ResetDone {
    /// Where to sign in with it; none when only the application can start that
    pub sign_in_path: Option<String>,
}

/// An authenticator app is introduced to the account.
#[derive(Serialize)]
pub struct TotpEnrolment {
    form: Form,
    uri: String,
    secret_parts: Vec<String>,
    other_path: Option<String>,
}

impl TotpEnrolment {
    /// Page for the `otpauth:` address and its base32 secret; posts `code`.
    pub fn new(form: Form, uri: impl Into<String>, secret: &str) -> Self {
        let letters: Vec<char> = secret.chars().collect();
        let secret_parts = letters.chunks(4).map(|part| part.iter().collect()).collect();
        Self { form, uri: uri.into(), secret_parts, other_path: None }
    }

    /// The same page, with another factor to choose in the place of an app.
    pub fn or_else(self, other_path: Option<String>) -> Self {
        Self { other_path, ..self }
    }
}

/// Six digits from the authenticator app, or from a message to a telephone.
#[derive(Serialize)]
pub struct FactorChallenge {
    /// Posts `code`
    pub form: Form,
    /// Who is signing in
    pub email: String,
    /// Telephone that was sent the code; none where an app shows it
    pub telephone: Option<String>,
    /// How long a code that was sent works
    pub minutes_valid: u32,
    /// Whether the telephone is being set up
    pub enrols: bool,
    /// Good news, such as a new message being on its way
    pub notice: Option<Text>,
    /// Posts nothing but the token, to have a code sent again; none where an app shows it
    pub resend_action: Option<String>,
    /// Where there is another way to take this step
    pub other_path: Option<String>,
    /// Back to the first page
    pub change_path: String,
}

/// Which second factor to set up.
#[derive(Serialize)]
pub struct FactorChoice {
    /// Posts nothing but the token, to set up an authenticator app
    pub form: Form,
    /// Who is signing in
    pub email: String,
    /// Whether an authenticator app may be set up
    pub offers_app: bool,
    /// Where a telephone is set up
    pub telephone_path: Option<String>,
    /// Back to the first page
    pub change_path: String,
}

/// A telephone is introduced to the account.
#[derive(Serialize)]
pub struct Telephone {
    /// Posts `phone_number`
    pub form: Form,
    /// Who is signing in
    pub email: String,
    /// Number typed so far
    pub phone_number: String,
    /// Where another factor can be chosen
    pub other_path: Option<String>,
    /// Back to the first page
    pub change_path: String,
}

/// The ways to take the second step.
#[derive(Serialize)]
pub struct OtherWays {
    /// Posts `factor_id`
    pub form: Form,
    /// Who is signing in
    pub email: String,
    /// Factors, in the order shown
    pub ways: Vec<Way>,
    /// Where a recovery code is typed; none where there is none left
    pub recovery_path: Option<String>,
    /// Back to the first page
    pub change_path: String,
}

/// A factor with which the second step can be taken.
#[derive(Serialize)]
pub struct Way {
    factor_id: String,
    label: Text,
    is_telephone: bool,
}

impl Way {
    /// Factor in the words of its user.
    pub fn new(factor_id: impl Into<String>, label: Text, is_telephone: bool) -> Self {
        Self { factor_id: factor_id.into(), label, is_telephone }
    }
}

/// One of the codes that were shown at set-up.
#[derive(Serialize)]
pub struct RecoveryCode {
    /// Posts `recovery_code` and, when ticked, `renew`
    pub form: Form,
    /// Who is signing in
    pub email: String,
    /// Whether new codes can be had at once
    pub offers_new: bool,
    /// Back to the other ways
    pub other_path: String,
    /// Back to the first page
    pub change_path: String,
}

/// The recovery codes of an account, shown this once.
#[derive(Serialize)]
pub struct RecoveryCodes {
    codes: Vec<String>,
    next: String,
}

impl RecoveryCodes {
    /// Page for new codes that leads on to `next`, the next step or the application.
    pub fn new(codes: &[Secret], next: impl Into<String>) -> Self {
        let codes = codes.iter().map(|it| it.reveal().to_owned()).collect();
        Self { codes, next: next.into() }
    }
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

/// Asks for the code that a device shows.
#[derive(Serialize)]
pub struct DeviceCode {
    /// Posts `user_code`
    pub form: Form,
    /// Code to begin with, from the link or the last attempt; may be empty
    pub user_code: String,
}

/// Asks whether a device may sign in as whoever is signed in here.
#[derive(Serialize)]
pub struct DeviceApproval {
    /// Posts `decision`: `approve` or `deny`
    pub form: Form,
    /// Code that the device shows
    pub user_code: String,
    /// Who is signed in
    pub email: String,
    /// Organization that they are signed in to
    pub organization: Option<String>,
    /// Address that the device asked from
    pub ip_address: Option<String>,
    /// Program that asked
    pub user_agent: Option<String>,
    /// Posts nothing but the token, to sign in as somebody else
    pub change_action: String,
}

/// It was decided whether a device signs in.
#[derive(Serialize)]
pub struct DeviceDecided {
    /// How
    pub approved: bool,
}

/// An invitation, before it is accepted.
#[derive(Serialize)]
pub struct Invitation {
    /// Posts nothing but the token, which accepts
    pub form: Form,
    /// Who is invited
    pub email: String,
    /// Organization invited to; none when the invitation is to the application alone
    pub organization: Option<String>,
    /// Name or address of the one who invites
    pub inviter: Option<String>,
}

/// A change of address, before it is made.
#[derive(Serialize)]
pub struct ConfirmEmailChange {
    /// Posts nothing but the token, which makes it
    pub form: Form,
    /// New address
    pub email: String,
}

/// The address has been changed.
#[derive(Serialize)]
pub struct EmailChanged {
    /// New address
    pub email: String,
}

/// Reached by a link that signs in by mail.
#[derive(Serialize)]
pub struct MagicLink {
    /// Posts nothing but the token, which signs in
    pub form: Form,
    /// Who is signed in by it
    pub email: String,
}

/// Leads back to the application after a form has been sent.
///
/// Chromium applies `form-action` to every redirect that follows a form, the application's own
/// included, so a redirect from here would make sign-in depend on where the application redirects
/// next. A page that refreshes ends the chain, and the policy can stay at `'self'`.
#[derive(Serialize)]
pub struct Returning {
    /// Redirect URI with its code or error
    pub location: String,
}

/// The session has ended.
#[derive(Serialize)]
pub struct SignedOut {
    /// Where to begin again
    pub sign_in_path: Option<String>,
}

/// The page at the root of the server.
#[derive(Serialize)]
pub struct Home {
    /// Where applications reach this server
    pub base_url: String,
    /// Where to go on
    pub links: Vec<WayOut>,
}

/// Something went wrong, and the reader cannot go on from here.
#[derive(Serialize)]
pub struct Failure {
    /// What happened, in a few words
    pub title: Text,
    /// What it means and what to do
    pub message: Text,
    /// What was wrong, in English, for whoever mends it
    pub detail: Option<String>,
    /// Where the log tells more
    pub request_id: String,
    /// A place to begin again
    pub way_out: Option<WayOut>,
}

/// A link that leads on.
#[derive(Serialize)]
pub struct WayOut {
    /// What it is called
    pub label: Text,
    /// Where it leads
    pub path: String,
}
