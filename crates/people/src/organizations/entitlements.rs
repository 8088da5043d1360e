//! What an organization is entitled to: what it has paid for, as a set of words that its members'
//! access tokens carry.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::Method::{Get, Put};
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::{Cx, Fine, Operation, Result, Route};

use super::{find, store};

/// How many entitlements an organization has at the most.
const ENTITLEMENTS_MAX: usize = 100;
/// The longest entitlement: as long as a lookup key of Stripe may be.
const ENTITLEMENT_CHARS_MAX: usize = 80;

/// What an organization is entitled to
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OrganizationEntitlements")]
pub struct Shown {
    /// Always `organization_entitlements`
    #[schemars(extend("const" = "organization_entitlements"))]
    object: &'static str,
    /// The id of the organization
    organization_id: OrganizationId,
    /// What it is entitled to, in the order of the alphabet
    entitlements: Vec<String>,
}

/// What the organization is entitled to, in the order of the alphabet.
pub fn entitlements(cx: &mut Cx<'_>, id: &OrganizationId) -> Result<Vec<String>> {
    store::entitlements(cx, id)
}

fn show(cx: &mut Cx<'_>, organization_id: OrganizationId) -> Result<Fine<Shown>> {
    let entitlements = entitlements(cx, &organization_id)?;
    Ok(Fine(Shown { object: "organization_entitlements", organization_id, entitlements }))
}

/// Get what an organization is entitled to
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetEntitlements {
    /// The id of the organization
    organization_id: OrganizationId,
}

impl Operation for GetEntitlements {
    const ID: &'static str = "organization_entitlements.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/organizations/{organization_id}/entitlements");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id } = self;
        find(cx, &organization_id)?;
        show(cx, organization_id)
    }
}

/// Set what an organization is entitled to
///
/// All of it: what is not given is taken away. The access tokens of its members carry it from their
/// next refresh on, in the claim `entitlements`. Where you sell by Stripe, these are the lookup keys
/// of the features of the customer's active entitlements: call this when Stripe tells you that they
/// have changed.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SetEntitlements {
    /// The id of the organization
    organization_id: OrganizationId,
    /// What it is entitled to; none takes all away. Whatever stands there twice counts once
    #[schemars(
        length(max = ENTITLEMENTS_MAX),
        inner(length(min = 1, max = ENTITLEMENT_CHARS_MAX), regex(pattern = r"\S"))
    )]
    entitlements: Vec<String>,
}

impl Operation for SetEntitlements {
    const ID: &'static str = "organization_entitlements.set";
    const ROUTE: Route = Route(Put, "/vestibule/v1/organizations/{organization_id}/entitlements");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id, entitlements } = self;
        find(cx, &organization_id)?;
        store::set_entitlements(cx, &organization_id, &entitlements)?;
        show(cx, organization_id)
    }
}
