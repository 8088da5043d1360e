//! What clients can do with API keys.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::id::{ApiKeyId, OrganizationId, UserId};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Code, Created, Cx, Effect, Error, Fine, Flow, FlowCx, Kind, Method::*, NoContent, Operation,
    Patch, Result, Route, Within,
};
use vestibule_people::{organizations, users};

use super::owner::{HeldByOrganization, HeldByUser};
use super::{
    ApiKey, ApiKeyWithValue, ChangedApiKey, NewApiKey, Owner, PERMISSIONS_MAX, PreviousAttributes,
    REVOKED, UPDATED, create, find, get_valid, store,
};

const API_KEY_ALREADY_EXPIRED: Code = "api_key_already_expired";
/// How long a use of a key may go unnoted, so that checking it seldom writes.
const STAMP_EVERY_SECONDS: i64 = 60;

/// Create an API key that an organization holds
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateOrganizationApiKey {
    /// The organization
    organization_id: OrganizationId,
    /// A name for people
    #[schemars(length(max = 255), regex(pattern = r"\S"))]
    name: String,
    /// The slugs of the permissions that the key gives
    #[schemars(length(max = "PERMISSIONS_MAX"))]
    permissions: Option<Vec<String>>,
    /// When the key ends; never, unless it is given
    expires_at: Option<Time>,
}

impl Operation for CreateOrganizationApiKey {
    const ID: &'static str = "organization_api_keys.create";
    const ROUTE: Route = Route(Post, "/organizations/{organization_id}/api_keys");
    const SECRETS: &'static [&'static str] = &["value"];
    type Reply = Created<HeldByOrganization<ApiKeyWithValue>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id, name, permissions, expires_at } = self;
        let new = NewApiKey {
            owner: Owner::Organization { id: organization_id },
            name,
            permissions: permissions.unwrap_or_default(),
            expires_at,
            value: None,
        };
        create(cx, new, Kind::Invalid).map(|it| Created(HeldByOrganization(it)))
    }
}

/// List the API keys that an organization holds
///
/// The keys of its members are not among them.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListOrganizationApiKeys {
    /// The organization
    organization_id: OrganizationId,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListOrganizationApiKeys {
    const ID: &'static str = "organization_api_keys.list";
    const ROUTE: Route = Route(Get, "/organizations/{organization_id}/api_keys");
    type Reply = Fine<Page<HeldByOrganization<ApiKey>>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id, paging } = self;
        organizations::find(cx, &organization_id)?;
        let page = store::list_of_organization(cx, &organization_id, &paging)?;
        page.try_map(|it| Ok(HeldByOrganization(it))).map(Fine)
    }
}

/// Create an API key that a user holds
///
/// It is good for one organization, for as long as the user is an active member there, and gives
/// no permission that the user does not have.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateUserApiKey {
    /// The user
    user_id: UserId,
    /// The organization that the key is good for
    organization_id: OrganizationId,
    /// A name for people
    #[schemars(length(max = 255), regex(pattern = r"\S"))]
    name: String,
    /// The slugs of the permissions that the key gives
    #[schemars(length(max = "PERMISSIONS_MAX"))]
    permissions: Option<Vec<String>>,
    /// When the key ends; never, unless it is given
    expires_at: Option<Time>,
}

impl Operation for CreateUserApiKey {
    const ID: &'static str = "user_api_keys.create";
    const ROUTE: Route = Route(Post, "/user_management/users/{user_id}/api_keys");
    const SECRETS: &'static [&'static str] = &["value"];
    type Reply = Created<HeldByUser<ApiKeyWithValue>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { user_id, organization_id, name, permissions, expires_at } = self;
        let new = NewApiKey {
            owner: Owner::User { id: user_id, organization_id },
            name,
            permissions: permissions.unwrap_or_default(),
            expires_at,
            value: None,
        };
        create(cx, new, Kind::BadRequest).map(|it| Created(HeldByUser(it)))
    }
}

/// List the API keys that a user holds
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListUserApiKeys {
    /// The user
    user_id: UserId,
    /// Only those for this organization
    organization_id: Option<OrganizationId>,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListUserApiKeys {
    const ID: &'static str = "user_api_keys.list";
    const ROUTE: Route = Route(Get, "/user_management/users/{user_id}/api_keys");
    type Reply = Fine<Page<HeldByUser<ApiKey>>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { user_id, organization_id, paging } = self;
        users::find(cx, &user_id)?;
        let page = store::list_of_user(cx, &user_id, organization_id.as_ref(), &paging)?;
        page.try_map(|it| Ok(HeldByUser(it))).map(Fine)
    }
}

/// What is known of a presented key.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Validation {
    /// The key; null where the value opens nothing
    pub api_key: Option<ApiKey>,
}

/// Validate a value that was presented as an API key
///
/// A value that is unknown, expired or revoked is no error: the key is null.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ValidateApiKey {
    /// What was presented
    #[schemars(length(max = 1000))]
    value: Secret,
}

impl Flow for ValidateApiKey {
    const ID: &'static str = "api_keys.validate";
    const ROUTE: Route = Route(Post, "/api_keys/validations");
    const EFFECT: Effect = Effect::Read;
    type Reply = Fine<Validation>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let now = flow.now();
        let mut api_key = flow.read(|cx| get_valid(cx, &self.value))?;
        if let Some(it) = &mut api_key {
            let stale = |at: Time| at.plus_seconds(STAMP_EVERY_SECONDS) <= now;
            if it.last_used_at.is_none_or(stale) {
                let id = it.id.clone();
                flow.write(move |cx| store::stamp(cx, &id, now))?;
                it.last_used_at = Some(now);
            }
        }
        Ok(Fine(Validation { api_key }))
    }
}

/// Set when an API key ends
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ExpireApiKey {
    /// The key
    id: ApiKeyId,
    /// When it ends: at once where absent or past, never where null
    #[serde(default)]
    expires_at: Patch<Time>,
}

impl Operation for ExpireApiKey {
    const ID: &'static str = "api_keys.expire";
    const ROUTE: Route = Route(Post, "/api_keys/{id}/expire");
    const WITHIN: Within = Within::Row { table: "api_keys", field: "id" };
    const EFFECT: Effect = Effect::Destructive;
    const FAILS: &'static [Code] = &[API_KEY_ALREADY_EXPIRED];
    const STATUSES: &'static [u16] = &[409];
    type Reply = Fine<ApiKey>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id, expires_at } = self;
        let mut api_key = find(cx, &id)?;
        let now = cx.now();
        if api_key.is_expired(now) {
            let why = format!("The API key '{id}' has already expired. Create another.");
            return Err(Error::conflict(API_KEY_ALREADY_EXPIRED, why));
        }
        let previous_attributes = PreviousAttributes { expires_at: api_key.expires_at };
        api_key.expires_at = match expires_at {
            Patch::Keep => Some(now),
            Patch::Clear => None,
            Patch::Set(at) => Some(at.max(now)),
        };
        api_key.updated_at = now;
        store::set_expiry(cx, &api_key)?;
        let changed = ChangedApiKey { api_key, previous_attributes };
        cx.emit(&UPDATED, &changed)?;
        Ok(Fine(changed.api_key))
    }
}

/// Delete an API key, which ends it for good
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeleteApiKey {
    /// The key
    id: ApiKeyId,
}

impl Operation for DeleteApiKey {
    const ID: &'static str = "api_keys.delete";
    const ROUTE: Route = Route(Delete, "/api_keys/{id}");
    const WITHIN: Within = Within::Row { table: "api_keys", field: "id" };
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let api_key = find(cx, &self.id)?;
        store::delete(cx, &api_key.id)?;
        cx.emit(&REVOKED, &api_key)?;
        Ok(NoContent)
    }
}
