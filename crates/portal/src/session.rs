//! Opening the portal, and who is in it.
use std::sync::Arc;

use vestibule_kernel::context::Actor;
use vestibule_kernel::id::{OrganizationId, PortalLinkId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{App, Cx, FlowCx, Request, Result};
use vestibule_signin::cookies::{self, SameSite};
use vestibule_signin::redirect_uris::ApplicationUrls;

use super::{Intent, Link, SESSION_SECONDS, store};

/// The cookie by which the browser of a session is known.
const COOKIE: &str = "vestibule-portal";
/// How often it is written down that a session was seen.
const SEEN_EVERY_SECONDS: i64 = 60;

/// An administrator in the portal.
#[derive(Clone, Debug)]
pub struct Session {
    /// The link that opened it.
    pub link_id: PortalLinkId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// What it was opened for; none for all that there is.
    pub intent: Option<Intent>,
    /// The type of connection that the set-up of single sign-on begins with.
    pub provider_type: Option<String>,
    /// Where the administrator goes who leaves.
    pub return_url: Option<String>,
    /// Where the administrator goes who is done.
    pub success_url: Option<String>,
}

impl Session {
    fn of(cx: &mut Cx<'_>, link: Link) -> Result<Self> {
        let homepage = cx.setting::<ApplicationUrls>()?.homepage;
        let return_url = link.parameters.return_url.or(homepage);
        Ok(Self {
            link_id: link.id,
            organization_id: link.organization_id,
            intent: link.intent,
            provider_type: link.parameters.provider_type,
            success_url: link.parameters.success_url.or_else(|| return_url.clone()),
            return_url,
        })
    }
    /// Whether it was opened for this, too.
    pub fn includes(&self, intent: Intent) -> bool {
        self.intent.is_none_or(|it| it == intent)
    }
    /// Ends it.
    pub fn end(&self, cx: &mut Cx<'_>) -> Result<()> {
        store::end(cx, &self.link_id)
    }
}

/// The organization of a link, if the link still opens the portal, with doors to its environment, which
/// the link does not tell.
pub fn opened(
    app: &Arc<App>,
    token: &Secret,
    request: Request,
) -> Result<Option<(FlowCx, OrganizationId)>> {
    let Some(environment) = store::environment_of_token(app, token)? else { return Ok(None) };
    let flow = app.system(&environment).with_request(request);
    let found = flow.read(|cx| working(cx, token))?;
    Ok(found.map(|it| (flow, it.organization_id)))
}

/// Uses a link up. Where it still worked, the answer is the cookie of the session.
pub fn enter(cx: &mut Cx<'_>, token: &Secret) -> Result<Option<String>> {
    let Some(link) = working(cx, token)? else { return Ok(None) };
    let session = Secret::random("", cx.app.chance());
    if !store::open(cx, &link.id, &session)? {
        return Ok(None);
    }
    let name = cookies::of_this_host(cx.app, COOKIE);
    Ok(Some(cookies::set(cx.app, &name, session.reveal(), SameSite::Lax, SESSION_SECONDS)))
}

/// The session of the browser of a request, with doors to its environment that act for it.
pub fn session(app: &Arc<App>, request: &Request) -> Result<Option<(FlowCx, Session)>> {
    let Some(token) = request.cookie(&cookies::of_this_host(app, COOKIE)) else { return Ok(None) };
    let token = Secret::new(token);
    let Some(environment) = store::environment_of_session(app, &token)? else { return Ok(None) };
    let flow = app.system(&environment).with_request(request.clone());
    let found = flow.read(|cx| {
        let now = cx.now();
        let found = store::get_by_session(cx, &token)?.filter(|it| it.is_in_session(now));
        let Some(link) = found else { return Ok(None) };
        let seen = link.seen_at.is_some_and(|it| it.plus_seconds(SEEN_EVERY_SECONDS) > now);
        Ok(Some((Session::of(cx, link)?, seen)))
    })?;
    let Some((session, seen)) = found else { return Ok(None) };
    if !seen {
        let id = session.link_id.clone();
        flow.write(move |cx| store::see(cx, &id))?;
    }
    let id = session.link_id.to_string();
    let flow = flow.acting_as(Actor { id, source: "admin_portal", name: None });
    Ok(Some((flow, session)))
}

/// The cookie that has a browser forget its session.
pub fn forget_cookie(app: &App) -> String {
    cookies::clear(app, &cookies::of_this_host(app, COOKIE), SameSite::Lax)
}

fn working(cx: &mut Cx<'_>, token: &Secret) -> Result<Option<Link>> {
    let now = cx.now();
    Ok(store::get_by_token(cx, token)?.filter(|it| it.works(now)))
}
