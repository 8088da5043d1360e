//! Receivers of log streams on this machine: one that speaks HTTP, and one that speaks syslog.
use std::collections::VecDeque;
use std::io::Read;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::sync::{Notify, mpsc};
use tokio_rustls::TlsAcceptor;

/// One request that a sink got.
#[derive(Clone, Debug)]
pub struct Got {
    pub method: Method,
    /// With its query.
    pub path: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Got {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
    /// The body as it was before gzip, if it was compressed.
    pub fn text(&self) -> String {
        if !self.body.starts_with(&[0x1f, 0x8b]) {
            return String::from_utf8(self.body.clone()).unwrap();
        }
        let mut text = String::new();
        flate2::read::GzDecoder::new(&self.body[..]).read_to_string(&mut text).unwrap();
        text
    }
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text()).unwrap()
    }
    /// JSON texts that stand one after another.
    pub fn lines(&self) -> Vec<Value> {
        self.text().lines().map(|it| serde_json::from_str(it).unwrap()).collect()
    }
}

/// What a sink does with a request.
#[derive(Clone)]
pub enum Act {
    Answer(u16, &'static str),
    /// With a header more.
    Busy(u16, &'static str, &'static str),
    /// Says nothing until it is told to.
    Hang(Arc<Notify>),
}

type Acts = Arc<Mutex<VecDeque<Act>>>;

/// A service that answers 200 where it was not told otherwise.
pub struct Sink {
    pub url: String,
    acts: Acts,
    got: mpsc::UnboundedReceiver<Got>,
}

impl Sink {
    pub async fn start() -> Self {
        let (tell, got) = mpsc::unbounded_channel();
        let acts = Acts::default();
        let router = axum::Router::new()
            .fallback(receive)
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state((tell, acts.clone()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, acts, got }
    }
    /// What becomes of the next requests.
    pub fn will(&self, acts: impl IntoIterator<Item = Act>) {
        self.acts.lock().unwrap().extend(acts);
    }
    /// Waits for the next request.
    pub async fn next(&mut self) -> Got {
        self.got.recv().await.unwrap()
    }
    /// The requests that came and were not looked at yet.
    pub fn all(&mut self) -> Vec<Got> {
        std::iter::from_fn(|| self.got.try_recv().ok()).collect()
    }
}

async fn receive(
    State((tell, acts)): State<(mpsc::UnboundedSender<Got>, Acts)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, HeaderMap, &'static str) {
    let act = acts.lock().unwrap().pop_front();
    tell.send(Got { method, path: uri.to_string(), headers, body: body.to_vec() }).ok();
    let mut more = HeaderMap::new();
    // Object stores name what they have taken.
    more.insert("etag", "\"1\"".parse().unwrap());
    let (status, body) = match act.unwrap_or(Act::Answer(200, "")) {
        Act::Answer(status, body) => (status, body),
        Act::Busy(status, name, value) => {
            more.insert(name, value.parse().unwrap());
            (status, "")
        }
        Act::Hang(release) => {
            release.notified().await;
            (200, "")
        }
    };
    (StatusCode::from_u16(status).unwrap(), more, body)
}

/// An authority that makes certificates.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }
    pub fn pem(&self) -> String {
        pem("CERTIFICATE", self.0.der())
    }
    /// A certificate for a name, and its key, both in PEM.
    pub fn certify(&self, name: &str) -> (String, String) {
        let (certificate, key) = self.sign(name);
        (pem("CERTIFICATE", certificate.der()), pem("PRIVATE KEY", &key.serialize_der()))
    }
    fn sign(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.0).unwrap(), key)
    }
}

/// The text of a file in PEM.
pub fn pem(label: &str, der: &[u8]) -> String {
    let text = data_encoding::BASE64.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|it| std::str::from_utf8(it).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// How a syslog server takes a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Manners {
    /// Reads all of it, then closes.
    Good,
    /// Breaks the connection as soon as it is made.
    Breaks,
}

/// A syslog server over TLS. It tells of the bytes of each connection, once it has ended.
pub struct Syslog {
    pub port: u16,
    got: mpsc::UnboundedReceiver<Vec<u8>>,
    pub manners: Arc<Mutex<Manners>>,
}

impl Syslog {
    /// It asks for a certificate of `clients`, if there is such an authority.
    pub async fn start(authority: &Authority, clients: Option<&Authority>) -> Self {
        let (tell, got) = mpsc::unbounded_channel();
        let (certificate, key) = authority.sign("localhost");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = rustls::ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(clients) => {
                let mut roots = rustls::RootCertStore::empty();
                roots.add(clients.0.der().clone()).unwrap();
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = builder.with_single_cert(vec![certificate.der().clone()], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let manners = Arc::new(Mutex::new(Manners::Good));
        let chosen = manners.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, tell) = (acceptor.clone(), tell.clone());
                let manners = *chosen.lock().unwrap();
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    if manners == Manners::Breaks {
                        // Nothing is read, so the other side gets a reset.
                        stream.get_ref().0.set_zero_linger().unwrap();
                        return;
                    }
                    let mut all = Vec::new();
                    if stream.read_to_end(&mut all).await.is_ok() {
                        tell.send(all).ok();
                    }
                });
            }
        });
        Self { port, got, manners }
    }
    /// Waits for a connection to end, and takes its messages apart by their lengths.
    pub async fn next(&mut self) -> Vec<String> {
        let bytes = self.got.recv().await.unwrap();
        let (mut rest, mut messages) = (&bytes[..], Vec::new());
        while !rest.is_empty() {
            let space = rest.iter().position(|it| *it == b' ').unwrap();
            let length: usize = std::str::from_utf8(&rest[..space]).unwrap().parse().unwrap();
            let (message, after) = rest[space + 1..].split_at(length);
            messages.push(String::from_utf8(message.to_vec()).unwrap());
            rest = after;
        }
        messages
    }
}
