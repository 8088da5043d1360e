//! Seeds: what a file describes is made, all of it or nothing, and nothing the second time.
//!
//! Where an operation of the catalogue makes a thing, the seed runs that operation, so that the
//! same rules hold; only what operations do not take (pinned ids, pinned secrets) goes to the
//! domains.
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use vestibule_access::api_keys::{self, NewApiKey, Owner};
use vestibule_federation::connections::Prepared;
use vestibule_kernel::catalog::Run;
use vestibule_kernel::id::{EnvironmentId, OrganizationId, UserId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{App, Code, Cx, Error, FlowCx, Kind, Result, environment, sandbox};
use vestibule_people::domains::{DomainName, NewDomain};
use vestibule_people::identities::{self, NewIdentity, Provider};
use vestibule_people::memberships::{self, NewMembership, Status};
use vestibule_people::metadata::{ExternalId, Metadata};
use vestibule_people::passwords::{self, PasswordHash};
use vestibule_people::{organizations, permissions, users};
use vestibule_record::webhooks::NewEndpoint;
use vestibule_signin::sessions::Impersonator;

use crate::SeedText;

mod connections;
mod feature_flags;
mod model;

use model::{ApiKeys, Domain, Seed};

/// The code of the refusal of a seed.
pub const INVALID_SEED: Code = "invalid_seed";

/// Makes what the file at `path` describes and is not there yet.
pub fn apply(app: &Arc<App>, environment: &EnvironmentId, path: &Path) -> Result<()> {
    let SeedText { content, place } = SeedText::of_file(path)?;
    apply_text(app, environment, &content, &place)
}

/// The same for a text.
pub fn apply_text(
    app: &Arc<App>,
    environment: &EnvironmentId,
    text: &str,
    place: &str,
) -> Result<()> {
    let flow = app.system(environment);
    let ready = Ready::of(&flow, text, place, Hash::OfNewUsers)?;
    flow.write(move |cx| ready.make(cx))
}

impl SeedText {
    /// What a file holds.
    pub fn of_file(path: &Path) -> Result<Self> {
        let place = path.display().to_string();
        let content = std::fs::read_to_string(path).map_err(|it| bad(&place, &it.to_string()))?;
        Ok(Self { content, place })
    }
}

/// A seed that was read, with its passwords hashed: what is left is one transaction.
pub struct Ready {
    seed: Seed,
    hashes: BTreeMap<String, PasswordHash>,
    connections: Vec<Option<Prepared>>,
    place: String,
}

/// Whose passwords are hashed, which is slow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hash {
    OfNewUsers,
    OfAll,
}

impl Ready {
    /// Reads a text that is to fill an empty environment.
    pub fn of_text(flow: &FlowCx, text: &str, place: &str) -> Result<Self> {
        Self::of(flow, text, place, Hash::OfAll)
    }

    fn of(flow: &FlowCx, text: &str, place: &str, hash: Hash) -> Result<Self> {
        let seed = Seed::parse(text).map_err(|it| bad(place, &it))?;
        for key in seed.beyond(flow.is_sandbox()?) {
            tracing::warn!(key, "the seed holds what this version cannot make; it is left out");
        }
        let hashes = hash_passwords(flow, &seed, hash)?;
        let connections = connections::prepare(flow, &seed, hash == Hash::OfAll);
        let connections = connections.map_err(|it| refused(place, it))?;
        Ok(Self { seed, hashes, connections, place: place.to_owned() })
    }

    /// Makes all that is not there yet.
    pub fn make(&self, cx: &mut Cx<'_>) -> Result<()> {
        make(cx, &self.seed, &self.hashes)
            .and_then(|()| connections::make(cx, &self.seed, &self.connections))
            .map_err(|it| refused(&self.place, it))
    }
}

fn refused(place: &str, error: Error) -> Error {
    // On PostgreSQL the engine may ask for the whole to be run again.
    if error.kind() == Kind::Internal { error } else { bad(place, &in_words(&error)) }
}

fn bad(place: &str, why: &str) -> Error {
    let text = format!("The seed in {place} was refused, and nothing of it was made: {why}.");
    Error::new(Kind::Invalid, INVALID_SEED, text)
}

fn in_words(error: &Error) -> String {
    let fields = error.fields().iter().map(|it| it.message.clone());
    let fields = fields.collect::<Vec<_>>().join(" ");
    format!("{} {fields}", error.message()).trim_end_matches(['.', ' ']).to_owned()
}

/// Adds to a refusal which entry it is about.
fn of_entry<T>(done: Result<T>, list: &str, n: usize, name: &str) -> Result<T> {
    done.map_err(|error| {
        if error.kind() == Kind::Internal {
            return error;
        }
        Error::plain(error.kind(), format!("{list}[{n}] '{name}': {}", in_words(&error)))
    })
}

fn hash_passwords(
    flow: &FlowCx,
    seed: &Seed,
    hash: Hash,
) -> Result<BTreeMap<String, PasswordHash>> {
    let mut hashes = BTreeMap::new();
    let mut known: BTreeMap<&str, PasswordHash> = BTreeMap::new();
    for user in &seed.users {
        let Some(password) = &user.password else { continue };
        let is_there = |cx: &mut Cx<'_>| Ok(users::get_by_email(cx, &user.email)?.is_some());
        if hash == Hash::OfNewUsers && flow.read(is_there)? {
            continue;
        }
        let hash = match known.get(password.as_str()) {
            Some(it) => it.clone(),
            None => passwords::hash(flow, &Secret::new(password))?,
        };
        known.insert(password, hash.clone());
        hashes.insert(user.email.clone(), hash);
    }
    Ok(hashes)
}

/// Runs an operation of the catalogue inside this transaction.
fn perform(cx: &mut Cx<'_>, id: &str, input: Value) -> Result<Value> {
    let entry = cx.app.catalog().get(id).ok_or_else(|| Error::internal(format!("no {id}")))?;
    let Run::Operation { run, .. } = entry.op.run else {
        return Err(Error::internal(format!("{id} does not run inside a transaction")));
    };
    let input = without_null(input);
    entry.check(&input)?;
    run(cx, &input)?.json()
}

fn without_null(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|it| !it.1.is_null());
            Value::Object(fields.map(|(name, it)| (name, without_null(it))).collect())
        }
        other => other,
    }
}

/// All items of a list operation.
fn all(cx: &mut Cx<'_>, id: &str, input: &Value) -> Result<Vec<Value>> {
    let mut items = Vec::new();
    let mut input = input.clone();
    input["limit"] = 100.into();
    loop {
        let page = perform(cx, id, input.clone())?;
        items.extend(page["data"].as_array().cloned().unwrap_or_default());
        match page.pointer("/list_metadata/after").and_then(Value::as_str) {
            Some(after) => input["after"] = after.into(),
            None => return Ok(items),
        }
    }
}

fn is_there(items: &[Value], key: &str, value: &str) -> bool {
    items.iter().any(|it| it[key] == value)
}

fn make(cx: &mut Cx<'_>, seed: &Seed, hashes: &BTreeMap<String, PasswordHash>) -> Result<()> {
    make_permissions(cx, seed)?;
    make_roles(cx, seed)?;
    for (n, user) in seed.users.iter().enumerate() {
        of_entry(make_user(cx, user, hashes), "users", n, &user.email)?;
    }
    for (n, it) in seed.organizations.iter().enumerate() {
        of_entry(make_organization(cx, it), "organizations", n, &it.name)?;
    }
    for (n, it) in seed.invitations.iter().enumerate() {
        of_entry(make_invitation(cx, it), "invitations", n, &it.email)?;
    }
    feature_flags::make(cx, seed)?;
    make_api_keys(cx, seed)?;
    make_webhook_endpoints(cx, seed)?;
    make_error_hooks(cx, seed)?;
    if let Some(it) = &seed.jwt_template {
        let content = match &it.content {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        of_entry(
            perform(cx, "jwt_template.update", json!({ "content": content })),
            "jwtTemplate",
            0,
            "",
        )?;
    }
    let there = all(cx, "redirect_uris.list", &json!({}))?;
    for (n, uri) in
        seed.redirect_uris.iter().enumerate().filter(|it| !is_there(&there, "uri", it.1))
    {
        of_entry(
            perform(cx, "redirect_uris.create", json!({ "uri": uri })),
            "redirectUris",
            n,
            uri,
        )?;
    }
    let there = all(cx, "cors_origins.list", &json!({}))?;
    for (n, it) in
        seed.cors_origins.iter().enumerate().filter(|it| !is_there(&there, "origin", it.1))
    {
        of_entry(
            perform(cx, "cors_origins.create", json!({ "origin": it })),
            "corsOrigins",
            n,
            it,
        )?;
    }
    Ok(())
}

fn make_permissions(cx: &mut Cx<'_>, seed: &Seed) -> Result<()> {
    let there = all(cx, "permissions.list", &json!({}))?;
    for (n, it) in seed.permissions.iter().enumerate() {
        if !is_there(&there, "slug", &it.slug) {
            let input = json!({ "slug": it.slug, "name": it.name, "description": it.description });
            of_entry(perform(cx, "permissions.create", input), "permissions", n, &it.slug)?;
        }
    }
    Ok(())
}

fn make_roles(cx: &mut Cx<'_>, seed: &Seed) -> Result<()> {
    let there = perform(cx, "roles.list", json!({}))?;
    let there = there["data"].as_array().cloned().unwrap_or_default();
    for (n, it) in seed.roles.iter().enumerate().filter(|it| !it.1.is_of_organization()) {
        if !is_there(&there, "slug", &it.slug) {
            let input = json!({ "slug": it.slug, "name": it.name, "description": it.description });
            of_entry(perform(cx, "roles.create", input), "roles", n, &it.slug)?;
        }
        let of_role = there.iter().find(|role| role["slug"] == it.slug.as_str());
        if !it.permissions.is_empty() && of_role.is_none_or(is_untouched) {
            let input = json!({ "slug": it.slug, "permissions": it.permissions });
            of_entry(perform(cx, "roles.set_permissions", input), "roles", n, &it.slug)?;
        }
    }
    Ok(())
}

/// Whether a role holds nothing, or what every environment begins with: nobody has said what it may.
fn is_untouched(role: &Value) -> bool {
    let held: BTreeSet<&str> =
        role["permissions"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    held.is_empty() || held == permissions::system_slugs().collect()
}

fn make_user(
    cx: &mut Cx<'_>,
    it: &model::User,
    hashes: &BTreeMap<String, PasswordHash>,
) -> Result<()> {
    if users::get_by_email(cx, &it.email)?.is_some() {
        return Ok(());
    }
    let mut new = users::NewUser {
        id: it.id.as_deref().map(UserId::parse).transpose()?,
        email: it.email.clone(),
        email_verified: it.email_verified,
        first_name: it.first_name.clone(),
        last_name: it.last_name.clone(),
        ..users::NewUser::default()
    };
    if let Some(text) = &it.external_id {
        new.external_id = Some(ExternalId::parse(text)?);
    }
    new.metadata = Metadata::new(it.metadata.clone())?;
    let user = users::create(cx, new)?;
    if let Some(hash) = hashes.get(&it.email) {
        passwords::store(cx, &user.id, hash)?;
    }
    if let Some(secret) = &it.totp {
        vestibule_signin::factors::enroll_known(cx, &user, secret)?;
    }
    if let Some(model::Impersonator { email, reason }) = &it.impersonator
        && cx.sandbox().is_some()
    {
        let impersonator = Impersonator { email: email.clone(), reason: reason.clone() };
        vestibule_signin::sandbox::act_as(cx, &user.id, impersonator)?;
    }
    match &it.oauth_provider {
        Some(provider) => link(cx, &user, provider, it.oauth_idp_id.as_deref()),
        None => Ok(()),
    }
}

/// Links the account at a provider that the API has a word for.
fn link(cx: &mut Cx<'_>, user: &users::User, provider: &str, idp_id: Option<&str>) -> Result<()> {
    // The sign-in calls GitHub so, the list of identities otherwise.
    let name = if provider == "GitHubOAuth" { Provider::Github.name() } else { provider };
    let known = Provider::parse(name).ok_or_else(|| {
        Error::plain(Kind::Invalid, format!("'{provider}' is no provider, such as GoogleOAuth"))
    })?;
    let new = NewIdentity {
        user_id: user.id.clone(),
        provider: known.name().to_owned(),
        idp_id: idp_id.unwrap_or(user.id.as_str()).to_owned(),
        email: user.email.clone(),
    };
    identities::link(cx, &new)
}

fn parse<T: serde::de::DeserializeOwned>(field: &str, value: Value) -> Result<T> {
    serde_json::from_value(value)
        .map_err(|it| Error::invalid_field(field, "invalid", format!("{field}: {it}")))
}

fn find_organization(cx: &mut Cx<'_>, name_or_id: &str) -> Result<Option<OrganizationId>> {
    if let Some(it) = organizations::get(cx, &OrganizationId::parse(name_or_id)?)? {
        return Ok(Some(it.id));
    }
    for it in all(cx, "organizations.list", &json!({ "search": name_or_id }))? {
        if it["name"] == name_or_id {
            return it["id"].as_str().map(OrganizationId::parse).transpose();
        }
    }
    Ok(None)
}

fn need_organization(cx: &mut Cx<'_>, name_or_id: &str) -> Result<OrganizationId> {
    find_organization(cx, name_or_id)?.ok_or_else(|| Error::not_found("Organization", &name_or_id))
}

fn need_user(cx: &mut Cx<'_>, email: &str) -> Result<users::User> {
    users::get_by_email(cx, email)?.ok_or_else(|| Error::not_found("User", &email))
}

fn make_organization(cx: &mut Cx<'_>, it: &model::Organization) -> Result<()> {
    let known = match (&it.id, &it.external_id) {
        (Some(id), _) => organizations::get(cx, &OrganizationId::parse(id)?)?.map(|it| it.id),
        (None, Some(external_id)) => {
            organizations::get_by_external_id(cx, external_id)?.map(|it| it.id)
        }
        (None, None) => find_organization(cx, &it.name)?,
    };
    let id = match known {
        Some(id) => id,
        None => new_organization(cx, it)?,
    };
    if !it.entitlements.is_empty() && organizations::entitlements(cx, &id)?.is_empty() {
        let input = json!({ "organization_id": id, "entitlements": it.entitlements });
        perform(cx, "organization_entitlements.set", input)?;
    }
    for (n, membership) in it.memberships.iter().enumerate() {
        of_entry(make_membership(cx, &id, membership), "memberships", n, &membership.email)?;
    }
    let groups = all(cx, "groups.list", &json!({ "organization_id": id }))?;
    for (n, group) in it.groups.iter().enumerate() {
        if !is_there(&groups, "name", &group.name) {
            of_entry(make_group(cx, &id, group), "groups", n, &group.name)?;
        }
    }
    Ok(())
}

fn new_organization(cx: &mut Cx<'_>, it: &model::Organization) -> Result<OrganizationId> {
    let mut domains = Vec::new();
    for domain in &it.domains {
        let (name, state) = match domain {
            Domain::Name(name) => (name, None),
            Domain::WithState { domain, state } => (domain, state.as_deref()),
        };
        domains.push(NewDomain {
            domain: DomainName::own(name).map_err(|it| it.error("domain", name))?,
            state: parse("state", json!(state.unwrap_or("pending")))?,
        });
    }
    let new = organizations::NewOrganization {
        id: it.id.as_deref().map(OrganizationId::parse).transpose()?,
        name: it.name.clone(),
        external_id: it.external_id.as_deref().map(ExternalId::parse).transpose()?,
        metadata: Metadata::new(it.metadata.clone())?,
        domains,
        allow_profiles_outside_organization: it.allow_profiles_outside_organization,
    };
    organizations::create(cx, new).map(|it| it.id)
}

fn make_membership(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
    it: &model::Membership,
) -> Result<()> {
    let user = match &it.user_id {
        Some(id) => users::find(cx, &UserId::parse(id)?)?,
        None => need_user(cx, &it.email)?,
    };
    if memberships::of_user_and_organization(cx, &user.id, organization)?.is_some() {
        return Ok(());
    }
    let status = match it.status.as_deref() {
        None | Some("active") => Status::Active,
        Some("inactive") => Status::Inactive,
        Some("pending") => Status::Pending,
        Some(other) => {
            let text = format!("a membership is active, inactive or pending, not '{other}'");
            return Err(Error::plain(Kind::Invalid, text));
        }
    };
    let new = NewMembership {
        user_id: user.id,
        organization_id: organization.clone(),
        role_slugs: it.role.iter().cloned().collect(),
        // One that is inactive was active before, and its events say so.
        status: if status == Status::Pending { status } else { Status::Active },
    };
    let made = memberships::create(cx, new)?;
    if status == Status::Inactive {
        let input = json!({ "id": made.id });
        perform(cx, "organization_memberships.deactivate", input)?;
    }
    Ok(())
}

fn make_group(cx: &mut Cx<'_>, organization: &OrganizationId, it: &model::Group) -> Result<()> {
    let input =
        json!({ "organization_id": organization, "name": it.name, "description": it.description });
    let group = perform(cx, "groups.create", input)?;
    for email in &it.members {
        let user = need_user(cx, email)?;
        let membership = memberships::of_user_and_organization(cx, &user.id, organization)?
            .ok_or_else(|| {
                Error::plain(Kind::Invalid, format!("{email} is not a member of the organization"))
            })?;
        let input = json!({
            "organization_id": organization,
            "group_id": group["id"],
            "organization_membership_id": membership.id,
        });
        perform(cx, "groups.add_member", input)?;
    }
    Ok(())
}

fn make_invitation(cx: &mut Cx<'_>, it: &model::Invitation) -> Result<()> {
    let organization = match &it.organization {
        Some(name) => Some(need_organization(cx, name)?),
        None => None,
    };
    let there = all(
        cx,
        "invitations.list",
        &without_null(json!({ "email": it.email, "organization_id": organization })),
    )?;
    if there.is_empty() {
        let input = json!({
            "email": it.email,
            "organization_id": organization,
            "role_slug": it.role,
        });
        perform(cx, "invitations.create", input)?;
    }
    Ok(())
}

fn make_api_keys(cx: &mut Cx<'_>, seed: &Seed) -> Result<()> {
    match &seed.api_keys {
        None => Ok(()),
        Some(ApiKeys::OfEnvironment(keys)) => {
            for value in keys.keys() {
                environment::ensure_key(cx, "Seed", &Secret::new(value))?;
            }
            Ok(())
        }
        Some(ApiKeys::OfCustomers(keys)) => {
            for (n, it) in keys.iter().enumerate() {
                of_entry(make_api_key(cx, it), "apiKeys", n, &it.name)?;
            }
            Ok(())
        }
    }
}

fn make_api_key(cx: &mut Cx<'_>, it: &model::ApiKey) -> Result<()> {
    let organization = match &it.organization {
        Some(name) => Some(need_organization(cx, name)?),
        None => None,
    };
    let owner = match (&it.user_id, organization) {
        (None, Some(id)) => Owner::Organization { id },
        (None, None) => {
            let text = "a key belongs to an organization or to a user_id";
            return Err(Error::plain(Kind::Invalid, text));
        }
        (Some(id), organization) => {
            let id = UserId::parse(id)?;
            let organization_id = match organization {
                Some(it) => it,
                None => only_organization(cx, &id)?,
            };
            Owner::User { id, organization_id }
        }
    };
    let expires_at = match &it.expires_at {
        Some(text) => Some(parse("expires_at", json!(text))?),
        None => None,
    };
    api_keys::ensure(
        cx,
        NewApiKey {
            owner,
            name: it.name.clone(),
            permissions: it.permissions.clone(),
            expires_at,
            value: it.value.as_deref().map(Secret::new),
        },
    )?;
    // Quirk: the emulator lets a customer's key open its API, and suites that were written for it
    // do so. Outside of a sandbox no such key does.
    match &it.value {
        Some(value) if cx.sandbox().is_some() => {
            environment::ensure_key(cx, &it.name, &Secret::new(value))
        }
        Some(_) | None => Ok(()),
    }
}

/// The organization of a user who is in one alone.
fn only_organization(cx: &mut Cx<'_>, user: &UserId) -> Result<OrganizationId> {
    let mut of_user = memberships::active_of_user(cx, user)?;
    match (of_user.pop(), of_user.pop()) {
        (Some(only), None) => Ok(only.organization_id),
        _ => Err(Error::plain(Kind::Invalid, "name the organization that the user's key is for")),
    }
}

fn make_webhook_endpoints(cx: &mut Cx<'_>, seed: &Seed) -> Result<()> {
    let there = all(cx, "webhook_endpoints.list", &json!({}))?;
    let wanted = seed.webhook_endpoints.iter().filter(|it| it.enabled != Some(false));
    for (n, it) in wanted.enumerate() {
        if !is_there(&there, "endpoint_url", &it.endpoint_url) {
            let new = NewEndpoint {
                endpoint_url: it.endpoint_url.clone(),
                events: it.events.clone(),
                secret: it.secret.as_deref().map(Secret::new),
            };
            let done = vestibule_record::webhooks::create(cx, new);
            of_entry(done, "webhookEndpoints", n, &it.endpoint_url)?;
        }
    }
    Ok(())
}

/// The hooks that are not there yet; a hook that was used up stays so until the next reset.
fn make_error_hooks(cx: &mut Cx<'_>, seed: &Seed) -> Result<()> {
    if cx.sandbox().is_none() {
        return Ok(());
    }
    let there = sandbox::hooks(cx)?;
    for (n, it) in seed.error_hooks.iter().enumerate() {
        let model::ErrorHook { method, path, status, body, count } = it;
        if there.iter().any(|it| (&it.method, &it.path, it.status) == (method, path, *status)) {
            continue;
        }
        let input = json!({
            "method": method, "path": path, "status": status, "body": body, "count": count,
        });
        of_entry(perform(cx, "error_hooks.create", input), "errorHooks", n, path)?;
    }
    Ok(())
}
