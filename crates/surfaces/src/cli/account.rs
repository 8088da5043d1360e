//! Which server a command talks to, and with which credential.
use clap::Args;
use clap_complete::ArgValueCandidates;
use vestibule_kernel::secret::Secret;

use super::completion;
use super::failure::Failed;
use crate::client::Remote;
use crate::connections::{Connection, Connections};

/// The server of this machine, where no other is named.
const HERE: &str = "http://127.0.0.1:4100";

/// How a command names its server: a connection, or an address and a key.
#[derive(Args, Clone, Debug, Default)]
pub struct Account {
    /// Connection to use: a named account
    #[arg(
        id = "account-connection",
        long = "account",
        alias = "connectionId",
        env = "VESTIBULE_CONNECTION",
        value_name = "NAME",
        add = ArgValueCandidates::new(completion::connections)
    )]
    connection: Option<String>,
    /// Server to talk to, in place of that of a connection
    #[arg(id = "account-base-url", long = "base-url", env = "WORKOS_BASE_URL", value_name = "URL")]
    base_url: Option<String>,
    /// Secret API key, in place of that of a connection
    #[arg(
        id = "account-api-key",
        long = "api-key",
        env = "WORKOS_API_KEY",
        hide_env_values = true,
        value_name = "KEY"
    )]
    api_key: Option<String>,
}

/// A server, and the name of the account that it is known by.
pub struct Chosen {
    /// The name, where it is a connection.
    pub name: Option<String>,
    /// The server, with the credential.
    pub remote: Remote,
}

impl Account {
    /// The account of this name, whatever the environment says.
    pub fn named(name: &str) -> Self {
        Self { connection: Some(name.to_owned()), base_url: None, api_key: None }
    }
    /// With another name, where one is given.
    pub fn or_named(self, name: Option<&str>) -> Self {
        match name {
            Some(name) => Self::named(name),
            None => self,
        }
    }
    /// Finds the server. A key that was given goes to the address that was given and never to that
    /// of a connection, nor the other way round.
    pub fn open(&self) -> Result<Chosen, Failed> {
        let given = self.base_url.is_some() || self.api_key.is_some();
        match &self.connection {
            Some(name) => Self::connection(&Connections::open()?, |it| it.get(name)),
            None if given => self.given(),
            None => {
                let connections = Connections::open()?;
                match connections.current().map(|it| it.name.clone()) {
                    Some(name) => Self::connection(&connections, |it| it.get(&name)),
                    None => self.given(),
                }
            }
        }
    }

    fn given(&self) -> Result<Chosen, Failed> {
        let url = self.base_url.as_deref().unwrap_or(HERE);
        let remote = Remote::new(url, self.api_key.as_ref().map(Secret::new).into())?;
        Ok(Chosen { name: None, remote })
    }
    fn connection(
        connections: &Connections,
        find: impl Fn(&Connections) -> Result<&Connection, String>,
    ) -> Result<Chosen, Failed> {
        let connection = find(connections).map_err(Failed::wrong)?;
        let remote = Remote::new(&connection.base_url, connections.credential(connection)?)?;
        Ok(Chosen { name: Some(connection.name.clone()), remote })
    }
}
