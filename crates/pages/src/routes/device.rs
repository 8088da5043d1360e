//! The pages on which a device without a browser is let in: its code, whoever is signed in, yes or no.
//!
//! - A code says nothing by being typed: one that nobody waits under and one that is over are told
//!   apart by nobody, and each place may try so many.
//! - From then on the device belongs to the browser in which its code was typed, as a sign-in does.
//! - Nobody is let in by a link alone. What is asked for is shown, and somebody presses a button.
use axum::http::StatusCode;
use axum::response::Response;
use vestibule_kernel::id::DeviceAuthorizationId;
use vestibule_kernel::limit::{self, Limit};
use vestibule_kernel::{Error, FlowCx, Kind, Result, environment};
use vestibule_languages::Text;
use vestibule_people::{organizations, users};
use vestibule_signin::authorize::{self, browser};
use vestibule_signin::devices::{self, DeviceAuthorization};

use crate::render::Frame;
use crate::screens::{DeviceApproval, DeviceCode, DeviceDecided, Form, Problem};
use crate::web::{Status, Visit, add_cookie, page, see_other};
use crate::{look, words};

/// Where a device is approved.
pub const APPROVAL: &str = "/device/{device}";
/// Where somebody goes who would rather sign in as another.
pub const CHANGE: &str = "/device/{device}/account";

/// How often codes are tried from one place.
const CODES: Limit =
    Limit { name: "pages.device", uses_max: 10, window: 60, code: "too_many_requests" };
/// The longest code that is shown again as it was typed.
const TYPED_CHARACTERS_MAX: usize = 32;

/// `GET /device`
pub fn ask(visit: &Visit) -> Result<Response> {
    enter(visit, visit.query("user_code").unwrap_or_default(), None)
}

/// `POST /device`
pub fn take(visit: &Visit) -> Result<Response> {
    let typed = visit.field("user_code");
    if let Err(error) = limit::count_everywhere(&visit.app, CODES, &visit.place()) {
        return enter(
            visit,
            typed,
            Some((Status::of(&error), Problem::overall(words::too_many(&error)))),
        );
    }
    match devices::claim(&visit.app, typed, visit.request.clone())? {
        Some(id) => see_other(&devices::path(&id)),
        None => {
            let text = Text::new("problem-device-code");
            let status = StatusCode::UNPROCESSABLE_ENTITY.into();
            enter(visit, typed, Some((status, Problem::with("user_code", text))))
        }
    }
}

/// `GET /device/{device}`
pub fn show(visit: &Visit) -> Result<Response> {
    let (flow, device) = find(visit)?;
    let seen = flow.read(|cx| {
        let Some(session) = browser::session(cx)? else { return Ok(None) };
        let Some(user) = users::get(cx, &session.user_id)? else { return Ok(None) };
        let organization = match &session.organization_id {
            Some(id) => organizations::get(cx, id)?.map(|it| it.name),
            None => None,
        };
        let acts = session.impersonator.is_some();
        Ok(Some((look::frame(cx)?, user.email, organization, acts)))
    })?;
    let Some((frame, email, organization, acts)) = seen else { return sign_in(&flow, &device) };
    let form = Form::new(devices::path(&device.id), visit.browser().token().reveal());
    let (form, status) = if acts {
        (form.refused(Problem::overall(Text::new("failure-acting"))), StatusCode::FORBIDDEN)
    } else {
        (form, StatusCode::OK)
    };
    let screen = DeviceApproval {
        form,
        user_code: device.user_code.reveal().to_owned(),
        email,
        organization,
        ip_address: device.ip_address,
        user_agent: device.user_agent,
        change_action: format!("{}/account", devices::path(&device.id)),
    };
    page(status, &frame, &screen)
}

/// `POST /device/{device}`
pub fn decide(visit: &Visit) -> Result<Response> {
    let (flow, device) = find(visit)?;
    let approved = visit.field("decision") == "approve";
    let id = device.id.clone();
    let done = flow.write(move |cx| decided(cx, &id, approved))?;
    match done {
        Done::Decided => {
            let frame = flow.read(look::frame)?;
            page(StatusCode::OK, &frame, &DeviceDecided { approved })
        }
        Done::TooLate => Err(over()),
        Done::SignedOut => sign_in(&flow, &device),
    }
}

/// `POST /device/{device}/account`
pub fn change(visit: &Visit) -> Result<Response> {
    let (flow, device) = find(visit)?;
    sign_in(&flow, &device)
}

/// What came of a decision.
enum Done {
    Decided,
    TooLate,
    SignedOut,
}

fn decided(
    cx: &mut vestibule_kernel::Cx<'_>,
    id: &DeviceAuthorizationId,
    approved: bool,
) -> Result<Done> {
    let in_time = if approved {
        // Looked up again: they may have signed out in another tab.
        let Some(session) = browser::session(cx)? else { return Ok(Done::SignedOut) };
        devices::approve(cx, id, &session)?
    } else {
        devices::deny(cx, id)?
    };
    Ok(if in_time { Done::Decided } else { Done::TooLate })
}

/// Over the pages of sign-in and back here.
fn sign_in(flow: &FlowCx, device: &DeviceAuthorization) -> Result<Response> {
    let device = device.clone();
    let begun = flow.write(move |cx| authorize::begin_for_device(cx, &device))?;
    let mut response = see_other(&authorize::path(&begun.request.id))?;
    add_cookie(&mut response, &begun.cookie);
    Ok(response)
}

fn find(visit: &Visit) -> Result<(FlowCx, DeviceAuthorization)> {
    let found = devices::open(&visit.app, visit.path("device"), visit.request.clone())?;
    found.ok_or_else(over)
}

fn over() -> Error {
    let text = "This was decided already, it took longer than five minutes, or the code was typed \
                in another browser. Begin again on the device.";
    Error::plain(Kind::Gone, text)
}

fn enter(visit: &Visit, typed: &str, refused: Option<(Status, Problem)>) -> Result<Response> {
    let form = Form::new(devices::PATH, visit.browser().token().reveal());
    let (status, form) = match refused {
        Some((status, problem)) => (status, form.refused(problem)),
        None => (StatusCode::OK.into(), form),
    };
    let user_code = typed.chars().take(TYPED_CHARACTERS_MAX).collect();
    page(status, &frame(visit)?, &DeviceCode { form, user_code })
}

/// The look of the environment where there is only one; before a code is known, nothing tells which.
fn frame(visit: &Visit) -> Result<Frame> {
    match environment::list(visit.app.db())?.as_slice() {
        [only] => visit.flow(&only.id).read(look::frame),
        _ => Ok(look::plain()),
    }
}
