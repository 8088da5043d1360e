//! A browser: the secret that it shares with us, and what that proves.
//!
//! - The secret lives in a cookie that scripts cannot read. It says nothing about who sits there.
//! - The token in each form is made from it, so that another site can neither read nor guess one.
//! - A sign-in under way belongs to the browser that began it: [`Browser::digest`] is kept with it.
use axum::response::Response;
use vestibule_kernel::secret::{Secret, digest_of, hmac_sha256};
use vestibule_kernel::{App, Error, Kind, Request, Result};

use super::{Cookie, Visit, add_cookie};
use crate::screens::CSRF_FIELD;

const COOKIE: Cookie = Cookie("vestibule-browser");
/// The characters of a secret that we made: 32 bytes in base64url.
const SECRET_CHARACTERS: usize = 43;

/// A browser. See the module documentation.
pub struct Browser {
    secret: Secret,
    is_new: bool,
}

impl Browser {
    pub(super) fn of(app: &App, request: &Request) -> Self {
        let known = COOKIE.read(app, request).filter(|it| is_ours(it));
        match known {
            Some(secret) => Self { secret: Secret::new(secret), is_new: false },
            None => Self { secret: Secret::random("", app.chance()), is_new: true },
        }
    }
    /// Gives the browser its secret, if it has none yet.
    pub(super) fn introduce(&self, app: &App, response: &mut Response) {
        if self.is_new {
            add_cookie(response, &COOKIE.line(app, self.secret.reveal()));
        }
    }
    /// The token that each form carries.
    pub fn token(&self) -> Secret {
        Secret::new(hmac_sha256(self.secret.reveal().as_bytes(), b"vestibule form"))
    }
    /// What is kept of the browser beside what belongs to it.
    pub fn digest(&self) -> String {
        digest_of(self.secret.reveal())
    }
    /// Refuses a form that did not come from one of our pages in this browser.
    pub(super) fn check_form(&self, visit: &Visit) -> Result<()> {
        let foreign = visit.request.origin.as_deref().is_some_and(|it| !is_own(visit, it));
        if foreign || self.is_new || !self.token().matches(visit.field(CSRF_FIELD)) {
            return Err(Error::new(
                Kind::Forbidden,
                "form_refused",
                "The form did not come from this page in this browser. Cookies may be turned \
                 off, or the page is from before the browser was closed. Go back, load the page \
                 again and try once more.",
            ));
        }
        Ok(())
    }
}

fn is_ours(text: &str) -> bool {
    let letter = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
    text.len() == SECRET_CHARACTERS && text.bytes().all(letter)
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
