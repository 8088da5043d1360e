//! Who holds a key, and keys of which the operation already tells who holds them.
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::Value;
use vestibule_kernel::id::{OrganizationId, UserId};

/// Who holds a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Owner {
    /// An organization.
    Organization {
        /// Which one.
        id: OrganizationId,
    },
    /// A user, for one of the organizations of which he is a member.
    User {
        /// Which one.
        id: UserId,
        /// Where the key is good for.
        organization_id: OrganizationId,
    },
}

fn an_organization() -> Schema {
    json_schema!({
        "description": "Who holds the key",
        "type": "object",
        "required": ["type", "id"],
        "properties": {
            "type": { "type": "string", "const": "organization" },
            "id": { "type": "string" },
        },
    })
}

fn a_user() -> Schema {
    json_schema!({
        "description": "Who holds the key",
        "type": "object",
        "required": ["type", "id", "organization_id"],
        "properties": {
            "type": { "type": "string", "const": "user" },
            "id": { "type": "string" },
            "organization_id": { "type": "string" },
        },
    })
}

impl JsonSchema for Owner {
    fn schema_name() -> Cow<'static, str> {
        "ApiKeyOwner".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Who holds the key",
            "oneOf": [an_organization(), a_user()],
        })
    }
}

macro_rules! held_by {
    ($($(#[$doc:meta])* $name:ident: $owner:ident, $prefix:literal;)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Serialize)]
        #[serde(transparent)]
        pub struct $name<K>(pub K);

        impl<K: JsonSchema> JsonSchema for $name<K> {
            fn schema_name() -> Cow<'static, str> {
                format!(concat!($prefix, "{}"), K::schema_name()).into()
            }
            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let mut schema = K::json_schema(generator);
                if let Some(owner) = schema.pointer_mut("/properties/owner") {
                    *owner = Value::from($owner());
                }
                schema
            }
        }
    )* };
}
held_by! {
    /// A key that an organization holds; its schema says so.
    HeldByOrganization: an_organization, "Organization";
    /// A key that a user holds; its schema says so.
    HeldByUser: a_user, "User";
}
