//! Cookies: how they are read, named and set.
use axum::http::{HeaderMap, header};
use vestibule_kernel::{App, Request};

/// A cookie that this server alone reads: out of reach of scripts and of other sites' forms, and
/// on https under a name that only this very host can set (RFC 6265bis, "__Host-").
#[derive(Clone, Copy, Debug)]
pub struct Cookie(pub &'static str);

impl Cookie {
    /// Its name on this server.
    fn name(self, app: &App) -> String {
        if is_secure(app) { format!("__Host-{}", self.0) } else { self.0.to_owned() }
    }
    /// What the browser sent.
    pub fn read<'a>(self, app: &App, request: &'a Request) -> Option<&'a str> {
        request.cookie(&self.name(app))
    }
    /// The line that sets it until the browser is closed.
    pub fn line(self, app: &App, value: &str) -> String {
        let secure = if is_secure(app) { "; Secure" } else { "" };
        format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}", self.name(app))
    }
}

fn is_secure(app: &App) -> bool {
    app.options().public_url.starts_with("https://")
}

/// The cookies of a request.
pub(super) fn read(headers: &HeaderMap) -> Vec<(String, String)> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    lines
        .flat_map(|it| it.split(';'))
        .filter_map(|it| it.trim().split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
