//! `Set-Cookie` lines (RFC 6265): never for scripts unless said so, `Secure` wherever we have https.
use vestibule_kernel::App;

/// Whether other sites' requests carry a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// Only when somebody follows a link to us.
    Lax,
    /// Always; where we have no https, browsers refuse that, and it is as [`SameSite::Lax`].
    None,
}

/// Sets a cookie that no script can read.
pub fn set(app: &App, name: &str, value: &str, same_site: SameSite, seconds: i64) -> String {
    format!("{}; HttpOnly", set_readable(app, name, value, same_site, seconds))
}

/// Sets a cookie that scripts can read.
pub fn set_readable(
    app: &App,
    name: &str,
    value: &str,
    same_site: SameSite,
    seconds: i64,
) -> String {
    let secure = is_secure(app);
    let same_site = match same_site {
        SameSite::None if secure => "None",
        SameSite::None | SameSite::Lax => "Lax",
    };
    let seconds = seconds.max(0);
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={seconds}; SameSite={same_site}{secure}")
}

/// Has a cookie forgotten.
pub fn clear(app: &App, name: &str, same_site: SameSite) -> String {
    set(app, name, "", same_site, 0)
}

/// The name of a cookie that no other host of the same domain may set (RFC 6265bis, `__Host-`).
pub fn of_this_host(app: &App, name: &str) -> String {
    if is_secure(app) { format!("__Host-{name}") } else { name.to_owned() }
}

fn is_secure(app: &App) -> bool {
    app.options().public_url.starts_with("https://")
}
