//! `cedar-policy`, with roles as groups, as its guide has it: to hold a role on a resource is to be in
//! a group, and a resource names the groups that may edit it, those of all above included. A linked
//! template for each role held would be evaluated for each question.
use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    PolicySet, Request, RestrictedExpression,
};

use crate::tree::{self, ROLES};
use crate::{Engine, Told};

const POLICY: &str = r#"
permit (principal, action == Action::"node:edit", resource) when { principal in resource.editors };
permit (principal, action == Action::"node:read", resource) when { principal in resource.viewers };
"#;

pub struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    kinds: Kinds,
    edit: EntityUid,
}

struct Kinds {
    member: EntityTypeName,
    node: EntityTypeName,
    group: EntityTypeName,
}

fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

impl Kinds {
    fn group(&self, resource: usize, role: usize) -> EntityUid {
        uid(&self.group, &format!("{} {}", tree::resource_id(resource), ROLES[role]))
    }
}

impl Cedar {
    pub fn load(resources: usize) -> Told<Self> {
        let kinds = Kinds {
            member: EntityTypeName::from_str("Member")?,
            node: EntityTypeName::from_str("Node")?,
            group: EntityTypeName::from_str("Group")?,
        };
        let members = resources.div_ceil(tree::RESOURCES_EACH) * tree::MEMBERS_EACH;
        let mut held: Vec<HashSet<EntityUid>> = vec![HashSet::new(); members];
        for it in tree::assignments(resources) {
            held[it.member].insert(kinds.group(it.resource, it.role));
        }
        let mut entities = Vec::with_capacity(members + resources);
        for (n, groups) in held.into_iter().enumerate() {
            let id = uid(&kinds.member, &tree::member_id(n));
            entities.push(Entity::new_no_attrs(id, groups));
        }
        for n in 0..resources {
            entities.push(node(&kinds, n)?);
        }
        Ok(Self {
            authorizer: Authorizer::new(),
            policies: PolicySet::from_str(POLICY)?,
            entities: Entities::from_entities(entities, None)?,
            edit: EntityUid::from_str("Action::\"node:edit\"")?,
            kinds,
        })
    }
}

fn node(kinds: &Kinds, n: usize) -> Told<Entity> {
    let above = tree::above(n);
    let may = |role: usize| {
        let path = std::iter::once(n).chain(above.iter().copied());
        let groups = path.map(|it| RestrictedExpression::new_entity_uid(kinds.group(it, role)));
        RestrictedExpression::new_set(groups)
    };
    let fields = HashMap::from([("viewers".to_owned(), may(0)), ("editors".to_owned(), may(1))]);
    Ok(Entity::new(uid(&kinds.node, &tree::resource_id(n)), fields, HashSet::new())?)
}

impl Engine for Cedar {
    fn check(&self, member: usize, resource: usize) -> Told<bool> {
        let request = Request::new(
            uid(&self.kinds.member, &tree::member_id(member)),
            self.edit.clone(),
            uid(&self.kinds.node, &tree::resource_id(resource)),
            Context::empty(),
            None,
        )?;
        let answer = self.authorizer.is_authorized(&request, &self.policies, &self.entities);
        Ok(answer.decision() == Decision::Allow)
    }
}
