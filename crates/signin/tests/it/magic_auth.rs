//! Magic-auth codes.
use serde_json::{Value, json};
use vestibule_kernel::Cx;
use vestibule_kernel::call::Request;
use vestibule_kernel::testing::{Domains, World, each_engine};
use vestibule_messages::inbox;
use vestibule_people::codes::Redeemed;
use vestibule_people::users::{self, NewUser, User};
use vestibule_people::{invitations, organizations};
use vestibule_signin::magic_auth::{self, MagicAuthSettings};
use vestibule_signin::policy::SignInPolicy;

const DOMAINS: Domains = Domains {
    operations: &[magic_auth::OPERATIONS, invitations::OPERATIONS, organizations::OPERATIONS],
    reactions: &[],
    handlers: vestibule_messages::HANDLERS,
};

fn new_user(world: &World, email: &'static str) -> User {
    let create = move |cx: &mut Cx<'_>| {
        users::create(cx, NewUser { email: email.to_owned(), ..NewUser::default() })
    };
    world.flow().write(create).unwrap()
}

fn create(world: &World, input: Value) -> vestibule_kernel::Result<Value> {
    world.call("magic_auth.create", input)
}

fn redeem(world: &World, user: &User, code: &str) -> Redeemed {
    let (id, code) = (user.id.clone(), code.to_owned());
    world.flow().write(move |cx| magic_auth::redeem(cx, &id, &code)).unwrap()
}

fn forbid(world: &World, change: fn(&mut SignInPolicy)) {
    let mut policy = SignInPolicy::default();
    change(&mut policy);
    world.flow().write(move |cx| cx.set(&policy)).unwrap();
}

/// The `error` of a refusal of the OAuth family.
fn oauth_error(done: vestibule_kernel::Result<Value>) -> String {
    let error = done.unwrap_err();
    assert_eq!(error.status(), 400, "{error}");
    let body = error.body();
    assert!(body["error_description"].is_string() && body.get("message").is_none(), "{body}");
    body["error"].as_str().unwrap().to_owned()
}

#[test]
fn a_code_is_answered_mailed_and_told_without_its_digits() {
    each_engine(DOMAINS, |world| {
        let user = new_user(world, "Ada@acme.test");
        let input = json!({
            "email": " ada@ACME.test ",
            "ip_address": "203.0.113.1",
            "user_agent": "Browser",
            "radar_auth_attempt_id": "radar_att_1",
            "signals_id": "s",
        });
        let magic = create(world, input).unwrap();
        let code = magic["code"].as_str().unwrap();
        assert!(code.len() == 6 && code.bytes().all(|it| it.is_ascii_digit()), "{code}");
        let mut notice = json!({
            "object": "magic_auth",
            "id": magic["id"],
            "user_id": user.id,
            "email": "Ada@acme.test",
            "expires_at": "2026-01-15T12:10:00.000Z",
            "created_at": "2026-01-15T12:00:00.000Z",
            "updated_at": "2026-01-15T12:00:00.000Z",
        });
        let (name, payload) = world.events().pop().unwrap();
        assert_eq!((name.as_str(), &payload), ("magic_auth.created", &notice));
        notice["code"] = json!(code);
        assert_eq!(magic, notice);
        let read = world.call("magic_auth.get", json!({ "id": magic["id"] })).unwrap();
        assert_eq!(read, magic);
        world.drain();
        let mail = world.flow().read(inbox::list).unwrap().remove(0);
        assert_eq!(mail.to, "Ada@acme.test");
        assert!(mail.text.contains(code) && mail.text.contains("for 10 minutes"), "{}", mail.text);
    });
}

#[test]
fn an_unknown_address_becomes_a_user_where_people_may_sign_up() {
    each_engine(DOMAINS, |world| {
        let magic = create(world, json!({ "email": "eve@acme.test" })).unwrap();
        let user =
            world.flow().read(|cx| users::get_by_email(cx, "eve@acme.test")).unwrap().unwrap();
        assert_eq!(magic["user_id"], user.id.as_str());
        assert!(!user.email_verified);
        assert_eq!(world.event_names(), ["user.created", "magic_auth.created"]);
        forbid(world, |it| it.sign_up = vestibule_signin::policy::SignUp::Closed);
        let refused = create(world, json!({ "email": "mallory@acme.test" }));
        assert_eq!(oauth_error(refused), "sign_up_not_allowed");
        create(world, json!({ "email": "eve@acme.test" })).unwrap();
        world.drain();
    });
}

#[test]
fn an_invitation_opens_a_closed_door_while_it_lasts() {
    each_engine(DOMAINS, |world| {
        forbid(world, |it| it.sign_up = vestibule_signin::policy::SignUp::Closed);
        let invite = |email: &str| {
            let made = world.call("invitations.create", json!({ "email": email })).unwrap();
            made["token"].as_str().unwrap().to_owned()
        };
        let token = invite("eve@acme.test");
        let input = json!({ "email": "eve@acme.test", "invitation_token": token });
        create(world, input).unwrap();
        let late = invite("late@acme.test");
        world.drain();
        world.clock.advance_seconds(7 * 86_400);
        for token in [late.as_str(), "unknown"] {
            let input = json!({ "email": "late@acme.test", "invitation_token": token });
            assert_eq!(oauth_error(create(world, input)), "invitation_invalid");
        }
        assert_eq!(
            oauth_error(create(world, json!({ "email": "late@acme.test" }))),
            "sign_up_not_allowed"
        );
    });
}

#[test]
fn somebody_elses_invitation_to_an_organization_is_refused() {
    each_engine(DOMAINS, |world| {
        let organization = world.call("organizations.create", json!({ "name": "Acme" })).unwrap();
        let invitation = json!({ "email": "ada@acme.test", "organization_id": organization["id"] });
        let invitation = world.call("invitations.create", invitation).unwrap();
        world.drain();
        let input = json!({ "email": "eve@evil.test", "invitation_token": invitation["token"] });
        assert_eq!(oauth_error(create(world, input)), "invitation_invalid");
        assert!(
            world.flow().read(|cx| users::get_by_email(cx, "eve@evil.test")).unwrap().is_none()
        );
    });
}

#[test]
fn where_codes_do_not_sign_in_none_is_made() {
    each_engine(DOMAINS, |world| {
        forbid(world, |it| it.magic_auth = false);
        let refused = create(world, json!({ "email": "ada@acme.test" }));
        assert_eq!(oauth_error(refused), "authentication_method_not_allowed");
        assert_eq!(world.event_names(), [""; 0]);
    });
}

#[test]
fn what_is_no_address_is_refused_whether_people_may_sign_up_or_not() {
    each_engine(DOMAINS, |world| {
        for open in [true, false] {
            if !open {
                forbid(world, |it| it.sign_up = vestibule_signin::policy::SignUp::Closed);
            }
            for email in ["", "nobody", "a@b.test\r\nBcc: eve@evil.test"] {
                let error = create(world, json!({ "email": email })).unwrap_err();
                assert_eq!(error.status(), 422, "{email}");
                assert_eq!(error.fields()[0].field.as_deref(), Some("email"));
            }
        }
    });
}

#[test]
fn an_address_is_mailed_three_times_a_minute_at_the_most() {
    each_engine(DOMAINS, |world| {
        for email in ["eve@acme.test", "EVE@acme.test", " eve@acme.test"] {
            create(world, json!({ "email": email })).unwrap();
        }
        let error = create(world, json!({ "email": "eve@acme.test" })).unwrap_err();
        assert_eq!((error.status(), error.code()), (429, "rate_limit_exceeded"));
        assert_eq!(error.retry_after_seconds(), Some(60));
        create(world, json!({ "email": "ada@acme.test" })).unwrap();
        world.clock.advance_seconds(60);
        create(world, json!({ "email": "eve@acme.test" })).unwrap();
        world.drain();
        assert_eq!(world.flow().read(inbox::list).unwrap().len(), 5);
    });
}

#[test]
fn guessing_a_code_stops_after_ten_tries() {
    each_engine(DOMAINS, |world| {
        let user = new_user(world, "ada@acme.test");
        let magic = create(world, json!({ "email": "ada@acme.test" })).unwrap();
        world.drain();
        let code = magic["code"].as_str().unwrap();
        let wrong = if code == "000000" { "000001" } else { "000000" };
        for _ in 0..10 {
            assert!(matches!(redeem(world, &user, wrong), Redeemed::Incorrect));
        }
        assert!(matches!(redeem(world, &user, code), Redeemed::TooManyAttempts));
    });
}

#[test]
fn a_replayed_expired_or_superseded_code_is_refused() {
    each_engine(DOMAINS, |world| {
        let user = new_user(world, "ada@acme.test");
        let make = || {
            let magic = create(world, json!({ "email": "ada@acme.test" })).unwrap();
            world.drain();
            magic["code"].as_str().unwrap().to_owned()
        };
        let (first, second) = (make(), make());
        assert_ne!(first, second);
        assert!(matches!(redeem(world, &user, &first), Redeemed::Incorrect));
        assert!(matches!(redeem(world, &user, &second), Redeemed::Good(_)));
        assert!(matches!(redeem(world, &user, &second), Redeemed::Used));
        let third = make();
        world.clock.advance_seconds(600);
        assert!(matches!(redeem(world, &user, &third), Redeemed::Expired));
    });
}

#[test]
fn nobody_is_mailed_where_no_mail_arrives() {
    each_engine(DOMAINS, |world| {
        let error = create(world, json!({ "email": "ada@acme.invalid" })).unwrap_err();
        let why = "No mail can be delivered to the domain of 'ada@acme.invalid'.";
        let body = json!({ "code": "email_domain_not_deliverable", "message": why });
        assert_eq!((error.status(), error.body()), (400, body));
        assert!(world.event_names().is_empty(), "nobody was made");
    });
}

#[test]
fn an_application_that_mails_codes_itself_gets_them_from_the_reply() {
    each_engine(DOMAINS, |world| {
        world.flow().write(|cx| cx.set(&MagicAuthSettings { send_mail: false })).unwrap();
        let magic = create(world, json!({ "email": "ada@acme.test" })).unwrap();
        assert!(magic["code"].is_string());
        world.drain();
        assert!(world.flow().read(inbox::list).unwrap().is_empty());
    });
}

#[test]
fn another_environment_sees_no_code() {
    each_engine(DOMAINS, |world| {
        let magic = create(world, json!({ "email": "ada@acme.test" })).unwrap();
        world.drain();
        let (_, key) = world.other_environment();
        let request = Request { credential: Some(key), ..Request::default() };
        let id = magic["id"].as_str().unwrap();
        let error = world.call_as(request, "magic_auth.get", json!({ "id": id })).unwrap_err();
        let why = format!("Magic auth not found: '{id}'.");
        assert_eq!((error.status(), error.body()["message"].clone()), (404, json!(why)));
    });
}
