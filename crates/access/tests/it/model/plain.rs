//! The model: what authorization means, in the plainest words.
use std::collections::{BTreeMap, BTreeSet};

use super::history::{Excluded, PERMISSIONS, PERMITTED, PLANTED, ROLES, Step, TYPES, Target};

/// How many resources may be below each other.
const DEPTH_MAX: usize = 5;

pub struct Model {
    /// Type and parent of each resource.
    pub resources: BTreeMap<usize, (usize, Target)>,
    /// Member, role, resource. The default role, which permits nothing, is left out.
    held: BTreeSet<(usize, usize, Target)>,
    /// Group, role, resource.
    held_by_groups: BTreeSet<(usize, usize, Target)>,
    in_groups: BTreeSet<(usize, usize)>,
    permits: BTreeSet<(usize, usize)>,
    inactive: BTreeSet<usize>,
    excluded: BTreeSet<Excluded>,
}

impl Model {
    /// How every history begins.
    pub fn planted() -> Self {
        let permits = (0..ROLES.len()).flat_map(|role| {
            let permitted = move |it: &usize| PERMITTED[role] >> it & 1 == 1;
            (0..PERMISSIONS.len()).filter(permitted).map(move |it| (role, it))
        });
        Self {
            resources: PLANTED.iter().copied().enumerate().collect(),
            held: BTreeSet::new(),
            held_by_groups: BTreeSet::new(),
            in_groups: BTreeSet::new(),
            permits: permits.collect(),
            inactive: BTreeSet::new(),
            excluded: BTreeSet::new(),
        }
    }

    /// Does it, and tells whether it is allowed.
    pub fn run(&mut self, step: &Step) -> bool {
        let after = match *step {
            Step::Create { resource, of_type, parent } => {
                let free = !self.resources.contains_key(&resource);
                let allowed = free && self.may_be_below(of_type, parent);
                if allowed {
                    self.resources.insert(resource, (of_type, parent));
                }
                return allowed;
            }
            Step::Move { resource, parent } => return self.move_to(resource, parent),
            Step::Delete { resource, cascade } => return self.delete(resource, cascade),
            Step::Assign { member, role, on } => {
                self.fits(role, on).then(|| self.held.insert((member, role, on)))
            }
            Step::Remove { member, role, on } => {
                let known = self.type_of(on).is_some();
                (known && self.held.remove(&(member, role, on))).then_some(true)
            }
            Step::Join { group, member } => Some(self.in_groups.insert((group, member))),
            Step::Leave { group, member } => {
                self.in_groups.remove(&(group, member)).then_some(true)
            }
            Step::AssignToGroup { group, role, on } => (self.fits(role, on)
                && self.held_by_groups.insert((group, role, on)))
            .then_some(true),
            Step::RemoveFromGroup { group, role, on } => {
                self.held_by_groups.remove(&(group, role, on)).then_some(true)
            }
            Step::Permit { role, permissions } => {
                let wanted: Vec<usize> =
                    (0..PERMISSIONS.len()).filter(|it| permissions >> it & 1 == 1).collect();
                wanted.iter().all(|&it| is_within(PERMISSIONS[it].1, ROLES[role].1)).then(|| {
                    self.permits.retain(|it| it.0 != role);
                    self.permits.extend(wanted.iter().map(|&it| (role, it)));
                    true
                })
            }
            Step::Exclude(it) => self.type_of(it.on).map(|_| self.excluded.insert(it)),
            Step::Include(it) => self.excluded.remove(&it).then_some(true),
            Step::Deactivate { member } => {
                self.inactive.insert(member).then_some(true).or(Some(false))
            }
            Step::Reactivate { member } => Some(self.inactive.remove(&member)),
        };
        after.is_some()
    }

    /// The type of what is there: some type, or none for the organization.
    #[expect(
        clippy::option_option,
        reason = "what is not there has no type, and the organization none of these"
    )]
    pub fn type_of(&self, target: Target) -> Option<Option<usize>> {
        match target {
            None => Some(None),
            Some(it) => self.resources.get(&it).map(|it| Some(it.0)),
        }
    }

    fn fits(&self, role: usize, on: Target) -> bool {
        self.type_of(on) == Some(ROLES[role].1)
    }

    fn may_be_below(&self, of_type: usize, parent: Target) -> bool {
        let Some(above) = self.type_of(parent) else { return false };
        TYPES[of_type].1.contains(&above) && self.path(parent).len() <= DEPTH_MAX
    }

    /// The resource and all above it, the organization last.
    pub fn path(&self, target: Target) -> Vec<Target> {
        let mut path = vec![target];
        let mut at = target;
        while let Some(resource) = at {
            at = self.resources[&resource].1;
            path.push(at);
        }
        path
    }

    fn move_to(&mut self, resource: usize, parent: Target) -> bool {
        let Some(&(of_type, before)) = self.resources.get(&resource) else { return false };
        if !self.may_be_below(of_type, parent) || self.path(parent).contains(&Some(resource)) {
            return false;
        }
        self.resources.insert(resource, (of_type, parent));
        let deepest = self.resources.keys().map(|it| self.path(Some(*it)).len() - 1).max();
        if deepest.is_some_and(|it| it > DEPTH_MAX) {
            self.resources.insert(resource, (of_type, before));
            return false;
        }
        true
    }

    fn delete(&mut self, resource: usize, cascade: bool) -> bool {
        if !self.resources.contains_key(&resource) {
            return false;
        }
        let below: Vec<usize> = self.resources.keys().copied().collect();
        let below: Vec<usize> =
            below.into_iter().filter(|it| self.path(Some(*it)).contains(&Some(resource))).collect();
        let on = |it: &(usize, usize, Target)| it.2.is_some_and(|it| it == resource);
        let has_roles = self.held.iter().any(on) || self.held_by_groups.iter().any(on);
        if (below.len() > 1 || has_roles) && !cascade {
            return false;
        }
        let gone = |it: &(usize, usize, Target)| it.2.is_some_and(|it| below.contains(&it));
        self.held.retain(|it| !gone(it));
        self.held_by_groups.retain(|it| !gone(it));
        self.excluded.retain(|it| !it.on.is_some_and(|it| below.contains(&it)));
        self.resources.retain(|it, _| !below.contains(it));
        true
    }

    /// Whether a role that the member holds on one of these gives the permission.
    pub fn holds(&self, member: usize, permission: usize, path: &[Target]) -> bool {
        let direct = self.held.iter().filter(|it| it.0 == member).map(|it| (it.1, it.2));
        let groups =
            self.held_by_groups.iter().filter(|it| self.in_groups.contains(&(it.0, member)));
        direct
            .chain(groups.map(|it| (it.1, it.2)))
            .any(|(role, on)| path.contains(&on) && self.permits.contains(&(role, permission)))
    }

    /// The roles that the member holds on resources of a type: role, resource, and the group that
    /// it comes from.
    pub fn held_on(
        &self,
        member: usize,
        of_type: Option<usize>,
    ) -> BTreeSet<(usize, Target, Option<usize>)> {
        let direct = self.held.iter().filter(|it| it.0 == member).map(|it| (it.1, it.2, None));
        let groups =
            self.held_by_groups.iter().filter(|it| self.in_groups.contains(&(it.0, member)));
        direct
            .chain(groups.map(|it| (it.1, it.2, Some(it.0))))
            .filter(|it| self.type_of(it.1) == Some(of_type))
            .collect()
    }

    fn is_excluded(&self, member: usize, permission: usize, path: &[Target]) -> bool {
        self.excluded.iter().any(|it| {
            let concerns = match it.who {
                Ok(one) => one == member,
                Err(group) => self.in_groups.contains(&(group, member)),
            };
            concerns && it.permission.is_none_or(|it| it == permission) && path.contains(&it.on)
        })
    }

    /// Whether the member may do it there.
    pub fn check(&self, member: usize, permission: usize, on: Target) -> bool {
        !self.inactive.contains(&member)
            && self.type_of(on) == Some(PERMISSIONS[permission].1)
            && self.holds(member, permission, &self.path(on))
            && !self.is_excluded(member, permission, &self.path(on))
    }

    /// The same by a role on the resource itself.
    pub fn check_direct(&self, member: usize, permission: usize, on: Target) -> bool {
        self.check(member, permission, on) && self.holds(member, permission, &[on])
    }
}

/// Whether a type is another or may be somewhere below it.
fn is_within(of_type: Option<usize>, ancestor: Option<usize>) -> bool {
    fn search(of_type: Option<usize>, ancestor: Option<usize>, steps: usize) -> bool {
        of_type == ancestor
            || steps > 0
                && of_type.is_some_and(|it| {
                    TYPES[it].1.iter().any(|above| search(*above, ancestor, steps - 1))
                })
    }
    search(of_type, ancestor, TYPES.len())
}
