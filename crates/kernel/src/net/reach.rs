//! Which addresses may be called: public ones, and those private ones that were allowed at the start.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::private::PrivateTargets;

/// What names lead to; the resolver of the system where there is none. Tests bring their own.
pub type Lookup = Option<fn(&str) -> Vec<IpAddr>>;

/// What names lead to, and which of those addresses may be called.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) private_targets: PrivateTargets,
    pub(super) lookup: Lookup,
}

impl Names {
    /// The addresses of a host that may be reached; none where there are only others.
    pub(super) async fn reachable(
        &self,
        host: &str,
        port: u16,
    ) -> std::io::Result<Option<Vec<SocketAddr>>> {
        let found: Vec<SocketAddr> = match self.lookup {
            Some(lookup) => lookup(host).into_iter().map(|it| (it, port).into()).collect(),
            None => tokio::net::lookup_host((host, port)).await?.collect(),
        };
        let named = self.private_targets.has_name(host);
        let allowed = if named { &PrivateTargets::All } else { &self.private_targets };
        let found: Vec<SocketAddr> =
            found.into_iter().filter(|it| may_reach(it.ip(), allowed)).collect();
        Ok((!found.is_empty()).then_some(found))
    }
}

/// Names that lead to this machine wherever they are asked for (RFC 6761 §6.3). Any other name is
/// judged by its addresses.
pub(super) fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether an address may be reached.
pub(super) fn may_reach(address: IpAddr, private_targets: &PrivateTargets) -> bool {
    let reach = match address {
        IpAddr::V4(it) => reach_v4(it),
        IpAddr::V6(it) => reach_v6(it),
    };
    match reach {
        Reach::Public => true,
        Reach::Private => private_targets.has_address(address),
        Reach::Never => false,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Public,
    /// Loopback, and networks of one's own.
    Private,
    /// Link-local, multicast, metadata services, and what is no address of a host.
    Never,
}

/// The registry of special addresses (RFC 6890 and its successors); the first row that fits holds.
const V4: &[(Ipv4Addr, u32, Reach)] = &[
    // Metadata services that sit in ranges which are otherwise private.
    (Ipv4Addr::new(100, 100, 100, 200), 32, Reach::Never),
    // The same, and more, of Azure, at a public address.
    (Ipv4Addr::new(168, 63, 129, 16), 32, Reach::Never),
    (Ipv4Addr::UNSPECIFIED, 8, Reach::Never),
    (Ipv4Addr::new(10, 0, 0, 0), 8, Reach::Private),
    (Ipv4Addr::new(100, 64, 0, 0), 10, Reach::Private),
    (Ipv4Addr::new(127, 0, 0, 0), 8, Reach::Private),
    (Ipv4Addr::new(169, 254, 0, 0), 16, Reach::Never),
    (Ipv4Addr::new(172, 16, 0, 0), 12, Reach::Private),
    (Ipv4Addr::new(192, 0, 0, 0), 24, Reach::Never),
    (Ipv4Addr::new(192, 0, 2, 0), 24, Reach::Never),
    (Ipv4Addr::new(192, 88, 99, 0), 24, Reach::Never),
    (Ipv4Addr::new(192, 168, 0, 0), 16, Reach::Private),
    (Ipv4Addr::new(198, 18, 0, 0), 15, Reach::Private),
    (Ipv4Addr::new(198, 51, 100, 0), 24, Reach::Never),
    (Ipv4Addr::new(203, 0, 113, 0), 24, Reach::Never),
    // Multicast, reserved, and broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 3, Reach::Never),
];

fn reach_v4(address: Ipv4Addr) -> Reach {
    let bits = address.to_bits();
    let row = V4.iter().find(|(net, length, _)| (bits ^ net.to_bits()) >> (32 - length) == 0);
    row.map_or(Reach::Public, |it| it.2)
}

/// The same for IPv6. What no row names is public inside 2000::/3 and nothing elsewhere.
const V6: &[(Ipv6Addr, u32, Reach)] = &[
    // What instances of Amazon ask for their metadata, the time and names; and those of Google.
    (Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0), 32, Reach::Never),
    (Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254), 128, Reach::Never),
    (Ipv6Addr::LOCALHOST, 128, Reach::Private),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, Reach::Private),
    // Teredo, ORCHID and other protocol assignments.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, Reach::Never),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, Reach::Never),
    // 6to4 carries an IPv4 address behind a gateway that we cannot judge.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, Reach::Never),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, Reach::Never),
    (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3, Reach::Public),
];

fn reach_v6(address: Ipv6Addr) -> Reach {
    if let Some(inner) = embedded_v4(address) {
        return reach_v4(inner);
    }
    let bits = address.to_bits();
    let row = V6.iter().find(|(net, length, _)| {
        (bits ^ net.to_bits()).checked_shr(128 - length).unwrap_or_default() == 0
    });
    row.map_or(Reach::Never, |it| it.2)
}

/// The IPv4 host that a mapped (`::ffff:0:0/96`) or translated (`64:ff9b::/96`) address reaches.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    const MAPPED: u128 = 0xffff;
    const TRANSLATED: u128 = 0x64_ff9b << 64;
    let carries = matches!(address.to_bits() >> 32, MAPPED | TRANSLATED);
    let octets = address.octets();
    octets.last_chunk::<4>().filter(|_| carries).map(|it| Ipv4Addr::from(*it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_addresses_are_reached_whatever_is_allowed() {
        for text in [
            "8.8.8.8",
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2001:4860:4860::8888",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            let address: IpAddr = text.parse().unwrap();
            assert!(
                may_reach(address, &PrivateTargets::None)
                    && may_reach(address, &PrivateTargets::All),
                "{text}"
            );
        }
    }

    #[test]
    fn private_addresses_are_reached_only_where_that_was_allowed() {
        for text in [
            "127.0.0.1",
            "127.255.255.254",
            "10.0.0.1",
            "10.255.255.255",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "198.18.0.1",
            "::1",
            "fc00::1",
            "fd12:3456:789a::1",
            "::ffff:127.0.0.1",
            "::ffff:10.1.2.3",
            "64:ff9b::7f00:1",
            "64:ff9b::a00:1",
        ] {
            let address: IpAddr = text.parse().unwrap();
            assert!(!may_reach(address, &PrivateTargets::None), "{text}");
            assert!(may_reach(address, &PrivateTargets::All), "{text}");
        }
    }

    #[test]
    fn some_addresses_are_never_reached() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "169.254.0.1",
            "100.100.100.200",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "198.51.100.1",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::7f00:1",
            "::ffff:169.254.169.254",
            "::ffff:0.0.0.0",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::7f00:1",
            "fd00:ec2::254",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "100::1",
            "2001::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:808:808::1",
            "3fff::1",
            "5f00::1",
            "4000::1",
        ] {
            let address: IpAddr = text.parse().unwrap();
            assert!(
                !may_reach(address, &PrivateTargets::None)
                    && !may_reach(address, &PrivateTargets::All),
                "{text}"
            );
        }
    }

    #[test]
    fn attack_of_several_addresses_of_a_name_only_public_ones_are_tried() {
        fn mixed(_: &str) -> Vec<IpAddr> {
            let texts = ["127.0.0.1", "8.8.4.4", "::1", "10.0.0.1", "169.254.169.254", "fd00::1"];
            texts.iter().map(|it| it.parse().unwrap()).collect()
        }
        let of = |private_targets| Names { private_targets, lookup: Some(mixed) };
        let ips = |names: Names| -> Vec<String> {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let found = runtime.block_on(names.reachable("mixed.test", 443)).unwrap().unwrap();
            found.iter().map(|it| it.ip().to_string()).collect()
        };
        assert_eq!(ips(of(PrivateTargets::None)), ["8.8.4.4"]);
        let listed = |text: &str| of(PrivateTargets::listed([text.parse().unwrap()]));
        assert_eq!(ips(listed("10.0.0.0/8")), ["8.8.4.4", "10.0.0.1"]);
        assert_eq!(ips(listed("other.test")), ["8.8.4.4"]);
        let all = ["127.0.0.1", "8.8.4.4", "::1", "10.0.0.1", "fd00::1"];
        assert_eq!(ips(listed("mixed.test")), all, "but for the metadata service");
    }
}
