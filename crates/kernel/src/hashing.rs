//! Threads of their own for password hashing, so that it never delays other requests.
//!
//! There are as many as the machine has processors, they run at a lower priority than the threads
//! that answer requests, and a bounded number of tasks may wait for them.
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, mpsc};

use parking_lot::Mutex;

use crate::context::busy;
use crate::{Error, Result};

/// How many tasks may wait.
const TASKS_MAX: usize = 1024;
/// How much more readily the other threads are given the processor (0 to 19).
const NICENESS: i32 = 10;

type Task = Box<dyn FnOnce() + Send>;

/// The pool. See the module documentation.
pub struct HashPool {
    queue: SyncSender<Task>,
}

impl HashPool {
    pub(crate) fn new() -> Result<Self> {
        let (queue, tasks) = sync_channel::<Task>(TASKS_MAX);
        let tasks = Arc::new(Mutex::new(tasks));
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        for n in 0..threads {
            let tasks = tasks.clone();
            std::thread::Builder::new()
                .name(format!("hashing-{n}"))
                .spawn(move || work(&tasks))
                .map_err(Error::internal)?;
        }
        Ok(Self { queue })
    }

    /// Runs `task` on the pool and waits for it. Blocks the thread; refuses when too many wait.
    pub fn run<T: Send + 'static>(&self, task: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let (done, answer) = mpsc::sync_channel(1);
        let task = Box::new(move || {
            // Nobody listens any more when the caller was ended.
            drop(done.send(task()));
        });
        self.queue.try_send(task).map_err(|it| match it {
            TrySendError::Full(_) | TrySendError::Disconnected(_) => busy(),
        })?;
        answer.recv().map_err(|_| Error::internal("a task of the hashing pool panicked"))
    }
}

fn work(tasks: &Mutex<mpsc::Receiver<Task>>) {
    // On Linux a thread has a priority of its own; where it cannot be set, hashing still works.
    let this = rustix::thread::gettid();
    rustix::process::setpriority_process(Some(this), NICENESS).ok();
    loop {
        let task = tasks.lock().recv();
        match task {
            Ok(task) => drop(std::panic::catch_unwind(std::panic::AssertUnwindSafe(task))),
            Err(mpsc::RecvError) => return,
        }
    }
}

impl std::fmt::Debug for HashPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HashPool")
    }
}
