//! Whom a flag is on for, as events tell it.
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use vestibule_kernel::id::{OrganizationId, UserId};
use vestibule_kernel::{Cx, Result};

use super::{FeatureFlag, store};

/// How many targets of each kind an event names at the most, the newest: else each of ten thousand
/// targets would be followed by an event that names all of them.
const TOLD_MAX: usize = 100;

/// A user whom a flag is on for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TargetUser {
    pub id: UserId,
    pub email: String,
}

/// An organization that a flag is on for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TargetOrganization {
    pub id: OrganizationId,
    pub name: String,
}

/// Who a flag is on for.
#[derive(Clone, Debug)]
pub(super) enum Target {
    User(TargetUser),
    Organization(TargetOrganization),
}

impl Target {
    pub fn id(&self) -> &str {
        match self {
            Self::User(it) => it.id.as_str(),
            Self::Organization(it) => it.id.as_str(),
        }
    }
    /// The word for its kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => store::USER,
            Self::Organization(_) => store::ORGANIZATION,
        }
    }
}

/// The newest targets of a flag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct ConfiguredTargets {
    pub organizations: Vec<TargetOrganization>,
    pub users: Vec<TargetUser>,
}

/// Whom a flag is on for, where it is enabled.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub default_value: bool,
    targets: ConfiguredTargets,
}

impl Rule {
    /// The rule of a flag as it stands.
    pub fn of(cx: &mut Cx<'_>, flag: &FeatureFlag) -> Result<Self> {
        let organizations = store::newest_organizations(cx, &flag.id, TOLD_MAX)?;
        let users = store::newest_users(cx, &flag.id, TOLD_MAX)?;
        let targets = ConfiguredTargets { organizations, users };
        Ok(Self { default_value: flag.default_value, targets })
    }
    /// The same with one more target.
    pub fn with(&self, target: &Target) -> Self {
        let mut rule = self.clone();
        let ConfiguredTargets { organizations, users } = &mut rule.targets;
        match target {
            Target::User(it) => users.insert(0, it.clone()),
            Target::Organization(it) => organizations.insert(0, it.clone()),
        }
        organizations.truncate(TOLD_MAX);
        users.truncate(TOLD_MAX);
        rule
    }
    /// The same with another default value.
    pub fn with_default(&self, default_value: bool) -> Self {
        Self { default_value, ..self.clone() }
    }
    /// The word for whom it lets in.
    fn access_type(&self) -> &'static str {
        let ConfiguredTargets { organizations, users } = &self.targets;
        match (self.default_value, organizations.is_empty() && users.is_empty()) {
            (true, _) => "all",
            (false, false) => "some",
            (false, true) => "none",
        }
    }
    /// As the context of an event has it.
    pub fn attributes(&self) -> Map<String, Value> {
        let mut attributes = Map::new();
        attributes.insert("access_type".to_owned(), json!(self.access_type()));
        attributes.insert("configured_targets".to_owned(), json!(self.targets));
        attributes
    }
    /// What of it is otherwise in the rule that came after it.
    pub fn before(&self, after: &Self) -> Value {
        let (mut before, after) = (self.attributes(), after.attributes());
        before.retain(|name, value| after.get(name) != Some(value));
        Value::Object(before)
    }
}
