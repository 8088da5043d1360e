//! The page of the test identity provider of a sandbox: whoever sits there says who they are.
//!
//! Who may be sent here, and that there is no such page outside of a sandbox, is looked after by
//! [`vestibule_federation`].
use axum::http::StatusCode;
use axum::response::Response;
use vestibule_federation::connections::{TEST_PROVIDER, TestProfile};
use vestibule_federation::social::{Choice, TestSignIn, choose, test_sign_in};
use vestibule_kernel::Result;
use vestibule_languages::{Language, Text};

use crate::look;
use crate::render::{Frame, initial};
use crate::screens::{Form, Problem, Returning, TestPerson, TestProvider, Typed};
use crate::web::{self, Status, Visit};

/// The most groups that are read of what was typed.
const GROUPS_MAX: usize = 100;

/// `GET /sso/test-idp/{external_key}`: who somebody is to be.
pub fn show(visit: &Visit) -> Result<Response> {
    let at = open(visit)?;
    let hint = visit.query("login_hint").unwrap_or_default();
    let typed = Typed { email: hint.to_owned(), ..Typed::default() };
    page(visit, &at, StatusCode::OK.into(), None, typed)
}

/// `POST /sso/test-idp/{external_key}`: they have chosen.
pub fn send(visit: &Visit) -> Result<Response> {
    let at = open(visit)?;
    let choice = match visit.field("profile") {
        "" => Choice::Typed(typed(visit)),
        idp_id => Choice::Known(idp_id.to_owned()),
    };
    match choose(&at, visit.path("external_key"), state(visit), choice) {
        Ok(location) => {
            // A form led here, and what follows a form may not leave this server.
            web::page(StatusCode::OK, &frame(&at)?, &Returning { location })
        }
        Err(error) if error.fields().iter().any(|it| it.code == "invalid_email") => {
            let text = Text::new("problem-email").with("typed", visit.field("email"));
            let problem = Problem::with("email", text);
            let field = |name| visit.field(name).to_owned();
            let typed = Typed {
                email: field("email"),
                first_name: field("first_name"),
                last_name: field("last_name"),
                groups: field("groups"),
            };
            page(visit, &at, Status::of(&error), Some(problem), typed)
        }
        Err(error) => Err(error),
    }
}

fn state(visit: &Visit) -> &str {
    visit.query("state").unwrap_or_default()
}

fn open(visit: &Visit) -> Result<TestSignIn> {
    test_sign_in(&visit.app, visit.request.clone(), visit.path("external_key"), state(visit))
}

/// What surrounds the page, which is in English alone: it is for developers.
fn frame(at: &TestSignIn) -> Result<Frame> {
    Ok(at.flow.read(look::frame)?.in_language(Language::English))
}

/// Whoever was typed.
fn typed(visit: &Visit) -> TestProfile {
    let given = |name| Some(visit.field(name).to_owned()).filter(|it| !it.is_empty());
    let groups = visit.field("groups").split(',').map(str::trim).filter(|it| !it.is_empty());
    TestProfile {
        email: visit.field("email").to_owned(),
        first_name: given("first_name"),
        last_name: given("last_name"),
        groups: groups.take(GROUPS_MAX).map(str::to_owned).collect(),
        ..TestProfile::default()
    }
}

fn page(
    visit: &Visit,
    at: &TestSignIn,
    status: Status,
    problem: Option<Problem>,
    typed: Typed,
) -> Result<Response> {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("state", state(visit))
        .finish();
    let path = TEST_PROVIDER.replace("{external_key}", visit.path("external_key"));
    let form = Form::new(format!("{path}?{query}"), visit.browser().token().reveal());
    let people: Vec<TestPerson> = at.profiles.iter().map(|it| person(it, &typed.email)).collect();
    let is_expected = people.iter().any(|it| it.expected);
    let open = people.is_empty() || problem.is_some() || !(typed.email.is_empty() || is_expected);
    let screen = TestProvider {
        form: match problem {
            Some(problem) => form.refused(problem),
            None => form,
        },
        connection: at.connection.clone(),
        organization: at.organization.clone(),
        people,
        typed: if is_expected && !open { Typed::default() } else { typed },
        open,
        refuse_path: at.refuse_path.clone(),
    };
    web::page(status, &frame(at)?, &screen)
}

fn person(it: &TestProfile, expected: &str) -> TestPerson {
    let names = [&it.first_name, &it.last_name].into_iter().flatten();
    let name = names.map(String::as_str).collect::<Vec<_>>().join(" ");
    let name = if name.trim().is_empty() { it.email.clone() } else { name };
    TestPerson {
        idp_id: it.idp_id(),
        initial: initial(&name),
        name,
        email: it.email.clone(),
        groups: it.groups.join(", "),
        expected: !expected.is_empty() && it.email.to_lowercase() == expected.to_lowercase(),
    }
}
