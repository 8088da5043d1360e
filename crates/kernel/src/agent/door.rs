//! What the one door ([`crate::call`]) does besides for the call of an agent: asks a person, writes the
//! call down, and takes the secrets out of the answer.
use std::sync::Arc;

use super::calls::{self, Record};
use super::{approvals, redact};
use crate::call::{Answer, Attempt, Call, Runner, blocking};
use crate::catalog::Reply;
use crate::context::{App, Caller, Cx};
use crate::db::Tx;
use crate::id::AgentCallId;
use crate::sandbox::Instant;
use crate::{Error, Result};

impl Attempt {
    /// What is known of it before it is made; nothing where no agent makes it.
    pub fn record(
        &self,
        tx: &mut dyn Tx,
        caller: &Caller,
        instant: Instant,
    ) -> Result<Option<Record>> {
        let Some(id) = &self.id else { return Ok(None) };
        let record = Record::of(tx, (id, &self.call), caller, instant.now())?;
        Ok(record.map(|it| if self.dry_run { it.of_dry_run() } else { it }))
    }
}

impl App {
    /// Refuses a call that a person must approve and that names no approval, and has one asked for.
    pub(crate) async fn ask(
        self: &Arc<Self>,
        attempt: &Arc<Attempt>,
        caller: &Arc<Caller>,
        instant: Instant,
    ) -> Result<()> {
        let Some(agent) = caller.agent() else { return Ok(()) };
        let request = &attempt.call.request;
        if !agent.policy.asks_for(&attempt.call.entry.op) || request.approval_id.is_some() {
            return Ok(());
        }
        let (app, it) = (self.clone(), attempt.clone());
        let (caller, agent) = (caller.clone(), agent.clone());
        let refusal = self.db().write_async(move |tx| {
            let mut cx = Cx::new(&app, tx, &caller, &it.call.request, instant);
            approvals::ask(&mut cx, &agent, &it.call)
        });
        Err(refusal.await?)
    }

    /// Reads for an agent that was let in.
    pub(crate) fn read_for_agent(
        &self,
        attempt: &Attempt,
        run: Runner,
        caller: &Caller,
        instant: Instant,
    ) -> Result<(Answer, Option<Record>)> {
        let call = &attempt.call;
        self.db().read(|tx| {
            let record = attempt.record(tx, caller, instant)?;
            let mut cx = Cx::new(self, tx, caller, &call.request, instant);
            let reply = run(&mut cx, &call.input)?;
            let record = record.map(|it| it.done(reply.status));
            Ok((self.answer(call, caller, reply)?, record))
        })
    }

    /// Writes down that a flow begins, unless it only reads.
    pub(crate) fn begin(
        &self,
        attempt: &Attempt,
        caller: &Caller,
        instant: Instant,
    ) -> Result<Option<Record>> {
        if attempt.id.is_none() {
            return Ok(None);
        }
        let record = self.db().read(|tx| attempt.record(tx, caller, instant))?;
        if let Some(begun) = record.clone().filter(|it| !it.may_wait()) {
            self.db().write(move |tx| begun.write(tx))?;
        }
        Ok(record)
    }

    /// Writes down what came of a flow.
    pub(crate) fn end(&self, record: Option<Record>) -> Result<()> {
        let Some(record) = record else { return Ok(()) };
        if !record.may_wait() {
            return self.db().write(move |tx| record.write(tx));
        }
        if self.agent_calls().add(record) { calls::write_gathered(self) } else { Ok(()) }
    }

    /// Has a call written down soon: at once and waiting for it, where too many wait already.
    pub(crate) async fn gather(self: &Arc<Self>, record: Option<Record>) -> Result<()> {
        let Some(record) = record else { return Ok(()) };
        if !self.agent_calls().add(record) {
            return Ok(());
        }
        let app = self.clone();
        blocking(move || calls::write_gathered(&app)).await
    }

    /// The answer as this caller may read it. What was kept for an idempotency key is the whole of
    /// it, whoever asks again.
    pub(crate) fn answer(&self, call: &Call, caller: &Caller, reply: Reply) -> Result<Answer> {
        if caller.agent().is_none_or(|it| it.reads_secrets()) {
            return Ok(Answer::Own(reply));
        }
        redact::reply(self.catalog().secrets(), &call.entry.op, reply).map(Answer::Own)
    }

    /// Refuses a call to /mcp whose effect is beyond the token of its client, and writes that down:
    /// for the surface, which tells it in the status. All else that there may be to refuse is refused
    /// when the call is made.
    pub async fn check_scope(self: &Arc<Self>, call: Call) -> Result<()> {
        let id = AgentCallId::make(self.chance(), self.now());
        let attempt = Arc::new(Attempt { call, id: Some(id), dry_run: false });
        let (app, it) = (self.clone(), attempt.clone());
        let look = move || {
            app.db().read(|tx| {
                let Some(token) = &it.call.request.credential else { return Ok(()) };
                let Some((caller, _)) = app.holder(tx, token)? else { return Ok(()) };
                super::check_scope(&app, &caller, &it.call.entry.op)
            })
        };
        match blocking(look).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.refused(&attempt, error).await),
        }
    }

    /// Writes down that the call of an agent was refused; the refusal as that agent may read it.
    pub(crate) async fn refused(self: &Arc<Self>, attempt: &Arc<Attempt>, error: Error) -> Error {
        let (app, it) = (self.clone(), attempt.clone());
        let found = blocking(move || app.db().read(|tx| app.record_of_refused(tx, &it))).await;
        let record = match found {
            Ok(it) => it.map(|it| it.refused(&error)),
            Err(why) => {
                tracing::error!(?why, "a refused call of an agent could not be written down");
                None
            }
        };
        let is_whole = record.as_ref().is_some_and(Record::reads_secrets);
        let written = match record {
            Some(record) if !record.may_wait() => {
                self.db().write_async(move |tx| record.write(tx)).await
            }
            record => self.gather(record).await,
        };
        if let Err(why) = written {
            tracing::error!(?why, "a refused call of an agent could not be written down");
        }
        if is_whole { error } else { redact::error(self.catalog().secrets(), error) }
    }

    fn record_of_refused(&self, tx: &mut dyn Tx, attempt: &Attempt) -> Result<Option<Record>> {
        let Some(token) = &attempt.call.request.credential else { return Ok(None) };
        let Some((caller, sandbox)) = self.holder(tx, token)? else { return Ok(None) };
        attempt.record(tx, &caller, Instant { machine: self.now(), sandbox })
    }
}
