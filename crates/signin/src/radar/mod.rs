//! Radar: whether an attempt to sign in looks like the work of programs or of thieves, and what is
//! done about it.
//!
//! - What is looked for, and the response to each, is a policy; lists have the last word.
//! - The response depends on nothing that only whoever has an account could know, until the
//!   credential was good: so a refusal tells nobody who has an account.
//! - Where an address on the internet is, nothing here knows, so nobody's travels are judged.
mod assess;
mod attempts;
mod bots;
mod challenges;
mod detect;
mod disposable;
mod lists;
mod names;
mod policy;
mod store;

use serde_json::Value;
use vestibule_kernel::event::Reaction;
use vestibule_kernel::{Cx, Op, Result, op};

pub use assess::judge_newcomer;
pub(crate) use assess::{Asked, confirm, fingerprint, get, judge, meet, succeed};
pub use attempts::{CreateAttempt, ListAttempts, UpdateAttempt};
pub use challenges::GetRadarChallenge;
pub(crate) use challenges::{Tried, mail, redeem, text, verify};
pub use lists::{AddListEntry, ListEntries, RemoveListEntry};
pub use names::Action;
pub(crate) use names::{AuthMethod, Control, ListType, Verdict};
pub(crate) use policy::{ChallengeBy, RadarPolicy};
pub use policy::{GetRadarPolicy, UpdateRadarPolicy};
pub use store::Attempt;

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[
    op::<CreateAttempt>(),
    op::<UpdateAttempt>(),
    op::<ListAttempts>(),
    op::<AddListEntry>(),
    op::<RemoveListEntry>(),
    op::<ListEntries>(),
    op::<GetRadarPolicy>(),
    op::<UpdateRadarPolicy>(),
    op::<GetRadarChallenge>(),
];

/// The devices of a deleted user are forgotten.
pub const USER_DELETED: Reaction = Reaction { event: "user.deleted", run: user_deleted };

/// For how long attempts are kept.
const ATTEMPTS_DAYS: i64 = 30;
/// For how long a device is known that is not seen.
const DEVICES_DAYS: i64 = 180;

/// Deletes what is older than is needed, and tells how many rows that were.
pub(crate) fn forget_old(cx: &mut Cx<'_>) -> Result<u64> {
    let (attempts, devices) =
        (cx.now().plus_days(-ATTEMPTS_DAYS), cx.now().plus_days(-DEVICES_DAYS));
    store::forget(cx, attempts, devices)
}

/// Whether sign-ins are judged.
pub(crate) fn judges_sign_ins(cx: &mut Cx<'_>) -> Result<bool> {
    Ok(RadarPolicy::of(cx)?.sign_in)
}

fn user_deleted(cx: &mut Cx<'_>, user: &Value) -> Result<()> {
    match user.get("email").and_then(Value::as_str) {
        Some(email) => assess::forget_address(cx, email),
        None => Ok(()),
    }
}
