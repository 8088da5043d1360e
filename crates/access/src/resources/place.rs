//! Where a resource may be in the tree, and moving it there.
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::{Cx, Error, Result};
use vestibule_people::roles::resource_types::{ORGANIZATION, ResourceTypes};

use super::{BAD_REQUEST, DEPTH_MAX, Resource, TAKEN_ALONG_MAX, store};

/// A resource and all that is above it: what a check needs to know of it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The organization that it belongs to.
    pub(crate) organization_id: OrganizationId,
    /// Its type.
    pub(crate) resource_type_slug: String,
    /// Its number, the numbers of all that is above it, and the organization's last.
    pub(crate) path: Vec<i64>,
}

impl From<Resource> for Place {
    fn from(it: Resource) -> Self {
        let path = std::iter::once(it.number).chain(it.ancestors).collect();
        let Resource { organization_id, resource_type_slug, .. } = it;
        Self { organization_id, resource_type_slug, path }
    }
}

/// What is above a resource that is directly below `parent`. Refuses a place that the types of the
/// environment, or the depth of the tree, do not allow.
pub(super) fn below(
    cx: &mut Cx<'_>,
    resource_type_slug: &str,
    parent: &Resource,
) -> Result<Vec<i64>> {
    let types = cx.setting::<ResourceTypes>()?;
    if !types.may_be_below(resource_type_slug, &parent.resource_type_slug) {
        let text = format!(
            "A resource of type '{resource_type_slug}' may not be directly below one of type '{}'.",
            parent.resource_type_slug
        );
        return Err(Error::bad_request(BAD_REQUEST, text));
    }
    let mut above = vec![parent.numbered(cx)?];
    above.extend(&parent.ancestors);
    if above.len() > DEPTH_MAX {
        return Err(too_deep());
    }
    Ok(above)
}

fn too_deep() -> Error {
    let text = format!("At most {DEPTH_MAX} resources may be below each other.");
    Error::bad_request(BAD_REQUEST, text)
}

/// Moves a resource, with all that is below it, to where `above` is above it.
pub(super) fn move_to(cx: &mut Cx<'_>, resource: &mut Resource, above: Vec<i64>) -> Result<()> {
    if above.contains(&resource.number) {
        let text = "A resource may not be below itself.";
        return Err(Error::bad_request(BAD_REQUEST, text));
    }
    resource.ancestors = above;
    let (mut moved, mut count) = (vec![resource.clone()], 0);
    while let Some(parent) = moved.pop() {
        for mut child in store::children(cx, parent.number)? {
            count += 1;
            if count > TAKEN_ALONG_MAX {
                let text = format!(
                    "More than {TAKEN_ALONG_MAX} resources would move. Move those below it first, \
                     part by part."
                );
                return Err(Error::bad_request(BAD_REQUEST, text));
            }
            child.ancestors =
                std::iter::once(parent.number).chain(parent.ancestors.iter().copied()).collect();
            if child.ancestors.len() > DEPTH_MAX {
                return Err(too_deep());
            }
            store::update(cx, &child)?;
            moved.push(child);
        }
    }
    Ok(())
}

/// The type that was asked for, if resources of it can be made, or 404.
pub(super) fn type_of_new(cx: &mut Cx<'_>, slug: &str) -> Result<()> {
    if slug == ORGANIZATION {
        let text = "The resource of an organization is made with the organization.";
        return Err(Error::bad_request(BAD_REQUEST, text));
    }
    vestibule_people::roles::resource_types::find(cx, Some(slug.to_owned())).map(|_| ())
}
