//! Widgets over HTTP, as pages of applications call them, over everything that the program serves.
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::testing::World;
use vestibule_kernel::{Error, Request as Asked, Result};

use super::oauth_tests::{Seen, Site, each, text};

mod attacks;
mod pages;
mod portal;
mod tokens;

const PASSWORD: &str = "Violet-Harbour-Quince-31";
const PAGE: &str = "https://app.acme.test";
const STREAM: &str = "/_widgets/admin-portal/audit-log-stream";
const SETTINGS: &str = "/_widgets/settings";
const SCOPE: &str = "widgets:audit-log-streaming:manage";

/// A member of an organization whose role may manage the streams of its audit log.
struct Member {
    user: String,
    email: String,
    organization: String,
    membership: String,
}

impl Member {
    fn of(world: &World) -> Self {
        let organization = call(world, "organizations.create", json!({ "name": "Acme" }));
        let role = json!({ "slug": "auditor", "name": "Auditor" });
        call(world, "roles.create", role);
        call(world, "roles.add_permission", json!({ "role_slug": "auditor", "slug": SCOPE }));
        Self::joins(world, text(&organization["id"]), "ada@acme.test", "auditor")
    }
    fn joins(world: &World, organization: &str, email: &str, role: &str) -> Self {
        let user = json!({ "email": email, "password": PASSWORD, "email_verified": true });
        let user = text(&call(world, "users.create", user)["id"]).to_owned();
        let membership = json!({
            "user_id": user, "organization_id": organization, "role_slug": role,
        });
        let membership = call(world, "organization_memberships.create", membership);
        Self {
            user,
            email: email.to_owned(),
            organization: organization.to_owned(),
            membership: text(&membership["id"]).to_owned(),
        }
    }
    /// A token for widgets.
    fn token(&self, world: &World) -> String {
        let token = self.asks(world, json!({ "scopes": [SCOPE] })).unwrap();
        text(&token["token"]).to_owned()
    }
    /// Has a token made, with this besides user and organization.
    fn asks(&self, world: &World, besides: Value) -> Result<Value> {
        let mut input = json!({ "user_id": self.user, "organization_id": self.organization });
        for (name, value) in besides.as_object().unwrap() {
            input[name] = value.clone();
        }
        world.call("widget_tokens.create", input)
    }
    /// Signs in; answers the reply with the tokens of the session.
    fn signs_in(&self, world: &World) -> Value {
        let input = json!({
            "grant_type": "password", "client_id": "client_01",
            "client_secret": world.key.reveal(), "email": self.email, "password": PASSWORD,
        });
        let reply = world.call_as(Asked::default(), "user_management.authenticate", input);
        reply.unwrap().json().unwrap()
    }
}

fn call(world: &World, id: &str, input: Value) -> Value {
    world.call(id, input).unwrap_or_else(|it| panic!("{id}: {it:?}"))
}

/// Calls an operation with a bearer credential.
fn call_with(world: &World, token: &str, id: &str, input: Value) -> Result<Value, Error> {
    let request = Asked { credential: Some(Secret::new(token)), ..Asked::default() };
    world.call_as(request, id, input)?.json()
}

/// A page in a browser asks for something.
fn asks_from(site: &Site<'_>, origin: Option<&str>, token: Option<&str>, path: &str) -> Seen {
    let mut request = Request::get(path)
        .header("WorkOS-Widgets-Version", "1")
        .header("WorkOS-Widgets-Type", "admin-portal-audit-log-streaming");
    if let Some(origin) = origin {
        request = request.header(header::ORIGIN, origin);
    }
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    site.send(request.body(Body::empty()).unwrap())
}

fn asks(site: &Site<'_>, token: &str, path: &str) -> Seen {
    asks_from(site, None, Some(token), path)
}

/// The part of a token at this place, as JSON.
fn part(token: &str, at: usize) -> Value {
    let part = token.split('.').nth(at).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
}

fn encode(value: &Value) -> String {
    BASE64URL_NOPAD.encode(value.to_string().as_bytes())
}

/// The error has a message, which is text, and no page sees more.
fn is_refused(seen: &Seen, status: StatusCode, what: &str) {
    assert_eq!(seen.status, status, "{what}: {}", seen.text);
    assert!(seen.json()["message"].is_string(), "{what}: {}", seen.text);
}
