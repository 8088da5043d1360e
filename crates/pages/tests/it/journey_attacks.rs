//! What others try with a sign-in that is not theirs.
use axum::http::StatusCode;
use serde_json::json;
use vestibule_kernel::testing::World;

use crate::visitor::{CALLBACK, Seen, Visitor};
use crate::world::{OTHER_PASSWORD, PASSWORD, each, join, once, redeem, set_policy, user};

const ADA: &str = "ada@acme.test";

fn sessions(world: &World) -> usize {
    world.event_names().iter().filter(|it| *it == "session.created").count()
}

#[test]
fn a_sign_in_begun_in_one_browser_cannot_be_continued_in_another() {
    each(|world| {
        let ada = user(&world.flow(), ADA);
        join(world, ada.id.as_str(), "North");
        let south = join(world, ada.id.as_str(), "South");
        let mut victim = Visitor::new(world);
        let page = victim.signs_in(ADA, PASSWORD);
        assert_eq!(page.heading(), "Choose an organization");

        let mut thief = Visitor::new(world);
        assert_eq!(thief.get(&page.path).status, StatusCode::GONE);
        // With a browser of his own, and a good token for it.
        let own = thief.begins(json!({}));
        let token = own.csrf();
        let fields = [("csrf", token.as_str()), ("organization_id", &south)];
        let refused = thief.post(&page.path, &fields);
        assert_eq!(refused.status, StatusCode::GONE);
        assert!(!refused.text.contains(ADA), "it tells nothing of whose it is");
        assert_eq!(sessions(world), 0);
        redeem(world, &victim.sends(&page, &[("organization_id", &south)]).code());
    });
}

#[test]
fn the_form_token_of_another_browser_signs_nobody_in() {
    once(|world| {
        user(&world.flow(), ADA);
        let stolen = Visitor::new(world).begins(json!({})).csrf();
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        let second = visitor.sends(&first, &[("email", ADA)]);
        for token in [stolen.as_str(), ""] {
            let fields = [("csrf", token), ("password", PASSWORD)];
            assert_eq!(visitor.post(&second.path, &fields).status, StatusCode::FORBIDDEN);
        }
        let own = second.csrf();
        let fields = [("csrf", own.as_str()), ("password", PASSWORD)];
        let evil = visitor.post_from(&second.path, &fields, Some("https://evil.example"));
        assert_eq!(evil.status, StatusCode::FORBIDDEN);
        assert_eq!(sessions(world), 0);
    });
}

#[test]
fn nobody_is_led_anywhere_but_to_the_registered_address() {
    once(|world| {
        user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        let state = "\"><script>alert(1)</script>&code=forged\r\nLocation: https://evil.example";
        let path = visitor.comes_from_application(json!({ "state": state }));
        let evil = "redirect_uri=https%3A%2F%2Fevil.example&return_to=%2F%2Fevil.example";
        let first = visitor.opens(&format!("{path}?{evil}"));
        let token = first.csrf();
        let fields = [
            ("csrf", token.as_str()),
            ("email", ADA),
            ("redirect_uri", "https://evil.example"),
            ("location", "//evil.example"),
        ];
        let sent = visitor.post(&format!("{}?{evil}", first.path), &fields);
        let to = sent.header("location").unwrap().to_owned();
        assert!(to.starts_with("/authkit/authorization_request_") && !to.contains("evil"), "{to}");
        let second = visitor.opens(&to);
        let done = visitor.sends(&second, &[("password", PASSWORD)]);
        let url = done.leads_to().unwrap();
        assert!(url.as_str().starts_with(&format!("{CALLBACK}?code=")), "{url}");
        let pairs: Vec<_> = url.query_pairs().into_owned().collect();
        assert_eq!(pairs.len(), 2);
        assert_eq!(pairs[1], ("state".to_owned(), state.to_owned()));
        assert!(!done.text.contains("<script>alert"));
        assert!(done.header("location").is_none());
    });
}

#[test]
fn a_session_cookie_that_was_planted_is_worth_nothing_after_a_sign_in() {
    each(|world| {
        user(&world.flow(), ADA);
        // The thief signs in nowhere, and plants cookies of his own making.
        let planted = "A".repeat(43);
        let mut victim = Visitor::new(world);
        victim.cookies.insert("vestibule-session".to_owned(), planted.clone());
        let done = victim.signs_in(ADA, PASSWORD);
        redeem(world, &done.code());
        assert_ne!(victim.cookies["vestibule-session"], planted);
        let mut thief = Visitor::new(world);
        thief.cookies.insert("vestibule-session".to_owned(), planted);
        let path = thief.comes_from_application(json!({}));
        assert!(path.starts_with("/authkit/"), "he is not signed in: {path}");

        // A session that was there before is left behind by the next sign-in.
        let former = victim.cookies["vestibule-session"].clone();
        let page = victim.begins(json!({ "prompt": "login" }));
        let page = victim.sends(&page, &[("email", ADA)]);
        redeem(world, &victim.sends(&page, &[("password", PASSWORD)]).code());
        assert_ne!(victim.cookies["vestibule-session"], former);
        thief.cookies.insert("vestibule-session".to_owned(), former);
        assert!(thief.comes_from_application(json!({})).starts_with("/authkit/"));
    });
}

#[test]
fn a_sign_in_that_is_over_cannot_be_sent_again() {
    once(|world| {
        user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        let second = visitor.sends(&first, &[("email", ADA)]);
        redeem(world, &visitor.sends(&second, &[("password", PASSWORD)]).code());
        let again = visitor.sends(&second, &[("password", PASSWORD)]);
        assert_eq!(again.status, StatusCode::GONE);
        assert_eq!(sessions(world), 1);
    });
}

#[test]
fn no_step_can_be_left_out() {
    each(|world| {
        let ada = user(&world.flow(), ADA);
        join(world, ada.id.as_str(), "North");
        let south = join(world, ada.id.as_str(), "South");
        set_policy(world, |it| {
            it.second_factor = vestibule_signin::policy::SecondFactor::Required;
        });
        let mut visitor = Visitor::new(world);
        let page = visitor.signs_in(ADA, PASSWORD);
        assert_eq!(page.heading(), "Set up two-step sign-in");
        let base = page.path.replace("/second-step", "");
        let token = page.csrf();
        for (step, name, value) in [
            ("/organization", "organization_id", south.as_str()),
            ("/verify", "code", "000000"),
            ("/code", "code", "000000"),
        ] {
            let seen = visitor.opens(&format!("{base}{step}"));
            assert!(seen.heading() != "Choose an organization", "{step}: {}", seen.heading());
            let seen = visitor.post(&format!("{base}{step}"), &[("csrf", &token), (name, value)]);
            assert_eq!(seen.leads_to(), None, "{step}");
        }
        assert_eq!(sessions(world), 0);
        // Who begins again with another address does not keep the proof of the first.
        let first = visitor.opens(&format!("{base}/sign-in"));
        visitor.sends(&first, &[("email", "grace@acme.test")]);
        let seen = visitor.opens(&format!("{base}/second-step"));
        assert_eq!(seen.heading(), "Sign in", "{}", seen.text);
    });
}

#[test]
fn every_page_of_a_sign_in_refuses_to_be_framed_kept_or_scripted() {
    once(|world| {
        let ada = user(&world.flow(), ADA);
        join(world, ada.id.as_str(), "North");
        join(world, ada.id.as_str(), "South");
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        let second = visitor.sends(&first, &[("email", ADA)]);
        let refused = visitor.sends(&second, &[("password", OTHER_PASSWORD)]);
        let choice = visitor.sends(&second, &[("password", PASSWORD)]);
        let token = first.csrf();
        let redirect = visitor.post(&first.path, &[("csrf", &token), ("email", ADA)]);
        let up = visitor.opens(&first.path.replace("/sign-in", "/sign-up"));
        let out = visitor.opens("/signed-out?client_id=client_01");
        let missing = visitor.opens("/authkit/authorization_request_0");
        let forged = visitor.post(&first.path, &[("email", ADA)]);
        assert_eq!(redirect.header("cache-control"), Some("no-store"));
        for page in [&first, &second, &refused, &choice, &up, &out, &missing, &forged] {
            guarded(page);
        }
    });
}

fn guarded(page: &Seen) {
    assert_eq!(page.header("cache-control"), Some("no-store"), "{}", page.path);
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("referrer-policy"), Some("same-origin"));
    let policy = page.header("content-security-policy").unwrap();
    for rule in ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'"] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
}

#[test]
fn a_password_leaves_no_trace_on_the_server_s_pages() {
    once(|world| {
        user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        let page = visitor.begins(json!({ "screen_hint": "sign-up" }));
        let typed = "Zx-19?";
        let refused = visitor.sends(&page, &[("email", "x@acme.test"), ("password", typed)]);
        assert!(!refused.text.contains(typed));
        let sign_in = visitor.opens(&page.path.replace("/sign-up", "/sign-in"));
        let second = visitor.sends(&sign_in, &[("email", ADA)]);
        let refused = visitor.sends(&second, &[("password", typed)]);
        assert!(!refused.text.contains(typed));
        let kept = visitor.opens(&second.path);
        assert!(!kept.text.contains(typed));
    });
}

/// What differs between two visitors by chance: tokens, ids and the address itself.
fn told(seen: &Seen, email: &str) -> (StatusCode, String) {
    let lines = seen.text.lines().filter(|it| !it.contains("csrf"));
    let text = lines.collect::<Vec<_>>().join("\n").replace(email, "");
    let mut parts = text.split("authorization_request_");
    let first = parts.next().unwrap().to_owned();
    (seen.status, parts.fold(first, |text, rest| text + &rest[26..]))
}

#[test]
fn nobody_learns_who_has_an_account_by_trying_codes_until_they_end() {
    once(|world| {
        set_policy(world, |it| it.sign_up = vestibule_signin::policy::SignUp::Closed);
        user(&world.flow(), ADA);
        let mut pages = Vec::new();
        for email in [ADA, "nobody@acme.test"] {
            let mut visitor = Visitor::new(world);
            let first = visitor.begins(json!({}));
            let second = visitor.sends(&first, &[("email", email)]);
            let token = second.csrf();
            let sent = visitor.post(&second.actions()[1], &[("csrf", &token)]);
            let page = visitor.opens(sent.header("location").unwrap());
            world.drain();
            let mut seen = Vec::new();
            for seconds in [0, 0, 0, 0, 0, 0, 0, 0, 0, 60, 0, 0, 600] {
                world.clock.advance_seconds(seconds);
                seen.push(told(&visitor.sends(&page, &[("code", "12345")]), email));
            }
            pages.push(seen);
        }
        for (n, (known, unknown)) in pages[0].iter().zip(&pages[1]).enumerate() {
            assert_eq!(known, unknown, "at try {n}");
        }
    });
}

#[test]
fn nobody_learns_who_has_an_account_by_wearing_out_the_limits_of_sign_up() {
    once(|world| {
        for magic_auth in [true, false] {
            set_policy(world, move |it| it.magic_auth = magic_auth);
            let known = format!("known-{magic_auth}@acme.test");
            user(&world.flow(), &known);
            let mut pages = Vec::new();
            for email in [known, format!("new-{magic_auth}@acme.test")] {
                let mut visitor = Visitor::new(world);
                let page = visitor.begins(json!({ "screen_hint": "sign-up" }));
                let fields = [("email", email.as_str()), ("password", OTHER_PASSWORD)];
                let verify = visitor.sends(&page, &fields);
                let token = verify.csrf();
                let mut seen = Vec::new();
                for _ in 0..4 {
                    let sent = visitor.post(&verify.actions()[1], &[("csrf", &token)]);
                    seen.push(told(&sent, &email));
                    world.drain();
                }
                for n in 0..24 {
                    // From many places, so that only the limits of the address count.
                    visitor.ip = [203, 0, 113, n];
                    world.clock.advance_seconds(if n == 11 { 60 } else { 0 });
                    seen.push(told(&visitor.sends(&verify, &[("code", "12345")]), &email));
                }
                world.clock.advance_seconds(61);
                pages.push(seen);
            }
            for (n, (known, new)) in pages[0].iter().zip(&pages[1]).enumerate() {
                assert_eq!(known, new, "at step {n}, magic_auth is {magic_auth}");
            }
        }
    });
}

#[test]
fn a_page_that_was_asked_too_often_says_in_its_header_too_when_to_come_again() {
    each(|world| {
        user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        let page = visitor.begins(json!({}));
        let page = visitor.sends(&page, &[("email", ADA)]);
        let wrong = [("password", "not-it")];
        for _ in 0..10 {
            let seen = visitor.sends(&page, &wrong);
            assert_eq!((seen.status.as_u16(), seen.header("retry-after")), (400, None));
        }
        world.clock.advance_seconds(15);
        let seen = visitor.sends(&page, &wrong);
        assert_eq!(seen.status.as_u16(), 429);
        let seconds: u32 = seen.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=45).contains(&seconds), "{seconds}");
        // The pages that stand by themselves say so as well.
        let page = visitor.get("/device");
        let token = page.csrf();
        let mut last = None;
        for _ in 0..11 {
            let fields = [("csrf", token.as_str()), ("user_code", "AAAA-BBBB")];
            last = Some(visitor.post("/device", &fields));
        }
        let last = last.unwrap();
        assert_eq!(last.status.as_u16(), 429);
        assert!(last.header("retry-after").is_some());
    });
}
