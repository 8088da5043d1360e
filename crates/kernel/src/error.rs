//! One error type for the whole program.
//!
//! An [`Error`] carries what the *client* may read (kind, code, message, fields) and, apart from
//! it, what only the *operator* may read (source, place). No conversion ever joins the two.
use std::borrow::Cow;
use std::panic::Location;

use serde_json::{Map, Value, json};

use crate::time::Seconds;

/// The result of anything that can be refused.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A stable, machine-readable error code, such as `external_id_already_used`.
pub type Code = &'static str;

/// Codes that any operation may answer; they need no declaration in `FAILS`.
pub const COMMON_CODES: &[Code] = &[
    "entity_not_found",
    "invalid_request_parameters",
    "invalid_json",
    "request_timeout",
    "request_too_large",
    "idempotency_key_reused",
    "rate_limit_exceeded",
    "too_many_requests",
    "internal_error",
    "unavailable",
    "agent_token_expired",
    "agent_token_revoked",
    "agent_token_of_other_resource",
    "agent_effect_not_allowed",
    "agent_operation_not_allowed",
    "agent_organization_not_allowed",
    "approver_operation_not_allowed",
    "approval_required",
    "approval_not_found",
    "approval_pending",
    "approval_denied",
    "approval_expired",
    "approval_used",
    "approval_mismatch",
];

/// What went wrong, as far as the status line can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 400: a business rule refused.
    BadRequest,
    /// 401: no valid credential.
    Unauthorized,
    /// 403: a valid credential that may not do this, or a sign-in that needs another step.
    Forbidden,
    /// 404: no such object in this environment.
    NotFound,
    /// 405: the path exists, the method does not.
    MethodNotAllowed,
    /// 408: the client took too long to say what it wants.
    RequestTimeout,
    /// 409: the object exists already or is in another state.
    Conflict,
    /// 410: it was there and is not any more.
    Gone,
    /// 413: the body is over the limit.
    TooLarge,
    /// 422: the input does not have the declared form.
    Invalid,
    /// 429: over a rate limit.
    TooManyRequests,
    /// 500: our fault.
    Internal,
    /// 503: not now.
    Unavailable,
}

impl Kind {
    /// The HTTP status of this kind.
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::RequestTimeout => 408,
            Self::Conflict => 409,
            Self::Gone => 410,
            Self::TooLarge => 413,
            Self::Invalid => 422,
            Self::TooManyRequests => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }
}

/// The family of body that the contract gives for a failure (contract 00 §6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// `{message}`, with `code` and `errors` where there are any.
    #[default]
    Common,
    /// `{error, error_description}`: the OAuth family.
    OAuth,
    /// `{error}`: the vault and `/sso/profile`.
    Bare,
}

/// One field that was refused.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// Dotted path of the field, such as `domain_data.0.state`; absent for the input as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong, such as `required`.
    pub code: Cow<'static, str>,
    /// The same in words.
    pub message: String,
    /// Further detail for the client, such as `minimum_length`.
    #[serde(flatten)]
    pub detail: Map<String, Value>,
}

impl FieldError {
    /// A refused field.
    pub fn new(
        field: &str,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        let field = (!field.is_empty()).then(|| field.to_owned());
        Self { field, code: code.into(), message: message.into(), detail: Map::new() }
    }
    /// Adds a detail such as `minimum_length`.
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.detail.insert(key.to_owned(), value.into());
        self
    }
}

/// A refusal or a failure. See the module documentation.
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    code: Option<Code>,
    message: Cow<'static, str>,
    shape: Shape,
    fields: Vec<FieldError>,
    extra: Map<String, Value>,
    retry_after: Option<Seconds>,
    place: &'static Location<'static>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// `{code, message}` with the status of `kind`.
    #[track_caller]
    pub fn new(kind: Kind, code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        let mut it = Self::plain(kind, message);
        it.0.code = Some(code);
        it
    }
    /// `{message}` with the status of `kind`.
    #[track_caller]
    pub fn plain(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            code: None,
            message: message.into(),
            shape: Shape::Common,
            fields: Vec::new(),
            extra: Map::new(),
            retry_after: None,
            place: Location::caller(),
            source: None,
        }))
    }
    /// 400 `{code, message}`: a business rule refused.
    #[track_caller]
    pub fn bad_request(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::BadRequest, code, message)
    }
    /// 401 `{"message": "Unauthorized"}`.
    #[track_caller]
    pub fn unauthorized() -> Self {
        Self::plain(Kind::Unauthorized, "Unauthorized")
    }
    /// 403 `{code, message}`.
    #[track_caller]
    pub fn forbidden(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Forbidden, code, message)
    }
    /// 404 in the words of the contract: `Organization not found: 'org_1'.`
    #[track_caller]
    pub fn not_found(what: &str, id: &dyn std::fmt::Display) -> Self {
        Self::new(Kind::NotFound, "entity_not_found", format!("{what} not found: '{id}'."))
    }
    /// 409 `{code, message}`.
    #[track_caller]
    pub fn conflict(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Conflict, code, message)
    }
    /// 422 `{code: "invalid_request_parameters", message, errors}`.
    #[track_caller]
    pub fn invalid(fields: Vec<FieldError>) -> Self {
        let mut it = Self::new(Kind::Invalid, "invalid_request_parameters", "Validation failed.");
        it.0.fields = fields;
        it
    }
    /// 422 for one field.
    #[track_caller]
    pub fn invalid_field(field: &str, code: Code, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(field, code, message)])
    }
    /// 400 `{error, error_description}`: the OAuth family (RFC 6749 §5.2).
    #[track_caller]
    pub fn oauth(error: Code, description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::BadRequest, error, description).shaped(Shape::OAuth)
    }
    /// 500; the source goes to the log only.
    #[track_caller]
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let mut it = Self::new(Kind::Internal, "internal_error", "Internal Server Error");
        it.0.source = Some(source.into());
        it
    }
    /// 503: try again after so many seconds.
    #[track_caller]
    pub fn unavailable(message: impl Into<Cow<'static, str>>, after: Seconds) -> Self {
        Self::new(Kind::Unavailable, "unavailable", message).retry_after(after)
    }

    /// Gives the body another family.
    pub fn shaped(mut self, shape: Shape) -> Self {
        self.0.shape = shape;
        self
    }
    /// Gives another status to the same body.
    pub fn with_kind(mut self, kind: Kind) -> Self {
        self.0.kind = kind;
        self
    }
    /// Adds a key to the body, such as `pending_authentication_token`.
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.extra.insert(key.to_owned(), value.into());
        self
    }
    /// Changes what [`Error::with`] has added.
    pub(crate) fn change_extra(mut self, change: impl Fn(&str, &mut Value)) -> Self {
        self.0.extra.iter_mut().for_each(|(key, value)| change(key, value));
        self
    }
    /// Adds the list `errors` to the body.
    pub fn with_fields(mut self, fields: Vec<FieldError>) -> Self {
        self.0.fields = fields;
        self
    }
    /// Sets `Retry-After`.
    pub fn retry_after(mut self, after: Seconds) -> Self {
        self.0.retry_after = Some(after);
        self
    }
    /// Keeps what caused it, for the log.
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The kind, which decides the status.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.0.kind.status()
    }
    /// The stable code; empty where the contract has a message alone.
    pub fn code(&self) -> Code {
        self.0.code.unwrap_or_default()
    }
    /// The text for the client.
    pub fn message(&self) -> &str {
        &self.0.message
    }
    /// The refused fields.
    pub fn fields(&self) -> &[FieldError] {
        &self.0.fields
    }
    /// A key of the body that was added by [`Error::with`].
    pub fn extra(&self, key: &str) -> Option<&Value> {
        self.0.extra.get(key)
    }
    /// Seconds for the `Retry-After` header.
    pub fn retry_after_seconds(&self) -> Option<Seconds> {
        self.0.retry_after
    }
    /// What caused it: for the log, never for the client.
    pub fn cause(&self) -> Option<&(dyn std::error::Error + Send + Sync + 'static)> {
        self.0.source.as_deref()
    }
    /// The line of our source that made it: for the log.
    pub fn place(&self) -> &'static Location<'static> {
        self.0.place
    }

    /// The body that the client gets.
    pub fn body(&self) -> Value {
        let it = &*self.0;
        let mut body = match it.shape {
            Shape::Common => match it.code {
                Some(code) => json!({ "code": code, "message": it.message }),
                None => json!({ "message": it.message }),
            },
            Shape::OAuth => json!({ "error": self.code(), "error_description": it.message }),
            Shape::Bare => json!({ "error": it.message }),
        };
        if !it.fields.is_empty() {
            body["errors"] = json!(it.fields);
        }
        for (key, value) in &it.extra {
            body[key] = value.clone();
        }
        body
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}) at {}", self.0.message, self.code(), self.0.place)
    }
}
impl std::fmt::Debug for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}: {} source: {:?}", self.body(), self.0.source)
    }
}
impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|it| it as _)
    }
}
