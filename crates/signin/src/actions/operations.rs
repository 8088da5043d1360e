//! Setting actions up, trying them out, and looking at what was answered.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use vestibule_kernel::Method::{Delete, Get, Post, Put};
use vestibule_kernel::id::{ActionEndpointId, ActionExecutionId, OrganizationId, UserId};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Code, Cx, Error, Fine, Flow, FlowCx, Kind, NoContent, Operation, Result, Route,
};

use super::call::{Execution, ask};
use super::question::{About, sample};
use super::{ActionStatus, ActionType, DecidedBy, Endpoint, Verdict, store};

const INVALID_URL: Code = "invalid_url";
/// What every secret of an action begins with.
const SECRET_PREFIX: &str = "actsec_";
/// How long an endpoint may take to answer where nothing is said.
const TIMEOUT_MILLIS: u32 = 5_000;
/// The shortest and the longest that may be said: somebody waits for it.
const TIMEOUT_MILLIS_MIN: u32 = 100;
const TIMEOUT_MILLIS_MAX: u32 = 10_000;

/// What your application is asked before somebody gets in
#[derive(Debug, Serialize, JsonSchema)]
pub struct Action {
    /// Always `action_endpoint`
    #[schemars(extend("const" = "action_endpoint"))]
    object: &'static str,
    /// ID of the endpoint
    id: ActionEndpointId,
    /// When it is asked
    r#type: ActionType,
    /// Where it is asked
    endpoint_url: String,
    /// What questions and answers are signed with
    #[serde(serialize_with = "reveal")]
    secret: Secret,
    /// Whether it is asked
    status: ActionStatus,
    /// How long it may take to answer, in milliseconds
    timeout_millis: u32,
    /// What becomes of people where there is no answer that can be trusted
    default_verdict: Verdict,
    /// When it was set up
    created_at: Time,
    /// When it last changed
    updated_at: Time,
}

/// The secret is shown with its endpoint, as those of webhooks are.
fn reveal<S: Serializer>(secret: &Secret, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(secret.reveal())
}

impl From<Endpoint> for Action {
    fn from(it: Endpoint) -> Self {
        let Endpoint {
            id,
            r#type,
            url: endpoint_url,
            secret,
            status,
            timeout_millis,
            default_verdict,
            created_at,
            updated_at,
        } = it;
        Self {
            object: "action_endpoint",
            id,
            r#type,
            endpoint_url,
            secret,
            status,
            timeout_millis,
            default_verdict,
            created_at,
            updated_at,
        }
    }
}

/// One time that an endpoint was asked
#[derive(Debug, Serialize, JsonSchema)]
pub struct ActionExecution {
    /// Always `action_execution`
    #[schemars(extend("const" = "action_execution"))]
    pub(super) object: &'static str,
    /// ID of the execution, which the question has as well
    pub(super) id: ActionExecutionId,
    /// ID of the endpoint
    pub(super) action_endpoint_id: ActionEndpointId,
    /// What it was asked before
    pub(super) r#type: ActionType,
    /// Whether it was asked about nobody, to try it out
    pub(super) test: bool,
    /// What became of it
    pub(super) verdict: Verdict,
    /// What the verdict rests on
    pub(super) decided_by: DecidedBy,
    /// What was wrong with the answer
    pub(super) error: Option<String>,
    /// What whoever was denied was told
    pub(super) error_message: Option<String>,
    /// Status of the answer
    pub(super) status_code: Option<i64>,
    /// How long the answer took, in milliseconds
    pub(super) duration_millis: i64,
    /// ID of the user; newcomers have none
    pub(super) user_id: Option<UserId>,
    /// ID of the organization that they wanted to sign in to
    pub(super) organization_id: Option<OrganizationId>,
    /// E-mail address of whom it was asked about
    pub(super) email: String,
    /// Address that they came from
    pub(super) ip_address: Option<String>,
    /// Browser that they came with
    pub(super) user_agent: Option<String>,
    /// When it was asked
    pub(super) created_at: Time,
}

impl ActionExecution {
    fn new(it: Execution, created_at: Time) -> Self {
        let About { id, test, user_id, organization_id, email, whence } = it.about;
        Self {
            object: "action_execution",
            id,
            action_endpoint_id: it.endpoint_id,
            r#type: it.r#type,
            test,
            verdict: it.verdict,
            decided_by: it.decided_by,
            error: it.error,
            error_message: it.error_message,
            status_code: it.status_code.map(i64::from),
            duration_millis: it.duration_millis,
            user_id,
            organization_id,
            email,
            ip_address: whence.ip_address,
            user_agent: whence.user_agent,
            created_at,
        }
    }
}

/// List what your application is asked
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListActions {}

impl Operation for ListActions {
    const ID: &'static str = "actions.list";
    const ROUTE: Route = Route(Get, "/vestibule/v1/actions");
    const SECRETS: &'static [&'static str] = &["data.*.secret"];
    const EXTENSION: bool = true;
    type Reply = Fine<Page<Action>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        let all = store::list(cx)?.into_iter().map(Action::from).collect();
        Ok(Fine(Page::whole(all)))
    }
}

/// Get what your application is asked before somebody gets in
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetAction {
    /// When it is asked
    r#type: ActionType,
}

impl Operation for GetAction {
    const ID: &'static str = "actions.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/actions/{type}");
    const SECRETS: &'static [&'static str] = &["secret"];
    const EXTENSION: bool = true;
    type Reply = Fine<Action>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        find(cx, self.r#type).map(Action::from).map(Fine)
    }
}

/// Have your application asked before somebody gets in
///
/// Before somebody is let in (`authentication`), or an account is made for somebody who signs up
/// (`user_registration`), your endpoint is asked, and answers `Allow` or `Deny`. The libraries verify
/// the question and sign the answer with the secret of the action. What is not given stays as it
/// is.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SetAction {
    /// When it is asked
    r#type: ActionType,
    /// Where it is asked: a public https address; needed at first
    endpoint_url: Option<String>,
    /// Whether it is asked; enabled at first
    status: Option<ActionStatus>,
    /// How long it may take to answer, in milliseconds; 5000 at first
    #[schemars(range(min = TIMEOUT_MILLIS_MIN, max = TIMEOUT_MILLIS_MAX))]
    timeout_millis: Option<u32>,
    /// What becomes of people where there is no answer that can be trusted; `deny` at first
    default_verdict: Option<Verdict>,
}

impl Operation for SetAction {
    const ID: &'static str = "actions.set";
    const ROUTE: Route = Route(Put, "/vestibule/v1/actions/{type}");
    const FAILS: &'static [Code] = &[INVALID_URL];
    const SECRETS: &'static [&'static str] = &["secret"];
    const EXTENSION: bool = true;
    type Reply = Fine<Action>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { r#type, endpoint_url, status, timeout_millis, default_verdict } = self;
        if let Some(url) = &endpoint_url {
            check_url(cx, url)?;
        }
        let before = store::get(cx, r#type)?;
        let mut endpoint = match (before.clone(), endpoint_url) {
            (Some(it), Some(url)) => Endpoint { url, ..it },
            (Some(it), None) => it,
            (None, Some(url)) => fresh(cx, r#type, url),
            (None, None) => {
                let why = "endpoint_url is required, because the action is not set up yet.";
                return Err(Error::invalid_field("endpoint_url", "required", why));
            }
        };
        endpoint.status = status.unwrap_or(endpoint.status);
        endpoint.timeout_millis = timeout_millis.unwrap_or(endpoint.timeout_millis);
        endpoint.default_verdict = default_verdict.unwrap_or(endpoint.default_verdict);
        if before.as_ref().map(Endpoint::settings) != Some(endpoint.settings()) {
            endpoint.updated_at = cx.now();
            store::set(cx, &endpoint)?;
        }
        Ok(Fine(endpoint.into()))
    }
}

fn fresh(cx: &Cx<'_>, r#type: ActionType, url: String) -> Endpoint {
    Endpoint {
        id: ActionEndpointId::new(cx),
        r#type,
        url,
        secret: Secret::random(SECRET_PREFIX, cx.app.chance()),
        status: ActionStatus::Enabled,
        timeout_millis: TIMEOUT_MILLIS,
        default_verdict: Verdict::Deny,
        created_at: cx.now(),
        updated_at: cx.now(),
    }
}

fn check_url(cx: &Cx<'_>, url: &str) -> Result<()> {
    match cx.app.net().http().target(url) {
        Ok(_) => Ok(()),
        Err(it) => Err(Error::new(Kind::Invalid, INVALID_URL, it.to_string())),
    }
}

fn find(cx: &mut Cx<'_>, r#type: ActionType) -> Result<Endpoint> {
    store::get(cx, r#type)?.ok_or_else(|| Error::not_found("Action", &r#type.name()))
}

/// Ask your application no more before somebody gets in
///
/// The log of what it answered is deleted as well. Set up anew, the action has another secret.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeleteAction {
    /// When it is asked
    r#type: ActionType,
}

impl Operation for DeleteAction {
    const ID: &'static str = "actions.delete";
    const ROUTE: Route = Route(Delete, "/vestibule/v1/actions/{type}");
    const EXTENSION: bool = true;
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { r#type } = self;
        if !store::delete(cx, r#type)? {
            return Err(Error::not_found("Action", &r#type.name()));
        }
        Ok(NoContent)
    }
}

/// Try an action out
///
/// Asks the endpoint about nobody, whether or not the action is enabled, and tells what it answered,
/// how long it took, and what was wrong with the answer.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct TestAction {
    /// When it is asked
    r#type: ActionType,
}

impl Flow for TestAction {
    const ID: &'static str = "actions.test";
    const ROUTE: Route = Route(Post, "/vestibule/v1/actions/{type}/test");
    const STATUSES: &'static [u16] = &[200];
    const EXTENSION: bool = true;
    type Reply = Fine<ActionExecution>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let Self { r#type } = self;
        let question = flow.read(|cx| {
            let endpoint = find(cx, r#type)?;
            sample(cx, endpoint)
        })?;
        let execution = ask(flow, question);
        flow.write(move |cx| {
            store::insert_execution(cx, &execution)?;
            Ok(Fine(ActionExecution::new(execution.clone(), cx.now())))
        })
    }
}

/// List what your application has answered, newest first
///
/// Kept for 30 days.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListActionExecutions {
    #[serde(flatten)]
    paging: Paging,
    /// Only what was asked then
    r#type: Option<ActionType>,
}

impl Operation for ListActionExecutions {
    const ID: &'static str = "action_executions.list";
    const ROUTE: Route = Route(Get, "/vestibule/v1/action_executions");
    const EXTENSION: bool = true;
    type Reply = Fine<Page<ActionExecution>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { paging, r#type } = self;
        store::list_executions(cx, &paging, r#type).map(Fine)
    }
}
