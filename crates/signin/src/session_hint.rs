//! The cookie `workos-has-session`: tells the scripts of AuthKit's libraries that a session may exist.
//!
//! It holds the IDs of the clients that somebody signed in to with this browser, and nothing secret.
//! That it is there opens nothing: it spares pages a request that would be refused.
use vestibule_kernel::App;
use vestibule_kernel::call::Request;

use crate::cookies::{self, SameSite};
use crate::policy::SESSION_SECONDS_MAX;

/// Its name.
pub const NAME: &str = "workos-has-session";
/// How many clients it holds; the newest come first.
const CLIENTS_MAX: usize = 16;
/// The longest ID that it holds.
const ID_BYTES_MAX: usize = 128;

/// The cookie with one more client.
pub fn add(app: &App, request: &Request, client_id: &str, seconds: i64) -> String {
    let mut clients = others(request, client_id);
    if is_id(client_id) {
        clients.insert(0, client_id);
    }
    clients.truncate(CLIENTS_MAX);
    cookies::set_readable(app, NAME, &clients.join("."), SameSite::None, seconds)
}

/// The cookie without a client.
pub fn remove(app: &App, request: &Request, client_id: &str) -> String {
    let clients = others(request, client_id);
    // For how long the others last is not known here; one that stays too long does no harm.
    let seconds = if clients.is_empty() { 0 } else { i64::from(SESSION_SECONDS_MAX) };
    cookies::set_readable(app, NAME, &clients.join("."), SameSite::None, seconds)
}

fn others<'r>(request: &'r Request, client_id: &str) -> Vec<&'r str> {
    let kept = request.cookie(NAME).unwrap_or_default();
    kept.split('.').filter(|it| is_id(it) && *it != client_id).take(CLIENTS_MAX).collect()
}

/// Whether a text can be the ID of a client: the cookie is the browser's, who may send anything.
fn is_id(text: &str) -> bool {
    let ours = |it: u8| it.is_ascii_alphanumeric() || it == b'_' || it == b'-';
    (2..=ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(ours)
}

#[cfg(test)]
mod tests {
    use super::{NAME, Request, others};

    fn from(value: &str) -> Request {
        Request { cookies: vec![(NAME.to_owned(), value.to_owned())], ..Request::default() }
    }

    #[test]
    fn what_a_browser_sends_is_taken_for_clients_only_where_it_looks_like_them() {
        for (value, expected) in [
            ("", vec![]),
            ("1", vec![]),
            ("client_01", vec![]),
            ("client_02.client_01.client_03", vec!["client_02", "client_03"]),
            ("client_02; Domain=evil.<b>.client_03", vec!["client_03"]),
        ] {
            assert_eq!(others(&from(value), "client_01"), expected, "{value}");
        }
        let many = vec!["client_02"; 1000].join(".");
        assert_eq!(others(&from(&many), "client_01").len(), 16);
    }
}
