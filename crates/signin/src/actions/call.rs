//! Asking: the request to an endpoint, what came back, and what that means.
use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;
use vestibule_kernel::event::Event;
use vestibule_kernel::id::{
    ActionEndpointId, ActionExecutionId, EnvironmentId, OrganizationId, UserId,
};
use vestibule_kernel::net::http::Outgoing;
use vestibule_kernel::secret::signature;
use vestibule_kernel::{App, Cx, Error, FlowCx, Method, Result};

use super::answer::{self, Answer};
use super::question::{About, Question};
use super::{ACTION_DENIED, ActionType, DecidedBy, Endpoint, SILENT, Verdict, store};

/// The largest answer that is read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// How many questions of an environment are under way on this node at once. One whose endpoint is
/// slow must leave the others room: those who sign in wait for it, and so would everybody.
const UNDER_WAY_MAX: usize = 64;

/// A user was not let in.
const AUTHENTICATION_DENIED: Event<AuthenticationDenied> =
    Event::new("action.authentication.denied");
/// Somebody got no account.
const REGISTRATION_DENIED: Event<RegistrationDenied> =
    Event::new("action.user_registration.denied");

/// One time that an endpoint was asked.
#[derive(Clone, Debug)]
pub(crate) struct Execution {
    pub(super) endpoint_id: ActionEndpointId,
    pub(super) r#type: ActionType,
    pub(super) about: About,
    pub(super) verdict: Verdict,
    pub(super) decided_by: DecidedBy,
    /// What was wrong with the answer, for the owner of the endpoint.
    pub(super) error: Option<String>,
    /// What whoever is denied is told.
    pub(super) error_message: Option<String>,
    pub(super) status_code: Option<u16>,
    pub(super) duration_millis: i64,
}

#[derive(Serialize)]
struct AuthenticationDenied {
    action_endpoint_id: ActionEndpointId,
    action_execution_id: ActionExecutionId,
    r#type: ActionType,
    verdict: &'static str,
    user_id: UserId,
    organization_id: Option<OrganizationId>,
    email: String,
    ip_address: Option<String>,
    user_agent: Option<String>,
}

#[derive(Serialize)]
struct RegistrationDenied {
    action_endpoint_id: ActionEndpointId,
    action_execution_id: ActionExecutionId,
    r#type: ActionType,
    verdict: &'static str,
    organization_id: Option<OrganizationId>,
    email: String,
    ip_address: Option<String>,
    user_agent: Option<String>,
}

/// Asks, and waits for what is answered. Where too many wait already, nobody is asked, and the default
/// verdict holds, as where there is no answer: an endpoint that hangs locks out nobody whom it would
/// not lock out by failing.
pub(crate) fn ask(flow: &FlowCx, question: Question) -> Execution {
    let Question { endpoint, about, body } = question;
    let started = flow.app.now();
    let (status_code, answered) = match Turn::take(flow.environment()) {
        Some(_turn) => exchange(&flow.app, &endpoint, body),
        None => (None, Err("Too many sign-ins wait for the application already.".to_owned())),
    };
    let duration_millis = flow.app.now().millis() - started.millis();
    let (verdict, decided_by, error, error_message) = match answered {
        Ok(Answer { verdict, error_message }) => {
            (verdict, DecidedBy::Endpoint, None, error_message)
        }
        Err(error) => (endpoint.default_verdict, DecidedBy::Default, Some(error), None),
    };
    if let Some(error) = &error {
        tracing::info!(endpoint = %endpoint.id, error, "an action was not answered");
    }
    let (of_type, result) = (endpoint.r#type.name(), decided_by.name());
    metrics::counter!("vestibule_actions_total", "type" => of_type, "decided_by" => result)
        .increment(1);
    Execution {
        endpoint_id: endpoint.id,
        r#type: endpoint.r#type,
        about,
        verdict,
        decided_by,
        error,
        error_message,
        status_code,
        duration_millis,
    }
}

/// The status and the verdict that came back, or what was wrong. Endpoints heed the machine's clock,
/// as those of webhooks do, and refuse what was not signed just now.
fn exchange(
    app: &App,
    endpoint: &Endpoint,
    body: Vec<u8>,
) -> (Option<u16>, std::result::Result<Answer, String>) {
    let http = app.net().http();
    let target = match http.target(&endpoint.url) {
        Ok(target) => target,
        Err(failure) => return (None, Err(failure.to_string())),
    };
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        ("workos-signature", signature(&endpoint.secret, app.now(), &body)),
    ];
    let timeout = Duration::from_millis(endpoint.timeout_millis.into());
    let request = Outgoing { method: Method::Post, target, headers, body, timeout };
    let received = match http.exchange(request, ANSWER_BYTES_MAX) {
        Ok(received) => received,
        Err(failure) => return (None, Err(failure.to_string())),
    };
    let answered = match received.status {
        200..=299 => answer::read(&received.body, endpoint.r#type, &endpoint.secret, app.now())
            .map_err(|it| it.to_string()),
        300..=399 => {
            Err(format!("The endpoint answered {}; redirects are not followed.", received.status))
        }
        status => Err(format!("The endpoint answered {status}.")),
    };
    (Some(received.status), answered)
}

impl Execution {
    /// Writes down what was said; the refusal where that was no.
    pub(crate) fn note(&self, cx: &mut Cx<'_>) -> Result<Option<Error>> {
        store::insert_execution(cx, self)?;
        if self.verdict == Verdict::Allow {
            return Ok(None);
        }
        self.tell(cx)?;
        let text = self.error_message.clone().unwrap_or_else(|| SILENT.to_owned());
        // Official libraries know refusals of sign-in by `code` or by `error`, so it has both.
        let refusal = Error::forbidden(ACTION_DENIED, text.clone())
            .with("error", ACTION_DENIED)
            .with("error_description", text);
        Ok(Some(refusal))
    }

    /// Tells of a denial.
    fn tell(&self, cx: &mut Cx<'_>) -> Result<()> {
        let action_endpoint_id = self.endpoint_id.clone();
        let (r#type, verdict) = (self.r#type, "Deny");
        let About { id: action_execution_id, test: _, user_id, organization_id, email, whence } =
            self.about.clone();
        let (ip_address, user_agent) = (whence.ip_address, whence.user_agent);
        match user_id {
            Some(user_id) => cx.emit(
                &AUTHENTICATION_DENIED,
                &AuthenticationDenied {
                    action_endpoint_id,
                    action_execution_id,
                    r#type,
                    verdict,
                    user_id,
                    organization_id,
                    email,
                    ip_address,
                    user_agent,
                },
            ),
            None => cx.emit(
                &REGISTRATION_DENIED,
                &RegistrationDenied {
                    action_endpoint_id,
                    action_execution_id,
                    r#type,
                    verdict,
                    organization_id,
                    email,
                    ip_address,
                    user_agent,
                },
            ),
        }
    }
}

/// How many questions are under way on this node, for each environment.
static UNDER_WAY: LazyLock<Mutex<HashMap<EnvironmentId, usize>>> = LazyLock::new(Mutex::default);

/// The turn of a question, until it is dropped.
struct Turn(EnvironmentId);

impl Turn {
    fn take(environment: &EnvironmentId) -> Option<Self> {
        let mut all = UNDER_WAY.lock();
        let count = all.entry(environment.clone()).or_default();
        if *count >= UNDER_WAY_MAX {
            return None;
        }
        *count += 1;
        Some(Self(environment.clone()))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut all = UNDER_WAY.lock();
        if let Some(count) = all.get_mut(&self.0) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_endpoint_takes_no_room_from_another_environment() {
        let slow = EnvironmentId::parse("environment_slow").unwrap();
        let other = EnvironmentId::parse("environment_other").unwrap();
        let mut turns: Vec<Turn> = (0..UNDER_WAY_MAX).map(|_| Turn::take(&slow).unwrap()).collect();
        assert!(Turn::take(&slow).is_none());
        Turn::take(&other).unwrap();
        turns.pop();
        Turn::take(&slow).unwrap();
    }
}
