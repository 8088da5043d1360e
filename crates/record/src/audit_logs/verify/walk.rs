//! The way along a chain, and what may be found on it.
use serde::Deserialize;
use vestibule_kernel::db::Tx;
use vestibule_kernel::{App, Error, Result};

use super::rows::{BATCH, Sealed, first_up_to, has_targets, hash_at, id_at, sealed, unsealed};
use super::{AuditLogVerification, Problem, ProblemKind, Range};
use crate::audit_logs::chain::{self, End, Link, Place};
use crate::audit_logs::checkpoints::{self, CheckpointKind, Statement};
use crate::audit_logs::content::EventContent;
use crate::audit_logs::keys::SigningKey;
use crate::audit_logs::prune;

/// How many events one call looks at.
const EVENTS_MAX: i64 = 50_000;

/// A verification under way.
pub(super) struct Walk<'a> {
    pub(super) app: &'a App,
    pub(super) place: Place<'a>,
    pub(super) key: Option<SigningKey>,
}

impl Walk<'_> {
    /// Looks at everything, and answers the first thing that is wrong.
    pub(super) fn go(
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
        let position = first_up_to(tx, self.place, start)?;
        position.map(|it| self.added(tx, it)).transpose()
    }

    fn newest_checkpoint(&self, tx: &mut dyn Tx) -> Result<i64> {
        let newest = checkpoints::newest(tx, self.place, CheckpointKind::Seal)?;
        Ok(newest.map_or(0, |it| it.position))
    }

    fn added(&self, tx: &mut dyn Tx, position: i64) -> Result<Problem> {
        let event_id = id_at(tx, self.place, position)?;
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
