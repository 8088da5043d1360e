//! A browser: the secret that it shares with us, and what that proves.
//!
//! - The secret lives in a cookie that scripts cannot read. It says nothing about who sits there.
//!   A sign-in under way is bound to it ([`binding`]).
//! - The token in each form is made from it, so that another site can neither read nor guess one.
use axum::response::Response;
use vestibule_kernel::secret::{Secret, hmac_sha256};
use vestibule_kernel::{App, Error, Kind, Request, Result};
use vestibule_signin::authorize::browser::{binding, binding_cookie};

use super::{Visit, add_cookie};
use crate::screens::CSRF_FIELD;
use crate::words;

/// A browser. See the module documentation.
pub struct Browser {
    secret: Secret,
    is_new: bool,
}

impl Browser {
    pub(super) fn of(app: &App, request: &Request) -> Self {
        match binding(app, request) {
            Some(secret) => Self { secret, is_new: false },
            None => Self { secret: Secret::random("", app.chance()), is_new: true },
        }
    }
    /// Gives the browser its secret, if it has none yet.
    pub(super) fn introduce(&self, app: &App, response: &mut Response) {
        if self.is_new {
            add_cookie(response, &binding_cookie(app, &self.secret));
        }
    }
    /// The token that each form carries.
    pub fn token(&self) -> Secret {
        Secret::new(hmac_sha256(self.secret.reveal().as_bytes(), b"vestibule form"))
    }
    /// Refuses a form that did not come from one of our pages in this browser.
    pub(super) fn check_form(&self, visit: &Visit) -> Result<()> {
        let foreign = visit.request.origin.as_deref().is_some_and(|it| !is_own(visit, it));
        if foreign || self.is_new || !self.token().matches(visit.field(CSRF_FIELD)) {
            return Err(Error::new(
                Kind::Forbidden,
                words::FORM_REFUSED,
                "The form did not come from this page in this browser.",
            ));
        }
        Ok(())
    }
}

/// Whether an `Origin` is this server, by the name it was given or by the one it was called by: a
/// developer may call `127.0.0.1` `localhost`. What is served on https never trusts plain http.
fn is_own(visit: &Visit, origin: &str) -> bool {
    let public = &visit.app.options().public_url;
    if url::Url::parse(public).is_ok_and(|it| it.origin().ascii_serialization() == origin) {
        return true;
    }
    let Some((scheme, called)) = origin.split_once("://") else { return false };
    let downgraded = scheme != "https" && public.starts_with("https://");
    !downgraded && Some(called) == visit.host()
}
