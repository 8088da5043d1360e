//! Reading and changing what a password must be like.
use schemars::JsonSchema;
use serde::Deserialize;
use vestibule_kernel::catalog::Method::{Get, Put};
use vestibule_kernel::setting::{Showable, Shown};
use vestibule_kernel::{Cx, Error, Fine, Operation, Result, Route};

use super::policy::{CharacterType, HISTORY_LENGTH_MAX, LENGTH_MAX, LENGTH_MIN, PasswordPolicy};

impl Showable for PasswordPolicy {
    const OBJECT: &'static str = "password_policy";
}

/// Get what a password must be like
#[derive(Deserialize, JsonSchema)]
pub struct GetPasswordPolicy {}

impl Operation for GetPasswordPolicy {
    const ID: &'static str = "password_policy.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/password_policy");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown<PasswordPolicy>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        cx.setting().map(Shown::new).map(Fine)
    }
}

/// Change what a password must be like
///
/// What is not given stays as it is. It counts for passwords that are set from then on; those that
/// people have keep working.
#[derive(Deserialize, JsonSchema)]
pub struct UpdatePasswordPolicy {
    /// How many characters it has at least
    #[schemars(range(min = LENGTH_MIN, max = LENGTH_MAX))]
    length_min: Option<usize>,
    /// How many characters it has at the most
    #[schemars(range(min = LENGTH_MIN, max = LENGTH_MAX))]
    length_max: Option<usize>,
    /// How hard it is to guess, by zxcvbn, from 0 (any dictionary) to 4 (very hard)
    #[schemars(range(min = 0, max = 4))]
    score_min: Option<u8>,
    /// The kinds of characters of which it has one each; the whole list is replaced
    #[schemars(length(max = 4))]
    character_types: Option<Vec<CharacterType>>,
    /// Whether it may contain the e-mail address
    email_allowed: Option<bool>,
    /// How many of the user's last passwords it must differ from, the present one included
    #[schemars(range(min = 0, max = HISTORY_LENGTH_MAX))]
    history_length: Option<u32>,
}

impl Operation for UpdatePasswordPolicy {
    const ID: &'static str = "password_policy.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/password_policy");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown<PasswordPolicy>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {
            length_min,
            length_max,
            score_min,
            character_types,
            email_allowed,
            history_length,
        } = self;
        let mut policy: PasswordPolicy = cx.setting()?;
        policy.length_min = length_min.unwrap_or(policy.length_min);
        policy.length_max = length_max.unwrap_or(policy.length_max);
        policy.score_min = score_min.unwrap_or(policy.score_min);
        policy.character_types = character_types.unwrap_or(policy.character_types);
        policy.email_allowed = email_allowed.unwrap_or(policy.email_allowed);
        policy.history_length = history_length.unwrap_or(policy.history_length);
        if policy.length_min > policy.length_max {
            let text = format!(
                "A password of at least {} characters cannot have at most {}.",
                policy.length_min, policy.length_max
            );
            return Err(Error::invalid_field("length_min", "invalid", text));
        }
        cx.set(&policy)?;
        Ok(Fine(Shown::new(policy)))
    }
}
