//! Second steps.
use serde::Serialize;
use vestibule_kernel::secret::Secret;
use vestibule_languages::Text;

use super::Form;

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
    /// Whether it gets a code this once, and is not set up as a second factor
    pub confirms: bool,
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
