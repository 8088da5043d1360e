//! The sender: takes streams that are due in hand, one batch of each at a time, and hands them over; so
//! many at once that one that hangs holds up nobody else.
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet, spawn_blocking};
use tokio::time::MissedTickBehavior;
use vestibule_kernel::id::AuditLogStreamId;
use vestibule_kernel::{App, Error, Result};

use super::Stream;
use super::batch::{self, Batch, Found};
use super::deliveries::{self, AuditLogStreamDelivery, DeliveryKind};
use super::receivers::{self, Answer, Tokens};
use super::schedule::{Limits, Next};
use super::store::{self, Due, Hold};

/// How many streams are served on this node at once.
const UNDER_WAY_MAX: usize = 128;
/// How many of these may be streams that failed last: what hangs must not take all the room.
const FAILING_UNDER_WAY_MAX: usize = UNDER_WAY_MAX / 2;
/// How often it looks for streams that are due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How many batches of a stream are handed over before others get its room.
const BATCHES_IN_A_ROW_MAX: usize = 20;

/// Serves streams until `stop` says to stop; then finishes the batches that are on their way.
pub async fn work(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut sender = Sender::new(app, stop.clone());
    let mut looks = tokio::time::interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !*stop.borrow() {
        if let Err(error) = sender.start_due().await {
            tracing::error!(?error, "log streams could not be looked through");
        }
        tokio::select! {
            () = sender.room_for_others() => {}
            _ = looks.tick() => sender.resting.clear(),
            changed = stop.changed() => if changed.is_err() { break },
        }
    }
    sender.finish().await;
}

/// Serves the streams that are due by now; tells how many batches were handed over, taken or not.
pub async fn run_due(app: &Arc<App>) -> Result<usize> {
    let (_go_on, stop) = watch::channel(false);
    let mut sender = Sender::new(app.clone(), stop);
    loop {
        sender.resting.clear();
        sender.start_due().await?;
        if sender.tasks.is_empty() {
            return Ok(sender.handed_over);
        }
        let before = sender.moved;
        sender.finish().await;
        if sender.moved == before {
            return Ok(sender.handed_over);
        }
    }
}

struct Sender {
    app: Arc<App>,
    tokens: Arc<Tokens>,
    tasks: JoinSet<Served>,
    under_way: HashMap<Id, Due>,
    stop: watch::Receiver<bool>,
    /// Whether streams that were due found no room.
    crowded: bool,
    /// Streams that were looked at a moment ago and had nothing to send yet, or failed.
    resting: HashSet<AuditLogStreamId>,
    handed_over: usize,
    /// How often a stream went on, or fell back.
    moved: usize,
}

/// What was done for a stream in one go.
#[derive(Clone, Copy, Debug, Default)]
struct Served {
    handed_over: usize,
    moved: usize,
    /// Whether it has more to send at once.
    more: bool,
}

impl Sender {
    fn new(app: Arc<App>, stop: watch::Receiver<bool>) -> Self {
        let (tokens, tasks, under_way) = (Arc::default(), JoinSet::new(), HashMap::new());
        let resting = HashSet::new();
        Self {
            app,
            tokens,
            tasks,
            under_way,
            stop,
            crowded: false,
            resting,
            handed_over: 0,
            moved: 0,
        }
    }

    /// Starts the streams that are due, as far as there is room.
    async fn start_due(&mut self) -> Result<()> {
        let app = self.app.clone();
        let due = blocking(move || app.db().read(|tx| store::due(tx, app.now()))).await?;
        let of_failing = |it: &&Due| it.failing;
        let mut failing = self.under_way.values().filter(of_failing).count();
        self.crowded = false;
        for it in due {
            let here = self.under_way.values().any(|other| other.id == it.id);
            if here || self.resting.contains(&it.id) {
                continue;
            }
            let full = self.tasks.len() >= UNDER_WAY_MAX;
            if full || (it.failing && failing >= FAILING_UNDER_WAY_MAX) {
                self.crowded = true;
                continue;
            }
            failing += usize::from(it.failing);
            let (app, tokens, stop) = (self.app.clone(), self.tokens.clone(), self.stop.clone());
            let task = self.tasks.spawn(serve(app, tokens, it.clone(), stop));
            self.under_way.insert(task.id(), it);
        }
        Ok(())
    }

    /// Waits until a stream has been served, and others wait for its room or it has more to send itself.
    async fn room_for_others(&mut self) {
        while let Some(done) = self.tasks.join_next_with_id().await {
            let more = done.as_ref().is_ok_and(|it| it.1.more);
            self.note(done);
            if more || self.crowded {
                return;
            }
        }
        std::future::pending::<()>().await;
    }

    async fn finish(&mut self) {
        while let Some(done) = self.tasks.join_next_with_id().await {
            self.note(done);
        }
    }

    fn note(&mut self, done: std::result::Result<(Id, Served), JoinError>) {
        let (id, more) = match done {
            Ok((id, served)) => {
                self.handed_over += served.handed_over;
                self.moved += served.moved;
                (id, served.more)
            }
            Err(panic) => {
                tracing::error!(%panic, "serving a log stream panicked");
                (panic.id(), false)
            }
        };
        if let Some(due) = self.under_way.remove(&id)
            && !more
        {
            self.resting.insert(due.id);
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    spawn_blocking(work).await.map_err(Error::internal)?
}

/// What one look at a stream came to.
enum Step {
    /// There is nothing to do now.
    Rest,
    /// It went on past what is not wanted.
    Passed,
    /// A batch is to be handed over.
    Send(Box<Taken>),
}

/// A batch that this node alone has in hand.
struct Taken {
    hold: Hold,
    stream: Stream,
    batch: Batch,
}

/// Serves one stream: batch after batch, until nothing is due or the receiver does not take one.
async fn serve(
    app: Arc<App>,
    tokens: Arc<Tokens>,
    due: Due,
    stop: watch::Receiver<bool>,
) -> Served {
    let mut served = Served::default();
    while served.handed_over < BATCHES_IN_A_ROW_MAX && !*stop.borrow() {
        let (program, looked_at) = (app.clone(), due.clone());
        let found = match blocking(move || take(&program, &looked_at)).await {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(?error, stream = %due.id, "a log stream could not be read");
                return served;
            }
        };
        let taken = match found {
            Step::Rest => return served,
            Step::Passed => {
                served.moved += 1;
                continue;
            }
            Step::Send(taken) => taken,
        };
        served.handed_over += 1;
        served.moved += 1;
        let started = app.now();
        let answer = receivers::hand_over(&app, &tokens, &taken.stream, &taken.batch).await;
        let was_taken = tell(&taken, &answer);
        let program = app.clone();
        let kind = DeliveryKind::Batch;
        let stream = &taken.hold.id;
        let delivery =
            AuditLogStreamDelivery::new(&app, stream, kind, &taken.batch, &answer, started);
        let settled = blocking(move || settle(&program, *taken, answer, delivery)).await;
        // The lease ends, and the batch is handed over again: at least once is what was promised.
        if let Err(error) = settled {
            tracing::error!(?error, stream = %due.id, "what came of a batch was not written down");
            return served;
        }
        if !was_taken {
            return served;
        }
    }
    served.more = true;
    served
}

/// Finds what a stream sends next, and takes it in hand. Blocks the thread.
fn take(app: &Arc<App>, due: &Due) -> Result<Step> {
    let flow = app.system(&due.environment);
    let found = flow.read(|cx| {
        let Some(stream) = store::get_due(cx, &due.id)? else { return Ok(None) };
        let limits = Limits::of(stream.shown.r#type, &stream.shown.batching);
        let found = batch::next(cx, &stream, &limits)?;
        Ok(Some((stream, found)))
    })?;
    let Some((stream, found)) = found else { return Ok(Step::Rest) };
    match found {
        Found::Nothing => Ok(Step::Rest),
        Found::Unwanted(to) => {
            store::pass(app, &due.environment, &stream, to)?;
            Ok(Step::Passed)
        }
        Found::Batch(batch) => {
            let hold = store::take(app, &due.environment, &stream, batch.end)?;
            Ok(hold.map_or(Step::Rest, |hold| Step::Send(Box::new(Taken { hold, stream, batch }))))
        }
    }
}

/// Tells the log and the metrics what came of a batch; answers whether it was taken.
fn tell(taken: &Taken, answer: &Answer) -> bool {
    let (stream, events) = (&taken.hold.id, taken.batch.events.len());
    let result = if answer.refusal.is_none() { "delivered" } else { "failed" };
    metrics::counter!("vestibule_log_stream_batches_total", "result" => result).increment(1);
    let Some(refusal) = &answer.refusal else { return true };
    let (failures, why) = (taken.stream.failures + 1, &refusal.why);
    tracing::warn!(%stream, events, failures, why, "a log stream's receiver took no batch");
    false
}

/// Writes down what came of a batch, with the log of deliveries. Blocks the thread.
fn settle(
    app: &Arc<App>,
    taken: Taken,
    answer: Answer,
    delivery: AuditLogStreamDelivery,
) -> Result<()> {
    let now = app.now();
    let Taken { hold, stream, batch } = taken;
    let next = answer
        .refusal
        .as_ref()
        .map(|it| (Next::after(it, stream.failures, &batch, now, app.chance()), it.why.clone()));
    app.db().write_locking(move |tx| {
        let ours = match (&next, batch.ends()) {
            (Some((next, why)), _) => store::fall_back(tx, &hold, next, why, now)?,
            (None, Some((_, last))) => store::advance(tx, &hold, batch.end, last, now)?,
            (None, None) => return Err(Error::internal("a batch without events was sent")),
        };
        // Where it was deleted meanwhile, there must be no log of it.
        if ours { deliveries::insert(tx, &hold.environment, &delivery) } else { Ok(()) }
    })
}
