//! Someone with a browser, as far as the server can tell: keeps cookies, reads forms, sends them.
use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use tower::ServiceExt;
use vestibule_kernel::testing::World;

pub const ORIGIN: &str = "http://127.0.0.1:4100";

/// A browser.
pub struct Visitor<'a> {
    world: &'a World,
    router: Router,
    pub cookies: BTreeMap<String, String>,
    pub ip: [u8; 4],
}

/// An answer.
pub struct Seen {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl<'a> Visitor<'a> {
    pub fn new(world: &'a World) -> Self {
        let router = vestibule_pages::router(&world.app);
        Self { world, router, cookies: BTreeMap::new(), ip: [203, 0, 113, 7] }
    }
    pub fn get(&mut self, path: &str) -> Seen {
        self.ask(Request::get(path).body(Body::empty()).unwrap())
    }
    /// Sends exactly these fields.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        self.post_from(path, fields, Some(ORIGIN))
    }
    pub fn post_from(&mut self, path: &str, fields: &[(&str, &str)], origin: Option<&str>) -> Seen {
        let body =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = match origin {
            Some(origin) => request.header(header::ORIGIN, origin),
            None => request,
        };
        self.ask(request.body(Body::from(body)).unwrap())
    }
    pub fn ask(&mut self, mut request: Request<Body>) -> Seen {
        let cookies: Vec<String> = self.cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let headers = request.headers_mut();
        if !cookies.is_empty() {
            headers.insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        headers.insert("x-request-id", "request-0815".parse().unwrap());
        let host = self.world.app.options().public_url.split_once("://").unwrap().1.to_owned();
        headers.insert(header::HOST, host.parse().unwrap());
        headers.insert(header::USER_AGENT, "Visitor/1.0".parse().unwrap());
        let address = SocketAddr::from((self.ip, 40_000));
        request.extensions_mut().insert(ConnectInfo(address));
        let router = self.router.clone();
        let seen = self.world.block_on(async move {
            let response = router.oneshot(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            Seen { status: parts.status, headers: parts.headers, text }
        });
        for line in seen.headers.get_all(header::SET_COOKIE) {
            self.keep(line.to_str().unwrap());
        }
        seen
    }
    fn keep(&mut self, line: &str) {
        let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
        let (name, value) = pair.split_once('=').unwrap();
        if attributes.contains("Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|it| it.to_str().unwrap())
    }
    /// The token of the forms of the page.
    pub fn csrf(&self) -> String {
        let mark = "name=\"csrf\" value=\"";
        let (_, rest) = self.text.split_once(mark).unwrap_or_else(|| panic!("{}", self.text));
        rest.split_once('"').unwrap().0.to_owned()
    }
    pub fn cookie_lines(&self) -> Vec<&str> {
        self.headers.get_all(header::SET_COOKIE).iter().map(|it| it.to_str().unwrap()).collect()
    }
}
