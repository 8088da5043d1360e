//! Outgoing HTTP: bounded in size and time, and never to an address that is not public.
//!
//! The addresses that we call are given by clients, so each is suspect (server-side request
//! forgery). The rules:
//! - https alone, but for private targets that were allowed at the start.
//! - Names are resolved here, and a connection is made to an address that was looked at, so that a
//!   second answer of DNS cannot lead elsewhere.
//! - An address must be public; loopback and private ones may be reached too where they were
//!   allowed, but never a link-local one or the metadata service of a cloud.
//! - Redirects are not followed, proxies of the environment are not used, bodies are cut off.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::private::PrivateTargets;
use super::{Lookup, Names};
use crate::Error;
use crate::catalog::Method;

/// The longest address that is called, in bytes.
pub const URL_BYTES_MAX: usize = 2048;
/// How much of an answer is read away so that its connection can serve the next request.
const DRAIN_BYTES_MAX: usize = 16 * 1024;
/// How long a connection waits for the next request.
const IDLE_MAX: Duration = Duration::from_secs(30);

/// The way out by HTTP. See the module documentation.
#[derive(Debug)]
pub struct Http {
    private_targets: PrivateTargets,
    lookup: Lookup,
    // Made at first use: reading the machine's certificates takes time that a start has not.
    client: OnceLock<reqwest::Client>,
}

/// An address that may be called, as far as its text tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target(Url);

impl Target {
    /// The address as it will be called.
    pub fn url(&self) -> &Url {
        &self.0
    }
}

/// A request.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Its method.
    pub method: Method,
    /// Where it goes.
    pub target: Target,
    /// Its headers.
    pub headers: Vec<(&'static str, String)>,
    /// Its body; empty for none.
    pub body: Vec<u8>,
    /// How long all of it may take, from the look-up of the name to the last byte of the answer.
    pub timeout: Duration,
}

/// Why there was no answer. Its text is for the log and for the owner of the address.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// The text is not an address that may be called.
    Target(String),
    /// The name leads to no address that may be called.
    Forbidden,
    /// It took too long.
    TimedOut,
    /// There was no connection, or it broke.
    Unreachable(String),
    /// The body is larger than the caller wants.
    TooLarge {
        /// The bound.
        bytes_max: usize,
    },
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Target(why) => f.write_str(why),
            Self::Forbidden => f.write_str("The name leads to no public address."),
            Self::TimedOut => f.write_str("There was no answer in time."),
            Self::Unreachable(why) => write!(f, "The connection failed: {why}."),
            Self::TooLarge { bytes_max } => write!(f, "The answer is over {bytes_max} bytes."),
        }
    }
}
impl std::error::Error for Failure {}

impl Http {
    pub(crate) fn new(private_targets: PrivateTargets, lookup: Lookup) -> Self {
        Self { private_targets, lookup, client: OnceLock::new() }
    }

    /// Takes an address from a client, or tells what is wrong with it. What its name leads to is
    /// looked at when it is called.
    pub fn target(&self, text: &str) -> Result<Target, Failure> {
        let refused = |why: &str| Failure::Target(why.to_owned());
        if text.len() > URL_BYTES_MAX {
            return Err(Failure::Target(format!("The URL is over {URL_BYTES_MAX} bytes.")));
        }
        let url = Url::parse(text).map_err(|it| Failure::Target(format!("Not a URL: {it}.")))?;
        match url.scheme() {
            "https" => (),
            "http" if self.private_targets.has_host_of(&url) => (),
            "http" => return Err(refused("The URL must begin with https://.")),
            _ => return Err(refused("The URL must be an https address.")),
        }
        let allowed = match url.host() {
            // The parser has already read decimal, octal, hexadecimal and short spellings.
            Some(Host::Ipv4(it)) => may_reach(it.into(), &self.private_targets),
            Some(Host::Ipv6(it)) => may_reach(it.into(), &self.private_targets),
            Some(Host::Domain(it)) => self.private_targets.has_name(it) || !is_local_name(it),
            None => return Err(refused("The URL has no host.")),
        };
        if !allowed {
            return Err(refused("The URL must lead to a public address."));
        }
        Ok(Target(url))
    }

    /// Sends a request and waits for the head of the answer.
    pub async fn send(&self, request: Outgoing) -> Result<Answer, Failure> {
        let Outgoing { method, target, headers, body, timeout } = request;
        let client = self.client().map_err(|it| Failure::Unreachable(chain(&it)))?;
        let method = match method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut request = client.request(method, target.0).timeout(timeout).body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.send().await.map(Answer).map_err(failure)
    }

    /// The same for a request whose headers have names of the caller's own, or that a crate made
    /// which knows the protocol of a service. Its address is looked at as every other.
    pub async fn pass(
        &self,
        request: ::http::Request<Vec<u8>>,
        timeout: Duration,
    ) -> Result<Answer, Failure> {
        self.target(&request.uri().to_string())?;
        let client = self.client().map_err(|it| Failure::Unreachable(chain(&it)))?;
        let mut request = reqwest::Request::try_from(request).map_err(failure)?;
        *request.timeout_mut() = Some(timeout);
        client.execute(request).await.map(Answer).map_err(failure)
    }

    /// Sends a request and reads the whole answer. Blocks the thread; callable on threads of a
    /// runtime that may block, and outside of one.
    pub fn exchange(&self, request: Outgoing, bytes_max: usize) -> Result<Received, Failure> {
        let work = async {
            let answer = self.send(request).await?;
            let status = answer.status();
            Ok(Received { status, body: answer.body(bytes_max).await? })
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => runtime.block_on(work),
            Err(_) => tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|it| Failure::Unreachable(it.to_string()))?
                .block_on(work),
        }
    }

    fn client(&self) -> Result<&reqwest::Client, reqwest::Error> {
        if let Some(it) = self.client.get() {
            return Ok(it);
        }
        let built = self.builder().build();
        // A machine without certificates of its own trusts those that the program carries.
        let made = built
            .or_else(|_| self.builder().tls_backend_preconfigured(own_certificates()).build())?;
        Ok(self.client.get_or_init(|| made))
    }

    fn builder(&self) -> reqwest::ClientBuilder {
        let names = Names { private_targets: self.private_targets.clone(), lookup: self.lookup };
        reqwest::Client::builder()
            .user_agent(concat!("Vestibule/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .pool_idle_timeout(IDLE_MAX)
            .dns_resolver(Arc::new(Guard(names)))
    }
}

fn own_certificates() -> rustls::ClientConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    #[expect(clippy::expect_used, reason = "the provider that we compile in has TLS 1.2 and 1.3")]
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the versions are there")
        .with_root_certificates(super::tls::public_roots())
        .with_no_client_auth()
}

/// The whole answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// The answer to a request; its body is still to be read.
#[derive(Debug)]
pub struct Answer(reqwest::Response);

impl Answer {
    /// The status.
    pub fn status(&self) -> u16 {
        self.0.status().as_u16()
    }
    /// A header that holds text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.headers().get(name)?.to_str().ok()
    }
    /// The headers.
    pub fn headers(&self) -> &::http::HeaderMap {
        self.0.headers()
    }
    /// The body, if it is not too large.
    pub async fn body(mut self, bytes_max: usize) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        while let Some(chunk) = self.0.chunk().await.map_err(failure)? {
            if body.len() + chunk.len() > bytes_max {
                return Err(Failure::TooLarge { bytes_max });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
    /// The first `bytes_max` bytes of the body, or what came of them before it broke off. A short
    /// body is read away, so that the connection can be used again; a long or broken one costs the
    /// connection and nothing else.
    pub async fn beginning(mut self, bytes_max: usize) -> Vec<u8> {
        let (mut beginning, mut read) = (Vec::new(), 0);
        while let Ok(Some(chunk)) = self.0.chunk().await {
            let room = bytes_max.saturating_sub(beginning.len());
            beginning.extend_from_slice(&chunk[..chunk.len().min(room)]);
            read += chunk.len();
            if read > DRAIN_BYTES_MAX {
                break;
            }
        }
        beginning
    }
}

fn failure(error: reqwest::Error) -> Failure {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(it) = source {
        if it.is::<Forbidden>() {
            return Failure::Forbidden;
        }
        source = it.source();
    }
    if error.is_timeout() {
        return Failure::TimedOut;
    }
    Failure::Unreachable(chain(&error.without_url()))
}

/// The innermost cause, which says most; the outer ones only repeat that a request failed.
fn chain(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(it) = innermost.source() {
        innermost = it;
    }
    innermost.to_string()
}

/// Resolves names, and lets through the addresses that may be reached.
struct Guard(Names);

#[derive(Debug)]
struct Forbidden;
impl std::fmt::Display for Forbidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no public address")
    }
}
impl std::error::Error for Forbidden {}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let names = self.0.clone();
        Box::pin(async move {
            let found = names.reachable(name.as_str(), 0).await?.ok_or(Forbidden)?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
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
fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether an address may be reached.
fn may_reach(address: IpAddr, private_targets: &PrivateTargets) -> bool {
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

impl From<Failure> for Error {
    #[track_caller]
    fn from(failure: Failure) -> Self {
        Self::internal(failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public() -> Http {
        Http::new(PrivateTargets::None, None)
    }

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
    fn no_spelling_of_an_address_gets_round_the_rules() {
        for url in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://127.0.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://017700000001/",
            "https://127.0.0.1./",
            "https://①②⑦.0.0.1/",
            "https://%31%32%37.0.0.1/",
            "https://user:pass@127.0.0.1/",
            "https://0/",
            "https://10.1/",
            "https://3232235777/",
            "https://169.254.169.254/latest/meta-data/",
            "https://2852039166/",
            "https://0xa9fea9fe/",
            "https://[::1]/",
            "https://[::]/",
            "https://[0:0:0:0:0:0:0:1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[::127.0.0.1]/",
            "https://[64:ff9b::127.0.0.1]/",
            "https://[2002:7f00:1::]/",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://hooks.localhost/",
        ] {
            assert!(matches!(public().target(url), Err(Failure::Target(_))), "{url}");
        }
    }

    #[test]
    fn only_https_is_called_unless_private_targets_are_allowed() {
        for url in [
            "",
            "not a url",
            "hooks.example/path",
            "ftp://hooks.example/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "gopher://hooks.example/",
            "https://",
            "https:///",
        ] {
            assert!(public().target(url).is_err(), "{url}");
            assert!(Http::new(PrivateTargets::All, None).target(url).is_err(), "{url}");
        }
        assert!(public().target("http://hooks.example/").is_err());
        assert!(Http::new(PrivateTargets::All, None).target("http://hooks.example/").is_ok());
        assert!(Http::new(PrivateTargets::All, None).target("http://127.0.0.1:9/x").is_ok());
        assert!(Http::new(PrivateTargets::All, None).target("http://169.254.169.254/").is_err());
        assert!(public().target("https://hooks.example:8443/path?q=1").is_ok());
        let long = format!("https://hooks.example/{}", "a".repeat(URL_BYTES_MAX));
        assert!(public().target(&long).is_err());
    }

    fn get(url: &str) -> Outgoing {
        Outgoing {
            method: Method::Get,
            target: Target(Url::parse(url).unwrap()),
            headers: Vec::new(),
            body: Vec::new(),
            timeout: Duration::from_secs(5),
        }
    }

    fn block<T>(work: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(work)
    }

    /// What `rebinding.test` leads to: at first to a public address, and from then on to this machine.
    fn rebinding(_: &str) -> Vec<IpAddr> {
        static ASKED: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        match ASKED.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => vec![IpAddr::from([8, 8, 8, 8])],
            _ => vec![IpAddr::from(Ipv4Addr::LOCALHOST)],
        }
    }

    #[test]
    fn attack_a_name_that_leads_elsewhere_the_second_time_reaches_nothing_private() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://rebinding.test:{}/", listener.local_addr().unwrap().port());
        let names = Names { private_targets: PrivateTargets::None, lookup: Some(rebinding) };
        let looked_at = block(names.reachable("rebinding.test", 0)).unwrap().unwrap();
        assert_eq!(looked_at, [SocketAddr::from(([8, 8, 8, 8], 0))]);
        let http = Http::new(PrivateTargets::None, Some(rebinding));
        assert_eq!(block(http.send(get(&url))).unwrap_err(), Failure::Forbidden);
        assert!(listener.accept().is_err(), "nobody connected");
    }

    #[test]
    fn attack_of_several_addresses_of_a_name_only_public_ones_are_tried() {
        fn mixed(_: &str) -> Vec<IpAddr> {
            let texts = ["127.0.0.1", "8.8.4.4", "::1", "10.0.0.1", "169.254.169.254", "fd00::1"];
            texts.iter().map(|it| it.parse().unwrap()).collect()
        }
        let of = |private_targets| Names { private_targets, lookup: Some(mixed) };
        let ips = |names: Names| -> Vec<String> {
            let found = block(names.reachable("mixed.test", 443)).unwrap().unwrap();
            found.iter().map(|it| it.ip().to_string()).collect()
        };
        assert_eq!(ips(of(PrivateTargets::None)), ["8.8.4.4"]);
        let listed = |text: &str| of(PrivateTargets::listed([text.parse().unwrap()]));
        assert_eq!(ips(listed("10.0.0.0/8")), ["8.8.4.4", "10.0.0.1"]);
        assert_eq!(ips(listed("other.test")), ["8.8.4.4"]);
        let all = ["127.0.0.1", "8.8.4.4", "::1", "10.0.0.1", "fd00::1"];
        assert_eq!(ips(listed("mixed.test")), all, "but for the metadata service");
    }

    #[test]
    fn a_name_is_judged_by_what_it_resolves_to() {
        // As if the name were harmless: only its address gives it away.
        let request = get("https://localhost:1/");
        assert_eq!(block(public().send(request.clone())).unwrap_err(), Failure::Forbidden);
        let failed = block(Http::new(PrivateTargets::All, None).send(request)).unwrap_err();
        assert!(matches!(failed, Failure::Unreachable(_)), "{failed}");
    }
}
