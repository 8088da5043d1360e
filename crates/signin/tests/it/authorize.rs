//! Hosted sign-in: the way from an application to the pages and back, and the attacks on it.
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use vestibule_kernel::Request;
use vestibule_kernel::catalog::Reply;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::testing::{World, each_engine};
use vestibule_signin::authenticate::attempt::{self, Needs, Outcome};
use vestibule_signin::authenticate::credentials::{self, NewAccount};
use vestibule_signin::authenticate::steps;
use vestibule_signin::authorize::{self, AuthorizationRequest, Finished};

use crate::support::*;

const VERIFIER: &str = "a-verifier-of-forty-three-letters-or-more-0123";

/// Someone's browser: the cookies that we gave it.
#[derive(Default)]
pub struct Browser {
    cookies: Vec<(String, String)>,
}

impl Browser {
    fn request(&self) -> Request {
        Request {
            cookies: self.cookies.clone(),
            ip_address: Some("203.0.113.7".to_owned()),
            user_agent: Some("Browser/1.0".to_owned()),
            ..Request::default()
        }
    }
    fn keep(&mut self, lines: &[String]) {
        for line in lines {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|it| it.0 != name);
            if !line.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }
    /// Follows a link of the application.
    fn go(&mut self, world: &World, change: Value) -> vestibule_kernel::Result<Reply> {
        let mut input = json!({
            "client_id": "client_01",
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "provider": "authkit",
            "state": "the state",
        });
        for (name, value) in change.as_object().unwrap() {
            match value {
                Value::Null => drop(input.as_object_mut().unwrap().remove(name)),
                value => input[name] = value.clone(),
            }
        }
        let reply = world.call_as(self.request(), "user_management.authorize", input)?;
        self.keep(&reply.cookies);
        Ok(reply)
    }
    /// The same, to the pages.
    pub fn reach_pages(&mut self, world: &World, change: Value) -> Pages {
        let location = self.go(world, change).unwrap().location.unwrap();
        let id = location.strip_prefix("/authkit/").unwrap_or_else(|| panic!("{location}"));
        self.open(world, id).unwrap()
    }
    fn open(&self, world: &World, id: &str) -> Option<Pages> {
        let (flow, request) = authorize::open(&world.app, id, self.request()).unwrap()?;
        Some(Pages { flow, request })
    }
    /// Types the password and goes back to the application; answers the parameters it gets.
    fn sign_in(&mut self, world: &World, change: Value) -> Value {
        let pages = self.reach_pages(world, change);
        let finished = pages.finish(pages.password().unwrap());
        self.keep(&finished.cookies);
        parameters(&finished.location)
    }
}

/// The pages that a browser is on, without their looks.
pub struct Pages {
    pub flow: vestibule_kernel::FlowCx,
    pub request: AuthorizationRequest,
}

impl Pages {
    fn password(&self) -> vestibule_kernel::Result<Outcome> {
        let visitor = self.request.visitor(&self.flow.app, self.flow.request())?;
        let wish = self.flow.read(|cx| self.request.wish(cx))?;
        credentials::password(&self.flow, &visitor, &wish, EMAIL, &Secret::new(PASSWORD))
    }
    fn finish(&self, outcome: Outcome) -> Finished {
        let Outcome::SignedIn(it) = outcome else { panic!("{outcome:?}") };
        let request = self.request.clone();
        self.flow.write(move |cx| authorize::finish(cx, &request, &it)).unwrap()
    }
}

/// The parameters that the application gets with the browser.
fn parameters(location: &str) -> Value {
    let (address, query) = location.split_once('?').unwrap();
    assert_eq!(address, CALLBACK);
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    Value::Object(pairs.map(|(name, value)| (name.into_owned(), json!(value))).collect())
}

fn exchange(world: &World, code: &Value) -> vestibule_kernel::Result<Value> {
    authenticate(world, "authorization_code", json!({ "code": code }))
}

fn challenge() -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, VERIFIER.as_bytes());
    BASE64URL_NOPAD.encode(digest.as_ref())
}

fn pkce() -> Value {
    json!({ "code_challenge": challenge(), "code_challenge_method": "S256" })
}

/// The application is registered and Ada is a user.
fn world_of_ada(world: &World) -> String {
    world.call("redirect_uris.create", json!({ "uri": CALLBACK })).unwrap();
    user(world, EMAIL)
}

#[test]
fn a_code_of_the_pages_is_exchanged_for_tokens() {
    each_engine(domains(), |world| {
        let ada = world_of_ada(world);
        let organization = join(world, &ada, "Acme");
        let mut browser = Browser::default();
        let back = browser.sign_in(world, json!({}));
        assert_eq!(back["state"], "the state");
        let reply = exchange(world, &back["code"]).unwrap();
        assert_eq!(reply["user"]["id"], json!(ada));
        assert_eq!(reply["organization_id"], json!(organization));
        assert_eq!(reply["authentication_method"], "Password");
        assert_eq!(sessions(world, &ada), [text(&claims(&reply)["sid"])]);
        let created = last(world, "session.created");
        let from = (&created["ip_address"], &created["user_agent"]);
        assert_eq!(from, (&json!("203.0.113.7"), &json!("Browser/1.0")));
        assert_eq!(count(world, "session.created"), 1);
        refresh(world, &reply["refresh_token"]).unwrap();
    });
}

#[test]
fn a_code_comes_back_once_and_its_replay_ends_the_session() {
    each_engine(domains(), |world| {
        let ada = world_of_ada(world);
        let back = Browser::default().sign_in(world, json!({}));
        let reply = exchange(world, &back["code"]).unwrap();
        let error = exchange(world, &back["code"]).unwrap_err();
        let code = text(&back["code"]);
        let description = format!("The code '{code}' has expired or is invalid.");
        let expected = json!({ "error": "invalid_grant", "error_description": description });
        assert_eq!(body(&error), (400, expected));
        assert!(sessions(world, &ada).is_empty());
        assert_eq!(last(world, "session.revoked")["id"], claims(&reply)["sid"]);
        assert_eq!(refresh(world, &reply["refresh_token"]).unwrap_err().code(), "invalid_grant");
    });
}

#[test]
fn a_code_needs_the_verifier_of_its_challenge() {
    each_engine(domains(), |world| {
        world_of_ada(world);
        let code = Browser::default().sign_in(world, pkce())["code"].clone();
        let give = |verifier: Option<&str>, public: bool| {
            let mut input = json!({ "code": code });
            if let Some(it) = verifier {
                input["code_verifier"] = json!(it);
            }
            if public {
                return authenticate_publicly(world, "authorization_code", input)?.json();
            }
            authenticate(world, "authorization_code", input)
        };
        let missing = give(None, false).unwrap_err().body();
        let expected = json!({
            "error": "invalid_request",
            "error_description": "code_verifier is required.",
        });
        assert_eq!(missing, expected);
        for wrong in ["x", &challenge(), &VERIFIER.replace('a', "b"), &"x".repeat(129)] {
            assert_eq!(refusal(give(Some(wrong), true)), (400, "invalid_grant".to_owned()));
        }
        let reply = give(Some(VERIFIER), true).unwrap();
        let token = json!({ "refresh_token": reply["refresh_token"] });
        authenticate_publicly(world, "refresh_token", token).unwrap();
    });
}

#[test]
fn a_code_without_a_challenge_is_for_clients_with_a_secret() {
    each_engine(domains(), |world| {
        world_of_ada(world);
        let code = Browser::default().sign_in(world, json!({}))["code"].clone();
        let publicly = |input: Value| {
            authenticate_publicly(world, "authorization_code", input).map(|_| Value::Null)
        };
        let bare = publicly(json!({ "code": code }));
        assert_eq!(refusal(bare), (400, "invalid_request".to_owned()));
        let made_up = publicly(json!({ "code": code, "code_verifier": VERIFIER }));
        assert_eq!(refusal(made_up), (400, "code_challenge_not_found".to_owned()));
        exchange(world, &code).unwrap();
    });
}

#[test]
fn a_code_is_for_its_client_its_redirect_and_ten_minutes() {
    each_engine(domains(), |world| {
        world_of_ada(world);
        let (_, key) = world.other_environment();
        let invalid = (400, "invalid_grant".to_owned());
        let mut browser = Browser::default();
        let code = browser.sign_in(world, json!({}))["code"].clone();
        let input = json!({
            "grant_type": "authorization_code",
            "client_id": "client_02",
            "client_secret": key.reveal(),
            "code": code,
        });
        let other = world.call_as(Request::default(), "user_management.authenticate", input);
        assert_eq!(refusal(other.map(|_| Value::Null)), invalid, "code of another client");
        let input = json!({ "code": code, "redirect_uri": "https://evil.example/callback" });
        assert_eq!(refusal(authenticate(world, "authorization_code", input)), invalid);
        let input = json!({ "code": code, "redirect_uri": CALLBACK });
        authenticate(world, "authorization_code", input).unwrap();
        let late = browser.sign_in(world, json!({ "prompt": "login" }))["code"].clone();
        world.clock.advance_seconds(600);
        assert_eq!(refusal(exchange(world, &late)), invalid);
    });
}

#[test]
fn nobody_is_sent_to_an_address_that_is_not_registered() {
    each_engine(domains(), |world| {
        world_of_ada(world);
        let mut browser = Browser::default();
        for hostile in [
            "https://evil.example/callback",
            "https://app.example.com/callback/",
            "https://app.example.com/callback?next=https://evil.example",
            "https://app.example.com/callback#x",
            "https://app.example.com@evil.example/callback",
            "https://APP.example.com/callback",
            "https://app.example.com:443/callback",
            "https://app.example.com/x/../callback",
            "javascript:alert(1)",
            "data:text/html,x",
            "//evil.example",
            "",
        ] {
            let error = browser.go(world, json!({ "redirect_uri": hostile })).unwrap_err();
            assert_eq!(error.status(), 400, "{hostile}");
        }
        for (change, status) in [
            (json!({ "client_id": "client_unknown" }), 400),
            (json!({ "client_id": null }), 400),
            (json!({ "redirect_uri": null }), 422),
            (json!({ "response_type": "token" }), 422),
            (json!({ "provider": "NoOAuth" }), 422),
            (json!({ "max_age": -1 }), 422),
        ] {
            assert_eq!(browser.go(world, change.clone()).unwrap_err().status(), status, "{change}");
        }
    });
}

#[test]
fn the_application_is_told_of_what_it_got_wrong() {
    each_engine(domains(), |world| {
        let ada = world_of_ada(world);
        let organization = join(world, &ada, "Acme");
        let mut browser = Browser::default();
        for (change, error) in [
            (json!({ "provider": null }), "invalid_connection_selector"),
            (json!({ "connection_id": "conn_1" }), "invalid_connection_selector"),
            (
                json!({ "provider": "GoogleOAuth", "organization_id": organization }),
                "invalid_connection_selector",
            ),
            (json!({ "organization_id": "org_unknown" }), "organization_invalid"),
            (json!({ "code_challenge": challenge() }), "invalid_request"),
            (json!({ "code_challenge_method": "S256" }), "invalid_request"),
            (
                json!({ "code_challenge": "short", "code_challenge_method": "S256" }),
                "invalid_request",
            ),
            (json!({ "prompt": "none" }), "login_required"),
        ] {
            let location = browser.go(world, change.clone()).unwrap().location.unwrap();
            let back = parameters(&location);
            assert_eq!(
                (&back["error"], &back["state"]),
                (&json!(error), &json!("the state")),
                "{change}"
            );
            assert!(!text(&back["error_description"]).is_empty());
        }
    });
}

#[test]
fn a_request_is_of_the_browser_that_began_it() {
    each_engine(domains(), |world| {
        world_of_ada(world);
        let mut victim = Browser::default();
        let pages =
            victim.reach_pages(world, json!({ "login_hint": EMAIL, "screen_hint": "sign-up" }));
        let id = pages.request.id.to_string();
        assert_eq!(pages.request.asked.login_hint.as_deref(), Some(EMAIL));
        assert_eq!(pages.request.asked.screen_hint, authorize::ScreenHint::SignUp);
        assert!(Browser::default().open(world, &id).is_none(), "another browser");
        let mut attacker = Browser::default();
        attacker.reach_pages(world, json!({}));
        assert!(attacker.open(world, &id).is_none(), "another browser that began one too");
        assert!(victim.open(world, "authorization_request_unknown").is_none());
        victim.reach_pages(world, json!({}));
        assert!(victim.open(world, &id).is_some(), "two tabs of one browser");
        world.clock.advance_seconds(3600);
        assert!(victim.open(world, &id).is_none(), "an hour later");
    });
}

#[test]
fn a_step_is_remembered_between_two_pages() {
    each_engine(domains(), |world| {
        let ada = world_of_ada(world);
        let (_, second) = (join(world, &ada, "First"), join(world, &ada, "Second"));
        let mut browser = Browser::default();
        let pages = browser.reach_pages(world, json!({}));
        let Outcome::StepUp(step) = pages.password().unwrap() else { panic!("no step") };
        let id = pages.request.id.clone();
        pages.flow.write(move |cx| authorize::keep_pending(cx, &id, Some(&step.token))).unwrap();
        let pages = browser.open(world, pages.request.id.as_str()).unwrap();
        let pending = pages.request.pending.clone().unwrap();
        let waiting = pages.flow.read(|cx| attempt::waiting(cx, &pending)).unwrap().unwrap();
        let Needs::Organization(choices) = waiting.needs else { panic!("{waiting:?}") };
        assert_eq!(
            choices.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(),
            ["First", "Second"]
        );
        let visitor = pages.request.visitor(&pages.flow.app, pages.flow.request()).unwrap();
        let chosen =
            steps::select_organization(&pages.flow, &visitor, &pending, &choices[1].id).unwrap();
        let finished = pages.finish(chosen);
        let reply = exchange(world, &parameters(&finished.location)["code"]).unwrap();
        assert_eq!(reply["organization_id"], json!(second));
        assert!(browser.open(world, pages.request.id.as_str()).is_none(), "a request ends once");
        assert!(pages.flow.read(|cx| attempt::waiting(cx, &pending)).unwrap().is_none());
    });
}

#[test]
fn whoever_is_signed_in_goes_straight_back_with_the_same_session() {
    each_engine(domains(), |world| {
        let ada = world_of_ada(world);
        let mut browser = Browser::default();
        let back = browser.sign_in(world, json!({}));
        let first = exchange(world, &back["code"]).unwrap();
        for change in [json!({}), json!({ "prompt": "none" }), json!({ "max_age": 60 }), pkce()] {
            let location = browser.go(world, change.clone()).unwrap().location.unwrap();
            let mut input = json!({ "code": parameters(&location)["code"] });
            if change.get("code_challenge").is_some() {
                input["code_verifier"] = json!(VERIFIER);
            }
            let again = authenticate(world, "authorization_code", input).unwrap();
            assert_eq!(claims(&again)["sid"], claims(&first)["sid"], "{change}");
        }
        assert_eq!(sessions(world, &ada).len(), 1);
        refresh(world, &first["refresh_token"]).unwrap();
        let acme = join(world, &ada, "Acme");
        let change = json!({ "organization_id": acme });
        let location = browser.go(world, change).unwrap().location.unwrap();
        let switched = exchange(world, &parameters(&location)["code"]).unwrap();
        assert_eq!(switched["organization_id"], json!(acme));
    });
}

#[test]
fn a_code_for_an_organization_is_worth_nothing_to_somebody_who_has_left_it() {
    each_engine(domains(), |world| {
        let ada = world_of_ada(world);
        let old = join(world, &ada, "Old");
        let mut browser = Browser::default();
        browser.sign_in(world, json!({}));
        let acme =
            text(&world.call("organizations.create", json!({ "name": "Acme" })).unwrap()["id"]);
        let input = json!({ "user_id": ada, "organization_id": acme });
        let member = world.call("organization_memberships.create", input).unwrap();
        let location = browser.go(world, json!({ "organization_id": acme })).unwrap().location;
        let code = &parameters(&location.unwrap())["code"];
        world.call("organization_memberships.delete", json!({ "id": member["id"] })).unwrap();
        let invalid = (400, "invalid_grant".to_owned());
        assert_eq!(refusal(exchange(world, code)), invalid);
        let location = browser.go(world, json!({ "organization_id": old })).unwrap().location;
        let code = &parameters(&location.unwrap())["code"];
        assert_eq!(exchange(world, code).unwrap()["organization_id"], json!(old));
    });
}

#[test]
fn a_page_is_shown_to_the_signed_in_where_something_asks_for_it() {
    each_engine(domains(), |world| {
        let ada = world_of_ada(world);
        let mut browser = Browser::default();
        browser.sign_in(world, json!({}));
        let foreign = join(world, &user(world, "eve@evil.test"), "Foreign");
        world.clock.advance_seconds(61);
        for change in [
            json!({ "prompt": "login" }),
            json!({ "prompt": "select_account" }),
            json!({ "max_age": 0 }),
            json!({ "max_age": 60 }),
            json!({ "login_hint": "eve@evil.test" }),
            json!({ "invitation_token": "x" }),
            json!({ "organization_id": foreign }),
        ] {
            browser.reach_pages(world, change);
        }
        world.call("sessions.revoke", json!({ "session_id": sessions(world, &ada)[0] })).unwrap();
        browser.reach_pages(world, json!({}));
        let mut stolen = Browser::default();
        stolen.cookies.push(("vestibule-session".to_owned(), "x".repeat(43)));
        stolen.reach_pages(world, json!({}));
    });
}

#[test]
fn proving_anew_keeps_the_session_and_moves_its_time() {
    each_engine(domains(), |world| {
        let ada = world_of_ada(world);
        let mut browser = Browser::default();
        let back = browser.sign_in(world, json!({}));
        let first = exchange(world, &back["code"]).unwrap();
        world.clock.advance_seconds(100);
        let back = browser.sign_in(world, json!({ "max_age": 60 }));
        let second = exchange(world, &back["code"]).unwrap();
        let (old, new) = (claims(&first), claims(&second));
        assert_eq!(old["sid"], new["sid"]);
        let moved = new["auth_time"].as_i64().unwrap() - old["auth_time"].as_i64().unwrap();
        assert_eq!(moved, 100);
        assert_eq!(last(world, "authentication.reauthentication_succeeded")["user_id"], json!(ada));
        assert_eq!(count(world, "session.created"), 1);
        let mut other = Browser::default();
        other.sign_in(world, json!({ "max_age": 0 }));
        assert_eq!(count(world, "session.created"), 2, "nobody was signed in there");
    });
}

#[test]
fn a_sign_in_gives_the_browser_a_new_cookie() {
    each_engine(domains(), |world| {
        world_of_ada(world);
        let mut browser = Browser::default();
        browser.sign_in(world, json!({}));
        let cookie = |browser: &Browser| {
            browser.cookies.iter().find(|it| it.0 == "vestibule-session").unwrap().1.clone()
        };
        let planted = cookie(&browser);
        browser.sign_in(world, json!({ "prompt": "login" }));
        assert_ne!(cookie(&browser), planted);
        let mut attacker = Browser::default();
        attacker.cookies.push(("vestibule-session".to_owned(), planted));
        attacker.reach_pages(world, json!({}));
    });
}

#[test]
fn a_wish_for_an_organization_is_for_its_members() {
    each_engine(domains(), |world| {
        let ada = world_of_ada(world);
        let (_, second) = (join(world, &ada, "First"), join(world, &ada, "Second"));
        let foreign = join(world, &user(world, "eve@evil.test"), "Foreign");
        let mut browser = Browser::default();
        let pages = browser.reach_pages(world, json!({ "organization_id": foreign }));
        assert_eq!(pages.password().unwrap_err().code(), "invalid_organization_id");
        let back = browser.sign_in(world, json!({ "organization_id": second }));
        assert_eq!(exchange(world, &back["code"]).unwrap()["organization_id"], json!(second));
    });
}

#[test]
fn an_invitation_may_come_with_the_code() {
    each_engine(domains(), |world| {
        let ada = world_of_ada(world);
        let acme =
            text(&world.call("organizations.create", json!({ "name": "Acme" })).unwrap()["id"]);
        let input = json!({ "email": EMAIL, "organization_id": acme });
        let invitation = world.call("invitations.create", input).unwrap();
        let back = Browser::default().sign_in(world, json!({}));
        let give = |token: &Value| {
            let input = json!({ "code": back["code"], "invitation_token": token });
            authenticate(world, "authorization_code", input)
        };
        let invalid = (400, "invitation_invalid".to_owned());
        assert_eq!(refusal(give(&json!("no-such-token"))), invalid, "and the code stays good");
        let reply = give(&invitation["token"]).unwrap();
        assert_eq!(reply["organization_id"], json!(acme));
        assert_eq!(claims(&reply)["org_id"], json!(acme));
        assert_eq!(last(world, "invitation.accepted")["accepted_user_id"], json!(ada));
        world.drain();
    });
}

#[test]
fn people_make_accounts_where_they_may_and_prove_their_address() {
    each_engine(domains(), |world| {
        world.call("redirect_uris.create", json!({ "uri": CALLBACK })).unwrap();
        let mut browser = Browser::default();
        let pages = browser.reach_pages(world, json!({ "screen_hint": "sign-up" }));
        let sign_up = |pages: &Pages, password: &str| {
            let visitor = pages.request.visitor(&pages.flow.app, pages.flow.request())?;
            let wish = pages.flow.read(|cx| pages.request.wish(cx))?;
            let account = NewAccount {
                email: EMAIL.to_owned(),
                first_name: Some("Ada".to_owned()),
                last_name: None,
            };
            let password = Secret::new(password);
            credentials::sign_up(&pages.flow, &visitor, &wish, account, &password, |_| Ok(()))
        };
        let weak = sign_up(&pages, "password").unwrap_err();
        assert_eq!((weak.status(), weak.code()), (400, "password_strength_error"));
        policy(world, |it| it.sign_up = vestibule_signin::policy::SignUp::Closed);
        assert_eq!(sign_up(&pages, PASSWORD).unwrap_err().code(), "sign_up_not_allowed");
        assert_eq!(count(world, "user.created"), 0);
        policy(world, |it| it.sign_up = vestibule_signin::policy::SignUp::Open);
        let Outcome::StepUp(step) = sign_up(&pages, PASSWORD).unwrap() else { panic!("no step") };
        assert!(matches!(step.waiting.needs, Needs::EmailVerification));
        assert_eq!(step.waiting.user.first_name.as_deref(), Some("Ada"));
        let visitor = pages.request.visitor(&pages.flow.app, pages.flow.request()).unwrap();
        let code = Secret::new(mailed_code(world));
        let outcome = steps::verify_email(&pages.flow, &visitor, &step.token, &code).unwrap();
        let back = parameters(&pages.finish(outcome).location);
        let reply = exchange(world, &back["code"]).unwrap();
        assert_eq!(reply["user"]["email_verified"], true);
        let again = sign_up(&browser.reach_pages(world, json!({})), PASSWORD).unwrap_err();
        assert_eq!((again.status(), again.code()), (400, "user_creation_error"));
        assert_eq!(
            count(world, "user.created"),
            1,
            "the rehearsal for a taken address leaves nothing"
        );
    });
}

#[test]
fn an_invitation_opens_sign_up_where_it_is_closed() {
    each_engine(domains(), |world| {
        world.call("redirect_uris.create", json!({ "uri": CALLBACK })).unwrap();
        policy(world, |it| it.sign_up = vestibule_signin::policy::SignUp::Closed);
        let acme =
            text(&world.call("organizations.create", json!({ "name": "Acme" })).unwrap()["id"]);
        let input = json!({ "email": EMAIL, "organization_id": acme });
        let invitation = world.call("invitations.create", input).unwrap();
        let mut browser = Browser::default();
        let change = json!({ "invitation_token": invitation["token"] });
        let pages = browser.reach_pages(world, change);
        let visitor = pages.request.visitor(&pages.flow.app, pages.flow.request()).unwrap();
        let wish = pages.flow.read(|cx| pages.request.wish(cx)).unwrap();
        let account =
            |email: &str| NewAccount { email: email.to_owned(), first_name: None, last_name: None };
        let password = Secret::new(PASSWORD);
        let eve = account("eve@evil.test");
        let other = credentials::sign_up(&pages.flow, &visitor, &wish, eve, &password, |_| Ok(()));
        assert_eq!(other.unwrap_err().code(), "invitation_cannot_be_used_for_email");
        assert_eq!(count(world, "user.created"), 0);
        let ada = account(EMAIL);
        let outcome =
            credentials::sign_up(&pages.flow, &visitor, &wish, ada, &password, |_| Ok(())).unwrap();
        let back = parameters(&pages.finish(outcome).location);
        let reply = exchange(world, &back["code"]).unwrap();
        assert_eq!(reply["organization_id"], json!(acme));
        assert_eq!(reply["user"]["email_verified"], true, "the token was mailed to the address");
        world.drain();
    });
}
