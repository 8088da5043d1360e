//! Marks: what tells whether an answer that was kept in memory still holds.
//!
//! A mark stands for some subject, such as an organization. A write that changes what answers about
//! the subject are made of touches its mark, and the mark moves when the write is committed: to an
//! odd number before the commit, to an even one after it and before anybody is told. So an answer
//! holds exactly as long as its marks are even and have not moved.
//!
//! Only one process may write what is marked. That is so with SQLite, whose server is one process;
//! where several nodes share a database, nothing is kept.
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

/// How many marks there are. Subjects that share one make each other's answers end early, which
/// costs time and nothing else.
pub const MARKS: usize = 4096;

/// The marks of one database.
pub struct Marks {
    commits: AtomicU64,
    marks: Box<[AtomicU64]>,
}

impl Default for Marks {
    fn default() -> Self {
        let marks = (0..MARKS).map(|_| AtomicU64::new(0)).collect();
        Self { commits: AtomicU64::new(0), marks }
    }
}

impl Marks {
    /// Where these marks stand; none while a commit moves one of them.
    pub fn at<const N: usize>(&self, marks: [usize; N]) -> Option<[u64; N]> {
        let at = marks.map(|it| self.marks[it % MARKS].load(SeqCst));
        at.iter().all(|it| it % 2 == 0).then_some(at)
    }
    /// How many commits have touched a mark.
    pub fn commits(&self) -> u64 {
        self.commits.load(SeqCst)
    }
    /// Commits a change of what these marks stand for.
    pub(super) fn change<T>(&self, touched: &BTreeSet<usize>, commit: impl FnOnce() -> T) -> T {
        let step = || {
            for it in touched {
                self.marks[it % MARKS].fetch_add(1, SeqCst);
            }
        };
        step();
        let done = commit();
        if !touched.is_empty() {
            // Before the marks: who sees where they stand now must know that their snapshot is old.
            self.commits.fetch_add(1, SeqCst);
        }
        step();
        done
    }
}

impl std::fmt::Debug for Marks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Marks after {} commits", self.commits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_stands_nowhere_during_the_commit_and_elsewhere_after_it() {
        let marks = Marks::default();
        let before = marks.at([7, 8]);
        assert!(before.is_some());
        marks.change(&BTreeSet::from([7]), || {
            assert_eq!(marks.at([7, 8]), None);
            assert_eq!(marks.at([8]), Some([0]), "other subjects are not concerned");
        });
        let after = marks.at([7, 8]);
        assert!(after.is_some() && after != before);
        assert_eq!(marks.commits(), 1);
        marks.change(&BTreeSet::new(), || ());
        assert_eq!(marks.commits(), 1);
    }
}
