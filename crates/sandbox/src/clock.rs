//! The clock of a sandbox: what takes days is tested in a moment.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::Method::Post;
use vestibule_kernel::sandbox::{AHEAD_MILLIS_MAX, SANDBOX_REQUIRED, set_ahead};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Code, Cx, Error, Fine, Op, Operation, Result, Route, op};
use vestibule_record::{log_streams, webhooks};

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[op::<MoveClock>()];

/// How far a clock is moved at once, at the most.
const SECONDS_MAX: i64 = AHEAD_MILLIS_MAX / 1000;

/// Move the clock of the sandbox ahead
///
/// Everything in the environment lives by it: codes and sessions end, retries and other jobs come
/// due, tokens are issued by it. It goes ahead only; a reset sets it right again.
#[derive(Deserialize, JsonSchema)]
pub struct MoveClock {
    /// By how many seconds
    #[schemars(range(min = 0, max = SECONDS_MAX))]
    seconds: Option<i64>,
    /// To which time
    to: Option<Time>,
}

/// The clock of a sandbox
#[derive(Debug, Serialize, JsonSchema)]
pub struct SandboxClock {
    /// Always `sandbox_clock`
    #[schemars(extend("const" = "sandbox_clock"))]
    object: &'static str,
    /// The time in the environment
    now: Time,
    /// How many seconds its clock is ahead
    ahead_seconds: i64,
}

impl Operation for MoveClock {
    const ID: &'static str = "sandbox.move_clock";
    const ROUTE: Route = Route(Post, "/vestibule/v1/sandbox/clock");
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] = &[SANDBOX_REQUIRED];
    type Reply = Fine<SandboxClock>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { seconds, to } = self;
        cx.need_sandbox()?;
        let by_millis = match (seconds, to) {
            (Some(seconds), None) => seconds * 1000,
            (None, Some(to)) => to.millis() - cx.now().millis(),
            (None, None) | (Some(_), Some(_)) => {
                let text = "Give either seconds or to.";
                return Err(Error::invalid_field("seconds", "invalid", text));
            }
        };
        let ahead_millis = cx.sandbox().map_or(0, |it| it.ahead_millis).saturating_add(by_millis);
        if by_millis < 0 || ahead_millis > AHEAD_MILLIS_MAX {
            let text = "The clock goes ahead only, and ten years at the most.";
            return Err(Error::invalid_field("to", "out_of_range", text));
        }
        set_ahead(cx, ahead_millis)?;
        webhooks::clock_moved(cx, by_millis)?;
        log_streams::clock_moved(cx, by_millis)?;
        Ok(Fine(SandboxClock {
            object: "sandbox_clock",
            now: cx.now(),
            ahead_seconds: ahead_millis / 1000,
        }))
    }
}
