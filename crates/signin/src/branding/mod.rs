//! Reading and changing how the pages and mails of an environment and of its organizations look.
//!
//! What is kept, and which of it holds, is in [`vestibule_branding`]; here stands what clients can do
//! with it. An organization's own branding ends with the organization.
mod links;
mod operations;

use serde_json::Value;
use vestibule_kernel::event::Reaction;
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::{Cx, Op, Result, op};

pub use operations::{
    DeleteBranding, DeleteBrandingImage, GetBranding, SetBrandingImage, UpdateBranding,
};

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[
    op::<GetBranding>(),
    op::<UpdateBranding>(),
    op::<DeleteBranding>(),
    op::<SetBrandingImage>(),
    op::<DeleteBrandingImage>(),
];

/// Forgets the branding of an organization that is deleted.
pub const ON_ORGANIZATION_DELETED: Reaction =
    Reaction { event: "organization.deleted", run: organization_deleted };

fn organization_deleted(cx: &mut Cx<'_>, organization: &Value) -> Result<()> {
    match organization.get("id").and_then(Value::as_str) {
        Some(id) => vestibule_branding::delete_of_organization(cx, &OrganizationId::parse(id)?),
        None => Ok(()),
    }
}
