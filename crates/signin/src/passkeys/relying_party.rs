//! Whose passkeys they are: the relying party of an environment, and the origins that it has.
//!
//! A passkey belongs to a domain, the id of the relying party, and browsers show it to pages of that
//! domain and of those below it alone. By default it is the domain of the public URL.
use serde::{Deserialize, Serialize};
use url::{Host, Url};
use vestibule_kernel::setting::Setting;
use vestibule_kernel::{App, Cx, Error, Result};

/// The most origins that an environment may name.
pub const ORIGINS_MAX: usize = 20;
/// The longest origin.
pub const ORIGIN_BYTES_MAX: usize = 255;
/// What the origin of an Android application begins with.
const ANDROID: &str = "android:apk-key-hash:";
/// The letters of a SHA-256 digest in base64url.
const DIGEST_LETTERS: usize = 43;

/// When users who have no passkey are offered one after another sign-in.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ProgressiveEnrollment {
    /// Never.
    Off,
    /// On the hosted pages.
    #[default]
    HostedPages,
    /// There, and by the API, as the step `passkey_progressive_enrollment`.
    Everywhere,
}

/// How an environment has passkeys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct PasskeySettings {
    /// Domain that passkeys belong to; that of the public URL where there is none. Passkeys that
    /// belong to another do not sign in
    pub relying_party_id: Option<String>,
    /// Origins, beside that of the public URL, whose pages and apps use passkeys, such as
    /// `https://app.example.com` or `android:apk-key-hash:…`
    pub origins: Vec<String>,
    /// When users who have no passkey are offered one after another sign-in
    pub progressive_enrollment: ProgressiveEnrollment,
}

impl Setting for PasskeySettings {
    const NAME: &'static str = "passkeys";
}

/// Whose passkeys they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    /// The domain that they belong to.
    pub id: String,
    /// What authenticators call it.
    pub name: String,
    /// Where they may be used.
    pub origins: Vec<String>,
}

impl RelyingParty {
    /// That of the environment of this call; none where the public URL has no domain and none is set.
    pub fn of(cx: &mut Cx<'_>) -> Result<Option<Self>> {
        let settings: PasskeySettings = cx.setting()?;
        let public = public(cx.app)?;
        let own = public.as_ref().map(|it| it.domain.clone());
        let Some(id) = settings.relying_party_id.or(own) else { return Ok(None) };
        let name = vestibule_branding::of_environment(cx)?.application_name;
        let name = name.unwrap_or_else(|| id.clone());
        let mut origins: Vec<String> = public.into_iter().map(|it| it.origin).collect();
        origins.extend(settings.origins);
        Ok(Some(Self { id, name, origins }))
    }

    /// Whether pages that a browser got from `authority` (a host, perhaps with a port) can use its
    /// passkeys.
    pub fn serves(&self, authority: &str) -> bool {
        let of_it = |it: &String| it.split_once("://").is_some_and(|it| it.1 == authority);
        self.covers(authority.split(':').next().unwrap_or_default())
            && self.origins.iter().any(of_it)
    }

    /// Whether a host is the relying party's or below it.
    fn covers(&self, host: &str) -> bool {
        host.strip_suffix(self.id.as_str()).is_some_and(|it| it.is_empty() || it.ends_with('.'))
    }

    /// The origins of other domains, which browsers ask for at `/.well-known/webauthn`.
    pub fn related_origins(&self) -> Vec<String> {
        let host = |it: &str| Url::parse(it).ok().and_then(|it| it.host_str().map(str::to_owned));
        let foreign = |it: &&String| host(it).is_some_and(|it| !self.covers(&it));
        self.origins
            .iter()
            .filter(|it| it.starts_with("https://"))
            .filter(foreign)
            .cloned()
            .collect()
    }
}

/// The domain and the origin of the pages.
struct Public {
    domain: String,
    origin: String,
}

/// Where the pages are. A loopback address has no domain; browsers take `localhost` in its place.
fn public(app: &App) -> Result<Option<Public>> {
    let url = Url::parse(&app.options().public_url).map_err(Error::internal)?;
    let loopback = match url.host() {
        Some(Host::Domain(domain)) => {
            let origin = url.origin().ascii_serialization();
            return Ok(Some(Public { domain: domain.to_owned(), origin }));
        }
        Some(Host::Ipv4(it)) => it.is_loopback(),
        Some(Host::Ipv6(it)) => it.is_loopback(),
        None => false,
    };
    let port = url.port().map(|it| format!(":{it}")).unwrap_or_default();
    let origin = format!("{}://localhost{port}", url.scheme());
    Ok(loopback.then(|| Public { domain: "localhost".to_owned(), origin }))
}

/// A domain that passkeys may belong to: one that somebody can own, in its plain form.
pub fn parse_id(text: &str) -> Option<String> {
    let Ok(Host::Domain(domain)) = Host::parse(text) else { return None };
    let owned = is_local(&domain) || psl::domain(domain.as_bytes()).is_some();
    (owned && is_plain(&domain)).then_some(domain)
}

/// An origin where passkeys may be used, in its plain form.
pub fn parse_origin(text: &str) -> Option<String> {
    if let Some(digest) = text.strip_prefix(ANDROID) {
        let letter = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
        let good = digest.len() == DIGEST_LETTERS && digest.bytes().all(letter);
        return good.then(|| text.to_owned());
    }
    let url = Url::parse(text).ok()?;
    let Some(Host::Domain(host)) = url.host() else { return None };
    let secure = url.scheme() == "https" || (url.scheme() == "http" && is_local(host));
    let bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    (secure && bare && is_plain(host)).then(|| url.origin().ascii_serialization())
}

/// Whether a name is made of the letters that names of hosts are made of.
fn is_plain(host: &str) -> bool {
    let letter = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'.';
    host.bytes().all(letter) && !host.ends_with('.')
}

/// Whether a name means this machine (RFC 6761 §6.3).
fn is_local(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::{RelyingParty, parse_id, parse_origin};

    fn party(id: &str, origins: &[&str]) -> RelyingParty {
        let origins = origins.iter().map(|it| (*it).to_owned()).collect();
        RelyingParty { id: id.to_owned(), name: "Acme".to_owned(), origins }
    }

    #[test]
    fn passkeys_belong_to_a_domain_that_somebody_can_own() {
        assert_eq!(parse_id("Example.COM").as_deref(), Some("example.com"));
        assert_eq!(parse_id("id.acme.internal").as_deref(), Some("id.acme.internal"));
        assert_eq!(parse_id("localhost").as_deref(), Some("localhost"));
        for text in [
            "",
            "com",
            "co.uk",
            "192.0.2.1",
            "[::1]",
            "https://example.com",
            "a b",
            "x.com.",
            "*.x.com",
        ] {
            assert_eq!(parse_id(text), None, "{text}");
        }
    }

    #[test]
    fn an_origin_is_secure_and_nothing_but_an_origin() {
        let digest = "android:apk-key-hash:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
        for (text, expected) in [
            ("https://App.example.com", "https://app.example.com"),
            ("https://app.example.com:443/", "https://app.example.com"),
            ("http://localhost:3000", "http://localhost:3000"),
            (digest, digest),
        ] {
            assert_eq!(parse_origin(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "http://app.example.com",
            "https://192.0.2.1",
            "https://a.example/path",
            "https://a.example/?q",
            "https://user@a.example",
            "null",
            "*",
            "https://*.example.com/",
            "android:apk-key-hash:short",
            "javascript:alert(1)",
        ] {
            assert!(parse_origin(text).is_none(), "{text}");
        }
    }

    #[test]
    fn pages_use_passkeys_where_the_domain_and_the_origin_are_the_relying_partys() {
        let it = party("example.com", &["https://id.example.com", "https://evil-example.com"]);
        assert!(it.serves("id.example.com"));
        assert!(!it.serves("id.example.com:8443"), "another origin");
        assert!(!it.serves("evil-example.com"), "no domain below ours, though its name ends so");
        assert!(!it.serves("example.com"), "no origin of ours");
        let local = party("localhost", &["http://localhost:4100"]);
        assert!(local.serves("localhost:4100"));
        assert!(!local.serves("127.0.0.1:4100"));
    }

    #[test]
    fn origins_of_other_domains_are_told_to_browsers() {
        let origins = [
            "https://example.com",
            "https://a.example.com",
            "https://example.de",
            "http://localhost",
        ];
        assert_eq!(party("example.com", &origins).related_origins(), ["https://example.de"]);
    }
}
