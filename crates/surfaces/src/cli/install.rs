//! `vestibule mcp install CLIENT`: writes our MCP server into the settings of a client, beside what
//! is there. No key is written: the client starts us, and we open the connection by its name.
use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use clap::Args;
use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstRootNode};
use serde_json::{Value, json};
use toml_edit::{DocumentMut, Item, Table};

use super::failure::Failed;
use super::{Done, Shown};
use crate::connections::Connections;
use crate::gateway::clients::{Client, Format};

/// The largest file of settings that is changed, in bytes.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What `mcp install` is given.
#[derive(Args, Debug)]
pub struct Install {
    /// claude-code, claude-desktop, cursor, vscode, codex, windsurf, zed or gemini
    client: String,
    /// What to call the server there
    #[arg(long, default_value = "vestibule")]
    name: String,
    /// The connection that the tools use; without it, the one that is chosen now
    #[arg(long, alias = "connectionId", value_name = "NAME")]
    account: Option<String>,
    /// Write into the settings of this folder's project, not of the user
    #[arg(long)]
    project: bool,
    /// Print what would be written, and write nothing
    #[arg(long, conflicts_with = "remove")]
    print: bool,
    /// Take the server out again
    #[arg(long)]
    remove: bool,
    /// Replace another server of this name
    #[arg(long)]
    force: bool,
    /// Further arguments of `vestibule mcp`, after `--`
    #[arg(last = true, value_name = "ARGUMENT")]
    rest: Vec<String>,
}

/// Does it.
pub fn run(install: &Install) -> Done {
    let client = Client::named(&install.client).map_err(Failed::wrong)?;
    let path = file(client, install.project)?;
    let entry = if install.remove { None } else { Some(install.entry(client)?) };
    let before = read(&path)?;
    check_ours(client, &before, install)?;
    let after = edited(client.format, &before, client.key, &install.name, entry.as_ref());
    let after = after.map_err(|it| Failed::wrong(format!("{}: {it}", path.display())))?;
    let mut shown = json!({
        "client": client.name,
        "file": path.display().to_string(),
        "name": install.name,
        "entry": entry,
    });
    if install.print {
        shown["written"] = false.into();
        return Ok(Shown::Json(shown));
    }
    let changed = after != before;
    let backup = if changed { write(&path, &before, &after)? } else { None };
    shown["written"] = changed.into();
    shown["backup"] = json!(backup.map(|it| it.display().to_string()));
    Ok(Shown::Value(shown))
}

impl Install {
    fn entry(&self, client: &Client) -> Result<Value, Failed> {
        let program = std::env::current_exe().map_err(|it| Failed::refused(it.to_string()))?;
        let mut args = vec!["mcp".to_owned()];
        args.extend(["--account".to_owned(), self.account()?]);
        args.extend(self.rest.iter().cloned());
        Ok(client.entry(&program.display().to_string(), &args))
    }
    /// The connection. There must be one: the client starts us without our user's variables.
    fn account(&self) -> Result<String, Failed> {
        let connections = Connections::open()?;
        match &self.account {
            Some(name) => connections.get(name).map(|it| it.name.clone()).map_err(Failed::wrong),
            None => connections.current().map(|it| it.name.clone()).ok_or_else(|| {
                Failed::wrong("no connection is chosen: the client would start us without a key")
                    .hint(
                        "Make one",
                        "vestibule connection create default --base-url URL --api-key-stdin",
                    )
            }),
        }
    }
}

/// The folder of the user.
pub(super) fn home() -> Result<PathBuf, Failed> {
    let home = std::env::var_os("HOME").map(PathBuf::from).filter(|it| it.is_absolute());
    home.ok_or_else(|| Failed::wrong("HOME names no folder"))
}

fn file(client: &Client, project: bool) -> Result<PathBuf, Failed> {
    let path = if project {
        let folder = std::env::current_dir().map_err(|it| Failed::refused(it.to_string()))?;
        let of_project = client.project_file(&folder);
        of_project
            .ok_or_else(|| Failed::wrong(format!("{} has no settings of projects", client.title)))?
    } else {
        client.user_file(&home()?)
    };
    // A link stays one: it is what it leads to that is written.
    Ok(path.canonicalize().unwrap_or(path))
}

fn read(path: &Path) -> Result<String, Failed> {
    let told = |it: std::io::Error| Failed::refused(format!("{}: {it}", path.display()));
    match fs::metadata(path) {
        Err(it) if it.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(it) => Err(told(it)),
        Ok(it) if it.len() > FILE_BYTES_MAX => {
            Err(Failed::refused(format!("{} is larger than settings are", path.display())))
        }
        Ok(_) => fs::read_to_string(path).map_err(told),
    }
}

/// Refuses to put ourselves in the place of another server.
fn check_ours(client: &Client, text: &str, install: &Install) -> Result<(), Failed> {
    let servers = client.servers(text).map_err(Failed::wrong)?;
    let Some(there) = servers.get(&install.name) else { return Ok(()) };
    let command = there.get("command").and_then(Value::as_str).unwrap_or_default();
    let own = Path::new(command).file_name().is_some_and(|it| it == "vestibule");
    if own || install.force {
        return Ok(());
    }
    let text = format!(
        "{} has another server '{}': give --name, or --force to replace it",
        client.title, install.name
    );
    Err(Failed::wrong(text))
}

/// The text of a file with this entry in its table of servers, or without it.
fn edited(
    format: Format,
    text: &str,
    key: &str,
    name: &str,
    entry: Option<&Value>,
) -> Result<String, String> {
    match format {
        Format::Json => edited_json(text, key, name, entry),
        Format::Toml => edited_toml(text, key, name, entry),
    }
}

fn edited_json(text: &str, key: &str, name: &str, entry: Option<&Value>) -> Result<String, String> {
    let fresh = text.trim().is_empty();
    let text = if fresh { "{}\n" } else { text };
    let root = CstRootNode::parse(text, &ParseOptions::default()).map_err(|it| it.to_string())?;
    let whole = root.object_value_or_create().ok_or("it is no JSON object")?;
    let Some(entry) = entry else {
        if let Some(it) = whole.object_value(key).and_then(|it| it.get(name)) {
            it.remove();
        }
        return Ok(root.to_string());
    };
    let servers = whole.object_value_or_create(key).ok_or(format!("{key} is no JSON object"))?;
    match servers.get(name) {
        Some(it) => it.set_value(of_value(entry)),
        None => {
            servers.append(name, of_value(entry));
        }
    }
    Ok(root.to_string())
}

fn of_value(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(it) => CstInputValue::Bool(*it),
        Value::Number(it) => CstInputValue::Number(it.to_string()),
        Value::String(it) => CstInputValue::String(it.clone()),
        Value::Array(items) => CstInputValue::Array(items.iter().map(of_value).collect()),
        Value::Object(fields) => CstInputValue::Object(
            fields.iter().map(|(name, it)| (name.clone(), of_value(it))).collect(),
        ),
    }
}

fn edited_toml(text: &str, key: &str, name: &str, entry: Option<&Value>) -> Result<String, String> {
    let mut whole: DocumentMut = text.parse().map_err(|it: toml_edit::TomlError| it.to_string())?;
    let Some(entry) = entry else {
        if let Some(it) = whole.get_mut(key).and_then(Item::as_table_like_mut) {
            it.remove(name);
        }
        return Ok(whole.to_string());
    };
    let mut implicit = Table::new();
    implicit.set_implicit(true);
    let servers = whole.entry(key).or_insert(Item::Table(implicit));
    let servers = servers.as_table_like_mut().ok_or(format!("{key} is no table"))?;
    let table = toml_edit::ser::to_document(entry).map_err(|it| it.to_string())?;
    servers.insert(name, Item::Table(table.as_table().clone()));
    Ok(whole.to_string())
}

/// Writes the file, aside and then into place, and keeps what was there beside it. Its mode stays; a
/// new one is its owner's alone, since clients keep keys of other servers in it.
fn write(path: &Path, before: &str, after: &str) -> Result<Option<PathBuf>, Failed> {
    let write = || -> std::io::Result<Option<PathBuf>> {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mode = fs::metadata(path).map_or(0o600, |it| it.permissions().mode() & 0o777);
        let backup = if path.exists() { Some(backup(path, before, mode)?) } else { None };
        let aside = sibling(path, &format!("vestibule-{}", std::process::id()));
        create(&aside, after, mode)?;
        fs::rename(&aside, path)?;
        Ok(backup)
    };
    write().map_err(|it| Failed::refused(format!("{}: {it}", path.display())))
}

/// Keeps what was there under a name that nothing has.
fn backup(path: &Path, text: &str, mode: u32) -> std::io::Result<PathBuf> {
    for number in 1.. {
        let backup = sibling(path, &format!("backup-{number}"));
        match create(&backup, text, mode) {
            Err(it) if it.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(it) => return Err(it),
            Ok(()) => return Ok(backup),
        }
    }
    Err(std::io::ErrorKind::AlreadyExists.into())
}

fn sibling(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{ending}"));
    path.with_file_name(name)
}

fn create(path: &Path, text: &str, mode: u32) -> std::io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Value {
        json!({ "command": "/bin/vestibule", "args": ["mcp", "--account", "work"] })
    }

    #[test]
    fn what_is_there_stays_as_it_is_written() {
        let text = "{\n  // mine\n  \"theme\": \"dark\",\n  \"mcpServers\": {\n    \"other\": { \"command\": \"x\" }, // keep\n  },\n}\n";
        let added = edited_json(text, "mcpServers", "vestibule", Some(&entry())).unwrap();
        for kept in
            ["// mine", "\"theme\": \"dark\"", "\"other\": { \"command\": \"x\" }", "// keep"]
        {
            assert!(added.contains(kept), "{kept} is not in {added}");
        }
        assert!(added.contains("/bin/vestibule"));
        let removed = edited_json(&added, "mcpServers", "vestibule", None).unwrap();
        assert!(!removed.contains("vestibule") && removed.contains("// keep"), "{removed}");

        let text = "# mine\nmodel = \"x\"\n\n[mcp_servers.other]\ncommand = \"y\" # keep\n";
        let added = edited_toml(text, "mcp_servers", "vestibule", Some(&entry())).unwrap();
        assert!(added.starts_with(text) && added.contains("[mcp_servers.vestibule]"), "{added}");
        let removed = edited_toml(&added, "mcp_servers", "vestibule", None).unwrap();
        assert_eq!(removed.trim_end(), text.trim_end());
    }

    #[test]
    fn a_file_is_made_where_there_is_none_and_left_where_it_is_broken() {
        for (format, key) in [(Format::Json, "mcpServers"), (Format::Toml, "mcp_servers")] {
            let made = edited(format, "", key, "vestibule", Some(&entry())).unwrap();
            let again = edited(format, &made, key, "vestibule", Some(&entry())).unwrap();
            assert_eq!(made, again, "twice is once");
        }
        assert!(edited_json("{ \"mcpServers\": [", "mcpServers", "v", Some(&entry())).is_err());
        assert!(edited_json("{ \"mcpServers\": [] }", "mcpServers", "v", Some(&entry())).is_err());
        assert!(edited_toml("a = ", "mcp_servers", "v", Some(&entry())).is_err());
    }
}
