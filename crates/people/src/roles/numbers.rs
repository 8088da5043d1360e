//! Numbers that stand for what has an id, in the tables that grow with resources and roles held on them.
//!
//! Each gets one the first time that it is needed. Those of organizations and of types of resources stay
//! for good; that of a membership goes with it and with the roles that it held. A resource has its own
//! in its row. An organization is the root of its tree of resources and has no row among them: as a
//! resource it is its number below zero.
use vestibule_kernel::db::Value;
use vestibule_kernel::id::{OrganizationId, OrganizationMembershipId, RoleId};
use vestibule_kernel::{Cx, Result};

/// What nothing has for a number.
pub const NONE: i64 = 0;

/// The number of the membership or role whose id a placeholder stands for; null where it has none.
macro_rules! number {
    ($place:literal) => {
        concat!(
            "(SELECT number FROM assignment_keys WHERE environment_id = $1 AND key = ",
            $place,
            ")"
        )
    };
}
pub(crate) use number;

/// Where the numbers of one kind are: how one is looked up, and how one is made.
struct Table {
    find: &'static str,
    make: &'static str,
}

macro_rules! table {
    ($name:literal, $column:literal) => {
        Table {
            find: concat!(
                "SELECT number FROM ",
                $name,
                " WHERE environment_id = $1 AND ",
                $column,
                " = $2"
            ),
            make: concat!(
                "INSERT INTO ",
                $name,
                " (environment_id, ",
                $column,
                ") VALUES ($1, $2) RETURNING number"
            ),
        }
    };
}

const KEYS: Table = table!("assignment_keys", "key");
const ORGANIZATIONS: Table = table!("organization_numbers", "organization_id");
const TYPES: Table = table!("resource_type_numbers", "slug");

impl Table {
    fn known(&self, cx: &mut Cx<'_>, key: Value) -> Result<i64> {
        let values = [cx.environment.into(), key];
        cx.db().first(self.find, &values)?.map_or(Ok(NONE), |mut row| row.take())
    }
    fn of(&self, cx: &mut Cx<'_>, key: Value) -> Result<i64> {
        let number = self.known(cx, key.clone())?;
        if number != NONE {
            return Ok(number);
        }
        let values = [cx.environment.into(), key];
        cx.db().first(self.make, &values)?.map_or(Ok(NONE), |mut row| row.take())
    }
}

/// The number of a membership, which gets one if it has none.
pub(crate) fn of_membership(cx: &mut Cx<'_>, id: &OrganizationMembershipId) -> Result<i64> {
    KEYS.of(cx, id.into())
}

/// The number of a role, which gets one if it has none.
pub(crate) fn of_role(cx: &mut Cx<'_>, id: &RoleId) -> Result<i64> {
    KEYS.of(cx, id.into())
}

/// The number of an organization, which gets one if it has none.
pub fn of_organization(cx: &mut Cx<'_>, id: &OrganizationId) -> Result<i64> {
    ORGANIZATIONS.of(cx, id.into())
}

/// The number of an organization, or [`NONE`].
pub fn known_of_organization(cx: &mut Cx<'_>, id: &OrganizationId) -> Result<i64> {
    ORGANIZATIONS.known(cx, id.into())
}

/// The number of a type of resources, which gets one if it has none.
pub fn of_type(cx: &mut Cx<'_>, slug: &str) -> Result<i64> {
    TYPES.of(cx, slug.into())
}

/// The number of a type of resources, or [`NONE`].
pub fn known_of_type(cx: &mut Cx<'_>, slug: &str) -> Result<i64> {
    TYPES.known(cx, slug.into())
}

/// Forgets the number of a membership that is gone, and that no row names any more.
pub(crate) fn forget(cx: &mut Cx<'_>, membership: &OrganizationMembershipId) -> Result<()> {
    let values = [cx.environment.into(), membership.into()];
    let sql = "DELETE FROM assignment_keys WHERE environment_id = $1 AND key = $2";
    cx.db().execute(sql, &values).map(|_| ())
}
