//! The two ways in which a request names a resource.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::id::{AuthorizationResourceId, OrganizationId};
use vestibule_kernel::{Cx, Error, Result};
use vestibule_people::memberships::Standing;

use super::{Place, Resource, find, find_by_external_id, not_found, store};

/// A resource of an organization, by its id or by its type and external id
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Named {
    /// The id of the resource. Give either it, or `resource_external_id` and `resource_type_slug`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<AuthorizationResourceId>,
    /// The id that the application knows the resource by
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_external_id: Option<String>,
    /// The type of the resource, beside `resource_external_id`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type_slug: Option<String>,
}

/// A name of the one form or the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name<'a> {
    /// Its id.
    Id(&'a AuthorizationResourceId),
    /// What the application knows it by.
    External {
        /// Its type.
        resource_type_slug: &'a str,
        /// Its external id.
        external_id: &'a str,
    },
}

/// The names of the fields that name a resource, in the order of their use.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    pub id: &'static str,
    pub external_id: &'static str,
    pub resource_type: &'static str,
}

const OWN: Fields = Fields {
    id: "resource_id",
    external_id: "resource_external_id",
    resource_type: "resource_type_slug",
};

/// The fields that name the resource above.
pub(super) const PARENT: Fields = Fields {
    id: "parent_resource_id",
    external_id: "parent_resource_external_id",
    resource_type: "parent_resource_type_slug",
};

/// The form in which the resource above is named, none where no field names one.
pub fn name_of_parent<'a>(
    id: Option<&'a AuthorizationResourceId>,
    external_id: Option<&'a str>,
    resource_type: Option<&'a str>,
) -> Result<Option<Name<'a>>> {
    form(PARENT, id, external_id, resource_type)
}

/// The form in which a resource is named, none where no field names one; refuses both at once and
/// halves of one.
pub(super) fn form<'a>(
    fields: Fields,
    id: Option<&'a AuthorizationResourceId>,
    external_id: Option<&'a str>,
    resource_type: Option<&'a str>,
) -> Result<Option<Name<'a>>> {
    match (id, external_id, resource_type) {
        (None, None, None) => Ok(None),
        (Some(id), None, None) => Ok(Some(Name::Id(id))),
        (None, Some(external_id), Some(resource_type_slug)) => {
            Ok(Some(Name::External { resource_type_slug, external_id }))
        }
        (Some(_), ..) => {
            let text = format!(
                "Give either {}, or {} and {}, not both.",
                fields.id, fields.external_id, fields.resource_type
            );
            Err(Error::invalid_field(fields.id, "mutually_exclusive", text))
        }
        (None, Some(_), None) => Err(beside(fields.resource_type, fields.external_id)),
        (None, None, Some(_)) => Err(beside(fields.external_id, fields.resource_type)),
    }
}

fn beside(missing: &'static str, given: &'static str) -> Error {
    Error::invalid_field(missing, "required", format!("{missing} is required beside {given}."))
}

impl Named {
    /// The form of the name, if there is one.
    pub fn form(&self) -> Result<Option<Name<'_>>> {
        form(
            OWN,
            self.resource_id.as_ref(),
            self.resource_external_id.as_deref(),
            self.resource_type_slug.as_deref(),
        )
    }
    /// The name; refuses none.
    pub fn name(&self) -> Result<Name<'_>> {
        self.form()?.ok_or_else(|| {
            let text = "Give resource_id, or resource_external_id and resource_type_slug.";
            Error::invalid_field("resource_id", "required", text)
        })
    }
}

impl Name<'_> {
    /// The resource of the organization that is named, or 404.
    pub fn find(&self, cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<Resource> {
        match self {
            Self::Id(id) => {
                let found = find(cx, id)?;
                if found.organization_id == *organization { Ok(found) } else { Err(not_found(id)) }
            }
            Self::External { resource_type_slug, external_id } => {
                find_by_external_id(cx, organization, resource_type_slug, external_id)
            }
        }
    }
    /// Where the resource is that is named, in the organization of a membership, or 404: what a check
    /// needs of it.
    pub(crate) fn place(&self, cx: &mut Cx<'_>, of: &Standing) -> Result<Place> {
        let found = match self {
            Self::Id(id) => store::place(cx, of, id)?,
            Self::External { resource_type_slug, external_id } => {
                store::place_by_external_id(cx, of, resource_type_slug, external_id)?
            }
        };
        match found {
            Some(it) => Ok(it),
            // The organization itself, or nothing of it.
            None => self.find(cx, &of.organization_id).map(Place::from),
        }
    }
}
