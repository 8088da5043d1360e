//! A check that begins after a write was acknowledged sees it, whoever else writes meanwhile, on this
//! node and on every other one.
use std::sync::Arc;

use serde_json::{Value, json};
use vestibule_kernel::db::{Db, MIGRATIONS};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::testing::postgres_url;
use vestibule_kernel::{App, Call, Request, environment};

use crate::support::node;

const CLIENTS: usize = 16;
/// How often each gives and takes.
const ROUNDS: usize = 12;
const KEY: &str = "sk_test_consistency";

/// Calls that must succeed, from any thread. What PostgreSQL gives up in a conflict is asked again,
/// as the answer 503 says.
#[derive(Clone)]
struct Client {
    app: Arc<App>,
    runtime: tokio::runtime::Handle,
}

impl Client {
    fn call(&self, id: &str, input: &Value) -> Value {
        for _ in 0..50 {
            let entry = self.app.catalog().get(id).unwrap();
            let request = Request { credential: Some(Secret::new(KEY)), ..Request::default() };
            let call = Call { entry, input: input.clone(), request };
            match self.runtime.block_on(self.app.call(call)) {
                Ok(reply) => return reply.json().unwrap(),
                Err(error) if error.status() == 503 => {}
                Err(error) => panic!("{id} {input}: {error:?}"),
            }
        }
        panic!("{id} was never done");
    }
    fn id(&self, operation: &str, input: &Value) -> String {
        self.call(operation, input)["id"].as_str().unwrap().to_owned()
    }
}

/// What one client works with: a member of its own, in an organization that all share.
struct Own {
    member: String,
    group: String,
    organization: String,
    resource: String,
}

impl Own {
    fn make(client: &Client, n: usize, organization: &str, resource: &str) -> Self {
        let user = client.id("users.create", &json!({ "email": format!("u{n}@x.test") }));
        let input = json!({ "user_id": user, "organization_id": organization });
        let member = client.id("organization_memberships.create", &input);
        let input = json!({ "organization_id": organization, "name": n.to_string() });
        let group = client.id("groups.create", &input);
        let input = json!({ "group_id": group, "role_slug": "guest", "resource_id": resource });
        client.call("group_role_assignments.create", &input);
        let text = str::to_owned;
        Self { member, group, organization: text(organization), resource: text(resource) }
    }

    fn expect(&self, client: &Client, authorized: bool, after: &str) {
        let input = json!({
            "organization_membership_id": self.member, "permission_slug": "project:read",
            "resource_id": self.resource,
        });
        // Once more, for what was kept.
        for _ in 0..2 {
            let said = client.call("authorization.check", &input);
            assert_eq!(said["authorized"], authorized, "after {after}");
        }
    }

    fn work(&self, writer: &Client, readers: &[Client]) {
        let all = |authorized: bool, after: &str| {
            for reader in readers {
                self.expect(reader, authorized, after);
            }
        };
        let held = json!({
            "organization_membership_id": self.member, "role_slug": "guest",
            "resource_id": self.resource,
        });
        let in_group = json!({
            "organization_id": self.organization, "group_id": self.group,
            "organization_membership_id": self.member,
        });
        for _ in 0..ROUNDS {
            all(false, "all was taken");
            writer.call("role_assignments.create", &held);
            all(true, "a role was given");
            writer.call("groups.add_member", &in_group);
            writer.call("role_assignments.remove", &held);
            all(true, "the role was taken, and a group entered that holds it");
            writer.call("groups.remove_member", &in_group);
        }
    }
}

fn many_at_once(nodes: &[Arc<App>]) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let clients: Vec<Client> = nodes
        .iter()
        .map(|app| Client { app: app.clone(), runtime: runtime.handle().clone() })
        .collect();
    nodes[0].db().migrate(MIGRATIONS).unwrap();
    let id = environment::create(&nodes[0], "Test", None, None).unwrap().id;
    environment::create_key(&nodes[0], &id, "test", Some(Secret::new(KEY))).unwrap();
    let first = &clients[0];
    first.call("resource_types.create", &json!({ "slug": "project", "name": "Project" }));
    let role = json!({ "slug": "guest", "name": "Guest", "resource_type_slug": "project" });
    first.call("roles.create", &role);
    let read = json!({ "slug": "project:read", "name": "Read", "resource_type_slug": "project" });
    first.call("permissions.create", &read);
    let permitted = json!({ "slug": "guest", "permissions": ["project:read"] });
    first.call("roles.set_permissions", &permitted);
    let organization = first.id("organizations.create", &json!({ "name": "Shared" }));
    let resource = json!({
        "organization_id": organization, "resource_type_slug": "project", "external_id": "p",
        "name": "P",
    });
    let resource = first.id("authorization_resources.create", &resource);
    let own: Vec<Own> =
        (0..CLIENTS).map(|n| Own::make(first, n, &organization, &resource)).collect();
    std::thread::scope(|scope| {
        for (n, own) in own.iter().enumerate() {
            let clients = &clients;
            scope.spawn(move || own.work(&clients[n % clients.len()], clients));
        }
    });
}

#[test]
fn sixteen_clients_at_once_see_what_was_acknowledged_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    many_at_once(&[node(Db::sqlite(&folder.path().join("test.db")).unwrap())]);
}

#[test]
fn sixteen_clients_at_once_see_what_was_acknowledged_on_both_nodes_of_postgres() {
    let url = postgres_url();
    let connect = || node(Db::postgres(&url, 16, None).unwrap());
    many_at_once(&[connect(), connect()]);
}
