//! Settings of roles: the default one, and whether a membership may hold several.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::Method::{Get, Put};
use vestibule_kernel::setting::Setting;
use vestibule_kernel::{Code, Cx, Fine, Kind, Operation, Result, Route};

use super::{DEFAULT, INVALID_ROLE, ORGANIZATION};

/// The settings of roles
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RoleSettings {
    /// Whether a membership may hold several roles of the organization at once
    pub multiple_roles: bool,
    /// The slug of the role that memberships get when nothing else is said
    pub default_role: String,
}

impl Default for RoleSettings {
    fn default() -> Self {
        Self { multiple_roles: false, default_role: DEFAULT.to_owned() }
    }
}

impl Setting for RoleSettings {
    const NAME: &'static str = "roles";
}

/// Get the settings of roles
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetRoleSettings {}

impl Operation for GetRoleSettings {
    const ID: &'static str = "role_settings.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/role_settings");
    const EXTENSION: bool = true;
    type Reply = Fine<RoleSettings>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        cx.setting().map(Fine)
    }
}

/// Update the settings of roles. Memberships that hold several roles keep them when that is
/// switched off
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdateRoleSettings {
    /// Whether a membership may hold several roles of the organization at once
    multiple_roles: Option<bool>,
    /// The slug of the role of the environment that memberships get when nothing else is said.
    /// Organizations with roles of their own keep the default that they have
    default_role: Option<String>,
}

impl Operation for UpdateRoleSettings {
    const ID: &'static str = "role_settings.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/role_settings");
    const FAILS: &'static [Code] = &[INVALID_ROLE];
    const EXTENSION: bool = true;
    type Reply = Fine<RoleSettings>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { multiple_roles, default_role } = self;
        super::ensure_some(cx)?;
        let mut settings = cx.setting::<RoleSettings>()?;
        if let Some(multiple_roles) = multiple_roles {
            settings.multiple_roles = multiple_roles;
        }
        if let Some(slug) = default_role {
            let role = super::get(cx, &slug)?.filter(|it| it.resource_type_slug == ORGANIZATION);
            role.ok_or_else(|| super::invalid_role(Kind::Invalid, &slug))?;
            settings.default_role = slug;
        }
        cx.set(&settings)?;
        Ok(Fine(settings))
    }
}
