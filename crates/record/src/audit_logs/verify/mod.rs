//! Proves that an audit log is complete and unchanged, or names the first event that is not.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::db::Tx;
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::{App, Cx, Error, Fine, Kind, Method::Post, Operation, Result, Route};
use vestibule_people::organizations;

use super::chain::{self, Place};
use super::export_job::Manifest;
use super::keys::SigningKey;

mod rows;
mod walk;

/// What is wrong with an audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ProblemKind {
    /// An event is not as it was taken, or not where it was.
    EventChanged,
    /// An event is not there any more.
    EventMissing,
    /// An event is there that was not taken.
    EventAdded,
    /// What an event is found by is not what it says.
    IndexChanged,
    /// The end of the chain was not written by this installation.
    EndForged,
    /// The newest checkpoint is not there any more.
    CheckpointMissing,
    /// A file is not the one that was exported.
    ExportChanged,
    /// A checkpoint was not signed by this installation.
    CheckpointForged,
    /// The chain is not the one that a checkpoint was made of.
    CheckpointBroken,
}

/// The first thing that is wrong
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Problem {
    /// What it is
    pub kind: ProblemKind,
    /// The place in the chain; null where it has none
    pub position: Option<i64>,
    /// The event; null where it is not there, or not known
    pub event_id: Option<String>,
    /// The same in words
    pub message: String,
}

/// What became of a verification
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AuditLogVerification {
    /// Always `audit_log_verification`
    #[schemars(extend("const" = "audit_log_verification"))]
    pub object: &'static str,
    /// The organization
    pub organization_id: OrganizationId,
    /// Whether all that was looked at is complete and unchanged
    pub valid: bool,
    /// How many events were looked at
    pub events: i64,
    /// The last place in the chain that is proved
    pub last_position: i64,
    /// The hash of the chain there
    pub last_hash: String,
    /// How many events at the beginning were deleted because their time was over
    pub deleted: i64,
    /// How many events were taken a moment ago and are not in the chain yet; they are not proved
    pub pending: i64,
    /// How many signed checkpoints fit
    pub checkpoints: i64,
    /// Where the chain goes on: give it as `after_position`; null where all of it was looked at
    pub next_position: Option<i64>,
    /// The first thing that is wrong; null where nothing is
    pub problem: Option<Problem>,
}

/// Verify the audit log of an organization
///
/// Goes along its hash chain and holds each event, each signed checkpoint and the end of the chain
/// against it. A call looks at 50,000 events; go on while `next_position` is given.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct VerifyAuditLog {
    /// The organization
    organization_id: OrganizationId,
    /// Begins after this place; at the first event that is kept where none is given
    #[schemars(range(min = 0))]
    after_position: Option<i64>,
    /// Looks at the events up to this place alone; at all up to the end where none is given
    #[schemars(range(min = 0))]
    until_position: Option<i64>,
    /// A checkpoint or a manifest of which you kept a copy: the chain must still be the one that it
    /// tells of
    #[schemars(length(max = 10_000))]
    token: Option<String>,
    /// The SHA-256 of an exported file, in hexadecimal; `token` is its manifest. `vestibule audit
    /// verify --export FILE` names the first event that differs
    #[schemars(regex(pattern = "^[0-9a-fA-F]{64}$"))]
    export_sha256: Option<String>,
}

impl Operation for VerifyAuditLog {
    const ID: &'static str = "audit_logs.verify";
    const ROUTE: Route = Route(Post, "/vestibule/v1/audit_logs/verify");
    const EFFECT: vestibule_kernel::Effect = vestibule_kernel::Effect::Read;
    const EXTENSION: bool = true;
    const LONG: bool = true;
    const STATUSES: &'static [u16] = &[404, 422];
    type Reply = Fine<AuditLogVerification>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id, after_position, until_position, token, export_sha256 } = self;
        let (app, environment) = (cx.app, cx.environment);
        let place = Place { environment, organization: &organization_id };
        // A log outlives its organization; of a mistyped id nothing is proved.
        if token.is_none() && !rows::has_trace(cx.db(), place)? {
            organizations::find(cx, &organization_id)?;
        }
        let range = Range { after: after_position, until: until_position };
        let mut found = verify(app, cx.db(), place, range, token.as_deref())?;
        if let (Some(digest), None) = (&export_sha256, &found.problem) {
            let key = SigningKey::get(app, cx.db())?;
            let manifest = token.and_then(|token| key?.open::<Manifest>(&token));
            let manifest = manifest.ok_or_else(|| {
                let why = "export_sha256 needs the manifest of the export as token.";
                Error::plain(Kind::Invalid, why)
            })?;
            if !manifest.sha256.eq_ignore_ascii_case(digest) {
                let message = format!(
                    "The file is not the one that was exported, whose SHA-256 is {}.",
                    manifest.sha256
                );
                let kind = ProblemKind::ExportChanged;
                found.problem = Some(Problem { kind, position: None, event_id: None, message });
                found.valid = false;
            }
        }
        Ok(Fine(found))
    }
}

/// A part of a chain: what comes after a place and up to one. Where there is none, it begins or ends
/// where the chain does.
#[derive(Clone, Copy, Debug, Default)]
pub struct Range {
    /// The place before its first event.
    pub after: Option<i64>,
    /// The place of its last event.
    pub until: Option<i64>,
}

/// Walks a part of the chain.
pub fn verify(
    app: &App,
    tx: &mut dyn Tx,
    place: Place<'_>,
    range: Range,
    token: Option<&str>,
) -> Result<AuditLogVerification> {
    let mut found = AuditLogVerification {
        object: "audit_log_verification",
        organization_id: place.organization.clone(),
        valid: false,
        events: 0,
        last_position: 0,
        last_hash: chain::GENESIS.to_owned(),
        deleted: 0,
        pending: 0,
        checkpoints: 0,
        next_position: None,
        problem: None,
    };
    found.problem = walk::Walk { app, place, key: SigningKey::get(app, tx)? }
        .go(tx, &mut found, range, token)?;
    found.valid = found.problem.is_none();
    Ok(found)
}
