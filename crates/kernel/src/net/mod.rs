//! The way out: every request that the program makes of its own accord, and its questions to DNS.
pub mod dns;
pub mod http;
mod private;
mod reach;
pub mod tls;

pub use private::{Allowed, PrivateTargets};
pub use reach::Lookup;

use crate::context::Options;
use http::{Failure, Outgoing};
use reach::Names;

/// Outgoing connections.
#[derive(Debug)]
pub struct Net {
    /// The resolver that proves domains.
    pub dns_server: Option<std::net::SocketAddr>,
    names: Names,
    http: http::Http,
}

impl Net {
    pub(crate) fn new(options: &Options) -> Self {
        let private_targets = options.private_targets.clone();
        let names = Names { private_targets, lookup: options.lookup };
        let http = http::Http::new(names.clone());
        Self { dns_server: options.dns_server, names, http }
    }
    /// The way out by HTTP.
    pub fn http(&self) -> &http::Http {
        &self.http
    }
    /// Sends a request and reads the whole answer. For a flow, whose thread may block; it belongs
    /// to the runtime of the program, which keeps the connection for the next request.
    pub fn fetch(&self, request: Outgoing, bytes_max: usize) -> Result<Fetched, Failure> {
        let runtime = tokio::runtime::Handle::try_current()
            .map_err(|it| Failure::Unreachable(it.to_string()))?;
        runtime.block_on(async {
            let answer = self.http.send(request).await?;
            let (status, content_type) = (answer.status(), answer.header("content-type"));
            let content_type = content_type.map(str::to_owned);
            Ok(Fetched { status, content_type, body: answer.body(bytes_max).await? })
        })
    }
}

/// An answer that was read to its end.
pub struct Fetched {
    /// The status.
    pub status: u16,
    /// The `Content-Type`.
    pub content_type: Option<String>,
    /// The body, which may hold secrets.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Fetched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fetched {} of {} bytes", self.status, self.body.len())
    }
}
