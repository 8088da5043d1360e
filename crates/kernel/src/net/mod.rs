//! The way out: every request that the program makes of its own accord, and its questions to DNS.
pub mod dns;
pub mod http;

use crate::context::Options;

/// Outgoing connections.
#[derive(Debug)]
pub struct Net {
    /// The resolver that proves domains.
    pub dns_server: Option<std::net::SocketAddr>,
    /// Whether loopback and private addresses may be reached.
    pub private_targets: bool,
    http: http::Http,
}

impl Net {
    pub(crate) fn new(options: &Options) -> Self {
        let private_targets = options.private_targets;
        let http = http::Http::new(private_targets);
        Self { dns_server: options.dns_server, private_targets, http }
    }
    /// The way out by HTTP.
    pub fn http(&self) -> &http::Http {
        &self.http
    }
}
