//! Outgoing TLS for protocols other than HTTP, under the same rules: never to an address that is
//! not public, unless that was allowed at the start, and bounded in time.
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::Net;
use super::http::Failure;
use crate::secret::Secret;

/// Who is trusted, and by what we are known.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The certificate authorities to trust in the place of the public ones, in PEM.
    pub authority: Option<String>,
    /// Our certificate with those it stands on, in PEM, and its private key, in PEM.
    pub identity: Option<(String, Secret)>,
}

impl Trust {
    /// Tells what is wrong with it, if anything is.
    pub fn check(&self) -> Result<(), Failure> {
        self.config().map(|_| ())
    }

    fn config(&self) -> Result<ClientConfig, Failure> {
        let refused = |why: String| Failure::Target(why);
        let roots = match &self.authority {
            None => public_roots(),
            Some(text) => authorities(text)?,
        };
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|it| refused(it.to_string()))?
            .with_root_certificates(roots);
        let Some((chain, key)) = &self.identity else {
            return Ok(builder.with_no_client_auth());
        };
        let key = PrivateKeyDer::from_pem_slice(key.reveal().as_bytes())
            .map_err(|_| refused("The private key is no key in PEM.".to_owned()))?;
        builder
            .with_client_auth_cert(certificates(chain)?, key)
            .map_err(|it| refused(format!("The client certificate cannot be used: {it}.")))
    }
}

/// The authorities that the program carries.
pub(super) fn public_roots() -> RootCertStore {
    webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()
}

fn authorities(text: &str) -> Result<RootCertStore, Failure> {
    let mut roots = RootCertStore::empty();
    for it in certificates(text)? {
        roots
            .add(it)
            .map_err(|it| Failure::Target(format!("A certificate cannot be trusted: {it}.")))?;
    }
    Ok(roots)
}

fn certificates(text: &str) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(Failure::Target("There is no certificate in PEM.".to_owned())),
    }
}

impl Net {
    /// Tells why a host may not be called, as far as its name tells.
    pub fn check_host(&self, host: &str) -> Result<(), Failure> {
        self.http().target(&format!("https://{}/", bracketed(host))).and_then(|it| {
            // What the parser of addresses takes for more than a host would lead elsewhere.
            let url = it.url();
            let plain = url.port().is_none() && url.path() == "/" && url.username().is_empty();
            let plain = plain && url.query().is_none() && url.fragment().is_none();
            plain.then_some(()).ok_or_else(|| Failure::Target("Not the name of a host.".to_owned()))
        })
    }

    /// Connects to a host by TLS. The name is resolved here, and the connection is made to an
    /// address that was looked at.
    pub async fn connect_tls(
        &self,
        host: &str,
        port: u16,
        trust: &Trust,
        timeout: Duration,
    ) -> Result<TlsStream<TcpStream>, Failure> {
        self.check_host(host)?;
        let config = Arc::new(trust.config()?);
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| Failure::Target("Not the name of a host.".to_owned()))?;
        let connect = async {
            let found = self.names.reachable(host, port).await.map_err(broken)?;
            let addresses = found.ok_or(Failure::Forbidden)?;
            let stream = TcpStream::connect(&addresses[..]).await.map_err(broken)?;
            TlsConnector::from(config).connect(name, stream).await.map_err(broken)
        };
        tokio::time::timeout(timeout, connect).await.map_err(|_| Failure::TimedOut)?
    }
}

/// As an address of the web has it.
fn bracketed(host: &str) -> String {
    if host.parse::<std::net::Ipv6Addr>().is_ok() { format!("[{host}]") } else { host.to_owned() }
}

fn broken(error: std::io::Error) -> Failure {
    Failure::Unreachable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Options;
    use crate::net::PrivateTargets;

    fn net(private_targets: PrivateTargets) -> Net {
        Net::new(&Options { private_targets, ..Options::default() })
    }

    #[test]
    fn no_spelling_of_a_host_leads_inside() {
        for host in ["127.0.0.1", "::1", "localhost", "2130706433", "0x7f.1", "169.254.169.254"] {
            assert!(net(PrivateTargets::None).check_host(host).is_err(), "{host}");
        }
        for host in ["", "logs.example:6514", "logs.example/x", "a@logs.example", "logs.example?x"]
        {
            assert!(net(PrivateTargets::All).check_host(host).is_err(), "{host}");
        }
        assert!(net(PrivateTargets::All).check_host("169.254.169.254").is_err());
        assert!(net(PrivateTargets::All).check_host("127.0.0.1").is_ok());
        assert!(net(PrivateTargets::None).check_host("logs.example").is_ok());
        assert!(net(PrivateTargets::None).check_host("2606:4700:4700::1111").is_ok());
    }

    #[test]
    fn a_name_that_resolves_to_this_machine_is_not_connected_to() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        // As if the name were harmless: only its address gives it away.
        let names = |private_targets| net(private_targets).names;
        let found = names(PrivateTargets::None);
        let found = runtime.block_on(found.reachable("localhost", port)).unwrap();
        assert_eq!(found, None);
        let found = names(PrivateTargets::All);
        let found = runtime.block_on(found.reachable("localhost", port)).unwrap();
        assert!(found.is_some());
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let trust = Trust { authority: Some("nonsense".to_owned()), identity: None };
        assert!(matches!(trust.check(), Err(Failure::Target(_))));
        assert!(Trust::default().check().is_ok());
    }
}
