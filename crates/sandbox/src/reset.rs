//! Back to the seed: a sandbox as it was at its start, in one transaction.
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use vestibule_kernel::catalog::Method::Post;
use vestibule_kernel::sandbox::{SANDBOX_REQUIRED, set_ahead};
use vestibule_kernel::{Code, Cx, Empty, Flow, FlowCx, Op, Result, Route, environment, flow, job};
use vestibule_people::roles;
use vestibule_signin::sandbox::Conveniences;

use crate::seed::{self, INVALID_SEED};

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[flow::<ResetSandbox>()];

/// How long a reset waits for jobs that are under way, so that they leave nothing behind.
const WAIT_TIME_MAX: Duration = Duration::from_secs(5);
/// What the seal of a kept seed is bound to.
const PURPOSE: &str = "sandbox_seeds.content";
/// What a reset leaves: keys, so that clients stay clients and tokens verify.
const KEPT: &[&str] = &[
    "environment_keys",
    "agent_tokens",
    "approvers",
    "oauth_codes",
    "oauth_refresh_tokens",
    "signing_keys",
    "sandbox_seeds",
];

/// Put the sandbox back to its seed
///
/// Everything in the environment is deleted, its clock is set right, and the seed is made anew, all
/// or nothing. Its API keys, its client ID, its signing keys and its conveniences stay.
#[derive(Deserialize, JsonSchema)]
pub struct ResetSandbox {
    /// A seed to use from now on, as an object or as text in YAML; the one used last where none is
    /// given
    seed: Option<Value>,
}

impl Flow for ResetSandbox {
    const ID: &'static str = "sandbox.reset";
    const ROUTE: Route = Route(Post, "/vestibule/v1/sandbox/reset");
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] = &[SANDBOX_REQUIRED, INVALID_SEED];
    const STATUSES: &'static [u16] = &[422];
    type Reply = Empty;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let Self { seed } = self;
        let seed = seed.map(|it| match it {
            Value::String(text) => text,
            other => other.to_string(),
        });
        reset(flow, seed.map(|content| SeedText { content, place: "the request".to_owned() }))?;
        Ok(Empty)
    }
}

/// The text of a seed, and where it comes from.
#[derive(Clone)]
pub struct SeedText {
    /// YAML, of which JSON is a part.
    pub content: String,
    /// Where it comes from, for whoever reads why it is refused.
    pub place: String,
}

impl SeedText {
    /// A seed of nothing.
    pub fn nothing() -> Self {
        Self { content: String::new(), place: "nowhere".to_owned() }
    }
}

/// Puts a sandbox back to this seed, or to the one used last.
pub fn reset(flow: &FlowCx, seed: Option<SeedText>) -> Result<()> {
    flow.read(|cx| cx.need_sandbox())?;
    let SeedText { content, place } = match seed {
        Some(given) => given,
        None => {
            let content = flow.read(kept)?.unwrap_or_default();
            SeedText { content, place: "the sandbox".to_owned() }
        }
    };
    let ready = seed::Ready::of_text(flow, &content, &place)?;
    job::settle_down(flow, WAIT_TIME_MAX)?;
    flow.write(move |cx| {
        let conveniences = Conveniences::of(cx)?;
        environment::empty(cx, KEPT)?;
        set_ahead(cx, 0)?;
        cx.set(&conveniences)?;
        roles::ensure_defaults(cx)?;
        keep(cx, &content)?;
        ready.make(cx)
    })
}

/// The seed used last.
fn kept(cx: &mut Cx<'_>) -> Result<Option<String>> {
    let sql = "SELECT content FROM sandbox_seeds WHERE environment_id = $1";
    let values = [cx.environment.into()];
    let Some(mut row) = cx.db().first(sql, &values)? else { return Ok(None) };
    let sealed: Vec<u8> = row.take()?;
    cx.app.sealer().open_text(PURPOSE, &sealed).map(|it| Some(it.reveal().to_owned()))
}

fn keep(cx: &mut Cx<'_>, content: &str) -> Result<()> {
    let values = [cx.environment.into(), cx.seal(PURPOSE, content)?.into(), cx.now().into()];
    let sql = "INSERT INTO sandbox_seeds (environment_id, content, updated_at) VALUES ($1, $2, $3)
               ON CONFLICT (environment_id) DO UPDATE
               SET content = excluded.content, updated_at = excluded.updated_at";
    cx.db().execute(sql, &values).map(|_| ())
}
