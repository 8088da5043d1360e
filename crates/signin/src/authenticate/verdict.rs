//! What the application says of a sign-in that would lead in (03 §4, step 13).
//!
//! - It is asked once nothing else is needed, outside of any transaction. Meanwhile the sign-in
//!   waits as it would for a further step, under a token that nobody gets: what ends such a sign-in
//!   (a new password, the deletion of the user) ends this one.
//! - When the answer is there, what comes next is looked at anew. An answer holds for the user and
//!   the organization that it was given about, and for nothing else.
//! - What cannot succeed fails before anybody is asked, and before anything is used up.
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Cx, FlowCx, Result};
use vestibule_people::users::User;

use super::attempt::{Outcome, Visitor, advance_with};
use super::pending::{self, Attempt};
use super::steps;
use crate::actions::{self, Arrival, Question};

/// How often the application is asked about one sign-in, where what it was asked about keeps
/// changing meanwhile.
const ASKED_MAX: usize = 3;

/// How far a credential has taken a sign-in.
#[derive(Debug)]
pub(super) enum Progress {
    /// To a session, or to the next step.
    Came(Outcome),
    /// To the application, which is to say whether it leads in.
    Asks(Box<Asking>),
}

/// A sign-in about which the application is to be asked.
#[derive(Debug)]
pub(super) struct Asking {
    /// Names the sign-in that waits.
    token: Secret,
    allowed: Allowed,
    question: Question,
}

/// What the application was asked about, and has allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Allowed {
    organization_id: Option<OrganizationId>,
}

/// Tries a credential in one transaction. Where it would lead in, the application is asked, and what
/// it says is heeded in another.
pub(super) fn write(
    flow: &FlowCx,
    visitor: &Visitor,
    work: impl Fn(&mut Cx<'_>, &Visitor) -> Result<Result<Progress>> + Send + 'static,
) -> Result<Outcome> {
    let who = visitor.clone();
    let mut progress = flow.write(move |cx| work(cx, &who))??;
    for _ in 0..ASKED_MAX {
        match progress {
            Progress::Came(outcome) => return Ok(outcome),
            Progress::Asks(asking) => progress = ask(flow, visitor, *asking)?,
        }
    }
    match progress {
        Progress::Came(outcome) => Ok(outcome),
        Progress::Asks(_) => Err(actions::changed_meanwhile()),
    }
}

fn ask(flow: &FlowCx, visitor: &Visitor, asking: Asking) -> Result<Progress> {
    let Asking { token, allowed, question } = asking;
    let execution = actions::ask(flow, question);
    let visitor = visitor.clone();
    // That it was denied must be kept though it is refused.
    flow.write(move |cx| {
        let (pending, _) = steps::find(cx, &token)?;
        pending::consume(cx, &pending)?;
        match execution.note(cx)? {
            Some(refusal) => Ok(Err(refusal)),
            None => advance_with(cx, &visitor, &pending.attempt, Some(&allowed)).map(Ok),
        }
    })?
}

/// The question about a sign-in that would lead in now; none where it was allowed, or nobody wants
/// to be asked.
pub(super) fn question(
    cx: &mut Cx<'_>,
    visitor: &Visitor,
    attempt: &Attempt,
    user: &User,
    organization_id: Option<&OrganizationId>,
    allowed: Option<&Allowed>,
) -> Result<Option<Question>> {
    if allowed.is_some_and(|it| it.organization_id.as_ref() == organization_id) {
        return Ok(None);
    }
    let arrival = Arrival {
        whence: visitor.into(),
        client_id: &attempt.client_id,
        method: attempt.method,
        user,
        organization_id,
    };
    actions::authentication(cx, arrival)
}

/// Has a sign-in wait for what the application says of it.
pub(super) fn wait(
    cx: &mut Cx<'_>,
    attempt: &Attempt,
    organization_id: Option<OrganizationId>,
    question: Question,
) -> Result<Progress> {
    let token = pending::create(cx, attempt)?;
    let asking = Asking { token, allowed: Allowed { organization_id }, question };
    Ok(Progress::Asks(Box::new(asking)))
}
