//! Many checks in one request.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::Method::Post;
use vestibule_kernel::catalog::Effect;
use vestibule_kernel::id::OrganizationMembershipId;
use vestibule_kernel::{Cx, Error, Fine, Kind, Operation, Result, Route};

use super::check;
use crate::resources::Named;

/// One of many checks
#[derive(Debug, Deserialize, JsonSchema)]
pub struct One {
    /// The id of the membership
    organization_membership_id: OrganizationMembershipId,
    /// The slug of the permission
    permission_slug: String,
    #[serde(flatten)]
    resource: Named,
}

impl One {
    fn run(&self, cx: &mut Cx<'_>) -> Result<bool> {
        let Self { organization_membership_id, permission_slug, resource } = self;
        check(cx, organization_membership_id, permission_slug, resource.name()?)
    }
}

/// What one of many checks says
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OneVerdict {
    /// Whether the membership may do it; never where the check was refused
    authorized: bool,
    /// Why the check was refused, such as an id that is not known
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Refusal>,
}

/// Why a check was refused
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Refusal {
    /// The code, as the check alone would answer it
    code: String,
    /// The same in words
    message: String,
}

/// What the checks say, in the order in which they were asked
#[derive(Debug, Serialize, JsonSchema)]
pub struct Verdicts {
    /// Always `list`
    #[schemars(extend("const" = "list"))]
    object: &'static str,
    /// One for each check
    data: Vec<OneVerdict>,
}

/// Check many things at once, all against the same state of the data
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CheckMany {
    /// The checks
    #[schemars(length(min = 1, max = 1000))]
    checks: Vec<One>,
}

impl Operation for CheckMany {
    const ID: &'static str = "authorization.check_many";
    const ROUTE: Route = Route(Post, "/vestibule/v1/authorization/check_many");
    const EFFECT: Effect = Effect::Read;
    const LONG: bool = true;
    const EXTENSION: bool = true;
    type Reply = Fine<Verdicts>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let data: Result<_> = self.checks.iter().map(|it| verdict(it.run(cx))).collect();
        Ok(Fine(Verdicts { object: "list", data: data? }))
    }
}

/// What was refused is an answer; what failed is not.
fn verdict(done: Result<bool>) -> Result<OneVerdict> {
    match done {
        Ok(authorized) => Ok(OneVerdict { authorized, error: None }),
        Err(error) if matches!(error.kind(), Kind::Internal | Kind::Unavailable) => Err(error),
        Err(error) => {
            let message = words(&error);
            let refusal = Refusal { code: error.code().to_owned(), message };
            Ok(OneVerdict { authorized: false, error: Some(refusal) })
        }
    }
}

/// The message, and what is said of the fields.
fn words(error: &Error) -> String {
    match error.fields() {
        [] => error.message().to_owned(),
        fields => fields.iter().map(|it| it.message.as_str()).collect::<Vec<_>>().join(" "),
    }
}
