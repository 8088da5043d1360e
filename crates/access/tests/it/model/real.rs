//! The real thing, run by the operations themselves.
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

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
    /// The ids of the resources, by their numbers; those that are gone stay until another comes.
    ids: BTreeMap<usize, String>,
    /// What the roles permit now, which is all that a history leaves to the next.
    permitted: [Option<u8>; ROLES.len()],
    /// Whether nothing is asked but what the database decides, and that once: on PostgreSQL, where
    /// each statement crosses to another process and no answer is kept in memory.
    pub thrifty: bool,
    /// How many checks there were, and how many of them said yes.
    pub checks: (Cell<u32>, Cell<u32>),
}

impl Real {
    /// Makes what all histories share: types, roles, permissions, users.
    pub fn make(world: &World) -> Self {
        world.flow().write(vestibule_people::roles::ensure_defaults).unwrap();
        call(world, "role_settings.update", json!({ "multiple_roles": true }));
        call(world, "authorization_settings.update", json!({ "exclusions": true }));
        // Without cycles first, so that each finds the types that it may be below.
        for n in [0, 2, 1] {
            let (slug, parents) = TYPES[n];
            let parents: Vec<&str> = parents.iter().map(|it| name_of(*it)).collect();
            call(
                world,
                "resource_types.create",
                json!({ "slug": slug, "name": slug, "parents": parents }),
            );
        }
        for (slug, of_type) in ROLES {
            let input =
                json!({ "slug": slug, "name": slug, "resource_type_slug": name_of(*of_type) });
            call(world, "roles.create", input);
        }
        for (slug, of_type) in PERMISSIONS {
            let input =
                json!({ "slug": slug, "name": slug, "resource_type_slug": name_of(*of_type) });
            call(world, "permissions.create", input);
        }
        let user =
            |n: usize| call(world, "users.create", json!({ "email": format!("u{n}@x.test") }));
        Self {
            users: (0..MEMBERS).map(user).collect(),
            organization: String::new(),
            members: Vec::new(),
            groups: Vec::new(),
            ids: BTreeMap::new(),
            permitted: [None; ROLES.len()],
            thrifty: world.app.db().marks().is_none(),
            checks: (Cell::new(0), Cell::new(0)),
        }
    }

    /// Begins a history in an organization of its own, all in one transaction.
    pub fn begin(&mut self, world: &World) {
        let users = self.users.clone();
        let changed: Vec<usize> = (0..ROLES.len())
            .filter(|&role| self.permitted[role] != Some(PERMITTED[role]))
            .collect();
        let begun = world.flow().write(move |cx| plant(cx, &users, &changed)).unwrap();
        let Planted { organization, members, groups, ids } = begun;
        (self.organization, self.members, self.groups, self.ids) =
            (organization, members, groups, ids);
        self.permitted = PERMITTED.map(Some);
    }

    /// Does it, in the state of which the model tells.
    pub fn run(&mut self, world: &World, model: &Model, step: &Step) -> Result<Value> {
        let (operation, input) = self.call_of(world, model, step);
        let done = write(world, operation, &input)?;
        if let Step::Create { resource, .. } = *step {
            self.ids.insert(resource, id_of(&done));
        }
        if let Step::Permit { role, permissions } = *step {
            self.permitted[role] = Some(permissions);
        }
        Ok(done)
    }

    fn call_of(&self, world: &World, model: &Model, step: &Step) -> (&'static str, Value) {
        let organization = &self.organization;
        let held = |role: usize, on: Target| {
            let mut input = self.place(model, on);
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
                let mut input = of_number(organization, resource, of_type);
                // A number is in use whatever its type.
                if model.resources.contains_key(&resource) {
                    input["resource_type_slug"] = json!("in use");
                }
                input["parent_resource_id"] = json!(self.id_or_unknown(model, parent));
                ("authorization_resources.create", input)
            }
            Step::Move { resource, parent } => (
                "authorization_resources.update",
                json!({
                    "resource_id": self.id_or_unknown(model, Some(resource)),
                    "parent_resource_id": self.id_or_unknown(model, parent),
                }),
            ),
            Step::Delete { resource, cascade } => (
                "authorization_resources.delete",
                json!({
                    "resource_id": self.id_or_unknown(model, Some(resource)),
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
                ("roles.set_permissions", permit(role, permissions))
            }
            Step::Exclude(it) => {
                let mut input = self.place(model, it.on);
                match it.who {
                    Ok(it) => input["organization_membership_id"] = json!(self.members[it]),
                    Err(it) => input["group_id"] = json!(self.groups[it]),
                }
                if let Some(it) = it.permission {
                    input["permission_slug"] = json!(PERMISSIONS[it].0);
                }
                // The model has each once.
                if let Some(id) = self.exclusion(world, model, it) {
                    write(world, "authorization_exclusions.delete", &json!({ "id": id })).unwrap();
                }
                ("authorization_exclusions.create", input)
            }
            Step::Include(it) => {
                let id = self.exclusion(world, model, it).unwrap_or_else(|| "unknown".to_owned());
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

    /// The id of the resource of this number, or one that nobody has where there is none.
    fn id_or_unknown(&self, model: &Model, target: Target) -> String {
        match target {
            None => format!("authz_resource_{}", self.organization),
            Some(number) if model.resources.contains_key(&number) => self.ids[&number].clone(),
            Some(_) => "authz_resource_unknown".to_owned(),
        }
    }

    /// The exclusion that says this.
    fn exclusion(&self, world: &World, model: &Model, it: Excluded) -> Option<String> {
        let mut input = self.place(model, it.on);
        input["organization_id"] = json!(self.organization);
        input["limit"] = json!(100);
        match it.who {
            Ok(it) => input["organization_membership_id"] = json!(self.members[it]),
            Err(it) => input["group_id"] = json!(self.groups[it]),
        }
        let page = read(world, "authorization_exclusions.list", &input).ok()?;
        let wanted = it.permission.map_or(Value::Null, |it| json!(PERMISSIONS[it].0));
        let mut all = page["data"].as_array().unwrap().iter();
        let found = all.find(|it| it["permission_slug"] == wanted);
        found.map(|it| it["id"].as_str().unwrap().to_owned())
    }

    /// A resource by its id.
    fn place(&self, model: &Model, target: Target) -> Value {
        json!({ "resource_id": self.id_or_unknown(model, target) })
    }

    /// Compares every answer with the model's, each twice, so that what was kept is asked as well.
    /// Checks alone, unless it is to be thorough.
    pub fn compare(&self, world: &World, model: &Model, thorough: bool) -> Result<(), String> {
        let targets: Vec<Target> = std::iter::once(None)
            .chain((0..RESOURCES).filter(|it| model.resources.contains_key(it)).map(Some))
            .collect();
        let ids: Vec<String> = targets.iter().map(|it| self.id_or_unknown(model, *it)).collect();
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
                    let (who, place) = ((member, permission), (target, id));
                    if self.compare_check(cx, model, who, place, thorough)? {
                        may.insert((*slug).to_owned());
                    }
                    if thorough {
                        self.compare_children(cx, model, who, place, targets)?;
                    }
                }
                if !thorough {
                    continue;
                }
                let asked = with(&whose, &[("resource_id", id)]);
                let page = ask(cx, "organization_memberships.list_permissions", &asked);
                same("effective permissions", may, texts(&page, "slug"))?;
            }
        }
        if thorough {
            let asked = json!({ "organization_id": self.organization, "limit": 100 });
            let page = ask(cx, "authorization_resources.list", &asked);
            let expected = model.resources.keys().map(ToString::to_string).collect();
            same("resources", expected, texts(&page, "external_id"))?;
            self.compare_held(cx, model, targets)?;
            self.compare_holders(cx, model, targets)?;
        }
        Ok(())
    }

    /// Compares a check, and tells whether the member may do it.
    fn compare_check(
        &self,
        cx: &mut Cx<'_>,
        model: &Model,
        (member, permission): (usize, usize),
        (target, id): (Target, &str),
        thorough: bool,
    ) -> Result<bool, String> {
        let (slug, of_type) = PERMISSIONS[permission];
        if self.thrifty && model.type_of(target) != Some(of_type) {
            return Ok(false);
        }
        let expected = model.check(member, permission, target);
        let asked = json!({
            "organization_membership_id": self.members[member], "resource_id": id,
            "permission_slug": slug,
        });
        for again in ["", " again"].iter().take(if self.thrifty { 1 } else { 2 }) {
            let said = ask(cx, "authorization.check", &asked)["authorized"] == true;
            same(&format!("check{again} {asked}"), expected, said)?;
        }
        self.checks.0.update(|it| it + 1);
        if expected {
            self.checks.1.update(|it| it + 1);
        }
        // It reads every role on the way up, so that one member must do.
        if thorough && member == 0 {
            let said = ask(cx, "authorization.explain", &asked)["authorized"] == true;
            same("explain", expected, said)?;
        }
        Ok(expected)
    }

    /// Compares what each member holds on the resources of each type. The default role, which the
    /// model leaves out, is left out.
    fn compare_held(
        &self,
        cx: &mut Cx<'_>,
        model: &Model,
        targets: &[(Target, &str)],
    ) -> Result<(), String> {
        let id_of = |target: Target| targets.iter().find(|it| it.0 == target).unwrap().1;
        let types = std::iter::once(None).chain((0..TYPES.len()).map(Some));
        for (of_type, (member, membership)) in
            types.flat_map(|it| self.members.iter().enumerate().map(move |whose| (it, whose)))
        {
            let expected: BTreeSet<String> = model
                .held_on(member, of_type)
                .into_iter()
                .map(|(role, on, group)| {
                    let group = group.map(|it| self.groups[it].as_str());
                    format!("{} on {} of {group:?}", ROLES[role].0, id_of(on))
                })
                .collect();
            let asked = json!({
                "organization_membership_id": membership, "limit": 100,
                "resource_type_slug": name_of(of_type),
            });
            let page = ask(cx, "role_assignments.list", &asked);
            let all = page["data"].as_array().unwrap().iter();
            let said = all.filter(|it| it["role"]["slug"] != "member").map(|it| {
                let text = |it: &Value| it.as_str().unwrap().to_owned();
                let group = it["source"]["group"]["id"].as_str();
                format!(
                    "{} on {} of {group:?}",
                    text(&it["role"]["slug"]),
                    text(&it["resource"]["id"])
                )
            });
            same(&format!("roles on one type {asked}"), expected, said.collect())?;
        }
        Ok(())
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
        let of_type = PERMISSIONS[permission].1;
        if self.thrifty
            && !targets.iter().filter(is_child).any(|it| model.type_of(it.0) == Some(of_type))
        {
            return Ok(());
        }
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
            for (permission, (slug, of_type)) in PERMISSIONS.iter().enumerate() {
                if self.thrifty && model.type_of(target) != Some(*of_type) {
                    continue;
                }
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

/// The slug of a type; none stands for that of organizations.
fn name_of(of_type: Option<usize>) -> &'static str {
    of_type.map_or("organization", |it| TYPES[it].0)
}

/// What every history finds in its organization.
struct Planted {
    organization: String,
    members: Vec<String>,
    groups: Vec<String>,
    ids: BTreeMap<usize, String>,
}

/// Plants it, and lets the roles that an earlier history changed permit again what they should.
fn plant(cx: &mut Cx<'_>, users: &[Value], changed: &[usize]) -> Result<Planted> {
    let organization = id_of(&run_in(cx, "organizations.create", &json!({ "name": "History" }))?);
    let mut planted =
        Planted { organization, members: Vec::new(), groups: Vec::new(), ids: BTreeMap::new() };
    let organization = planted.organization.as_str();
    for user in users {
        let input = json!({ "user_id": user["id"], "organization_id": organization });
        let made = run_in(cx, "organization_memberships.create", &input)?;
        planted.members.push(id_of(&made));
    }
    for n in 0..GROUPS {
        let input = json!({ "organization_id": organization, "name": n.to_string() });
        planted.groups.push(id_of(&run_in(cx, "groups.create", &input)?));
    }
    for &role in changed {
        run_in(cx, "roles.set_permissions", &permit(role, PERMITTED[role]))?;
    }
    for (number, &(of_type, parent)) in PLANTED.iter().enumerate() {
        let mut input = of_number(organization, number, of_type);
        if let Some(parent) = parent {
            input["parent_resource_id"] = json!(planted.ids[&parent]);
        }
        let made = run_in(cx, "authorization_resources.create", &input)?;
        planted.ids.insert(number, id_of(&made));
    }
    Ok(planted)
}

/// The input that makes a resource directly below the organization.
fn of_number(organization: &str, number: usize, of_type: usize) -> Value {
    json!({
        "organization_id": organization, "resource_type_slug": TYPES[of_type].0,
        "external_id": number.to_string(), "name": "Resource",
    })
}

/// The input that has a role permit these, one bit each.
fn permit(role: usize, permissions: u8) -> Value {
    let permitted = PERMISSIONS.iter().enumerate().filter(|it| permissions >> it.0 & 1 == 1);
    let slugs: Vec<&str> = permitted.map(|it| it.1.0).collect();
    json!({ "slug": ROLES[role].0, "permissions": slugs })
}

fn id_of(object: &Value) -> String {
    object["id"].as_str().unwrap().to_owned()
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
