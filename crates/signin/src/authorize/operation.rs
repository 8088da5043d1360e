//! `GET /user_management/authorize`: where an application sends a browser to sign in.
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use vestibule_kernel::catalog::Method::Get;
use vestibule_kernel::db::Tx;
use vestibule_kernel::id::{ClientId, EnvironmentId, OrganizationId};
use vestibule_kernel::{
    Access, App, Cx, Error, Kind, Operation, Redirect, Result, Route, environment,
};
use vestibule_people::memberships;
use vestibule_people::organizations;
use vestibule_people::users::{self, fold};

use super::codes::Subject;
use super::request::{self, Hints, NewRequest, ScreenHint, Selector, Theme};
use super::{at_once, browser, codes};
use crate::authenticate::standing;
use crate::redirect_uris;
use crate::sessions::Session;

/// How many further scopes an application may ask a provider for.
pub const SCOPES_MAX: usize = 50;
/// How many further parameters an application may have sent to a provider.
pub const PARAMETERS_MAX: usize = 20;

/// Begin a sign-in on the hosted pages
///
/// A page for browsers. It leads over the pages that are needed back to the redirect URI, with a
/// code that is exchanged for tokens, or with an error. Somebody who is signed in already goes
/// straight back.
#[derive(Deserialize, JsonSchema)]
pub struct Authorize {
    /// The client ID of the environment
    client_id: ClientId,
    /// Where the browser goes in the end; must be registered
    #[schemars(length(max = 2048), extend("format" = "uri"))]
    redirect_uri: String,
    /// Always `code`
    #[schemars(extend("const" = "code"))]
    #[expect(dead_code, reason = "its schema leaves it one value")]
    response_type: String,
    /// With what to sign in: a provider, or `authkit` for the hosted pages
    provider: Option<Provider>,
    /// The connection to sign in with
    connection_id: Option<String>,
    /// The organization to sign in to
    organization_id: Option<OrganizationId>,
    /// Is given back with the code
    #[schemars(length(max = 16384))]
    state: Option<String>,
    /// What the verifier of the code hashes to (PKCE)
    code_challenge: Option<String>,
    /// How it hashes: always `S256`
    #[schemars(extend("const" = "S256"))]
    code_challenge_method: Option<String>,
    /// Which page comes first
    #[schemars(default)]
    screen_hint: Option<Hint>,
    /// The e-mail address to begin with
    #[schemars(length(max = 320))]
    login_hint: Option<String>,
    /// The domain of the account at the provider
    #[schemars(length(max = 255))]
    domain_hint: Option<String>,
    /// `login` to sign in anew; `none` to show no page
    prompt: Option<String>,
    /// After how many seconds a sign-in must be made anew, at a provider that can tell its age too
    #[schemars(range(min = 0))]
    max_age: Option<i64>,
    /// An invitation that is to be accepted
    #[schemars(length(max = 255))]
    invitation_token: Option<String>,
    /// Further OAuth scopes for the provider
    #[schemars(length(max = SCOPES_MAX))]
    provider_scopes: Option<Vec<String>>,
    /// Further parameters for the provider
    #[schemars(extend("maxProperties" = PARAMETERS_MAX))]
    provider_query_params: Option<BTreeMap<String, String>>,
    /// The languages to show the pages in, most wanted first, with spaces between
    #[schemars(length(max = 255))]
    ui_locales: Option<String>,
    /// The colours to show the pages in
    theme: Option<Theme>,
    /// A password that is to be reset; browser libraries pass it on.
    #[schemars(skip)]
    password_reset_token: Option<String>,
}

/// With what to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[schemars(inline)]
enum Provider {
    #[serde(rename = "authkit")]
    AuthKit,
    AppleOAuth,
    BitbucketOAuth,
    GitHubOAuth,
    GitLabOAuth,
    GoogleOAuth,
    IntuitOAuth,
    LinkedInOAuth,
    MicrosoftOAuth,
    SalesforceOAuth,
    SlackOAuth,
    VercelMarketplaceOAuth,
    VercelOAuth,
    XeroOAuth,
}

/// Which page comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
enum Hint {
    SignUp,
    #[default]
    SignIn,
}

/// A refusal that the application is told of.
pub(super) struct Refusal(pub &'static str, pub String);

impl Operation for Authorize {
    const ID: &'static str = "user_management.authorize";
    const ROUTE: Route = Route(Get, "/user_management/authorize");
    const WRITES: bool = true;
    const ACCESS: Access = Access::Open(resolve);
    const STATUSES: &'static [u16] = &[400];
    const BROWSER: bool = true;
    type Reply = Redirect;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        // Before this, nobody is sent anywhere.
        if !redirect_uris::allows(cx, &self.redirect_uri)? {
            let text = format!(
                "The redirect URI '{}' is not registered with this environment.",
                self.redirect_uri
            );
            return Err(Error::plain(Kind::BadRequest, text));
        }
        let (redirect_uri, state) = (self.redirect_uri.clone(), self.state.clone());
        let refusal = match self.check(cx)? {
            Ok(asked) => match self.way(cx, &asked)? {
                Straight::Back(location) => {
                    return Ok(Redirect { location, cookies: Vec::new() });
                }
                Straight::Pages => {
                    let begun = request::begin(cx, asked)?;
                    let location = request::path(&begun.request.id);
                    return Ok(Redirect { location, cookies: vec![begun.cookie] });
                }
                Straight::Refused(refusal) => refusal,
            },
            Err(refusal) => refusal,
        };
        let Refusal(error, description) = refusal;
        let location = request::refuse(&redirect_uri, state.as_deref(), error, &description);
        Ok(Redirect { location, cookies: Vec::new() })
    }
}

/// Whether somebody goes straight back to the application.
enum Straight {
    /// To here.
    Back(String),
    /// No: the pages come first.
    Pages,
    /// No, and pages are not wanted.
    Refused(Refusal),
}

impl Authorize {
    /// What the application asks for, if it can have it.
    fn check(&self, cx: &mut Cx<'_>) -> Result<Result<NewRequest, Refusal>> {
        if let Some(refusal) = self.check_selector().or_else(|| self.check_challenge()) {
            return Ok(Err(refusal));
        }
        if let Some(id) = &self.organization_id
            && organizations::get(cx, id)?.is_none()
        {
            let text = format!("Organization not found: '{id}'.");
            return Ok(Err(Refusal("organization_invalid", text)));
        }
        Ok(Ok(NewRequest {
            client_id: self.client_id.to_string(),
            redirect_uri: self.redirect_uri.clone(),
            state: self.state.clone(),
            code_challenge: self.code_challenge.clone(),
            organization_id: self.organization_id.as_ref().map(ToString::to_string),
            screen_hint: match self.screen_hint.unwrap_or_default() {
                Hint::SignUp => ScreenHint::SignUp,
                Hint::SignIn => ScreenHint::SignIn,
            },
            login_hint: self.login_hint.clone().filter(|it| !it.is_empty()),
            invitation_token: self.invitation_token.clone().filter(|it| !it.is_empty()),
            password_reset_token: self.password_reset_token.clone().filter(|it| !it.is_empty()),
            prove_anew: self.max_age.is_some() || self.prompt.as_deref() == Some("login"),
            selector: self.selector()?,
            hints: Hints {
                domain_hint: self.domain_hint.clone().filter(|it| !it.is_empty()),
                prompt: self.prompt.clone().filter(|it| !it.is_empty()),
                max_age: self.max_age,
                scopes: self.provider_scopes.clone().unwrap_or_default(),
                parameters: self.provider_query_params.clone().unwrap_or_default(),
            },
            ui_locales: self.ui_locales.clone(),
            theme: self.theme.unwrap_or_default(),
            begun_here: false,
        }))
    }

    fn check_selector(&self) -> Option<Refusal> {
        let Self { provider, connection_id, organization_id, .. } = self;
        match (provider, connection_id, organization_id) {
            // Whether there is such a provider is told by whoever looks after them.
            (Some(Provider::AuthKit), None, _)
            | (Some(_), None, None)
            | (None, Some(_), None)
            | (None, None, Some(_)) => None,
            (_, _, _) => Some(Refusal(
                "invalid_connection_selector",
                "Give exactly one of provider, connection_id and organization_id; provider=authkit \
                 may have an organization_id beside it."
                    .to_owned(),
            )),
        }
    }

    /// Who is to vouch for whoever comes.
    fn selector(&self) -> Result<Option<Selector>> {
        if let Some(id) = &self.connection_id {
            return Ok(Some(Selector::Connection(id.clone())));
        }
        let provider = match (self.provider, &self.organization_id) {
            (Some(Provider::AuthKit), _) | (None, None) => return Ok(None),
            (None, Some(id)) => return Ok(Some(Selector::Organization(id.to_string()))),
            (Some(provider), _) => provider,
        };
        match serde_json::to_value(provider) {
            Ok(Value::String(name)) => Ok(Some(Selector::Provider(name))),
            Ok(_) | Err(_) => Err(Error::internal("a provider has no name")),
        }
    }

    fn check_challenge(&self) -> Option<Refusal> {
        let (challenge, method) = (self.code_challenge.as_deref(), &self.code_challenge_method);
        let fault = codes::challenge_fault(challenge, method.as_deref())?;
        Some(Refusal("invalid_request", fault.to_owned()))
    }

    fn way(&self, cx: &mut Cx<'_>, asked: &NewRequest) -> Result<Straight> {
        match at_once::sign_in(cx, asked)? {
            Some(Ok(location)) => Ok(Straight::Back(location)),
            Some(Err(refusal)) => Ok(Straight::Refused(refusal)),
            None => self.straight_back(cx, asked),
        }
    }

    /// Sends somebody who is signed in already straight back, unless something asks for a page.
    fn straight_back(&self, cx: &mut Cx<'_>, asked: &NewRequest) -> Result<Straight> {
        // A provider has sessions of its own, and shows pages of its own.
        if asked.selector.is_some() {
            return Ok(Straight::Pages);
        }
        let session = browser::session(cx)?.filter(|it| !self.wants_page(cx, it));
        if let Some(session) = session
            && let Fit::With(organization_id) = self.fit(cx, &session)?
        {
            let subject = Subject::Session {
                id: &session.id,
                organization_id: organization_id.as_ref(),
                oauth_tokens: None,
            };
            let location = request::grant(cx, asked, subject)?;
            return Ok(Straight::Back(location));
        }
        if self.prompt.as_deref() == Some("none") {
            let text = "Nobody is signed in, and prompt=none allows no page.";
            return Ok(Straight::Refused(Refusal("login_required", text.to_owned())));
        }
        Ok(Straight::Pages)
    }

    fn wants_page(&self, cx: &Cx<'_>, session: &Session) -> bool {
        let prompted = matches!(self.prompt.as_deref(), Some("login" | "select_account"));
        // An age of zero means anew, even within the millisecond.
        let too_old =
            self.max_age.is_some_and(|it| it == 0 || session.auth_time.plus_seconds(it) < cx.now());
        let has_errand = self.invitation_token.is_some() || self.password_reset_token.is_some();
        prompted || too_old || has_errand
    }

    /// Whether somebody can go back as they are, or has to choose, or to be somebody else.
    fn fit(&self, cx: &mut Cx<'_>, session: &Session) -> Result<Fit> {
        let Some(user) = users::get(cx, &session.user_id)? else { return Ok(Fit::Not) };
        if self.login_hint.as_deref().is_some_and(|it| fold(it) != fold(&user.email)) {
            return Ok(Fit::Not);
        }
        let elsewhere =
            self.organization_id.is_some() && self.organization_id != session.organization_id;
        if session.impersonator.is_some() && elsewhere {
            return Ok(Fit::Not);
        }
        let memberships = memberships::active_of_user(cx, &user.id)?;
        let wanted = self.organization_id.as_ref().or(session.organization_id.as_ref());
        let organization_id = match (wanted, memberships.as_slice()) {
            (Some(id), of) if of.iter().any(|it| it.organization_id == *id) => Some(id.clone()),
            (None, []) => None,
            // Who acts as a user stays where they began.
            (None, _) if session.impersonator.is_some() => None,
            (None, [only]) => Some(only.organization_id.clone()),
            (Some(_) | None, _) => return Ok(Fit::Not),
        };
        // What the policy asks for that the session did not bring is done on the pages.
        let shortfall = standing::shortfall(cx, &user, session, organization_id.as_ref())?;
        Ok(if shortfall.is_none() { Fit::With(organization_id) } else { Fit::Not })
    }
}

/// Whether a session answers what an application asks for.
enum Fit {
    /// It does, with this organization.
    With(Option<OrganizationId>),
    /// It does not.
    Not,
}

fn resolve(_: &App, tx: &mut dyn Tx, input: &Value) -> Result<EnvironmentId> {
    let id = input.get("client_id").and_then(Value::as_str).unwrap_or_default();
    let found = environment::by_client_id(tx, id)?;
    found.map(|it| it.id).ok_or_else(|| {
        Error::plain(Kind::BadRequest, format!("The client ID '{id}' is not known here."))
    })
}
