//! Links that stand on every page: they lead to `https`, or write a mail.
use url::{Host, Url};

/// The longest link, in bytes.
pub(super) const LINK_BYTES_MAX: usize = 2048;

/// Whether a page may link there. Plain `http` is for a developer's own machine.
pub(super) fn is_link(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let bare = url.username().is_empty() && url.password().is_none();
    match url.scheme() {
        "https" => bare && url.has_host(),
        "http" => bare && url.host().is_some_and(|it| is_loopback(&it)),
        _ => false,
    }
}

/// The same, or `mailto:` an address.
pub(super) fn is_link_or_mail(text: &str) -> bool {
    is_link(text)
        || text.strip_prefix("mailto:").is_some_and(|it| {
            it.contains('@')
                && it.chars().all(|it| it.is_ascii_graphic() && !"<>\"'`?&".contains(it))
        })
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_https_or_write_a_mail_and_nothing_else() {
        for link in
            ["https://acme.test/terms", "https://acme.test:8443/?a=b#c", "http://localhost:3000/x"]
        {
            assert!(is_link(link), "{link}");
        }
        assert!(is_link_or_mail("mailto:help@acme.test") && !is_link("mailto:help@acme.test"));
        for link in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "http://acme.test",
            "https://user:secret@acme.test",
            "//evil.test",
            "/terms",
            "",
            "ftp://acme.test",
            "mailto:help@acme.test?body=x",
            "mailto:",
            "blob:https://acme.test/x",
        ] {
            assert!(!is_link_or_mail(link), "{link}");
        }
    }
}
