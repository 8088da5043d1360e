//! The programs that MCP servers are configured in, and where each keeps them.
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

/// A program that takes MCP servers.
pub struct Client {
    /// What it is called on our command line.
    pub name: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// The file of the user, below a folder of theirs.
    user: (Root, &'static str),
    /// The file of a project, below its folder, where the program has one.
    project: Option<&'static str>,
    /// What the table of servers is called in it.
    pub key: &'static str,
    /// How it is written.
    pub format: Format,
    /// Whether an entry says by `type` that it is a program.
    typed: bool,
}

/// A folder of the user.
#[derive(Clone, Copy)]
enum Root {
    Home,
    /// Where programs of a desktop keep their settings.
    Settings,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON, with comments where somebody wrote some.
    Json,
    /// TOML.
    Toml,
}

/// All of them. Sources: each program's own documentation of its MCP settings.
pub static CLIENTS: [Client; 8] = [
    Client {
        name: "claude-code",
        title: "Claude Code",
        user: (Root::Home, ".claude.json"),
        project: Some(".mcp.json"),
        key: "mcpServers",
        format: Format::Json,
        typed: true,
    },
    Client {
        name: "claude-desktop",
        title: "Claude Desktop",
        user: (Root::Settings, "Claude/claude_desktop_config.json"),
        project: None,
        key: "mcpServers",
        format: Format::Json,
        typed: false,
    },
    Client {
        name: "cursor",
        title: "Cursor",
        user: (Root::Home, ".cursor/mcp.json"),
        project: Some(".cursor/mcp.json"),
        key: "mcpServers",
        format: Format::Json,
        typed: false,
    },
    Client {
        name: "vscode",
        title: "Visual Studio Code",
        user: (Root::Settings, "Code/User/mcp.json"),
        project: Some(".vscode/mcp.json"),
        key: "servers",
        format: Format::Json,
        typed: true,
    },
    Client {
        name: "codex",
        title: "Codex",
        user: (Root::Home, ".codex/config.toml"),
        project: Some(".codex/config.toml"),
        key: "mcp_servers",
        format: Format::Toml,
        typed: false,
    },
    Client {
        name: "windsurf",
        title: "Windsurf",
        user: (Root::Home, ".codeium/windsurf/mcp_config.json"),
        project: None,
        key: "mcpServers",
        format: Format::Json,
        typed: false,
    },
    Client {
        name: "zed",
        title: "Zed",
        user: (Root::Home, ".config/zed/settings.json"),
        project: Some(".zed/settings.json"),
        key: "context_servers",
        format: Format::Json,
        typed: false,
    },
    Client {
        name: "gemini",
        title: "Gemini CLI",
        user: (Root::Home, ".gemini/settings.json"),
        project: Some(".gemini/settings.json"),
        key: "mcpServers",
        format: Format::Json,
        typed: false,
    },
];

impl Client {
    /// The client of this name.
    pub fn named(name: &str) -> Result<&'static Self, String> {
        let plain = name.to_lowercase().replace([' ', '_'], "-");
        CLIENTS.iter().find(|it| it.name == plain).ok_or_else(|| {
            let known: Vec<&str> = CLIENTS.iter().map(|it| it.name).collect();
            format!("'{name}' is no client that is known; there are: {}", known.join(", "))
        })
    }
    /// The file that the user's servers are in.
    pub fn user_file(&self, home: &Path) -> PathBuf {
        let (root, path) = self.user;
        let folder = match root {
            Root::Home => home.to_owned(),
            Root::Settings if cfg!(target_os = "macos") => home.join("Library/Application Support"),
            Root::Settings => home.join(".config"),
        };
        folder.join(path)
    }
    /// The file that the servers of a project are in.
    pub fn project_file(&self, folder: &Path) -> Option<PathBuf> {
        self.project.map(|it| folder.join(it))
    }
    /// A program as the client writes it down.
    pub fn entry(&self, command: &str, args: &[String]) -> Value {
        let mut entry = json!({ "command": command, "args": args });
        if self.typed {
            entry["type"] = "stdio".into();
        }
        entry
    }
    /// The servers that a file of the client has.
    pub fn servers(&self, text: &str) -> Result<Map<String, Value>, String> {
        let whole = match self.format {
            Format::Json => json_of(text)?,
            Format::Toml => toml_edit::de::from_str(text).map_err(|it| it.to_string())?,
        };
        Ok(whole.get(self.key).and_then(Value::as_object).cloned().unwrap_or_default())
    }
}

/// JSON, with the comments and commas that editors allow.
fn json_of(text: &str) -> Result<Value, String> {
    let options = jsonc_parser::ParseOptions::default();
    let value: Option<Value> =
        jsonc_parser::parse_to_serde_value(text, &options).map_err(|it| it.to_string())?;
    Ok(value.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_keeps_what_it_reads_back() {
        for client in &CLIENTS {
            let text = match client.format {
                Format::Json => {
                    format!(
                        "{{ // mine\n \"{}\": {{ \"a\": {{ \"command\": \"x\" }}, }} }}",
                        client.key
                    )
                }
                Format::Toml => format!("# mine\n[{}.a]\ncommand = \"x\"\n", client.key),
            };
            let servers = client.servers(&text).unwrap();
            assert_eq!(servers["a"]["command"], "x", "{}", client.name);
            assert!(client.servers("").unwrap().is_empty());
        }
    }

    #[test]
    fn a_client_is_found_however_it_is_spelled() {
        assert_eq!(Client::named("Claude Code").unwrap().name, "claude-code");
        assert!(Client::named("emacs").is_err_and(|it| it.contains("cursor")));
    }
}
