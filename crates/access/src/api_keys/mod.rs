//! API keys that an application's customers hold: organizations and users. They do not open this
//! API; an application has them checked when one is presented to it (contract 12).
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use serde_json::Value;
use vestibule_kernel::environment::KEY_PREFIX;
use vestibule_kernel::error::FieldError;
use vestibule_kernel::event::Event;
use vestibule_kernel::id::{ApiKeyId, OrganizationId, UserId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, Kind, Op, Reaction, Result, flow, op};
use vestibule_people::{memberships, organizations, permissions, users};

mod operations;
mod owner;
mod store;

pub use owner::Owner;

/// The operations of this domain.
pub const OPERATIONS: &[Op] = &[
    op::<operations::CreateOrganizationApiKey>(),
    op::<operations::ListOrganizationApiKeys>(),
    op::<operations::CreateUserApiKey>(),
    op::<operations::ListUserApiKeys>(),
    flow::<operations::ValidateApiKey>(),
    op::<operations::ExpireApiKey>(),
    op::<operations::DeleteApiKey>(),
];

/// The keys of an organization go with it.
pub const ON_ORGANIZATION_DELETED: Reaction =
    Reaction { event: "organization.deleted", run: organization_deleted };
/// The keys of a user go with them.
pub const ON_USER_DELETED: Reaction = Reaction { event: "user.deleted", run: user_deleted };

/// A key was made.
pub const CREATED: Event<ApiKey> = Event::new("api_key.created");
/// The time at which a key ends was changed.
pub const UPDATED: Event<ChangedApiKey> = Event::new("api_key.updated");
/// A key was deleted.
pub const REVOKED: Event<ApiKey> = Event::new("api_key.revoked");

/// How many permissions a key has at the most.
const PERMISSIONS_MAX: usize = 1000;

/// An API key; its value is shown once, when it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ApiKey {
    /// Always `api_key`
    #[schemars(extend("const" = "api_key"))]
    pub object: &'static str,
    /// The id of the key
    pub id: ApiKeyId,
    /// Who holds the key
    pub owner: Owner,
    /// A name for people
    pub name: String,
    /// The end of the key's value, to tell it from others
    pub obfuscated_value: String,
    /// When it was last found valid, to within a minute
    pub last_used_at: Option<Time>,
    /// When it ends
    pub expires_at: Option<Time>,
    /// The slugs of the permissions that it gives
    pub permissions: Vec<String>,
    /// When it was made
    pub created_at: Time,
    /// When it last changed
    pub updated_at: Time,
}

impl ApiKey {
    /// Whether its time is over.
    pub fn is_expired(&self, now: Time) -> bool {
        self.expires_at.is_some_and(|it| it <= now)
    }
    /// The organization that it is good for.
    pub fn organization_id(&self) -> &OrganizationId {
        match &self.owner {
            Owner::Organization { id } => id,
            Owner::User { organization_id, .. } => organization_id,
        }
    }
}

/// An API key with its value.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ApiKeyWithValue {
    /// The key
    #[serde(flatten)]
    pub api_key: ApiKey,
    /// The value of the key: shown this once
    #[serde(serialize_with = "reveal")]
    pub value: Secret,
}

fn reveal<S: Serializer>(value: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(value.reveal())
}

/// A key whose end was changed, with what it was before.
#[derive(Debug, Serialize)]
pub struct ChangedApiKey {
    /// The key as it is now.
    #[serde(flatten)]
    pub api_key: ApiKey,
    /// What changed.
    pub previous_attributes: PreviousAttributes,
}

/// What an `api_key.updated` event says of before.
#[derive(Debug, Serialize)]
pub struct PreviousAttributes {
    /// When the key would have ended.
    pub expires_at: Option<Time>,
}

/// A key to be made.
#[derive(Debug)]
pub struct NewApiKey {
    /// Who is to hold it.
    pub owner: Owner,
    /// A name for people.
    pub name: String,
    /// The slugs of its permissions.
    pub permissions: Vec<String>,
    /// When it is to end.
    pub expires_at: Option<Time>,
    /// Its value, where that is pinned.
    pub value: Option<Secret>,
}

/// Makes a key. The refusals of fields have status `refused`, which differs by owner in the
/// contract.
pub fn create(cx: &mut Cx<'_>, new: NewApiKey, refused: Kind) -> Result<ApiKeyWithValue> {
    let NewApiKey { owner, name, permissions, expires_at, value } = new;
    let held = match &owner {
        Owner::Organization { id } => {
            organizations::find(cx, id)?;
            None
        }
        Owner::User { id, organization_id } => {
            users::find(cx, id)?;
            organizations::find(cx, organization_id)?;
            let membership = memberships::active_of_user_and_organization(cx, id, organization_id)?;
            let membership = membership.ok_or_else(|| not_a_member(organization_id, refused))?;
            Some(memberships::claims(cx, &membership)?.permissions)
        }
    };
    let permissions = check_permissions(cx, permissions, held.as_deref(), refused)?;
    if expires_at.is_some_and(|it| it <= cx.now()) {
        let why = "expires_at must be in the future.";
        return Err(refusal(refused, vec![FieldError::new("expires_at", "invalid", why)]));
    }
    let value = value.unwrap_or_else(|| Secret::random(KEY_PREFIX, cx.app.chance()));
    let api_key = ApiKey {
        object: "api_key",
        id: ApiKeyId::new(cx),
        owner,
        name,
        obfuscated_value: value.obfuscated(KEY_PREFIX),
        last_used_at: None,
        expires_at,
        permissions,
        created_at: cx.now(),
        updated_at: cx.now(),
    };
    store::insert(cx, &api_key, &value)?;
    cx.emit(&CREATED, &api_key)?;
    Ok(ApiKeyWithValue { api_key, value })
}

fn refusal(kind: Kind, fields: Vec<FieldError>) -> Error {
    Error::invalid(fields).with_kind(kind)
}

fn not_a_member(organization: &OrganizationId, kind: Kind) -> Error {
    let why = format!("The user is not an active member of the organization '{organization}'.");
    refusal(kind, vec![FieldError::new("organization_id", "not_a_member", why)])
}

/// The permissions without repetition; each must exist and, for a user's key, be held by the user.
fn check_permissions(
    cx: &mut Cx<'_>,
    mut slugs: Vec<String>,
    held: Option<&[String]>,
    refused: Kind,
) -> Result<Vec<String>> {
    let mut seen = std::collections::BTreeSet::new();
    slugs.retain(|it| seen.insert(it.clone()));
    let mut wrong = Vec::new();
    for (n, slug) in slugs.iter().enumerate() {
        let field = format!("permissions.{n}");
        if permissions::get(cx, slug)?.is_none() {
            let why = format!("There is no permission '{slug}'.");
            wrong.push(FieldError::new(&field, "permission_not_found", why));
        } else if held.is_some_and(|it| !it.contains(slug)) {
            let why = format!("The user does not have the permission '{slug}'.");
            wrong.push(FieldError::new(&field, "permission_not_held", why));
        }
    }
    if wrong.is_empty() { Ok(slugs) } else { Err(refusal(refused, wrong)) }
}

/// Makes the key that a seed describes, unless it is there: by its value, or else by its holder and
/// its name.
pub fn ensure(cx: &mut Cx<'_>, new: NewApiKey) -> Result<()> {
    let there = match &new.value {
        Some(value) => store::get_by_value(cx, value)?.is_some(),
        None => store::has_named(cx, &new.owner, &new.name)?,
    };
    if there { Ok(()) } else { create(cx, new, Kind::Invalid).map(|_| ()) }
}

/// The key of this id, or 404.
pub fn find(cx: &mut Cx<'_>, id: &ApiKeyId) -> Result<ApiKey> {
    store::get(cx, id)?.ok_or_else(|| Error::not_found("API key", id))
}

/// The key that has this value, if it opens anything now. A user's key is good for as long as the
/// user is an active member.
pub fn get_valid(cx: &mut Cx<'_>, value: &Secret) -> Result<Option<ApiKey>> {
    let now = cx.now();
    let Some(api_key) = store::get_by_value(cx, value)?.filter(|it| !it.is_expired(now)) else {
        return Ok(None);
    };
    match &api_key.owner {
        Owner::Organization { .. } => Ok(Some(api_key)),
        Owner::User { id, organization_id } => {
            let membership = memberships::active_of_user_and_organization(cx, id, organization_id)?;
            Ok(membership.is_some().then_some(api_key))
        }
    }
}

fn organization_deleted(cx: &mut Cx<'_>, organization: &Value) -> Result<()> {
    let id = OrganizationId::parse(organization["id"].as_str().unwrap_or_default())?;
    revoke(cx, |cx| store::of_organization(cx, &id))
}

fn user_deleted(cx: &mut Cx<'_>, user: &Value) -> Result<()> {
    let id = UserId::parse(user["id"].as_str().unwrap_or_default())?;
    revoke(cx, |cx| store::of_user(cx, &id))
}

fn revoke(cx: &mut Cx<'_>, which: impl FnOnce(&mut Cx<'_>) -> Result<Vec<ApiKey>>) -> Result<()> {
    for api_key in which(cx)? {
        store::delete(cx, &api_key.id)?;
        cx.emit(&REVOKED, &api_key)?;
    }
    Ok(())
}
