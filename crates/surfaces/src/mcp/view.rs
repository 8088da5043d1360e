//! What of the operations a client is shown and may reach: chosen by address, by headers or by flags.
use std::collections::BTreeSet;

use axum::http::HeaderMap;
use clap::Args;
use vestibule_kernel::{Effect, Error, Kind};

use crate::actions::{Action, Actions};
use crate::cli;

/// Names the tools, where the address names none.
const VIEW_HEADER: &str = "x-mcp-view";
/// Names domains, with commas between, where the address names no tools.
const TOOLSETS_HEADER: &str = "x-mcp-toolsets";
/// `true` takes away everything that changes something.
const READ_ONLY_HEADER: &str = "x-mcp-readonly";
/// The last part of an address that does the same.
const READ_ONLY_SEGMENT: &str = "readonly";

/// Which tools a client is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// Five tools that reach every operation, and tell what reads from what changes.
    #[default]
    Core,
    /// Two tools: one finds operations, the other runs programs that call them.
    Code,
    /// A tool for each operation of these domains.
    Toolsets(BTreeSet<String>),
    /// A tool for each operation.
    Full,
}

impl Shown {
    /// The tools of a name: `core`, `code` or `full`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "core" => Some(Self::Core),
            "code" => Some(Self::Code),
            "full" => Some(Self::Full),
            _ => None,
        }
    }
    /// Its name.
    pub fn name(&self) -> String {
        match self {
            Self::Core => "core".to_owned(),
            Self::Code => "code".to_owned(),
            Self::Full => "full".to_owned(),
            Self::Toolsets(names) => {
                format!("x/{}", names.iter().map(String::as_str).collect::<Vec<_>>().join(","))
            }
        }
    }
}

/// What a client is shown and may reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Which tools.
    pub shown: Shown,
    /// Whether nothing can be changed, in any way.
    pub read_only: bool,
}

impl View {
    /// Everything.
    pub fn whole() -> Self {
        Self { shown: Shown::Full, read_only: false }
    }
    /// The view that a request asks for, by the part of its path after `/mcp` and by its headers. The
    /// path says which tools; read-only holds wherever it is said.
    pub fn asked(actions: &Actions, path: &str, headers: &HeaderMap) -> Result<Self, Error> {
        let mut segments: Vec<&str> = path.split('/').filter(|it| !it.is_empty()).collect();
        let mut read_only = is_read_only(headers)?;
        if segments.last() == Some(&READ_ONLY_SEGMENT) {
            segments.pop();
            read_only = true;
        }
        let shown = match segments.as_slice() {
            [] => shown_by(actions, headers)?,
            ["x", listed] => toolsets(actions, listed, Kind::NotFound)?,
            [name] => Shown::named(name).ok_or_else(|| no_view(name, Kind::NotFound))?,
            _ => return Err(no_view(path, Kind::NotFound)),
        };
        Ok(Self { shown, read_only })
    }

    /// What a model is told of it.
    pub(super) fn instructions(&self) -> String {
        let how = match self.shown {
            Shown::Core => {
                "list_operations finds operations and their schemas, query runs those that read, \
                 mutate those that change."
            }
            Shown::Code => "search finds operations, run runs a program that calls them.",
            Shown::Toolsets(_) | Shown::Full => "Each tool is one operation.",
        };
        let read_only = if self.read_only { " This view is read-only." } else { "" };
        format!("{how}{read_only}")
    }

    /// Refuses an action that the view does not reach, and says why.
    pub fn check(&self, action: &Action) -> Result<(), String> {
        if let Shown::Toolsets(names) = &self.shown
            && !names.contains(action.domain())
        {
            let listed = names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            return Err(format!(
                "{} is not in this view, which has {listed}. No call was made.",
                action.id
            ));
        }
        if self.read_only && action.effect != Effect::Read {
            return Err(format!(
                "{} changes something, and this view is read-only. No call was made.",
                action.id
            ));
        }
        Ok(())
    }
}

/// How a command names a view.
#[derive(Args, Debug)]
pub struct ViewArguments {
    /// Tools to show: core (five that reach everything), code (search and run) or full (one for each
    /// operation)
    #[arg(long, value_name = "VIEW", conflicts_with = "toolsets")]
    view: Option<String>,
    /// Domains whose operations are shown as tools, such as users,organizations
    #[arg(long, value_name = "DOMAIN[,DOMAIN]", value_delimiter = ',')]
    toolsets: Vec<String>,
    /// Show and run nothing that changes something
    #[arg(long)]
    read_only: bool,
}

impl ViewArguments {
    /// The view.
    pub fn chosen(&self, actions: &Actions) -> Result<View, Error> {
        let shown = match &self.view {
            Some(name) => Shown::named(name).ok_or_else(|| no_view(name, Kind::BadRequest))?,
            None if self.toolsets.is_empty() => Shown::default(),
            None => toolsets(actions, &self.toolsets.join(","), Kind::BadRequest)?,
        };
        Ok(View { shown, read_only: self.read_only })
    }
}

fn is_read_only(headers: &HeaderMap) -> Result<bool, Error> {
    // What nobody understands must not be taken for a no.
    match text(headers, READ_ONLY_HEADER)?.as_deref() {
        None | Some("false" | "0" | "") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(other) => Err(Error::plain(
            Kind::BadRequest,
            format!("X-MCP-Readonly is '{other}': give true or false."),
        )),
    }
}

fn shown_by(actions: &Actions, headers: &HeaderMap) -> Result<Shown, Error> {
    if let Some(name) = text(headers, VIEW_HEADER)? {
        return Shown::named(&name).ok_or_else(|| no_view(&name, Kind::BadRequest));
    }
    match text(headers, TOOLSETS_HEADER)?.as_deref() {
        None | Some("" | "default") => Ok(Shown::default()),
        Some("all") => Ok(Shown::Full),
        Some(listed) => toolsets(actions, listed, Kind::BadRequest),
    }
}

fn text(headers: &HeaderMap, name: &str) -> Result<Option<String>, Error> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let text = value.to_str().map_err(|_| {
        Error::plain(Kind::BadRequest, format!("The header {name} has letters beyond ASCII."))
    })?;
    Ok(Some(text.trim().to_ascii_lowercase()))
}

/// The domains that are listed with commas between, `-` for `_` too.
fn toolsets(actions: &Actions, listed: &str, kind: Kind) -> Result<Shown, Error> {
    let known = domains(actions);
    let mut names = BTreeSet::new();
    for name in listed.split(',').map(str::trim).filter(|it| !it.is_empty()) {
        let name = name.to_ascii_lowercase().replace('-', "_");
        if !known.contains(&name.as_str()) {
            let text = format!("There is no toolset '{name}'. There are: {}.", known.join(", "));
            return Err(Error::plain(kind, text));
        }
        names.insert(name);
    }
    if names.is_empty() {
        return Err(no_view("x/", kind));
    }
    Ok(Shown::Toolsets(names))
}

/// The names of all toolsets: the domains of the actions.
pub fn domains(actions: &Actions) -> Vec<&str> {
    cli::domains(actions.all().iter().map(|it| &*it.id))
}

fn no_view(name: &str, kind: Kind) -> Error {
    let text = format!(
        "There is no view '{name}'. There are core, code, full and x/TOOLSET,TOOLSET, each with \
         /{READ_ONLY_SEGMENT} behind."
    );
    Error::plain(kind, text)
}
