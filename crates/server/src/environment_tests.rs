//! No operation tells what another environment has from what nobody has.
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use vestibule_kernel::Request;
use vestibule_kernel::catalog::Entry;
use vestibule_kernel::id::UserId;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::testing::{World, each_engine};
use vestibule_people::identities::{self, NewIdentity};
use vestibule_saml::KeyPair;

use super::authenticator::Authenticator;
use super::tests::domains;

/// Where the pages of a test world are, as browsers call it.
pub(super) const PASSKEYS_AT: &str = "http://localhost:4100";

/// One of everything, by the segment of the path that comes before its id.
pub(super) struct Samples(BTreeMap<&'static str, String>);

impl Samples {
    pub(super) fn make(world: &World) -> Self {
        let mut it = Self(BTreeMap::new());
        // Nobody is in yet, so that it can become one.
        world.call("sandbox.enable", json!({})).unwrap();
        let input = json!({ "method": "GET", "path": "/nowhere", "status": 500 });
        it.keep(world, ("error_hooks", "/id"), "error_hooks.create", input);
        it.make_people(world);
        it.make_access(world);
        it.make_authorization(world);
        it.make_sign_in(world);
        it.make_passkey(world);
        it.make_audit_log(world);
        it.make_agents(world);
        it
    }

    /// An action and an event of it, an export and a stream.
    fn make_audit_log(&mut self, world: &World) {
        let action = "one.done";
        self.0.insert("actions", action.to_owned());
        let input = json!({ "actionName": action, "targets": [{ "type": "one" }] });
        world.call("audit_log_schemas.create", input).unwrap();
        let input =
            json!({ "organization_id": self.0["organizations"], "event": audit_log_event(action) });
        world.call("audit_log_events.create", input).unwrap();
        let input = json!({ "organization_id": self.0["organizations"] });
        self.keep(world, ("audit_log_events", "/data/0/id"), "audit_log_events.list", input);
        self.keep(world, ("events", "/data/0/id"), "events.list", json!({}));
        let input = audit_log_range(&self.0["organizations"]);
        self.keep(world, ("exports", "/id"), "audit_log_exports.create", input);
        let input = json!({
            "organization_id": self.0["organizations"],
            "splunk": { "url": "http://127.0.0.1:1", "token": "a-token-of-splunk" },
        });
        self.keep(world, ("streams", "/id"), "audit_log_streams.create", input);
        world.drain();
    }

    /// A token, what its agent asks, and somebody to approve it.
    fn make_agents(&mut self, world: &World) {
        let input = json!({ "name": "Helper", "effects": ["write"], "approvals": ["write"] });
        let made = self.keep(world, ("agent_tokens", "/id"), "agent_tokens.create", input);
        let request = Request {
            credential: Some(Secret::new(made["value"].as_str().unwrap())),
            ..Request::default()
        };
        let input = json!({ "name": "Asked for" });
        let refused = world.call_as(request, "organizations.create", input).unwrap_err();
        let asked = refused.extra("approval").unwrap()["id"].as_str().unwrap();
        self.0.insert("approvals", asked.to_owned());
        let input = json!({ "name": "Grace" });
        self.keep(world, ("approvers", "/id"), "approvers.create", input);
    }

    /// A passkey, and an answer with which it signs in.
    fn make_passkey(&mut self, world: &World) {
        let mut device = Authenticator::new(PASSKEYS_AT);
        let asked = json!({ "user_id": self.0["unverified"] });
        let asked = world.call("passkeys.begin_registration", asked).unwrap();
        let input = json!({
            "challenge": asked["challenge"], "credential": device.create(&asked["public_key"]),
        });
        self.keep(world, ("passkeys", "/id"), "passkeys.finish_registration", input);
        let asked = world.call("passkeys.begin_authentication", json!({})).unwrap();
        let answer = json!({
            "challenge": asked["challenge"], "credential": device.get(&asked["public_key"]),
        });
        self.0.insert("passkey_answer", answer.to_string());
    }

    /// Makes something and keeps the text at `pointer` of the reply as the sample of `segment`.
    fn keep(
        &mut self,
        world: &World,
        (segment, pointer): (&'static str, &str),
        operation: &str,
        input: Value,
    ) -> Value {
        let made = world.call(operation, input).unwrap_or_else(|it| panic!("{operation}: {it:?}"));
        let text = made.pointer(pointer).and_then(Value::as_str);
        let text = text.unwrap_or_else(|| panic!("{operation} replies {made}"));
        self.0.insert(segment, text.to_owned());
        made
    }

    fn make_people(&mut self, world: &World) {
        let input = json!({ "name": "One", "external_id": "ext-org" });
        self.keep(world, ("organizations", "/id"), "organizations.create", input);
        let organization = self.0["organizations"].clone();
        self.0.insert("external_id", "ext-org".to_owned());
        let input = json!({ "email": "two@one.test" });
        self.keep(world, ("unverified", "/id"), "users.create", input);
        let input = json!({
            "email": "one@one.test", "external_id": "ext-user", "email_verified": true,
            "password": "a-long-password-4100",
        });
        self.keep(world, ("users", "/id"), "users.create", input);
        let user = self.0["users"].clone();
        let link = NewIdentity {
            user_id: UserId::parse(&user).unwrap(),
            provider: "GoogleOAuth".to_owned(),
            idp_id: "1".to_owned(),
            email: "one@one.test".to_owned(),
        };
        world.flow().write(move |cx| identities::link(cx, &link)).unwrap();
        let link = ("linked_accounts", "/data/0/id");
        self.keep(world, link, "users.list_linked_accounts", json!({ "id": user }));
        let input = json!({ "organization_id": organization, "domain": "one-company.com" });
        self.keep(world, ("organization_domains", "/id"), "organization_domains.create", input);
        let input = json!({ "organization_id": organization, "user_id": user });
        let membership = ("organization_memberships", "/id");
        self.keep(world, membership, "organization_memberships.create", input);
        let input = json!({ "organization_id": organization, "name": "Group" });
        self.keep(world, ("groups", "/id"), "groups.create", input);
        let input = json!({ "email": "three@one.test", "organization_id": organization });
        let invitation = self.keep(world, ("invitations", "/id"), "invitations.create", input);
        let input = json!({ "id": "default", "email": "waits@one.test" });
        let entry = self.keep(world, ("waitlist_entries", "/id"), "waitlist_entries.create", input);
        self.0.insert("waitlists", entry["waitlist_id"].as_str().unwrap().to_owned());
        let token = invitation["token"].as_str().unwrap().to_owned();
        self.0.insert("by_token", token);
    }

    fn make_access(&mut self, world: &World) {
        let organization = self.0["organizations"].clone();
        let input = json!({ "slug": "one:read", "name": "Read" });
        self.keep(world, ("permissions", "/slug"), "permissions.create", input);
        let input = json!({ "slug": "own", "name": "Own" });
        self.keep(world, ("roles", "/slug"), "roles.create", input);
        let input = json!({ "organization_id": organization, "name": "Own", "slug": "org-own" });
        self.keep(world, ("organization_roles", "/slug"), "organization_roles.create", input);
        let input = json!({ "organization_id": organization, "name": "Key" });
        let key = self.keep(world, ("api_keys", "/id"), "organization_api_keys.create", input);
        self.0.insert("api_key_value", key["value"].as_str().unwrap().to_owned());
        let input = json!({ "endpoint_url": "https://one.test/hook", "events": ["user.created"] });
        self.keep(world, ("webhook_endpoints", "/id"), "webhook_endpoints.create", input);
        let input = json!({ "slug": "one-flag", "name": "Flag" });
        let flag = self.keep(world, ("feature_flags", "/slug"), "feature_flags.create", input);
        self.0.insert("feature-flags", flag["slug"].as_str().unwrap().to_owned());
        self.0.insert("targets", organization.clone());
        let input = webhook_replay(&self.0["webhook_endpoints"]);
        self.keep(world, ("webhook_replays", "/id"), "webhook_replays.create", input);
        world.drain();
        let deliveries = ("webhook_deliveries", "/data/0/id");
        self.keep(world, deliveries, "webhook_deliveries.list", json!({}));
    }

    fn make_authorization(&mut self, world: &World) {
        let organization = self.0["organizations"].clone();
        let input = json!({ "slug": "project", "name": "Project" });
        self.keep(world, ("resource_types", "/slug"), "resource_types.create", input);
        let input = json!({ "slug": "worker", "name": "Worker", "resource_type_slug": "project" });
        self.keep(world, ("resource_roles", "/slug"), "roles.create", input);
        let input = json!({
            "organization_id": organization, "resource_type_slug": "project",
            "external_id": "ext-resource", "name": "Resource",
        });
        let resource = ("resources", "/id");
        self.keep(world, resource, "authorization_resources.create", input);
        self.0.insert("resource_external_id", "ext-resource".to_owned());
        let held = json!({ "role_slug": "worker", "resource_id": self.0["resources"] });
        let mut input = held.clone();
        input["organization_membership_id"] = self.0["organization_memberships"].as_str().into();
        self.keep(world, ("role_assignments", "/id"), "role_assignments.create", input);
        world.call("authorization_settings.update", json!({ "exclusions": true })).unwrap();
        let input = json!({
            "organization_membership_id": self.0["organization_memberships"],
            "resource_id": self.0["resources"],
        });
        self.keep(world, ("exclusions", "/id"), "authorization_exclusions.create", input);
        let mut input = held;
        input["group_id"] = self.0["groups"].as_str().into();
        let of_group = ("group_role_assignments", "/id");
        self.keep(world, of_group, "group_role_assignments.create", input);
    }

    fn make_sign_in(&mut self, world: &World) {
        let user = self.0["users"].clone();
        let input = json!({
            "grant_type": "password", "client_id": "client_01",
            "client_secret": world.key.reveal(),
            "email": "one@one.test", "password": "a-long-password-4100",
        });
        world.call("user_management.authenticate", input).unwrap();
        self.keep(world, ("sessions", "/data/0/id"), "sessions.list", json!({ "id": user }));
        let input = json!({ "email": "one@one.test" });
        self.keep(world, ("password_reset", "/id"), "password_reset.create", input.clone());
        self.keep(world, ("magic_auth", "/id"), "magic_auth.create", input);
        let input =
            json!({ "provider": "GoogleOAuth", "client_id": "one", "client_secret": "secret" });
        let provider = ("social_providers", "/provider");
        self.keep(world, provider, "social_providers.set", input);
        let organization = self.0["organizations"].clone();
        let connection = ("connections", "/id");
        self.keep(world, connection, "connections.create", new_connection(world, &organization));
        self.make_saml(world, &organization);
        self.keep_profile(world);
        self.keep_challenge(world);
        let input = json!({
            "ip_address": "198.51.100.42", "user_agent": "Mozilla/5.0", "email": "one@one.test",
            "auth_method": "Password", "action": "sign-in",
        });
        self.keep(world, ("attempts", "/attempt_id"), "radar_attempts.create", input);
        let input = json!({ "uri": "https://one.test/callback" });
        self.keep(world, ("redirect_uris", "/id"), "redirect_uris.create", input);
        let input = json!({ "type": "MagicLink", "email": "one@one.test" });
        let link = ("passwordless_sessions", "/id");
        self.keep(world, link, "passwordless_sessions.create", input);
        let input = json!({ "organization": organization, "external_user_id": "one" });
        world.call("portal_links.create", input).unwrap();
        self.keep(world, ("portal_links", "/data/0/id"), "portal_links.list", json!({}));
        let input = json!({ "user_id": user, "type": "totp" });
        let factor = ("factors", "/authentication_factor/id");
        let made = self.keep(world, factor, "auth_factors.create", input);
        let challenge = made["authentication_challenge"]["id"].as_str().unwrap().to_owned();
        self.0.insert("challenges", challenge);
        let input = json!({ "id": self.0["unverified"] });
        world.call("email_verification.send", input).unwrap();
        let events = world.events();
        let sent = events.iter().find(|it| it.0 == "email_verification.created").unwrap();
        self.0.insert("email_verification", sent.1["id"].as_str().unwrap().to_owned());
    }

    /// A connection that speaks SAML, with certificates of each kind, and one that has no keys of ours.
    fn make_saml(&mut self, world: &World, organization: &str) {
        let unsigned = json!({
            "organization_id": organization,
            "saml_options": {
                "idp_sso_url": "https://idp.one.test/sso",
                "idp_signing_certs": [new_certificate().0, new_certificate().0],
            },
        });
        let mut signed = unsigned.clone();
        let pair = || {
            let (cert, key) = new_certificate();
            json!({ "cert": cert, "key": key })
        };
        signed["saml_options"]["sp_signing_key_pair"] = pair();
        signed["saml_options"]["sp_encryption_key_pairs"] = json!([pair()]);
        let connection = ("unsigned_connections", "/id");
        self.keep(world, connection, "connections.create", unsigned);
        let connection = ("saml_connections", "/id");
        self.keep(world, connection, "connections.create", signed);
        let of_it = json!({ "connection_id": self.0["saml_connections"] });
        for (segment, pointer, id) in [
            ("saml_idp_signing_certs", "/data/0/id", "list_saml_idp_signing_certs"),
            ("saml_sp_encryption_certs", "/data/0/id", "list_saml_sp_encryption_certs"),
            ("saml_sp_signing_cert", "/id", "get_saml_sp_signing_cert"),
        ] {
            self.keep(world, (segment, pointer), &format!("connections.{id}"), of_it.clone());
        }
    }

    /// What a connection has said of somebody, and a token to sign them out there.
    fn keep_profile(&mut self, world: &World) {
        let connection = self.0["connections"].clone();
        let kept = world.flow().write(move |cx| {
            let values = [cx.environment.into(), (&connection).into()];
            let sql = "INSERT INTO sso_profiles
                         (environment_id, id, connection_id, connection_type, idp_id, email,
                          raw_attributes, created_at, updated_at)
                       VALUES ($1, 'prof_1', $2, 'GenericOIDC', '1', 'one@one.test', '{}', 0, 0)";
            cx.db().execute(sql, &values)
        });
        kept.unwrap();
        self.0.insert("profiles", "prof_1".to_owned());
        let input = json!({ "profile_id": "prof_1" });
        let token = ("logout_token", "/logout_token");
        self.keep(world, token, "sso.authorize_logout", input);
    }

    /// The challenge of a sign-in that looked risky.
    fn keep_challenge(&mut self, world: &World) {
        let judge = |on: bool| {
            let policy = json!({ "sign_in": on, "bot_detection": "challenge" });
            world.call("radar_policy.update", policy).unwrap();
        };
        judge(true);
        let input = json!({
            "grant_type": "password", "client_id": "client_01",
            "client_secret": world.key.reveal(), "user_agent": "curl/8",
            "email": "one@one.test", "password": "a-long-password-4100",
        });
        let refused = world.call("user_management.authenticate", input).unwrap_err().body();
        judge(false);
        let id = refused["radar_challenge_id"].as_str().unwrap().to_owned();
        self.0.insert("radar_challenges", id);
    }

    /// The sample of this name.
    pub(super) fn of(&self, name: &str) -> &str {
        &self.0[name]
    }

    /// The value of the field of a path whose segment before it is `segment`.
    fn of_segment(&self, operation: &str, segment: &str) -> Option<&str> {
        match (operation, segment) {
            ("users.get_by_external_id", "external_id") => Some("ext-user"),
            ("audit_log_events.get", "events") => self.of_segment("", "audit_log_events"),
            ("passwordless_sessions.send", "sessions") => {
                self.of_segment("", "passwordless_sessions")
            }
            (_, "role_assignments") if operation.starts_with("group_") => {
                self.of_segment("", "group_role_assignments")
            }
            (_, "connections") if operation.contains("_saml_") => {
                self.of_segment("", "saml_connections")
            }
            (_, "{resource_type_slug}") => self.of_segment("", "resource_external_id"),
            (_, "organization-memberships") => self.of_segment("", "organization_memberships"),
            (_, "roles") if operation.starts_with("organization_") => {
                self.of_segment("", "organization_roles")
            }
            _ => self.0.get(segment).map(String::as_str),
        }
    }

    /// The value of a field of the query or the body that names something.
    fn of_field(&self, operation: &str, name: &str) -> Option<&str> {
        let segment = match name {
            "organization_id" | "organization" => "organizations",
            "user_id" | "inviter_user_id" => "users",
            "organization_membership_id" => "organization_memberships",
            "session_id" => "sessions",
            "invitation_token" => "by_token",
            "role_slug" if operation.contains("role_assignments") => "resource_roles",
            "role_slug" | "default_role" => "roles",
            "permission_slug" => "permissions",
            "resource_id" => "resources",
            "webhook_endpoint_id" => "webhook_endpoints",
            "agent_token_id" => "agent_tokens",
            "value" if operation == "api_keys.validate" => "api_key_value",
            "profile_id" => "profiles",
            "token" if operation == "sso.logout" => "logout_token",
            _ => return None,
        };
        self.of_segment("", segment)
    }
}

/// A certificate of a key that nobody had before, and the key.
pub(super) fn new_certificate() -> (String, String) {
    let pair = KeyPair::generate("one.test", 1_768_478_400_000).unwrap();
    (pair.certificate().pem.clone(), pair.private_key_pem().to_string())
}

/// A connection to an identity provider on this machine, which describes itself.
pub(super) fn new_connection(world: &World, organization: &str) -> Value {
    let issuer = world.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let described = json!({
            "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"),
            "end_session_endpoint": format!("{issuer}/sign-out"),
        });
        let describe = axum::routing::get(async move || axum::Json(described));
        let path = "/.well-known/openid-configuration";
        let router = axum::Router::new().route(path, describe);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        issuer
    });
    let provider = json!({ "discovery_endpoint": issuer, "client_id": "one", "client_secret": "a-secret-of-ours" });
    json!({ "organization_id": organization, "name": "Acme", "oidc_options": provider })
}

/// An event of an audit log.
pub(super) fn audit_log_event(action: &str) -> Value {
    json!({
        "action": action, "occurred_at": "2026-01-15T11:00:00.000Z",
        "actor": { "id": "one", "type": "user" }, "targets": [{ "id": "one", "type": "one" }],
        "context": { "location": "192.0.2.1" },
    })
}

/// An export of an audit log.
pub(super) fn audit_log_range(organization: &str) -> Value {
    json!({
        "organization_id": organization, "range_start": "2026-01-01T00:00:00.000Z",
        "range_end": "2026-01-15T12:00:00.000Z",
    })
}

/// A replay of what an endpoint missed.
pub(super) fn webhook_replay(endpoint: &str) -> Value {
    json!({
        "webhook_endpoint_id": endpoint, "range_start": "2026-01-15T00:00:00.000Z",
        "statuses": ["missed"],
    })
}

/// Operations that make what their path names.
const MAKE: [&str; 1] = ["audit_log_schemas.create"];

/// The input that names samples wherever it can, each as it is or with something added so that
/// nothing has it; nothing where the operation names nothing.
pub(super) fn input(entry: &Entry, samples: &Samples, unknown: bool) -> Option<Map<String, Value>> {
    let (mut input, mut words) = (Map::new(), Map::new());
    let named = |it: &str| Value::from(if unknown { format!("{it}X") } else { it.to_owned() });
    let segments: Vec<&str> = entry.op.route.1.split('/').collect();
    for pair in segments.windows(2) {
        let Some(name) = pair[1].strip_prefix('{').and_then(|it| it.strip_suffix('}')) else {
            continue;
        };
        // One of a few words names nothing that somebody has.
        if let Some(word) = first_word(&entry.schema["properties"][name]) {
            words.insert(name.to_owned(), word);
            continue;
        }
        let segment = if name == "resource_type_slug" { "resource_types" } else { pair[0] };
        let value = samples.of_segment(entry.op.id, segment);
        let value = value.unwrap_or_else(|| {
            panic!("{} has a path without a sample: {}", entry.op.id, entry.op.route.1)
        });
        input.insert(name.to_owned(), named(value));
    }
    let fields = entry.schema["properties"].as_object().cloned().unwrap_or_default();
    for name in fields.keys() {
        if let (false, Some(value)) =
            (input.contains_key(name), samples.of_field(entry.op.id, name))
        {
            input.insert(name.clone(), named(value));
        }
    }
    if input.is_empty() {
        return None;
    }
    input.extend(words);
    let required = entry.schema["required"].as_array().cloned().unwrap_or_default();
    for name in required.iter().filter_map(Value::as_str) {
        input.entry(name).or_insert_with(|| acceptable(name, &fields[name]));
    }
    Some(input)
}

/// The first of the words that a field takes, where it takes no others.
fn first_word(schema: &Value) -> Option<Value> {
    let word = schema["enum"][0].as_str().or_else(|| schema["oneOf"][0]["const"].as_str());
    word.map(Value::from)
}

/// Something that the schema of a field accepts.
fn acceptable(name: &str, schema: &Value) -> Value {
    match schema["type"].as_str() {
        Some("array") if schema["minItems"].as_u64() > Some(0) => json!(["123456"]),
        Some("array") => json!([]),
        Some("object") => json!({}),
        Some("integer") => json!(1),
        Some("boolean") => json!(true),
        _ => match (schema["const"].as_str(), schema["enum"][0].as_str()) {
            (Some(it), _) | (None, Some(it)) => json!(it),
            (None, None) if name.contains("email") => json!("x@x.test"),
            (None, None) => json!("123456"),
        },
    }
}

#[test]
fn what_another_environment_has_is_answered_as_what_nobody_has() {
    each_engine(domains(), |world| {
        let samples = Samples::make(world);
        let (_, key) = world.other_environment();
        let (mut by_path, mut by_field) = (0, 0);
        for entry in world.app.catalog().entries() {
            if !entry.op.access.takes_keys() || MAKE.contains(&entry.op.id) {
                continue;
            }
            let (Some(theirs), Some(nobodys)) =
                (input(entry, &samples, false), input(entry, &samples, true))
            else {
                continue;
            };
            let answer = |input: &Map<String, Value>| {
                let request = Request { credential: Some(key.clone()), ..Request::default() };
                let answer = world.call_as(request, entry.op.id, Value::Object(input.clone()));
                let (status, mut text) = match answer {
                    Ok(it) => (it.status, String::from_utf8(it.body).unwrap()),
                    Err(it) => (it.status(), it.body().to_string()),
                };
                for value in input.values().filter_map(Value::as_str) {
                    text = text.replace(value, "…");
                }
                (status, text)
            };
            let (of_theirs, of_nobodys) = (answer(&theirs), answer(&nobodys));
            assert_eq!(of_theirs, of_nobodys, "{} {theirs:?}", entry.op.id);
            if entry.op.route.path_fields().next().is_some() {
                assert_eq!(of_theirs.0, 404, "{}: {}", entry.op.id, of_theirs.1);
                by_path += 1;
            } else {
                by_field += 1;
            }
        }
        assert!(by_path > 60 && by_field > 10, "only {by_path} and {by_field} were tried");
        world.drain();
    });
}
