//! Where a way ends.
use serde::Serialize;
use vestibule_languages::Text;

/// On to the application, by a page: what follows a form may not leave this server.
#[derive(Serialize)]
pub struct Onward {
    /// Where to
    pub location: String,
}

/// Leads back to the application after a form has been sent.
///
/// Chromium applies `form-action` to every redirect that follows a form, the application's own
/// included, so a redirect from here would make sign-in depend on where the application redirects
/// next. A page that refreshes ends the chain, and the policy can stay at `'self'`.
#[derive(Serialize)]
pub struct Returning {
    /// Redirect URI with its code or error
    pub location: String,
}

/// The session has ended.
#[derive(Serialize)]
pub struct SignedOut {
    /// Where to begin again
    pub sign_in_path: Option<String>,
}

/// The page at the root of the server.
#[derive(Serialize)]
pub struct Home {
    /// Where applications reach this server
    pub base_url: String,
    /// Where to go on
    pub links: Vec<WayOut>,
}

/// Something went wrong, and the reader cannot go on from here.
#[derive(Serialize)]
pub struct Failure {
    /// What happened, in a few words
    pub title: Text,
    /// What it means and what to do
    pub message: Text,
    /// What was wrong, in English, for whoever mends it
    pub detail: Option<String>,
    /// Where the log tells more
    pub request_id: String,
    /// A place to begin again
    pub way_out: Option<WayOut>,
}

/// A link that leads on.
#[derive(Serialize)]
pub struct WayOut {
    /// What it is called
    pub label: Text,
    /// Where it leads
    pub path: String,
}

/// A sign-in was stopped for good.
#[derive(Serialize)]
pub struct Blocked {
    title: Text,
    lead: Text,
    /// Back to the application, which is told of it
    back: Option<String>,
}

impl Blocked {
    /// Because it looks risky.
    pub fn risky(back: Option<String>) -> Self {
        Self { title: Text::new("blocked-title"), lead: Text::new("blocked-lead"), back }
    }
    /// Because the application does not let it in, and does not say why.
    pub fn denied(back: Option<String>) -> Self {
        Self { title: Text::new("denied-title"), lead: Text::new("denied-lead"), back }
    }
    /// Because the application does not let it in, in the words of the application.
    pub fn denied_saying(words: &str, back: Option<String>) -> Self {
        Self { lead: Text::Verbatim(words.to_owned()), ..Self::denied(back) }
    }
}
