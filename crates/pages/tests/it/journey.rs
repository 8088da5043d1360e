//! Sign-ins on their way through the pages.
use axum::http::StatusCode;
use serde_json::json;
use vestibule_signin::policy::SecondFactor;

use crate::visitor::{CALLBACK, Seen, Visitor};
use crate::world::{
    OTHER_PASSWORD, PASSWORD, each, join, mailed_code, mails, once, redeem, set_policy, user, wrong,
};

const ADA: &str = "ada@acme.test";
const NOBODY: &str = "nobody@acme.test";

/// The text of a page without what belongs to one browser or address.
fn words(seen: &Seen, email: &str) -> String {
    let lines = seen.text.lines().filter(|it| !it.contains("csrf"));
    let text = lines.collect::<Vec<_>>().join("\n").replace(email, "");
    let mut parts = text.split("authorization_request_");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, rest| text + &rest[26..])
}

#[test]
fn email_and_password_lead_back_with_a_code_that_the_application_exchanges() {
    each(|world| {
        let ada = user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        assert_eq!((first.status, first.heading().as_str()), (StatusCode::OK, "Sign in"));
        let second = visitor.sends(&first, &[("email", "  ADA@acme.test ")]);
        assert_eq!(second.heading(), "Welcome back");
        assert!(second.path.ends_with("/password"), "{}", second.path);
        let done = visitor.sends(&second, &[("password", PASSWORD)]);
        assert_eq!(done.status, StatusCode::OK, "a form is never redirected to another server");
        let session = redeem(world, &done.code());
        assert_eq!(session["user"]["id"], ada.id.to_string());
        assert_eq!(session["authentication_method"], "Password");
        let lines = done.cookie_lines().join("\n");
        assert!(
            lines.contains("vestibule-session=") && lines.contains("workos-has-session=client_01")
        );

        let events = world.event_names();
        assert_eq!(events.iter().filter(|it| *it == "session.created").count(), 1);
        assert!(events.contains(&"authentication.password_succeeded".to_owned()));
    });
}

#[test]
fn an_address_that_nobody_has_sees_the_same_pages_and_words() {
    once(|world| {
        set_policy(world, |it| it.sign_up = vestibule_signin::policy::SignUp::Closed);
        user(&world.flow(), ADA);
        let mut pages = Vec::new();
        for email in [ADA, NOBODY] {
            let mut visitor = Visitor::new(world);
            let first = visitor.begins(json!({}));
            let second = visitor.sends(&first, &[("email", email)]);
            let refused = visitor.sends(&second, &[("password", "Not-The-Password-55")]);
            let action = second.actions().remove(1);
            let token = second.csrf();
            let sent = visitor.post(&action, &[("csrf", &token)]);
            let to = sent.header("location").unwrap().to_owned();
            let code = visitor.opens(&to);
            let wrong_code = visitor.sends(&code, &[("code", "12345")]);
            let forgotten = visitor.opens(&to.replace("/code", "/forgotten"));
            let mailed = visitor.sends(&forgotten, &[("email", email)]);
            assert_eq!(refused.alert(), "That email and password do not belong together.");
            assert_eq!(refused.status, StatusCode::BAD_REQUEST);
            assert_eq!(mailed.heading(), "Check your email");
            pages.push(
                [&second, &refused, &sent, &code, &wrong_code, &forgotten, &mailed]
                    .map(|it| (it.status, words(it, email))),
            );
        }
        assert_eq!(pages[0], pages[1]);
        assert_eq!(mails(world, ADA).len(), 2, "a code and a link");
        assert_eq!(mails(world, NOBODY).len(), 0);
    });
}

#[test]
fn a_wrong_password_is_told_and_the_right_one_then_works() {
    once(|world| {
        user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        let refused = visitor.signs_in(ADA, "Not-The-Password-55");
        assert!(refused.text.contains("<title>Error: "));
        assert!(!refused.text.contains("Not-The-Password-55"), "a password is never sent back");
        redeem(world, &visitor.sends(&refused, &[("password", PASSWORD)]).code());
    });
}

#[test]
fn what_is_no_address_is_told_and_stays_in_the_field() {
    once(|world| {
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        for typed in ["", "ada", "ada@", "a b@acme.test"] {
            let refused = visitor.sends(&first, &[("email", typed)]);
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(refused.value("email").unwrap_or_default(), typed);
            assert!(refused.alert().contains("email address"), "{}", refused.alert());
        }
    });
}

#[test]
fn a_mailed_code_signs_in_and_a_newer_one_voids_it() {
    each(|world| {
        user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        let password = visitor.sends(&first, &[("email", ADA)]);
        let (resend, token) = (password.actions().remove(1), password.csrf());
        let sent = visitor.post(&resend, &[("csrf", &token)]);
        let page = visitor.opens(sent.header("location").unwrap());
        assert_eq!(page.heading(), "Check your email");
        assert!(!page.text.contains("A new code"), "it is the first one");
        let older = mailed_code(world, ADA);
        let refused = visitor.sends(&page, &[("code", wrong(&older))]);
        assert!(refused.alert().contains("not right"), "{}", refused.alert());

        world.clock.advance_seconds(1);
        let sent = visitor.post(&resend, &[("csrf", &token)]);
        let page = visitor.opens(sent.header("location").unwrap());
        assert!(page.text.contains("A new code is on its way"));
        let newer = mailed_code(world, ADA);
        assert_ne!(older, newer);
        visitor.sends(&page, &[("code", &older)]).alert();
        let spaced = format!(" {} {} ", &newer[..3], &newer[3..]);
        let session = redeem(world, &visitor.sends(&page, &[("code", &spaced)]).code());
        assert_eq!(session["authentication_method"], "MagicAuth");
    });
}

#[test]
fn an_old_code_is_told_to_be_old() {
    once(|world| {
        user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        let password = visitor.sends(&first, &[("email", ADA)]);
        let token = password.csrf();
        let sent = visitor.post(&password.actions()[1], &[("csrf", &token)]);
        let page = visitor.opens(sent.header("location").unwrap());
        let code = mailed_code(world, ADA);
        world.clock.advance_seconds(601);
        assert!(visitor.sends(&page, &[("code", &code)]).alert().contains("too old"));
    });
}

#[test]
fn a_newcomer_makes_an_account_proves_the_address_and_arrives() {
    each(|world| {
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        assert!(first.text.contains("Create an account"));
        let page = visitor.opens(&first.path.replace("/sign-in", "/sign-up"));
        assert_eq!(page.heading(), "Create your account");
        let fields = [
            ("email", "nell@acme.test"),
            ("first_name", "Nell"),
            ("last_name", ""),
            ("password", OTHER_PASSWORD),
        ];
        let verify = visitor.sends(&page, &fields);
        assert_eq!(verify.heading(), "Verify your email");
        let code = mailed_code(world, "nell@acme.test");
        let refused = visitor.sends(&verify, &[("code", wrong(&code))]);
        assert!(refused.alert().contains("not right"));
        let session = redeem(world, &visitor.sends(&refused, &[("code", &code)]).code());
        let seen = &session["user"];
        assert_eq!(seen["email_verified"], true);
        assert_eq!((&seen["first_name"], &seen["last_name"]), (&json!("Nell"), &json!(null)));
    });
}

#[test]
fn a_new_verification_code_can_be_asked_for() {
    once(|world| {
        let mut visitor = Visitor::new(world);
        let page = visitor.begins(json!({ "screen_hint": "sign-up" }));
        let fields = [("email", "nell@acme.test"), ("password", OTHER_PASSWORD)];
        let verify = visitor.sends(&page, &fields);
        let older = mailed_code(world, "nell@acme.test");
        world.clock.advance_seconds(1);
        let token = verify.csrf();
        let sent = visitor.post(&verify.actions()[1], &[("csrf", &token)]);
        let verify = visitor.opens(sent.header("location").unwrap());
        assert!(verify.text.contains("role=\"status\""));
        let newer = mailed_code(world, "nell@acme.test");
        assert_ne!(older, newer);
        visitor.sends(&verify, &[("code", &older)]).alert();
        visitor.sends(&verify, &[("code", &newer)]).code();
    });
}

#[test]
fn a_weak_password_is_explained_and_the_rest_stays_typed() {
    once(|world| {
        let mut visitor = Visitor::new(world);
        let page = visitor.begins(json!({ "screen_hint": "sign-up" }));
        let name = "<img src=x onerror=alert(1)>";
        let fields =
            [("email", "wim@acme.test"), ("first_name", name), ("password", "aaaaaaaaaaaa")];
        let refused = visitor.sends(&page, &fields);
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert!(!refused.alert().is_empty());
        assert_eq!(refused.value("email").unwrap(), "wim@acme.test");
        assert_eq!(refused.value("first_name").unwrap(), name);
        assert_eq!(refused.value("password"), None);
        assert!(!refused.text.contains("<img"));
        let users = world.call("users.list", json!({ "email": "wim@acme.test" })).unwrap();
        assert_eq!(users["data"], json!([]));
    });
}

#[test]
fn who_wants_an_account_that_there_is_gets_the_page_of_a_new_one_and_a_code_to_sign_in() {
    each(|world| {
        let ada = user(&world.flow(), ADA);
        let mut pages = Vec::new();
        for email in [ADA, NOBODY] {
            let mut visitor = Visitor::new(world);
            let page = visitor.begins(json!({ "screen_hint": "sign-up" }));
            let fields = [("email", email), ("password", OTHER_PASSWORD)];
            let verify = visitor.sends(&page, &fields);
            let refused = visitor.sends(&verify, &[("code", "12345")]);
            world.clock.advance_seconds(1);
            let token = verify.csrf();
            let sent = visitor.post(&verify.actions()[1], &[("csrf", &token)]);
            let again = visitor.opens(sent.header("location").unwrap());
            pages.push([&verify, &refused, &sent, &again].map(|it| (it.status, words(it, email))));
            let code = mailed_code(world, email);
            let session = redeem(world, &visitor.sends(&again, &[("code", &code)]).code());
            assert_eq!(session["user"]["email"], email);
        }
        assert_eq!(pages[0], pages[1]);
        let password = vestibule_kernel::secret::Secret::new(OTHER_PASSWORD);
        let stored =
            world.flow().read(|cx| vestibule_people::passwords::stored(cx, &ada.id)).unwrap();
        let verdict =
            vestibule_people::passwords::verify(&world.flow(), stored, &password).unwrap();
        assert!(!verdict.matches, "the password that was typed is not the account's");
    });
}

#[test]
fn where_no_codes_sign_in_the_owner_of_an_account_gets_a_link_and_the_page_is_the_same() {
    once(|world| {
        set_policy(world, |it| it.magic_auth = false);
        user(&world.flow(), ADA);
        let mut pages = Vec::new();
        for email in [ADA, NOBODY] {
            let mut visitor = Visitor::new(world);
            let page = visitor.begins(json!({ "screen_hint": "sign-up" }));
            let fields = [("email", email), ("password", OTHER_PASSWORD)];
            let verify = visitor.sends(&page, &fields);
            let refused = visitor.sends(&verify, &[("code", "12345")]);
            pages.push([&verify, &refused].map(|it| (it.status, words(it, email))));
        }
        assert_eq!(pages[0], pages[1]);
        assert!(mails(world, ADA)[0].text.contains("/reset-password?token="));
    });
}

#[test]
fn a_reset_that_the_application_sends_along_leads_over_its_page_and_back() {
    once(|world| {
        let ada = user(&world.flow(), ADA);
        let made = world.flow().write(move |cx| vestibule_signin::password_reset::create(cx, &ada));
        world.drain();
        let token = made.unwrap().password_reset_token;
        let mut visitor = Visitor::new(world);
        let page = visitor.begins(json!({ "password_reset_token": token }));
        assert_eq!(page.heading(), "Choose a new password");
        let done = visitor.sends(&page, &[("new_password", OTHER_PASSWORD)]);
        let text = done.text.replace("&#x2f;", "/");
        let (_, rest) = text.split_once("class=\"primary\" href=\"").unwrap();
        let first = visitor.opens(rest.split_once('"').unwrap().0);
        let second = visitor.sends(&first, &[("email", ADA)]);
        visitor.sends(&second, &[("password", OTHER_PASSWORD)]).code();
    });
}

#[test]
fn where_sign_up_is_closed_nobody_finds_it() {
    once(|world| {
        set_policy(world, |it| it.sign_up = vestibule_signin::policy::SignUp::Closed);
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({ "screen_hint": "sign-up" }));
        assert_eq!(first.heading(), "Sign in");
        assert!(!first.text.contains("Create an account"));
        let up = first.path.replace("/sign-in", "/sign-up");
        assert_eq!(visitor.opens(&up).heading(), "Sign in");
        let token = first.csrf();
        let fields = [("csrf", token.as_str()), ("email", NOBODY), ("password", OTHER_PASSWORD)];
        visitor.post(&up, &fields);
        let users = world.call("users.list", json!({ "email": NOBODY })).unwrap();
        assert_eq!(users["data"], json!([]));
    });
}

#[test]
fn where_there_are_no_passwords_the_code_comes_at_once() {
    once(|world| {
        set_policy(world, |it| it.password = false);
        user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        let page = visitor.sends(&first, &[("email", ADA)]);
        assert_eq!(page.heading(), "Check your email");
        assert!(!page.text.contains("password instead"));
        let code = mailed_code(world, ADA);
        visitor.sends(&page, &[("code", &code)]).code();

        let mut newcomer = Visitor::new(world);
        let page = newcomer.begins(json!({ "screen_hint": "sign-up" }));
        assert!(!page.text.contains("type=\"password\""));
        let page = newcomer.sends(&page, &[("email", NOBODY), ("first_name", "Nell")]);
        let code = mailed_code(world, NOBODY);
        let session = redeem(world, &newcomer.sends(&page, &[("code", &code)]).code());
        assert_eq!(session["user"]["first_name"], "Nell");
    });
}

#[test]
fn a_member_of_several_organizations_chooses_one() {
    each(|world| {
        let ada = user(&world.flow(), ADA);
        join(world, ada.id.as_str(), "North");
        let south = join(world, ada.id.as_str(), "South");
        let mut visitor = Visitor::new(world);
        let page = visitor.signs_in(ADA, PASSWORD);
        assert_eq!(page.heading(), "Choose an organization");
        let refused = visitor.sends(&page, &[("organization_id", "org_none")]);
        assert!(refused.text.contains("not a member there"), "{}", refused.text);
        let done = visitor.sends(&refused, &[("organization_id", &south)]);
        assert_eq!(redeem(world, &done.code())["organization_id"], south);
    });
}

#[test]
fn the_organization_that_the_application_asks_for_is_not_asked_again() {
    once(|world| {
        let ada = user(&world.flow(), ADA);
        let north = join(world, ada.id.as_str(), "North");
        join(world, ada.id.as_str(), "South");
        let elsewhere = world.call("organizations.create", json!({ "name": "East" })).unwrap();
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({ "organization_id": north }));
        let second = visitor.sends(&first, &[("email", ADA)]);
        let done = visitor.sends(&second, &[("password", PASSWORD)]);
        assert_eq!(redeem(world, &done.code())["organization_id"], north);

        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({ "organization_id": elsewhere["id"] }));
        let second = visitor.sends(&first, &[("email", ADA)]);
        let refused = visitor.sends(&second, &[("password", PASSWORD)]);
        assert!(refused.alert().contains("not a member"), "{}", refused.alert());
    });
}

#[test]
fn where_a_second_step_is_required_an_app_is_introduced_once_and_asked_from_then_on() {
    each(|world| {
        set_policy(world, |it| it.second_factor = SecondFactor::Required);
        user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        let page = visitor.signs_in(ADA, PASSWORD);
        assert_eq!(page.heading(), "Set up two-step sign-in");
        assert!(page.text.contains("<svg") && page.text.contains("otpauth:"));
        let secret = secret_of(&page);
        let again = visitor.opens(&page.path);
        assert_eq!(secret_of(&again), secret, "a look at the page makes no other key");
        let code = crate::totp::code(&secret, world.app.now().seconds());
        let refused = visitor.sends(&again, &[("code", wrong(&code))]);
        assert!(refused.alert().contains("not right"));
        assert_eq!(secret_of(&refused), secret);
        redeem(world, &visitor.sends(&refused, &[("code", &code)]).code());

        world.clock.advance_seconds(60);
        let mut visitor = Visitor::new(world);
        let page = visitor.signs_in(ADA, PASSWORD);
        assert_eq!(page.heading(), "Two-step sign-in");
        assert!(!page.text.contains(&secret));
        let code = crate::totp::code(&secret, world.app.now().seconds());
        let session = redeem(world, &visitor.sends(&page, &[("code", &code)]).code());
        assert_eq!(session["authentication_method"], "Password");
    });
}

fn secret_of(page: &Seen) -> String {
    let (_, rest) = page.text.split_once("<code id=\"secret\">").unwrap();
    rest.split_once("</code>").unwrap().0.replace("<span>", "").replace("</span>", "")
}

#[test]
fn a_forgotten_password_is_replaced_and_the_way_leads_back_to_the_sign_in() {
    each(|world| {
        user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        let second = visitor.sends(&first, &[("email", ADA)]);
        let forgotten = visitor.opens(&second.path.replace("/password", "/forgotten"));
        assert_eq!(forgotten.value("email").unwrap(), ADA, "it need not be typed again");
        let sent = visitor.sends(&forgotten, &[("email", ADA)]);
        assert!(sent.text.contains("If there is an account"));
        let mail = mails(world, ADA).remove(0);
        let (_, link) = mail.text.split_once("http://127.0.0.1:4100").unwrap();
        let link = link.split_whitespace().next().unwrap();
        let page = visitor.opens(link);
        let done = visitor.sends(&page, &[("new_password", OTHER_PASSWORD)]);
        assert_eq!(done.heading(), "Password changed");
        let back = second.path.replace("/password", "/sign-in");
        assert!(done.text.replace("&#x2f;", "/").contains(&back), "{}", done.text);
        let first = visitor.opens(&back);
        let second = visitor.sends(&first, &[("email", ADA)]);
        visitor.sends(&second, &[("password", PASSWORD)]).alert();
        visitor.sends(&second, &[("password", OTHER_PASSWORD)]).code();
    });
}

#[test]
fn hints_of_the_application_fill_in_the_address_and_choose_the_page() {
    once(|world| {
        let mut visitor = Visitor::new(world);
        let page = visitor.begins(json!({ "login_hint": ADA }));
        assert_eq!(
            (page.heading().as_str(), page.value("email").unwrap().as_str()),
            ("Sign in", ADA)
        );
        let page = visitor.begins(json!({ "login_hint": ADA, "screen_hint": "sign-up" }));
        assert_eq!(page.heading(), "Create your account");
        assert_eq!(page.value("email").unwrap(), ADA);
    });
}

#[test]
fn who_is_signed_in_goes_straight_through_unless_asked_to_sign_in_anew() {
    each(|world| {
        user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        let session = redeem(world, &visitor.signs_in(ADA, PASSWORD).code());
        let back = visitor.comes_from_application(json!({}));
        assert!(back.starts_with(CALLBACK), "{back}");
        let code = back.split_once("code=").unwrap().1.split('&').next().unwrap();
        let again = redeem(world, code);
        assert_eq!(again["user"]["id"], session["user"]["id"]);
        let pages = visitor.begins(json!({ "prompt": "login" }));
        assert_eq!(pages.heading(), "Sign in");
        assert_eq!(pages.value("email").unwrap(), ADA);
        let second = visitor.sends(&pages, &[("email", ADA)]);
        redeem(world, &visitor.sends(&second, &[("password", PASSWORD)]).code());
        let events = world.event_names();
        assert_eq!(events.iter().filter(|it| *it == "session.created").count(), 1);
        let anew = "authentication.reauthentication_succeeded";
        assert_eq!(events.iter().filter(|it| *it == anew).count(), 1);
    });
}

#[test]
fn a_sign_in_that_took_too_long_begins_again_and_says_so() {
    once(|world| {
        let ada = user(&world.flow(), ADA);
        join(world, ada.id.as_str(), "North");
        let south = join(world, ada.id.as_str(), "South");
        let mut visitor = Visitor::new(world);
        let page = visitor.signs_in(ADA, PASSWORD);
        world.clock.advance_seconds(20 * 60);
        let late = visitor.sends(&page, &[("organization_id", &south)]);
        assert_eq!(late.heading(), "Sign in");
        assert!(late.text.contains("took a while"), "{}", late.text);
        assert_eq!(late.value("email").unwrap(), ADA);
        world.clock.advance_seconds(60 * 60);
        let over = visitor.opens(&late.path);
        assert_eq!(over.status, StatusCode::GONE);
        assert!(over.text.contains("Go back to the application"));
    });
}

#[test]
fn too_many_tries_have_to_wait_and_are_told_how_long() {
    once(|world| {
        user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        let mut page = visitor.signs_in(ADA, "Not-The-Password-55");
        for _ in 0..9 {
            page = visitor.sends(&page, &[("password", "Not-The-Password-55")]);
        }
        let refused = visitor.sends(&page, &[("password", PASSWORD)]);
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.text.contains("Wait 60 seconds"), "{}", refused.text);
        world.clock.advance_seconds(60);
        visitor.sends(&page, &[("password", PASSWORD)]).code();
    });
}

#[test]
fn mails_are_limited_and_the_page_says_so() {
    once(|world| {
        user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        let second = visitor.sends(&first, &[("email", ADA)]);
        let (resend, token) = (second.actions().remove(1), second.csrf());
        for _ in 0..3 {
            let sent = visitor.post(&resend, &[("csrf", &token)]);
            assert_eq!(sent.status, StatusCode::SEE_OTHER);
        }
        let refused = visitor.post(&resend, &[("csrf", &token)]);
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.text.contains("Wait 60 seconds"));
        assert_eq!(mails(world, ADA).len(), 3);
    });
}
