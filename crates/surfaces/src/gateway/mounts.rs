//! Which MCP servers are mounted beside: those that their user added, in a file of their own.
//!
//! A project's file may come from anybody, and a server in it is a program that runs with its user's
//! rights. So what stands in the files of other programs is shown and never started, until its user
//! imports it; an import holds for what was there then, and ends when somebody changes it.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vestibule_kernel::secret::Secret;

use super::clients::{CLIENTS, Client};
use super::definition::Definition;
use crate::connections::{Vault, config_folder, read, replace, turn};

/// The file with the servers that are mounted.
const FILE: &str = "mcp.json";
const FILE_TURN: &str = ".mcp.json.lock";
/// What variables and headers are sealed for: a copy under another server does not open.
const PURPOSE: &str = "mcp server";
/// The longest name, in letters.
const NAME_LENGTH_MAX: usize = 24;

/// The file, whole.
#[derive(Default, Serialize, Deserialize)]
struct Kept {
    #[serde(rename = "mcpServers")]
    servers: BTreeMap<String, Mount>,
}

/// A server that is mounted.
#[derive(Clone, Serialize, Deserialize)]
pub struct Mount {
    /// Whether it is left out for now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// Where it is defined.
    #[serde(flatten)]
    source: Source,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Source {
    /// In the file of another program.
    Imported {
        /// The file.
        from: PathBuf,
        /// What the server is called there.
        name: String,
        /// The definition that its user saw.
        digest: String,
    },
    /// Here: a program.
    Program {
        command: String,
        #[serde(default)]
        args: Vec<String>,
        /// Its variables, sealed.
        #[serde(skip_serializing_if = "Option::is_none")]
        sealed: Option<String>,
    },
    /// Here: an address.
    Http {
        url: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        connection: Option<String>,
        /// Its headers, sealed.
        #[serde(skip_serializing_if = "Option::is_none")]
        sealed: Option<String>,
    },
}

/// A server in a file of another program.
pub struct Found {
    /// What it is called there.
    pub name: String,
    /// The program.
    pub client: &'static str,
    /// The file.
    pub from: PathBuf,
    /// How it is reached, where that can be read.
    pub definition: Result<Definition, String>,
}

/// The servers that are mounted.
pub struct Mounts {
    folder: PathBuf,
    vault: Vault,
    kept: Kept,
}

impl Mounts {
    /// Those of whoever runs this.
    pub fn open() -> Result<Self, String> {
        let folder = config_folder()?;
        let vault = Vault::new(&folder);
        Self::in_folder(folder, vault)
    }
    fn in_folder(folder: PathBuf, vault: Vault) -> Result<Self, String> {
        let kept = load(&folder)?;
        Ok(Self { folder, vault, kept })
    }
    /// Their names, and whether each is left out for now.
    pub fn list(&self) -> impl Iterator<Item = (&str, &Mount)> {
        self.kept.servers.iter().map(|(name, it)| (name.as_str(), it))
    }
    /// How a server is reached.
    pub fn definition(&self, name: &str) -> Result<Definition, String> {
        let mount = self.kept.servers.get(name).ok_or_else(|| self.unknown(name))?;
        match mount.source.clone() {
            Source::Imported { from, name: there, digest } => {
                let found = read_file(&from)?.into_iter().find(|it| it.name == there);
                let found = found.ok_or_else(|| {
                    format!("{} has no server '{there}' any more", from.display())
                })?;
                let definition = found.definition?;
                if definition.digest() != digest {
                    return Err(format!(
                        "{} defines '{there}' otherwise than when you imported it: look at it, and \
                         run vestibule mcp import {there} again",
                        from.display()
                    ));
                }
                Ok(definition)
            }
            Source::Program { command, args, sealed } => {
                let env = self.opened(name, &command, sealed)?;
                Ok(Definition::Program { command, args, env, cwd: None })
            }
            Source::Http { url, connection, sealed } => {
                let headers = self.opened(name, &url, sealed)?;
                Ok(Definition::Http { url, headers, connection })
            }
        }
    }
    /// Mounts a server. Its variables and headers are sealed.
    pub fn add(&mut self, name: &str, definition: Definition) -> Result<(), String> {
        check_name(name)?;
        let source = match definition {
            Definition::Program { command, args, env, cwd: _ } => {
                let sealed = self.sealed(name, &command, &env)?;
                Source::Program { command, args, sealed }
            }
            Definition::Http { url, headers, connection } => {
                let sealed = self.sealed(name, &url, &headers)?;
                Source::Http { url, connection, sealed }
            }
        };
        self.put(name, source)
    }
    /// Mounts a server of another program's file, as it stands there now.
    pub fn import(&mut self, name: &str, found: &Found) -> Result<(), String> {
        check_name(name)?;
        let digest = found.definition.clone()?.digest();
        let from = found.from.canonicalize().map_err(|it| it.to_string())?;
        self.put(name, Source::Imported { from, name: found.name.clone(), digest })
    }
    fn put(&mut self, name: &str, source: Source) -> Result<(), String> {
        self.change(|kept| {
            kept.servers.insert(name.to_owned(), Mount { disabled: false, source });
            Ok(())
        })
    }
    /// Leaves a server out, or takes it in again.
    pub fn set_disabled(&mut self, name: &str, disabled: bool) -> Result<(), String> {
        let unknown = self.unknown(name);
        self.change(|kept| {
            kept.servers.get_mut(name).ok_or(unknown)?.disabled = disabled;
            Ok(())
        })
    }
    /// Mounts a server no more.
    pub fn remove(&mut self, name: &str) -> Result<(), String> {
        let unknown = self.unknown(name);
        self.change(|kept| kept.servers.remove(name).map(|_| ()).ok_or(unknown))
    }

    fn change(&mut self, work: impl FnOnce(&mut Kept) -> Result<(), String>) -> Result<(), String> {
        let _turn = turn(&self.folder, FILE_TURN)?;
        let mut kept = load(&self.folder)?;
        work(&mut kept)?;
        let text = serde_json::to_string_pretty(&kept).map_err(|it| it.to_string())?;
        replace(&self.folder, FILE, &text)?;
        self.kept = kept;
        Ok(())
    }
    fn unknown(&self, name: &str) -> String {
        let known: Vec<&str> = self.kept.servers.keys().map(String::as_str).collect();
        match known.as_slice() {
            [] => format!("there is no MCP server '{name}': none is mounted"),
            them => format!("there is no MCP server '{name}'; there are: {}", them.join(", ")),
        }
    }
    fn sealed(
        &self,
        name: &str,
        target: &str,
        values: &BTreeMap<String, String>,
    ) -> Result<Option<String>, String> {
        if values.is_empty() {
            return Ok(None);
        }
        let text = serde_json::to_string(values).map_err(|it| it.to_string())?;
        self.vault.seal(&purpose(name, target), &Secret::new(text)).map(Some)
    }
    fn opened(
        &self,
        name: &str,
        target: &str,
        sealed: Option<String>,
    ) -> Result<BTreeMap<String, String>, String> {
        let Some(sealed) = sealed else { return Ok(BTreeMap::new()) };
        let broken = || format!("what '{name}' is given does not open: add it again");
        let text = self.vault.open(&purpose(name, target), &sealed)?.ok_or_else(broken)?;
        serde_json::from_str(text.reveal()).map_err(|_| broken())
    }
}

/// The servers in the files of other programs: of a project's folder, and of the user.
pub fn found(project: &Path, home: &Path) -> Vec<Found> {
    let files = CLIENTS
        .iter()
        .flat_map(|it| [it.project_file(project), Some(it.user_file(home))].into_iter().flatten());
    // A file that cannot be read has no servers to show.
    files.filter(|it| it.is_file()).flat_map(|it| read_file(&it).unwrap_or_default()).collect()
}

/// The servers in a file of a client.
pub fn read_file(path: &Path) -> Result<Vec<Found>, String> {
    let text = read(path)?.ok_or_else(|| format!("there is no {}", path.display()))?;
    let client = client_of(path);
    let servers = client.servers(&text).map_err(|it| format!("{}: {it}", path.display()))?;
    let found = |(name, entry): (String, Value)| Found {
        name,
        client: client.title,
        from: path.to_owned(),
        definition: Definition::read(&entry),
    };
    Ok(servers.into_iter().map(found).collect())
}

/// The client that has files of this name.
fn client_of(path: &Path) -> &'static Client {
    let nowhere = Path::new("");
    let fits = |it: &&Client| {
        let own = it.user_file(nowhere);
        let user = own.components().rev().take(2).collect::<PathBuf>();
        let given = path.components().rev().take(2).collect::<PathBuf>();
        user == given || it.project_file(nowhere).is_some_and(|it| path.ends_with(it))
    };
    CLIENTS.iter().find(fits).unwrap_or(&CLIENTS[0])
}

fn load(folder: &Path) -> Result<Kept, String> {
    let path = folder.join(FILE);
    let Some(text) = read(&path)? else { return Ok(Kept::default()) };
    serde_json::from_str(&text).map_err(|it| format!("{}: {it}; mend or delete it", path.display()))
}

fn purpose(name: &str, target: &str) -> String {
    format!("{PURPOSE} {name} {target}")
}

fn check_name(name: &str) -> Result<(), String> {
    let fine = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_' || it == '-';
    if !name.is_empty() && name.len() <= NAME_LENGTH_MAX && name.chars().all(fine) {
        return Ok(());
    }
    Err(format!(
        "'{name}' is no name of a server: it has 1 to {NAME_LENGTH_MAX} of a-z, 0-9, _ and -; \
         give another with --as"
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mounts(folder: &Path) -> Mounts {
        Mounts::in_folder(folder.to_owned(), Vault::in_file(folder)).unwrap()
    }

    #[test]
    fn a_server_of_a_project_is_not_started_after_somebody_changed_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".mcp.json");
        let write = |command: &str| {
            let text = json!({ "mcpServers": { "tools": { "command": command } } });
            std::fs::write(&file, text.to_string()).unwrap();
        };
        write("good");
        let mut mounts = mounts(folder.path());
        let found = read_file(&file).unwrap();
        mounts.import("tools", &found[0]).unwrap();
        assert!(mounts.definition("tools").is_ok());
        write("evil");
        assert!(mounts.definition("tools").is_err_and(|it| it.contains("otherwise")));
    }

    #[test]
    fn variables_and_headers_are_in_no_file_and_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut mounts = mounts(folder.path());
        let program = json!({ "command": "a", "env": { "TOKEN": "canary_1" } });
        let http = json!({ "url": "https://a.example", "headers": { "x-key": "canary_2" } });
        for (name, entry) in [("one", program), ("two", http)] {
            let definition = Definition::read(&entry).unwrap();
            mounts.add(name, definition.clone()).unwrap();
            assert!(mounts.definition(name).unwrap() == definition);
        }
        let text = std::fs::read_to_string(folder.path().join(FILE)).unwrap();
        assert!(!text.contains("canary"), "{text}");
    }

    #[test]
    fn files_are_told_by_their_names() {
        for (path, expected) in [
            ("/p/.mcp.json", "claude-code"),
            ("/p/.vscode/mcp.json", "vscode"),
            ("/home/a/.config/Code/User/mcp.json", "vscode"),
            ("/home/a/.codex/config.toml", "codex"),
            ("/p/.cursor/mcp.json", "cursor"),
            ("/somewhere/else.json", "claude-code"),
        ] {
            assert_eq!(client_of(Path::new(path)).name, expected, "{path}");
        }
    }
}
