//! The operations on exclusions.
use schemars::JsonSchema;
use serde::Deserialize;
use vestibule_kernel::Method::{Delete, Get, Post, Put};
use vestibule_kernel::id::{ExclusionId, GroupId, OrganizationId, OrganizationMembershipId};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::{
    Code, Created, Cx, Error, Fine, NoContent, Operation, Result, Route, Within,
};
use vestibule_people::{groups, memberships, organizations, permissions};

use super::{AuthorizationSettings, Exclusion, NOT_ENABLED, are_enabled, not_enabled, store};
use crate::resources::Named;

/// Get the settings of authorization
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetAuthorizationSettings {}

impl Operation for GetAuthorizationSettings {
    const ID: &'static str = "authorization_settings.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/authorization/settings");
    const EXTENSION: bool = true;
    type Reply = Fine<AuthorizationSettings>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        cx.setting().map(Fine)
    }
}

/// Update the settings of authorization
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdateAuthorizationSettings {
    /// Whether exclusions count, and can be made. Those that there are stay where that is switched
    /// off, and do not count
    exclusions: Option<bool>,
}

impl Operation for UpdateAuthorizationSettings {
    const ID: &'static str = "authorization_settings.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/authorization/settings");
    const EXTENSION: bool = true;
    type Reply = Fine<AuthorizationSettings>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let mut settings = cx.setting::<AuthorizationSettings>()?;
        if let Some(exclusions) = self.exclusions {
            settings.exclusions = exclusions;
        }
        cx.touch_all();
        cx.set(&settings)?;
        Ok(Fine(settings))
    }
}

/// Exclude a membership, or the members of a group, from a permission on a resource and on all that
/// is below it, whatever roles they hold
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateExclusion {
    /// The id of the membership. Give either it or `group_id`
    organization_membership_id: Option<OrganizationMembershipId>,
    /// The id of the group
    group_id: Option<GroupId>,
    /// The slug of the permission; all permissions where there is none
    permission_slug: Option<String>,
    #[serde(flatten)]
    resource: Named,
}

impl CreateExclusion {
    /// The organization of whoever is excluded.
    fn organization(&self, cx: &mut Cx<'_>) -> Result<OrganizationId> {
        match (&self.organization_membership_id, &self.group_id) {
            (Some(id), None) => {
                let found = memberships::standing(cx, id)?;
                found
                    .map(|it| it.organization_id)
                    .ok_or_else(|| Error::not_found("Organization membership", id))
            }
            (None, Some(id)) => {
                let found = groups::get(cx, id)?;
                found.map(|it| it.organization_id).ok_or_else(|| Error::not_found("Group", id))
            }
            _ => {
                let text = "Give either organization_membership_id or group_id.";
                Err(Error::invalid_field("organization_membership_id", "mutually_exclusive", text))
            }
        }
    }
}

impl Operation for CreateExclusion {
    const ID: &'static str = "authorization_exclusions.create";
    const ROUTE: Route = Route(Post, "/vestibule/v1/authorization/exclusions");
    const FAILS: &'static [Code] = &[NOT_ENABLED];
    const EXTENSION: bool = true;
    type Reply = Created<Exclusion>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let organization_id = self.organization(cx)?;
        let resource = self.resource.name()?.find(cx, &organization_id)?;
        if let Some(slug) = &self.permission_slug {
            permissions::find(cx, slug)?;
        }
        if !are_enabled(cx)? {
            return Err(not_enabled());
        }
        let id = ExclusionId::new(cx);
        let new = store::NewExclusion {
            id: id.clone(),
            organization_id,
            resource: resource.numbered(cx)?,
            membership: self.organization_membership_id,
            group: self.group_id,
            permission_slug: self.permission_slug,
        };
        store::insert(cx, new)?;
        let made = store::get(cx, &id)?;
        made.map(Created).ok_or_else(|| Error::internal("an exclusion that was made is not there"))
    }
}

/// List the exclusions of an organization, newest first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListExclusions {
    /// The id of the organization
    organization_id: OrganizationId,
    /// Only those of this membership itself
    organization_membership_id: Option<OrganizationMembershipId>,
    /// Only those of this group
    group_id: Option<GroupId>,
    #[serde(flatten)]
    resource: Named,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListExclusions {
    const ID: &'static str = "authorization_exclusions.list";
    const ROUTE: Route = Route(Get, "/vestibule/v1/authorization/exclusions");
    const EXTENSION: bool = true;
    type Reply = Fine<Page<Exclusion>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id, organization_membership_id, group_id, resource, paging } = self;
        organizations::find(cx, &organization_id)?;
        let resource = match resource.form()? {
            Some(name) => Some(name.find(cx, &organization_id)?.number),
            None => None,
        };
        let filter = store::Filter {
            organization_id,
            resource,
            membership: organization_membership_id,
            group: group_id,
        };
        store::list(cx, &paging, filter).map(Fine)
    }
}

/// Delete an exclusion
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeleteExclusion {
    /// The id of the exclusion
    id: ExclusionId,
}

impl Operation for DeleteExclusion {
    const ID: &'static str = "authorization_exclusions.delete";
    const ROUTE: Route = Route(Delete, "/vestibule/v1/authorization/exclusions/{id}");
    const WITHIN: Within = Within::Row { table: "authorization_exclusions", field: "id" };
    const EXTENSION: bool = true;
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        if store::delete(cx, &self.id)? {
            return Ok(NoContent);
        }
        Err(Error::not_found("Exclusion", &self.id))
    }
}
