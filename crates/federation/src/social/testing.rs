//! The page of the test identity provider of a sandbox: who can be chosen, and what becomes of the
//! choice.
//!
//! It is for the browser that left for it, and nobody else's. What was chosen is kept for that
//! browser, which comes for it at the callback as if from any identity provider.
use std::sync::Arc;

use serde_json::{Map, Value};
use url::form_urlencoded::Serializer;
use vestibule_kernel::call::Request;
use vestibule_kernel::{App, Code, Cx, Error, FlowCx, Kind, Result};
use vestibule_people::organizations;

use super::Provider;
use super::arrival::over;
use super::departure::{self, Departed};
use crate::connections::{self, TEST_PROVIDER, TEST_PROVIDER_CALLBACK, TestProfile};

/// The code of the refusal of what is no address.
const INVALID_EMAIL: Code = "invalid_email";

/// Somebody at the test identity provider.
pub struct TestSignIn {
    /// The doors of the environment.
    pub flow: FlowCx,
    /// The name of the connection.
    pub connection: String,
    /// The name of its organization.
    pub organization: String,
    /// Who can be chosen.
    pub profiles: Vec<TestProfile>,
    /// Where somebody goes who turns back.
    pub refuse_path: String,
}

impl std::fmt::Debug for TestSignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TestSignIn by {}", self.connection)
    }
}

/// Who somebody is to be.
#[derive(Clone, Debug)]
pub enum Choice {
    /// The one whom the identity provider knows by this id.
    Known(String),
    /// Whoever was typed.
    Typed(TestProfile),
}

/// What the page shows to the browser that left with this state by the connection of this key.
pub fn test_sign_in(
    app: &Arc<App>,
    request: Request,
    external_key: &str,
    state: &str,
) -> Result<TestSignIn> {
    let environment = departure::environment_of(app, state)?.ok_or_else(over)?;
    let flow = app.system(&environment).with_request(request);
    let refuse_path = callback_path(external_key, state, Some("access_denied"));
    let (key, state) = (external_key.to_owned(), state.to_owned());
    let (provider, organization) = flow.read(|cx| {
        let provider = left_for_test(cx, &state, &key)?;
        let owner = provider.test().ok_or_else(over)?.0;
        let organization = organizations::find(cx, &owner.organization_id)?;
        Ok((provider, organization.name))
    })?;
    let profiles = provider.test().map(|(_, test)| test.profiles().to_vec());
    Ok(TestSignIn {
        flow,
        connection: provider.name().to_owned(),
        organization,
        profiles: profiles.unwrap_or_default(),
        refuse_path,
    })
}

/// Keeps who somebody is to be; answers where the browser goes on.
pub fn choose(at: &TestSignIn, external_key: &str, state: &str, choice: Choice) -> Result<String> {
    let path = callback_path(external_key, state, None);
    let (key, state) = (external_key.to_owned(), state.to_owned());
    at.flow.write(move |cx| {
        let provider = left_for_test(cx, &state, &key)?;
        let (_, test) = provider.test().ok_or_else(over)?;
        let said = match &choice {
            Choice::Known(idp_id) => {
                let known = test.profiles().iter().find(|it| it.idp_id() == *idp_id);
                known
                    .map(TestProfile::said)
                    .ok_or_else(|| Error::plain(Kind::Gone, "There is no such profile any more."))?
            }
            Choice::Typed(typed) if connections::is_address(&typed.email) => typed.said(),
            Choice::Typed(typed) => {
                let why = format!("'{}' is no address.", typed.email);
                return Err(Error::invalid_field("email", INVALID_EMAIL, why));
            }
        };
        keep(cx, &state, &said)
    })?;
    Ok(path)
}

/// Keeps what the test identity provider says, for the browser that is to come for it.
pub(super) fn keep(cx: &mut Cx<'_>, state: &str, said: &Map<String, Value>) -> Result<()> {
    let answer = serde_json::to_string(said).map_err(Error::internal)?;
    departure::set_answer(cx, state, &answer).map(|_| ())
}

/// The test identity provider that this browser has left for.
fn left_for_test(cx: &mut Cx<'_>, state: &str, external_key: &str) -> Result<Provider> {
    let Some(Departed { provider, .. }) = departure::find(cx, state)? else { return Err(over()) };
    // Any other would be told who somebody is by whoever sits at the browser.
    provider.filter(|it| it.is_test() && it.key == external_key).ok_or_else(over)
}

/// The path of the page.
pub(super) fn page_path(external_key: &str, state: &str, login_hint: Option<&str>) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("state", state);
    if let Some(it) = login_hint {
        query.append_pair("login_hint", it);
    }
    format!("{}?{}", TEST_PROVIDER.replace("{external_key}", external_key), query.finish())
}

/// The path of its callback.
pub(super) fn callback_path(external_key: &str, state: &str, error: Option<&str>) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("state", state);
    if let Some(it) = error {
        query.append_pair("error", it);
    }
    let path = TEST_PROVIDER_CALLBACK.replace("{external_key}", external_key);
    format!("{path}?{}", query.finish())
}
