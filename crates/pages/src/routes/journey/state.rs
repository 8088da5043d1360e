//! What the pages remember of a sign-in from one page to the next. It stays on the server, sealed.
use serde::{Deserialize, Serialize};
use vestibule_kernel::id::{AuthenticationChallengeId, AuthenticationFactorId};
use vestibule_languages::Text;

/// What was done on the pages so far.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The address that was typed.
    pub email: String,
    /// Whether the browser can make passkeys, as far as it told.
    pub passkeys: bool,
    /// What the code that was mailed is for, where one was.
    pub mailed: Option<Mailed>,
    /// The challenge of the second factor.
    pub challenge: Option<Challenge>,
    /// The telephone that a risky sign-up was asked for, once a code was sent to it.
    pub telephone: Option<Named>,
    /// How the risk of a sign-in was judged when its code was asked for.
    pub radar_attempt_id: Option<String>,
    /// What went wrong away from our pages, to be told on the first of them.
    pub problem: Option<Text>,
}

/// A telephone that somebody has named, and the code that was sent to it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Named {
    /// The id of the code.
    pub verification_id: String,
    /// The number.
    pub phone_number: String,
}

/// What a code was mailed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mailed {
    /// To sign in.
    Access,
    /// To prove the address of an account that was just made.
    NewAccount,
    /// Somebody wanted to make an account that was there before. Its owner gets a code to sign in
    /// with, and the page is that of [`Mailed::NewAccount`], so that it tells nobody who has an account.
    TakenAddress,
}

/// A request to prove a second factor.
#[derive(Clone, Serialize, Deserialize)]
pub struct Challenge {
    /// The factor.
    pub factor_id: AuthenticationFactorId,
    /// Its challenge; none where its telephone had got too many messages by then.
    pub id: Option<AuthenticationChallengeId>,
    /// The telephone that gets the code, where it is one, with most of its number left out.
    pub telephone: Option<String>,
    /// What an authenticator app needs that is being introduced.
    pub key: Option<Key>,
    /// Whether the factor is being enrolled.
    #[serde(default)]
    pub enrols: bool,
}

/// What an authenticator app needs.
#[derive(Clone, Serialize, Deserialize)]
pub struct Key {
    /// The address that the app opens or reads from the picture.
    pub uri: String,
    /// The secret, to be typed.
    pub secret: String,
}
