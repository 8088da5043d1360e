//! Someone with a browser, as far as the server can tell: keeps cookies, reads forms, sends them.
use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt;
use url::Url;
use vestibule_kernel::testing::{World, unescape};

pub const ORIGIN: &str = "http://127.0.0.1:4100";
pub const CALLBACK: &str = "http://localhost:3000/callback";

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
    pub path: String,
}

impl<'a> Visitor<'a> {
    pub fn new(world: &'a World) -> Self {
        let router = vestibule_pages::router(&world.app);
        Self { world, router, cookies: BTreeMap::new(), ip: [203, 0, 113, 7] }
    }
    pub fn get(&mut self, path: &str) -> Seen {
        self.ask(Request::get(path).body(Body::empty()).unwrap())
    }
    /// Comes from the application, with these parameters besides the usual ones; answers where the
    /// browser is sent.
    pub fn comes_from_application(&mut self, parameters: Value) -> String {
        let mut input = json!({
            "client_id": "client_01",
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "provider": "authkit",
            "state": "kept",
        });
        for (name, value) in parameters.as_object().unwrap() {
            match value {
                Value::Null => drop(input.as_object_mut().unwrap().remove(name)),
                value => input[name] = value.clone(),
            }
        }
        let request = vestibule_kernel::Request {
            cookies: self.cookies.clone().into_iter().collect(),
            ..Default::default()
        };
        let reply = self.world.call_as(request, "user_management.authorize", input).unwrap();
        reply.cookies.iter().for_each(|it| self.keep(it));
        reply.location.unwrap()
    }
    /// The same, and opens the page.
    pub fn begins(&mut self, parameters: Value) -> Seen {
        let path = self.comes_from_application(parameters);
        self.opens(&path)
    }
    /// Types the address on the first page, and the password on the next.
    pub fn signs_in(&mut self, email: &str, password: &str) -> Seen {
        let first = self.begins(json!({}));
        let second = self.sends(&first, &[("email", email)]);
        self.sends(&second, &[("password", password)])
    }
    /// Opens a page and goes where it leads, up to the page that shows something.
    pub fn opens(&mut self, path: &str) -> Seen {
        let seen = self.get(path);
        self.follow(path, seen)
    }
    /// Fills in the form of a page and sends it, then goes where that leads.
    pub fn sends(&mut self, page: &Seen, fields: &[(&str, &str)]) -> Seen {
        let action = page.action();
        let token = page.csrf();
        let mut all = vec![("csrf", token.as_str())];
        all.extend(fields);
        let seen = self.post(&action, &all);
        self.follow(&action, seen)
    }
    pub fn follow(&mut self, path: &str, mut seen: Seen) -> Seen {
        path.clone_into(&mut seen.path);
        for _ in 0..5 {
            let Some(location) = seen.header("location").map(str::to_owned) else { return seen };
            assert!(location.starts_with('/') && !location.starts_with("//"), "{location}");
            seen = self.get(&location);
            seen.path = location;
        }
        panic!("too many redirects, last to {}", seen.path);
    }
    /// Sends exactly these fields.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let origin = self.world.app.options().public_url.clone();
        self.post_from(path, fields, Some(&origin))
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
            Seen { status: parts.status, headers: parts.headers, text, path: String::new() }
        });
        for line in seen.headers.get_all(header::SET_COOKIE) {
            self.keep(line.to_str().unwrap());
        }
        seen
    }
    pub fn keep(&mut self, line: &str) {
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
    pub fn heading(&self) -> String {
        let (_, rest) = self.text.split_once("<h1>").unwrap_or_else(|| panic!("{}", self.text));
        unescape(rest.split_once("</h1>").unwrap().0)
    }
    /// What the page says was wrong.
    pub fn alert(&self) -> String {
        let (_, rest) = self
            .text
            .split_once("role=\"alert\"")
            .unwrap_or_else(|| panic!("nothing was wrong: {}", self.text));
        let (_, rest) = rest.split_once("-problem\">").unwrap();
        unescape(rest.split_once("</p>").unwrap().0)
    }
    /// Where the first form of the page goes.
    pub fn action(&self) -> String {
        self.actions().remove(0)
    }
    pub fn actions(&self) -> Vec<String> {
        let forms = self.text.split("<form").skip(1);
        forms
            .map(|it| it.split_once("action=\"").unwrap().1.split_once('"').unwrap().0)
            .map(unescape)
            .collect()
    }
    /// The value of an input of the page.
    pub fn value(&self, name: &str) -> Option<String> {
        let (_, rest) = self.text.split_once(&format!("name=\"{name}\""))?;
        let (_, rest) = rest.split_once('>').unwrap().0.split_once("value=\"")?;
        Some(unescape(rest.split_once('"').unwrap().0))
    }
    /// Where the page leads by itself: back to the application.
    pub fn leads_to(&self) -> Option<Url> {
        let Some(there) = self.leads_on() else {
            // Over the page with recovery codes.
            return self
                .text
                .contains("class=\"primary\" href=")
                .then(|| self.goes_on().parse().ok())?;
        };
        Some(there.parse().unwrap())
    }
    /// The same, which may be a page of ours.
    pub fn leads_on(&self) -> Option<String> {
        let (_, rest) = self.text.split_once("content=\"0; url=")?;
        Some(unescape(rest.split_once('"').unwrap().0))
    }
    /// Where the main link of the page goes.
    pub fn goes_on(&self) -> String {
        let mark = "class=\"primary\" href=\"";
        let (_, rest) = self.text.split_once(mark).unwrap_or_else(|| panic!("{}", self.text));
        unescape(rest.split_once('"').unwrap().0)
    }
    /// The code that the page takes back to the application.
    pub fn code(&self) -> String {
        let url = self.leads_to().unwrap_or_else(|| panic!("{}", self.text));
        assert!(url.as_str().starts_with(CALLBACK), "{url}");
        let pairs: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
        assert_eq!(pairs.get("state").map(String::as_str), Some("kept"), "{url}");
        pairs.get("code").unwrap_or_else(|| panic!("{url}")).clone()
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
