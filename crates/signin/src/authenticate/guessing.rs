//! Guessing at many accounts from one place: a few common passwords for each, passwords that leaked
//! elsewhere, codes of second steps, passkeys that are none. The limit on tries for one account does not see it; this one does.
//!
//! Only what was not good is counted, so that a company whose people share an address can sign in.
//! Where an application signs its users in by the API, their place is the one that it gives: without
//! it all of them would seem to be at one.
use vestibule_kernel::limit::{self, Limit, Rule};
use vestibule_kernel::{Error, FlowCx, Kind, Result};

use super::attempt::Outcome;
use super::refusals;
use crate::passkeys::{INVALID_CREDENTIAL, PASSKEY_CLONED, PASSKEY_NOT_REGISTERED};

const FAILURES: Limit = Limit {
    name: "authenticate.failure",
    uses_max: Rule::Failures.usual(),
    window: Rule::Failures.seconds(),
    code: "too_many_requests",
};

/// Tries a credential for somebody at `address`, unless too many from there were not good.
pub fn guarded(
    flow: &FlowCx,
    address: Option<&str>,
    work: impl FnOnce() -> Result<Outcome>,
) -> Result<Outcome> {
    let Some(place) = address.map(limit::place) else { return work() };
    if let Some(after) = flow.read(|cx| limit::look(cx, FAILURES, &place))? {
        return Err(refusals::as_oauth(FAILURES.refused(after)));
    }
    let done = work();
    if done.as_ref().is_err_and(is_wrong) {
        flow.write(move |cx| limit::count(cx, FAILURES, &place))?;
    }
    done
}

/// Whether a credential was not good, as opposed to a sign-in that is not allowed or not finished.
fn is_wrong(error: &Error) -> bool {
    let code = error.code();
    error.kind() == Kind::BadRequest
        && (code == "invalid_credentials"
            || code == "invalid_one_time_code"
            || code.starts_with("one_time_code_")
            || matches!(code, INVALID_CREDENTIAL | PASSKEY_NOT_REGISTERED | PASSKEY_CLONED))
}
