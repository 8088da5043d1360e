//! A SQLite database that fails when a test tells it to: at the n-th thing it is asked for.
//!
//! Each statement counts, each number for an event, and the commit of each write.
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::sqlite::Sqlite;
use super::{Row, Tables, Tx, Value};
use crate::{Error, Result};

/// The database, and when it is to fail.
pub struct Failing {
    pub(super) sqlite: Sqlite,
    faults: Arc<Faults>,
}

/// When the database is to fail, and at what it did.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Plan>);

#[derive(Debug, Default)]
struct Plan {
    /// How many things still succeed before one fails; nothing fails where there is no number.
    left: Option<u64>,
    failed: Option<Fault>,
}

/// What failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This statement.
    Statement(String),
    /// The commit, after everything in the transaction had succeeded.
    Commit,
}

impl Faults {
    /// Lets the next `n` things succeed and the one after them fail.
    pub fn fail_after(&self, n: u64) {
        *self.0.lock() = Plan { left: Some(n), failed: None };
    }
    /// What has failed since; nothing fails any more.
    pub fn end(&self) -> Option<Fault> {
        std::mem::take(&mut *self.0.lock()).failed
    }
    fn pass(&self, what: impl FnOnce() -> Fault) -> Result<()> {
        let mut plan = self.0.lock();
        match plan.left {
            None => Ok(()),
            Some(0) => {
                let what = what();
                let error = Error::internal(format!("a test asked for this failure: {what:?}"));
                *plan = Plan { left: None, failed: Some(what) };
                Err(error)
            }
            Some(n) => {
                plan.left = Some(n - 1);
                Ok(())
            }
        }
    }
}

impl Failing {
    pub(super) fn open(path: &Path) -> Result<(Self, Arc<Faults>)> {
        let faults = Arc::<Faults>::default();
        Ok((Self { sqlite: Sqlite::open(path)?, faults: faults.clone() }, faults))
    }

    pub(super) fn read<T>(&self, work: &mut dyn FnMut(&mut dyn Tx) -> Result<T>) -> Result<T> {
        self.sqlite.read(&mut |tx| work(&mut FailingTx { tx, faults: &self.faults }))
    }

    pub(super) fn submit<T: Send + 'static>(
        &self,
        work: impl Fn(&mut dyn Tx) -> Result<T> + Send + 'static,
    ) -> oneshot::Receiver<Result<T>> {
        let faults = self.faults.clone();
        self.sqlite.submit(move |tx| {
            let done = work(&mut FailingTx { tx, faults: &faults })?;
            faults.pass(|| Fault::Commit)?;
            Ok(done)
        })
    }
}

struct FailingTx<'a> {
    tx: &'a mut dyn Tx,
    faults: &'a Faults,
}

impl Tx for FailingTx<'_> {
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        self.faults.pass(|| Fault::Statement(sql.to_owned()))?;
        self.tx.execute(sql, values)
    }
    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        self.faults.pass(|| Fault::Statement(sql.to_owned()))?;
        self.tx.query(sql, values)
    }
    fn next_sequence(&mut self) -> Result<Option<i64>> {
        self.faults.pass(|| Fault::Statement("the number of an event".to_owned()))?;
        self.tx.next_sequence()
    }
    fn touch(&mut self, mark: usize) {
        self.tx.touch(mark);
    }
    fn begun(&self) -> Option<u64> {
        self.tx.begun()
    }
    fn tables_read(&self) -> Option<Tables> {
        self.tx.tables_read()
    }
}
