//! The real thing, run by the operations themselves.
use std::cell::Cell;
use std::collections::BTreeSet;

use serde_json::{Value, json};
use vestibule_kernel::catalog::Run;
use vestibule_kernel::testing::World;
use vestibule_kernel::{Cx, Result};

use super::history::{
    Excluded, GROUPS, MEMBERS, PERMISSIONS, PERMITTED, PLANTED, RESOURCES, ROLES, Step, TYPES,
    Target,
};
use super::plain::Model;
use crate::support::call;

/// One organization of the world, with its members and groups.
pub struct Real {
    users: Vec<Value>,
    organization: String,
    members: Vec<String>,
    groups: Vec<String>,
    /// How many checks there were, and how many of them said yes.
    pub checks: (Cell<u32>, Cell<u32>),
}

impl Real {
    /// Makes what all histories share: types, roles, permissions, users.
    pub fn make(world: &World) -> Self {
        world.flow().write(vestibule_people::roles::ensure_defaults).unwrap();
        call(world, "role_settings.update", json!({ "multiple_roles": true }));
        call(world, "authorization_settings.update", json!({ "exclusions": true }));
        let name_of = |it: &Option<usize>| it.map_or("organization", |it| TYPES[it].0);
        // Without cycles first, so that each finds the types that it may be below.
        for n in [0, 2, 1] {
            let (slug, parents) = TYPES[n];
            let parents: Vec<&str> = parents.iter().map(name_of).collect();
            call(
                world,
                "resource_types.create",
                json!({ "slug": slug, "name": slug, "parents": parents }),
            );
        }
        for (slug, of_type) in ROLES {
            let input =
                json!({ "slug": slug, "name": slug, "resource_type_slug": name_of(of_type) });
            call(world, "roles.create", input);
        }
        for (slug, of_type) in PERMISSIONS {
            let input =
                json!({ "slug": slug, "name": slug, "resource_type_slug": name_of(of_type) });
            call(world, "permissions.create", input);
        }
        let user =
            |n: usize| call(world, "users.create", json!({ "email": format!("u{n}@x.test") }));
        Self {
            users: (0..MEMBERS).map(user).collect(),
            organization: String::new(),
            members: Vec::new(),
            groups: Vec::new(),
            checks: (Cell::new(0), Cell::new(0)),
        }
    }

    /// Begins a history in an organization of its own.
    pub fn begin(&mut self, world: &World) {
        let made = write(world, "organizations.create", &json!({ "name": "History" })).unwrap();
        made["id"].as_str().unwrap().clone_into(&mut self.organization);
        let id = |it: Value| it["id"].as_str().unwrap().to_owned();
        let member = |user: &Value| {
            let input = json!({ "user_id": user["id"], "organization_id": self.organization });
            id(write(world, "organization_memberships.create", &input).unwrap())
        };
        self.members = self.users.iter().map(member).collect();
        let group = |n: usize| {
            let input = json!({ "organization_id": self.organization, "name": n.to_string() });
            id(write(world, "groups.create", &input).unwrap())
        };
        self.groups = (0..GROUPS).map(group).collect();
        for (role, permissions) in PERMITTED.into_iter().enumerate() {
            self.run(world, &Step::Permit { role, permissions }).unwrap();
        }
        for (resource, &(of_type, parent)) in PLANTED.iter().enumerate() {
            self.run(world, &Step::Create { resource, of_type, parent }).unwrap();
        }
    }

    /// Does it.
    pub fn run(&self, world: &World, step: &Step) -> Result<Value> {
        let (operation, input) = self.call_of(world, step);
        write(world, operation, &input)
    }

    fn call_of(&self, world: &World, step: &Step) -> (&'static str, Value) {
        let organization = &self.organization;
        let held = |role: usize, on: Target| {
            let mut input = self.place(world, on);
            input["role_slug"] = json!(ROLES[role].0);
            input
        };
        let of_member = |member: usize, role: usize, on: Target| {
            let mut input = held(role, on);
            input["organization_membership_id"] = json!(self.members[member]);
            input
        };
        let of_group = |group: usize, role: usize, on: Target| {
            let mut input = held(role, on);
            input["group_id"] = json!(self.groups[group]);
            input
        };
        let in_group = |group: usize, member: usize| {
            json!({
                "organization_id": organization, "group_id": self.groups[group],
                "organization_membership_id": self.members[member],
            })
        };
        match *step {
            Step::Create { resource, of_type, parent } => {
                let mut input = json!({
                    "organization_id": organization, "resource_type_slug": TYPES[of_type].0,
                    "external_id": resource.to_string(), "name": "Resource",
                });
                // A number is in use whatever its type.
                if self.id_of(world, Some(resource)).is_some() {
                    input["resource_type_slug"] = json!("in use");
                }
                input["parent_resource_id"] = json!(self.id_or_unknown(world, parent));
                ("authorization_resources.create", input)
            }
            Step::Move { resource, parent } => (
                "authorization_resources.update",
                json!({
                    "resource_id": self.id_or_unknown(world, Some(resource)),
                    "parent_resource_id": self.id_or_unknown(world, parent),
                }),
            ),
            Step::Delete { resource, cascade } => (
                "authorization_resources.delete",
                json!({
                    "resource_id": self.id_or_unknown(world, Some(resource)),
                    "cascade_delete": cascade,
                }),
            ),
            Step::Assign { member, role, on } => {
                ("role_assignments.create", of_member(member, role, on))
            }
            Step::Remove { member, role, on } => {
                ("role_assignments.remove", of_member(member, role, on))
            }
            Step::Join { group, member } => ("groups.add_member", in_group(group, member)),
            Step::Leave { group, member } => ("groups.remove_member", in_group(group, member)),
            Step::AssignToGroup { group, role, on } => {
                ("group_role_assignments.create", of_group(group, role, on))
            }
            Step::RemoveFromGroup { group, role, on } => {
                ("group_role_assignments.remove", of_group(group, role, on))
            }
            Step::Permit { role, permissions } => {
                let slugs: Vec<&str> = PERMISSIONS
                    .iter()
                    .enumerate()
                    .filter(|it| permissions >> it.0 & 1 == 1)
                    .map(|it| it.1.0)
                    .collect();
                ("roles.set_permissions", json!({ "slug": ROLES[role].0, "permissions": slugs }))
            }
            Step::Exclude(it) => {
                let mut input = self.place(world, it.on);
                match it.who {
                    Ok(it) => input["organization_membership_id"] = json!(self.members[it]),
                    Err(it) => input["group_id"] = json!(self.groups[it]),
                }
                if let Some(it) = it.permission {
                    input["permission_slug"] = json!(PERMISSIONS[it].0);
                }
                // The model has each once.
                if let Some(id) = self.exclusion(world, it) {
                    write(world, "authorization_exclusions.delete", &json!({ "id": id })).unwrap();
                }
                ("authorization_exclusions.create", input)
            }
            Step::Include(it) => {
                let id = self.exclusion(world, it).unwrap_or_else(|| "unknown".to_owned());
                ("authorization_exclusions.delete", json!({ "id": id }))
            }
            Step::Deactivate { member } => {
                ("organization_memberships.deactivate", json!({ "id": self.members[member] }))
            }
            Step::Reactivate { member } => {
                ("organization_memberships.reactivate", json!({ "id": self.members[member] }))
            }
        }
    }

    /// The id of the resource of this number, whatever its type.
    fn id_of(&self, world: &World, target: Target) -> Option<String> {
        let Some(number) = target else {
            return Some(format!("authz_resource_{}", self.organization));
        };
        let input = json!({
            "organization_id": self.organization, "resource_external_id": number.to_string(),
        });
        let page = read(world, "authorization_resources.list", &input).unwrap();
        page["data"].as_array().unwrap().first().map(|it| it["id"].as_str().unwrap().to_owned())
    }

    fn id_or_unknown(&self, world: &World, target: Target) -> String {
        self.id_of(world, target).unwrap_or_else(|| "authz_resource_unknown".to_owned())
    }

    /// The exclusion that says this.
    fn exclusion(&self, world: &World, it: Excluded) -> Option<String> {
        let mut input = json!({
            "organization_id": self.organization, "limit": 100,
            "resource_id": self.id_of(world, it.on)?,
        });
        match it.who {
            Ok(it) => input["organization_membership_id"] = json!(self.members[it]),
            Err(it) => input["group_id"] = json!(self.groups[it]),
        }
        let page = read(world, "authorization_exclusions.list", &input).unwrap();
        let wanted = it.permission.map_or(Value::Null, |it| json!(PERMISSIONS[it].0));
        let mut all = page["data"].as_array().unwrap().iter();
        let found = all.find(|it| it["permission_slug"] == wanted);
        found.map(|it| it["id"].as_str().unwrap().to_owned())
    }

    /// A resource by its id.
    fn place(&self, world: &World, target: Target) -> Value {
        json!({ "resource_id": self.id_or_unknown(world, target) })
    }

    /// Compares every answer with the model's, each twice, so that what was kept is asked as well.
    /// Checks alone, unless it is to be thorough.
    pub fn compare(&self, world: &World, model: &Model, thorough: bool) -> Result<(), String> {
        let targets: Vec<Target> = std::iter::once(None)
            .chain((0..RESOURCES).filter(|it| model.resources.contains_key(it)).map(Some))
            .collect();
        let ids: Vec<String> = targets.iter().map(|it| self.id_or_unknown(world, *it)).collect();
        let pairs: Vec<(Target, &str)> =
            targets.iter().copied().zip(ids.iter().map(String::as_str)).collect();
        let compared = world.flow().read(|cx| Ok(self.compare_in(cx, model, &pairs, thorough)));
        compared.unwrap()
    }

    fn compare_in(
        &self,
        cx: &mut Cx<'_>,
        model: &Model,
        targets: &[(Target, &str)],
        thorough: bool,
    ) -> Result<(), String> {
        for (member, membership) in self.members.iter().enumerate() {
            let whose = json!({ "organization_membership_id": membership });
            for &(target, id) in targets {
                let mut may = BTreeSet::new();
                for (permission, (slug, _)) in PERMISSIONS.iter().enumerate() {
                    let expected = model.check(member, permission, target);
                    for again in ["", " again"] {
                        let asked = with(&whose, &[("resource_id", id), ("permission_slug", slug)]);
                        let said = ask(cx, "authorization.check", &asked)["authorized"] == true;
                        same(&format!("check{again} {asked}"), expected, said)?;
                    }
                    self.checks.0.update(|it| it + 1);
                    if expected {
                        self.checks.1.update(|it| it + 1);
                        may.insert((*slug).to_owned());
                    }
                    if !thorough {
                        continue;
                    }
                    self.compare_children(cx, model, (member, permission), (target, id), targets)?;
                    // It reads every role on the way up, so that one member must do.
                    if member > 0 {
                        continue;
                    }
                    let explained = with(&whose, &[("resource_id", id), ("permission_slug", slug)]);
                    let said = ask(cx, "authorization.explain", &explained)["authorized"] == true;
                    same("explain", expected, said)?;
                }
                if !thorough {
                    continue;
                }
                let asked = with(&whose, &[("resource_id", id)]);
                let page = ask(cx, "organization_memberships.list_permissions", &asked);
                same("effective permissions", may, texts(&page, "slug"))?;
            }
        }
        if thorough { self.compare_holders(cx, model, targets) } else { Ok(()) }
    }

    fn compare_children(
        &self,
        cx: &mut Cx<'_>,
        model: &Model,
        (member, permission): (usize, usize),
        (parent, parent_id): (Target, &str),
        targets: &[(Target, &str)],
    ) -> Result<(), String> {
        let is_child =
            |it: &&(Target, &str)| it.0.is_some_and(|it| model.resources[&it].1 == parent);
        let expected: BTreeSet<String> = targets
            .iter()
            .filter(is_child)
            .filter(|it| model.check(member, permission, it.0))
            .map(|it| it.1.to_owned())
            .collect();
        let asked = json!({
            "organization_membership_id": self.members[member], "limit": 100,
            "permission_slug": PERMISSIONS[permission].0, "parent_resource_id": parent_id,
        });
        let page = ask(cx, "organization_memberships.list_resources", &asked);
        same(&format!("resources of a membership {asked}"), expected, texts(&page, "id"))
    }

    fn compare_holders(
        &self,
        cx: &mut Cx<'_>,
        model: &Model,
        targets: &[(Target, &str)],
    ) -> Result<(), String> {
        for &(target, id) in targets {
            for (permission, (slug, _)) in PERMISSIONS.iter().enumerate() {
                for assignment in ["direct", "indirect"] {
                    let expected: BTreeSet<String> = (0..MEMBERS)
                        .filter(|&it| match assignment {
                            "direct" => model.check_direct(it, permission, target),
                            _ => model.check(it, permission, target),
                        })
                        .map(|it| self.members[it].clone())
                        .collect();
                    let asked = json!({
                        "resource_id": id, "permission_slug": slug, "assignment": assignment,
                    });
                    let page = ask(cx, "authorization_resources.list_memberships", &asked);
                    same(
                        &format!("memberships of a resource {asked}"),
                        expected,
                        texts(&page, "id"),
                    )?;
                }
            }
        }
        Ok(())
    }
}

fn with(base: &Value, more: &[(&str, &str)]) -> Value {
    let mut value = base.clone();
    for (name, it) in more {
        value[*name] = json!(it);
    }
    value
}

fn texts(page: &Value, field: &str) -> BTreeSet<String> {
    page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it[field].as_str().unwrap().to_owned())
        .collect()
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, expected: T, said: T) -> Result<(), String> {
    if expected == said { Ok(()) } else { Err(format!("{what}: {said:?}, and not {expected:?}")) }
}

/// Asks an operation in an open transaction.
fn ask(cx: &mut Cx<'_>, operation: &str, input: &Value) -> Value {
    run_in(cx, operation, input).unwrap_or_else(|it| panic!("{operation} {input}: {it:?}"))
}

fn run_in(cx: &mut Cx<'_>, operation: &str, input: &Value) -> Result<Value> {
    let Run::Operation { run, .. } = cx.app.catalog().get(operation).unwrap().op.run else {
        panic!("{operation} is a flow")
    };
    run(cx, input)?.json()
}

fn read(world: &World, operation: &str, input: &Value) -> Result<Value> {
    world.flow().read(|cx| run_in(cx, operation, input))
}

fn write(world: &World, operation: &'static str, input: &Value) -> Result<Value> {
    let input = input.clone();
    world.flow().write(move |cx| run_in(cx, operation, &input))
}
