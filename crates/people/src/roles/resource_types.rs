//! Resource types: what roles and permissions are about.
//!
//! The root is `organization`. Further types, each below one or more others, are a setting of the
//! environment.
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

/// A type of resource below the organization.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ResourceType {
    /// The name by which programs know it.
    pub slug: String,
    /// The types that a resource of this type may be directly below.
    pub parents: Vec<String>,
}

impl ResourceTypes {
    fn has(&self, slug: &str) -> bool {
        slug == ORGANIZATION || self.types.iter().any(|it| it.slug == slug)
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
        let ty = |slug: &str, parents: &[&str]| ResourceType {
            slug: slug.to_owned(),
            parents: parents.iter().map(|&it| it.to_owned()).collect(),
        };
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
}
