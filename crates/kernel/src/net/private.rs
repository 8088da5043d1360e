//! Which addresses that are not public may be called: what an operator allows at the start, for
//! development.
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use url::{Host, Url};

/// Which loopback and private addresses may be called, and by plain http. Link-local addresses and
/// the metadata services of clouds are called in no case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PrivateTargets {
    /// None.
    #[default]
    None,
    /// Those on the list.
    Listed(Arc<[Allowed]>),
    /// All.
    All,
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// The host of this name, wherever it leads.
    Name(String),
    /// The addresses of a network, or one address.
    Network(IpNet),
}

impl std::str::FromStr for Allowed {
    type Err = String;
    /// Reads `hooks.test`, `127.0.0.1`, `::1` or `10.0.0.0/8`.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(it) = text.parse::<IpAddr>() {
            return Ok(Self::Network(it.into()));
        }
        if let Ok(it) = text.parse::<IpNet>() {
            return Ok(Self::Network(it));
        }
        match Host::parse(text) {
            // As the parser of addresses writes names: in lower case, in ASCII.
            Ok(Host::Domain(it)) => Ok(Self::Name(it)),
            _ => Err(format!(
                "'{text}' is neither the name of a host, an address nor a network such as 10.0.0.0/8."
            )),
        }
    }
}

impl PrivateTargets {
    /// Those of a list.
    pub fn listed(allowed: impl IntoIterator<Item = Allowed>) -> Self {
        Self::Listed(allowed.into_iter().collect())
    }

    /// Whether this private address may be called.
    pub(super) fn has_address(&self, address: IpAddr) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Listed(list) => list.iter().any(|it| match it {
                Allowed::Network(it) => it.contains(&address.to_canonical()),
                Allowed::Name(_) => false,
            }),
        }
    }

    /// Whether the host of this name may be called though it leads to a private address.
    pub(super) fn has_name(&self, name: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Listed(list) => list.iter().any(|it| match it {
                Allowed::Name(it) => it == name,
                Allowed::Network(_) => false,
            }),
        }
    }

    /// Whether plain http will do for this URL.
    pub(super) fn has_host_of(&self, url: &Url) -> bool {
        match url.host() {
            Some(Host::Domain(it)) => self.has_name(it),
            Some(Host::Ipv4(it)) => self.has_address(it.into()),
            Some(Host::Ipv6(it)) => self.has_address(it.into()),
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> PrivateTargets {
        PrivateTargets::listed(text.split(',').map(|it| it.parse().unwrap()))
    }

    #[test]
    fn a_list_has_what_it_names_and_nothing_beside_it() {
        let listed = list("Hooks.Test,10.1.0.0/16,127.0.0.1,fd00::/8");
        for url in
            ["http://hooks.test/", "http://10.1.2.3/", "http://127.0.0.1:99/", "http://[fd12::1]/"]
        {
            assert!(listed.has_host_of(&Url::parse(url).unwrap()), "{url}");
        }
        for url in [
            "http://hooks.test.example/",
            "http://a.hooks.test/",
            "http://10.2.0.1/",
            "http://127.0.0.2/",
            "http://[::1]/",
        ] {
            assert!(!listed.has_host_of(&Url::parse(url).unwrap()), "{url}");
        }
        assert!(listed.has_address("::ffff:10.1.2.3".parse().unwrap()));
        assert!(!listed.has_address("::ffff:10.2.2.3".parse().unwrap()));
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in ["", "a b", "http://hooks.test", "10.0.0.0/33", "hooks.test/path", "a:80"] {
            assert!(text.parse::<Allowed>().is_err(), "{text}");
        }
    }
}
