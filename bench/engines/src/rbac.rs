//! `casbin`, as its RBAC with domains: a role is held in a domain, which is a resource. Its matcher
//! looks at one domain, so the question is asked of the resource and of each above it until one says
//! yes. Policies for each resource, with a tree of resources in the matcher, would all be looked at
//! for each question.
use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter, MgmtApi};

use crate::tree::{self, ROLES};
use crate::{Engine, Told};

const MODEL: &str = "
[request_definition]
r = sub, dom, act
[policy_definition]
p = sub, act
[role_definition]
g = _, _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.act == p.act && g(r.sub, p.sub, r.dom)
";

pub struct Casbin(Enforcer);

impl Casbin {
    pub fn load(resources: usize) -> Told<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let enforcer = runtime.block_on(async {
            let model = DefaultModel::from_str(MODEL).await?;
            let mut enforcer = Enforcer::new(model, MemoryAdapter::default()).await?;
            for (role, permission) in ROLES.iter().zip(["node:read", "node:edit"]) {
                enforcer.add_policy(vec![(*role).to_owned(), permission.to_owned()]).await?;
            }
            Ok::<_, casbin::Error>(enforcer)
        })?;
        // Its own list of the links, from which they are made anew, would be all in memory a second
        // time.
        let links = enforcer.get_role_manager();
        for it in tree::assignments(resources) {
            let (member, resource) = (tree::member_id(it.member), tree::resource_id(it.resource));
            links.write().add_link(&member, ROLES[it.role], Some(&resource));
        }
        Ok(Self(enforcer))
    }
}

impl Engine for Casbin {
    fn check(&self, member: usize, resource: usize) -> Told<bool> {
        let member = tree::member_id(member);
        for at in std::iter::once(resource).chain(tree::above(resource)) {
            if self.0.enforce((member.as_str(), tree::resource_id(at), "node:edit"))? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
