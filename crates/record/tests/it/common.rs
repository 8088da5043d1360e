//! What the cases share: events to happen, and an application that receives webhooks.
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};
use vestibule_kernel::event::Event;
use vestibule_kernel::secret::hmac_sha256;
use vestibule_kernel::testing::{Domains, World, each_engine};
use vestibule_kernel::{FlowCx, Result};
use vestibule_record::webhooks::run_due;

pub fn domains() -> Domains {
    let handlers = [vestibule_record::HANDLERS, vestibule_messages::HANDLERS].concat();
    let handlers = Box::leak(handlers.into_boxed_slice());
    Domains { operations: vestibule_record::OPERATIONS, handlers, ..Domains::default() }
}

/// Runs a case on each engine, with an application that receives.
pub fn each_receiving(case: impl Fn(&World, Receiver)) {
    each_engine(domains(), |world| {
        let receiver = world.block_on(Receiver::start());
        case(world, receiver);
    });
}

/// Carries out all that is due, and tells how many deliveries that were.
pub fn deliver(world: &World) -> usize {
    world.block_on(run_due(&world.app)).unwrap()
}

/// The deliveries to an endpoint, newest first.
pub fn log(world: &World, endpoint: &Value) -> Vec<Value> {
    let input = json!({ "webhook_endpoint_id": endpoint["id"], "limit": 100 });
    let page = world.call("webhook_deliveries.list", input).unwrap();
    page["data"].as_array().unwrap().clone()
}

pub fn update(world: &World, endpoint: &Value, mut change: Value) {
    change["id"] = endpoint["id"].clone();
    world.call("webhook_endpoints.update", change).unwrap();
}

/// Lets an event happen.
pub fn emit(flow: &FlowCx, name: &'static str, data: Value) {
    flow.write(move |cx| cx.emit(&Event::<Value>::new(name), &data)).unwrap();
}

/// Lets an organization be created, so to speak.
pub fn create_organization(world: &World, id: &str) {
    emit(&world.flow(), "organization.created", organization(id));
}

pub fn organization(id: &str) -> Value {
    json!({
        "object": "organization",
        "id": id,
        "name": "Ünïcödé ✓",
        "domains": [],
        "metadata": {},
        "external_id": null,
        "created_at": "2026-01-15T12:00:00.000Z",
        "updated_at": "2026-01-15T12:00:00.000Z",
    })
}

pub fn domain(id: &str, organization: &str) -> Value {
    json!({
        "object": "organization_domain",
        "id": id,
        "organization_id": organization,
        "domain": "acme.test",
        "created_at": "2026-01-15T12:00:00.000Z",
        "updated_at": "2026-01-15T12:00:00.000Z",
    })
}

pub fn list(world: &World, input: Value) -> Result<Value> {
    world.call("events.list", input)
}

/// The ids of the objects that the events of a page tell of.
pub fn subjects(page: &Value) -> Vec<&str> {
    page["data"].as_array().unwrap().iter().map(|it| it["data"]["id"].as_str().unwrap()).collect()
}

/// One request that the receiver got.
#[derive(Clone, Debug)]
pub struct Received {
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Received {
    pub fn event(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
    pub fn subject(&self) -> String {
        self.event()["data"]["id"].as_str().unwrap().to_owned()
    }
    pub fn signature(&self) -> &str {
        self.headers["workos-signature"].to_str().unwrap()
    }
    /// The time of the signature, if it is right.
    pub fn verify(&self, secret: &str) -> Option<i64> {
        let (time, hash) = self.signature().strip_prefix("t=")?.split_once(", v1=")?;
        let message = format!("{time}.{}", self.body);
        (hmac_sha256(secret.as_bytes(), message.as_bytes()) == hash).then(|| time.parse().unwrap())
    }
}

/// What the receiver does with a request.
#[derive(Clone)]
pub enum Act {
    Answer(u16),
    /// 200 with this body.
    Say(String),
    /// 302 to this address.
    Redirect(String),
    /// Says nothing until it is told to.
    Hang(Arc<Notify>),
}

type Acts = Arc<Mutex<HashMap<String, VecDeque<Act>>>>;

/// An application on this machine. It answers 200 where it was not told otherwise.
pub struct Receiver {
    pub url: String,
    acts: Acts,
    got: mpsc::UnboundedReceiver<Received>,
}

impl Receiver {
    pub async fn start() -> Self {
        let (tell, got) = mpsc::unbounded_channel();
        let acts = Acts::default();
        let router = axum::Router::new().fallback(receive).with_state((tell, acts.clone()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, acts, got }
    }
    /// What becomes of the next requests to a path.
    pub fn will(&self, path: &str, acts: impl IntoIterator<Item = Act>) {
        self.acts.lock().unwrap().entry(path.to_owned()).or_default().extend(acts);
    }
    /// Waits for the next request.
    pub async fn next(&mut self) -> Received {
        self.got.recv().await.unwrap()
    }
    /// The requests that came and were not looked at yet.
    pub fn all(&mut self) -> Vec<Received> {
        std::iter::from_fn(|| self.got.try_recv().ok()).collect()
    }
    /// Subscribes a path to events and tells the endpoint.
    pub fn subscribe(&self, world: &World, path: &str, events: &[&str]) -> Value {
        let endpoint_url = format!("{}{path}", self.url);
        let input = json!({ "endpoint_url": endpoint_url, "events": events });
        world.call("webhook_endpoints.create", input).unwrap()
    }
}

async fn receive(
    State((tell, acts)): State<(mpsc::UnboundedSender<Received>, Acts)>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, HeaderMap, Vec<u8>) {
    let path = uri.path().to_owned();
    let act = acts.lock().unwrap().get_mut(&path).and_then(VecDeque::pop_front);
    let body = String::from_utf8(body.to_vec()).unwrap();
    tell.send(Received { path, headers, body }).ok();
    let mut headers = HeaderMap::new();
    let mut answer = "thank you".to_owned();
    let status = match act.unwrap_or(Act::Answer(200)) {
        Act::Answer(status) => status,
        Act::Say(text) => {
            answer = text;
            200
        }
        Act::Redirect(to) => {
            headers.insert("location", to.parse().unwrap());
            302
        }
        Act::Hang(release) => {
            release.notified().await;
            200
        }
    };
    (StatusCode::from_u16(status).unwrap(), headers, answer.into_bytes())
}
