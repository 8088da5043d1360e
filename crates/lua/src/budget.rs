//! How long a run may go on.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::failure::{Budget, Failure, FailureKind};
use crate::limits::Limits;

/// How much time may pass before the processor time is read again: reading it is a system call.
const CPU_READ_EVERY: Duration = Duration::from_millis(1);

/// The time of a run, which the machine's thread keeps and the watchdog reads.
pub(crate) struct Clock {
    origin: Instant,
    started_us: AtomicU64,
    awaited_us: AtomicU64,
    /// When the wait for the host began; zero while the machine runs.
    awaiting_since_us: AtomicU64,
    stopped: AtomicBool,
    stop: Notify,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self {
            // In the past, so that no instant of a run is zero.
            origin: Instant::now().checked_sub(Duration::from_secs(1)).unwrap_or_else(Instant::now),
            started_us: AtomicU64::new(0),
            awaited_us: AtomicU64::new(0),
            awaiting_since_us: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
            stop: Notify::new(),
        }
    }

    /// A program begins.
    pub(crate) fn begin(&self) {
        self.awaited_us.store(0, Ordering::Relaxed);
        self.awaiting_since_us.store(0, Ordering::Relaxed);
        self.started_us.store(self.now_us(), Ordering::Release);
    }

    /// Since the program began, waits included.
    pub(crate) fn total(&self) -> Duration {
        let started = self.started_us.load(Ordering::Acquire);
        Duration::from_micros(self.now_us().saturating_sub(started))
    }

    /// Since the program began, without the waits for the host.
    pub(crate) fn own(&self) -> Duration {
        let now = self.now_us();
        let waiting = match self.awaiting_since_us.load(Ordering::Acquire) {
            0 => 0,
            since => now.saturating_sub(since),
        };
        let away = waiting + self.awaited_us.load(Ordering::Acquire);
        let started = self.started_us.load(Ordering::Acquire);
        Duration::from_micros(now.saturating_sub(started).saturating_sub(away))
    }

    /// Nobody wants the run any more.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        self.stop.notify_waiters();
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Returns once nobody wants the run any more.
    pub(crate) async fn stopped(&self) {
        loop {
            let notified = self.stop.notified();
            if self.is_stopped() {
                return;
            }
            notified.await;
        }
    }

    fn now_us(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn wait_begins(&self) {
        self.awaiting_since_us.store(self.now_us(), Ordering::Release);
    }

    fn wait_ends(&self) {
        let since = self.awaiting_since_us.swap(0, Ordering::AcqRel);
        self.awaited_us.fetch_add(self.now_us().saturating_sub(since), Ordering::AcqRel);
    }
}

/// What the machine's thread asks at every step. Once a budget is exhausted it stays so until the next
/// program: a program that catches the error gets it again at its next step.
pub(crate) struct Budgets {
    clock: Arc<Clock>,
    limits: Limits,
    exhausted: RefCell<Option<Failure>>,
    is_exhausted: Cell<bool>,
    cpu_started: Cell<Duration>,
    cpu_read_at: Cell<Duration>,
}

impl Budgets {
    pub(crate) fn new(clock: Arc<Clock>, limits: Limits) -> Rc<Self> {
        Rc::new(Self {
            clock,
            limits,
            exhausted: RefCell::new(None),
            is_exhausted: Cell::new(false),
            cpu_started: Cell::new(Duration::ZERO),
            cpu_read_at: Cell::new(Duration::ZERO),
        })
    }

    /// A program begins.
    pub(crate) fn begin(&self) {
        self.clock.begin();
        self.exhausted.replace(None);
        self.is_exhausted.set(false);
        self.cpu_started.set(thread_cpu());
        self.cpu_read_at.set(Duration::ZERO);
    }

    /// Whether the program may take another step.
    pub(crate) fn check(&self) -> Result<(), mlua::Error> {
        if self.is_exhausted.get() {
            return Err(self.refusal());
        }
        if self.clock.is_stopped() {
            return Err(self.exhaust(Failure::new(
                FailureKind::Cancelled,
                "The run was cancelled by whoever started it.",
            )));
        }
        let own = self.clock.own();
        if own > Duration::from_millis(self.limits.wall_ms_max) {
            let limit = self.limits.wall_ms_max;
            return Err(self.exhaust(Failure::budget(
                Budget::Wall,
                format!("The program ran for more than {limit} ms, waits for calls not counted."),
            )));
        }
        if own.saturating_sub(self.cpu_read_at.get()) >= CPU_READ_EVERY {
            self.cpu_read_at.set(own);
            return self.check_slowly();
        }
        Ok(())
    }

    fn check_slowly(&self) -> Result<(), mlua::Error> {
        if self.cpu() > Duration::from_millis(self.limits.cpu_ms_max) {
            let limit = self.limits.cpu_ms_max;
            return Err(self.exhaust(Failure::budget(
                Budget::Cpu,
                format!("The program used more than {limit} ms of processor time."),
            )));
        }
        if self.clock.total() > Duration::from_millis(self.limits.run_ms_max) {
            return Err(self.exhaust(self.run_failure()));
        }
        Ok(())
    }

    /// What ended the program, if a budget did.
    pub(crate) fn exhausted(&self) -> Option<Failure> {
        self.exhausted.borrow().clone()
    }

    /// Processor time of the program, without what the host took of this thread.
    pub(crate) fn cpu(&self) -> Duration {
        thread_cpu().saturating_sub(self.cpu_started.get())
    }

    /// Waits for the host; neither its time nor its processor time is counted. `None` if the run came
    /// to its end meanwhile: then the answer is not waited for.
    pub(crate) fn wait<T>(
        &self,
        runtime: &tokio::runtime::Handle,
        answer: impl Future<Output = T>,
    ) -> Option<T> {
        let left = Duration::from_millis(self.limits.run_ms_max).saturating_sub(self.clock.total());
        let cpu_before = thread_cpu();
        self.clock.wait_begins();
        let answered = runtime.block_on(async {
            tokio::select! {
                biased;
                () = self.clock.stopped() => None,
                answered = tokio::time::timeout(left, answer) => answered.ok(),
            }
        });
        self.clock.wait_ends();
        let away = thread_cpu().saturating_sub(cpu_before);
        self.cpu_started.set(self.cpu_started.get() + away);
        if answered.is_none() && !self.clock.is_stopped() {
            self.exhaust(self.run_failure());
        }
        answered
    }

    fn run_failure(&self) -> Failure {
        let limit = self.limits.run_ms_max;
        Failure::budget(
            Budget::Run,
            format!("The run took more than {limit} ms, waits for calls counted."),
        )
    }

    fn exhaust(&self, failure: Failure) -> mlua::Error {
        self.is_exhausted.set(true);
        self.exhausted.replace(Some(failure));
        self.refusal()
    }

    fn refusal(&self) -> mlua::Error {
        let message = self.exhausted.borrow().as_ref().map(ToString::to_string);
        mlua::Error::runtime(message.unwrap_or_default())
    }
}

/// Processor time of this thread, which no load of the machine changes.
fn thread_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}
