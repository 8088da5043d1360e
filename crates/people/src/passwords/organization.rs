//! What an organization asks of the passwords of its people, beyond what its environment asks.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vestibule_kernel::catalog::Method::{Get, Put};
use vestibule_kernel::event::Reaction;
use vestibule_kernel::id::{OrganizationId, UserId};
use vestibule_kernel::{Cx, Error, Fine, Operation, Patch, Result, Route};

use super::policy::{CharacterType, HISTORY_LENGTH_MAX, LENGTH_MAX, LENGTH_MIN, PasswordPolicy};
use super::store;
use crate::{domains, memberships, organizations};

/// The rules of an organization go with it.
pub const ON_ORGANIZATION_DELETED: Reaction =
    Reaction { event: "organization.deleted", run: forget };

/// What an organization asks of passwords; null is as in the environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct OrganizationPasswordPolicy {
    /// How many characters a password has at least
    pub length_min: Option<usize>,
    /// How hard it is to guess, by zxcvbn, from 0 (any dictionary) to 4 (very hard)
    pub score_min: Option<u8>,
    /// The kinds of characters of which it has one each
    pub character_types: Option<Vec<CharacterType>>,
    /// Whether it may contain the e-mail address
    pub email_allowed: Option<bool>,
    /// How many of the user's last passwords it must differ from, the present one included
    pub history_length: Option<u32>,
}

impl OrganizationPasswordPolicy {
    /// What holds where another policy holds too: of each rule the stricter. How long a password may
    /// be at the most is the environment's word alone, so that no two organizations make passwords
    /// impossible for somebody who is in both.
    pub fn over(&self, other: PasswordPolicy) -> PasswordPolicy {
        let Self { length_min, score_min, character_types, email_allowed, history_length } = self;
        let kinds = character_types.iter().flatten();
        let mut all = other.character_types;
        for kind in kinds {
            if !all.contains(kind) {
                all.push(*kind);
            }
        }
        PasswordPolicy {
            length_min: other.length_min.max(length_min.unwrap_or_default()).min(other.length_max),
            length_max: other.length_max,
            score_min: other.score_min.max(score_min.unwrap_or_default()),
            character_types: all,
            email_allowed: other.email_allowed && email_allowed.unwrap_or(true),
            history_length: other.history_length.max(history_length.unwrap_or_default()),
        }
    }
}

/// Whose password is to be judged, as far as that decides about the rules.
#[derive(Clone, Copy, Debug, Default)]
pub struct Owner<'a> {
    /// The user, unless they are about to be made.
    pub user: Option<&'a UserId>,
    /// The address.
    pub email: &'a str,
    /// The organization that they come for.
    pub organization: Option<&'a OrganizationId>,
}

impl PasswordPolicy {
    /// What holds for somebody: of each rule the strictest that there is in the environment, in the
    /// organizations that they are a member of, in the one that they come for, and in the one that
    /// has proved the domain of their address.
    ///
    /// Nothing of an account shows in it where no user is named, whoever has the address.
    pub fn of(cx: &mut Cx<'_>, owner: Owner<'_>) -> Result<Self> {
        let Owner { user, email, organization } = owner;
        let mut organizations: Vec<OrganizationId> = organization.cloned().into_iter().collect();
        if let Some(user) = user {
            let joined = memberships::active_of_user(cx, user)?.into_iter();
            organizations.extend(joined.map(|it| it.organization_id));
        }
        if let Some((_, domain)) = email.rsplit_once('@') {
            organizations.extend(domains::verified_owner(cx, domain)?);
        }
        let environment = cx.setting()?;
        let own = store::policies_of(cx, &organizations)?;
        Ok(own.iter().fold(environment, |holds, it| it.over(holds)))
    }
}

/// What an organization asks of the passwords of its people
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OrganizationPasswordPolicy")]
pub struct Shown {
    /// Always `organization_password_policy`
    #[schemars(extend("const" = "organization_password_policy"))]
    object: &'static str,
    /// ID of the organization
    organization_id: OrganizationId,
    #[serde(flatten)]
    policy: OrganizationPasswordPolicy,
    /// What holds, the environment's policy taken into account
    effective: PasswordPolicy,
}

fn show(
    cx: &mut Cx<'_>,
    organization_id: OrganizationId,
    policy: OrganizationPasswordPolicy,
) -> Result<Fine<Shown>> {
    let effective = policy.over(cx.setting()?);
    let object = "organization_password_policy";
    Ok(Fine(Shown { object, organization_id, policy, effective }))
}

/// Get what an organization asks of the passwords of its people
#[derive(Deserialize, JsonSchema)]
pub struct GetOrganizationPasswordPolicy {
    /// ID of the organization
    organization_id: OrganizationId,
}

impl Operation for GetOrganizationPasswordPolicy {
    const ID: &'static str = "organization_password_policy.get";
    const ROUTE: Route =
        Route(Get, "/vestibule/v1/organizations/{organization_id}/password_policy");
    const EXTENSION: bool = true;
    const STATUSES: &'static [u16] = &[404];
    type Reply = Fine<Shown>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id } = self;
        organizations::find(cx, &organization_id)?;
        let policy = store::policy(cx, &organization_id)?.unwrap_or_default();
        show(cx, organization_id, policy)
    }
}

/// Change what an organization asks of the passwords of its people
///
/// What is not given stays as it is; null is as in the environment. It holds for its members, for
/// who has an address at one of its verified domains, and for who signs up for it; where several
/// policies hold for somebody, of each rule the strictest counts. It counts for passwords that are
/// set from then on; those that people have keep working.
#[derive(Deserialize, JsonSchema)]
pub struct UpdateOrganizationPasswordPolicy {
    /// ID of the organization
    organization_id: OrganizationId,
    /// How many characters a password has at least
    #[serde(default)]
    #[schemars(range(min = LENGTH_MIN, max = LENGTH_MAX))]
    length_min: Patch<usize>,
    /// How hard it is to guess, by zxcvbn, from 0 (any dictionary) to 4 (very hard)
    #[serde(default)]
    #[schemars(range(min = 0, max = 4))]
    score_min: Patch<u8>,
    /// The kinds of characters of which it has one each; the whole list is replaced
    #[serde(default)]
    #[schemars(length(max = 4))]
    character_types: Patch<Vec<CharacterType>>,
    /// Whether it may contain the e-mail address
    #[serde(default)]
    email_allowed: Patch<bool>,
    /// How many of the user's last passwords it must differ from, the present one included
    #[serde(default)]
    #[schemars(range(min = 0, max = HISTORY_LENGTH_MAX))]
    history_length: Patch<u32>,
}

impl Operation for UpdateOrganizationPasswordPolicy {
    const ID: &'static str = "organization_password_policy.update";
    const ROUTE: Route =
        Route(Put, "/vestibule/v1/organizations/{organization_id}/password_policy");
    const EXTENSION: bool = true;
    const STATUSES: &'static [u16] = &[404];
    type Reply = Fine<Shown>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {
            organization_id,
            length_min,
            score_min,
            character_types,
            email_allowed,
            history_length,
        } = self;
        organizations::find(cx, &organization_id)?;
        let mut policy = store::policy(cx, &organization_id)?.unwrap_or_default();
        length_min.apply(&mut policy.length_min);
        score_min.apply(&mut policy.score_min);
        character_types.apply(&mut policy.character_types);
        email_allowed.apply(&mut policy.email_allowed);
        history_length.apply(&mut policy.history_length);
        check_length(cx, &policy)?;
        store::put_policy(cx, &organization_id, &policy)?;
        show(cx, organization_id, policy)
    }
}

fn check_length(cx: &mut Cx<'_>, policy: &OrganizationPasswordPolicy) -> Result<()> {
    let PasswordPolicy { length_max, .. } = cx.setting()?;
    match policy.length_min {
        Some(length_min) if length_min > length_max => {
            let text = format!(
                "A password of at least {length_min} characters cannot have at most {length_max}, \
                 as the environment asks."
            );
            Err(Error::invalid_field("length_min", "invalid", text))
        }
        _ => Ok(()),
    }
}

fn forget(cx: &mut Cx<'_>, deleted: &Value) -> Result<()> {
    store::delete_policy(cx, &crate::payload::id::<OrganizationId>(deleted)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use CharacterType::{Number, Symbol};

    #[test]
    fn of_two_policies_the_stricter_counts_rule_by_rule() {
        let environment = PasswordPolicy {
            length_min: 12,
            length_max: 64,
            score_min: 2,
            character_types: vec![Number],
            email_allowed: true,
            history_length: 3,
        };
        let nothing = OrganizationPasswordPolicy::default().over(environment.clone());
        assert_eq!(nothing, environment);
        let lax = OrganizationPasswordPolicy {
            length_min: Some(8),
            score_min: Some(0),
            character_types: Some(Vec::new()),
            email_allowed: Some(true),
            history_length: Some(0),
        };
        assert_eq!(lax.over(environment.clone()), environment);
        let strict = OrganizationPasswordPolicy {
            length_min: Some(100),
            score_min: Some(4),
            character_types: Some(vec![Symbol, Number]),
            email_allowed: Some(false),
            history_length: Some(5),
        };
        let expected = PasswordPolicy {
            length_min: 64,
            length_max: 64,
            score_min: 4,
            character_types: vec![Number, Symbol],
            email_allowed: false,
            history_length: 5,
        };
        assert_eq!(strict.over(environment), expected, "and never the impossible");
    }
}
