//! Checks: may this membership do this on this resource?
//!
//! It may if it holds, by itself or through a group, a role with the permission on the resource or
//! on anything above it, the organization included. Nothing else matters, but that a membership
//! must be active, and that a permission is about resources of one type.
mod decide;
mod explain;
mod many;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::Method::Post;
use vestibule_kernel::catalog::Effect;
use vestibule_kernel::id::OrganizationMembershipId;
use vestibule_kernel::{Cx, Fine, Op, Operation, Result, Route, Within, op};

use crate::exclusions;
use crate::resources::{Name, Named};

pub(crate) use decide::{
    Member, Question, held_on, holders, holds, is_granted, permissions, standing,
};

/// The operations that check.
pub const OPERATIONS: &[Op] = &[op::<Check>(), op::<many::CheckMany>(), op::<explain::Explain>()];

/// What a check says
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Verdict {
    /// Whether the membership may do it
    pub authorized: bool,
}

/// Check whether a membership may do something on a resource
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Check {
    /// The id of the membership
    organization_membership_id: OrganizationMembershipId,
    /// The slug of the permission
    permission_slug: String,
    #[serde(flatten)]
    resource: Named,
}

impl Operation for Check {
    const ID: &'static str = "authorization.check";
    const ROUTE: Route =
        Route(Post, "/authorization/organization_memberships/{organization_membership_id}/check");
    const WITHIN: Within =
        Within::Row { table: "organization_memberships", field: "organization_membership_id" };
    const EFFECT: Effect = Effect::Read;
    const STATUSES: &'static [u16] = &[403];
    type Reply = Fine<Verdict>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_membership_id, permission_slug, resource } = self;
        let authorized =
            check(cx, &organization_membership_id, &permission_slug, resource.name()?)?;
        Ok(Fine(Verdict { authorized }))
    }
}

/// Whether the membership may do it; 404 where one of the three is not known. The answer is kept
/// for as long as nothing that it depends on is changed.
pub fn check(
    cx: &mut Cx<'_>,
    membership: &OrganizationMembershipId,
    permission: &str,
    resource: Name<'_>,
) -> Result<bool> {
    let [form, one, other] = match resource {
        Name::Id(id) => ["id", id.as_str(), ""],
        Name::External { resource_type_slug, external_id } => {
            ["external", resource_type_slug, external_id]
        }
    };
    cx.keep(&["check", membership.as_str(), permission, form, one, other], |cx| {
        let question = Question::of(cx, membership, permission, resource)?;
        let granted = question.can_be_granted()
            && is_granted(cx, &question)?
            && !exclusions::excludes(cx, membership, permission, &question.place.path)?;
        Ok((granted, question.place.organization_id.to_string()))
    })
}
