//! Actions: what an application is asked before somebody is let in, or gets an account (contract 10).
//!
//! - A question is asked outside of any transaction. What was answered is written down in the
//!   transaction that heeds it.
//! - Questions and answers are signed with the secret of the endpoint. What is not a signed and
//!   fresh answer, in time, is none: then the default verdict of the endpoint holds.
//! - Nothing is asked about a user who has not shown that they are one. About a newcomer it is
//!   asked whether or not somebody has the address already, so that a denial tells nobody that.
mod answer;
mod call;
mod operations;
mod question;
mod store;

use serde_json::Value;
use vestibule_kernel::event::Reaction;
use vestibule_kernel::id::{ActionEndpointId, UserId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Code, Cx, Error, FlowCx, Op, Result, flow, op};

pub(crate) use call::{Execution, ask};
pub(crate) use question::{Arrival, Newcomer, Question, Whence, authentication};

/// The operations of this domain.
pub const OPERATIONS: &[Op] = &[
    op::<operations::ListActions>(),
    op::<operations::GetAction>(),
    op::<operations::SetAction>(),
    op::<operations::DeleteAction>(),
    flow::<operations::TestAction>(),
    op::<operations::ListActionExecutions>(),
];

/// What was answered about a deleted user is forgotten.
pub const USER_DELETED: Reaction = Reaction { event: "user.deleted", run: user_deleted };

/// The code of the refusal of somebody whom the application has denied.
pub const ACTION_DENIED: Code = "action_denied";
/// What somebody is told whom the application has denied without a word.
const SILENT: &str = "The application does not let you in.";

/// For how long the log of executions is kept.
const EXECUTIONS_DAYS: i64 = 30;

names! {
    /// When an application is asked.
    ActionType {
        /// Before somebody is let in.
        Authentication = "authentication",
        /// Before an account is made for somebody who signs up.
        UserRegistration = "user_registration",
    }
    /// Whether an endpoint is asked.
    ActionStatus {
        /// It is.
        Enabled = "enabled",
        /// Everybody goes on without.
        Disabled = "disabled",
    }
    /// What becomes of whoever was asked about.
    Verdict {
        /// They go on.
        Allow = "allow",
        /// They are refused.
        Deny = "deny",
    }
    /// What a verdict rests on.
    DecidedBy {
        /// The answer of the endpoint.
        Endpoint = "endpoint",
        /// The default verdict, because there was no answer that can be trusted.
        Default = "default",
    }
}

/// An endpoint of an application that is asked.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    id: ActionEndpointId,
    r#type: ActionType,
    url: String,
    /// What questions and answers are signed with.
    secret: Secret,
    status: ActionStatus,
    /// How long it may take to answer.
    timeout_millis: u32,
    default_verdict: Verdict,
    created_at: Time,
    updated_at: Time,
}

impl Endpoint {
    /// What can be set of it.
    fn settings(&self) -> (&str, ActionStatus, u32, Verdict) {
        (&self.url, self.status, self.timeout_millis, self.default_verdict)
    }
}

/// What an application says of somebody who is to get an account.
#[derive(Clone, Debug, Default)]
pub struct Registration(Option<Execution>);

impl Registration {
    /// Of somebody who gets none by this.
    pub(crate) const NONE: Self = Self(None);

    /// Writes down what was said; the refusal where that was no. The refusal is an answer of the
    /// transaction, not its failure.
    pub(crate) fn heed(&self, cx: &mut Cx<'_>) -> Result<Option<Error>> {
        match &self.0 {
            Some(it) => it.note(cx),
            None if is_enabled(cx, ActionType::UserRegistration)? => Err(changed_meanwhile()),
            None => Ok(None),
        }
    }
}

/// Asks whether somebody may get an account, where the application wants to be asked.
pub(crate) fn ask_about(flow: &FlowCx, newcomer: &Newcomer) -> Result<Registration> {
    let question = flow.read(|cx| question::registration(cx, newcomer))?;
    Ok(Registration(question.map(|it| ask(flow, it))))
}

/// Whether an application wants to be asked.
pub(crate) fn is_enabled(cx: &mut Cx<'_>, r#type: ActionType) -> Result<bool> {
    Ok(store::get_enabled(cx, r#type)?.is_some())
}

/// How an application has denied somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial<'a> {
    /// With these words for them.
    Saying(&'a str),
    /// Without a word.
    Silent,
}

/// Whether a refusal is that of an application, and what it says.
pub fn denial(error: &Error) -> Option<Denial<'_>> {
    let said = match error.message() {
        SILENT => Denial::Silent,
        words => Denial::Saying(words),
    };
    (error.code() == ACTION_DENIED).then_some(said)
}

/// Deletes what is older than the log goes back, and tells how many rows that were.
pub(crate) fn forget_old(cx: &mut Cx<'_>) -> Result<u64> {
    let before = cx.now().plus_days(-EXECUTIONS_DAYS);
    store::forget_executions(cx, before)
}

/// The refusal where so much has changed while the application was asked that it must be asked anew.
pub(crate) fn changed_meanwhile() -> Error {
    Error::unavailable("Something has changed meanwhile. Try again.", 1)
}

fn user_deleted(cx: &mut Cx<'_>, user: &Value) -> Result<()> {
    let id = user.get("id").and_then(Value::as_str);
    let id = id.ok_or_else(|| Error::internal("the event user.deleted has no id"))?;
    store::forget_user(cx, &UserId::parse(id)?)
}
