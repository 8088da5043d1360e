//! Machines on threads of their own, and the watchdog outside of them.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::budget::{Budgets, Clock};
use crate::calls::{Calls, milliseconds};
use crate::failure::{Budget, Failure, FailureKind};
use crate::host::Host;
use crate::limits::Limits;
use crate::machine::Machine;
use crate::outcome::{CallRecord, Meta, Outcome};

/// The stack of a machine's thread, in bytes: the parser and two hundred calls between the machine and
/// its library stand on it.
const STACK_BYTES: usize = 16 * 1024 * 1024;
/// How long a run waits for a place among those that run.
const QUEUE_MAX: Duration = Duration::from_secs(10);
/// How often the watchdog looks.
const WATCH_EVERY: Duration = Duration::from_millis(50);
/// How much longer than its budget a machine may take to notice before it is left to itself.
const GRACE: Duration = Duration::from_secs(2);

/// Runs programs, at most so many at once.
#[derive(Clone)]
pub struct Engine {
    places: Arc<Semaphore>,
}

/// What a session is started with.
#[derive(Clone, Debug)]
pub struct SessionOptions {
    /// The id of the session. Idempotency keys are made of it, so a run that is started again with the
    /// same id repeats none of its writes; otherwise no two sessions may share one.
    pub run_id: String,
    /// What it may take.
    pub limits: Limits,
    /// Whether the host asks nobody for approval: shown in the outcome.
    pub permission_bypassed: bool,
}

/// A machine that keeps its globals from program to program.
pub struct Session {
    programs: mpsc::UnboundedSender<Program>,
    shared: Arc<Shared>,
    options: SessionOptions,
    is_over: bool,
}

/// What the machine's thread and the watchdog both see.
pub(crate) struct Shared {
    pub(crate) clock: Arc<Clock>,
    pub(crate) log: Mutex<Vec<CallRecord>>,
    pub(crate) output: Mutex<Output>,
    pub(crate) untrusted: AtomicBool,
}

/// What a program printed.
#[derive(Default)]
pub(crate) struct Output {
    text: String,
    chars: usize,
    lines: usize,
    is_cut: bool,
}

struct Program {
    source: String,
    answer: oneshot::Sender<Outcome>,
}

impl Engine {
    /// An engine that runs at most so many sessions at once. One that its watchdog had to leave counts
    /// until its thread has really ended.
    pub fn new(sessions_max: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(sessions_max)) }
    }

    /// Runs one program in a machine of its own. To be awaited in a Tokio runtime with time and I/O. Who
    /// drops the future cancels the run.
    pub async fn run(
        &self,
        host: Arc<dyn Host>,
        program: &str,
        options: SessionOptions,
    ) -> Outcome {
        match self.session(host, options.clone()).await {
            Ok(mut session) => session.run(program).await,
            Err(failure) => Shared::new().outcome(Err(failure), &options, 0, Duration::ZERO),
        }
    }

    /// Starts a machine, for a prompt.
    pub async fn session(
        &self,
        host: Arc<dyn Host>,
        options: SessionOptions,
    ) -> Result<Session, Failure> {
        let place = Arc::clone(&self.places).acquire_owned();
        let Ok(Ok(place)) = tokio::time::timeout(QUEUE_MAX, place).await else {
            return Err(Failure::new(
                FailureKind::Busy,
                "Too many programs run at once. Try again later.",
            ));
        };
        let shared = Arc::new(Shared::new());
        let (programs, queue) = mpsc::unbounded_channel();
        let thread = Thread {
            host,
            runtime: Handle::current(),
            options: options.clone(),
            shared: Arc::clone(&shared),
            _place: place,
        };
        std::thread::Builder::new()
            .name("lua".into())
            .stack_size(STACK_BYTES)
            .spawn(move || thread.serve(queue))
            .map_err(|error| {
                Failure::new(FailureKind::Internal, format!("No thread for the program: {error}."))
            })?;
        Ok(Session { programs, shared, options, is_over: false })
    }
}

impl Session {
    /// Runs one program. After a budget of the machine's thread was exceeded by far, or a run was
    /// dropped, the session is over and says so.
    pub async fn run(&mut self, source: &str) -> Outcome {
        if self.is_over {
            return self.broken("The session is over. Start another.");
        }
        // Over, unless it comes back: a run that is dropped half-way leaves a cancelled machine.
        self.is_over = true;
        self.shared.output.lock().clear();
        self.shared.clock.begin();
        let (answer, mut outcome) = oneshot::channel();
        let stop = StopOnDrop(&self.shared.clock);
        if self.programs.send(Program { source: source.to_owned(), answer }).is_err() {
            return self.broken("The session ended unexpectedly. Start another.");
        }
        let mut watch = tokio::time::interval(WATCH_EVERY);
        loop {
            tokio::select! {
                biased;
                outcome = &mut outcome => {
                    let Ok(outcome) = outcome else {
                        return self.broken("The session ended unexpectedly. Start another.");
                    };
                    std::mem::forget(stop);
                    self.is_over = false;
                    return outcome;
                }
                _ = watch.tick() => if let Some(failure) = self.overdue() {
                    return self.outcome(failure);
                },
            }
        }
    }

    /// Why the machine is left to itself, if it is time for that.
    fn overdue(&self) -> Option<Failure> {
        let limits = &self.options.limits;
        let (own, total) = (self.shared.clock.own(), self.shared.clock.total());
        let budget = if own > Duration::from_millis(limits.wall_ms_max) + GRACE {
            Budget::Wall
        } else if total > Duration::from_millis(limits.run_ms_max) + GRACE {
            Budget::Run
        } else {
            return None;
        };
        let message = "The program did not end within its time, and was left to itself.";
        Some(Failure::budget(budget, message))
    }

    fn broken(&self, message: &str) -> Outcome {
        self.outcome(Failure::new(FailureKind::Internal, message))
    }

    fn outcome(&self, failure: Failure) -> Outcome {
        let call_made = self.shared.any_call_made();
        self.shared.outcome(Err(Failure { call_made, ..failure }), &self.options, 0, Duration::ZERO)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.shared.clock.stop();
    }
}

/// Cancels the machine when the future of a run is dropped.
struct StopOnDrop<'a>(&'a Clock);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// What a machine's thread is given.
struct Thread {
    host: Arc<dyn Host>,
    runtime: Handle,
    options: SessionOptions,
    shared: Arc<Shared>,
    /// Held until the thread ends, however that comes.
    _place: OwnedSemaphorePermit,
}

impl Thread {
    fn serve(self, mut queue: mpsc::UnboundedReceiver<Program>) {
        let limits = &self.options.limits;
        let budgets = Budgets::new(Arc::clone(&self.shared.clock), limits.clone());
        let calls = Calls::new(
            Arc::clone(&self.host),
            self.runtime.clone(),
            limits.clone(),
            self.options.run_id.clone(),
            Arc::clone(&self.shared),
            Rc::clone(&budgets),
        );
        let machine =
            Machine::new(limits.clone(), Rc::clone(&budgets), calls, Arc::clone(&self.shared));
        while let Some(program) = queue.blocking_recv() {
            let outcome = match &machine {
                Ok(machine) => {
                    let ending = machine.run(&program.source);
                    let mut outcome = self.shared.outcome(
                        ending.result,
                        &self.options,
                        ending.memory_bytes,
                        budgets.cpu(),
                    );
                    outcome.meta.incomplete = ending.incomplete;
                    outcome
                }
                Err(error) => {
                    let message = format!("The machine did not start: {error}.");
                    let failure = Failure::new(FailureKind::Internal, message);
                    self.shared.outcome(Err(failure), &self.options, 0, Duration::ZERO)
                }
            };
            // Whoever does not wait any more has cancelled the run.
            let _unwanted = program.answer.send(outcome);
        }
    }
}

impl Shared {
    fn new() -> Self {
        Self {
            clock: Arc::new(Clock::new()),
            log: Mutex::default(),
            output: Mutex::default(),
            untrusted: AtomicBool::new(false),
        }
    }

    fn outcome(
        &self,
        result: Result<Value, Failure>,
        options: &SessionOptions,
        memory_usage: usize,
        cpu: Duration,
    ) -> Outcome {
        let output = self.output.lock();
        let (result, error) = match result {
            Ok(value) => (value, None),
            Err(failure) => (Value::Null, Some(failure)),
        };
        Outcome {
            success: error.is_none(),
            output: output.text.clone(),
            error,
            result,
            execution_time_ms: milliseconds(self.clock.total()),
            memory_usage,
            integration_calls: self.log.lock().clone(),
            meta: Meta {
                run_id: options.run_id.clone(),
                permission_bypassed: options.permission_bypassed,
                cpu_ms: milliseconds(cpu),
                output_truncated: output.is_cut,
                untrusted: self.untrusted.load(Ordering::Relaxed),
                incomplete: false,
            },
        }
    }
}

impl Output {
    fn clear(&mut self) {
        *self = Self::default();
    }

    /// Adds what was printed. What is too much is left out and the program goes on: to end it in the
    /// middle of its writes would do more harm than a cut output.
    pub(crate) fn line(&mut self, bytes: &[u8], limits: &Limits) {
        if self.is_cut {
            return;
        }
        let room = limits.output_chars_max - self.chars;
        // A character has at most four bytes.
        let bytes = &bytes[..bytes.len().min(room.saturating_mul(4).saturating_add(4))];
        for letter in String::from_utf8_lossy(bytes).chars().chain(['\n']) {
            if self.chars == limits.output_chars_max || self.lines == limits.output_lines_max {
                self.is_cut = true;
                self.text.push_str("… (the rest of the output is left out)\n");
                return;
            }
            self.text.push(letter);
            self.chars += 1;
            self.lines += usize::from(letter == '\n');
        }
    }
}
