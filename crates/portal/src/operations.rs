//! Making, revoking and showing links to the portal.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::agent::EFFECT_NOT_ALLOWED;
use vestibule_kernel::catalog::Method::{Get, Post};
use vestibule_kernel::id::{OrganizationId, PortalLinkId};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Code, Created, Cx, Effect, Error, Fine, NoContent, Operation, Result, Route, Within,
};
use vestibule_people::organizations;
use vestibule_people::users::EmailAddress;
use vestibule_signin::redirect_uris;

use super::{INTENT_NOT_SUPPORTED, Intent, LINK_SECONDS, Link, OPEN_PATH, Parameters, store};

/// The longest address that a browser goes to afterwards.
const URL_BYTES_MAX: usize = 2048;
/// How many administrators a link names at the most.
const IT_CONTACTS_MAX: usize = 20;

/// What the pages are to begin with
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct IntentOptions {
    /// How the set-up of single sign-on begins
    sso: Option<SsoIntentOptions>,
}

/// How the set-up of single sign-on begins
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct SsoIntentOptions {
    /// The identity provider to begin with, as `connection_type` names it
    #[schemars(length(max = 255))]
    provider_type: Option<String>,
    /// The name under which an identity provider lists your application; connections are not set up by
    /// it
    #[schemars(length(max = 255))]
    #[expect(dead_code, reason = "clients send it, and nothing here depends on it")]
    bookmark_slug: Option<String>,
}

/// Make a link to the admin portal
///
/// Whoever opens it can set up what it was made for, in this organization, without an account: give it
/// to the administrator of the organization alone, from a page of yours that they are signed in to. It
/// works for five minutes, once, and opens a session of eight hours at the most.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreatePortalLink {
    /// The ID of the organization
    organization: OrganizationId,
    /// What the portal is opened for; all that there is where it is left out. There is no portal for
    /// `dsync` and `bring_your_own_key` yet
    intent: Option<Intent>,
    /// Where the administrator goes who leaves the portal; the homepage of the application where it is
    /// left out
    #[schemars(length(max = URL_BYTES_MAX))]
    return_url: Option<String>,
    /// Where the administrator goes who is done; `return_url` where it is left out
    #[schemars(length(max = URL_BYTES_MAX))]
    success_url: Option<String>,
    /// The e-mail addresses of the administrators that the link is for
    #[schemars(length(max = IT_CONTACTS_MAX), inner(length(max = 320), email))]
    it_contact_emails: Option<Vec<String>>,
    /// The same by the name that the Node SDK has for it.
    #[schemars(skip)]
    admin_emails: Option<Vec<String>>,
    /// The id of the user of your application that the link is for, by which it can be revoked
    #[schemars(length(min = 1, max = 255))]
    external_user_id: Option<String>,
    /// What the pages are to begin with
    intent_options: Option<IntentOptions>,
}

/// A link to the admin portal, this once
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PortalLinkResponse")]
pub struct GeneratedLink {
    /// The link; whoever opens it is in the portal
    link: String,
}

impl std::fmt::Debug for GeneratedLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GeneratedLink")
    }
}

impl Operation for CreatePortalLink {
    const ID: &'static str = "portal_links.create";
    const ROUTE: Route = Route(Post, "/portal/generate_link");
    const ALIASES: &'static [Route] = &[Route(Post, "/portal_links")];
    const WITHIN: Within = Within::Field("organization");
    const FAILS: &'static [Code] = &[INTENT_NOT_SUPPORTED];
    const STATUSES: &'static [u16] = &[400, 403, 404, 422];
    const SECRETS: &'static [&'static str] = &["link"];
    type Reply = Created<GeneratedLink>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {
            organization,
            intent,
            return_url,
            success_url,
            it_contact_emails,
            admin_emails,
            external_user_id,
            intent_options,
        } = self;
        check_agent(cx)?;
        let it_contact_emails = it_contact_emails.or(admin_emails).unwrap_or_default();
        if it_contact_emails.len() > IT_CONTACTS_MAX {
            let text = format!("A link names {IT_CONTACTS_MAX} administrators at the most.");
            return Err(Error::invalid_field("it_contact_emails", "too_long", text));
        }
        for (i, it) in it_contact_emails.iter().enumerate() {
            if EmailAddress::parse(it).is_none() {
                let text = format!("'{it}' is not an e-mail address.");
                let field = format!("it_contact_emails.{i}");
                return Err(Error::invalid_field(&field, "invalid_email", text));
            }
        }
        let link = generate(
            cx,
            NewLink {
                organization_id: organization,
                intent,
                return_url,
                success_url,
                it_contact_emails,
                external_user_id,
                provider_type: intent_options.and_then(|it| it.sso?.provider_type),
            },
        )?;
        Ok(Created(GeneratedLink { link }))
    }
}

/// A link that is to be made.
#[derive(Debug)]
#[expect(missing_docs, reason = "they are the fields of the operation")]
pub struct NewLink {
    pub organization_id: OrganizationId,
    pub intent: Option<Intent>,
    pub return_url: Option<String>,
    pub success_url: Option<String>,
    pub it_contact_emails: Vec<String>,
    pub external_user_id: Option<String>,
    pub provider_type: Option<String>,
}

/// Makes a link, which is told this once.
pub fn generate(cx: &mut Cx<'_>, new: NewLink) -> Result<String> {
    let NewLink {
        organization_id,
        intent,
        return_url,
        success_url,
        it_contact_emails,
        external_user_id,
        provider_type,
    } = new;
    organizations::find(cx, &organization_id)?;
    if let Some(it) = intent.filter(|it| !Intent::SERVED.contains(it)) {
        let served: Vec<&str> = Intent::SERVED.iter().map(|it| it.name()).collect();
        let text = format!(
            "There is no portal for '{}' here yet. Intents that there are: {}.",
            it.name(),
            served.join(", ")
        );
        return Err(Error::invalid_field("intent", INTENT_NOT_SUPPORTED, text));
    }
    check_address(cx, "return_url", return_url.as_deref())?;
    check_address(cx, "success_url", success_url.as_deref())?;
    let token = Secret::random("", cx.app.chance());
    let now = cx.now();
    let link = Link {
        id: PortalLinkId::new(cx),
        organization_id,
        intent,
        external_user_id,
        parameters: Parameters { return_url, success_url, it_contact_emails, provider_type },
        expires_at: now.plus_seconds(LINK_SECONDS.into()),
        revoked_at: None,
        opened_at: None,
        seen_at: None,
        ended_at: None,
        created_at: now,
        updated_at: now,
    };
    store::insert(cx, &link, &token)?;
    // Tokens are letters, digits, `-` and `_`, so they need no escaping.
    let path = OPEN_PATH.replace("{token}", token.reveal());
    Ok(format!("{}{path}", cx.app.options().public_url))
}

/// Whoever opens a link can delete in the portal, and nobody is asked there. So an agent that could read
/// the link must be one that may do the same by itself.
fn check_agent(cx: &Cx<'_>) -> Result<()> {
    let Some(agent) = cx.caller.agent().filter(|it| it.reads_secrets()) else { return Ok(()) };
    let policy = &agent.policy;
    let deletes = policy.effects.contains(&Effect::Destructive)
        && !policy.approvals.contains(&Effect::Destructive);
    if deletes {
        return Ok(());
    }
    let text = "Whoever opens the link can delete in the portal, which this token may not do by \
                itself. Use a token that may, or one that reads no secrets.";
    Err(Error::forbidden(EFFECT_NOT_ALLOWED, text))
}

/// A page of the application, by the rules of redirect URIs.
fn check_address(cx: &Cx<'_>, field: &str, url: Option<&str>) -> Result<()> {
    let Some(url) = url else { return Ok(()) };
    if !url.starts_with("https://") && !url.starts_with("http://") {
        let text = format!("{field} must be the address of a page: it begins with https://.");
        return Err(Error::invalid_field(field, "invalid_url", text));
    }
    redirect_uris::check_one(cx, field, url)
        .map_err(|it| Error::invalid_field(field, "invalid_url", it.message().to_owned()))
}

/// Revoke the links of one administrator to the admin portal
///
/// Every link that was made for the organization with this `external_user_id` stops working, and the
/// sessions that such links opened end at once. Use it when an administrator leaves. Links that were
/// made without an `external_user_id` cannot be revoked; they end by themselves.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RevokePortalLinks {
    /// The ID of the organization
    organization: OrganizationId,
    /// The `external_user_id` that the links were made with
    #[schemars(length(min = 1, max = 255))]
    external_user_id: String,
}

impl Operation for RevokePortalLinks {
    const ID: &'static str = "portal_links.revoke";
    const ROUTE: Route = Route(Post, "/portal/revoke_link");
    const EFFECT: Effect = Effect::Destructive;
    const WITHIN: Within = Within::Field("organization");
    const STATUSES: &'static [u16] = &[404];
    const EXTENSION: bool = true;
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization, external_user_id } = self;
        organizations::find(cx, &organization)?;
        store::revoke(cx, &organization, &external_user_id)?;
        Ok(NoContent)
    }
}

/// How a link fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum LinkState {
    /// Nobody has opened it yet.
    Issued,
    /// Somebody is in the portal by it.
    Opened,
    /// Somebody was in the portal by it, and is no more.
    Ended,
    /// Nobody has opened it in time.
    Expired,
    /// It was revoked.
    Revoked,
}

/// A link to the admin portal that was made, without what opens it
#[derive(Debug, Serialize, JsonSchema)]
pub struct PortalLink {
    /// Always `portal_link`
    #[schemars(extend("const" = "portal_link"))]
    object: &'static str,
    /// ID of the link
    id: PortalLinkId,
    /// The organization that it is about
    organization_id: OrganizationId,
    /// What the portal is opened for; null for all that there is
    intent: Option<Intent>,
    /// The id of the user of your application that it is for
    external_user_id: Option<String>,
    /// The e-mail addresses of the administrators that it is for
    it_contact_emails: Vec<String>,
    /// Where the administrator goes who leaves the portal
    return_url: Option<String>,
    /// Where the administrator goes who is done
    success_url: Option<String>,
    /// How it fares
    state: LinkState,
    /// Until when it can be opened
    expires_at: Time,
    /// When it was opened; null where nobody has opened it
    opened_at: Option<Time>,
    /// When it was revoked; null where nobody has revoked it
    revoked_at: Option<Time>,
    /// When it was made
    created_at: Time,
    /// When it was opened, ended or revoked, whichever was last
    updated_at: Time,
}

impl PortalLink {
    fn of(link: Link, now: Time) -> Self {
        let state = match (link.revoked_at, link.opened_at) {
            (Some(_), _) => LinkState::Revoked,
            (None, Some(_)) if link.is_in_session(now) => LinkState::Opened,
            (None, Some(_)) => LinkState::Ended,
            (None, None) if link.works(now) => LinkState::Issued,
            (None, None) => LinkState::Expired,
        };
        let Link { id, organization_id, intent, external_user_id, parameters, .. } = link;
        let Parameters { return_url, success_url, it_contact_emails, provider_type: _ } =
            parameters;
        Self {
            object: "portal_link",
            id,
            organization_id,
            intent,
            external_user_id,
            it_contact_emails,
            return_url,
            success_url,
            state,
            expires_at: link.expires_at,
            opened_at: link.opened_at,
            revoked_at: link.revoked_at,
            created_at: link.created_at,
            updated_at: link.updated_at,
        }
    }
}

/// List links to the admin portal, newest first
///
/// Those of the last seven days, and never what opens them.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListPortalLinks {
    #[serde(flatten)]
    paging: Paging,
    /// Only those of this organization
    organization_id: Option<OrganizationId>,
}

impl Operation for ListPortalLinks {
    const ID: &'static str = "portal_links.list";
    const ROUTE: Route = Route(Get, "/portal_links");
    const EXTENSION: bool = true;
    type Reply = Fine<Page<PortalLink>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { paging, organization_id } = self;
        let now = cx.now();
        let page = store::list(cx, &paging, organization_id.as_ref())?;
        page.try_map(|it| Ok(PortalLink::of(it, now))).map(Fine)
    }
}

/// Get a link to the admin portal, and whether it was opened
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetPortalLink {
    /// ID of the link
    id: PortalLinkId,
}

impl Operation for GetPortalLink {
    const ID: &'static str = "portal_links.get";
    const ROUTE: Route = Route(Get, "/portal_links/{id}");
    const WITHIN: Within = Within::Row { table: "portal_links", field: "id" };
    const EXTENSION: bool = true;
    type Reply = Fine<PortalLink>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let now = cx.now();
        let found = store::get(cx, &self.id)?;
        let found = found.ok_or_else(|| Error::not_found("Portal link", &self.id))?;
        Ok(Fine(PortalLink::of(found, now)))
    }
}
