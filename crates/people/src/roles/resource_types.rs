//! Resource types: what roles and permissions are about.
//!
//! The root is `organization`. Further types, each below one or more others, are a setting of the
//! environment.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::setting::Setting;
use vestibule_kernel::{Cx, Error, Result};

/// The type at the root: roles of this type are given to memberships.
pub const ORGANIZATION: &str = "organization";

/// The types of the environment, apart from [`ORGANIZATION`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ResourceTypes {
    /// The types.
    #[serde(default)]
    pub types: Vec<ResourceType>,
}

impl Setting for ResourceTypes {
    const NAME: &'static str = "resource_types";
}

/// A type of resource below the organization
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceType {
    /// The name by which programs know it, such as `project`
    pub slug: String,
    /// The name for people
    #[serde(default)]
    pub name: String,
    /// What it is
    #[serde(default)]
    pub description: Option<String>,
    /// The types that a resource of this type may be directly below
    pub parents: Vec<String>,
}

impl ResourceType {
    /// A type with its slug for a name.
    pub fn new(slug: &str, parents: &[&str]) -> Self {
        Self {
            slug: slug.to_owned(),
            name: slug.to_owned(),
            description: None,
            parents: parents.iter().map(|&it| it.to_owned()).collect(),
        }
    }
}

impl ResourceTypes {
    /// The type of this slug; none for the organization.
    pub fn get(&self, slug: &str) -> Option<&ResourceType> {
        self.types.iter().find(|it| it.slug == slug)
    }
    /// Whether there is such a type.
    pub fn has(&self, slug: &str) -> bool {
        slug == ORGANIZATION || self.get(slug).is_some()
    }
    /// Whether a resource of type `slug` may be directly below one of type `parent`.
    pub fn may_be_below(&self, slug: &str, parent: &str) -> bool {
        self.get(slug).is_some_and(|it| it.parents.iter().any(|it| it == parent))
    }
    /// How far below the organization a resource of this type is at the least; none where it cannot
    /// be below it.
    pub fn least_depth(&self, slug: &str) -> Option<usize> {
        let mut reached = vec![ORGANIZATION];
        for depth in 0..=self.types.len() {
            if reached.contains(&slug) {
                return Some(depth);
            }
            let next: Vec<&str> = self
                .types
                .iter()
                .filter(|it| it.parents.iter().any(|it| reached.contains(&it.as_str())))
                .map(|it| it.slug.as_str())
                .collect();
            reached.extend(next);
        }
        None
    }
    /// Whether `slug` is `ancestor` or may be below it.
    pub fn is_within(&self, slug: &str, ancestor: &str) -> bool {
        let mut seen = vec![slug];
        let mut next = 0;
        while let Some(slug) = seen.get(next).copied() {
            if slug == ancestor {
                return true;
            }
            for it in self.types.iter().filter(|it| it.slug == slug) {
                for parent in &it.parents {
                    if !seen.contains(&parent.as_str()) {
                        seen.push(parent);
                    }
                }
            }
            next += 1;
        }
        false
    }
}

/// The type that was asked for, or 404; the organization where none was.
pub fn find(cx: &mut Cx<'_>, slug: Option<String>) -> Result<String> {
    let Some(slug) = slug else { return Ok(ORGANIZATION.to_owned()) };
    if cx.setting::<ResourceTypes>()?.has(&slug) {
        return Ok(slug);
    }
    Err(Error::not_found("Resource type", &slug))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_within_itself_and_all_that_it_may_be_below() {
        let ty = ResourceType::new;
        let types = ResourceTypes {
            types: vec![
                ty("workspace", &[ORGANIZATION]),
                ty("project", &["workspace", "project"]),
                ty("team", &[ORGANIZATION]),
            ],
        };
        for (slug, ancestor, within) in [
            ("project", "project", true),
            ("project", "workspace", true),
            ("project", ORGANIZATION, true),
            ("workspace", "project", false),
            ("project", "team", false),
            (ORGANIZATION, "workspace", false),
        ] {
            assert_eq!(types.is_within(slug, ancestor), within, "{slug} within {ancestor}");
        }
    }
    #[test]
    fn a_type_is_as_deep_as_the_shortest_way_to_it() {
        let ty = ResourceType::new;
        let types = ResourceTypes {
            types: vec![
                ty("project", &["workspace", "project"]),
                ty("workspace", &[ORGANIZATION]),
                ty("app", &["project", "workspace"]),
                ty("island", &["island"]),
            ],
        };
        for (slug, depth) in [
            (ORGANIZATION, Some(0)),
            ("workspace", Some(1)),
            ("project", Some(2)),
            ("app", Some(2)),
            ("island", None),
            ("unknown", None),
        ] {
            assert_eq!(types.least_depth(slug), depth, "{slug}");
        }
    }
}
