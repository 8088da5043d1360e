//! The end of a sign-in that was stopped for good.
use axum::http::StatusCode;
use axum::response::Response;
use vestibule_kernel::{Code, Error, Kind, Result};
use vestibule_signin::actions::{Denial, denial};
use vestibule_signin::authorize;

use super::Journey;
use crate::screens::Blocked;

/// The code of the refusal of a sign-in that was stopped because it looks risky, and of what the
/// application is told of any that was stopped.
const BLOCKED: Code = "access_denied";

/// Whether a sign-in was stopped: because it looks risky, or because the application does not let it
/// in. Nothing that could be typed would change that.
pub fn is_stopped(error: &Error) -> bool {
    let is_risky = error.kind() == Kind::Forbidden && error.code() == BLOCKED;
    is_risky || denial(error).is_some()
}

impl Journey<'_> {
    /// The page of a sign-in that was stopped. One that looks risky is told the same whoever it is;
    /// one that the application does not let in, what the application says. The way back tells the
    /// application.
    pub fn stopped(&self, error: &Error) -> Result<Response> {
        let page = match denial(error) {
            Some(Denial::Saying(words)) => Blocked::denied_saying(words, self.way_back(words)),
            Some(Denial::Silent) => Blocked::denied(self.way_back(error.message())),
            None => {
                Blocked::risky(self.way_back("The sign-in was stopped, to keep accounts safe."))
            }
        };
        self.page(StatusCode::FORBIDDEN, &page)
    }

    /// The address that tells the application; none where the pages were opened by none.
    fn way_back(&self, text: &str) -> Option<String> {
        let asked = &self.request.asked;
        let is_ours = self.request.device.is_some() || asked.begun_here;
        let state = asked.state.as_deref();
        (!is_ours).then(|| authorize::refuse(&asked.redirect_uri, state, BLOCKED, text))
    }
}
