//! Checkpoints: signed statements of how far a chain had come, for whoever wants to hold us to it.
//!
//! A copy that is kept elsewhere proves later that nothing before it was changed or removed, even by
//! whoever has all of the database and its key.
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::db::{Row, Tx};
use vestibule_kernel::id::{AuditLogCheckpointId, EnvironmentId, OrganizationId};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    App, Created, Cx, Error, Fine, Flow, FlowCx, Kind,
    Method::{Get, Post},
    Operation, Result, Route,
};
use vestibule_people::organizations;

use super::chain::{self, End, Place};
use super::keys::SigningKey;

/// How long after a checkpoint the next one is made of a chain that went on.
const EVERY_MILLIS: i64 = 10 * 60 * 1000;
/// How many chains are looked at in one transaction.
const CHAINS_MAX: i64 = 200;

/// What a checkpoint says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Of which kind it is.
    pub kind: CheckpointKind,
    /// The environment.
    pub environment_id: EnvironmentId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// How many events were ever in the chain.
    pub position: i64,
    /// The hash of the last of them.
    pub hash: String,
    /// When it was made.
    pub created_at: Time,
}

/// What a checkpoint is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum CheckpointKind {
    /// The chain had come so far.
    Seal,
    /// The events up to it were deleted because their time was over.
    Retention,
}

impl CheckpointKind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::Retention => "retention",
        }
    }
}

/// A signed statement of how far the audit log of an organization had come
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AuditLogCheckpoint {
    /// Always `audit_log_checkpoint`
    #[schemars(extend("const" = "audit_log_checkpoint"))]
    pub object: &'static str,
    /// The id of the checkpoint
    pub id: AuditLogCheckpointId,
    /// The organization
    pub organization_id: OrganizationId,
    /// `seal`, or `retention` where the events up to it were deleted because their time was over
    pub kind: CheckpointKind,
    /// How many events had been in the chain
    pub position: i64,
    /// The same, with the hash of the chain, signed: a compact JWS. Keep a copy of it elsewhere
    pub token: String,
    /// When it was made
    pub created_at: Time,
}

fn read(mut row: Row) -> Result<AuditLogCheckpoint> {
    Ok(AuditLogCheckpoint {
        object: "audit_log_checkpoint",
        id: row.take()?,
        organization_id: row.take()?,
        kind: match row.take::<String>()?.as_str() {
            "retention" => CheckpointKind::Retention,
            _ => CheckpointKind::Seal,
        },
        position: row.take()?,
        token: row.take()?,
        created_at: row.take()?,
    })
}

const SELECT: &str = "SELECT id, organization_id, kind, position, token, created_at
                      FROM audit_log_checkpoints";

/// Writes a checkpoint.
pub(super) fn insert(
    tx: &mut dyn Tx,
    id: AuditLogCheckpointId,
    statement: &Statement,
    token: &str,
) -> Result<()> {
    let values = [
        id.into(),
        (&statement.environment_id).into(),
        (&statement.organization_id).into(),
        statement.kind.as_str().into(),
        statement.position.into(),
        token.into(),
        statement.created_at.into(),
    ];
    let sql = "INSERT INTO audit_log_checkpoints
                 (id, environment_id, organization_id, kind, position, token, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    tx.execute(sql, &values).map(|_| ())
}

/// The newest checkpoint of a kind.
pub(super) fn newest(
    tx: &mut dyn Tx,
    place: Place<'_>,
    kind: CheckpointKind,
) -> Result<Option<AuditLogCheckpoint>> {
    let values = [place.environment.into(), place.organization.into(), kind.as_str().into()];
    let sql = format!(
        "{SELECT} WHERE environment_id = $1 AND organization_id = $2 AND kind = $3
         ORDER BY position DESC LIMIT 1"
    );
    tx.first(&sql, &values)?.map(read).transpose()
}

/// The checkpoints of the chain itself between two places, in their order.
pub(super) fn between(
    tx: &mut dyn Tx,
    place: Place<'_>,
    (low, high): (i64, i64),
) -> Result<Vec<AuditLogCheckpoint>> {
    let values = [place.environment.into(), place.organization.into(), low.into(), high.into()];
    let sql = format!(
        "{SELECT} WHERE environment_id = $1 AND organization_id = $2 AND kind = 'seal'
           AND position > $3 AND position <= $4 ORDER BY position"
    );
    tx.query(&sql, &values)?.into_iter().map(read).collect()
}

/// Makes a checkpoint of each chain that went on since its last one was made some time ago. Blocks
/// the thread.
pub fn make_due(app: &Arc<App>) -> Result<u64> {
    let before = app.now().plus_millis(-EVERY_MILLIS);
    let mut made = 0;
    loop {
        let behind = app.db().read(|tx| behind(tx, before))?;
        let count = behind.len();
        let mut progress = 0;
        for (environment, organization) in behind {
            let now = app.system(&environment).read(|cx| Ok(cx.now()))?;
            progress += u64::from(make(app, &environment, &organization, now)?.is_some());
        }
        made += progress;
        // Chains that were forged stay behind, and must not keep us here.
        if progress == 0 || i64::try_from(count).unwrap_or(0) < CHAINS_MAX {
            return Ok(made);
        }
    }
}

fn behind(tx: &mut dyn Tx, before: Time) -> Result<Vec<(EnvironmentId, OrganizationId)>> {
    let sql = "SELECT environment_id, organization_id FROM audit_log_chains
               WHERE position > checkpoint_position AND checkpoint_at <= $1
               ORDER BY checkpoint_at LIMIT $2 -- global: of all environments";
    let rows = tx.query(sql, &[before.into(), CHAINS_MAX.into()])?;
    rows.into_iter().map(|mut row| Ok((row.take()?, row.take()?))).collect()
}

/// Makes a checkpoint of a chain as it stands, unless it is empty or was tampered with.
pub(super) fn make(
    app: &Arc<App>,
    environment: &EnvironmentId,
    organization: &OrganizationId,
    now: Time,
) -> Result<Option<AuditLogCheckpoint>> {
    let key = Arc::new(SigningKey::of(app)?);
    let program = app.clone();
    let (environment, organization) = (environment.clone(), organization.clone());
    app.db().write_locking(move |tx| {
        let place = Place { environment: &environment, organization: &organization };
        chain::lock(&program, tx, place)?;
        let end = chain::end(tx, place, program.sealer())?;
        let Some((end @ End { broken: None, position: 1.., .. }, true)) = end else {
            return Ok(None);
        };
        let statement = Statement {
            kind: CheckpointKind::Seal,
            environment_id: environment.clone(),
            organization_id: organization.clone(),
            position: end.position,
            hash: end.hash.clone(),
            created_at: now,
        };
        let token = key.sign(&statement)?;
        let id = AuditLogCheckpointId::make(program.chance(), now);
        insert(tx, id.clone(), &statement, &token)?;
        let checkpoint = (end.position, program.now());
        chain::keep_end(tx, place, program.sealer(), &End { checkpoint, ..end })?;
        Ok(Some(AuditLogCheckpoint {
            object: "audit_log_checkpoint",
            id,
            organization_id: statement.organization_id,
            kind: statement.kind,
            position: statement.position,
            token,
            created_at: now,
        }))
    })
}

/// List the checkpoints of an organization's audit log, newest first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListAuditLogCheckpoints {
    /// The organization
    organization_id: OrganizationId,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListAuditLogCheckpoints {
    const ID: &'static str = "audit_log_checkpoints.list";
    const ROUTE: Route = Route(Get, "/vestibule/v1/audit_logs/checkpoints");
    const EXTENSION: bool = true;
    type Reply = Fine<Page<AuditLogCheckpoint>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id, paging } = self;
        Listing::of(cx, "audit_log_checkpoints", SELECT)
            .filter("organization_id = ?", &organization_id)
            .page(cx, &paging, read)
            .map(Fine)
    }
}

/// Make a checkpoint of an organization's audit log now
///
/// Whoever keeps a copy elsewhere can prove later that nothing up to it was changed or removed.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateAuditLogCheckpoint {
    /// The organization
    organization_id: OrganizationId,
}

impl Flow for CreateAuditLogCheckpoint {
    const ID: &'static str = "audit_log_checkpoints.create";
    const ROUTE: Route = Route(Post, "/vestibule/v1/audit_logs/checkpoints");
    const EXTENSION: bool = true;
    const STATUSES: &'static [u16] = &[404, 409];
    type Reply = Created<AuditLogCheckpoint>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let Self { organization_id } = self;
        flow.read(|cx| organizations::find(cx, &organization_id).map(|_| ()))?;
        chain::seal(&flow.app)?;
        let made = make(&flow.app, flow.environment(), &organization_id, flow.now())?;
        made.map(Created).ok_or_else(|| {
            let why = "The audit log is empty, or was tampered with: verify it.";
            Error::plain(Kind::Conflict, why)
        })
    }
}
