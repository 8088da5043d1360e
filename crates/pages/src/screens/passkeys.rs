//! Passkeys.
use serde::Serialize;
use vestibule_languages::Text;

use super::Form;

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

/// The address and the passkeys of whoever is signed in with this browser.
#[derive(Serialize)]
pub struct Account {
    /// Posts nothing but the token, to prove anew who they are
    pub form: Form,
    /// Who they are
    pub email: String,
    /// Posts `new_email`
    pub email_action: String,
    /// The address that they typed last, where it was refused
    pub new_email: String,
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
