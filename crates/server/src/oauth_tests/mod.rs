//! OAuth for agents through HTTP, over everything that the program serves.
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::Response;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use tower::ServiceExt;
use url::Url;
use vestibule_kernel::secret::{Secret, digest_of};
use vestibule_kernel::testing::{World, each_engine, unescape};
use vestibule_surfaces::rest::Edge;

use super::tests::domains;
use crate::serve;

mod attacks;
mod dance;
mod documents;
mod tokens;

const ORIGIN: &str = "http://127.0.0.1:4100";
const CALLBACK: &str = "http://127.0.0.1:3118/callback";
const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more-4100";
/// Letters that something on the way might change.
const STATE: &str = "a+b c/d?e=f&g%20h;i\"j'k~ü";

/// The program, and a browser on it.
pub(super) struct Site<'a> {
    pub world: &'a World,
    edge: Edge,
    cookies: RefCell<BTreeMap<String, String>>,
    // The streams of /mcp end with it.
    _stop: tokio::sync::watch::Sender<bool>,
}

/// An answer.
pub(super) struct Seen {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Seen {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{}", self.text))
    }
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }
    /// Where the browser is led, by a redirect or by the page that takes the place of one.
    pub fn leads_to(&self) -> Url {
        let location = match self.headers.get(header::LOCATION) {
            Some(it) => it.to_str().unwrap().to_owned(),
            None => unescape(self.between("content=\"0; url=", "\"")),
        };
        location.parse().unwrap()
    }
    /// What the client learns by it.
    pub fn answer(&self) -> BTreeMap<String, String> {
        let url = self.leads_to();
        assert!(url.as_str().starts_with(CALLBACK), "{url}");
        let pairs: Vec<_> = url.query_pairs().into_owned().collect();
        let answer: BTreeMap<_, _> = pairs.iter().cloned().collect();
        assert_eq!(answer.len(), pairs.len(), "nothing is there twice: {url}");
        assert_eq!(answer["iss"], ORIGIN, "who answers is always told");
        answer
    }
    /// Whether a tool did what it was called for.
    pub fn is_done(&self) -> bool {
        let is_there = self.status == StatusCode::OK;
        is_there
            && self.json()["result"].is_object()
            && self.json()["result"]["isError"] != json!(true)
    }
    /// The OAuth error of the body.
    pub fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_else(|| panic!("{}", self.text)).to_owned()
    }
    pub fn between(&self, before: &str, after: &str) -> &str {
        let (_, rest) = self.text.split_once(before).unwrap_or_else(|| panic!("{}", self.text));
        rest.split_once(after).unwrap().0
    }
}

pub(super) fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

pub(super) fn challenge_of(verifier: &str) -> String {
    BASE64URL_NOPAD.encode(&HEXLOWER.decode(digest_of(verifier).as_bytes()).unwrap())
}

/// The path of the request of a client, with these parameters in the place of the usual ones.
pub(super) fn asking(client: &str, change: &[(&str, Option<&str>)]) -> String {
    let challenge = challenge_of(VERIFIER);
    let resource = format!("{ORIGIN}/mcp");
    let usual = [
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", CALLBACK),
        ("state", STATE),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("resource", &resource),
        ("scope", "read"),
    ];
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for (name, value) in usual {
        if !change.iter().any(|it| it.0 == name) {
            pairs.push((name, value));
        }
    }
    pairs.extend(change.iter().filter_map(|it| Some((it.0, it.1?))));
    format!("/agents/authorize?{}", form(&pairs))
}
/// Runs a case on each engine.
pub(super) fn each(case: impl Fn(&Site<'_>)) {
    each_engine(domains(), |world| case(&Site::of(world)));
}

impl<'a> Site<'a> {
    pub fn of(world: &'a World) -> Self {
        let (stop, stopping) = tokio::sync::watch::channel(false);
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let edge = world.block_on(async { serve::routes(&world.app, metrics, 0, stopping) });
        Self { world, edge: edge.unwrap(), cookies: RefCell::default(), _stop: stop }
    }
    /// Another browser.
    pub fn stranger(&self) -> Self {
        Self::of(self.world)
    }
    pub fn send(&self, mut request: Request<Body>) -> Seen {
        let cookies: Vec<String> =
            self.cookies.borrow().iter().map(|(k, v)| format!("{k}={v}")).collect();
        let headers = request.headers_mut();
        if !cookies.is_empty() {
            headers.insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        headers.entry(header::HOST).or_insert("127.0.0.1:4100".parse().unwrap());
        let address = SocketAddr::from(([203, 0, 113, 7], 40_000));
        request.extensions_mut().insert(ConnectInfo(address));
        let edge = self.edge.clone();
        let seen = self.world.block_on(async move {
            let response: Response = edge.oneshot(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            Seen { status: parts.status, headers: parts.headers, text }
        });
        for line in seen.headers.get_all(header::SET_COOKIE) {
            let (pair, _) = line.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
        }
        seen
    }
    pub fn get(&self, path: &str) -> Seen {
        self.send(Request::get(path).body(Body::empty()).unwrap())
    }
    /// Sends a form as a client does.
    pub fn post(&self, path: &str, pairs: &[(&str, &str)]) -> Seen {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form(pairs)));
        self.send(request.unwrap())
    }
    pub fn post_json(&self, path: &str, token: Option<&str>, body: &Value) -> Seen {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json, text/event-stream");
        let request = match token {
            Some(it) => request.header(header::AUTHORIZATION, format!("Bearer {it}")),
            None => request,
        };
        self.send(request.body(Body::from(body.to_string())).unwrap())
    }
    /// Registers a client; answers its id.
    pub fn registers(&self) -> String {
        let body = json!({ "client_name": "Claude", "redirect_uris": [CALLBACK] });
        let seen = self.post_json("/agents/register", None, &body);
        assert_eq!(seen.status, StatusCode::CREATED, "{}", seen.text);
        seen.json()["client_id"].as_str().unwrap().to_owned()
    }
    /// Opens the page of a request and sends its form, as a person does.
    pub fn answers(&self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let page = self.get(path);
        assert_eq!(page.status, StatusCode::OK, "{} {:?}", page.text, page.headers);
        self.submits(&page, fields)
    }
    pub fn submits(&self, page: &Seen, fields: &[(&str, &str)]) -> Seen {
        let action = unescape(page.between("action=\"", "\""));
        let mut pairs = vec![("csrf", page.between("name=\"csrf\" value=\"", "\""))];
        pairs.extend(fields);
        let request = Request::post(action)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, ORIGIN)
            .body(Body::from(form(&pairs)));
        self.send(request.unwrap())
    }
    /// A code for `scope`, which the holder of `key` allows whole.
    pub fn code(&self, client: &str, scope: &str, key: &Secret) -> String {
        let path = asking(client, &[("scope", Some(scope))]);
        let mut fields = vec![("key", key.reveal()), ("decision", "allow")];
        fields.extend(scope.split(' ').map(|it| (it, "yes")));
        let seen = self.answers(&path, &fields);
        assert_eq!(seen.status, StatusCode::OK, "{}", seen.text);
        let answer = seen.answer();
        assert_eq!(answer["state"], STATE, "letter by letter");
        answer["code"].clone()
    }
    pub fn redeems(&self, client: &str, code: &str, change: &[(&str, Option<&str>)]) -> Seen {
        let usual = [
            ("grant_type", "authorization_code"),
            ("client_id", client),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
            ("resource", "http://127.0.0.1:4100/mcp"),
        ];
        let mut pairs: Vec<(&str, &str)> = usual
            .into_iter()
            .filter(|it| !change.iter().any(|changed| changed.0 == it.0))
            .collect();
        pairs.extend(change.iter().filter_map(|it| Some((it.0, it.1?))));
        self.post("/agents/token", &pairs)
    }
    pub fn refreshes(&self, client: &str, token: &str, more: &[(&str, &str)]) -> Seen {
        let mut pairs =
            vec![("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", token)];
        pairs.extend(more);
        self.post("/agents/token", &pairs)
    }
    /// Tokens for `scope` of a client, let in with the key of the world.
    pub fn tokens(&self, client: &str, scope: &str) -> Value {
        let code = self.code(client, scope, &self.world.key);
        let seen = self.redeems(client, &code, &[]);
        assert_eq!(seen.status, StatusCode::OK, "{}", seen.text);
        seen.json()
    }
    /// Calls a tool of the view of the whole.
    pub fn tool(&self, token: &str, view: &str, name: &str, arguments: Value) -> Seen {
        let body = json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {
                "name": name, "arguments": arguments,
                "_meta": {
                    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                    "io.modelcontextprotocol/clientCapabilities": {},
                },
            },
        });
        let request = Request::post(format!("/mcp{view}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json, text/event-stream")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", "tools/call")
            .header("mcp-name", name)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::from(body.to_string()));
        self.send(request.unwrap())
    }
    /// Whether a token opens /mcp.
    pub fn opens(&self, token: &str) -> bool {
        let seen = self.tool(token, "/full", "organizations_list", json!({}));
        match seen.status {
            StatusCode::OK => {
                assert!(seen.is_done(), "{}", seen.text);
                true
            }
            StatusCode::UNAUTHORIZED => {
                let challenge = seen.header("www-authenticate");
                assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
                false
            }
            other => panic!("{other} {}", seen.text),
        }
    }
    /// The agent tokens, newest first.
    pub fn listed(&self) -> Vec<Value> {
        let all = self.world.call("agent_tokens.list", json!({})).unwrap();
        all["data"].as_array().unwrap().clone()
    }
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value}"))
}
