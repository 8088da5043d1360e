//! The trees that are measured: which resources, members and roles there are, and what is asked.
//! Everything is worked out of numbers, the same in each run and in every engine.

/// How deep each tree is, without its organization.
pub const DEPTH: usize = 5;
/// How many resources an organization has, and how many members.
pub const RESOURCES_EACH: usize = 1_000;
/// How many members an organization has.
pub const MEMBERS_EACH: usize = 100;
/// How many roles are held on a resource, on the average.
pub const ASSIGNMENTS_EACH: usize = 10;
/// The roles, of which the second gives the permission that is asked for.
pub const ROLES: [&str; 2] = ["viewer", "editor"];

/// A generator of numbers that are spread well enough, and the same in each run.
#[derive(Clone)]
pub struct Spread(pub u64);

impl Spread {
    /// The next number, below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((it ^ (it >> 31)) % end as u64).unwrap_or_default()
    }
}

/// A question: a member and a resource of one organization.
pub fn question(spread: &mut Spread, resources: usize) -> (usize, usize) {
    let resource = spread.below(resources);
    let organization = resource / RESOURCES_EACH;
    (organization * MEMBERS_EACH + spread.below(MEMBERS_EACH), resource)
}

/// The resources above one, the nearest first. Those of an organization are trees in which each node
/// has three below it.
pub fn above(resource: usize) -> Vec<usize> {
    let first = resource - resource % RESOURCES_EACH;
    let mut at = resource - first;
    let mut above = Vec::with_capacity(DEPTH);
    // Those at the front are roots.
    while at >= RESOURCES_EACH / 100 && above.len() < DEPTH - 1 {
        at = (at - RESOURCES_EACH / 100) / 3;
        above.push(first + at);
    }
    above
}

/// Numbers as a resource's row has them of all above it.
pub fn in_a_row(numbers: &[i64]) -> String {
    let mut text = String::new();
    for it in numbers {
        text.push_str(&it.to_string());
        text.push(' ');
    }
    text
}

/// A role that a member holds on a resource; the role is the place of its name.
pub struct Assignment {
    /// The member.
    pub member: usize,
    /// The resource.
    pub resource: usize,
    /// The role.
    pub role: usize,
}

/// All roles that are held in a tree of so many resources, one organization after another. A few come
/// twice.
pub fn assignments(resources: usize) -> impl Iterator<Item = Assignment> {
    let mut spread = Spread(11);
    (0..resources.div_ceil(RESOURCES_EACH)).flat_map(move |organization| {
        let first = organization * RESOURCES_EACH;
        let count = RESOURCES_EACH.min(resources - first);
        let held: Vec<Assignment> = (0..count * ASSIGNMENTS_EACH)
            .map(|n| Assignment {
                member: organization * MEMBERS_EACH + spread.below(MEMBERS_EACH),
                resource: first + spread.below(count),
                role: n % ROLES.len(),
            })
            .collect();
        held
    })
}

/// The id of a resource.
pub fn resource_id(n: usize) -> String {
    format!("authz_resource_{n:026}")
}

/// The id of a member.
pub fn member_id(n: usize) -> String {
    format!("om_{n:026}")
}

/// The id of the organization of a resource.
pub fn organization_id(resource: usize) -> String {
    format!("org_{:026}", resource / RESOURCES_EACH)
}
