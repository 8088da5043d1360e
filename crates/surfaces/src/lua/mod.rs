//! What a program in Lua reaches: the actions, at the accounts of whoever runs it, and what is
//! written about them.
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use serde_json::{Map, Value};
use vestibule_kernel::{Effect, Request};
use vestibule_lua::{
    Action, Answer, Call, Docs, EffectStatus, Failure, FailureKind, Host, Mcp, Reply,
};

mod mcp;

use crate::actions::{self, Actions, Runner};
use crate::client::Backend;
use crate::connections::DEFAULT;
use crate::gateway::Gateway;
use crate::mcp::View;

/// What every program can read first.
const GUIDE: &str = include_str!("guide.md");

/// What actions say at the end of a failure of which nothing left this program.
const NO_CALL: &str = " No call was made.";

/// Actions, and the accounts that they are run at.
pub struct Accounts {
    actions: &'static Actions,
    default: Backend,
    named: BTreeMap<String, Backend>,
    /// Whether what cannot be undone is done.
    destructive: bool,
    /// What of the actions is reached.
    view: View,
    /// Who asks, where the actions run in this process.
    request: Request,
    /// The MCP servers that are mounted beside.
    gateway: Arc<Gateway>,
}

impl Accounts {
    /// Runs `actions` at `default`, or at the account of `named` that a program names. What cannot be
    /// undone is done where `destructive` says so, since nobody can be asked in the middle of a program.
    pub fn new(
        actions: &'static Actions,
        default: Backend,
        named: BTreeMap<String, Backend>,
        destructive: bool,
    ) -> Self {
        let (view, request, gateway) = (View::whole(), Request::default(), Arc::default());
        Self { actions, default, named, destructive, view, request, gateway }
    }
    /// With the credential and the address of whoever asked.
    pub fn asked_by(self, request: Request) -> Self {
        Self { request, ..self }
    }
    /// Reaching only what a view does.
    pub fn within(self, view: View) -> Self {
        Self { view, ..self }
    }
    /// With MCP servers beside.
    pub fn beside(self, gateway: Arc<Gateway>) -> Self {
        Self { gateway, ..self }
    }

    fn backend(&self, account: Option<&str>) -> Option<&Backend> {
        match account {
            None => Some(&self.default),
            Some(name) => self.named.get(name).or((name == DEFAULT).then_some(&self.default)),
        }
    }

    async fn run(&self, call: Call) -> Result<Reply, Failure> {
        let Some(backend) = self.backend(call.account.as_deref()) else {
            let message = format!("There is no account \"{}\".", call.account.unwrap_or_default());
            return Err(Failure::new(FailureKind::UnknownFunction, message));
        };
        let runner = Runner::new(self.actions, backend.clone());
        let prepared = runner.prepare(&call.spelled, call.arguments).map_err(before)?;
        let effect = prepared.action.effect;
        if let Err(text) = self.view.check(prepared.action) {
            // The engine says itself that no call was made.
            return Err(Failure::new(FailureKind::Denied, text.trim_end_matches(NO_CALL)));
        }
        if effect == Effect::Destructive && !self.destructive {
            return Err(Failure::new(
                FailureKind::Denied,
                format!("{} cannot be undone: run the program with --force.", prepared.action.id),
            ));
        }
        let idempotency_key = Some(call.idempotency_key);
        let request = Request { idempotency_key, ..self.request.clone() };
        let answer = runner.call(prepared, request).await.map_err(|it| after(it, effect))?;
        // Names, metadata and what directories send: hardly any reply is without text of customers.
        Ok(Reply { value: answer.value(), untrusted: true })
    }

    fn page(&self, page: &str) -> String {
        let page = page.trim().trim_start_matches("app.").trim_start_matches("integrations.");
        let name = page.strip_prefix("workos.").unwrap_or(page);
        if page == "overview" {
            return GUIDE.to_owned();
        }
        if page.is_empty() || page == "workos" {
            return format!("{GUIDE}\n{}", self.list());
        }
        // After an account the name goes on.
        let rest = name.split_once('.').filter(|it| self.backend(Some(it.0)).is_some());
        let mut names = [Some(name), rest.map(|it| it.1)].into_iter().flatten();
        let found = names.find_map(|it| self.actions.find(it, &Map::new()).ok());
        match found {
            Some(action) => about(action),
            None => format!("There is no page \"{page}\". docs.search(words) finds one."),
        }
    }

    fn list(&self) -> String {
        let mut text = String::from("Functions of app.integrations.workos:\n");
        for action in self.actions.all() {
            let effect = effect_name(action.effect);
            writeln!(text, "- {} ({effect}): {}", action.id, summary(action)).ok();
        }
        text
    }

    fn search(&self, query: &str, limit: usize) -> String {
        let found = self.actions.search(query, limit);
        if found.is_empty() {
            return format!("Nothing fits \"{query}\". docs.list() lists all there is.");
        }
        found.iter().map(|it| about(it.action)).collect::<Vec<_>>().join("\n")
    }
}

impl Host for Accounts {
    fn actions(&self) -> Vec<Action> {
        self.actions.all().iter().map(known).collect()
    }

    fn find(&self, name: &str, arguments: &Map<String, Value>) -> Option<Action> {
        self.actions.find(name, arguments).ok().map(known)
    }

    fn accounts(&self) -> Vec<String> {
        let own = (!self.named.contains_key(DEFAULT)).then(|| DEFAULT.to_owned());
        own.into_iter().chain(self.named.keys().cloned()).collect()
    }

    fn call(&self, call: Call) -> Answer<'_, Reply> {
        Box::pin(self.run(call))
    }

    fn docs(&self, question: Docs) -> Answer<'_, String> {
        Box::pin(async move {
            Ok(match question {
                Docs::List { section: Some(section) } if section.trim() == "mcp" => {
                    mcp::list(&self.gateway).await
                }
                Docs::List { .. } => {
                    format!("Pages: overview, workos, workos.<function>.\n\n{}", self.list())
                }
                Docs::Search { query, limit } => self.search(&query, limit),
                Docs::Read { page } => self.page(&page),
            })
        })
    }

    fn mcp(&self, request: Mcp) -> Answer<'_, Reply> {
        Box::pin(mcp::ask(&self.gateway, self.destructive, request))
    }
}

fn known(action: &actions::Action) -> Action {
    Action {
        name: action.id.to_string(),
        effect: match action.effect {
            Effect::Read => vestibule_lua::Effect::Read,
            Effect::Write => vestibule_lua::Effect::Write,
            Effect::Destructive => vestibule_lua::Effect::Destructive,
        },
        summary: summary(action).to_owned(),
    }
}

fn effect_name(effect: Effect) -> &'static str {
    match effect {
        Effect::Read => "read",
        Effect::Write => "write",
        Effect::Destructive => "destructive",
    }
}

fn summary(action: &actions::Action) -> &str {
    action.description.lines().next().unwrap_or_default()
}

/// All that there is to know of an action, as text.
fn about(action: &actions::Action) -> String {
    let mut text = format!(
        "# workos.{}\n\n{}\n\nEffect: {}. {} {}\n",
        action.id,
        action.description,
        effect_name(action.effect),
        action.method.name(),
        action.path
    );
    let required = action.input.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|it| it.iter().any(|it| it == name));
    let fields = action.input.get("properties").and_then(Value::as_object);
    for (name, schema) in fields.into_iter().flatten() {
        let form = crate::cli::field_type(schema);
        let needed = if is_required(name) { ", required" } else { "" };
        let help = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        writeln!(text, "- {name} ({form}{needed}): {}", help.replace('\n', " ")).ok();
    }
    if !action.names.is_empty() {
        writeln!(text, "Also called: {}", action.names.join(", ")).ok();
    }
    let example = literal(&action.example());
    writeln!(text, "Example: app.integrations.workos.{}({example})", action.id).ok();
    text
}

/// JSON as a program has it: for names and texts the two differ in the sign between them alone.
pub fn literal(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, it)| format!("{name} = {}", literal(it))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Value::Array(items) => {
            format!("{{ {} }}", items.iter().map(literal).collect::<Vec<_>>().join(", "))
        }
        Value::Null => "nil".to_owned(),
        other => other.to_string(),
    }
}

/// A failure of which nothing left this program.
fn before(failure: actions::Failure) -> Failure {
    after(failure, Effect::Read)
}

/// A failure, with what is known of the change that was asked for.
fn after(failure: actions::Failure, effect: Effect) -> Failure {
    let retryable = failure.is_retryable();
    let kind = match failure.kind {
        "unknown_function" => FailureKind::UnknownFunction,
        "invalid_arguments" => FailureKind::InvalidArguments,
        "denied" if failure.status == Some(401) => FailureKind::Unauthenticated,
        "denied" => FailureKind::Denied,
        "rate_limited" => FailureKind::RateLimited,
        "unreachable" => FailureKind::Unreachable,
        "not_available_on_this_server" => FailureKind::NotAvailableOnThisServer,
        _ => FailureKind::ToolError,
    };
    // Who answers with a refusal has done nothing; who does not answer, or breaks, may have.
    let refused = failure.status.is_some_and(|it| it < 500) || !failure.call_made;
    let status = match kind {
        FailureKind::Denied => EffectStatus::Denied,
        _ if refused || effect == Effect::Read => EffectStatus::None,
        _ => EffectStatus::Unknown,
    };
    let text = |name: &str| failure.details.get(name).and_then(Value::as_str).map(str::to_owned);
    let suggestions = failure.details.get("suggestions").and_then(Value::as_array);
    let suggestions = suggestions.into_iter().flatten().filter_map(Value::as_str);
    let suggestions = suggestions.map(str::to_owned).collect();
    // The engine says it at the end of each.
    let message = failure.message.trim_end_matches(NO_CALL).to_owned();
    Failure {
        call_made: failure.call_made,
        effect_status: status,
        retryable,
        status: failure.status,
        code: text("code").or_else(|| text("error")),
        details: (!failure.details.is_null()).then(|| Box::new(failure.details)),
        ..Failure::new(kind, message).with_suggestions(suggestions)
    }
}
