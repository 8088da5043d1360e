//! How deliveries of an environment are tried, and when an endpoint that takes none is disabled.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::Method::{Get, Put};
use vestibule_kernel::setting::{Setting, Showable, Shown};
use vestibule_kernel::time::Seconds;
use vestibule_kernel::{Cx, Error, Fine, Operation, Result, Route};
use vestibule_people::users::EmailAddress;

/// The longest that an endpoint may take to answer, in milliseconds: a lease must outlast it.
pub(super) const TIMEOUT_MS_MAX: u32 = 20_000;
/// How many further attempts there are at the most.
const RETRIES_MAX: usize = 20;
/// How long all attempts together may be spread at the most: 30 days.
const RETRY_SECONDS_MAX: Seconds = 30 * 86_400;
/// The longest that an endpoint may fail before it is disabled: 90 days.
const DISABLE_AFTER_SECONDS_MAX: Seconds = 90 * 86_400;
/// The shortest: an hour.
const DISABLE_AFTER_SECONDS_MIN: Seconds = 3_600;
/// How many addresses may be told.
const ALERT_EMAILS_MAX: usize = 10;
/// How many deliveries to one endpoint are under way at once at the most.
const AT_ONCE_MAX: u32 = 8;

/// How deliveries of an environment are tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct DeliveryPolicy {
    /// How long an endpoint may take to answer, in milliseconds
    pub timeout_ms: u32,
    /// How long after each failed attempt the next one is made, in seconds; none after the last
    pub retry_after_seconds: Vec<Seconds>,
    /// How many deliveries to one endpoint are under way at once; events arrive in their order
    /// where it is 1
    pub deliveries_at_once: u32,
    /// How long an endpoint may fail at every attempt before it is disabled, in seconds; 0 where
    /// that never happens
    pub disable_after_seconds: Seconds,
    /// Addresses that are told by mail when an endpoint is disabled
    pub alert_emails: Vec<String>,
}

impl Default for DeliveryPolicy {
    /// Six further attempts over three days: after 10 seconds, 2 minutes, 15 minutes, 2 hours, 14
    /// hours and 55 hours; and disabled after five days.
    fn default() -> Self {
        Self {
            timeout_ms: 5_000,
            retry_after_seconds: vec![10, 120, 900, 7_200, 50_400, 198_000],
            deliveries_at_once: 1,
            disable_after_seconds: 5 * 86_400,
            alert_emails: Vec::new(),
        }
    }
}

impl Setting for DeliveryPolicy {
    const NAME: &'static str = "webhook_delivery_policy";
}

impl Showable for DeliveryPolicy {
    const OBJECT: &'static str = "webhook_policy";
}

/// Get how webhook deliveries are tried
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetWebhookPolicy {}

impl Operation for GetWebhookPolicy {
    const ID: &'static str = "webhook_policy.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/webhook_policy");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown<DeliveryPolicy>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        cx.setting().map(Shown::new).map(Fine)
    }
}

/// Change how webhook deliveries are tried
///
/// What is not given stays as it is. A changed schedule holds from the next attempt on.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdateWebhookPolicy {
    /// How long an endpoint may take to answer, in milliseconds
    #[schemars(range(min = 100, max = TIMEOUT_MS_MAX))]
    timeout_ms: Option<u32>,
    /// How long after each failed attempt the next one is made, in seconds: none after the last,
    /// and 30 days altogether at the most
    #[schemars(length(max = RETRIES_MAX), inner(range(min = 1, max = RETRY_SECONDS_MAX)))]
    retry_after_seconds: Option<Vec<Seconds>>,
    /// How many deliveries to one endpoint are under way at once; 1 to have events arrive in their
    /// order
    #[schemars(range(min = 1, max = AT_ONCE_MAX))]
    deliveries_at_once: Option<u32>,
    /// How long an endpoint may fail at every attempt before it is disabled, in seconds, an hour at
    /// the least; 0 for never
    #[schemars(range(max = DISABLE_AFTER_SECONDS_MAX))]
    disable_after_seconds: Option<Seconds>,
    /// Addresses that are told by mail when an endpoint is disabled
    #[schemars(length(max = ALERT_EMAILS_MAX), inner(length(max = 254)))]
    alert_emails: Option<Vec<String>>,
}

impl Operation for UpdateWebhookPolicy {
    const ID: &'static str = "webhook_policy.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/webhook_policy");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown<DeliveryPolicy>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {
            timeout_ms,
            retry_after_seconds,
            deliveries_at_once,
            disable_after_seconds,
            alert_emails,
        } = self;
        let mut policy: DeliveryPolicy = cx.setting()?;
        policy.timeout_ms = timeout_ms.unwrap_or(policy.timeout_ms);
        if let Some(waits) = retry_after_seconds {
            check_waits(&waits)?;
            policy.retry_after_seconds = waits;
        }
        policy.deliveries_at_once = deliveries_at_once.unwrap_or(policy.deliveries_at_once);
        if let Some(seconds) = disable_after_seconds {
            check_disable_after(seconds)?;
            policy.disable_after_seconds = seconds;
        }
        if let Some(addresses) = alert_emails {
            addresses.iter().try_for_each(|it| check_address(it))?;
            policy.alert_emails = addresses;
        }
        cx.set(&policy)?;
        Ok(Fine(Shown::new(policy)))
    }
}

fn check_waits(waits: &[Seconds]) -> Result<()> {
    let total: u64 = waits.iter().copied().map(u64::from).sum();
    if total <= u64::from(RETRY_SECONDS_MAX) {
        return Ok(());
    }
    let why =
        format!("The attempts are spread over {total} seconds; {RETRY_SECONDS_MAX} are the most.");
    Err(Error::invalid_field("retry_after_seconds", "too_long", why))
}

fn check_disable_after(seconds: Seconds) -> Result<()> {
    if seconds == 0 || seconds >= DISABLE_AFTER_SECONDS_MIN {
        return Ok(());
    }
    let why = format!("Give 0 for never, or {DISABLE_AFTER_SECONDS_MIN} seconds at the least.");
    Err(Error::invalid_field("disable_after_seconds", "too_short", why))
}

fn check_address(address: &str) -> Result<()> {
    if EmailAddress::parse(address).is_some() {
        return Ok(());
    }
    let why = format!("'{address}' is not an e-mail address.");
    Err(Error::invalid_field("alert_emails", "invalid", why))
}
