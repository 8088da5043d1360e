//! A small tree of resources, with somebody who holds roles in it.
use serde_json::{Value, json};
use vestibule_kernel::testing::World;

use crate::support::{call, id, member};

/// Two organizations with a member each, types, roles and a small tree.
pub struct Tree {
    pub organization: String,
    pub other_organization: String,
    pub member: String,
    pub other_member: String,
    pub workspace: String,
    pub project: String,
}

impl Tree {
    pub fn make(world: &World) -> Self {
        let of_type = |slug: &str, parents: Value| {
            let input = json!({ "slug": slug, "name": slug, "parents": parents });
            call(world, "resource_types.create", input);
        };
        of_type("workspace", json!(["organization"]));
        of_type("project", json!(["workspace", "project"]));
        for (slug, on) in [("lead", "workspace"), ("guest", "project"), ("auditor", "organization")]
        {
            call(
                world,
                "roles.create",
                json!({ "slug": slug, "name": slug, "resource_type_slug": on }),
            );
        }
        for (slug, on) in [("workspace:edit", "workspace"), ("project:read", "project")] {
            let input = json!({ "slug": slug, "name": slug, "resource_type_slug": on });
            call(world, "permissions.create", input);
        }
        permit(world, "lead", &["workspace:edit", "project:read"]);
        permit(world, "guest", &["project:read"]);
        permit(world, "auditor", &["project:read"]);
        let organization = |name: &str| {
            id(&call(world, "organizations.create", json!({ "name": name }))).to_owned()
        };
        let (one, other) = (organization("One"), organization("Other"));
        let mut it = Self {
            member: id(&member(world, &one, "ada@one.test")).to_owned(),
            other_member: id(&member(world, &other, "eve@other.test")).to_owned(),
            organization: one,
            other_organization: other,
            workspace: String::new(),
            project: String::new(),
        };
        it.workspace = it.resource(world, "workspace", "w1", None);
        it.project = it.resource(world, "project", "p1", Some(&it.workspace));
        it
    }

    pub fn input(&self, of_type: &str, external_id: &str, parent: Option<&str>) -> Value {
        json!({
            "organization_id": self.organization, "resource_type_slug": of_type,
            "external_id": external_id, "name": external_id,
            "parent_resource_id": parent.map_or_else(|| self.root(), str::to_owned),
        })
    }

    pub fn resource(
        &self,
        world: &World,
        of_type: &str,
        external_id: &str,
        parent: Option<&str>,
    ) -> String {
        let input = self.input(of_type, external_id, parent);
        id(&call(world, "authorization_resources.create", input)).to_owned()
    }

    pub fn root(&self) -> String {
        format!("authz_resource_{}", self.organization)
    }

    pub fn assign(
        &self,
        world: &World,
        role: &str,
        resource: &str,
    ) -> vestibule_kernel::Result<Value> {
        let input = json!({
            "organization_membership_id": self.member, "role_slug": role, "resource_id": resource,
        });
        world.call("role_assignments.create", input)
    }

    pub fn check(&self, world: &World, permission: &str, resource: &str) -> bool {
        let input = json!({
            "organization_membership_id": self.member, "permission_slug": permission,
            "resource_id": resource,
        });
        call(world, "authorization.check", input)["authorized"].as_bool().unwrap()
    }

    pub fn assignments(&self, world: &World) -> Vec<(String, String)> {
        let input = json!({ "organization_membership_id": self.member, "order": "asc" });
        let page = call(world, "role_assignments.list", input);
        let pair = |it: &Value| {
            let text = |it: &Value| it.as_str().unwrap().to_owned();
            (text(&it["role"]["slug"]), text(&it["resource"]["external_id"]))
        };
        page["data"].as_array().unwrap().iter().map(pair).collect()
    }
}

/// Gives a role these permissions, in the place of its own.
pub fn permit(world: &World, role: &str, permissions: &[&str]) {
    call(world, "roles.set_permissions", json!({ "slug": role, "permissions": permissions }));
}
