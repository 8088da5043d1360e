//! Proves that an audit log is complete and unchanged, or names the first event that is not.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::db::{Row, Tx, Value};
use vestibule_kernel::id::{AuditLogEventId, OrganizationId};
use vestibule_kernel::time::Time;
use vestibule_kernel::{App, Cx, Error, Fine, Kind, Method::Post, Operation, Result, Route};
use vestibule_people::organizations;

use super::chain::{self, End, Link, Place};
use super::checkpoints::{self, CheckpointKind, Statement};
use super::content::EventContent;
use super::export_job::Manifest;
use super::keys::SigningKey;
use super::{prune, store};

/// How many events one call looks at.
const EVENTS_MAX: i64 = 50_000;
/// How many of them are read at once. One has a megabyte at the most.
const BATCH: i64 = 100;

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
        if token.is_none() && !has_trace(cx.db(), place)? {
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

/// Whether anything tells that there is or was a log.
fn has_trace(tx: &mut dyn Tx, place: Place<'_>) -> Result<bool> {
    let values = [place.environment.into(), place.organization.into()];
    let sql = "SELECT 1 WHERE
                 EXISTS (SELECT 1 FROM audit_log_chains
                         WHERE environment_id = $1 AND organization_id = $2)
                 OR EXISTS (SELECT 1 FROM audit_log_events
                            WHERE environment_id = $1 AND organization_id = $2)
                 OR EXISTS (SELECT 1 FROM audit_log_checkpoints
                            WHERE environment_id = $1 AND organization_id = $2)";
    Ok(tx.first(sql, &values)?.is_some())
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
    found.problem =
        Walk { app, place, key: SigningKey::get(app, tx)? }.go(tx, &mut found, range, token)?;
    found.valid = found.problem.is_none();
    Ok(found)
}

struct Walk<'a> {
    app: &'a App,
    place: Place<'a>,
    key: Option<SigningKey>,
}

impl Walk<'_> {
    /// Looks at everything, and answers the first thing that is wrong.
    fn go(
        &self,
        tx: &mut dyn Tx,
        found: &mut AuditLogVerification,
        Range { after, until }: Range,
        token: Option<&str>,
    ) -> Result<Option<Problem>> {
        let kept = match token.map(|it| self.open(it)) {
            None => None,
            Some(Some(it)) => Some(it),
            Some(None) => return Ok(Some(forged("What you kept was not signed here", None))),
        };
        let Some((start, hash)) = self.start(tx)? else {
            let what = "The statement of which events were deleted";
            return Ok(Some(forged(what, None)));
        };
        found.deleted = start;
        (found.last_position, found.last_hash) = (start, hash);
        // The walk goes on from there, so that it would never come by.
        if let Some(problem) = self.added_before(tx, start)? {
            return Ok(Some(problem));
        }
        if let Some(after) = after.filter(|it| *it > start) {
            match hash_at(tx, self.place, after)? {
                Some(hash) => (found.last_position, found.last_hash) = (after, hash),
                None => return Ok(Some(missing(after))),
            }
        }
        let begun = found.last_position;
        if let Some(problem) = self.events(tx, found, until)? {
            return Ok(Some(problem));
        }
        let looked_at = (begun, found.last_position);
        if let Some(problem) = self.checkpoints(tx, found, looked_at)? {
            return Ok(Some(problem));
        }
        if let Some((position, hash)) = kept
            && let Some(problem) = self.kept(tx, found, start, (position, &hash))?
        {
            return Ok(Some(problem));
        }
        if found.next_position.is_some() || until.is_some_and(|it| found.last_position >= it) {
            return Ok(None);
        }
        self.end(tx, found, start)
    }

    fn start(&self, tx: &mut dyn Tx) -> Result<Option<(i64, String)>> {
        match &self.key {
            Some(key) => prune::start(tx, self.place, key),
            None => {
                let retention = checkpoints::newest(tx, self.place, CheckpointKind::Retention)?;
                Ok(retention.is_none().then(|| (0, chain::GENESIS.to_owned())))
            }
        }
    }

    /// What a statement of ours about this chain says.
    fn open(&self, token: &str) -> Option<(i64, String)> {
        /// What checkpoints and manifests have in common.
        #[derive(Deserialize)]
        struct Told {
            environment_id: String,
            organization_id: String,
            #[serde(alias = "last_position")]
            position: i64,
            #[serde(alias = "last_hash")]
            hash: String,
        }
        let told: Told = self.key.as_ref()?.open(token)?;
        let fits = told.environment_id == self.place.environment.as_str()
            && told.organization_id == self.place.organization.as_str();
        fits.then_some((told.position, told.hash))
    }

    fn events(
        &self,
        tx: &mut dyn Tx,
        found: &mut AuditLogVerification,
        until: Option<i64>,
    ) -> Result<Option<Problem>> {
        loop {
            let batch = sealed(tx, self.place, found.last_position)?;
            let last_batch = batch.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
            for event in &batch {
                if until.is_some_and(|it| found.last_position >= it) {
                    return Ok(None);
                }
                if let Some(problem) = self.event(tx, found, event)? {
                    return Ok(Some(problem));
                }
                found.events += 1;
                found.last_position = event.position;
                found.last_hash.clone_from(&event.hash);
            }
            if last_batch {
                return Ok(None);
            }
            if found.events >= EVENTS_MAX {
                found.next_position = Some(found.last_position);
                return Ok(None);
            }
        }
    }

    fn event(
        &self,
        tx: &mut dyn Tx,
        found: &AuditLogVerification,
        event: &Sealed,
    ) -> Result<Option<Problem>> {
        let expected = found.last_position + 1;
        if event.position != expected {
            return Ok(Some(missing(expected)));
        }
        let Sealed { id, content, created_at, position, hash, .. } = event;
        let link = Link { id, content, created_at: *created_at };
        if self.place.hash(&found.last_hash, *position, &link) != *hash {
            let message = format!(
                "The event {id} at {position} is not the one that was taken: its content, its \
                 place or what came before it was changed."
            );
            return Ok(Some(problem(ProblemKind::EventChanged, event, message)));
        }
        let Ok(told) = serde_json::from_str::<EventContent>(content) else {
            return Err(Error::internal("an event that was taken is no JSON"));
        };
        let same = event.occurred_at == told.occurred_at
            && event.action == told.action
            && event.actor_id == told.actor.id
            && event.actor_name == told.actor.name
            && has_targets(tx, self.place, event, &told)?;
        if same {
            return Ok(None);
        }
        let message = format!(
            "The event {id} at {position} is unchanged, but what it is found by was changed."
        );
        Ok(Some(problem(ProblemKind::IndexChanged, event, message)))
    }

    /// Holds the checkpoints of what was looked at against it.
    fn checkpoints(
        &self,
        tx: &mut dyn Tx,
        found: &mut AuditLogVerification,
        looked_at: (i64, i64),
    ) -> Result<Option<Problem>> {
        for checkpoint in checkpoints::between(tx, self.place, looked_at)? {
            let position = checkpoint.position;
            let statement: Option<Statement> =
                self.key.as_ref().and_then(|it| it.open(&checkpoint.token));
            let genuine = statement.filter(|it| {
                it.kind == CheckpointKind::Seal
                    && it.position == position
                    && it.environment_id == *self.place.environment
                    && it.organization_id == *self.place.organization
            });
            let Some(statement) = genuine else {
                return Ok(Some(forged("A checkpoint was not signed here", Some(position))));
            };
            if hash_at(tx, self.place, position)?.as_ref() != Some(&statement.hash) {
                return Ok(Some(broken(position, "a checkpoint")));
            }
            found.checkpoints += 1;
        }
        Ok(None)
    }

    /// Holds what somebody kept a copy of against the chain.
    fn kept(
        &self,
        tx: &mut dyn Tx,
        found: &mut AuditLogVerification,
        start: i64,
        (position, hash): (i64, &str),
    ) -> Result<Option<Problem>> {
        // What was deleted since is proved by the signed statement of that.
        if position < start || position > found.last_position && found.next_position.is_some() {
            return Ok(None);
        }
        let now = match position {
            it if it == start => Some(self.start(tx)?.map(|it| it.1).unwrap_or_default()),
            it => hash_at(tx, self.place, it)?,
        };
        match now {
            Some(now) if now == hash => {
                found.checkpoints += 1;
                Ok(None)
            }
            Some(_) => Ok(Some(broken(position, "what you kept a copy of"))),
            None => Ok(Some(missing(found.last_position + 1))),
        }
    }

    /// Holds the end of the chain against its last event.
    fn end(
        &self,
        tx: &mut dyn Tx,
        found: &mut AuditLogVerification,
        start: i64,
    ) -> Result<Option<Problem>> {
        if let Some(problem) = self.pending(tx, found)? {
            return Ok(Some(problem));
        }
        let (position, hash) = (found.last_position, &found.last_hash);
        let Some((end, genuine)) = chain::end(tx, self.place, self.app.sealer())? else {
            let none = position == 0;
            return Ok((!none).then(|| end_forged(position, "The end of the chain is not there")));
        };
        let End { position: last, hash: last_hash, broken, checkpoint: (checkpoint, _) } = end;
        let newest = self.newest_checkpoint(tx)?;
        Ok(if let Some(broken) = broken {
            Some(end_forged(broken, "The end of the chain was not written here"))
        } else if !genuine {
            Some(end_forged(last, "The end of the chain was not written here"))
        } else if last > position {
            Some(missing(position + 1))
        } else if last < position {
            Some(self.added(tx, last + 1)?)
        } else if last_hash != *hash {
            Some(end_forged(last, "The end of the chain is not that of its last event"))
        } else if last < newest {
            Some(missing(last + 1))
        } else if newest != checkpoint && checkpoint > start {
            let message = format!("The checkpoint at {checkpoint} is not there.");
            let kind = ProblemKind::CheckpointMissing;
            Some(Problem { kind, position: Some(checkpoint), event_id: None, message })
        } else {
            None
        })
    }

    /// Looks at the events that are not in the chain yet.
    fn pending(
        &self,
        tx: &mut dyn Tx,
        found: &mut AuditLogVerification,
    ) -> Result<Option<Problem>> {
        let mut after = String::new();
        loop {
            let batch = unsealed(tx, self.place, &after)?;
            for it in &batch {
                let link = Link { id: &it.0, content: &it.1, created_at: it.2 };
                let genuine = self.place.event_tag(self.app.sealer(), &link);
                if it.3.as_deref() != Some(&genuine) {
                    let message = format!("The event {} was not taken by this installation.", it.0);
                    let event_id = Some(it.0.to_string());
                    let kind = ProblemKind::EventAdded;
                    return Ok(Some(Problem { kind, position: None, event_id, message }));
                }
                found.pending += 1;
            }
            match batch.last() {
                Some(last) => after = last.0.to_string(),
                None => return Ok(None),
            }
        }
    }

    /// An event at a place of which nothing is kept.
    fn added_before(&self, tx: &mut dyn Tx, start: i64) -> Result<Option<Problem>> {
        let values = [self.place.environment.into(), self.place.organization.into(), start.into()];
        let sql = "SELECT position FROM audit_log_events
                   WHERE environment_id = $1 AND organization_id = $2 AND position <= $3
                   ORDER BY position LIMIT 1";
        let position = tx.first(sql, &values)?.map(|mut row| row.take()).transpose()?;
        position.map(|it| self.added(tx, it)).transpose()
    }

    fn newest_checkpoint(&self, tx: &mut dyn Tx) -> Result<i64> {
        let newest = checkpoints::newest(tx, self.place, CheckpointKind::Seal)?;
        Ok(newest.map_or(0, |it| it.position))
    }

    fn added(&self, tx: &mut dyn Tx, position: i64) -> Result<Problem> {
        let values =
            [self.place.environment.into(), self.place.organization.into(), position.into()];
        let sql = "SELECT id FROM audit_log_events
                   WHERE environment_id = $1 AND organization_id = $2 AND position = $3";
        let event_id = tx.first(sql, &values)?.map(|mut row| row.take()).transpose()?;
        let message = format!("The event at {position} was not taken by this installation.");
        Ok(Problem { kind: ProblemKind::EventAdded, position: Some(position), event_id, message })
    }
}

fn problem(kind: ProblemKind, event: &Sealed, message: String) -> Problem {
    let event_id = Some(event.id.to_string());
    Problem { kind, position: Some(event.position), event_id, message }
}

fn missing(position: i64) -> Problem {
    let message = format!("The event at {position} is not there.");
    let kind = ProblemKind::EventMissing;
    Problem { kind, position: Some(position), event_id: None, message }
}

fn forged(what: &str, position: Option<i64>) -> Problem {
    let message = format!("{what}: it does not verify with this installation's key.");
    Problem { kind: ProblemKind::CheckpointForged, position, event_id: None, message }
}

fn broken(position: i64, by: &str) -> Problem {
    let message = format!("The chain up to {position} is another one than {by} tells of.");
    let kind = ProblemKind::CheckpointBroken;
    Problem { kind, position: Some(position), event_id: None, message }
}

fn end_forged(position: i64, what: &str) -> Problem {
    let message = format!("{what}: somebody wrote to the database, after {position} events.");
    let kind = ProblemKind::EndForged;
    Problem { kind, position: Some(position), event_id: None, message }
}

/// An event of the chain, with what it is found by.
struct Sealed {
    id: AuditLogEventId,
    content: String,
    created_at: Time,
    position: i64,
    hash: String,
    occurred_at: Time,
    action: String,
    actor_id: String,
    actor_name: Option<String>,
}

fn sealed(tx: &mut dyn Tx, place: Place<'_>, after: i64) -> Result<Vec<Sealed>> {
    let values = [place.environment.into(), place.organization.into(), after.into(), BATCH.into()];
    let sql = "SELECT id, content, created_at, position, hash, occurred_at, action, actor_id,
                      actor_name
               FROM audit_log_events
               WHERE environment_id = $1 AND organization_id = $2 AND position > $3
               ORDER BY position LIMIT $4";
    let read = |mut row: Row| {
        Ok(Sealed {
            id: row.take()?,
            content: row.take()?,
            created_at: row.take()?,
            position: row.take()?,
            hash: row.take::<Option<String>>()?.unwrap_or_default(),
            occurred_at: row.take()?,
            action: row.take()?,
            actor_id: row.take()?,
            actor_name: row.take()?,
        })
    };
    tx.query(sql, &values)?.into_iter().map(read).collect()
}

fn hash_at(tx: &mut dyn Tx, place: Place<'_>, position: i64) -> Result<Option<String>> {
    let values = [place.environment.into(), place.organization.into(), position.into()];
    let sql = "SELECT hash FROM audit_log_events
               WHERE environment_id = $1 AND organization_id = $2 AND position = $3";
    tx.first(sql, &values)?.map(|mut row| row.take()).transpose()
}

fn has_targets(
    tx: &mut dyn Tx,
    place: Place<'_>,
    event: &Sealed,
    told: &EventContent,
) -> Result<bool> {
    for target in store::targets(told) {
        let values: [Value; 5] = [
            place.environment.into(),
            place.organization.into(),
            target.into(),
            told.occurred_at.into(),
            (&event.id).into(),
        ];
        let sql = "SELECT 1 FROM audit_log_targets
                   WHERE environment_id = $1 AND organization_id = $2 AND target_id = $3
                     AND occurred_at = $4 AND event_id = $5";
        if tx.first(sql, &values)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

type Unsealed = (AuditLogEventId, String, Time, Option<String>);

/// The first events after an id that are not in the chain yet.
fn unsealed(tx: &mut dyn Tx, place: Place<'_>, after: &str) -> Result<Vec<Unsealed>> {
    let values = [place.environment.into(), place.organization.into(), after.into(), BATCH.into()];
    let sql = "SELECT id, content, created_at, tag FROM audit_log_events
               WHERE environment_id = $1 AND organization_id = $2 AND position IS NULL AND id > $3
               ORDER BY id LIMIT $4";
    let rows = tx.query(sql, &values)?;
    rows.into_iter().map(|mut it| Ok((it.take()?, it.take()?, it.take()?, it.take()?))).collect()
}
