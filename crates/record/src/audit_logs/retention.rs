//! For how long the events of an organization are kept.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::id::{AuditLogStreamId, OrganizationId};
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Cx, Error, Fine,
    Method::{Get, Put},
    Operation, Result, Route, Within,
};
use vestibule_people::organizations;

use crate::log_streams::{self, AuditLogStream, StreamState, StreamType};

/// What is told as the period where none was set, and events are kept for good: the official form of
/// a configuration wants a number there. A hundred years.
const FOR_GOOD_DAYS: i64 = 36_500;
const DAYS_IN_MONTH: i64 = 30;
const DAYS_IN_YEAR: i64 = 365;

macro_rules! periods {
    ($($name:ident = $text:literal, $count:literal * $unit:ident;)*) => {
        /// A period of months or years.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
        #[schemars(inline)]
        pub enum Period {
            $(#[serde(rename = $text)] $name,)*
        }

        impl Period {
            const fn days(self) -> i64 {
                match self { $(Self::$name => $count * $unit,)* }
            }
        }
    };
}

periods! {
    OneMonth = "1_MONTH", 1 * DAYS_IN_MONTH;
    TwoMonths = "2_MONTHS", 2 * DAYS_IN_MONTH;
    ThreeMonths = "3_MONTHS", 3 * DAYS_IN_MONTH;
    FourMonths = "4_MONTHS", 4 * DAYS_IN_MONTH;
    FiveMonths = "5_MONTHS", 5 * DAYS_IN_MONTH;
    SixMonths = "6_MONTHS", 6 * DAYS_IN_MONTH;
    SevenMonths = "7_MONTHS", 7 * DAYS_IN_MONTH;
    EightMonths = "8_MONTHS", 8 * DAYS_IN_MONTH;
    NineMonths = "9_MONTHS", 9 * DAYS_IN_MONTH;
    TenMonths = "10_MONTHS", 10 * DAYS_IN_MONTH;
    ElevenMonths = "11_MONTHS", 11 * DAYS_IN_MONTH;
    OneYear = "1_YEAR", 1 * DAYS_IN_YEAR;
    TwoYears = "2_YEARS", 2 * DAYS_IN_YEAR;
    ThreeYears = "3_YEARS", 3 * DAYS_IN_YEAR;
    FourYears = "4_YEARS", 4 * DAYS_IN_YEAR;
    FiveYears = "5_YEARS", 5 * DAYS_IN_YEAR;
    SixYears = "6_YEARS", 6 * DAYS_IN_YEAR;
    SevenYears = "7_YEARS", 7 * DAYS_IN_YEAR;
    EightYears = "8_YEARS", 8 * DAYS_IN_YEAR;
    NineYears = "9_YEARS", 9 * DAYS_IN_YEAR;
    TenYears = "10_YEARS", 10 * DAYS_IN_YEAR;
}

/// For how long the events of an organization are kept
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AuditLogsRetention {
    /// The days after which an event is deleted; null where events are kept for good
    pub retention_period_in_days: Option<i64>,
}

/// Whether an organization has an audit log.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ConfigurationState {
    /// It has events.
    Active,
    /// It has none yet.
    Inactive,
}

/// How the audit log of an organization is set up
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AuditLogConfiguration {
    /// The organization
    pub organization_id: OrganizationId,
    /// The days after which an event is deleted; 36500 where events are kept for good
    pub retention_period_in_days: i64,
    /// Whether the organization has an audit log
    pub state: ConfigurationState,
    /// The stream by which its events are sent elsewhere; of several, the oldest that is switched on
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ConfiguredStream")]
    pub log_stream: Option<ConfiguredStream>,
}

/// A stream, as far as the configuration tells of it
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct ConfiguredStream {
    /// The id of the stream
    pub id: AuditLogStreamId,
    /// What kind of receiver it has
    pub r#type: StreamType,
    /// How it fares
    pub state: StreamState,
    /// When the receiver last took an event; null where it has taken none yet
    pub last_synced_at: Option<Time>,
    /// When the stream was made
    pub created_at: Time,
}

impl From<AuditLogStream> for ConfiguredStream {
    fn from(stream: AuditLogStream) -> Self {
        let AuditLogStream { id, r#type, state, last_synced_at, created_at, .. } = stream;
        Self { id, r#type, state, last_synced_at, created_at }
    }
}

/// The days that were set for an organization, if any were.
pub(super) fn days(cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<Option<i64>> {
    let values = [cx.environment.into(), organization.into()];
    let sql = "SELECT days FROM audit_log_retentions
               WHERE environment_id = $1 AND organization_id = $2";
    cx.db().first(sql, &values)?.map(|mut row| row.take()).transpose()
}

fn set(cx: &mut Cx<'_>, organization: &OrganizationId, days: i64) -> Result<()> {
    let values = [cx.environment.into(), organization.into(), days.into()];
    let sql = "INSERT INTO audit_log_retentions (environment_id, organization_id, days)
               VALUES ($1, $2, $3)
               ON CONFLICT (environment_id, organization_id) DO UPDATE SET days = excluded.days";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Get for how long the events of an organization are kept
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetAuditLogsRetention {
    /// The organization
    id: OrganizationId,
}

impl Operation for GetAuditLogsRetention {
    const ID: &'static str = "audit_logs_retention.get";
    const ROUTE: Route = Route(Get, "/organizations/{id}/audit_logs_retention");
    const WITHIN: Within = Within::Field("id");
    type Reply = Fine<AuditLogsRetention>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        organizations::find(cx, &id)?;
        Ok(Fine(AuditLogsRetention { retention_period_in_days: days(cx, &id)? }))
    }
}

/// Set for how long the events of an organization are kept
///
/// Older events are deleted soon after. What is left can still be verified.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SetAuditLogsRetention {
    /// The organization
    id: OrganizationId,
    /// In days: 30 or 365
    retention_period_in_days: Option<i64>,
    /// In months or years, in the place of days
    retention_period: Option<Period>,
}

impl Operation for SetAuditLogsRetention {
    const ID: &'static str = "audit_logs_retention.set";
    const ROUTE: Route = Route(Put, "/organizations/{id}/audit_logs_retention");
    const WITHIN: Within = Within::Field("id");
    type Reply = Fine<AuditLogsRetention>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id, retention_period_in_days, retention_period } = self;
        organizations::find(cx, &id)?;
        let field = "retention_period_in_days";
        let days = match (retention_period_in_days, retention_period) {
            (Some(days @ (DAYS_IN_MONTH | DAYS_IN_YEAR)), None) => days,
            (None, Some(period)) => period.days(),
            (Some(days), None) => {
                let text = format!("{field} is 30 or 365, and not {days}.");
                return Err(Error::invalid_field(field, "invalid", text));
            }
            (Some(_), Some(_)) => {
                let text = format!("Give either {field} or retention_period, not both.");
                return Err(Error::invalid_field(field, "invalid", text));
            }
            (None, None) => {
                let text = format!("{field} is required.");
                return Err(Error::invalid_field(field, "required", text));
            }
        };
        set(cx, &id, days)?;
        Ok(Fine(AuditLogsRetention { retention_period_in_days: Some(days) }))
    }
}

/// Get how the audit log of an organization is set up
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetAuditLogConfiguration {
    /// The organization
    id: OrganizationId,
}

impl Operation for GetAuditLogConfiguration {
    const ID: &'static str = "audit_log_configuration.get";
    const ROUTE: Route = Route(Get, "/organizations/{id}/audit_log_configuration");
    const WITHIN: Within = Within::Field("id");
    type Reply = Fine<AuditLogConfiguration>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        organizations::find(cx, &id)?;
        let days = days(cx, &id)?.unwrap_or(FOR_GOOD_DAYS);
        let state = if has_events(cx, &id)? {
            ConfigurationState::Active
        } else {
            ConfigurationState::Inactive
        };
        let log_stream = log_streams::configured(cx, &id)?.map(ConfiguredStream::from);
        Ok(Fine(AuditLogConfiguration {
            organization_id: id,
            retention_period_in_days: days,
            state,
            log_stream,
        }))
    }
}

fn has_events(cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<bool> {
    let values = [cx.environment.into(), organization.into()];
    let sql = "SELECT 1 FROM audit_log_events
               WHERE environment_id = $1 AND organization_id = $2 LIMIT 1";
    Ok(cx.db().first(sql, &values)?.is_some())
}
