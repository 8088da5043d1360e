//! The page that a reset link leads to: a new password.
use axum::http::StatusCode;
use axum::response::Response;
use vestibule_kernel::limit::Limit;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Error, FlowCx, Kind, Result, environment};
use vestibule_people::passwords::{Owner, PasswordPolicy};
use vestibule_people::users::User;
use vestibule_signin::{authorize, password_reset, redirect_uris};

use super::journey::{self, Step};
use crate::screens::{Form, Problem, ResetDone, ResetPassword};
use crate::web::{Status, Visit, page};
use crate::{look, words};

/// How often a new password is judged and hashed for one link.
const ATTEMPTS: Limit =
    Limit { name: "pages.reset", uses_max: 10, window: 60, code: "too_many_requests" };

/// `GET /reset-password?token=…`
pub fn show(visit: &Visit) -> Result<Response> {
    let token = token(visit);
    let (flow, user) = owner(visit, &token)?;
    ask(visit, &flow, &token, &user, None)
}

/// `POST /reset-password?token=…`
pub fn send(visit: &Visit) -> Result<Response> {
    let token = token(visit);
    let (flow, user) = owner(visit, &token)?;
    let done = flow
        .limit(ATTEMPTS, &token.digest())
        .and_then(|()| password_reset::confirm(&flow, &token, &visit.secret("new_password")));
    match done {
        Ok(_) => {
            let (frame, endpoint) =
                flow.read(|cx| Ok((look::frame(cx)?, redirect_uris::sign_in_url(cx)?)))?;
            let sign_in_path = way_on(visit)?.or(endpoint);
            page(StatusCode::OK, &frame, &ResetDone { sign_in_path })
        }
        Err(error) => match words::problem(&error, "new_password") {
            Some(problem) => ask(visit, &flow, &token, &user, Some((Status::of(&error), problem))),
            None => Err(error),
        },
    }
}

/// The sign-in that this browser was at when the link was asked for, if it is still there.
fn way_on(visit: &Visit) -> Result<Option<String>> {
    let Some(id) = journey::latest(visit) else { return Ok(None) };
    let found = authorize::open(&visit.app, id, visit.request.clone())?;
    Ok(found.map(|(_, request)| Step::SignIn.of_journey(&request.id)))
}

fn token(visit: &Visit) -> Secret {
    Secret::new(visit.query("token").unwrap_or_default())
}

fn ask(
    visit: &Visit,
    flow: &FlowCx,
    token: &Secret,
    user: &User,
    refused: Option<(Status, Problem)>,
) -> Result<Response> {
    // The link came by mail to the user, so it may show what holds for them.
    let owner = Owner { user: Some(&user.id), email: &user.email, organization: None };
    let (frame, policy) = flow.read(|cx| Ok((look::frame(cx)?, PasswordPolicy::of(cx, owner)?)))?;
    let action = url::form_urlencoded::Serializer::new(format!("{}?", password_reset::PATH))
        .append_pair("token", token.reveal())
        .finish();
    let form = Form::new(action, visit.browser().token().reveal());
    let (status, form) = match refused {
        Some((status, problem)) => (status, form.refused(problem)),
        None => (StatusCode::OK.into(), form),
    };
    let screen = ResetPassword {
        form,
        email: user.email.clone(),
        password_hint: words::password_hint(&policy),
    };
    page(status, &frame, &screen)
}

/// Whose password the token can set, and in which environment: the link does not tell.
fn owner(visit: &Visit, token: &Secret) -> Result<(FlowCx, User)> {
    let mut refusal = None;
    for environment in environment::list(visit.app.db())? {
        let flow = visit.flow(&environment.id);
        match flow.read(|cx| password_reset::check(cx, token)) {
            Ok(user) => return Ok((flow, user)),
            // It was good here once: no other environment has it.
            Err(error) if error.kind() == Kind::BadRequest => return Err(over(error)),
            Err(error) if matches!(error.kind(), Kind::NotFound | Kind::Forbidden) => {
                refusal.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    Err(over(refusal.unwrap_or_else(|| Error::plain(Kind::NotFound, "There is no environment."))))
}

fn over(error: Error) -> Error {
    Error::new(Kind::Gone, words::LINK_OVER, "The link does not work.").caused_by(error)
}
