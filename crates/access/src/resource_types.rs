//! Types of resources: which there are in an environment, and which may be below which.
//!
//! The types are a setting, since there are few and each check of a new resource needs them all. The
//! organization is the type at the root, and not in it.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::Method::{Delete, Get, Patch as PatchMethod, Post};
use vestibule_kernel::{
    Code, Created, Cx, Error, Fine, NoContent, Op, Operation, Patch, Result, Route, op,
};
use vestibule_people::permissions;
use vestibule_people::roles;
use vestibule_people::roles::resource_types::{ORGANIZATION, ResourceType, ResourceTypes};

use crate::resources::{self, BAD_REQUEST, DEPTH_MAX};

/// The operations on types of resources.
pub const OPERATIONS: &[Op] = &[
    op::<CreateResourceType>(),
    op::<ListResourceTypes>(),
    op::<GetResourceType>(),
    op::<UpdateResourceType>(),
    op::<DeleteResourceType>(),
];

const SLUG_CONFLICT: Code = "resource_type_slug_conflict";
const HAS_DEPENDENTS: Code = "resource_type_has_dependents";

/// How many types an environment has at the most.
const TYPES_MAX: usize = 50;
/// How many types may be directly below one at the most.
const CHILD_TYPES_MAX: usize = 10;

/// All types, the organization left out
#[derive(Debug, Serialize, JsonSchema)]
pub struct ResourceTypeList {
    /// Always `list`
    #[schemars(extend("const" = "list"))]
    object: &'static str,
    /// The types
    data: Vec<ResourceType>,
}

/// Create a type of resource
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateResourceType {
    /// The name by which programs know it: lower-case letters, digits, `-` and `_`. It never changes
    #[schemars(length(min = 1, max = 48), regex(pattern = r"^[a-z0-9_-]+$"))]
    slug: String,
    /// The name for people
    #[schemars(length(max = 48), regex(pattern = r"\S"))]
    name: String,
    /// What it is
    #[schemars(length(max = 150), extend("x-nullable" = true))]
    description: Option<String>,
    /// The types that a resource of this type may be directly below, itself among them where such
    /// resources nest; `organization` unless told otherwise
    #[schemars(length(min = 1, max = 50))]
    parents: Option<Vec<String>>,
}

impl Operation for CreateResourceType {
    const ID: &'static str = "resource_types.create";
    const ROUTE: Route = Route(Post, "/vestibule/v1/resource_types");
    const FAILS: &'static [Code] = &[SLUG_CONFLICT, BAD_REQUEST];
    const EXTENSION: bool = true;
    type Reply = Created<ResourceType>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { slug, name, description, parents } = self;
        let mut types = cx.setting::<ResourceTypes>()?;
        if types.has(&slug) {
            let text = format!("There is a type of resource with the slug '{slug}' already.");
            return Err(Error::conflict(SLUG_CONFLICT, text));
        }
        let parents = unique(parents.unwrap_or_else(|| vec![ORGANIZATION.to_owned()]));
        let made = ResourceType { slug, name, description, parents };
        types.types.push(made.clone());
        check(&types, &made)?;
        cx.set(&types)?;
        Ok(Created(made))
    }
}

/// List all types of resources
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListResourceTypes {}

impl Operation for ListResourceTypes {
    const ID: &'static str = "resource_types.list";
    const ROUTE: Route = Route(Get, "/vestibule/v1/resource_types");
    const EXTENSION: bool = true;
    type Reply = Fine<ResourceTypeList>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let types = cx.setting::<ResourceTypes>()?;
        Ok(Fine(ResourceTypeList { object: "list", data: types.types }))
    }
}

/// Get a type of resource
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetResourceType {
    /// The slug of the type
    slug: String,
}

impl Operation for GetResourceType {
    const ID: &'static str = "resource_types.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/resource_types/{slug}");
    const EXTENSION: bool = true;
    type Reply = Fine<ResourceType>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        find(&cx.setting::<ResourceTypes>()?, &self.slug).map(Fine)
    }
}

/// Update a type of resource. Resources stay where they are, so a type of parent can only be taken
/// away where no resource needs it
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdateResourceType {
    /// The slug of the type
    slug: String,
    /// The name for people
    #[schemars(length(max = 48), regex(pattern = r"\S"))]
    name: Option<String>,
    /// What it is
    #[serde(default)]
    #[schemars(length(max = 150))]
    description: Patch<String>,
    /// The types that a resource of this type may be directly below
    #[schemars(length(min = 1, max = 50))]
    parents: Option<Vec<String>>,
}

impl Operation for UpdateResourceType {
    const ID: &'static str = "resource_types.update";
    const ROUTE: Route = Route(PatchMethod, "/vestibule/v1/resource_types/{slug}");
    const FAILS: &'static [Code] = &[BAD_REQUEST, HAS_DEPENDENTS];
    const EXTENSION: bool = true;
    type Reply = Fine<ResourceType>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { slug, name, description, parents } = self;
        let mut types = cx.setting::<ResourceTypes>()?;
        let before = find(&types, &slug)?;
        let mut changed = before.clone();
        if let Some(name) = name {
            changed.name = name;
        }
        description.apply(&mut changed.description);
        if let Some(parents) = parents {
            changed.parents = unique(parents);
        }
        for it in types.types.iter_mut().filter(|it| it.slug == slug) {
            it.clone_from(&changed);
        }
        check(&types, &changed)?;
        let dropped = before.parents.iter().filter(|it| !changed.parents.contains(it));
        for parent in dropped {
            if resources::is_below(cx, &slug, parent)? {
                let text = format!(
                    "Resources of type '{slug}' are directly below resources of type '{parent}'. \
                     Move or delete them first."
                );
                return Err(Error::conflict(HAS_DEPENDENTS, text));
            }
        }
        cx.set(&types)?;
        Ok(Fine(changed))
    }
}

/// Delete a type of resource, with all resources of the type, where no other type is below it and no
/// role or permission is about it
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeleteResourceType {
    /// The slug of the type
    slug: String,
}

impl Operation for DeleteResourceType {
    const ID: &'static str = "resource_types.delete";
    const ROUTE: Route = Route(Delete, "/vestibule/v1/resource_types/{slug}");
    const FAILS: &'static [Code] = &[BAD_REQUEST, HAS_DEPENDENTS];
    const EXTENSION: bool = true;
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { slug } = self;
        let mut types = cx.setting::<ResourceTypes>()?;
        find(&types, &slug)?;
        let below = types.types.iter().find(|it| it.slug != slug && it.parents.contains(&slug));
        if let Some(below) = below {
            let text =
                format!("Resources of type '{}' may be below those of '{slug}'.", below.slug);
            return Err(Error::conflict(HAS_DEPENDENTS, text));
        }
        if permissions::any_about(cx, &slug)? || roles::any_about(cx, &slug)? {
            let text = format!("Permissions or roles are about resources of type '{slug}'.");
            return Err(Error::conflict(HAS_DEPENDENTS, text));
        }
        types.types.retain(|it| it.slug != slug);
        cx.set(&types)?;
        resources::delete_of_type(cx, &slug)?;
        Ok(NoContent)
    }
}

fn find(types: &ResourceTypes, slug: &str) -> Result<ResourceType> {
    types.get(slug).cloned().ok_or_else(|| Error::not_found("Resource type", &slug))
}

fn unique(parents: Vec<String>) -> Vec<String> {
    let mut seen = Vec::with_capacity(parents.len());
    for it in parents {
        if !seen.contains(&it) {
            seen.push(it);
        }
    }
    seen
}

/// Refuses types of which the changed one is wrong, or has made another one wrong.
fn check(types: &ResourceTypes, changed: &ResourceType) -> Result<()> {
    if let Some(unknown) = changed.parents.iter().find(|it| !types.has(it)) {
        return Err(Error::not_found("Resource type", unknown));
    }
    if types.types.len() > TYPES_MAX {
        return Err(refused(format!("An environment has at most {TYPES_MAX} types of resources.")));
    }
    for parent in &changed.parents {
        if types.types.iter().filter(|it| it.parents.contains(parent)).count() > CHILD_TYPES_MAX {
            return Err(refused(format!(
                "At most {CHILD_TYPES_MAX} types may be directly below '{parent}'."
            )));
        }
    }
    for it in &types.types {
        if types.least_depth(&it.slug).is_none_or(|depth| depth > DEPTH_MAX) {
            return Err(refused(format!(
                "Resources of type '{}' could not be within {DEPTH_MAX} steps of an organization.",
                it.slug
            )));
        }
    }
    Ok(())
}

fn refused(text: String) -> Error {
    Error::bad_request(BAD_REQUEST, text)
}
