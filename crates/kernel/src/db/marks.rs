//! Marks: what tells whether an answer that was kept in memory still holds.
//!
//! Commits are counted. A mark stands for some subject, such as an organization, and holds the number
//! of the last commit that changed what answers about the subject are made of. Each table has a mark
//! too, which moves whatever is written into it. A mark gets its number before the commit, and the
//! commit is counted after it and before anybody is told: so an answer that was found when so many
//! commits had been counted holds exactly as long as its marks hold no greater number.
//!
//! Only one process may write what is marked. That is so with SQLite, whose server is one process;
//! where several nodes share a database, nothing is kept.
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

/// How many marks of subjects there are. Subjects that share one make each other's answers end
/// early, which costs time and nothing else.
pub const MARKS: usize = 4096;

/// A set of tables, each by its number; numbers that lie this far apart are one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tables([u64; TABLES / 64]);

const TABLES: usize = 256;

impl Tables {
    /// No table.
    pub(super) const NONE: Self = Self([0; TABLES / 64]);
    /// With the table of this number.
    pub(super) fn with(mut self, number: usize) -> Self {
        let number = number % TABLES;
        self.0[number / 64] |= 1 << (number % 64);
        self
    }
    /// With those of another set.
    pub(super) fn and(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] | other.0[i]))
    }
    fn numbers(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().enumerate().flat_map(|(i, word)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                Some(i * 64 + bit)
            })
        })
    }
}

/// The marks of one database.
pub struct Marks {
    commits: AtomicU64,
    subjects: Box<[AtomicU64]>,
    tables: Box<[AtomicU64]>,
    others: AtomicU64,
}

impl Default for Marks {
    fn default() -> Self {
        let zeros = |count| (0..count).map(|_| AtomicU64::new(0)).collect();
        Self {
            commits: AtomicU64::new(0),
            subjects: zeros(MARKS),
            tables: zeros(TABLES),
            others: AtomicU64::new(0),
        }
    }
}

impl Marks {
    /// How many commits there have been. What is read after this was asked for is at least as new.
    pub fn commits(&self) -> u64 {
        self.commits.load(SeqCst)
    }
    /// Whether no commit after so many has touched one of these marks.
    pub fn stand(&self, subjects: &[usize], since: u64) -> bool {
        subjects.iter().all(|it| self.subjects[it % MARKS].load(SeqCst) <= since)
    }
    /// Whether no commit after so many has written into one of these tables.
    pub fn tables_stand(&self, tables: Tables, since: u64) -> bool {
        tables.numbers().all(|it| self.tables[it].load(SeqCst) <= since)
    }
    /// Commits a change of what these marks and tables stand for.
    pub(super) fn change<T>(
        &self,
        subjects: &BTreeSet<usize>,
        tables: Tables,
        commit: impl FnOnce() -> T,
    ) -> T {
        // There is one writer, so nobody counts in between.
        let number = self.commits() + 1;
        for it in subjects {
            self.subjects[it % MARKS].store(number, SeqCst);
        }
        for it in tables.numbers() {
            self.tables[it].store(number, SeqCst);
        }
        let done = commit();
        self.commits.store(number, SeqCst);
        done
    }
    /// How often it was seen that another process had written.
    pub(super) fn others(&self) -> u64 {
        self.others.load(SeqCst)
    }
    /// Notes that another process has written.
    pub(super) fn note_other(&self) {
        self.others.fetch_add(1, SeqCst);
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
    fn what_was_found_before_a_commit_does_not_stand_from_the_commit_on() {
        let marks = Marks::default();
        let (one, two) = (Tables::default().with(3), Tables::default().with(70));
        let before = marks.commits();
        assert!(marks.stand(&[7, 8], before));
        marks.change(&BTreeSet::from([7]), one, || {
            assert!(!marks.stand(&[7, 8], before), "it may be there already");
            assert!(!marks.tables_stand(one.and(two), marks.commits()));
            assert!(marks.stand(&[8], before), "other subjects are not concerned");
            assert!(marks.tables_stand(two, before));
        });
        let after = marks.commits();
        assert!(!marks.stand(&[7], before) && marks.stand(&[7], after));
        assert!(!marks.tables_stand(one, before) && marks.tables_stand(one, after));
        assert!(marks.stand(&[8], before) && marks.tables_stand(two, before));
    }

    #[test]
    fn a_set_of_tables_has_the_numbers_that_were_put_in() {
        let set = [0, 63, 64, 255].into_iter().fold(Tables::default(), Tables::with);
        assert_eq!(set.numbers().collect::<Vec<_>>(), [0, 63, 64, 255]);
        assert_eq!(Tables::default().with(256), Tables::default().with(0), "it never grows");
    }
}
