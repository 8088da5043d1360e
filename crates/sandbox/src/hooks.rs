//! Errors on demand: a hook answers requests in the place of their operations.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vestibule_kernel::catalog::Method::{Delete, Get, Post};
use vestibule_kernel::id::ErrorHookId;
use vestibule_kernel::sandbox::{self, SANDBOX_REQUIRED};
use vestibule_kernel::{
    Code, Created, Cx, Error, Fine, NoContent, Op, Operation, Result, Route, op,
};

/// The operations of this module.
pub const OPERATIONS: &[Op] =
    &[op::<ListErrorHooks>(), op::<CreateErrorHook>(), op::<DeleteErrorHook>()];

/// The longest body of an answer.
const BODY_BYTES_MAX: usize = 16 * 1024;
/// How often a hook may be told to answer.
const COUNT_MAX: i64 = 1_000_000;

/// An answer that is given in the place of the real one
#[derive(Debug, Serialize, JsonSchema)]
pub struct ErrorHook {
    /// ID of the error hook
    id: ErrorHookId,
    /// Method that it answers; `*` for each
    method: String,
    /// Path that it answers: letter by letter, all below it where it ends in `/*`, or `*` for each
    path: String,
    /// Status of the answer
    status: u16,
    /// Body of the answer, where one was given
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    /// How often it still answers; always where there is none
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<i64>,
}

impl From<sandbox::ErrorHook> for ErrorHook {
    fn from(it: sandbox::ErrorHook) -> Self {
        let sandbox::ErrorHook { id, method, path, status, body, count } = it;
        Self { id, method, path, status, body, count }
    }
}

/// List the error hooks of the sandbox, in the order in which they are tried
#[derive(Deserialize, JsonSchema)]
pub struct ListErrorHooks {}

impl Operation for ListErrorHooks {
    const ID: &'static str = "error_hooks.list";
    const ROUTE: Route = Route(Get, "/vestibule/v1/sandbox/error_hooks");
    const ALIASES: &'static [Route] = &[Route(Get, "/_emulate/hooks")];
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] = &[SANDBOX_REQUIRED];
    type Reply = Fine<Vec<ErrorHook>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        cx.need_sandbox()?;
        Ok(Fine(sandbox::hooks(cx)?.into_iter().map(ErrorHook::from).collect()))
    }
}

/// Have the sandbox answer requests with an error
///
/// The first hook that fits a request answers it, for whoever may call: the operation is not run.
#[derive(Deserialize, JsonSchema)]
pub struct CreateErrorHook {
    /// The method to answer; `*` for each
    #[schemars(regex(pattern = "^([A-Za-z]{1,16}|\\*)$"))]
    method: String,
    /// The path to answer: letter by letter, all below it where it ends in `/*`, or `*` for each
    #[schemars(length(min = 1, max = 2048), regex(pattern = "^(/|\\*$)"))]
    path: String,
    /// The status of the answer
    #[schemars(range(min = 400, max = 599))]
    status: u16,
    /// The body of the answer; what is usual for the status where there is none
    body: Option<Value>,
    /// How often to answer; always where it is not given
    #[schemars(range(min = 1, max = COUNT_MAX))]
    count: Option<i64>,
}

impl Operation for CreateErrorHook {
    const ID: &'static str = "error_hooks.create";
    const ROUTE: Route = Route(Post, "/vestibule/v1/sandbox/error_hooks");
    const ALIASES: &'static [Route] = &[Route(Post, "/_emulate/hooks")];
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] = &[SANDBOX_REQUIRED];
    const STATUSES: &'static [u16] = &[409];
    type Reply = Created<ErrorHook>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { method, path, status, body, count } = self;
        cx.need_sandbox()?;
        if body.as_ref().is_some_and(|it| it.to_string().len() > BODY_BYTES_MAX) {
            let text = format!("body: at most {BODY_BYTES_MAX} bytes.");
            return Err(Error::invalid_field("body", "too_long", text));
        }
        let hook =
            sandbox::ErrorHook { id: ErrorHookId::new(cx), method, path, status, body, count };
        sandbox::add_hook(cx, &hook)?;
        Ok(Created(hook.into()))
    }
}

/// Delete an error hook
#[derive(Deserialize, JsonSchema)]
pub struct DeleteErrorHook {
    /// The ID of the error hook
    id: ErrorHookId,
}

impl Operation for DeleteErrorHook {
    const ID: &'static str = "error_hooks.delete";
    const ROUTE: Route = Route(Delete, "/vestibule/v1/sandbox/error_hooks/{id}");
    const ALIASES: &'static [Route] = &[Route(Delete, "/_emulate/hooks/{id}")];
    const EXTENSION: bool = true;
    const STATUSES: &'static [u16] = &[404];
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        if sandbox::remove_hook(cx, &id)? {
            return Ok(NoContent);
        }
        Err(Error::not_found("Error hook", &id))
    }
}
