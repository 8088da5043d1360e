//! What a sandbox mailed: its codes and links, for tests to go on with.
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::Method::{Delete, Get};
use vestibule_kernel::id::MessageId;
use vestibule_kernel::list::Page;
use vestibule_kernel::sandbox::SANDBOX_REQUIRED;
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Code, Cx, Fine, Flow, FlowCx, NoContent, Op, Operation, Result, Route, flow, job, op,
};
use vestibule_messages::inbox::{self, Kind, Message};
use vestibule_people::users::fold;

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[flow::<ListMessages>(), op::<DeleteMessages>()];

/// How long a question waits for what is on its way.
const WAIT_TIME_MAX: Duration = Duration::from_secs(5);
/// How many messages are told when nothing is said.
const LIMIT_DEFAULT: usize = 10;

/// A message that a sandbox sent
#[derive(Serialize, JsonSchema)]
pub struct SandboxMessage {
    /// Always `sandbox_message`
    #[schemars(extend("const" = "sandbox_message"))]
    object: &'static str,
    /// ID of the message
    id: MessageId,
    /// `mail` or `sms`
    kind: &'static str,
    /// E-mail address or telephone number
    to: String,
    /// Subject of a mail
    subject: Option<String>,
    /// What it says, in plain text
    text: String,
    /// What a mail says, in HTML
    html: Option<String>,
    /// Six digits that it holds
    code: Option<String>,
    /// Address that it leads to
    url: Option<String>,
    /// When it was sent
    created_at: Time,
}

impl From<Message> for SandboxMessage {
    fn from(it: Message) -> Self {
        let Message { id, kind, to, subject, text, html, code, url, created_at } = it;
        Self {
            object: "sandbox_message",
            id,
            kind: match kind {
                Kind::Mail => "mail",
                Kind::Sms => "sms",
            },
            to,
            subject,
            text,
            html,
            code,
            url,
            created_at,
        }
    }
}

/// List what the sandbox mailed, newest first
///
/// Mails and text messages of a sandbox go nowhere else. What is on its way when this is asked is
/// waited for.
#[derive(Deserialize, JsonSchema)]
pub struct ListMessages {
    /// Only those to this e-mail address or telephone number
    #[schemars(length(max = 320))]
    to: Option<String>,
    /// How many at the most
    #[schemars(range(min = 1, max = 100), extend("default" = LIMIT_DEFAULT))]
    limit: Option<usize>,
}

impl Flow for ListMessages {
    const ID: &'static str = "sandbox_messages.list";
    const ROUTE: Route = Route(Get, "/vestibule/v1/sandbox/messages");
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] = &[SANDBOX_REQUIRED];
    const SECRETS: &'static [&'static str] =
        &["data.*.text", "data.*.html", "data.*.code", "data.*.url"];
    type Reply = Fine<Page<SandboxMessage>>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let Self { to, limit } = self;
        flow.read(|cx| cx.need_sandbox())?;
        job::settle_down(flow, WAIT_TIME_MAX)?;
        let all = flow.read(inbox::list)?.into_iter();
        let wanted = |it: &Message| to.as_ref().is_none_or(|to| fold(to) == fold(&it.to));
        let found = all.filter(wanted).take(limit.unwrap_or(LIMIT_DEFAULT));
        Ok(Fine(Page::whole(found.map(SandboxMessage::from).collect())))
    }
}

/// Delete what the sandbox mailed
#[derive(Deserialize, JsonSchema)]
pub struct DeleteMessages {}

impl Operation for DeleteMessages {
    const ID: &'static str = "sandbox_messages.delete";
    const ROUTE: Route = Route(Delete, "/vestibule/v1/sandbox/messages");
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] = &[SANDBOX_REQUIRED];
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        cx.need_sandbox()?;
        inbox::clear(cx)?;
        Ok(NoContent)
    }
}
