//! The states of a membership, and what may happen in each (contract 05).
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::db::{FromValue, Value};
use vestibule_kernel::{Code, Error, Result};

/// A pending membership cannot be deactivated.
pub const CANNOT_DEACTIVATE: Code = "cannot_deactivate_pending_organization_membership";
/// A pending membership cannot be reactivated.
pub const CANNOT_REACTIVATE: Code = "cannot_reactivate_pending_organization_membership";

/// The state of a membership
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The user is a member
    Active,
    /// The user was a member, and can be made one again
    Inactive,
    /// The user is invited
    Pending,
}

impl Status {
    /// As it is stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Pending => "pending",
        }
    }
    /// The state after a deactivation.
    pub fn deactivated(self) -> Result<Self> {
        match self {
            Self::Active | Self::Inactive => Ok(Self::Inactive),
            Self::Pending => Err(Error::bad_request(
                CANNOT_DEACTIVATE,
                "A pending membership cannot be deactivated. Revoke the invitation instead.",
            )),
        }
    }
    /// The state after a reactivation.
    pub fn reactivated(self) -> Result<Self> {
        match self {
            Self::Active | Self::Inactive => Ok(Self::Active),
            Self::Pending => Err(Error::bad_request(
                CANNOT_REACTIVATE,
                "A pending membership cannot be reactivated. It becomes active when the user \
                 accepts the invitation.",
            )),
        }
    }
}

impl From<Status> for Value {
    fn from(it: Status) -> Self {
        Self::Text(it.name().to_owned())
    }
}
impl FromValue for Status {
    fn from_value(value: Value) -> Result<Self> {
        match String::from_value(value)?.as_str() {
            "active" => Ok(Self::Active),
            "inactive" => Ok(Self::Inactive),
            "pending" => Ok(Self::Pending),
            other => Err(Error::internal(format!("a membership has the status '{other}'"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Status::{self, Active, Inactive, Pending};
    use super::*;

    #[test]
    fn deactivation_and_reactivation_lead_between_active_and_inactive_alone() {
        for (before, deactivated, reactivated) in [
            (Active, Ok(Inactive), Ok(Active)),
            (Inactive, Ok(Inactive), Ok(Active)),
            (Pending, Err(CANNOT_DEACTIVATE), Err(CANNOT_REACTIVATE)),
        ] {
            let code = |it: Result<Status>| it.map_err(|it| it.code());
            assert_eq!(code(before.deactivated()), deactivated, "{before:?}");
            assert_eq!(code(before.reactivated()), reactivated, "{before:?}");
        }
    }
}
