//! `GET /sso/authorize`: where an application sends a browser to learn who somebody is.
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use vestibule_kernel::catalog::Method::Get;
use vestibule_kernel::db::Tx;
use vestibule_kernel::id::{ClientId, EnvironmentId, OrganizationId};
use vestibule_kernel::limit::Limit;
use vestibule_kernel::{
    Access, App, Cx, Error, Flow, FlowCx, Kind, Redirect, Result, Route, environment,
};
use vestibule_people::domains;
use vestibule_signin::authorize::codes;
use vestibule_signin::authorize::{Hints, PARAMETERS_MAX, SCOPES_MAX, Selector, refuse};
use vestibule_signin::redirect_uris;

use super::{Asked, Session};
use crate::selection::{Refusal, select};
use crate::social::{Leaving, OAUTH_FAILED, Provider, Purpose, depart};

/// How often a connection is asked for (contract 00 §7).
const SIGN_INS: Limit =
    Limit { name: "sso.authorize", uses_max: 1000, window: 60, code: "too_many_requests" };

/// Begin a single sign-on
///
/// A page for browsers. It leads over the provider back to the redirect URI, with a code that is
/// exchanged for a profile, or with an error.
#[derive(Deserialize, JsonSchema)]
pub struct SsoAuthorize {
    /// The client ID of the environment
    client_id: ClientId,
    /// Where the browser goes in the end; must be registered
    #[schemars(length(max = 2048), extend("format" = "uri"))]
    redirect_uri: String,
    /// Always `code`
    #[schemars(extend("const" = "code"))]
    #[expect(dead_code, reason = "its schema leaves it one value")]
    response_type: String,
    /// The provider to sign in with
    #[schemars(extend("enum" = [
        "AppleOAuth", "BitbucketOAuth", "GitHubOAuth", "GitLabOAuth", "GoogleOAuth", "IntuitOAuth",
        "LinkedInOAuth", "MicrosoftOAuth", "SalesforceOAuth", "SlackOAuth",
        "VercelMarketplaceOAuth", "VercelOAuth", "XeroOAuth",
    ]))]
    provider: Option<String>,
    /// The connection to sign in with
    #[schemars(length(max = 255))]
    connection: Option<String>,
    /// The organization whose connection to sign in with
    organization: Option<OrganizationId>,
    /// Not supported any more: give `organization` or `connection`
    #[schemars(length(max = 255), extend("deprecated" = true))]
    domain: Option<String>,
    /// Is given back with the code
    #[schemars(length(max = 16384))]
    state: Option<String>,
    /// The e-mail address to begin with
    #[schemars(length(max = 320))]
    login_hint: Option<String>,
    /// The domain of the account at the provider
    #[schemars(length(max = 255))]
    domain_hint: Option<String>,
    /// A value of the client, for ID tokens; a profile has no place for one
    #[schemars(length(max = 2048))]
    #[expect(dead_code, reason = "our own nonce guards the exchange with the provider")]
    nonce: Option<String>,
    /// `login` to sign in anew at the provider
    #[schemars(length(max = 64), extend("x-shown" = { "const": "login" }))]
    prompt: Option<String>,
    /// Further OAuth scopes for the provider
    #[schemars(length(max = SCOPES_MAX))]
    provider_scopes: Option<Vec<String>>,
    /// Further parameters for the provider
    #[schemars(extend("maxProperties" = PARAMETERS_MAX))]
    provider_query_params: Option<BTreeMap<String, String>>,
    /// What the verifier of the code hashes to (PKCE); SDKs send it.
    #[schemars(skip)]
    code_challenge: Option<String>,
    /// How it hashes: always `S256`.
    #[schemars(skip)]
    code_challenge_method: Option<String>,
}

impl Flow for SsoAuthorize {
    const ID: &'static str = "sso.authorize";
    const ROUTE: Route = Route(Get, "/sso/authorize");
    const ACCESS: Access = Access::Open(resolve);
    const STATUSES: &'static [u16] = &[400];
    const BROWSER: bool = true;
    type Reply = Redirect;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let uri = self.redirect_uri.clone();
        // Before this, nobody is sent anywhere.
        if !flow.read(|cx| redirect_uris::allows(cx, &uri))? {
            let text = format!("The redirect URI '{uri}' is not registered with this environment.");
            return Err(Error::plain(Kind::BadRequest, text));
        }
        let provider = match flow.read(|cx| self.check(cx))? {
            Ok(provider) => provider,
            Err(Refusal { code, description }) => {
                let location = refuse(&uri, self.state.as_deref(), code, &description);
                return Ok(Redirect { location, cookies: Vec::new() });
            }
        };
        flow.limit(SIGN_INS, provider.id.as_str())?;
        if let Some(location) = self.at_once(flow, &provider)? {
            return Ok(Redirect { location, cookies: Vec::new() });
        }
        flow.write(move |cx| {
            let asked = self.asked(cx);
            let hints = self.hints();
            let leaving = Leaving {
                provider: &provider,
                login_hint: self.login_hint.as_deref().filter(|it| !it.is_empty()),
                hints: &hints,
                purpose: Purpose::Sso(asked),
            };
            let departure = depart(cx, leaving)?;
            Ok(Redirect { location: departure.location, cookies: vec![departure.cookie] })
        })
    }
}

impl SsoAuthorize {
    /// The provider that is asked for, if it can be had.
    fn check(&self, cx: &mut Cx<'_>) -> Result<Result<Provider, Refusal>> {
        let refused = |code, text: &str| Ok(Err(Refusal::new(code, text)));
        if let Some(text) = codes::challenge_fault(
            self.code_challenge.as_deref(),
            self.code_challenge_method.as_deref(),
        ) {
            return refused("invalid_request", text);
        }
        let Self { provider, connection, organization, domain, .. } = self;
        let selector = match (provider, connection, organization, domain) {
            (Some(key), None, None, None) => Selector::Provider(key.clone()),
            (None, Some(id), None, None) => Selector::Connection(id.clone()),
            (None, None, Some(id), None) => Selector::Organization(id.to_string()),
            // Quirk: the emulator takes the domain alone, and suites that were written for it ask so.
            (None, None, None, None) if cx.sandbox().is_some() && self.domain_hint.is_some() => {
                let hint = self.domain_hint.as_deref().unwrap_or_default();
                match domains::verified_owner(cx, hint)? {
                    Some(id) => Selector::Organization(id.to_string()),
                    None => {
                        let text = format!("No organization has proved the domain '{hint}'.");
                        return refused("connection_domain_invalid", &text);
                    }
                }
            }
            (None, None, None, Some(_)) => {
                let text = "Give organization or connection in the place of domain.";
                return refused("domain_connection_selector_not_allowed", text);
            }
            (_, _, _, _) => {
                let text = "Give exactly one of connection, organization and provider.";
                return refused("invalid_connection_selector", text);
            }
        };
        select(cx, &selector)
    }

    /// Where somebody goes whom the test identity provider of a sandbox knows without a page: straight
    /// back, so that a test needs no browser.
    fn at_once(&self, flow: &FlowCx, provider: &Provider) -> Result<Option<String>> {
        let Some((owner, test)) = provider.test() else { return Ok(None) };
        let hint = self.login_hint.as_deref();
        let Some(known) = flow.read(|cx| test.at_once(cx, owner, hint))? else { return Ok(None) };
        let told =
            test.told(owner, &serde_json::to_string(&known.said()).map_err(Error::internal)?);
        let told = told.map_err(|it| Error::bad_request(OAUTH_FAILED, it.to_string()));
        let asked = flow.read(|cx| Ok(self.asked(cx)))?;
        let (session, via) = (asked.session.clone(), provider.clone());
        flow.write(move |cx| super::started(cx, &session, via.via()))?;
        super::go_back(flow, &asked, provider, told).map(Some)
    }

    fn asked(&self, cx: &Cx<'_>) -> Asked {
        Asked {
            client_id: self.client_id.to_string(),
            redirect_uri: self.redirect_uri.clone(),
            state: self.state.clone(),
            code_challenge: self.code_challenge.clone(),
            session: Session::new(cx),
        }
    }

    fn hints(&self) -> Hints {
        let given = |it: &Option<String>| it.clone().filter(|it| !it.is_empty());
        Hints {
            domain_hint: given(&self.domain_hint),
            prompt: given(&self.prompt),
            max_age: None,
            scopes: self.provider_scopes.clone().unwrap_or_default(),
            parameters: self.provider_query_params.clone().unwrap_or_default(),
        }
    }
}

fn resolve(_: &App, tx: &mut dyn Tx, input: &Value) -> Result<EnvironmentId> {
    let id = input.get("client_id").and_then(Value::as_str).unwrap_or_default();
    let found = environment::by_client_id(tx, id)?;
    found.map(|it| it.id).ok_or_else(|| {
        Error::plain(Kind::BadRequest, format!("The client ID '{id}' is not known here."))
    })
}
