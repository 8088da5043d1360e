//! The page that a reset link leads to, and what guards every form.
use axum::http::StatusCode;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::testing::{World, each_engine, on_sqlite};
use vestibule_people::passwords;
use vestibule_signin::password_reset;

use crate::visitor::{ORIGIN, Seen, Visitor};
use crate::world::{OTHER_PASSWORD, PASSWORD, domains, user};

/// Where the link of a reset leads.
fn link(world: &World) -> String {
    let ada = user(&world.flow(), "ada@acme.test");
    let reset = world.flow().write(move |cx| password_reset::create(cx, &ada)).unwrap();
    world.drain();
    reset.password_reset_url.strip_prefix(ORIGIN).unwrap().to_owned()
}

fn opens_with(world: &World, password: &str) -> bool {
    let flow = world.flow();
    let stored = flow
        .read(|cx| {
            let ada = vestibule_people::users::get_by_email(cx, "ada@acme.test")?.unwrap();
            passwords::stored(cx, &ada.id)
        })
        .unwrap();
    passwords::verify(&flow, stored, &Secret::new(password)).unwrap().matches
}

fn is_refused(world: &World, seen: &Seen) {
    assert_eq!(seen.status, StatusCode::FORBIDDEN, "{}", seen.text);
    assert!(seen.text.contains("request-0815"));
    assert!(opens_with(world, PASSWORD), "nothing was changed");
}

#[test]
fn a_reset_link_sets_a_new_password_once() {
    each_engine(domains(), |world| {
        let link = link(world);
        let mut visitor = Visitor::new(world);
        let page = visitor.get(&link);
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        assert!(page.text.contains("ada@acme.test") && page.text.contains("At least 10"));
        let token = page.csrf();

        let weak = visitor.post(&link, &[("csrf", &token), ("new_password", "short")]);
        assert_eq!(weak.status, StatusCode::BAD_REQUEST);
        assert!(weak.text.contains("role=\"alert\"") && !weak.text.contains("\"short\""));
        assert!(opens_with(world, PASSWORD));

        let done = visitor.post(&link, &[("csrf", &token), ("new_password", OTHER_PASSWORD)]);
        assert_eq!(done.status, StatusCode::OK, "{}", done.text);
        assert!(done.text.contains("Password changed"));
        assert!(opens_with(world, OTHER_PASSWORD));

        for again in [
            visitor.get(&link),
            visitor.post(&link, &[("csrf", &token), ("new_password", PASSWORD)]),
        ] {
            assert_eq!(again.status, StatusCode::GONE);
            assert!(!again.text.contains("<form"), "{}", again.text);
        }
        assert!(opens_with(world, OTHER_PASSWORD));
    });
}

#[test]
fn an_unknown_token_and_one_of_another_environment_open_nothing() {
    on_sqlite(domains(), |world| {
        let link = link(world);
        for path in ["/reset-password", "/reset-password?token=", "/reset-password?token=%00"] {
            let seen = Visitor::new(world).get(path);
            assert!(seen.status.is_client_error() && !seen.text.contains("<form"), "{path}");
        }
        // The environment is found by the token, whichever comes first.
        world.other_environment();
        assert_eq!(Visitor::new(world).get(&link).status, StatusCode::OK);
    });
}

#[test]
fn a_form_with_the_token_of_another_browser_is_refused() {
    on_sqlite(domains(), |world| {
        let link = link(world);
        let stolen = Visitor::new(world).get(&link).csrf();
        let mut visitor = Visitor::new(world);
        let own = visitor.get(&link).csrf();
        assert_ne!(stolen, own);
        for token in [stolen.as_str(), "", "0"] {
            let fields = [("csrf", token), ("new_password", OTHER_PASSWORD)];
            is_refused(world, &visitor.post(&link, &fields));
        }
        is_refused(world, &visitor.post(&link, &[("new_password", OTHER_PASSWORD)]));
    });
}

#[test]
fn a_form_without_the_cookie_of_its_token_is_refused() {
    on_sqlite(domains(), |world| {
        let link = link(world);
        let mut visitor = Visitor::new(world);
        let token = visitor.get(&link).csrf();
        visitor.cookies.clear();
        let fields = [("csrf", token.as_str()), ("new_password", OTHER_PASSWORD)];
        is_refused(world, &visitor.post(&link, &fields));
    });
}

#[test]
fn a_form_from_another_origin_is_refused_even_with_the_right_token() {
    on_sqlite(domains(), |world| {
        let link = link(world);
        let mut visitor = Visitor::new(world);
        let token = visitor.get(&link).csrf();
        let fields = [("csrf", token.as_str()), ("new_password", OTHER_PASSWORD)];
        for origin in ["https://evil.example", "null", "http://localhost:4100", "http://127.0.0.1"]
        {
            is_refused(world, &visitor.post_from(&link, &fields, Some(origin)));
        }
        let seen = visitor.post_from(&link, &fields, None);
        assert_eq!(seen.status, StatusCode::OK, "browsers of old send no origin");
    });
}

#[test]
fn the_cookie_of_a_browser_is_out_of_reach_of_scripts_and_set_once() {
    on_sqlite(domains(), |world| {
        let link = link(world);
        let mut visitor = Visitor::new(world);
        let first = visitor.get(&link);
        let [cookie] = first.cookie_lines()[..] else { panic!("{:?}", first.cookie_lines()) };
        assert!(cookie.starts_with("vestibule-browser="), "{cookie}");
        for part in ["; Path=/", "; HttpOnly", "; SameSite=Lax"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Secure"), "this server is on http");
        assert!(visitor.get(&link).cookie_lines().is_empty());
        visitor.cookies.insert("vestibule-browser".to_owned(), "planted".to_owned());
        let replaced = visitor.get(&link);
        assert_eq!(replaced.cookie_lines().len(), 1, "a value that is not ours is replaced");
    });
}

#[test]
fn a_form_of_another_kind_or_too_long_is_refused() {
    on_sqlite(domains(), |world| {
        let link = link(world);
        let mut visitor = Visitor::new(world);
        let token = visitor.get(&link).csrf();
        let long = "x".repeat(70_000);
        let seen = visitor.post(&link, &[("csrf", &token), ("new_password", &long)]);
        assert_eq!(seen.status, StatusCode::PAYLOAD_TOO_LARGE);
        let request = axum::http::Request::post(&link)
            .header("content-type", "application/json")
            .body(axum::body::Body::from("{}"))
            .unwrap();
        assert_eq!(visitor.ask(request).status, StatusCode::BAD_REQUEST);
        let seen = visitor.post(&link, &[("csrf", &token), ("new_password", "a\0b")]);
        assert_eq!(seen.status, StatusCode::BAD_REQUEST);
        assert!(opens_with(world, PASSWORD));
    });
}

#[test]
fn many_tries_with_one_link_have_to_wait_and_are_told_how_long() {
    on_sqlite(domains(), |world| {
        let link = link(world);
        let mut visitor = Visitor::new(world);
        let token = visitor.get(&link).csrf();
        for _ in 0..10 {
            visitor.post(&link, &[("csrf", &token), ("new_password", "short")]);
        }
        let seen = visitor.post(&link, &[("csrf", &token), ("new_password", OTHER_PASSWORD)]);
        assert_eq!(seen.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(seen.text.contains("Wait 60 seconds"), "{}", seen.text);
        world.clock.advance_seconds(60);
        let seen = visitor.post(&link, &[("csrf", &token), ("new_password", OTHER_PASSWORD)]);
        assert_eq!(seen.status, StatusCode::OK);
    });
}

#[test]
fn on_https_the_cookie_belongs_to_this_very_host_and_never_travels_in_the_clear() {
    let options = vestibule_kernel::context::Options {
        public_url: "https://auth.acme.test".to_owned(),
        ..vestibule_kernel::testing::options()
    };
    vestibule_kernel::testing::each_engine_with(domains(), &options, |world| {
        let ada = user(&world.flow(), "ada@acme.test");
        let reset = world.flow().write(move |cx| password_reset::create(cx, &ada)).unwrap();
        world.drain();
        let link = reset.password_reset_url.strip_prefix("https://auth.acme.test").unwrap();
        let mut visitor = Visitor::new(world);
        let page = visitor.get(link);
        let [cookie] = page.cookie_lines()[..] else { panic!("{:?}", page.cookie_lines()) };
        assert!(
            cookie.starts_with("__Host-vestibule-browser=") && cookie.contains("; Secure"),
            "{cookie}"
        );
        assert!(!cookie.contains("Domain"), "{cookie}");
        let token = page.csrf();
        let fields = [("csrf", token.as_str()), ("new_password", OTHER_PASSWORD)];
        let downgraded = visitor.post_from(link, &fields, Some("http://auth.acme.test"));
        assert_eq!(downgraded.status, StatusCode::FORBIDDEN);
        let done = visitor.post_from(link, &fields, Some("https://auth.acme.test"));
        assert_eq!(done.status, StatusCode::OK);
    });
}
