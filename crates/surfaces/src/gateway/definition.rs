//! How an MCP server is reached: a program to start, or an address to ask.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vestibule_kernel::secret::digest_of;

/// What is put in the place of a reference to a variable.
type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A server as its user wrote it down: `${NAME}`, `${NAME:-otherwise}` and `${env:NAME}` stand for
/// variables of the environment.
#[derive(Clone, PartialEq, Eq)]
pub enum Definition {
    /// A program that speaks over its standard input and output.
    Program {
        /// The program.
        command: String,
        /// Its arguments.
        args: Vec<String>,
        /// The variables that it is given besides the few that every program needs.
        env: BTreeMap<String, String>,
        /// The folder that it runs in.
        cwd: Option<String>,
    },
    /// An address that speaks Streamable HTTP.
    Http {
        /// The address.
        url: String,
        /// Headers of each request.
        headers: BTreeMap<String, String>,
        /// The connection whose credential is sent.
        connection: Option<String>,
    },
}

/// An entry of a file of any client.
#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "type", alias = "transport")]
    kind: Option<String>,
    command: Option<Command>,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    cwd: Option<String>,
    #[serde(alias = "serverUrl", alias = "httpUrl")]
    url: Option<String>,
    #[serde(default, alias = "http_headers")]
    headers: BTreeMap<String, String>,
    bearer_token_env_var: Option<String>,
    connection: Option<String>,
}

/// A program: its name, or an object as older versions of Zed wrote it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Command {
    Name(String),
    Whole {
        path: String,
        #[serde(default)]
        args: Vec<String>,
        #[serde(default)]
        env: BTreeMap<String, String>,
    },
}

impl Definition {
    /// Reads an entry of a client's file.
    pub fn read(entry: &Value) -> Result<Self, String> {
        let entry: Entry = serde_json::from_value(entry.clone()).map_err(|it| it.to_string())?;
        let Entry {
            kind,
            command,
            args,
            env,
            cwd,
            url,
            mut headers,
            bearer_token_env_var,
            connection,
        } = entry;
        if kind.as_deref() == Some("sse") {
            return Err("it speaks the older HTTP with SSE, which is not mounted".to_owned());
        }
        match (command, url) {
            (Some(Command::Name(command)), _) => Ok(Self::Program { command, args, env, cwd }),
            (Some(Command::Whole { path, args, env }), _) => {
                Ok(Self::Program { command: path, args, env, cwd })
            }
            (None, Some(url)) => {
                if let Some(name) = bearer_token_env_var {
                    headers.insert("authorization".to_owned(), format!("Bearer ${{{name}}}"));
                }
                Ok(Self::Http { url, headers, connection })
            }
            (None, None) => Err("it has neither a command nor a url".to_owned()),
        }
    }
    /// Tells this definition from every other.
    pub fn digest(&self) -> String {
        digest_of(match self {
            Self::Program { command, args, env, cwd } => {
                serde_json::json!([command, args, env, cwd]).to_string()
            }
            Self::Http { url, headers, connection } => {
                serde_json::json!([url, headers, connection]).to_string()
            }
        })
    }
    /// How it is reached, for people: without variables and headers, which may be secrets, and
    /// without arguments, which may be too.
    pub fn shown(&self) -> Shown {
        match self {
            Self::Program { command, .. } => Shown { transport: "stdio", target: command.clone() },
            Self::Http { url, .. } => {
                let target = reqwest::Url::parse(url).ok().map(|mut it| {
                    it.set_query(None);
                    it.set_fragment(None);
                    // What is no base for an address has no name in it either.
                    it.set_password(None).ok();
                    it.set_username("").ok();
                    it.to_string()
                });
                Shown { transport: "http", target: target.unwrap_or_default() }
            }
        }
    }
    /// With its variables filled in.
    #[expect(clippy::disallowed_methods, reason = "whoever wrote the file names the variables")]
    pub fn filled_in(&self) -> Result<Self, String> {
        self.filled_in_from(&|name| std::env::var(name).ok())
    }
    fn filled_in_from(&self, variables: Variables<'_>) -> Result<Self, String> {
        let text = |it: &String| fill_in(it, variables);
        let table = |it: &BTreeMap<String, String>| -> Result<BTreeMap<String, String>, String> {
            it.iter().map(|(name, value)| Ok((name.clone(), text(value)?))).collect()
        };
        Ok(match self {
            Self::Program { command, args, env, cwd } => Self::Program {
                command: text(command)?,
                args: args.iter().map(text).collect::<Result<_, _>>()?,
                env: table(env)?,
                cwd: cwd.as_ref().map(text).transpose()?,
            },
            Self::Http { url, headers, connection } => Self::Http {
                url: text(url)?,
                headers: table(headers)?,
                connection: connection.clone(),
            },
        })
    }
}

/// How a server is reached, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// `stdio` or `http`.
    pub transport: &'static str,
    /// The program or the address.
    pub target: String,
}

/// Fills the variables of a text in. One that is not set is an error: a server that starts with an
/// empty key fails in ways that nobody understands.
fn fill_in(text: &str, variables: Variables<'_>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let (reference, after) = after
            .split_once('}')
            .ok_or("a '${' without its '}' stands in what the server is defined by")?;
        let reference = reference.strip_prefix("env:").unwrap_or(reference);
        let (name, otherwise) = match reference.split_once(":-") {
            Some((name, otherwise)) => (name, Some(otherwise)),
            None => (reference, None),
        };
        let value = variables(name).or(otherwise.map(str::to_owned));
        out.push_str(&value.ok_or_else(|| format!("the variable {name} is not set"))?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn entries_of_every_client_are_read() {
        let program = Definition::read(&json!({ "type": "stdio", "command": "a", "args": ["b"] }));
        assert!(matches!(program, Ok(Definition::Program { .. })));
        let zed = Definition::read(&json!({ "command": { "path": "a", "args": ["b"] } })).unwrap();
        assert!(zed == program.unwrap());
        for url in ["url", "serverUrl", "httpUrl"] {
            let http =
                Definition::read(&json!({ url: "https://a.example/mcp?key=secret" })).unwrap();
            assert_eq!(http.shown().target, "https://a.example/mcp");
        }
        let codex = json!({ "url": "https://a.example", "bearer_token_env_var": "TOKEN" });
        let Definition::Http { headers, .. } = Definition::read(&codex).unwrap() else { panic!() };
        assert_eq!(headers["authorization"], "Bearer ${TOKEN}");
        for bad in [json!({}), json!({ "type": "sse", "url": "https://a.example" }), json!(1)] {
            assert!(Definition::read(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn variables_are_filled_in_and_one_that_is_missing_is_said() {
        let known = |name: &str| (name == "KEY").then(|| "k${KEY}".to_owned());
        for (text, expected) in [
            ("a ${KEY} b", Ok("a k${KEY} b")),
            ("${env:KEY}", Ok("k${KEY}")),
            ("${NONE:-x}", Ok("x")),
            ("plain $KEY", Ok("plain $KEY")),
            ("${NONE}", Err("the variable NONE is not set")),
        ] {
            let filled = fill_in(text, &known);
            assert_eq!(filled.as_deref().map_err(String::as_str), expected, "{text}");
        }
        assert!(fill_in("${KEY", &known).is_err());
    }

    #[test]
    fn another_argument_is_another_definition() {
        let one = Definition::read(&json!({ "command": "a", "args": ["b c"] })).unwrap();
        let other = Definition::read(&json!({ "command": "a", "args": ["b", "c"] })).unwrap();
        assert_ne!(one.digest(), other.digest());
    }
}
