//! What may happen in a history.
use proptest::prelude::*;

/// How many of each there are. Resources have numbers, under which they come and go.
pub const MEMBERS: usize = 3;
pub const GROUPS: usize = 2;
pub const RESOURCES: usize = 6;

/// The types, by the types that they may be directly below; none stands for the organization.
pub const TYPES: &[(&str, &[Option<usize>])] =
    &[("project", &[None, Some(0)]), ("app", &[Some(0), Some(2)]), ("team", &[None])];

/// The roles, by the type that they are held on.
pub const ROLES: &[(&str, Option<usize>)] = &[
    ("owner", None),
    ("auditor", None),
    ("project-lead", Some(0)),
    ("project-guest", Some(0)),
    ("app-user", Some(1)),
];

/// The permissions, by the type that they are about.
pub const PERMISSIONS: &[(&str, Option<usize>)] = &[
    ("org:edit", None),
    ("project:read", Some(0)),
    ("project:edit", Some(0)),
    ("app:deploy", Some(1)),
];

/// What the roles permit at the beginning, one bit for each permission.
pub const PERMITTED: [u8; 5] = [0b1111, 0b0011, 0b1110, 0b0010, 0b1000];

/// The resources that are there at the beginning: type and parent.
pub const PLANTED: &[(usize, Target)] = &[(0, None), (0, Some(0)), (1, Some(1))];

/// A resource by its number; none stands for the organization.
pub type Target = Option<usize>;

/// A member, or else a group, and the permission that they are excluded from, or else all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Excluded {
    pub who: Result<usize, usize>,
    pub permission: Option<usize>,
    pub on: Target,
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Step {
    Create {
        resource: usize,
        of_type: usize,
        parent: Target,
    },
    Move {
        resource: usize,
        parent: Target,
    },
    Delete {
        resource: usize,
        cascade: bool,
    },
    Assign {
        member: usize,
        role: usize,
        on: Target,
    },
    Remove {
        member: usize,
        role: usize,
        on: Target,
    },
    Join {
        group: usize,
        member: usize,
    },
    Leave {
        group: usize,
        member: usize,
    },
    AssignToGroup {
        group: usize,
        role: usize,
        on: Target,
    },
    RemoveFromGroup {
        group: usize,
        role: usize,
        on: Target,
    },
    /// The permissions of a role, one bit each.
    Permit {
        role: usize,
        permissions: u8,
    },
    Exclude(Excluded),
    Include(Excluded),
    Deactivate {
        member: usize,
    },
    Reactivate {
        member: usize,
    },
}

/// A random history.
pub fn history() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec(step(), 1..16)
}

fn step() -> impl Strategy<Value = Step> {
    let target = || proptest::option::weighted(0.8, 0..RESOURCES);
    // Mostly roles that fit.
    let held = || {
        prop_oneof![
            3 => (0..2_usize).prop_map(|role| (role, None)),
            6 => (2..4_usize, prop_oneof![Just(0), Just(1), 0..RESOURCES])
                .prop_map(|(role, on)| (role, Some(on))),
            3 => (Just(4_usize), prop_oneof![Just(2), 0..RESOURCES])
                .prop_map(|(role, on)| (role, Some(on))),
            1 => (0..ROLES.len(), target()),
        ]
    };
    let excluded = || {
        let who = prop_oneof![(0..MEMBERS).prop_map(Ok), (0..GROUPS).prop_map(Err)];
        let permission = proptest::option::of(0..PERMISSIONS.len());
        (who, permission, prop_oneof![Just(Some(0)), target()])
            .prop_map(|(who, permission, on)| Excluded { who, permission, on })
    };
    prop_oneof![
        4 => (0..RESOURCES, 0..TYPES.len(), target())
            .prop_map(|(resource, of_type, parent)| Step::Create { resource, of_type, parent }),
        3 => (0..RESOURCES, target())
            .prop_map(|(resource, parent)| Step::Move { resource, parent }),
        1 => (0..RESOURCES, any::<bool>())
            .prop_map(|(resource, cascade)| Step::Delete { resource, cascade }),
        5 => (0..MEMBERS, held())
            .prop_map(|(member, (role, on))| Step::Assign { member, role, on }),
        2 => (0..MEMBERS, held())
            .prop_map(|(member, (role, on))| Step::Remove { member, role, on }),
        2 => (0..GROUPS, 0..MEMBERS).prop_map(|(group, member)| Step::Join { group, member }),
        1 => (0..GROUPS, 0..MEMBERS).prop_map(|(group, member)| Step::Leave { group, member }),
        3 => (0..GROUPS, held())
            .prop_map(|(group, (role, on))| Step::AssignToGroup { group, role, on }),
        1 => (0..GROUPS, held())
            .prop_map(|(group, (role, on))| Step::RemoveFromGroup { group, role, on }),
        1 => (0..ROLES.len(), any::<u8>())
            .prop_map(|(role, permissions)| Step::Permit { role, permissions }),
        1 => excluded().prop_map(Step::Exclude),
        1 => excluded().prop_map(Step::Include),
        1 => (0..MEMBERS).prop_map(|member| Step::Deactivate { member }),
        1 => (0..MEMBERS).prop_map(|member| Step::Reactivate { member }),
    ]
}
