//! Answers that are kept in memory for as long as what they were made of stands.
use std::hash::{BuildHasher, RandomState};

use aws_lc_rs::digest::{Context, SHA256};

use crate::db::MARKS;
use crate::{Cx, Result};

/// How many answers are kept at the most; each takes about a hundred bytes.
const ANSWERS_MAX: usize = 500_000;

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

/// The answers of one process.
pub(crate) struct Kept {
    answers: quick_cache::sync::Cache<Question, Answer>,
    /// Spreads subjects over the marks, in a way that nobody outside can foresee.
    spread: RandomState,
}

impl Default for Kept {
    fn default() -> Self {
        Self { answers: quick_cache::sync::Cache::new(ANSWERS_MAX), spread: RandomState::new() }
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
