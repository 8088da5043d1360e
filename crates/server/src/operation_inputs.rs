//! What each operation that changes something is given where it is to succeed.
use serde_json::{Map, Value, json};
use vestibule_kernel::id::ClientId;
use vestibule_kernel::testing::World;
use vestibule_messages::inbox;
use vestibule_signin::authenticate::federated::Account;
use vestibule_signin::authorize::codes::{self, NewCode, Subject};

use super::authenticator::Authenticator;
use super::environment_tests::{
    PASSKEYS_AT, Samples, audit_log_event, new_certificate, webhook_replay,
};

/// A PNG of one pixel.
pub(super) const PICTURE: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9\
                       awAAAABJRU5ErkJggg==";
/// What some operations need besides the samples.
pub(super) struct Further {
    unverified: String,
    membership: String,
    inactive_membership: String,
    full_group: String,
    second_redirect: String,
    /// A sign-up that waits for a code to a telephone: its token, and whose it is.
    risky: (Value, Value),
    failing_stream: String,
}

impl Further {
    pub(super) fn make(world: &World, samples: &Samples) -> Self {
        let call = |id: &str, input: Value| {
            world.call(id, input).unwrap_or_else(|it| panic!("{id}: {it:?}"))
        };
        let organization = samples.of("organizations");
        let text = |value: &Value| value["id"].as_str().unwrap().to_owned();
        call("users.create", json!({ "email": "three@one.test" }));
        let user = call("users.create", json!({ "email": "away@one.test" }));
        let membership = json!({ "organization_id": organization, "user_id": user["id"] });
        let membership = text(&call("organization_memberships.create", membership));
        call("organization_memberships.deactivate", json!({ "id": membership }));
        let group = json!({ "organization_id": organization, "name": "Full" });
        let group = text(&call("groups.create", group));
        call(
            "groups.add_member",
            json!({
                "organization_id": organization, "group_id": group,
                "organization_membership_id": samples.of("organization_memberships"),
            }),
        );
        call("permissions.create", json!({ "slug": "two:read", "name": "Read" }));
        call("resource_types.create", json!({ "slug": "spare", "name": "Spare" }));
        call(
            "roles.create",
            json!({ "slug": "lead", "name": "Lead", "resource_type_slug": "project" }),
        );
        call(
            "organization_roles.add_permission",
            json!({ "organization_id": organization, "role_slug": "org-own", "slug": "one:read" }),
        );
        let blocked = json!({ "type": "domain", "action": "block", "entry": "one.test" });
        call("radar_lists.add", blocked);
        let redirect = json!({ "uri": "https://one.test/other" });
        call("actions.set", unasked_action());
        Self {
            unverified: samples.of("unverified").to_owned(),
            membership: samples.of("organization_memberships").to_owned(),
            inactive_membership: membership,
            full_group: group,
            second_redirect: text(&call("redirect_uris.create", redirect)),
            risky: Self::risky(world),
            failing_stream: Self::failing_stream(world, organization),
        }
    }

    /// A log stream whose receiver does not take what waits for it.
    fn failing_stream(world: &World, organization: &str) -> String {
        let call = |id: &str, input: Value| {
            world.call(id, input).unwrap_or_else(|it| panic!("{id}: {it:?}"))
        };
        let to = json!({ "url": "https://logs.example/" });
        let input = json!({ "organization_id": organization, "generic_https": to });
        let stream = call("audit_log_streams.create", input)["id"].as_str().unwrap().to_owned();
        let mut event = audit_log_event("one.done");
        event["actor"]["id"] = json!("another");
        call("audit_log_events.create", json!({ "organization_id": organization, "event": event }));
        vestibule_record::audit_logs::seal(&world.app).unwrap();
        let id = stream.clone();
        let failed = world.flow().write(move |cx| {
            let sql = "UPDATE audit_log_streams SET state = 'error'
                       WHERE environment_id = $1 AND id = $2";
            let values = [cx.environment.into(), id.as_str().into()];
            cx.db().execute(sql, &values)
        });
        assert_eq!(failed.unwrap(), 1);
        stream
    }

    fn risky(world: &World) -> (Value, Value) {
        let call = |id: &str, input: Value| {
            world.call(id, input).unwrap_or_else(|it| panic!("{id}: {it:?}"))
        };
        let judge = |on: bool| {
            let policy = json!({ "sign_in": on, "challenge": "sms", "bot_detection": "challenge" });
            call("radar_policy.update", policy);
        };
        judge(true);
        let asked = json!({ "email": "risky@new.test", "user_agent": "curl/8" });
        let asked = call("magic_auth.create", asked);
        let input = json!({
            "grant_type": "urn:workos:oauth:grant-type:magic-auth:code",
            "client_id": "client_01", "client_secret": world.key.reveal(), "user_agent": "curl/8",
            "email": "risky@new.test", "code": asked["code"],
            "radar_auth_attempt_id": asked["radar_auth_attempt_id"],
        });
        let refused = world.call("user_management.authenticate", input).unwrap_err().body();
        judge(false);
        (refused["pending_authentication_token"].clone(), refused["user"]["id"].clone())
    }

    /// What an operation is given besides, or in place of, the samples that its fields name.
    pub(super) fn given(&self, id: &str) -> Map<String, Value> {
        let given = match id.split_once('.').unwrap_or_default().0 {
            "redirect_uris"
                if matches!(id, "redirect_uris.delete" | "redirect_uris.make_default") =>
            {
                json!({ "id": self.second_redirect })
            }
            "organizations" | "organization_domains" => of_organizations(id),
            "permissions" | "roles" | "role_settings" | "organization_roles" => of_roles(id),
            "organization_memberships" | "groups" => self.of_members(id),
            "authorization_settings" => json!({ "exclusions": false }),
            "resource_types"
            | "authorization_resources"
            | "role_assignments"
            | "group_role_assignments" => of_authorization(id),
            "email_verification" => json!({ "id": self.unverified }),
            "radar_attempts" | "radar_lists" | "radar_policy" => of_radar(id),
            "actions" => unasked_action(),
            "audit_log_streams" if id == "audit_log_streams.skip" => {
                json!({ "id": self.failing_stream })
            }
            "radar_challenges" => json!({
                "pending_authentication_token": self.risky.0, "user_id": self.risky.1,
                "phone_number": "+15555550100",
            }),
            _ => of_others(id),
        };
        given.as_object().cloned().unwrap_or_default()
    }

    fn of_members(&self, id: &str) -> Value {
        match id {
            "organization_memberships.create" => json!({ "user_id": self.unverified }),
            "organization_memberships.update" => json!({ "role_slug": "own" }),
            "organization_memberships.reactivate" => json!({ "id": self.inactive_membership }),
            "groups.create" => json!({ "name": "Another", "description": "Of some" }),
            "groups.update" => json!({ "name": "Renamed" }),
            "groups.change_members" => json!({ "add": [self.membership] }),
            "groups.delete" | "groups.remove_member" => json!({ "group_id": self.full_group }),
            _ => Value::Null,
        }
    }
}

fn of_organizations(id: &str) -> Value {
    let domain = |name: &str, state: &str| json!([{ "domain": name, "state": state }]);
    match id {
        "organizations.create" => json!({
            "name": "Two", "external_id": "ext-two", "metadata": { "plan": "gold" },
            "domain_data": domain("two-company.com", "verified"),
        }),
        "organizations.update" => json!({
            "name": "Renamed", "external_id": "ext-new", "metadata": { "plan": "gold" },
            "stripe_customer_id": "cus_1", "domain_data": domain("new-company.com", "pending"),
        }),
        "organization_domains.create" => json!({ "domain": "other-company.com" }),
        _ => Value::Null,
    }
}

fn of_roles(id: &str) -> Value {
    match id {
        "permissions.create" => json!({ "slug": "three:read", "name": "Read" }),
        "roles.create" => json!({ "slug": "two", "name": "Two" }),
        "organization_roles.create" => json!({ "slug": "org-two", "name": "Two" }),
        "permissions.update" | "roles.update" | "organization_roles.update" => {
            json!({ "name": "Renamed", "description": "What it is for" })
        }
        "roles.add_permission" | "organization_roles.add_permission" => {
            json!({ "slug": "two:read" })
        }
        "roles.set_permissions" | "organization_roles.set_permissions" => {
            json!({ "permissions": ["two:read"] })
        }
        "roles.set_priority" => json!({ "slugs": ["own", "member", "admin"] }),
        "role_settings.update" => json!({ "multiple_roles": true }),
        "organization_roles.set_priority" => json!({ "slugs": ["org-own"] }),
        "organization_roles.set_default" => json!({ "slug": "org-own" }),
        _ => Value::Null,
    }
}

/// An action that is not asked, with an endpoint that nobody answers at.
fn unasked_action() -> Value {
    json!({
        "type": "user_registration", "endpoint_url": "http://127.0.0.1:1/", "status": "disabled",
    })
}

fn of_radar(id: &str) -> Value {
    match id {
        "radar_attempts.create" => json!({
            "ip_address": "198.51.100.42", "user_agent": "curl/8", "email": "one@one.test",
            "auth_method": "Password", "action": "sign-up",
        }),
        "radar_attempts.update" => {
            json!({ "attempt_status": "success", "challenge_status": "success" })
        }
        "radar_lists.add" => {
            json!({ "type": "domain", "action": "block", "entry": "two.test" })
        }
        "radar_lists.remove" => {
            json!({ "type": "domain", "action": "block", "entry": "one.test" })
        }
        "radar_policy.update" => json!({ "sign_in": true, "bot_detection": "block" }),
        _ => Value::Null,
    }
}

fn of_authorization(id: &str) -> Value {
    match id {
        "resource_types.create" => json!({ "slug": "app", "name": "App", "parents": ["project"] }),
        "resource_types.update" => {
            json!({ "name": "Renamed", "parents": ["organization", "project"] })
        }
        "resource_types.delete" => json!({ "slug": "spare" }),
        "authorization_resources.create" => json!({
            "resource_type_slug": "project", "external_id": "ext-other", "name": "Other",
        }),
        "authorization_resources.update" | "authorization_resources.update_by_external_id" => {
            json!({ "name": "Renamed", "description": "What it is" })
        }
        "authorization_resources.delete" | "authorization_resources.delete_by_external_id" => {
            json!({ "cascade_delete": true })
        }
        "role_assignments.create" | "group_role_assignments.create" => {
            json!({ "role_slug": "lead" })
        }
        "group_role_assignments.replace" => json!({ "role_assignments": [] }),
        "group_role_assignments.change" => json!({ "add": [{ "role_slug": "admin" }] }),
        _ => Value::Null,
    }
}

fn of_others(id: &str) -> Value {
    match id {
        "agent_tokens.create" => {
            json!({ "name": "Other", "effects": ["read"], "operations": ["users.*"] })
        }
        "agent_tokens.update" => json!({ "effects": ["read"], "calls_per_minute": 10 }),
        "approvers.create" => json!({ "name": "Ada" }),
        "email_change.send" => json!({ "new_email": "new@one.test" }),
        "invitations.create" => json!({ "email": "four@one.test" }),
        "user_management.authorize" => json!({
            "client_id": "client_01", "redirect_uri": "https://one.test/callback",
            "response_type": "code", "provider": "authkit",
        }),
        "user_management.authorize_device" => json!({ "client_id": "client_01" }),
        "cors_origins.create" => json!({ "origin": "https://app.one.test" }),
        "auth_factors.enroll" => json!({ "totp_issuer": "One", "totp_user": "one@one.test" }),
        "password_reset.create" => json!({ "email": "one@one.test" }),
        "sign_in_policy.update" => json!({ "sign_up": "closed" }),
        "organization_sign_in_policy.update" => json!({ "sso_required": true }),
        "application_urls.update" => json!({ "sign_in_url": "https://one.test/sign-in" }),
        "mail_settings.update" => json!({ "magic_auth": false }),
        "invitation_settings.update" => json!({ "blocked_organization_ids": [] }),
        "group_limits.update" => json!({ "members_max": 20 }),
        "password_policy.update" => json!({ "length_min": 12 }),
        "organization_password_policy.update" => json!({ "score_min": 4 }),
        "token_claims.update" => json!({ "permissions": false }),
        "impersonations.create" => json!({ "impersonator_email": "help@one.test" }),
        "redirect_uris.create" => json!({ "uri": "https://two.test/callback" }),
        "app_homepage_url.update" => json!({ "url": "https://one.test" }),
        "sign_out_redirects.update" => json!({ "uris": ["https://one.test/bye"] }),
        "jwt_template.update" => json!({ "content": "{\"plan\": \"gold\"}" }),
        "organization_api_keys.create" => {
            json!({ "name": "Another", "permissions": ["one:read"] })
        }
        "user_api_keys.create" => json!({ "name": "Another" }),
        "feature_flags.create" => json!({
            "slug": "two-flag", "name": "Two", "tags": ["two"], "owner": { "email": "two@one.test" },
        }),
        "feature_flags.update" => json!({ "name": "Another", "default_value": true }),
        "organization_entitlements.set" => json!({ "entitlements": ["sso", "audit-logs"] }),
        "webhook_endpoints.create" => json!({
            "endpoint_url": "https://two.test/hook", "events": ["user.created"],
        }),
        "connections.create_saml_idp_signing_cert" => json!({ "value": new_certificate().0 }),
        "connection_configuration.update" => {
            json!({ "group_roles": [{ "group": "Admins", "role_slug": "own" }] })
        }
        "passwordless_sessions.create" => json!({ "type": "MagicLink", "email": "six@one.test" }),
        "portal_links.create" => json!({ "intent": "sso" }),
        "portal_links.revoke" => json!({ "external_user_id": "one" }),
        "waitlist_entries.create" => json!({ "email": "six@one.test" }),
        "waitlist_settings.update" => json!({ "confirmation_email": false }),
        "branding.update" => json!({ "application_name": "One" }),
        "branding.set_image" => json!({ "content": PICTURE }),
        "sandbox.update" => json!({ "approve_device_codes": true }),
        "sandbox.move_clock" => json!({ "seconds": 60 }),
        "error_hooks.create" => json!({ "method": "*", "path": "/gone", "status": 410 }),
        "audit_log_schemas.create" => json!({ "targets": [{ "type": "two" }] }),
        "audit_log_exports.create" => json!({
            "range_start": "2026-01-01T00:00:00.000Z", "range_end": "2026-01-15T12:00:00.000Z",
        }),
        "audit_logs_retention.set" => json!({ "retention_period_in_days": 30 }),
        "audit_log_streams.create" => json!({
            "generic_https": { "url": "https://logs.one.test", "headers": { "x-key": "secret" } },
        }),
        "audit_log_streams.update" => json!({ "state": "inactive" }),
        "webhook_policy.update" => json!({ "timeout_ms": 1000 }),
        "event_policy.update" => json!({ "kept_days": 30 }),
        "webhook_endpoints.update" => json!({
            "status": "disabled", "events": ["user.deleted"],
        }),
        _ => Value::Null,
    }
}
/// Every flow with an input that it accepts, in an order in which each finds what it needs.
pub(super) fn flows(world: &World, samples: &Samples) -> Vec<(&'static str, Value)> {
    let call =
        |id: &str, input: Value| world.call(id, input).unwrap_or_else(|it| panic!("{id}: {it:?}"));
    let id_of = |segment: &str| json!({ "id": samples.of(segment) });
    let user = json!(samples.of("unverified"));
    let verification = call("email_verification.get", id_of("email_verification"));
    let magic = call("magic_auth.get", id_of("magic_auth"));
    let reset = call("password_reset.get", id_of("password_reset"));
    call("email_change.send", json!({ "id": user, "new_email": "new@one.test" }));
    world.drain();
    let mail = world.flow().read(inbox::list).unwrap().remove(0);
    let change = mail.text.split(|it: char| !it.is_ascii_digit()).find(|it| it.len() == 6);
    let grant = |more: Value| {
        let secret = world.key.reveal();
        let mut input = json!({ "client_id": "client_01", "client_secret": secret });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let password = grant(json!({
        "grant_type": "password", "email": "one@one.test", "password": "a-long-password-4100",
    }));
    let session = call("user_management.authenticate", password.clone());
    let authenticate = "user_management.authenticate";
    call("actions.set", unasked_action());
    vec![
        ("jwks.get", json!({ "clientId": "client_01" })),
        ("events.list", json!({ "events": ["user.created"] })),
        ("webhook_endpoints.test", id_of("webhook_endpoints")),
        ("webhook_replays.create", webhook_replay(samples.of("webhook_endpoints"))),
        ("api_keys.validate", json!({ "value": samples.of("api_key_value") })),
        (
            "users.create",
            json!({
                "email": "five@one.test", "password": "a-long-password-4100",
                "external_id": "ext-five", "metadata": { "plan": "gold" },
            }),
        ),
        (
            "users.update",
            json!({
                "id": user, "first_name": "Ada", "metadata": { "plan": "gold" },
                "password": "another-long-password-4100",
            }),
        ),
        ("actions.test", json!({ "type": "user_registration" })),
        ("magic_auth.create", json!({ "email": "three@one.test" })),
        ("email_verification.confirm", json!({ "id": user, "code": verification["code"] })),
        ("email_change.confirm", json!({ "id": user, "code": change })),
        (authenticate, password),
        (
            authenticate,
            grant(json!({
                "grant_type": "refresh_token", "refresh_token": session["refresh_token"],
            })),
        ),
        (
            authenticate,
            grant(json!({
                "grant_type": "urn:workos:oauth:grant-type:magic-auth:code",
                "email": "one@one.test", "code": magic["code"],
            })),
        ),
        (
            "connections.create",
            super::environment_tests::new_connection(world, samples.of("organizations")),
        ),
        (
            "connections.create_saml_sp_encryption_cert",
            json!({ "connection_id": samples.of("saml_connections") }),
        ),
        (
            "connections.create_saml_sp_signing_cert",
            json!({ "connection_id": samples.of("unsigned_connections") }),
        ),
        (
            "connections.update",
            json!({ "id": samples.of("connections"), "name": "Renamed", "external_id": "ext-1" }),
        ),
        (
            "social_providers.set",
            json!({ "provider": "GitHubOAuth", "client_id": "one", "client_secret": "secret" }),
        ),
        (
            "sso.authorize",
            json!({
                "client_id": "client_01", "redirect_uri": "https://one.test/callback",
                "response_type": "code", "provider": "GoogleOAuth",
            }),
        ),
        (
            "sso.token",
            grant(json!({ "grant_type": "authorization_code", "code": single_sign_on(world) })),
        ),
        ("passkeys.finish_registration", new_passkey(world, samples)),
        (
            "passkeys.finish_authentication",
            serde_json::from_str(samples.of("passkey_answer")).unwrap(),
        ),
        ("passkeys.finish_enrollment", offered_passkey(world)),
        ("sessions.logout", json!({ "session_id": samples.of("sessions") })),
        (
            "password_reset.confirm",
            json!({
                "token": reset["password_reset_token"],
                "new_password": "another-long-password-4100",
            }),
        ),
        (
            "audit_log_events.create",
            json!({
                "organization_id": samples.of("organizations"),
                "event": audit_log_event("one.done"),
            }),
        ),
        ("audit_log_checkpoints.create", json!({ "organization_id": samples.of("organizations") })),
        ("audit_log_keys.get", json!({})),
        ("audit_log_streams.test", json!({ "id": samples.of("streams") })),
        (
            "widget_tokens.create",
            json!({
                "user_id": samples.of("users"), "organization_id": samples.of("organizations"),
            }),
        ),
        ("sandbox_messages.list", json!({})),
        ("sandbox.reset", json!({ "seed": { "users": [{ "email": "one@seed.test" }] } })),
    ]
}

/// An answer with which a passkey is registered.
fn new_passkey(world: &World, samples: &Samples) -> Value {
    let asked = json!({ "user_id": samples.of("users") });
    let asked = world.call("passkeys.begin_registration", asked).unwrap();
    let credential = Authenticator::new(PASSKEYS_AT).create(&asked["public_key"]);
    json!({ "challenge": asked["challenge"], "credential": credential })
}

/// A sign-in that stands at the offer of a passkey.
fn offered_passkey(world: &World) -> Value {
    let set = |input: Value| world.call("passkey_settings.update", input).unwrap();
    set(json!({ "progressive_enrollment": "everywhere" }));
    let input = json!({
        "client_id": "client_01", "client_secret": world.key.reveal(), "grant_type": "password",
        "email": "one@one.test", "password": "a-long-password-4100",
    });
    let error = world.call("user_management.authenticate", input).unwrap_err();
    set(json!({ "progressive_enrollment": "off" }));
    json!({ "pending_authentication_token": error.body()["pending_authentication_token"] })
}

/// A code of the single sign-on API.
fn single_sign_on(world: &World) -> String {
    let issued = world.flow().write(|cx| {
        let account: Account = serde_json::from_value(json!({
            "method": "GoogleOAuth", "provider": "GoogleOAuth", "idp_id": "1",
            "email": "one@one.test", "email_verified": true, "profile_id": "prof_1",
        }))
        .unwrap();
        codes::issue(
            cx,
            &NewCode {
                client_id: &ClientId::parse("client_01")?,
                redirect_uri: "https://one.test/callback",
                code_challenge: None,
                subject: Subject::Account(&account),
            },
        )
    });
    issued.unwrap().reveal().to_owned()
}
