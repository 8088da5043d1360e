//! The targets of feature flags: users and organizations for whom a flag is on, whatever its default
//! value is.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vestibule_kernel::Method::{Delete, Get, Post};
use vestibule_kernel::id::{OrganizationId, UserId};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Code, Cx, Error, Fine, Kind, NoContent, Operation, Reaction, Result, Route,
};
use vestibule_people::{organizations, users};

use super::rule::{Rule, Target, TargetOrganization, TargetUser};
use super::{FeatureFlag, TARGETS_MAX, find, store, told};

/// The targets of a flag that are organizations go with these.
pub const ON_ORGANIZATION_DELETED: Reaction = Reaction {
    event: "organization.deleted",
    run: |cx, deleted| forget(cx, &Target::Organization(read(deleted)?)),
};
/// Those that are users go with these.
pub const ON_USER_DELETED: Reaction = Reaction {
    event: "user.deleted",
    run: |cx, deleted| forget(cx, &Target::User(read(deleted)?)),
};

const INVALID_RESOURCE_ID_FORMAT: Code = "invalid_resource_id_format";
const LIMIT_EXCEEDED: Code = "feature_flag_target_limit_exceeded";

/// A user or an organization that a flag is on for
#[derive(Debug, Serialize, JsonSchema)]
pub struct FeatureFlagTarget {
    /// Always `feature_flag_target`
    #[schemars(extend("const" = "feature_flag_target"))]
    pub object: &'static str,
    /// The id of the user or the organization
    pub id: String,
    /// Which of the two: `user` or `organization`
    #[serde(rename = "type")]
    #[schemars(extend("enum" = [store::USER, store::ORGANIZATION]))]
    pub kind: String,
    /// When the flag was put on for them
    pub created_at: Time,
}

/// Put a feature flag on for one user or organization
///
/// It is on for them where it is enabled, whatever its default value is. Adding a target that is there
/// changes nothing.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AddTarget {
    /// The slug of the flag
    slug: String,
    /// The id of the user (`user_…`) or the organization (`org_…`)
    resource_id: String,
}

impl Operation for AddTarget {
    const ID: &'static str = "feature_flag_targets.create";
    const ROUTE: Route = Route(Post, "/feature-flags/{slug}/targets/{resource_id}");
    const FAILS: &'static [Code] = &[INVALID_RESOURCE_ID_FORMAT, LIMIT_EXCEEDED];
    const STATUSES: &'static [u16] = &[400, 403];
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { slug, resource_id } = self;
        let (flag, target) = find_both(cx, &slug, &resource_id)?;
        let before = Rule::of(cx, &flag)?;
        if !store::insert_target(cx, &flag.id, &target)? {
            return Ok(NoContent);
        }
        if store::has_targets(cx, TARGETS_MAX + 1)? {
            return Err(too_many());
        }
        told::rule_updated(cx, &flag, &before, &before.with(&target))?;
        told::target_created(cx, &flag, &target)?;
        Ok(NoContent)
    }
}

/// Take a user or an organization out of the targets of a feature flag
///
/// For them it is then as its default value says. Removing one that is no target changes nothing.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RemoveTarget {
    /// The slug of the flag
    slug: String,
    /// The id of the user (`user_…`) or the organization (`org_…`)
    resource_id: String,
}

impl Operation for RemoveTarget {
    const ID: &'static str = "feature_flag_targets.delete";
    const ROUTE: Route = Route(Delete, "/feature-flags/{slug}/targets/{resource_id}");
    const FAILS: &'static [Code] = &[INVALID_RESOURCE_ID_FORMAT];
    const STATUSES: &'static [u16] = &[400, 403];
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { slug, resource_id } = self;
        let (flag, target) = find_both(cx, &slug, &resource_id)?;
        remove(cx, &flag, &target)?;
        Ok(NoContent)
    }
}

/// List the targets of a feature flag, newest first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListTargets {
    /// The slug of the flag
    slug: String,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListTargets {
    const ID: &'static str = "feature_flag_targets.list";
    const ROUTE: Route = Route(Get, "/vestibule/v1/feature_flags/{slug}/targets");
    const EXTENSION: bool = true;
    type Reply = Fine<Page<FeatureFlagTarget>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { slug, paging } = self;
        let flag = find(cx, &slug)?;
        store::list_targets(cx, &flag.id, &paging).map(Fine)
    }
}

/// The flag of this slug and whoever has this id.
fn find_both(cx: &mut Cx<'_>, slug: &str, id: &str) -> Result<(FeatureFlag, Target)> {
    let target = if id.starts_with(UserId::PREFIX) {
        UserId::parse(id).map(Wanted::User)
    } else if id.starts_with(OrganizationId::PREFIX) {
        OrganizationId::parse(id).map(Wanted::Organization)
    } else {
        Err(invalid_format())
    };
    let target = target.map_err(|_| invalid_format())?;
    let flag = find(cx, slug)?;
    let target = match target {
        Wanted::User(id) => {
            let users::User { id, email, .. } = users::find(cx, &id)?;
            Target::User(TargetUser { id, email })
        }
        Wanted::Organization(id) => {
            let organizations::Organization { id, name, .. } = organizations::find(cx, &id)?;
            Target::Organization(TargetOrganization { id, name })
        }
    };
    Ok((flag, target))
}

/// Whom an id names, by its prefix.
enum Wanted {
    User(UserId),
    Organization(OrganizationId),
}

#[track_caller]
fn invalid_format() -> Error {
    Error::bad_request(INVALID_RESOURCE_ID_FORMAT, "Invalid resource id")
        .with("statusCode", Kind::BadRequest.status())
}

#[track_caller]
fn too_many() -> Error {
    let text = format!(
        "The feature flags of the environment have {TARGETS_MAX} targets, and no environment has \
         more. Make organizations targets in the place of their users, or delete flags that nobody \
         asks for any more."
    );
    Error::bad_request(LIMIT_EXCEEDED, text)
}

/// Takes the target from the flag, and tells so where it was one.
fn remove(cx: &mut Cx<'_>, flag: &FeatureFlag, target: &Target) -> Result<()> {
    let Some(since) = store::delete_target(cx, &flag.id, target)? else { return Ok(()) };
    let rule = Rule::of(cx, flag)?;
    told::rule_updated(cx, flag, &rule.with(target), &rule)?;
    told::target_deleted(cx, flag, target, since)
}

fn read<T: serde::de::DeserializeOwned>(deleted: &Value) -> Result<T> {
    T::deserialize(deleted).map_err(Error::internal)
}

/// Takes whoever was deleted from every flag.
fn forget(cx: &mut Cx<'_>, target: &Target) -> Result<()> {
    for flag in store::of_target(cx, target)? {
        remove(cx, &flag, target)?;
    }
    Ok(())
}
