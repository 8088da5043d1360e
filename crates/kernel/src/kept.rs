//! Answers that are kept in memory for as long as what they were made of stands, and who holds which
//! API key.
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};

use crate::context::{App, Caller};
use crate::db::{MARKS, Tx};
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

/// A yes or no, and where its marks stood.
#[derive(Clone, Copy)]
struct Answer {
    marks: [usize; 2],
    stood: [u64; 2],
    yes: bool,
}

/// The digest of an API key.
type KeyDigest = [u8; 32];

/// Who holds a key, and where the mark of their environment stood.
#[derive(Clone)]
struct Holder {
    caller: Arc<Caller>,
    mark: usize,
    stood: [u64; 1],
    /// The command line ends keys, and deletes environments, in a process of its own.
    seen: u64,
}

/// The answers of one process.
pub(crate) struct Kept {
    answers: quick_cache::sync::Cache<Question, Answer>,
    holders: quick_cache::sync::Cache<KeyDigest, Holder>,
    /// Spreads subjects over the marks, in a way that nobody outside can foresee.
    spread: RandomState,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            answers: quick_cache::sync::Cache::new(ANSWERS_MAX),
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
            && marks.at([it.mark]) == Some(it.stood)
        {
            return Ok(Some((it.caller, None)));
        }
        let Some((caller, sandbox)) = environment::admit(tx, key)? else {
            return Ok(None);
        };
        let caller = Arc::new(caller);
        let mark = kept.mark(caller.environment.as_str(), ALL);
        if sandbox.is_none()
            && let Some(stood) = marks.at([mark])
            && marks.commits() == begun
        {
            let holder = Holder { caller: caller.clone(), mark, stood, seen };
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
        let app = self.app;
        let (Some(marks), Some(begun)) = (app.db().marks(), self.db().begun()) else {
            return find(self).map(|it| it.0);
        };
        let (kept, environment) = (app.kept(), self.environment.as_str());
        let question = digest(environment, question);
        if let Some(it) = kept.answers.get(&question)
            && marks.at(it.marks) == Some(it.stood)
        {
            return Ok(it.yes);
        }
        let (yes, subject) = find(self)?;
        let subjects = [subject.as_str(), ALL].map(|it| kept.mark(environment, it));
        // A commit since our snapshot may have moved the marks already: then they say nothing of it.
        if let Some(stood) = marks.at(subjects)
            && marks.commits() == begun
        {
            kept.answers.insert(question, Answer { marks: subjects, stood, yes });
        }
        Ok(yes)
    }
}
