//! A host that is made up: a few actions, two accounts, one server beside, and a secret that it keeps.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use vestibule_lua::{
    Action, Answer, Call, Docs, Effect, EffectStatus, Failure, FailureKind, Host, Mcp, Reply,
};

/// What no program may ever see.
pub const CREDENTIAL: &str = "sk_test_canary_5d3f0c";

/// The host. It keeps a credential, as a real one does, and every call that came.
pub struct Catalogue {
    credential: String,
    pub calls: Mutex<Vec<Call>>,
    pub requests: Mutex<Vec<Mcp>>,
    /// Calls that run now, and the most that ever did.
    running: AtomicUsize,
    pub running_peak: AtomicUsize,
    /// How often `radar.assess` still answers that it is asked too often.
    pub limited: AtomicUsize,
}

const ACTIONS: [(&str, Effect, &str); 9] = [
    ("organizations.list", Effect::Read, "List organizations"),
    ("organizations.get", Effect::Read, "Get an organization"),
    ("organizations.create", Effect::Write, "Create an organization"),
    ("organizations.delete", Effect::Destructive, "Delete an organization"),
    ("users.get", Effect::Read, "Get a user"),
    ("api_keys.validations.create", Effect::Read, "Validate an API key"),
    ("radar.assess", Effect::Write, "Assess an attempt"),
    ("events.list", Effect::Read, "List events"),
    ("slow.wait", Effect::Write, "Never answers"),
];

const ALIASES: [(&str, &str); 5] = [
    ("list_organizations", "organizations.list"),
    ("workos_organizations_list", "organizations.list"),
    ("workos_user_management_users_get", "users.get"),
    ("validate_api_key", "api_keys.validations.create"),
    ("work.odd", "organizations.get"),
];

impl Catalogue {
    pub fn usual() -> Arc<Self> {
        Arc::new(Self {
            credential: CREDENTIAL.into(),
            calls: Mutex::default(),
            requests: Mutex::default(),
            running: AtomicUsize::new(0),
            running_peak: AtomicUsize::new(0),
            limited: AtomicUsize::new(0),
        })
    }

    async fn answer(&self, call: Call) -> Result<Reply, Failure> {
        assert!(self.credential.starts_with("sk_"), "the host has its credential at hand");
        self.calls.lock().push(call.clone());
        let now = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.running_peak.fetch_max(now, Ordering::SeqCst);
        // Others get their turn while this one runs.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        self.running.fetch_sub(1, Ordering::SeqCst);
        let argument = |name: &str| call.arguments.get(name).cloned().unwrap_or_default();
        let value = match call.action.as_str() {
            "organizations.list" => page(&argument("after"), &argument("limit")),
            "organizations.get" if argument("id").is_null() => {
                return Err(Failure {
                    details: Some(Box::new(json!({ "missing": ["id"] }))),
                    ..Failure::new(FailureKind::InvalidArguments, "\"id\" is required.")
                });
            }
            "organizations.get" => {
                json!({ "id": argument("id"), "name": "Acme", "external_id": null })
            }
            "organizations.create" if argument("name") == "later" => {
                return Err(Failure::new(FailureKind::ApprovalPending, "Approve apr_01 first."));
            }
            "organizations.create" => {
                json!({ "id": "org_new", "name": argument("name"), "domains": [] })
            }
            "organizations.delete" => {
                return Err(Failure::new(
                    FailureKind::Denied,
                    "The policy allows no destructive call.",
                ));
            }
            "users.get" => json!({ "id": argument("user_id"), "email": "ada@acme.test" }),
            "api_keys.validations.create" => json!({ "api_key": null }),
            "radar.assess" if self.limited.load(Ordering::SeqCst) > 0 => {
                self.limited.fetch_sub(1, Ordering::SeqCst);
                return Err(Failure {
                    retry_after_ms: Some(1),
                    ..Failure::new(FailureKind::RateLimited, "Too many requests.")
                });
            }
            "radar.assess" => {
                return Err(Failure {
                    status: Some(500),
                    ..Failure::after_call(
                        FailureKind::ToolError,
                        "The server answered 500.",
                        EffectStatus::Unknown,
                    )
                });
            }
            "events.list" => json!({ "data": [{ "id": 9_007_199_254_740_993_u64 }, null, []] }),
            _ => std::future::pending().await,
        };
        Ok(Reply { value, untrusted: call.action == "organizations.get" })
    }

    fn beside(request: &Mcp) -> Result<Value, Failure> {
        Ok(match request {
            Mcp::Servers => json!([{ "name": "files" }]),
            Mcp::Tools { .. } => json!([{ "name": "read" }]),
            Mcp::CallTool { server, tool, arguments, .. } if server == "files" => {
                json!({ "tool": tool, "arguments": arguments })
            }
            Mcp::CallTool { server, .. } => {
                let message = format!("There is no server \"{server}\".");
                return Err(Failure::new(FailureKind::UnknownFunction, message));
            }
            Mcp::Resources { .. } => json!([{ "uri": "file:///a" }]),
            Mcp::ReadResource { uri, .. } => json!({ "uri": uri, "text": "a" }),
            Mcp::Prompts { .. } => json!([{ "name": "greet" }]),
            Mcp::GetPrompt { name, arguments, .. } => {
                json!({ "name": name, "arguments": arguments })
            }
        })
    }
}

/// Five organizations, two a page.
fn page(after: &Value, limit: &Value) -> Value {
    let limit = usize::try_from(limit.as_u64().unwrap_or(2)).expect("a small limit").min(2);
    let start = after.as_str().map_or(0, |after| after[4..].parse::<usize>().expect("a cursor"));
    let ids: Vec<usize> = (start + 1..=5).take(limit).collect();
    let last = ids.last().copied().unwrap_or(start);
    let data: Vec<Value> = ids.iter().map(|id| json!({ "id": format!("org_{id}") })).collect();
    let cursor = (last < 5).then(|| format!("org_{last}"));
    json!({ "object": "list", "data": data, "list_metadata": { "before": null, "after": cursor } })
}

impl Host for Catalogue {
    fn actions(&self) -> Vec<Action> {
        ACTIONS
            .iter()
            .map(|(name, effect, summary)| Action {
                name: (*name).into(),
                effect: *effect,
                summary: (*summary).into(),
            })
            .collect()
    }

    fn find(&self, name: &str, _: &Map<String, Value>) -> Option<Action> {
        let name =
            ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, first)| first);
        self.actions().into_iter().find(|action| action.name == name)
    }

    fn accounts(&self) -> Vec<String> {
        vec!["default".into(), "work".into()]
    }

    fn call(&self, call: Call) -> Answer<'_, Reply> {
        Box::pin(self.answer(call))
    }

    fn docs(&self, question: Docs) -> Answer<'_, String> {
        Box::pin(async move { Ok(format!("{question:?}")) })
    }

    fn mcp(&self, request: Mcp) -> Answer<'_, Reply> {
        Box::pin(async move {
            self.requests.lock().push(request.clone());
            Ok(Reply { value: Self::beside(&request)?, untrusted: false })
        })
    }
}
