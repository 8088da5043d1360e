//! Domains and the DNS server that proves them.
use serde_json::{Value, json};
use vestibule_kernel::Result;
use vestibule_kernel::context::Options;
use vestibule_kernel::testing::{NameServer, World, each_engine_with, options};

use crate::support::{PEOPLE, id};

/// Runs a case on each engine, with a DNS server that knows no name yet.
pub fn with_names(case: impl Fn(&World, &NameServer)) {
    // The engines share the options, so the server is one for both; names are made fresh.
    let names = NameServer::start();
    let options = Options { dns_server: Some(names.address()), ..options() };
    each_engine_with(PEOPLE, &options, |world| {
        names.forget();
        case(world, &names);
    });
}

/// Adds a domain to an organization.
pub fn add(world: &World, organization: &Value, domain: &str) -> Result<Value> {
    let input = json!({ "domain": domain, "organization_id": organization["id"] });
    world.call("organization_domains.create", input)
}

/// The domain as it is now.
pub fn get(world: &World, domain: &Value) -> Value {
    world.call("organization_domains.get", json!({ "id": domain["id"] })).unwrap()
}

/// The state of a domain now.
pub fn state(world: &World, domain: &Value) -> String {
    get(world, domain)["state"].as_str().unwrap().to_owned()
}

/// Asks for the verification of a domain.
pub fn verify(world: &World, domain: &Value) -> Result<Value> {
    world.call("organization_domains.verify", json!({ "id": domain["id"] }))
}

/// The TXT record that proves a domain.
pub fn record(domain: &Value) -> String {
    let text = |key: &str| domain[key].as_str().unwrap();
    format!("{}={}", text("verification_prefix"), text("verification_token"))
}

/// The events of domains after the first `count` events: name, id of the domain, reason.
pub fn told(world: &World, count: usize) -> Vec<(String, String, Option<String>)> {
    let told = world.events().into_iter().skip(count).map(|(name, payload)| {
        let reason = payload["reason"].as_str().map(str::to_owned);
        let domain = payload.get("organization_domain").unwrap_or(&payload);
        (name, id(domain).to_owned(), reason)
    });
    told.collect()
}

/// An event as [`told`] has it.
pub fn event(name: &str, domain: &Value, reason: Option<&str>) -> (String, String, Option<String>) {
    let name = format!("organization_domain.{name}");
    (name, id(domain).to_owned(), reason.map(str::to_owned))
}
