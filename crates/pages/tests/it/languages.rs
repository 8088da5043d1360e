//! The language that pages and the mails behind them are in.
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::json;
use vestibule_kernel::testing::World;

use crate::visitor::{Seen, Visitor};
use crate::world::{PASSWORD, each, join, mails, once, set_policy, user};

const ADA: &str = "ada@acme.test";

fn opened(visitor: &mut Visitor<'_>, path: &str, accept_language: &str) -> Seen {
    let request = Request::get(path).header(header::ACCEPT_LANGUAGE, accept_language);
    visitor.ask(request.body(Body::empty()).unwrap())
}

fn set_locale(world: &World, id: &str, locale: &str) {
    world.call("users.update", json!({ "id": id, "locale": locale })).unwrap();
}

#[test]
fn what_the_application_asks_for_comes_before_what_the_browser_accepts() {
    once(|world| {
        let mut visitor = Visitor::new(world);
        let path = visitor.comes_from_application(json!({}));
        let page = opened(&mut visitor, &format!("{path}/sign-in"), "sv, de-AT;q=0.9, en;q=0.5");
        assert_eq!(page.heading(), "Anmelden");
        assert!(page.text.contains("<html lang=\"de\" dir=\"ltr\">"), "{}", page.text);
        let path = visitor.comes_from_application(json!({ "ui_locales": "tlh ja en" }));
        let page = opened(&mut visitor, &format!("{path}/sign-in"), "de");
        assert_eq!(page.heading(), "サインイン");
        let path = visitor.comes_from_application(json!({ "ui_locales": "ar" }));
        let page = opened(&mut visitor, &format!("{path}/sign-in"), "de");
        assert!(page.text.contains("<html lang=\"ar\" dir=\"rtl\">"), "{}", page.text);
    });
}

#[test]
fn a_users_own_language_tells_nobody_that_there_is_such_a_user() {
    once(|world| {
        let ada = user(&world.flow(), ADA);
        set_locale(world, ada.id.as_str(), "fr");
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        let second = visitor.sends(&first, &[("email", ADA)]);
        assert_eq!(second.heading(), "Welcome back");
        let wrong = visitor.sends(&second, &[("password", "Not-The-Password-55")]);
        assert!(wrong.alert().contains("do not belong together"));
        assert!(wrong.text.contains("<html lang=\"en\""));
    });
}

#[test]
fn once_they_have_shown_who_they_are_users_read_their_own_language() {
    once(|world| {
        let ada = user(&world.flow(), ADA);
        set_locale(world, ada.id.as_str(), "fr-CA");
        join(world, ada.id.as_str(), "Acme");
        join(world, ada.id.as_str(), "Hosts");
        let page = Visitor::new(world).signs_in(ADA, PASSWORD);
        assert_eq!(page.heading(), "Choisissez une organisation");
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({ "ui_locales": "de" }));
        let second = visitor.sends(&first, &[("email", ADA)]);
        let page = visitor.sends(&second, &[("password", PASSWORD)]);
        assert_eq!(page.heading(), "Organisation auswählen", "the application's wish comes first");
    });
}

#[test]
fn a_mail_that_a_page_sends_is_in_the_language_of_the_page() {
    each(|world| {
        set_policy(world, |it| it.password = false);
        user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({ "ui_locales": "de-CH" }));
        visitor.sends(&first, &[("email", ADA)]);
        let mail = mails(world, ADA).remove(0);
        assert_eq!(mail.subject.as_deref(), Some("Ihr Anmeldecode"));
        assert!(mail.html.unwrap().contains("<html lang=\"de\" dir=\"ltr\">"));
    });
}

#[test]
fn an_error_is_told_in_the_language_of_the_browser() {
    once(|world| {
        let mut visitor = Visitor::new(world);
        let page = opened(&mut visitor, "/authkit/authorization_request_none/sign-in", "tr");
        assert_eq!(page.heading(), "Süresi doldu");
        assert!(page.text.contains("request-0815"));
    });
}
