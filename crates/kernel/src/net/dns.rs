//! Questions to DNS: the TXT records that prove a domain.
use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData};

use super::Net;
use crate::{Error, Result};

/// How long a question may take, with all its retries.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(5);
/// How long one try of a question may take.
const TRY_TIME_MAX: Duration = Duration::from_millis(2_400);
/// How many records of an answer are looked at.
const RECORDS_MAX: usize = 200;
/// How many bytes of text an answer may have.
const TEXT_BYTES_MAX: usize = 64 * 1024;

impl Net {
    /// The texts of the TXT records at `name`, none where there are no such records; an error
    /// where the resolver does not answer. Blocks the thread for 5 seconds at the most; callable
    /// inside of a runtime and outside.
    ///
    /// Nothing is kept from one question to the next, so that a record is found as soon as the
    /// resolver tells of it.
    pub fn lookup_txt(&self, name: &str) -> Result<Vec<String>> {
        let mut name = Name::from_ascii(name).map_err(Error::internal)?;
        // The domains that the system searches are not meant.
        name.set_fqdn(true);
        let server = self.dns_server;
        // A thread of its own may start a runtime, which the caller's may not, if it is in one.
        std::thread::Builder::new()
            .name("dns".to_owned())
            .spawn(move || ask(name, server))
            .map_err(Error::internal)?
            .join()
            .map_err(|_| Error::internal("a question to DNS panicked"))?
    }
}

fn ask(name: Name, server: Option<SocketAddr>) -> Result<Vec<String>> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(no_answer)?;
    runtime.block_on(async {
        let resolver = resolver(server).map_err(no_answer)?;
        let asked = tokio::time::timeout(ANSWER_TIME_MAX, resolver.txt_lookup(name)).await;
        match asked.map_err(no_answer)? {
            Ok(answer) => Ok(texts(answer.answers().iter().map(|it| &it.data))),
            Err(error) if error.is_no_records_found() => Ok(Vec::new()),
            Err(error) => Err(no_answer(error)),
        }
    })
}

fn resolver(server: Option<SocketAddr>) -> std::result::Result<TokioResolver, NetError> {
    let mut builder = match server {
        Some(server) => {
            let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()]
                .map(|mut it| {
                    it.port = server.port();
                    it
                })
                .to_vec();
            let server = NameServerConfig::new(server.ip(), true, connections);
            let config = ResolverConfig::from_name_servers(vec![server]);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        }
        None => TokioResolver::builder_tokio()?,
    };
    let options: &mut ResolverOpts = builder.options_mut();
    options.timeout = TRY_TIME_MAX;
    options.attempts = 1;
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    builder.build()
}

/// The texts of TXT records, each put together from its strings (RFC 7208 §3.3), up to the limits.
fn texts<'a>(records: impl Iterator<Item = &'a RData>) -> Vec<String> {
    let mut room = TEXT_BYTES_MAX;
    let mut texts = Vec::new();
    for record in records.take(RECORDS_MAX) {
        let RData::TXT(record) = record else { continue };
        let bytes = record.txt_data.concat();
        let Some(rest) = room.checked_sub(bytes.len()) else { break };
        room = rest;
        texts.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    texts
}

#[track_caller]
fn no_answer(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::unavailable("The DNS resolver did not answer.", 1).caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Options;
    use crate::testing::NameServer;

    fn net(server: SocketAddr) -> Net {
        Net::new(&Options { dns_server: Some(server), ..Options::default() })
    }

    #[test]
    fn all_texts_of_a_name_are_answered_each_put_together() {
        let server = NameServer::start();
        let long = "x".repeat(300);
        server.set_texts("acme.example", &["v=spf1 -all", "a=b", "", &long]);
        let found = net(server.address()).lookup_txt("acme.example").unwrap();
        assert_eq!(found, ["v=spf1 -all", "a=b", "", &long]);
        assert_eq!(server.asked().first().unwrap(), "acme.example");
    }

    #[test]
    fn a_name_without_records_has_no_texts() {
        let server = NameServer::start();
        server.set_texts("empty.example", &[]);
        let net = net(server.address());
        assert_eq!(net.lookup_txt("empty.example").unwrap(), Vec::<String>::new());
        assert_eq!(net.lookup_txt("unknown.example").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_record_that_comes_later_is_found() {
        let server = NameServer::start();
        let net = net(server.address());
        assert!(net.lookup_txt("acme.example").unwrap().is_empty());
        server.set_texts("acme.example", &["a=b"]);
        assert_eq!(net.lookup_txt("acme.example").unwrap(), ["a=b"]);
    }

    #[test]
    fn a_long_answer_comes_over_tcp_and_is_cut_at_the_limits() {
        let server = NameServer::start();
        let many = vec!["short"; RECORDS_MAX + 50];
        server.set_texts("many.example", &many);
        let found = net(server.address()).lookup_txt("many.example").unwrap();
        assert_eq!(found.len(), RECORDS_MAX);
    }

    #[test]
    fn texts_beyond_the_room_are_left_out() {
        use hickory_resolver::proto::rr::rdata::TXT;
        let big = RData::TXT(TXT::new(vec!["x".repeat(250); 150]));
        assert_eq!(texts([&big, &big].into_iter()).len(), 1);
    }

    #[test]
    fn a_resolver_that_refuses_or_is_not_there_is_an_error() {
        let server = NameServer::start();
        server.refuse(true);
        let error = net(server.address()).lookup_txt("acme.example").unwrap_err();
        assert_eq!(error.status(), 503);
        let nobody = crate::testing::options().dns_server.unwrap();
        let error = net(nobody).lookup_txt("acme.example").unwrap_err();
        assert_eq!(error.status(), 503);
    }

    #[test]
    fn a_resolver_that_says_nothing_is_an_error_in_time() {
        let server = NameServer::start();
        server.be_silent();
        assert!(net(server.address()).lookup_txt("acme.example").is_err());
    }

    #[test]
    fn a_question_may_be_asked_inside_a_runtime() {
        let server = NameServer::start();
        server.set_texts("acme.example", &["a=b"]);
        let net = net(server.address());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let found = runtime.block_on(async { net.lookup_txt("acme.example") }).unwrap();
        assert_eq!(found, ["a=b"]);
    }
}
