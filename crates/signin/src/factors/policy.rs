//! Which factors people enroll for themselves, and how far text messages go.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::Method::{Get, Put};
use vestibule_kernel::setting::{Setting, Showable, Shown};
use vestibule_kernel::{Cx, Error, Fine, Operation, Result, Route};

/// How many beginnings of numbers may be named.
const PREFIXES_MAX: usize = 300;
/// The most text messages in an hour that may be set.
const TEXT_MESSAGES_PER_HOUR_MAX: u32 = 1_000_000;

/// A kind of factor that people enroll for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum OwnFactorType {
    /// An authenticator app.
    Totp,
    /// A telephone that gets codes by text message.
    Sms,
}

/// Which factors people enroll for themselves, and how far text messages go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct FactorPolicy {
    /// Kinds of factor that the hosted pages offer to who must enroll one
    pub types: Vec<OwnFactorType>,
    /// Whether the hosted pages show recovery codes to who enrolls a factor there
    pub recovery_codes: bool,
    /// Beginnings of the telephone numbers that get text messages, such as `+1`; every number
    /// where there are none
    pub phone_prefixes: Vec<String>,
    /// How many text messages are sent in an hour at the most
    pub text_messages_per_hour: u32,
}

impl Default for FactorPolicy {
    fn default() -> Self {
        Self {
            types: vec![OwnFactorType::Totp],
            recovery_codes: true,
            phone_prefixes: Vec::new(),
            text_messages_per_hour: 1000,
        }
    }
}

impl Setting for FactorPolicy {
    const NAME: &'static str = "factor_policy";
}

impl FactorPolicy {
    /// That of the environment of this call.
    pub fn of(cx: &mut Cx<'_>) -> Result<Self> {
        cx.setting()
    }
    /// Whether a number gets text messages.
    pub(super) fn reaches(&self, number: &str) -> bool {
        let prefixes = &self.phone_prefixes;
        prefixes.is_empty() || prefixes.iter().any(|it| number.starts_with(it.as_str()))
    }
}

impl Showable for FactorPolicy {
    const OBJECT: &'static str = "factor_policy";
}

/// Get which factors people enroll for themselves
#[derive(Deserialize, JsonSchema)]
pub struct GetFactorPolicy {}

impl Operation for GetFactorPolicy {
    const ID: &'static str = "factor_policy.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/factor_policy");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown<FactorPolicy>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        FactorPolicy::of(cx).map(Shown::new).map(Fine)
    }
}

/// Change which factors people enroll for themselves
///
/// What is not given stays as it is. Factors that are enrolled already stay usable.
#[derive(Deserialize, JsonSchema)]
pub struct UpdateFactorPolicy {
    /// Kinds of factor that the hosted pages offer to who must enroll one
    #[schemars(length(min = 1, max = 2))]
    types: Option<Vec<OwnFactorType>>,
    /// Whether the hosted pages show recovery codes to who enrolls a factor there
    recovery_codes: Option<bool>,
    /// Beginnings of the telephone numbers that get text messages, such as `+1`; an empty list for
    /// every number
    #[schemars(length(max = PREFIXES_MAX), inner(length(max = 16)))]
    phone_prefixes: Option<Vec<String>>,
    /// How many text messages are sent in an hour at the most
    #[schemars(range(max = TEXT_MESSAGES_PER_HOUR_MAX))]
    text_messages_per_hour: Option<u32>,
}

impl Operation for UpdateFactorPolicy {
    const ID: &'static str = "factor_policy.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/factor_policy");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown<FactorPolicy>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { types, recovery_codes, phone_prefixes, text_messages_per_hour } = self;
        let mut policy = FactorPolicy::of(cx)?;
        if let Some(types) = types {
            policy.types.clear();
            for it in types {
                if !policy.types.contains(&it) {
                    policy.types.push(it);
                }
            }
        }
        policy.recovery_codes = recovery_codes.unwrap_or(policy.recovery_codes);
        if let Some(prefixes) = phone_prefixes {
            for prefix in &prefixes {
                check_prefix(prefix)?;
            }
            policy.phone_prefixes = prefixes;
        }
        policy.text_messages_per_hour =
            text_messages_per_hour.unwrap_or(policy.text_messages_per_hour);
        cx.set(&policy)?;
        Ok(Fine(Shown::new(policy)))
    }
}

fn check_prefix(prefix: &str) -> Result<()> {
    let digits = prefix.strip_prefix('+').unwrap_or_default();
    let good = !digits.is_empty()
        && !digits.starts_with('0')
        && digits.bytes().all(|it| it.is_ascii_digit());
    if good {
        return Ok(());
    }
    let why = format!("'{prefix}' begins no telephone number. Write + and digits, such as +44.");
    Err(Error::invalid_field("phone_prefixes", "invalid", why))
}
