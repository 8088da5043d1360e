//! How large groups may be.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::Method::{Get, Put};
use vestibule_kernel::setting::{Setting, Showable, Shown};
use vestibule_kernel::{Cx, Fine, Operation, Result, Route};

/// How many members a group has at the most where nothing else was set.
const MEMBERS_MAX: i64 = 10_000;
/// The most that may be set.
const MEMBERS_SETTABLE_MAX: i64 = 1_000_000;

/// How large groups may be.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct GroupLimits {
    /// How many members a group has at the most
    pub members_max: i64,
}

impl Default for GroupLimits {
    fn default() -> Self {
        Self { members_max: MEMBERS_MAX }
    }
}

impl Setting for GroupLimits {
    const NAME: &'static str = "group_limits";
}

impl Showable for GroupLimits {
    const OBJECT: &'static str = "group_limits";
}

/// Get how large groups may be
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetGroupLimits {}

impl Operation for GetGroupLimits {
    const ID: &'static str = "group_limits.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/group_limits");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown<GroupLimits>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        cx.setting().map(Shown::new).map(Fine)
    }
}

/// Change how large groups may be
///
/// Who is in a group stays in it, though it is larger than is allowed from now on.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdateGroupLimits {
    /// How many members a group has at the most
    #[schemars(range(min = 1, max = MEMBERS_SETTABLE_MAX))]
    members_max: i64,
}

impl Operation for UpdateGroupLimits {
    const ID: &'static str = "group_limits.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/group_limits");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown<GroupLimits>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { members_max } = self;
        let limits = GroupLimits { members_max };
        cx.set(&limits)?;
        Ok(Fine(Shown::new(limits)))
    }
}
