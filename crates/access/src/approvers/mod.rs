//! The persons who approve what agents do and let OAuth clients in: each holds a key that opens nothing
//! else, so that it can be typed into a page.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::agent::approvals::APPROVER_PREFIX;
use vestibule_kernel::id::ApproverId;
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Access, Created, Cx, Error, Fine, Method::*, NoContent, Op, Operation, Result, Route, op,
};

mod store;

/// The operations of this domain.
pub const OPERATIONS: &[Op] =
    &[op::<CreateApprover>(), op::<ListApprovers>(), op::<DeleteApprover>()];

/// Somebody who approves what agents do
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Approver {
    /// Always `approver`
    #[schemars(extend("const" = "approver"))]
    pub object: &'static str,
    /// The id of the approver
    pub id: ApproverId,
    /// Who it is, for people
    pub name: String,
    /// The end of the key's value, to tell it from others
    pub obfuscated_value: String,
    /// When it was made
    pub created_at: Time,
}

/// An approver with their key
#[derive(Debug, Serialize, JsonSchema)]
pub struct ApproverWithValue {
    /// The approver
    #[serde(flatten)]
    pub approver: Approver,
    /// The value of the key: shown this once
    pub value: String,
}

/// Create the key of somebody who approves what agents do
///
/// It decides on approvals, on their page and by `approvals.approve` and `approvals.deny`, and on the
/// page that lets an OAuth client in, and does nothing else. Its value is shown once: give it to a person, and to no agent.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateApprover {
    /// Who it is for
    #[schemars(length(max = 255), regex(pattern = r"\S"))]
    name: String,
}

impl Operation for CreateApprover {
    const ID: &'static str = "approvers.create";
    const ROUTE: Route = Route(Post, "/vestibule/v1/approvers");
    const ACCESS: Access = Access::Owner;
    const EXTENSION: bool = true;
    const SECRETS: &'static [&'static str] = &["value"];
    type Reply = Created<ApproverWithValue>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { name } = self;
        let value = Secret::random(APPROVER_PREFIX, cx.app.chance());
        let approver = Approver {
            object: "approver",
            id: ApproverId::new(cx),
            name,
            obfuscated_value: value.obfuscated(APPROVER_PREFIX),
            created_at: cx.now(),
        };
        store::insert(cx, &approver, &value)?;
        Ok(Created(ApproverWithValue { approver, value: value.reveal().to_owned() }))
    }
}

/// List those who approve what agents do
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListApprovers {
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListApprovers {
    const ID: &'static str = "approvers.list";
    const ROUTE: Route = Route(Get, "/vestibule/v1/approvers");
    const ACCESS: Access = Access::Owner;
    const EXTENSION: bool = true;
    type Reply = Fine<Page<Approver>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { paging } = self;
        store::list(cx, &paging).map(Fine)
    }
}

/// Delete somebody who approves what agents do
///
/// Their key decides on nothing from then on; what they approved stays approved.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeleteApprover {
    /// The id of the approver
    id: ApproverId,
}

impl Operation for DeleteApprover {
    const ID: &'static str = "approvers.delete";
    const ROUTE: Route = Route(Delete, "/vestibule/v1/approvers/{id}");
    const ACCESS: Access = Access::Owner;
    const EXTENSION: bool = true;
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        match store::delete(cx, &id)? {
            0 => Err(Error::not_found("Approver", &id)),
            _ => Ok(NoContent),
        }
    }
}
