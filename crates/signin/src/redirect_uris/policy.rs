//! Which addresses a browser may be sent to: the rules for registering one, and for using it.
//!
//! - An address matches a registered one letter by letter. Nothing is decoded, folded or normalised
//!   first, so no two programs can read the same address differently.
//! - A registered address may hold one `*`: in the left-most label of the host, where it stands for
//!   letters, digits, `-` and `_` (so for no dot, and never for part of another host), or as the
//!   port of a loopback address, where it stands for digits. The rest matches letter by letter.
//! - What a browser might run, or read differently from us, is refused when it is registered.
use url::{Host, Url};

/// The longest address that is accepted.
pub const URI_BYTES_MAX: usize = 2048;
/// Schemes that browsers run, or open from the machine.
const SCHEMES_REFUSED: &[&str] =
    &["javascript", "data", "vbscript", "blob", "file", "about", "view-source", "filesystem"];
/// What stands for a wildcard while the rest of the address is looked at.
const STAND_IN: &str = "wildcard";
const PORT_STAND_IN: &str = "1";

/// Why an address cannot be registered, for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub &'static str);

/// An address that may be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Whether it holds a wildcard, and so leads nowhere by itself.
    pub wildcard: bool,
}

/// How strict an installation is about plain http.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Http {
    /// Only to the machine of the browser itself.
    Loopback,
    /// To any host: the installation itself is reached by plain http.
    Anywhere,
}

/// Checks an address that is to be registered.
pub fn check(uri: &str, http: Http) -> Result<Checked, Refusal> {
    check_letters(uri)?;
    let Some((scheme, rest)) = uri.split_once("://") else {
        return Err(Refusal("it must begin with a scheme and '://', such as https://"));
    };
    let scheme_letter = |it: u8| it.is_ascii_alphanumeric() || b"+-.".contains(&it);
    if !scheme.bytes().all(scheme_letter)
        || SCHEMES_REFUSED.contains(&scheme.to_ascii_lowercase().as_str())
    {
        return Err(Refusal("browsers would not send anybody there"));
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    if authority.is_empty() || authority.contains('@') {
        return Err(Refusal("it must have a host, without a user name"));
    }
    let web = scheme == "http" || scheme == "https";
    if !web {
        return check_native(uri);
    }
    if tail.contains('*') {
        return Err(Refusal("a wildcard may only stand in the left-most label of the host"));
    }
    let place = place_of_wildcard(authority)?;
    let plain = match place {
        None => uri.to_owned(),
        Some(Place::Label) => uri.replacen('*', STAND_IN, 1),
        Some(Place::Port) => uri.replacen('*', PORT_STAND_IN, 1),
    };
    let url = Url::parse(&plain).map_err(|_| Refusal("it is not a URL"))?;
    check_host(&url, authority, place)?;
    let loopback = is_loopback(&url);
    if scheme == "http" && http == Http::Loopback && !loopback {
        return Err(Refusal("http is for localhost alone; use https"));
    }
    match place {
        Some(Place::Port) if !loopback => {
            Err(Refusal("only the port of localhost or a loopback address may be a wildcard"))
        }
        Some(Place::Label) => check_suffix(&url).map(|()| Checked { wildcard: true }),
        Some(Place::Port) => Ok(Checked { wildcard: true }),
        None => Ok(Checked { wildcard: false }),
    }
}

/// Whether an address leads to the machine of the browser itself, and could be registered.
pub fn leads_to_loopback(uri: &str) -> bool {
    let plain = check(uri, Http::Loopback).is_ok_and(|it| !it.wildcard);
    let web = uri.starts_with("http://") || uri.starts_with("https://");
    plain && web && Url::parse(uri).is_ok_and(|it| is_loopback(&it))
}

/// Whether `uri` is what was registered as `registered`.
pub fn matches(registered: &str, uri: &str) -> bool {
    let Some((before, after)) = registered.split_once('*') else {
        return registered == uri;
    };
    let Some(middle) = uri.strip_prefix(before).and_then(|it| it.strip_suffix(after)) else {
        return false;
    };
    // After the scheme, a colon stands before a port and inside of an IPv6 address alone.
    let port = before.split_once("://").is_some_and(|it| it.1.contains(':'));
    let fits = |it: &u8| {
        it.is_ascii_digit() || !port && (it.is_ascii_alphabetic() || *it == b'-' || *it == b'_')
    };
    !middle.is_empty() && middle.len() <= 63 && middle.as_bytes().iter().all(fits)
}

/// Printable ASCII without what URLs have to escape. Tabs, line ends and backslashes are what
/// browsers drop or turn into slashes.
fn check_letters(uri: &str) -> Result<(), Refusal> {
    if uri.is_empty() || uri.len() > URI_BYTES_MAX {
        return Err(Refusal("it must have 1 to 2048 characters"));
    }
    let allowed = |it: u8| it.is_ascii_graphic() && !b"\\\"<>^`{|}".contains(&it);
    if !uri.bytes().all(allowed) {
        return Err(Refusal("it holds characters that must be escaped in a URL"));
    }
    if uri.contains('#') {
        return Err(Refusal("it must not have a fragment"));
    }
    if uri.matches('*').count() > 1 {
        return Err(Refusal("it may hold one wildcard at the most"));
    }
    Ok(())
}

/// Addresses of native applications, such as `myapp://callback`.
fn check_native(uri: &str) -> Result<Checked, Refusal> {
    if uri.contains('*') {
        return Err(Refusal("a wildcard is for http and https alone"));
    }
    Url::parse(uri).map_err(|_| Refusal("it is not a URL"))?;
    Ok(Checked { wildcard: false })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Label,
    Port,
}

fn place_of_wildcard(authority: &str) -> Result<Option<Place>, Refusal> {
    let Some(at) = authority.find('*') else { return Ok(None) };
    if authority[..at].ends_with(':') && at + 1 == authority.len() {
        return Ok(Some(Place::Port));
    }
    if authority[..at].contains(['.', ':', '[']) {
        return Err(Refusal("a wildcard may only stand in the left-most label of the host"));
    }
    Ok(Some(Place::Label))
}

/// The host must be written as every program reads it: no `127.1`, no `0x7f.1`, no `EXAMPLE.com`.
fn check_host(url: &Url, authority: &str, place: Option<Place>) -> Result<(), Refusal> {
    let read = url.host_str().unwrap_or_default();
    let read = match place {
        Some(Place::Label) => read.replacen(STAND_IN, "*", 1),
        Some(Place::Port) | None => read.to_owned(),
    };
    let port = authority.strip_prefix(read.as_str()).ok_or(Refusal(
        "its host must be written in lower case and in its usual form (punycode for other scripts)",
    ))?;
    let digits = port.strip_prefix(':').unwrap_or("0");
    let good = port.is_empty() || port.starts_with(':');
    let good = good && (digits == "*" || digits.parse::<u16>().is_ok());
    if good { Ok(()) } else { Err(Refusal("its port is not a number")) }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(it)) => it.is_loopback(),
        Some(Host::Ipv6(it)) => it.is_loopback(),
        None => false,
    }
}

/// What follows the label of the wildcard must be a domain that one owner has.
fn check_suffix(url: &Url) -> Result<(), Refusal> {
    let refusal =
        Refusal("a wildcard must stand below a domain of your own, as *.example.com does");
    let Some(Host::Domain(host)) = url.host() else { return Err(refusal) };
    let (_, parent) = host.split_once('.').ok_or(refusal.clone())?;
    if parent == "localhost" {
        return Ok(());
    }
    match psl::domain_str(parent) {
        Some(_) => Ok(()),
        None => Err(refusal),
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
