//! The page on which a person says yes or no to what an agent asks.
//!
//! - The agent has the address, so the address decides nothing: to say yes or no takes an approver's
//!   key, which opens nothing else, each time. No session stands in for it, because an agent that
//!   changes users could get into one.
//! - What is shown was chosen by the agent: it is text in a frame of its own, without secrets.
//! - It is in English, as all that is for developers.
use axum::http::StatusCode;
use axum::response::Response;
use vestibule_kernel::agent::approvals::{self, Approval, Decision, State};
use vestibule_kernel::id::ApprovalId;
use vestibule_kernel::limit::Limit;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Error, FlowCx, Kind, Result};
use vestibule_languages::{Language, Text};

use crate::look;
use crate::render::Frame;
use crate::screens::{AgentApproval, AgentDecided, Form, Problem};
use crate::web::{Visit, page};

/// How often keys are tried from one place.
const KEYS: Limit =
    Limit { name: "pages.approval", uses_max: 10, window: 60, code: "too_many_requests" };

/// `GET /approvals/{approval}?token=…`
pub fn show(visit: &Visit) -> Result<Response> {
    let (flow, approval) = find(visit)?;
    ask(visit, &flow, approval, None)
}

/// `POST /approvals/{approval}?token=…`
pub fn send(visit: &Visit) -> Result<Response> {
    let (flow, approval) = find(visit)?;
    flow.limit(KEYS, &visit.place())?;
    let decision = match visit.field("decision") {
        "approve" => Decision::Approve,
        _ => Decision::Deny,
    };
    let (id, key) = (approval.id.clone(), Secret::new(visit.field("approver_key")));
    let decided = flow.write(move |cx| {
        let Some(approver) = approvals::approver(cx, &key)? else { return Ok(None) };
        approvals::decide(cx, &id, decision, &approver.actor.id).map(Some)
    })?;
    match decided {
        Some(approval) => tell(&flow, &approval),
        None => {
            let text = "This is no approver's key. Whoever runs this server makes one with: \
                        vestibule approvers create --name NAME";
            let problem = Problem::with("approver_key", Text::Verbatim(text.to_owned()));
            ask(visit, &flow, approval, Some(problem))
        }
    }
}

fn ask(
    visit: &Visit,
    flow: &FlowCx,
    approval: Approval,
    problem: Option<Problem>,
) -> Result<Response> {
    if approval.state != State::Pending {
        return tell(flow, &approval);
    }
    let form =
        Form::new(approvals::path(&flow.app, &approval.id), visit.browser().token().reveal());
    let (status, form) = match problem {
        Some(problem) => (StatusCode::UNPROCESSABLE_ENTITY, form.refused(problem)),
        None => (StatusCode::OK, form),
    };
    let entry = flow.app.catalog().get(&approval.operation);
    let text = entry.and_then(|it| it.schema["description"].as_str()).unwrap_or_default();
    let left = approval.expires_at.millis() - flow.now().millis();
    let arguments = serde_json::to_string_pretty(&approval.arguments).map_err(Error::internal)?;
    let screen = AgentApproval {
        form,
        agent: approval.agent_token_name,
        what: text.lines().next().unwrap_or_default().trim_end_matches('.').to_owned(),
        operation: approval.operation,
        destroys: approval.effect == "destructive",
        arguments,
        run: approval.run_id,
        ip_address: approval.ip_address,
        minutes: u64::try_from(left / 60_000).unwrap_or_default() + 1,
    };
    page(status, &frame(flow)?, &screen)
}

fn tell(flow: &FlowCx, approval: &Approval) -> Result<Response> {
    let status = match approval.state {
        State::Pending | State::Approved | State::Denied => StatusCode::OK,
        State::Used | State::Expired => StatusCode::GONE,
    };
    let screen = AgentDecided {
        state: approval.state,
        agent: approval.agent_token_name.clone(),
        operation: approval.operation.clone(),
    };
    page(status, &frame(flow)?, &screen)
}

fn frame(flow: &FlowCx) -> Result<Frame> {
    Ok(flow.read(look::frame)?.in_language(Language::English))
}

/// What the link asks, and doors to its environment, which the link does not tell.
fn find(visit: &Visit) -> Result<(FlowCx, Approval)> {
    let id = ApprovalId::parse(visit.path("approval"))?;
    let token = Secret::new(visit.query("token").unwrap_or_default());
    let environment = approvals::environment_of_link(&visit.app, &id, &token)?.ok_or_else(over)?;
    let flow = visit.flow(&environment);
    match flow.read(|cx| approvals::get(cx, &id))? {
        Some(approval) => Ok((flow, approval)),
        None => Err(over()),
    }
}

fn over() -> Error {
    let text = "This link leads to nothing that an agent asks. Have it make its call again.";
    Error::plain(Kind::Gone, text)
}
