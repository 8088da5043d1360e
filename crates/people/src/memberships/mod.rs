//! Memberships: which users belong to which organizations, in which state and with which roles.
//!
//! A user has one membership of an organization at the most. A membership always holds at least
//! one role. An invitation of somebody who has an account makes it `pending`; from there it becomes
//! `active`, and between `active` and `inactive` it goes back and forth.
mod policy;
mod store;
mod wire;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use vestibule_kernel::Method::{Delete, Get, Post, Put};
use vestibule_kernel::db::Value as DbValue;
use vestibule_kernel::event::{Event, Reaction};
use vestibule_kernel::id::{GroupId, OrganizationId, OrganizationMembershipId, UserId};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::{
    Code, Created, Cx, Empty, Error, Fine, Op, Operation, Result, Route, Within, op,
};

pub use policy::Status;
use policy::{CANNOT_DEACTIVATE, CANNOT_REACTIVATE};
use store::{Filter, Record};
pub use wire::{BaseMembership, Membership, MembershipEvent, RoleSlug};
use wire::{base, event, event_of};

use crate::roles::{self, INVALID_ROLE, Role, assignments};
use crate::users::User;
use crate::{organizations, users};

/// The operations on memberships.
pub const OPERATIONS: &[Op] = &[
    op::<CreateMembership>(),
    op::<ListMemberships>(),
    op::<GetMembership>(),
    op::<UpdateMembership>(),
    op::<DeleteMembership>(),
    op::<DeactivateMembership>(),
    op::<ReactivateMembership>(),
];

/// The memberships of an organization go with it.
pub const ON_ORGANIZATION_DELETED: Reaction =
    Reaction { event: "organization.deleted", run: leave_organization };
/// The memberships of a user go with them.
pub const ON_USER_DELETED: Reaction = Reaction { event: "user.deleted", run: leave_all };

const MISSING_FILTER: Code = "missing_user_id_or_organization_id";
const EXISTS: Code = "organization_membership_already_exists";
const MULTIPLE_ROLES: Code = "multiple_roles_not_enabled";
const SUB_RESOURCE_ROLE: Code = "sub_resource_scoped_role_not_allowed";

/// How many memberships are deleted at a time.
const BATCH: i64 = 200;

/// A membership was made.
pub const CREATED: Event<MembershipEvent> = Event::new("organization_membership.created");
/// State, roles or attributes of a membership were changed.
pub const UPDATED: Event<MembershipEvent> = Event::new("organization_membership.updated");
/// A membership was deleted.
pub const DELETED: Event<MembershipEvent> = Event::new("organization_membership.deleted");

/// Make a user a member of an organization. An inactive membership is made active again, with the
/// roles that are given
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateMembership {
    /// The id of the user
    user_id: UserId,
    /// The id of the organization
    organization_id: OrganizationId,
    /// The slug of the role; the default role of the organization unless told otherwise
    role_slug: Option<String>,
    /// The slugs of the roles, instead of `role_slug`
    #[schemars(length(min = 1, max = 100))]
    role_slugs: Option<Vec<String>>,
}

impl Operation for CreateMembership {
    const ID: &'static str = "organization_memberships.create";
    const ROUTE: Route = Route(Post, "/user_management/organization_memberships");
    // A user of other organizations is drawn in by it; invitations ask them.
    const WITHIN: Within = Within::Nowhere;
    const FAILS: &'static [Code] =
        &[CANNOT_REACTIVATE, EXISTS, INVALID_ROLE, MULTIPLE_ROLES, SUB_RESOURCE_ROLE];
    const STATUSES: &'static [u16] = &[400, 404, 409];
    type Reply = Created<Membership>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { user_id, organization_id, role_slug, role_slugs } = self;
        let role_slugs = one_way(role_slug, role_slugs)?.unwrap_or_default();
        let status = Status::Active;
        create(cx, NewMembership { user_id, organization_id, role_slugs, status }).map(Created)
    }
}

/// List the memberships of a user, of an organization, or of both, newest first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListMemberships {
    #[serde(flatten)]
    paging: Paging,
    /// The id of the user; needed unless there is an organization
    user_id: Option<UserId>,
    /// The id of the organization; needed unless there is a user
    organization_id: Option<OrganizationId>,
    /// The states that are shown; `active` unless told otherwise
    #[schemars(length(max = 3))]
    statuses: Option<Vec<Status>>,
}

impl Operation for ListMemberships {
    const ID: &'static str = "organization_memberships.list";
    const ROUTE: Route = Route(Get, "/user_management/organization_memberships");
    const FAILS: &'static [Code] = &[MISSING_FILTER];
    const STATUSES: &'static [u16] = &[400, 404];
    const PURE: bool = true;
    type Reply = Fine<Page<Membership>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { paging, user_id, organization_id, statuses } = self;
        if user_id.is_none() && organization_id.is_none() {
            let text = "Give a user_id, an organization_id, or both.";
            return Err(Error::bad_request(MISSING_FILTER, text));
        }
        if let Some(id) = &user_id {
            users::find(cx, id)?;
        }
        if let Some(id) = &organization_id {
            organizations::find(cx, id)?;
        }
        let statuses = statuses.filter(|it| !it.is_empty()).unwrap_or(vec![Status::Active]);
        let page = store::list(cx, &paging, Filter { user_id, organization_id, statuses })?;
        let Page { object, data, list_metadata } = page;
        Ok(Fine(Page { object, data: whole(cx, data)?, list_metadata }))
    }
}

/// Get a membership
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetMembership {
    /// The id of the membership
    id: OrganizationMembershipId,
}

impl Operation for GetMembership {
    const ID: &'static str = "organization_memberships.get";
    const ROUTE: Route = Route(Get, "/user_management/organization_memberships/{id}");
    const WITHIN: Within = Within::Row { table: "organization_memberships", field: "id" };
    const PURE: bool = true;
    type Reply = Fine<Membership>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        find(cx, &self.id).map(Fine)
    }
}

/// Give a membership other roles, in the place of those that it has
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdateMembership {
    /// The id of the membership
    id: OrganizationMembershipId,
    /// The slug of the role
    role_slug: Option<String>,
    /// The slugs of the roles, instead of `role_slug`
    #[schemars(length(min = 1, max = 100))]
    role_slugs: Option<Vec<String>>,
}

impl Operation for UpdateMembership {
    const ID: &'static str = "organization_memberships.update";
    const ROUTE: Route = Route(Put, "/user_management/organization_memberships/{id}");
    const WITHIN: Within = Within::Row { table: "organization_memberships", field: "id" };
    const FAILS: &'static [Code] = &[INVALID_ROLE, MULTIPLE_ROLES, SUB_RESOURCE_ROLE];
    type Reply = Fine<Membership>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id, role_slug, role_slugs } = self;
        let record = find_record(cx, &id)?;
        match one_way(role_slug, role_slugs)? {
            None => one(cx, record).map(Fine),
            Some(slugs) => {
                let status = record.status;
                change(cx, record, status, Some(slugs)).map(Fine)
            }
        }
    }
}

/// Delete a membership. The user leaves the groups of the organization and loses the roles in it
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeleteMembership {
    /// The id of the membership
    id: OrganizationMembershipId,
}

impl Operation for DeleteMembership {
    const ID: &'static str = "organization_memberships.delete";
    const ROUTE: Route = Route(Delete, "/user_management/organization_memberships/{id}");
    const WITHIN: Within = Within::Row { table: "organization_memberships", field: "id" };
    type Reply = Empty;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let record = find_record(cx, &self.id)?;
        remove_all(cx, vec![record])?;
        Ok(Empty)
    }
}

/// Deactivate a membership: it keeps its roles, and the user's sessions in the organization end
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeactivateMembership {
    /// The id of the membership
    id: OrganizationMembershipId,
}

impl Operation for DeactivateMembership {
    const ID: &'static str = "organization_memberships.deactivate";
    const ROUTE: Route = Route(Put, "/user_management/organization_memberships/{id}/deactivate");
    const WITHIN: Within = Within::Row { table: "organization_memberships", field: "id" };
    const FAILS: &'static [Code] = &[CANNOT_DEACTIVATE];
    const STATUSES: &'static [u16] = &[400];
    type Reply = Fine<Membership>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let record = find_record(cx, &self.id)?;
        let status = record.status.deactivated()?;
        change(cx, record, status, None).map(Fine)
    }
}

/// Reactivate a membership that was deactivated, with the roles that it had
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ReactivateMembership {
    /// The id of the membership
    id: OrganizationMembershipId,
}

impl Operation for ReactivateMembership {
    const ID: &'static str = "organization_memberships.reactivate";
    const ROUTE: Route = Route(Put, "/user_management/organization_memberships/{id}/reactivate");
    const WITHIN: Within = Within::Row { table: "organization_memberships", field: "id" };
    const FAILS: &'static [Code] = &[CANNOT_REACTIVATE];
    const STATUSES: &'static [u16] = &[400];
    type Reply = Fine<Membership>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let record = find_record(cx, &self.id)?;
        let status = record.status.reactivated()?;
        change(cx, record, status, None).map(Fine)
    }
}

/// A membership to be made.
#[derive(Clone, Debug)]
pub struct NewMembership {
    /// Who becomes a member.
    pub user_id: UserId,
    /// Of what.
    pub organization_id: OrganizationId,
    /// The roles; the default one where there are none.
    pub role_slugs: Vec<String>,
    /// The state.
    pub status: Status,
}

/// Makes a user a member, or an inactive member one again. Refuses where there is an active or a
/// pending membership.
pub fn create(cx: &mut Cx<'_>, new: NewMembership) -> Result<Membership> {
    let NewMembership { user_id, organization_id, role_slugs, status } = new;
    users::find(cx, &user_id)?;
    let organization = organizations::find(cx, &organization_id)?;
    let exists = || {
        let text = format!("User '{user_id}' is a member of organization '{organization_id}'.");
        Error::conflict(EXISTS, text)
    };
    if let Some(record) = store::of_user_and_organization(cx, &user_id, &organization_id)? {
        return match record.status {
            Status::Active => Err(exists()),
            Status::Pending | Status::Inactive => {
                record.status.reactivated()?;
                change(cx, record, status, Some(role_slugs))
            }
        };
    }
    let roles = roles::choose(cx, &organization_id, role_slugs)?;
    let record = Record {
        id: OrganizationMembershipId::new(cx),
        user_id: user_id.clone(),
        organization_id: organization_id.clone(),
        status,
        directory_managed: false,
        custom_attributes: Map::new(),
        created_at: cx.now(),
        updated_at: cx.now(),
        organization_name: organization.name,
    };
    store::insert(cx, &record, exists)?;
    assignments::set(cx, &record.id, &organization_id, &roles)?;
    let membership = one(cx, record)?;
    cx.emit(&CREATED, &event(&membership))?;
    Ok(membership)
}

/// Makes a membership active that is pending or inactive, with the roles that it has.
pub fn activate(cx: &mut Cx<'_>, membership: &Membership) -> Result<Membership> {
    let record = find_record(cx, &membership.id)?;
    change(cx, record, Status::Active, None)
}

/// Gives a membership another state, and other roles where they are named: an empty list names the
/// default one.
pub(crate) fn set(
    cx: &mut Cx<'_>,
    membership: &Membership,
    status: Status,
    role_slugs: Option<Vec<String>>,
) -> Result<Membership> {
    let record = find_record(cx, &membership.id)?;
    change(cx, record, status, role_slugs)
}

/// Gives a membership these roles on its organization, or the default one where there are none.
pub fn set_roles(
    cx: &mut Cx<'_>,
    membership: &Membership,
    slugs: Vec<String>,
) -> Result<Membership> {
    set(cx, membership, membership.status, Some(slugs))
}

/// What a check needs to know of a membership.
#[derive(Clone, Debug)]
pub struct Standing {
    /// By which [`crate::roles::assignments`] know it.
    pub number: i64,
    /// The number of its organization.
    pub organization: i64,
    /// Where it belongs.
    pub organization_id: OrganizationId,
    /// In which state it is.
    pub status: Status,
}

/// Where a membership belongs, and in which state it is.
pub fn standing(cx: &mut Cx<'_>, id: &OrganizationMembershipId) -> Result<Option<Standing>> {
    store::standing(cx, id)
}

/// Deletes a membership.
pub fn remove(cx: &mut Cx<'_>, membership: &Membership) -> Result<()> {
    let record = find_record(cx, &membership.id)?;
    remove_all(cx, vec![record])
}

/// The membership of this id.
pub fn get(cx: &mut Cx<'_>, id: &OrganizationMembershipId) -> Result<Option<Membership>> {
    let record = store::get(cx, id)?;
    record.map(|it| one(cx, it)).transpose()
}

/// The membership of this id, or 404.
pub fn find(cx: &mut Cx<'_>, id: &OrganizationMembershipId) -> Result<Membership> {
    let record = find_record(cx, id)?;
    one(cx, record)
}

/// The membership of a user in an organization, in whatever state.
pub fn of_user_and_organization(
    cx: &mut Cx<'_>,
    user: &UserId,
    organization: &OrganizationId,
) -> Result<Option<Membership>> {
    let record = store::of_user_and_organization(cx, user, organization)?;
    record.map(|it| one(cx, it)).transpose()
}

/// The membership of a user in an organization, where it is active.
pub fn active_of_user_and_organization(
    cx: &mut Cx<'_>,
    user: &UserId,
    organization: &OrganizationId,
) -> Result<Option<Membership>> {
    let found = of_user_and_organization(cx, user, organization)?;
    Ok(found.filter(|it| it.status == Status::Active))
}

/// The active memberships of a user, oldest first.
pub fn active_of_user(cx: &mut Cx<'_>, user: &UserId) -> Result<Vec<Membership>> {
    let records = store::active_of_user(cx, user)?;
    whole(cx, records)
}

/// The organization of a membership, where there is such a membership.
pub(crate) fn organization_of(
    cx: &mut Cx<'_>,
    id: &OrganizationMembershipId,
) -> Result<Option<OrganizationId>> {
    Ok(store::get(cx, id)?.map(|it| it.organization_id))
}

/// The memberships in a group, newest first.
pub(crate) fn list_of_group(
    cx: &mut Cx<'_>,
    paging: &Paging,
    group: &GroupId,
) -> Result<Page<BaseMembership>> {
    let Page { object, data, list_metadata } = store::list_of_group(cx, paging, group)?;
    let data = with_users(cx, data)?.into_iter().map(|(it, user)| base(it, user)).collect();
    Ok(Page { object, data, list_metadata })
}

/// The active memberships of an organization that these conditions keep, newest first. In each, `m` is
/// the membership and `?` stands for the next of its values.
pub fn list_active_where(
    cx: &mut Cx<'_>,
    paging: &Paging,
    organization: &OrganizationId,
    conditions: Vec<(String, Vec<DbValue>)>,
) -> Result<Page<BaseMembership>> {
    let Page { object, data, list_metadata } =
        store::list_active_where(cx, paging, organization, conditions)?;
    let data = with_users(cx, data)?.into_iter().map(|(it, user)| base(it, user)).collect();
    Ok(Page { object, data, list_metadata })
}

/// What a membership puts into tokens: its roles on the organization, those of its groups included,
/// and what they permit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleClaims {
    /// The role of highest priority.
    pub role: String,
    /// All roles, the one of highest priority first.
    pub roles: Vec<String>,
    /// The permissions that any of the roles gives, each once.
    pub permissions: Vec<String>,
}

/// What the membership puts into tokens.
pub fn claims(cx: &mut Cx<'_>, membership: &Membership) -> Result<RoleClaims> {
    let Membership { id, organization_id, .. } = membership;
    let roles = assignments::all_slugs(cx, id, organization_id)?;
    let permissions = assignments::permissions(cx, id)?;
    let role = roles.first().unwrap_or(&membership.role.slug).clone();
    Ok(RoleClaims { role, roles, permissions })
}

/// Tells that the roles of these memberships were changed.
pub(crate) fn roles_changed(cx: &mut Cx<'_>, ids: &[OrganizationMembershipId]) -> Result<()> {
    for ids in ids.chunks(usize::try_from(BATCH).unwrap_or(usize::MAX)) {
        for mut record in store::get_all(cx, ids)? {
            record.updated_at = cx.now();
            store::update(cx, &record)?;
            let slugs = assignments::slugs(cx, std::slice::from_ref(&record.id))?;
            let event = event_of(record, slugs.into_values().next().unwrap_or_default())?;
            cx.emit(&UPDATED, &event)?;
        }
    }
    Ok(())
}

/// The roles that were asked for, in one of the two ways to ask for them.
fn one_way(slug: Option<String>, slugs: Option<Vec<String>>) -> Result<Option<Vec<String>>> {
    match (slug, slugs) {
        (Some(_), Some(_)) => Err(Error::invalid_field(
            "role_slugs",
            "mutually_exclusive",
            "Give either role_slug or role_slugs, not both.",
        )),
        (Some(slug), None) => Ok(Some(vec![slug])),
        (None, slugs) => Ok(slugs),
    }
}

fn find_record(cx: &mut Cx<'_>, id: &OrganizationMembershipId) -> Result<Record> {
    store::get(cx, id)?.ok_or_else(|| Error::not_found("Organization membership", id))
}

/// Changes state and roles, and tells of it if there was a change.
fn change(
    cx: &mut Cx<'_>,
    mut record: Record,
    status: Status,
    slugs: Option<Vec<String>>,
) -> Result<Membership> {
    let organization = record.organization_id.clone();
    let roles = slugs.map(|it| roles::choose(cx, &organization, it)).transpose()?;
    let new_roles = match roles {
        Some(roles) if !has_exactly(cx, &record.id, &roles)? => Some(roles),
        _ => None,
    };
    if record.status == status && new_roles.is_none() {
        return one(cx, record);
    }
    record.status = status;
    record.updated_at = cx.now();
    store::update(cx, &record)?;
    if let Some(roles) = new_roles {
        assignments::set(cx, &record.id, &organization, &roles)?;
    }
    let membership = one(cx, record)?;
    cx.emit(&UPDATED, &event(&membership))?;
    Ok(membership)
}

fn has_exactly(cx: &mut Cx<'_>, id: &OrganizationMembershipId, roles: &[Role]) -> Result<bool> {
    let held = assignments::slugs(cx, std::slice::from_ref(id))?.remove(id).unwrap_or_default();
    Ok(held.len() == roles.len() && roles.iter().all(|it| held.contains(&it.slug)))
}

/// Deletes memberships and tells of each. Their users or organizations may be gone already.
fn remove_all(cx: &mut Cx<'_>, records: Vec<Record>) -> Result<()> {
    let ids: Vec<_> = records.iter().map(|it| it.id.clone()).collect();
    let mut slugs = assignments::slugs(cx, &ids)?;
    for record in records {
        assignments::clear(cx, &record.id, &record.organization_id)?;
        store::delete(cx, &record)?;
        let held = slugs.remove(&record.id).unwrap_or_default();
        let event = event_of(record, held)?;
        cx.emit(&DELETED, &event)?;
    }
    Ok(())
}

fn leave_organization(cx: &mut Cx<'_>, deleted: &Value) -> Result<()> {
    let organization = crate::payload::id::<OrganizationId>(deleted)?;
    loop {
        let records = store::some_of_organization(cx, &organization, BATCH)?;
        if records.is_empty() {
            return Ok(());
        }
        remove_all(cx, records)?;
    }
}

fn leave_all(cx: &mut Cx<'_>, deleted: &Value) -> Result<()> {
    let user = crate::payload::id::<UserId>(deleted)?;
    loop {
        let records = store::some_of_user(cx, &user, BATCH)?;
        if records.is_empty() {
            return Ok(());
        }
        remove_all(cx, records)?;
    }
}

fn one(cx: &mut Cx<'_>, record: Record) -> Result<Membership> {
    let id = record.id.clone();
    whole(cx, vec![record])?
        .pop()
        .ok_or_else(|| Error::internal(format!("the user of membership '{id}' is gone")))
}

/// The memberships with their users and roles, which take one query each for all of them.
fn whole(cx: &mut Cx<'_>, records: Vec<Record>) -> Result<Vec<Membership>> {
    let ids: Vec<_> = records.iter().map(|it| it.id.clone()).collect();
    let mut slugs = assignments::slugs(cx, &ids)?;
    let records = with_users(cx, records)?;
    let whole = |(record, user): (Record, User)| {
        let slugs = slugs.remove(&record.id).unwrap_or_default();
        wire::whole(record, user, slugs)
    };
    records.into_iter().map(whole).collect()
}

/// Puts each record beside its user.
fn with_users(cx: &mut Cx<'_>, records: Vec<Record>) -> Result<Vec<(Record, User)>> {
    let mut ids: Vec<_> = records.iter().map(|it| it.user_id.clone()).collect();
    ids.sort();
    ids.dedup();
    let users = users::get_all(cx, &ids)?;
    let with_user = |record: Record| {
        let user = users.iter().find(|it| it.id == record.user_id)?.clone();
        Some((record, user))
    };
    Ok(records.into_iter().filter_map(with_user).collect())
}
