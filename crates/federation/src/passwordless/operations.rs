//! Making a link, and mailing it.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::Method::Post;
use vestibule_kernel::id::{ConnectionId, PasswordlessSessionId};
use vestibule_kernel::limit::Limit;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::{Seconds, Time};
use vestibule_kernel::{Code, Created, Cx, Error, Fine, Operation, Result, Route};
use vestibule_messages::{Mail, Recipient};
use vestibule_people::email_verifications::DAILY_QUOTA_EXCEEDED;
use vestibule_people::users::{self, EmailAddress};
use vestibule_signin::redirect_uris;

use super::{LIFETIME_SECONDS, LIFETIME_SECONDS_MAX, Link, Remembered, connection, path, store};

/// The code of the refusal of a link that does not work any more.
const OVER: Code = "passwordless_session_over";

/// How often one address is mailed.
const MAILS: Limit =
    Limit { name: "passwordless.send", uses_max: 3, window: 60, code: "rate_limit_exceeded" };
/// How often in a day.
const MAILS_DAILY: Limit = Limit {
    name: "passwordless.send_daily",
    uses_max: 50,
    window: 24 * 60 * 60,
    code: DAILY_QUOTA_EXCEEDED,
};

/// A link that signs somebody in
#[derive(Serialize, JsonSchema)]
pub struct PasswordlessSession {
    /// Always `passwordless_session`
    #[schemars(extend("const" = "passwordless_session"))]
    object: &'static str,
    /// ID of the passwordless session
    id: PasswordlessSessionId,
    /// E-mail address that the link signs in
    email: String,
    /// When the link ends
    expires_at: Time,
    /// Link to open in a browser; whoever has it is signed in as the address
    #[schemars(extend("format" = "uri"))]
    link: String,
}

impl std::fmt::Debug for PasswordlessSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PasswordlessSession {}", self.id)
    }
}

/// Make a link that signs somebody in by mail
///
/// The link works once. Its page asks for a press of a button, so that programs that open links use
/// nothing up, and leads to the redirect URI with a code that is exchanged for a profile. Mail the link
/// yourself, or have it sent.
#[derive(Deserialize, JsonSchema)]
pub struct CreatePasswordlessSession {
    /// Always `MagicLink`
    #[schemars(extend("const" = "MagicLink"))]
    #[expect(dead_code, reason = "its schema leaves it one value")]
    r#type: String,
    /// E-mail address to sign in
    #[schemars(length(max = 320), extend("format" = "email"))]
    email: String,
    /// Where the browser goes in the end; must be registered. The default one where there is none
    #[schemars(length(max = 2048), extend("format" = "uri"))]
    redirect_uri: Option<String>,
    /// The connection of all links of the environment, as profiles name it
    connection: Option<ConnectionId>,
    /// Is given back with the code
    #[schemars(length(max = 16384))]
    state: Option<String>,
    /// For how many seconds the link works
    #[schemars(range(min = LIFETIME_SECONDS, max = LIFETIME_SECONDS_MAX))]
    expires_in: Option<Seconds>,
}

impl Operation for CreatePasswordlessSession {
    const ID: &'static str = "passwordless_sessions.create";
    const ROUTE: Route = Route(Post, "/passwordless/sessions");
    const EXTENSION: bool = true;
    const STATUSES: &'static [u16] = &[404, 422];
    const SECRETS: &'static [&'static str] = &["link"];
    type Reply = Created<PasswordlessSession>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { r#type: _, email, redirect_uri, connection: named, state, expires_in } = self;
        let address = EmailAddress::parse(&email).ok_or_else(|| {
            let text = format!("'{email}' is not an e-mail address.");
            Error::invalid_field("email", "invalid_email", text)
        })?;
        let redirect_uri = where_to(cx, redirect_uri)?;
        let ours = connection(cx)?;
        if let Some(id) = named.filter(|it| *it != ours) {
            return Err(Error::not_found("Connection", &id));
        }
        let token = Secret::random("", cx.app.chance()).reveal().to_owned();
        let made = Link {
            id: PasswordlessSessionId::new(cx),
            email: address.as_str().to_owned(),
            remembered: Remembered { token, redirect_uri, state },
            expires_at: cx.now().plus_seconds(expires_in.unwrap_or(LIFETIME_SECONDS).into()),
            used_at: None,
        };
        store::insert(cx, &made)?;
        Ok(Created(PasswordlessSession {
            object: "passwordless_session",
            link: url(cx, &made),
            id: made.id,
            email: made.email,
            expires_at: made.expires_at,
        }))
    }
}

/// The redirect URI that is asked for, or the default one.
fn where_to(cx: &mut Cx<'_>, asked: Option<String>) -> Result<String> {
    let refused = |code, text| Err(Error::invalid_field("redirect_uri", code, text));
    match asked.filter(|it| !it.is_empty()) {
        Some(uri) if redirect_uris::allows(cx, &uri)? => Ok(uri),
        Some(uri) => {
            let text = format!("The redirect URI '{uri}' is not registered with this environment.");
            refused("redirect_uri_not_registered", text)
        }
        None => match redirect_uris::default(cx)? {
            Some(it) => Ok(it.uri),
            None => {
                let text = "The environment has no default redirect URI. Give one.";
                refused("required", text.to_owned())
            }
        },
    }
}

fn url(cx: &Cx<'_>, link: &Link) -> String {
    format!("{}{}", cx.app.options().public_url, path(&link.remembered.token))
}

/// Mail the link of a passwordless session to its address
#[derive(Deserialize, JsonSchema)]
pub struct SendPasswordlessSession {
    /// ID of the passwordless session
    id: PasswordlessSessionId,
}

/// That a link was mailed
#[derive(Debug, Serialize, JsonSchema)]
pub struct PasswordlessSessionSent {
    /// Always true
    success: bool,
}

impl Operation for SendPasswordlessSession {
    const ID: &'static str = "passwordless_sessions.send";
    const ROUTE: Route = Route(Post, "/passwordless/sessions/{id}/send");
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] = &[OVER, DAILY_QUOTA_EXCEEDED];
    const STATUSES: &'static [u16] = &[404, 409];
    type Reply = Fine<PasswordlessSessionSent>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        let found = store::get(cx, &id)?;
        let link = found.ok_or_else(|| Error::not_found("Passwordless session", &id))?;
        if !link.works(cx.now()) {
            let text = "The link was used already, or has expired. Make a new one.";
            return Err(Error::conflict(OVER, text));
        }
        let address = users::fold(&link.email);
        cx.limit(MAILS, &address)?;
        cx.limit(MAILS_DAILY, &address)?;
        let user = users::get_by_email(cx, &link.email)?;
        let locale = user.and_then(|it| it.locale);
        let to = Recipient::new(&link.email).who_prefers(locale.as_deref());
        let mail = Mail::MagicLink { url: url(cx, &link) };
        vestibule_messages::send_until(cx, to, mail, link.expires_at)?;
        Ok(Fine(PasswordlessSessionSent { success: true }))
    }
}
