//! What clients can do with feature flags.
use schemars::JsonSchema;
use serde::Deserialize;
use vestibule_kernel::Method::{Delete, Get, Post, Put};
use vestibule_kernel::id::{FeatureFlagId, OrganizationId, UserId};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::{
    Code, Created, Cx, Error, Fine, NoContent, Operation, Patch, Result, Route,
};
use vestibule_people::users::EmailAddress;
use vestibule_people::{memberships, organizations, users};

use super::rule::Rule;
use super::{FLAGS_MAX, FeatureFlag, FlagOwner, find, store, told};

const SLUG_CONFLICT: Code = "feature_flag_slug_conflict";
const LIMIT_EXCEEDED: Code = "feature_flag_limit_exceeded";

/// How many tags a flag has at the most.
const TAGS_MAX: usize = 20;

/// List feature flags, newest first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListFeatureFlags {
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListFeatureFlags {
    const ID: &'static str = "feature_flags.list";
    const ROUTE: Route = Route(Get, "/feature-flags");
    const STATUSES: &'static [u16] = &[400, 404];
    const PURE: bool = true;
    type Reply = Fine<Page<FeatureFlag>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        store::list(cx, &self.paging).map(Fine)
    }
}

/// Get a feature flag by its slug
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetFeatureFlag {
    /// The slug of the flag
    slug: String,
}

impl Operation for GetFeatureFlag {
    const ID: &'static str = "feature_flags.get";
    const ROUTE: Route = Route(Get, "/feature-flags/{slug}");
    const PURE: bool = true;
    type Reply = Fine<FeatureFlag>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        find(cx, &self.slug).map(Fine)
    }
}

/// Enable a feature flag
///
/// It is then on for its targets, and for everybody else if its default value says so.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct EnableFeatureFlag {
    /// The slug of the flag
    slug: String,
}

impl Operation for EnableFeatureFlag {
    const ID: &'static str = "feature_flags.enable";
    const ROUTE: Route = Route(Put, "/feature-flags/{slug}/enable");
    type Reply = Fine<FeatureFlag>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        switch(cx, &self.slug, true).map(Fine)
    }
}

/// Disable a feature flag, which puts it off for everybody
///
/// Its targets and its default value stay, and count again once it is enabled.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DisableFeatureFlag {
    /// The slug of the flag
    slug: String,
}

impl Operation for DisableFeatureFlag {
    const ID: &'static str = "feature_flags.disable";
    const ROUTE: Route = Route(Put, "/feature-flags/{slug}/disable");
    type Reply = Fine<FeatureFlag>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        switch(cx, &self.slug, false).map(Fine)
    }
}

/// List the feature flags that are on for an organization, newest first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListOrganizationFeatureFlags {
    /// The id of the organization
    organization_id: OrganizationId,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListOrganizationFeatureFlags {
    const ID: &'static str = "organization_feature_flags.list";
    const ROUTE: Route = Route(Get, "/organizations/{organization_id}/feature-flags");
    const PURE: bool = true;
    type Reply = Fine<Page<FeatureFlag>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id, paging } = self;
        organizations::find(cx, &organization_id)?;
        store::list_on(cx, &paging, vec![organization_id.to_string()]).map(Fine)
    }
}

/// List the feature flags that are on for a user, newest first
///
/// Those that are on for the user, or for any organization of which the user is an active member. The
/// access token of a session names only those of the organization that it is in.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListUserFeatureFlags {
    /// The id of the user
    user_id: UserId,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListUserFeatureFlags {
    const ID: &'static str = "user_feature_flags.list";
    const ROUTE: Route = Route(Get, "/user_management/users/{user_id}/feature-flags");
    const PURE: bool = true;
    type Reply = Fine<Page<FeatureFlag>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { user_id, paging } = self;
        users::find(cx, &user_id)?;
        let joined = memberships::active_of_user(cx, &user_id)?.into_iter();
        let mut ids: Vec<String> = joined.map(|it| it.organization_id.to_string()).collect();
        ids.push(user_id.to_string());
        store::list_on(cx, &paging, ids).map(Fine)
    }
}

/// Who looks after a feature flag
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
struct OwnerData {
    /// The e-mail address
    #[schemars(length(max = 320), extend("format" = "email"))]
    email: String,
    /// The first name
    #[schemars(length(max = 255), extend("x-nullable" = true))]
    first_name: Option<String>,
    /// The last name
    #[schemars(length(max = 255), extend("x-nullable" = true))]
    last_name: Option<String>,
}

impl OwnerData {
    fn check(self) -> Result<FlagOwner> {
        let Self { email, first_name, last_name } = self;
        let parsed = EmailAddress::parse(&email).ok_or_else(|| {
            let text = format!("'{email}' is not an e-mail address.");
            Error::invalid_field("owner.email", "invalid_email", text)
        })?;
        Ok(FlagOwner { email: parsed.as_str().to_owned(), first_name, last_name })
    }
}

/// Create a feature flag
///
/// It is off for everybody until it is enabled.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateFeatureFlag {
    /// The name by which programs know it, such as `advanced-analytics`: letters, digits, `-`, `_`,
    /// `.` and `:`, a letter or digit first. It is unique in the environment and never changes
    #[schemars(length(min = 1, max = 100), regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$"))]
    slug: String,
    /// The name for people
    #[schemars(length(max = 255), regex(pattern = r"\S"))]
    name: String,
    /// What it is for
    #[schemars(length(max = 1000), extend("x-nullable" = true))]
    description: Option<String>,
    /// Words to sort flags by, each of them once
    #[schemars(
        length(max = TAGS_MAX),
        inner(length(min = 1, max = 50)),
        extend("uniqueItems" = true)
    )]
    tags: Option<Vec<String>>,
    /// Who looks after it
    #[schemars(extend("x-nullable" = true))]
    owner: Option<OwnerData>,
    /// Whether it is on for anybody at all; false unless told otherwise
    enabled: Option<bool>,
    /// Whether it is on for those who are no target, where it is enabled; false unless told otherwise
    default_value: Option<bool>,
}

impl Operation for CreateFeatureFlag {
    const ID: &'static str = "feature_flags.create";
    const ROUTE: Route = Route(Post, "/vestibule/v1/feature_flags");
    const FAILS: &'static [Code] = &[SLUG_CONFLICT, LIMIT_EXCEEDED];
    const EXTENSION: bool = true;
    type Reply = Created<FeatureFlag>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { slug, name, description, tags, owner, enabled, default_value } = self;
        let flag = FeatureFlag {
            object: "feature_flag",
            id: FeatureFlagId::new(cx),
            slug,
            name,
            description,
            owner: owner.map(OwnerData::check).transpose()?,
            tags: tags.unwrap_or_default(),
            enabled: enabled.unwrap_or_default(),
            default_value: default_value.unwrap_or_default(),
            created_at: cx.now(),
            updated_at: cx.now(),
        };
        if store::has_flags(cx, FLAGS_MAX)? {
            return Err(too_many());
        }
        store::insert(cx, &flag)?;
        told::created(cx, &flag)?;
        Ok(Created(flag))
    }
}

/// Update a feature flag
///
/// What is not given stays as it is. `feature_flags.enable` and `feature_flags.disable` switch it.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdateFeatureFlag {
    /// The slug of the flag
    slug: String,
    /// The name for people
    #[schemars(length(max = 255), regex(pattern = r"\S"))]
    name: Option<String>,
    /// What it is for; null clears it
    #[serde(default)]
    #[schemars(length(max = 1000))]
    description: Patch<String>,
    /// Words to sort flags by, all of them, each once
    #[schemars(
        length(max = TAGS_MAX),
        inner(length(min = 1, max = 50)),
        extend("uniqueItems" = true)
    )]
    tags: Option<Vec<String>>,
    /// Who looks after it; null is nobody
    #[serde(default)]
    owner: Patch<OwnerData>,
    /// Whether it is on for those who are no target, where it is enabled
    default_value: Option<bool>,
}

impl Operation for UpdateFeatureFlag {
    const ID: &'static str = "feature_flags.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/feature_flags/{slug}");
    const EXTENSION: bool = true;
    type Reply = Fine<FeatureFlag>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { slug, name, description, tags, owner, default_value } = self;
        let owner = owner.try_map(OwnerData::check)?;
        let before = find(cx, &slug)?;
        let mut flag = before.clone();
        flag.name = name.unwrap_or(flag.name);
        description.apply(&mut flag.description);
        flag.tags = tags.unwrap_or(flag.tags);
        owner.apply(&mut flag.owner);
        flag.default_value = default_value.unwrap_or(flag.default_value);
        change(cx, &before, flag).map(Fine)
    }
}

/// Delete a feature flag with its targets
///
/// Whoever asks for it afterwards gets what the application takes for a flag that there is not.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeleteFeatureFlag {
    /// The slug of the flag
    slug: String,
}

impl Operation for DeleteFeatureFlag {
    const ID: &'static str = "feature_flags.delete";
    const ROUTE: Route = Route(Delete, "/vestibule/v1/feature_flags/{slug}");
    const EXTENSION: bool = true;
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let flag = find(cx, &self.slug)?;
        store::delete(cx, &flag.id)?;
        told::deleted(cx, &flag)?;
        Ok(NoContent)
    }
}

fn switch(cx: &mut Cx<'_>, slug: &str, enabled: bool) -> Result<FeatureFlag> {
    let before = find(cx, slug)?;
    let flag = FeatureFlag { enabled, ..before.clone() };
    change(cx, &before, flag)
}

/// Writes a flag as it is now, and tells what that changes.
fn change(cx: &mut Cx<'_>, before: &FeatureFlag, mut flag: FeatureFlag) -> Result<FeatureFlag> {
    if flag == *before {
        return Ok(flag);
    }
    flag.updated_at = cx.now();
    store::update(cx, &flag)?;
    told::updated(cx, before, &flag)?;
    if flag.default_value != before.default_value {
        let rule = Rule::of(cx, &flag)?;
        let before = rule.with_default(before.default_value);
        told::rule_updated(cx, &flag, &before, &rule)?;
    }
    Ok(flag)
}

#[track_caller]
pub(super) fn slug_conflict(slug: &str) -> Error {
    Error::conflict(SLUG_CONFLICT, format!("A feature flag with the slug '{slug}' already exists."))
}

#[track_caller]
fn too_many() -> Error {
    let text = format!(
        "The environment has {FLAGS_MAX} feature flags, and none has more. Delete those that \
         nobody asks for any more."
    );
    Error::bad_request(LIMIT_EXCEEDED, text)
}
