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
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::reach::{Names, is_local_name, may_reach};
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
    names: Names,
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
    pub(super) fn new(names: Names) -> Self {
        Self { names, client: OnceLock::new() }
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
            "http" if self.names.private_targets.has_host_of(&url) => (),
            "http" => return Err(refused("The URL must begin with https://.")),
            _ => return Err(refused("The URL must be an https address.")),
        }
        let allowed = match url.host() {
            // The parser has already read decimal, octal, hexadecimal and short spellings.
            Some(Host::Ipv4(it)) => may_reach(it.into(), &self.names.private_targets),
            Some(Host::Ipv6(it)) => may_reach(it.into(), &self.names.private_targets),
            Some(Host::Domain(it)) => self.names.private_targets.has_name(it) || !is_local_name(it),
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
        reqwest::Client::builder()
            .user_agent(concat!("Vestibule/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .pool_idle_timeout(IDLE_MAX)
            .dns_resolver(Arc::new(Guard(self.names.clone())))
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

impl From<Failure> for Error {
    #[track_caller]
    fn from(failure: Failure) -> Self {
        Self::internal(failure)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, SocketAddr};

    use super::*;
    use crate::net::{Lookup, PrivateTargets};

    fn http(private_targets: PrivateTargets, lookup: Lookup) -> Http {
        Http::new(Names { private_targets, lookup })
    }

    fn public() -> Http {
        http(PrivateTargets::None, None)
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
            assert!(http(PrivateTargets::All, None).target(url).is_err(), "{url}");
        }
        assert!(public().target("http://hooks.example/").is_err());
        assert!(http(PrivateTargets::All, None).target("http://hooks.example/").is_ok());
        assert!(http(PrivateTargets::All, None).target("http://127.0.0.1:9/x").is_ok());
        assert!(http(PrivateTargets::All, None).target("http://169.254.169.254/").is_err());
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
        let calls = http(PrivateTargets::None, Some(rebinding));
        assert_eq!(block(calls.send(get(&url))).unwrap_err(), Failure::Forbidden);
        assert!(listener.accept().is_err(), "nobody connected");
    }

    #[test]
    fn a_name_is_judged_by_what_it_resolves_to() {
        // As if the name were harmless: only its address gives it away.
        let request = get("https://localhost:1/");
        assert_eq!(block(public().send(request.clone())).unwrap_err(), Failure::Forbidden);
        let failed = block(http(PrivateTargets::All, None).send(request)).unwrap_err();
        assert!(matches!(failed, Failure::Unreachable(_)), "{failed}");
    }
}
