//! A provider of accounts on this machine: it says what a test has it say, and notes what it is asked.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use axum::Json;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use url::Url;
use vestibule_kernel::testing::World;

use crate::visitor::{Seen, Visitor};

/// The client that the application is to every provider of these tests.
pub const CLIENT: &str = "client-at-the-provider";
pub const SECRET: &str = "secret-at-the-provider";

/// What a provider says.
#[derive(Default)]
pub struct Says {
    pub token: Value,
    pub token_status: Option<u16>,
    pub userinfo: Value,
    pub emails: Value,
    pub keys: Vec<Value>,
    /// The forms that came to the token endpoint, with the `Authorization` of each.
    pub exchanged: Vec<(BTreeMap<String, String>, Option<String>)>,
    /// The bearers that came to the other endpoints.
    pub bearers: Vec<String>,
    /// How often the keys were fetched.
    pub key_fetches: usize,
}

#[derive(Clone)]
pub struct Provider {
    pub url: String,
    says: Arc<Mutex<Says>>,
}

type Shared = State<Arc<Mutex<Says>>>;

impl Provider {
    pub fn start(world: &World) -> Self {
        let says = Arc::new(Mutex::new(Says::default()));
        let shared = says.clone();
        let url = world.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let described = url.clone();
            let router = axum::Router::new()
                .route("/token", post(exchange))
                .route("/userinfo", get(userinfo))
                .route("/emails", get(emails))
                .route("/keys", get(keys))
                .route(
                    "/.well-known/openid-configuration",
                    get(async move || Json(description(&described))),
                )
                .with_state(shared);
            tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
            url
        });
        Self { url, says }
    }
    pub fn says<T>(&self, change: impl FnOnce(&mut Says) -> T) -> T {
        change(&mut self.says.lock().unwrap())
    }
    /// Sets this provider up under a name, by its issuer.
    pub fn set_up(&self, world: &World, name: &str, more: Value) -> Value {
        let mut input = json!({
            "provider": name,
            "client_id": CLIENT,
            "client_secret": SECRET,
            "issuer": self.url,
        });
        for (name, value) in more.as_object().unwrap() {
            match value {
                Value::Null => drop(input.as_object_mut().unwrap().remove(name)),
                value => input[name] = value.clone(),
            }
        }
        world.call("social_providers.set", input).unwrap()
    }
    /// Has it answer with an ID token of these claims, beside the usual ones.
    pub fn will_vouch(&self, world: &World, key: &Key, nonce: &str, claims: Value) {
        let now = world.app.now().millis() / 1000;
        let mut all = json!({
            "iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce,
        });
        for (name, value) in claims.as_object().unwrap() {
            all[name] = value.clone();
        }
        self.will_answer(&key.sign(&all));
    }
    /// Has it answer with this ID token.
    pub fn will_answer(&self, id_token: &str) {
        self.says(|it| {
            it.token = json!({
                "access_token": "at-1", "token_type": "Bearer", "expires_in": 3600,
                "refresh_token": "rt-1", "scope": "openid email", "id_token": id_token,
            });
        });
    }
}

fn description(url: &str) -> Value {
    json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "userinfo_endpoint": format!("{url}/userinfo"),
        "jwks_uri": format!("{url}/keys"),
        "end_session_endpoint": format!("{url}/sign-out?theme=dark"),
    })
}

async fn exchange(
    State(says): Shared,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    let mut says = says.lock().unwrap();
    let authorization = headers.get("authorization").map(|it| it.to_str().unwrap().to_owned());
    says.exchanged.push((form, authorization));
    let status = StatusCode::from_u16(says.token_status.unwrap_or(200)).unwrap();
    (status, Json(says.token.clone()))
}

fn note(says: &mut Says, headers: &HeaderMap) {
    let bearer = headers.get("authorization").map(|it| it.to_str().unwrap().to_owned());
    says.bearers.extend(bearer);
}

async fn userinfo(State(says): Shared, headers: HeaderMap) -> Json<Value> {
    let mut says = says.lock().unwrap();
    note(&mut says, &headers);
    Json(says.userinfo.clone())
}

async fn emails(State(says): Shared, headers: HeaderMap) -> Json<Value> {
    let mut says = says.lock().unwrap();
    note(&mut says, &headers);
    Json(says.emails.clone())
}

async fn keys(State(says): Shared) -> Json<Value> {
    let mut says = says.lock().unwrap();
    says.key_fetches += 1;
    Json(json!({ "keys": says.keys }))
}

/// A key that signs ID tokens (ES256).
pub struct Key {
    pair: EcdsaKeyPair,
    pub id: &'static str,
}

impl Key {
    pub fn new(id: &'static str) -> Self {
        Self { pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(), id }
    }
    pub fn public(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.id,
            "x": BASE64URL_NOPAD.encode(&point[1..33]), "y": BASE64URL_NOPAD.encode(&point[33..]),
        })
    }
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_under(&json!({ "alg": "ES256", "kid": self.id, "typ": "JWT" }), claims)
    }
    pub fn sign_under(&self, header: &Value, claims: &Value) -> String {
        let message = unsigned(header, claims);
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
    }
}

/// Header and claims of a token, without a signature.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |it: &Value| BASE64URL_NOPAD.encode(it.to_string().as_bytes());
    format!("{}.{}", part(header), part(claims))
}

/// Where a browser was sent, and what was sent along.
pub struct Away {
    pub url: Url,
    pub parameters: BTreeMap<String, String>,
}

impl Away {
    pub fn of(seen: &Seen) -> Self {
        let location = seen.header("location").unwrap_or_else(|| panic!("{}", seen.text));
        let url: Url = location.parse().unwrap_or_else(|_| panic!("{location}"));
        let parameters = url.query_pairs().into_owned().collect();
        Self { url, parameters }
    }
    pub fn get(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }
}

impl Visitor<'_> {
    /// Comes from the application and leaves for a provider by its button.
    pub fn leaves_for(&mut self, name: &str) -> Away {
        let first = self.begins(json!({}));
        let path = format!("{}/provider/{name}", first.path.trim_end_matches("/sign-in"));
        assert!(first.text.contains(&path.replace('/', "&#x2f;")), "no button: {}", first.text);
        Away::of(&self.get(&path))
    }
    /// Comes from an application that asks for the provider itself.
    pub fn is_sent_to(&mut self, parameters: Value) -> Away {
        let path = self.comes_from_application(parameters);
        let mut seen = self.get(&path);
        for _ in 0..3 {
            let location = seen.header("location").unwrap_or_else(|| panic!("{}", seen.text));
            if !location.starts_with('/') {
                return Away::of(&seen);
            }
            let location = location.to_owned();
            seen = self.get(&location);
        }
        panic!("too many redirects");
    }
    /// Comes back from a provider with these parameters.
    pub fn comes_back(&mut self, name: &str, parameters: &[(&str, &str)]) -> Seen {
        let query =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        self.get(&format!("/sso/oauth/client_01/{name}/callback?{query}"))
    }
    /// The same; answers the path of that page, or where else the browser is sent.
    pub fn goes_on_or_back(&mut self, seen: Seen) -> String {
        match seen.header("location").map(str::to_owned) {
            Some(location) if !location.starts_with('/') => location,
            _ => self.goes_on(seen).path,
        }
    }
    /// Goes where an answer of ours leads, if that is a page of ours.
    pub fn goes_on(&mut self, seen: Seen) -> Seen {
        match seen.header("location").map(str::to_owned) {
            Some(location) => self.opens(&location),
            None => seen,
        }
    }
}

/// The parameters with which the application gets its browser back.
pub fn back(seen: &Seen) -> BTreeMap<String, String> {
    let away = Away::of(seen);
    assert!(away.url.as_str().starts_with(crate::visitor::CALLBACK), "{}", away.url);
    away.parameters
}
