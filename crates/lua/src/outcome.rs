//! What became of a run.

use serde::Serialize;
use serde_json::Value;

use crate::failure::{EffectStatus, Failure, FailureKind};
use crate::host::Effect;

/// What became of a run. Its JSON is what `vestibule lua --json` prints.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// Whether the program came to its end.
    pub success: bool,
    /// What it printed.
    pub output: String,
    /// What ended it.
    pub error: Option<Failure>,
    /// What it returned: null for nothing, a list for several values.
    pub result: Value,
    /// Time from start to end, in milliseconds.
    pub execution_time_ms: f64,
    /// Memory of the machine at the end or at its highest seen, in bytes.
    pub memory_usage: usize,
    /// Every call, in the order in which they were asked for.
    pub integration_calls: Vec<CallRecord>,
    /// What else there is to know.
    pub meta: Meta,
}

/// One call in the log.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallRecord {
    /// The number of the call in its session, from 1.
    pub index: u32,
    /// What was called, as the program sees it: `workos.organizations.list`.
    pub path: String,
    /// The action or tool.
    pub name: String,
    /// The first segment of the name.
    pub group: String,
    /// The account that the program chose; null is the default one.
    pub account: Option<String>,
    /// How long it took, waits for rate limits included, in milliseconds.
    pub duration_ms: f64,
    /// How it ended.
    pub status: CallStatus,
    /// Whether a request left the host, or may have.
    pub call_made: bool,
    /// What it does to the world. What a tool of another server does is not known: it counts as a write.
    pub effect: Effect,
    /// What became of that.
    pub effect_status: EffectStatus,
    /// Whether the same call may be made again.
    pub retryable: bool,
    /// The kind of failure.
    pub error_type: Option<FailureKind>,
    /// Its message.
    pub error: Option<String>,
    /// The key that the call was sent with.
    pub idempotency_key: String,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallStatus {
    /// Asked for and not answered yet.
    Running,
    /// Answered.
    Success,
    /// Failed; `errorType` says how.
    Error,
}

/// What else there is to know of a run.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Meta {
    /// The id of the session; idempotency keys begin with it.
    pub run_id: String,
    /// Whether asking for approval was switched off for the run.
    pub permission_bypassed: bool,
    /// Processor time, in milliseconds.
    pub cpu_ms: f64,
    /// Whether something that was printed is missing in `output`.
    pub output_truncated: bool,
    /// Whether text that customers control came into the machine, so that `output` and `result` are to
    /// be shown to a model as data, never as instructions.
    pub untrusted: bool,
    /// Whether more input could make the program complete; a prompt then asks for another line.
    #[serde(skip)]
    pub incomplete: bool,
}
