//! What went wrong, as a program and its reader see it.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// No action, account, server or tool has that name.
    UnknownFunction,
    /// The arguments do not fit; nothing was sent.
    InvalidArguments,
    /// Somebody must approve the call first; nothing was sent.
    ApprovalPending,
    /// The policy forbids the call; nothing was sent.
    Denied,
    /// No usable credential for the account; nothing was sent, or the server refused it.
    Unauthenticated,
    /// The server that the account names does not have the action.
    NotAvailableOnThisServer,
    /// The server does not answer; a write may have happened.
    Unreachable,
    /// Asked too often, and still so after waiting as long as is allowed.
    RateLimited,
    /// The server answered with an error; `status` and `code` are its own.
    ToolError,
    /// No answer within [`crate::Limits::call_ms_max`]; a write may have happened.
    Timeout,
    /// A limit of the run was reached; `budget` says which.
    BudgetExceeded,
    /// The program is not Luau.
    SyntaxError,
    /// The program made a mistake, or raised an error of its own.
    RuntimeError,
    /// Whoever started the run does not want it any more.
    Cancelled,
    /// Too many runs at once.
    Busy,
    /// A fault in the engine itself.
    Internal,
}

impl FailureKind {
    /// Whether it is a failure of the run and not of one call.
    pub(crate) fn is_of_the_run(self) -> bool {
        matches!(
            self,
            Self::BudgetExceeded
                | Self::SyntaxError
                | Self::RuntimeError
                | Self::Cancelled
                | Self::Internal
        )
    }

    /// The name that programs compare with.
    pub fn name(self) -> &'static str {
        match self {
            Self::UnknownFunction => "unknown_function",
            Self::InvalidArguments => "invalid_arguments",
            Self::ApprovalPending => "approval_pending",
            Self::Denied => "denied",
            Self::Unauthenticated => "unauthenticated",
            Self::NotAvailableOnThisServer => "not_available_on_this_server",
            Self::Unreachable => "unreachable",
            Self::RateLimited => "rate_limited",
            Self::ToolError => "tool_error",
            Self::Timeout => "timeout",
            Self::BudgetExceeded => "budget_exceeded",
            Self::SyntaxError => "syntax_error",
            Self::RuntimeError => "runtime_error",
            Self::Cancelled => "cancelled",
            Self::Busy => "busy",
            Self::Internal => "internal",
        }
    }
}

/// What is limited; each is a field of [`crate::Limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Budget {
    /// Processor time.
    Cpu,
    /// Time, without what the host takes.
    Wall,
    /// Time, with what the host takes.
    Run,
    /// Memory of the machine.
    Memory,
    /// Calls of the host.
    Calls,
    /// Functions within functions.
    Recursion,
    /// The size of what the program returns.
    Result,
    /// The size of the program.
    Source,
}

/// What became of the change that a call asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectStatus {
    /// Nothing changed.
    #[default]
    None,
    /// It happened.
    Succeeded,
    /// It may have happened: look before you try again.
    Unknown,
    /// It waits for approval.
    Pending,
    /// It was forbidden.
    Denied,
}

/// What went wrong. In a program, `pcall` returns it as a table with these fields, whose `tostring`
/// is one line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// The kind.
    #[serde(rename = "type")]
    pub kind: FailureKind,
    /// What was asked, what was wrong and what to do.
    pub message: String,
    /// Names that may have been meant, the likeliest first, at most five.
    #[serde(default)]
    pub suggestions: Vec<String>,
    /// Whether a request left the host: of the call that failed or, where the run itself ended, any.
    /// `false` is a promise.
    #[serde(default)]
    pub call_made: bool,
    /// Whether the same call may succeed later, and does no harm a second time.
    #[serde(default)]
    pub retryable: bool,
    /// How long to wait before that, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// The HTTP status that the server answered with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The server's code for the error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What else is known: the fields that were refused, the approval to wait for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Box<Value>>,
    /// The limit that was reached, of `budget_exceeded`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// The line of the program, of errors in the program itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What became of the change; the log has it as `effectStatus`.
    #[serde(skip)]
    pub effect_status: EffectStatus,
}

impl Failure {
    /// A failure before anything was sent.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        let effect_status = match kind {
            FailureKind::ApprovalPending => EffectStatus::Pending,
            FailureKind::Denied => EffectStatus::Denied,
            _ => EffectStatus::None,
        };
        Self {
            kind,
            message: message.into(),
            suggestions: Vec::new(),
            call_made: false,
            retryable: matches!(
                kind,
                FailureKind::RateLimited | FailureKind::ApprovalPending | FailureKind::Busy
            ),
            retry_after_ms: None,
            status: None,
            code: None,
            details: None,
            budget: None,
            line: None,
            effect_status,
        }
    }

    /// A failure after a request was sent; `effect_status` says what is known of the change.
    pub fn after_call(
        kind: FailureKind,
        message: impl Into<String>,
        effect_status: EffectStatus,
    ) -> Self {
        Self { call_made: true, effect_status, ..Self::new(kind, message) }
    }

    /// A limit of the run.
    pub(crate) fn budget(budget: Budget, message: impl Into<String>) -> Self {
        Self { budget: Some(budget), ..Self::new(FailureKind::BudgetExceeded, message) }
    }

    /// The same with names that may have been meant.
    pub fn with_suggestions(mut self, suggestions: Vec<String>) -> Self {
        self.suggestions = suggestions;
        self
    }
}

/// One line: kind, message, suggestions and whether a call was made.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.name(), self.message)?;
        if !self.suggestions.is_empty() {
            write!(f, " Did you mean {}?", self.suggestions.join(", "))?;
        }
        f.write_str(if self.call_made { " A call was made." } else { " No call was made." })
    }
}
