//! Who looks at a widget, and what they are let do.
use serde::Deserialize;
use vestibule_kernel::id::{OrganizationId, UserId};
use vestibule_kernel::{Cx, Error, Kind, Result};
use vestibule_people::{memberships, users};
use vestibule_signin::sessions;
use vestibule_signin::tokens::{self, TokenKind, Verified};

use crate::scope::Scope;
use crate::tokens::audience;

/// Somebody who looks at a widget, with what holds of them now.
///
/// A token of ours that opens nothing any longer is refused with 403, and not with 401: that is what
/// has a widget ask its page for another token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Who.
    pub user_id: UserId,
    /// For which organization.
    pub organization_id: Option<OrganizationId>,
    permissions: Vec<String>,
    /// Whether it is somebody who acts as the user.
    pub(crate) is_impersonated: bool,
}

/// What a widget token says.
#[derive(Deserialize)]
struct Claims {
    aud: String,
    sub: UserId,
    org_id: Option<OrganizationId>,
    permissions: Vec<String>,
    iat: i64,
    exp: i64,
}

impl Viewer {
    /// Who shows this token: one for widgets, or the access token of who is signed in.
    pub fn of(cx: &mut Cx<'_>, token: &str) -> Result<Self> {
        if let Some(claims) = tokens::read(cx, token, TokenKind::Widget)? {
            return Self::of_widget_token(cx, claims);
        }
        match tokens::authentic(cx, token)? {
            Some(verified) => Self::of_session(cx, &verified),
            None => Err(Error::unauthorized()),
        }
    }

    fn of_widget_token(cx: &mut Cx<'_>, claims: Claims) -> Result<Self> {
        let Claims { aud, sub, org_id, permissions, iat, exp } = claims;
        if aud != audience(cx) {
            return Err(Error::unauthorized());
        }
        if exp <= cx.now().seconds() || users::get(cx, &sub)?.is_none() {
            return Err(over());
        }
        // What ends all sessions of a user ends the tokens from before as well.
        if users::sessions_valid_after(cx, &sub)?.is_some_and(|it| iat < it.seconds()) {
            return Err(over());
        }
        let mut viewer = Self::now(cx, sub, org_id)?;
        viewer.permissions.retain(|it| permissions.contains(it));
        Ok(viewer)
    }

    fn of_session(cx: &mut Cx<'_>, verified: &Verified) -> Result<Self> {
        if verified.has_expired(cx.now()) {
            return Err(over());
        }
        let session = sessions::get_active(cx, &verified.sid)?;
        let session = session.filter(|it| it.user_id == verified.sub).ok_or_else(over)?;
        let viewer = Self::now(cx, session.user_id, session.organization_id)?;
        Ok(Self { is_impersonated: session.impersonator.is_some(), ..viewer })
    }

    /// Somebody with what their roles permit in the organization now.
    fn now(
        cx: &mut Cx<'_>,
        user_id: UserId,
        organization_id: Option<OrganizationId>,
    ) -> Result<Self> {
        let permissions = match &organization_id {
            Some(id) => {
                let found = memberships::active_of_user_and_organization(cx, &user_id, id)?;
                let membership = found.ok_or_else(over)?;
                memberships::claims(cx, &membership)?.permissions
            }
            None => Vec::new(),
        };
        Ok(Self { user_id, organization_id, permissions, is_impersonated: false })
    }

    /// The organization, where the viewer may do this in it; 403 otherwise.
    pub fn organization(&self, scope: Scope) -> Result<&OrganizationId> {
        let slug = scope.slug();
        let permitted = self.permissions.iter().any(|it| it == slug);
        self.organization_id.as_ref().filter(|_| permitted).ok_or_else(|| {
            let text = format!("This needs the permission '{slug}' in the organization.");
            Error::plain(Kind::Forbidden, text)
        })
    }
}

/// 403: the token opens nothing any longer.
fn over() -> Error {
    Error::plain(Kind::Forbidden, "The token opens nothing any longer. Get another one.")
}
