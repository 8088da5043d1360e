//! Whether an account works, and what its user must do where it does not.
use serde::Serialize;
use serde_json::Value;

use super::{Credential, Ended, SignedIn};
use crate::client::Remote;

/// How far an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// The server accepts the credential.
    Ready,
    /// Its user must do something: see the client action.
    ClientActionRequired,
    /// What answers at the address is no server of this API.
    ConfigurationError,
    /// Nothing answers at the address.
    Disconnected,
}

/// What the user of an account must do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientAction {
    /// `provide-input`: a value is to be given on the command line; `connect`: somebody must sign in.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What to do, for people.
    pub description: String,
    /// What a model should do: ask its user, and never ask for the secret itself.
    pub agent_instructions: String,
}

/// What was found out about an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// How far it is.
    pub state: State,
    /// What its user must do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_action: Option<ClientAction>,
    /// Who signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_in_as: Option<String>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Status {
    fn of(state: State) -> Self {
        Self { state, client_action: None, signed_in_as: None, error: None }
    }
    fn failed(state: State, error: String) -> Self {
        Self { error: Some(error), ..Self::of(state) }
    }
    fn wanting(action: ClientAction) -> Self {
        Self { client_action: Some(action), ..Self::of(State::ClientActionRequired) }
    }
}

/// Asks the server with the smallest read that every key may make; of a sign-in, asks whether it
/// still stands.
pub async fn probe(name: &str, base_url: &str, credential: Result<Credential, String>) -> Status {
    match credential {
        // A credential that cannot be read is a state of the account, like one that is missing.
        Err(text) => Status::wanting(key_wanted(name, &format!("It cannot be opened: {text}."))),
        Ok(Credential::None) => Status::wanting(key_wanted(name, "It has no API key yet.")),
        Ok(Credential::SignedIn(it)) => of_sign_in(name, &it).await,
        Ok(credential) => of_key(name, base_url, credential).await,
    }
}

async fn of_key(name: &str, base_url: &str, credential: Credential) -> Status {
    let asked = match Remote::new(base_url, credential) {
        Ok(it) => it.get("/organizations?limit=1").await,
        Err(text) => Err(text),
    };
    let answer = match asked {
        Ok(it) => it,
        Err(text) => return Status::failed(State::Disconnected, text),
    };
    match answer.status {
        200 if answer.body.get("data").is_some_and(Value::is_array) => Status::of(State::Ready),
        401 => {
            let why = "The server does not accept its API key: wrong, revoked or expired.";
            Status::wanting(key_wanted(name, why))
        }
        403 => Status::wanting(key_wanted(name, "Its API key does not open this environment.")),
        status => Status::failed(
            State::ConfigurationError,
            format!("{base_url} answers {status}, not as a server of this API does"),
        ),
    }
}

async fn of_sign_in(name: &str, sign_in: &SignedIn) -> Status {
    match sign_in.verified().await {
        Ok(email) => Status { signed_in_as: Some(email), ..Status::of(State::Ready) },
        Err(Ended::Unreachable(text)) => Status::failed(State::Disconnected, text),
        Err(Ended::Over(why)) => Status::wanting(ClientAction {
            kind: "connect",
            description: why,
            agent_instructions: format!(
                "Ask the user to run 'vestibule connection create {name} --oauth' in a terminal of \
                 their own, and to sign in. Do not ask for a code, a password or a token."
            ),
        }),
    }
}

fn key_wanted(name: &str, why: &str) -> ClientAction {
    let command = format!("vestibule connection create {name} --api-key-stdin");
    ClientAction {
        kind: "provide-input",
        description: format!("{why} Give one with: {command}"),
        agent_instructions: format!(
            "Ask the user to run '{command}' in a terminal of their own. Do not ask for the key."
        ),
    }
}
