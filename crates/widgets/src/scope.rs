//! What a widget may be let do: the system's own permissions, by the names of their slugs.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! scopes {
    ($($(#[$doc:meta])* $name:ident = $slug:literal,)*) => {
        /// What a widget may be let do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[schemars(inline)]
        pub enum Scope {
            $($(#[$doc])* #[serde(rename = $slug)] $name,)*
        }

        impl Scope {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
            /// The slug of the permission.
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)* }
            }
        }
    };
}

scopes! {
    /// Manage the members of the organization.
    UsersTable = "widgets:users-table:manage",
    /// Verify its domains.
    DomainVerification = "widgets:domain-verification:manage",
    /// Set up single sign-on.
    Sso = "widgets:sso:manage",
    /// Manage its API keys.
    ApiKeys = "widgets:api-keys:manage",
    /// Set up directory sync.
    DirectorySync = "widgets:dsync:manage",
    /// Stream its audit log.
    AuditLogStreaming = "widgets:audit-log-streaming:manage",
    /// Manage its integrations.
    Pipes = "widgets:pipes:manage",
    /// Manage one's own API keys.
    OwnApiKeys = "widgets:user-api-keys:manage-self",
    /// Manage the API keys of all members.
    MembersApiKeys = "widgets:user-api-keys:manage-all",
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use vestibule_people::permissions;

    use super::Scope;

    #[test]
    fn each_scope_is_a_permission_that_every_environment_has_and_each_of_those_a_scope() {
        let scopes: BTreeSet<_> = Scope::ALL.iter().map(|it| it.slug()).collect();
        assert_eq!(scopes, permissions::system_slugs().collect());
        assert_eq!(scopes.len(), 9);
    }
}
