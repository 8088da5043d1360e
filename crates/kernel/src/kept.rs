//! Answers that are kept in memory for as long as what they were made of stands: of checks, of whole
//! operations ([`crate::Operation::PURE`]), and who holds which API key.
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use quick_cache::{Equivalent, Weighter};
use serde_json::Value;

use crate::call::{Call, Runner};
use crate::catalog::{Reply, Run};
use crate::context::{App, Caller, Principal};
#[cfg(debug_assertions)]
use crate::db::Marks;
use crate::db::{MARKS, Tables, Tx};
use crate::id::EnvironmentId;
use crate::sandbox::{Instant, Sandbox};
use crate::secret::Secret;
use crate::{Cx, Error, Result, agent, environment};

/// How many answers are kept at the most; each takes about a hundred bytes.
const ANSWERS_MAX: usize = 500_000;
/// How many holders of API keys are kept at the most.
const HOLDERS_MAX: usize = 10_000;

/// The subject that stands for all of an environment.
const ALL: &str = "";

type Question = [u8; 16];

/// A yes or no, its marks, and how many commits there had been when it was found.
#[derive(Clone, Copy)]
struct Answer {
    marks: [usize; 2],
    since: u64,
    yes: bool,
}

/// The digest of an API key.
type KeyDigest = [u8; 32];

/// Who holds a key, and how many commits there had been when that was found.
#[derive(Clone)]
struct Holder {
    caller: Arc<Caller>,
    mark: usize,
    since: u64,
    /// The command line ends keys, and deletes environments, in a process of its own.
    seen: u64,
}

/// How many bytes the replies take at the most that are kept.
const REPLIES_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// The largest reply that is kept, in bytes.
const REPLY_BYTES_MAX: usize = 64 * 1024;
/// The longest input, as JSON, that a reply is kept for, in bytes.
const INPUT_BYTES_MAX: usize = 512;
/// What a reply takes besides its body, about, with its input.
const REPLY_BYTES_MORE: u64 = 1024;
/// How many replies there are to be room for.
const REPLIES_ABOUT: usize = 20_000;

/// What was asked: an operation, by its name, where, and with which input.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Asked {
    operation: &'static str,
    environment: EnvironmentId,
    input: Value,
}

/// The same, of a call under way. Its fields are hashed as those of [`Asked`] are.
#[derive(Hash)]
struct Asking<'a> {
    operation: &'static str,
    environment: &'a EnvironmentId,
    input: &'a Value,
}

impl Equivalent<Asked> for Asking<'_> {
    fn equivalent(&self, it: &Asked) -> bool {
        self.operation == it.operation
            && *self.environment == it.environment
            && *self.input == it.input
    }
}

/// What an operation answered, the tables that it had read, and how many commits there had been.
#[derive(Clone)]
struct Told {
    reply: Arc<Reply>,
    tables: Tables,
    since: u64,
    seen: u64,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<Asked, Told> for Bytes {
    fn weight(&self, _: &Asked, told: &Told) -> u64 {
        told.reply.body.len() as u64 + REPLY_BYTES_MORE
    }
}

/// The answers of one process.
pub(crate) struct Kept {
    answers: quick_cache::sync::Cache<Question, Answer>,
    replies: quick_cache::sync::Cache<Asked, Told, Bytes>,
    holders: quick_cache::sync::Cache<KeyDigest, Holder>,
    /// Spreads subjects over the marks, in a way that nobody outside can foresee.
    spread: RandomState,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            answers: quick_cache::sync::Cache::new(ANSWERS_MAX),
            replies: quick_cache::sync::Cache::with_weighter(
                REPLIES_ABOUT,
                REPLIES_BYTES_MAX,
                Bytes,
            ),
            holders: quick_cache::sync::Cache::new(HOLDERS_MAX),
            spread: RandomState::new(),
        }
    }
}

impl Kept {
    fn mark(&self, environment: &str, subject: &str) -> usize {
        let hash = self.spread.hash_one((environment, subject));
        usize::try_from(hash % MARKS as u64).unwrap_or_default()
    }
}

/// Half of a SHA-256: no two questions that anybody can find have the same.
fn digest(environment: &str, parts: &[&str]) -> Question {
    let mut context = Context::new(&SHA256);
    for part in std::iter::once(&environment).chain(parts) {
        context.update(&part.len().to_le_bytes());
        context.update(part.as_bytes());
    }
    let digest = context.finish();
    let mut question = Question::default();
    question.copy_from_slice(&digest.as_ref()[..16]);
    question
}

impl App {
    /// Who holds this key, and what their environment is as a sandbox: from memory, if neither this
    /// process nor another has touched it since it was looked up. Sandboxes are not kept, since
    /// their clock is moved all the time.
    pub(crate) fn holder(
        &self,
        tx: &mut dyn Tx,
        key: &Secret,
    ) -> Result<Option<(Arc<Caller>, Option<Sandbox>)>> {
        let (Some(marks), Some(begun)) = (self.db().marks(), tx.begun()) else {
            let found = environment::admit(tx, key)?;
            return Ok(found.map(|(caller, sandbox)| (Arc::new(caller), sandbox)));
        };
        let (kept, digest) = (self.kept(), key.digest_bytes());
        let seen = self.db().seen()?;
        if let Some(it) = kept.holders.get(&digest)
            && it.seen == seen
            && marks.stand(&[it.mark], it.since)
        {
            return Ok(Some((it.caller, None)));
        }
        let Some((caller, sandbox)) = environment::admit(tx, key)? else {
            return Ok(None);
        };
        let caller = Arc::new(caller);
        let mark = kept.mark(caller.environment.as_str(), ALL);
        if sandbox.is_none() && marks.stand(&[mark], begun) {
            let holder = Holder { caller: caller.clone(), mark, since: begun, seen };
            kept.holders.insert(digest, holder);
        }
        Ok(Some((caller, sandbox)))
    }
}

impl App {
    /// Who holds a credential that opens something now: an API key, an agent token, an approver's key.
    /// What each call with it may do is looked at when it is made.
    pub fn bearer(&self, credential: &Secret) -> Result<Arc<Caller>> {
        self.db().read(|tx| {
            let (caller, sandbox) = self.holder(tx, credential)?.ok_or_else(Error::unauthorized)?;
            agent::check_time(&caller, Instant { machine: self.now(), sandbox }.now())?;
            Ok(caller)
        })
    }
}

impl App {
    /// Runs a read; or answers what it answered before, where that depends on the data alone and
    /// nothing has been written since into the tables that it read.
    pub(crate) fn run_or_repeat(
        &self,
        tx: &mut dyn Tx,
        call: &Call,
        run: Runner,
        (caller, instant): (&Caller, Instant),
    ) -> Result<Reply> {
        let find = |tx: &mut dyn Tx| {
            let mut cx = Cx::new(self, tx, caller, &call.request, instant);
            let reply = run(&mut cx, &call.input)?;
            Ok((reply, cx.is_timeless()))
        };
        let (Some(marks), Some(since), true) =
            (self.db().marks(), tx.begun(), is_pure(call, caller, instant))
        else {
            return find(tx).map(|it| it.0);
        };
        let (operation, environment) = (call.entry.op.id, &caller.environment);
        let asking = Asking { operation, environment, input: &call.input };
        let seen = self.db().seen()?;
        let kept = self.kept().replies.get(&asking);
        let holds = |it: &Told| it.seen == seen && marks.tables_stand(it.tables, it.since);
        if let Some(told) = kept.filter(holds) {
            // Each test that asks twice proves that what is kept is what would be found.
            #[cfg(debug_assertions)]
            {
                let found = find(tx)?.0;
                let is_same = found == *told.reply || self.is_outdated(&told, marks)?;
                assert!(is_same, "{operation} is not what was kept of it");
            }
            return Ok(Reply::clone(&told.reply));
        }
        let (reply, is_timeless) = find(tx)?;
        debug_assert!(is_timeless, "{operation} is declared pure and looks at the clock");
        let tables = tx.tables_read().filter(|it| marks.tables_stand(*it, since));
        if let Some(tables) = tables
            && is_timeless
            && reply.body.len() <= REPLY_BYTES_MAX
            && call.input.to_string().len() <= INPUT_BYTES_MAX
        {
            let (environment, input) = (environment.clone(), call.input.clone());
            let told = Told { reply: Arc::new(reply.clone()), tables, since, seen };
            self.kept().replies.insert(Asked { operation, environment, input }, told);
        }
        Ok(reply)
    }
}

#[cfg(debug_assertions)]
impl App {
    /// Whether something was written since that a reply is made of: by us meanwhile, or by another
    /// process, which is seen after a moment.
    fn is_outdated(&self, told: &Told, marks: &Marks) -> Result<bool> {
        const LOOKS_MAX: usize = 50;
        for _ in 0..LOOKS_MAX {
            if !marks.tables_stand(told.tables, told.since) || self.db().seen()? != told.seen {
                return Ok(true);
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Ok(false)
    }
}

/// Whether the answer depends on the input and the data alone. In a sandbox nothing is kept, since
/// its time is moved and its data is thrown away.
fn is_pure(call: &Call, caller: &Caller, instant: Instant) -> bool {
    matches!(call.entry.op.run, Run::Operation { pure: true, .. })
        && matches!(caller.principal, Principal::Key)
        && instant.sandbox.is_none()
}

impl Cx<'_> {
    /// Notes that this transaction changes what answers about `subject` are made of: call it beside
    /// each statement that does.
    pub fn touch(&mut self, subject: &str) {
        let mark = self.app.kept().mark(self.environment.as_str(), subject);
        self.db().touch(mark);
    }

    /// The same for answers about all subjects of the environment.
    pub fn touch_all(&mut self) {
        self.touch(ALL);
    }

    /// The answer to a question: one that was kept, if nothing has touched its subject since it was
    /// found, or else what `find` finds, with the subject that it is about. `question` says all that
    /// the answer depends on but what is in the database.
    pub fn keep(
        &mut self,
        question: &[&str],
        find: impl FnOnce(&mut Self) -> Result<(bool, String)>,
    ) -> Result<bool> {
        // What was kept here reads no table, and would not be missed.
        self.note_impure();
        let app = self.app;
        let (Some(marks), Some(begun)) = (app.db().marks(), self.db().begun()) else {
            return find(self).map(|it| it.0);
        };
        let (kept, environment) = (app.kept(), self.environment.as_str());
        let question = digest(environment, question);
        if let Some(it) = kept.answers.get(&question)
            && marks.stand(&it.marks, it.since)
        {
            return Ok(it.yes);
        }
        let (yes, subject) = find(self)?;
        let subjects = [subject.as_str(), ALL].map(|it| kept.mark(environment, it));
        // Where a commit since our snapshot has moved a mark, the answer holds no more.
        if marks.stand(&subjects, begun) {
            kept.answers.insert(question, Answer { marks: subjects, since: begun, yes });
        }
        Ok(yes)
    }
}
