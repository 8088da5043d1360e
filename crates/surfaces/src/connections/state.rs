//! Whether an account works, and what its user must do where it does not.
use serde::Serialize;
use serde_json::Value;
use vestibule_kernel::secret::Secret;

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
    /// `provide-input`: a value is to be given on the command line.
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
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Asks the server with the smallest read that every key may make.
pub async fn probe(name: &str, base_url: &str, key: Option<Secret>) -> Status {
    let Some(key) = key else {
        return wanting(name, "It has no API key yet.");
    };
    let asked = match Remote::new(base_url, Some(key)) {
        Ok(it) => it.get("/organizations?limit=1").await,
        Err(text) => Err(text),
    };
    let failed = |state, text: String| Status { state, client_action: None, error: Some(text) };
    match asked {
        Err(text) => failed(State::Disconnected, text),
        Ok(answer) => match answer.status {
            200 if answer.body.get("data").is_some_and(Value::is_array) => {
                Status { state: State::Ready, client_action: None, error: None }
            }
            401 => {
                wanting(name, "The server does not accept its API key: wrong, revoked or expired.")
            }
            403 => wanting(name, "Its API key does not open this environment."),
            status => failed(
                State::ConfigurationError,
                format!("{base_url} answers {status}, not as a server of this API does"),
            ),
        },
    }
}

fn wanting(name: &str, why: &str) -> Status {
    let command = format!("vestibule connection create {name} --api-key-stdin");
    Status {
        state: State::ClientActionRequired,
        client_action: Some(ClientAction {
            kind: "provide-input",
            description: format!("{why} Give one with: {command}"),
            agent_instructions: format!(
                "Ask the user to run '{command}' in a terminal of their own. Do not ask for the key."
            ),
        }),
        error: None,
    }
}
