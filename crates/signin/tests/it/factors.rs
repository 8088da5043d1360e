//! Authentication factors and their challenges.
use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;
use serde_json::{Value, json};
use vestibule_branding::Branding;
use vestibule_kernel::call::Request;
use vestibule_kernel::event::Reaction;
use vestibule_kernel::id::{AuthenticationChallengeId, UserId};
use vestibule_kernel::testing::{Domains, World, each_engine};
use vestibule_messages::inbox;
use vestibule_people::users::{self, NewUser, User};
use vestibule_signin::factors::{self, Verified};

const REACTIONS: &[Reaction] = &[factors::USER_DELETED];
const DOMAINS: Domains = Domains {
    operations: &[factors::OPERATIONS],
    reactions: REACTIONS,
    handlers: vestibule_messages::HANDLERS,
};

fn new_user(world: &World, email: &str) -> User {
    let email = email.to_owned();
    let create = move |cx: &mut vestibule_kernel::Cx<'_>| {
        users::create(cx, NewUser { email: email.clone(), ..NewUser::default() })
    };
    world.flow().write(create).unwrap()
}

/// What an authenticator app shows now, or so many steps later.
fn app_code(world: &World, secret: &str, steps: i64) -> String {
    let counter = world.app.now().seconds() / 30 + steps;
    let key = BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let tag = hmac::sign(&key, &counter.to_be_bytes());
    let at = usize::from(tag.as_ref()[19] & 15);
    let number = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// A code that no step near now has.
fn wrong_code(world: &World, secret: &str) -> String {
    let near: Vec<String> = (-1..=1).map(|it| app_code(world, secret, it)).collect();
    (0..4).map(|it| format!("{it:06}")).find(|it| !near.contains(it)).unwrap()
}

/// A factor of an app that stands alone: its id and secret.
fn app_factor(world: &World) -> (String, String) {
    let input = json!({ "type": "totp", "totp_issuer": "Acme", "totp_user": "ada" });
    let factor = world.call("auth_factors.enroll", input).unwrap();
    (text(&factor["id"]), text(&factor["totp"]["secret"]))
}

fn challenge(world: &World, factor: &str) -> String {
    text(&world.call("auth_factors.challenge", json!({ "id": factor })).unwrap()["id"])
}

fn verify(world: &World, challenge: &str, code: &str) -> vestibule_kernel::Result<Value> {
    world.call("auth_challenges.verify", json!({ "id": challenge, "code": code }))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn an_app_is_enrolled_with_all_it_needs_and_its_secret_is_shown_once() {
    each_engine(DOMAINS, |world| {
        let input = json!({ "type": "totp", "totp_issuer": "Acme", "totp_user": "ada@acme.test" });
        let mut factor = world.call("auth_factors.enroll", input).unwrap();
        let id = text(&factor["id"]);
        assert!(id.starts_with("auth_factor_"), "{id}");
        let secret = text(&factor["totp"]["secret"]);
        assert_eq!(secret.len(), 32);
        let qr_code = text(&factor["totp"]["qr_code"]);
        assert!(qr_code.starts_with("data:image/png;base64,iVBORw0KGgo"), "{qr_code}");
        assert_eq!(
            factor["totp"]["uri"],
            format!(
                "otpauth://totp/Acme:ada%40acme.test?secret={secret}&issuer=Acme\
                 &algorithm=SHA1&digits=6&period=30"
            )
        );
        let shown_again = json!({
            "object": "authentication_factor",
            "id": id,
            "type": "totp",
            "totp": { "issuer": "Acme", "user": "ada@acme.test" },
            "created_at": "2026-01-15T12:00:00.000Z",
            "updated_at": "2026-01-15T12:00:00.000Z",
        });
        assert_eq!(world.call("auth_factors.get", json!({ "id": id })).unwrap(), shown_again);
        factor["totp"] = shown_again["totp"].clone();
        assert_eq!(factor, shown_again);
    });
}

#[test]
fn a_user_enrols_an_app_with_defaults_and_the_challenge_that_proves_it() {
    each_engine(DOMAINS, |world| {
        let user = new_user(world, "Ada@acme.test");
        let create = json!({ "user_id": user.id, "type": "totp" });
        let made = world.call("auth_factors.create", create.clone()).unwrap();
        let factor = &made["authentication_factor"];
        assert_eq!(factor["user_id"], user.id.as_str());
        let account = (&factor["totp"]["issuer"], &factor["totp"]["user"]);
        assert_eq!(account, (&json!("127.0.0.1"), &json!("Ada@acme.test")));
        assert_eq!(
            made["authentication_challenge"],
            json!({
                "object": "authentication_challenge",
                "id": made["authentication_challenge"]["id"],
                "authentication_factor_id": factor["id"],
                "created_at": "2026-01-15T12:00:00.000Z",
                "updated_at": "2026-01-15T12:00:00.000Z",
            })
        );
        let application =
            Branding { application_name: Some("Acme Notes".to_owned()), ..Branding::default() };
        world.flow().write(move |cx| cx.set(&application)).unwrap();
        let named = world.call("auth_factors.create", create).unwrap();
        assert_eq!(named["authentication_factor"]["totp"]["issuer"], "Acme Notes");
    });
}

#[test]
fn a_secret_that_is_brought_along_is_kept_and_works() {
    each_engine(DOMAINS, |world| {
        let user = new_user(world, "ada@acme.test");
        let input =
            json!({ "user_id": user.id, "type": "totp", "totp_secret": "jbsw y3dp ehpk 3pxp" });
        let made = world.call("auth_factors.create", input).unwrap();
        assert_eq!(made["authentication_factor"]["totp"]["secret"], "JBSWY3DPEHPK3PXP");
        let challenge = text(&made["authentication_challenge"]["id"]);
        let code = app_code(world, "JBSWY3DPEHPK3PXP", 0);
        assert_eq!(verify(world, &challenge, &code).unwrap()["valid"], true);
    });
}

#[test]
fn a_factor_counts_once_a_challenge_of_it_was_met() {
    each_engine(DOMAINS, |world| {
        let user = new_user(world, "ada@acme.test");
        let made = world
            .call("auth_factors.create", json!({ "user_id": user.id, "type": "totp" }))
            .unwrap();
        let enrolled =
            |world: &World| world.flow().read(|cx| factors::of_user(cx, &user.id)).unwrap().len();
        assert_eq!(enrolled(world), 0);
        let list = json!({ "user_id": user.id });
        assert_eq!(world.call("auth_factors.list", list).unwrap()["data"][0]["type"], "totp");
        let secret = text(&made["authentication_factor"]["totp"]["secret"]);
        let challenge = text(&made["authentication_challenge"]["id"]);
        let wrong = verify(world, &challenge, &wrong_code(world, &secret)).unwrap();
        assert_eq!((wrong["valid"].clone(), enrolled(world)), (json!(false), 0));
        let code = app_code(world, &secret, 0);
        let right = verify(world, &challenge, &code).unwrap();
        assert_eq!(right["valid"], true);
        assert_eq!(right["challenge"]["id"], challenge);
        assert_eq!(enrolled(world), 1);
    });
}

#[test]
fn a_replayed_code_of_an_app_is_refused() {
    each_engine(DOMAINS, |world| {
        let (factor, secret) = app_factor(world);
        let (first, second) = (challenge(world, &factor), challenge(world, &factor));
        let code = app_code(world, &secret, 0);
        assert_eq!(verify(world, &first, &code).unwrap()["valid"], true);
        assert_eq!(verify(world, &second, &code).unwrap()["valid"], false);
        let earlier = app_code(world, &secret, -1);
        assert_eq!(verify(world, &second, &earlier).unwrap()["valid"], false, "an older code");
        let next = app_code(world, &secret, 1);
        assert_eq!(verify(world, &second, &next).unwrap()["valid"], true);
    });
}

#[test]
fn a_challenge_is_met_once() {
    each_engine(DOMAINS, |world| {
        let (factor, secret) = app_factor(world);
        let challenge = challenge(world, &factor);
        verify(world, &challenge, &app_code(world, &secret, 0)).unwrap();
        world.clock.advance_seconds(60);
        let error = verify(world, &challenge, &app_code(world, &secret, 0)).unwrap_err();
        assert_eq!((error.status(), error.code()), (422, ""));
        let why = format!("The authentication challenge '{challenge}' was verified already.");
        assert_eq!(error.body(), json!({ "message": why }));
    });
}

#[test]
fn guessing_a_challenge_stops_after_ten_tries() {
    each_engine(DOMAINS, |world| {
        let (factor, secret) = app_factor(world);
        let challenge = challenge(world, &factor);
        let wrong = wrong_code(world, &secret);
        for _ in 0..10 {
            assert_eq!(verify(world, &challenge, &wrong).unwrap()["valid"], false);
        }
        for code in [wrong, app_code(world, &secret, 0)] {
            let error = verify(world, &challenge, &code).unwrap_err();
            assert_eq!(error.status(), 400);
            assert_eq!(error.body()["code"], "one_time_code_too_many_attempts");
        }
    });
}

#[test]
fn fresh_challenges_buy_no_fresh_guesses() {
    each_engine(DOMAINS, |world| {
        let (factor, secret) = app_factor(world);
        for _ in 0..20 {
            let challenge = challenge(world, &factor);
            verify(world, &challenge, &wrong_code(world, &secret)).unwrap();
        }
        let last = challenge(world, &factor);
        let error = verify(world, &last, &app_code(world, &secret, 0)).unwrap_err();
        assert_eq!(error.code(), "one_time_code_too_many_attempts");
        world.clock.advance_seconds(3600);
        assert_eq!(verify(world, &last, &app_code(world, &secret, 0)).unwrap()["valid"], true);
    });
}

#[test]
fn a_right_code_forgives_the_wrong_ones_before_it() {
    each_engine(DOMAINS, |world| {
        let (factor, secret) = app_factor(world);
        for _ in 0..3 {
            for _ in 0..2 {
                let challenge = challenge(world, &factor);
                for _ in 0..9 {
                    verify(world, &challenge, &wrong_code(world, &secret)).unwrap();
                }
            }
            let challenge = challenge(world, &factor);
            let code = app_code(world, &secret, 0);
            assert_eq!(verify(world, &challenge, &code).unwrap()["valid"], true);
            world.clock.advance_seconds(60);
        }
    });
}

#[test]
fn a_telephone_gets_the_code_and_the_reply_does_not_hold_it() {
    each_engine(DOMAINS, |world| {
        let input = json!({ "type": "sms", "phone_number": "+1 (555) 555-0100" });
        let factor = world.call("auth_factors.enroll", input).unwrap();
        assert_eq!(factor["sms"], json!({ "phone_number": "+15555550100" }));
        let made = world.call("auth_factors.challenge", json!({ "id": factor["id"] })).unwrap();
        assert_eq!(made["expires_at"], "2026-01-15T12:10:00.000Z");
        assert_eq!(made.get("code"), None);
        world.drain();
        let message = world.flow().read(inbox::list).unwrap().remove(0);
        assert_eq!(message.to, "+15555550100");
        let code: String = message.text.chars().filter(char::is_ascii_digit).take(6).collect();
        assert_eq!(message.text, format!("Your code is {code}. It works for 10 minutes."));
        let challenge = text(&made["id"]);
        assert_eq!(verify(world, &challenge, &code).unwrap()["valid"], true);
        assert_eq!(verify(world, &challenge, &code).unwrap_err().status(), 422);
    });
}

#[test]
fn a_text_message_follows_the_template() {
    each_engine(DOMAINS, |world| {
        let input = json!({ "type": "sms", "phone_number": "+15555550100" });
        let factor = world.call("auth_factors.enroll", input).unwrap();
        let challenge = |template: &str| {
            let input = json!({ "id": factor["id"], "sms_template": template });
            world.call("auth_factors.challenge", input)
        };
        let error = challenge("no place for it").unwrap_err();
        assert_eq!(
            (error.status(), error.fields()[0].field.as_deref()),
            (422, Some("sms_template"))
        );
        challenge("Acme: {{code}}").unwrap();
        world.drain();
        let message = world.flow().read(inbox::list).unwrap().remove(0);
        assert!(
            message.text.strip_prefix("Acme: ").is_some_and(|it| it.len() == 6),
            "{}",
            message.text
        );
    });
}

#[test]
fn a_code_for_the_application_to_deliver_expires_after_ten_minutes() {
    each_engine(DOMAINS, |world| {
        let factor = world.call("auth_factors.enroll", json!({ "type": "generic_otp" })).unwrap();
        let make = || world.call("auth_factors.challenge", json!({ "id": factor["id"] })).unwrap();
        let (in_time, too_late) = (make(), make());
        let parts = |it: &Value| (text(&it["id"]), text(&it["code"]));
        let ((first, first_code), (second, second_code)) = (parts(&in_time), parts(&too_late));
        world.clock.advance_millis(10 * 60 * 1000 - 1);
        assert_eq!(verify(world, &first, &first_code).unwrap()["valid"], true);
        world.clock.advance_millis(1);
        let error = verify(world, &second, &second_code).unwrap_err();
        let why = format!("The authentication challenge '{second}' has expired.");
        assert_eq!((error.status(), error.body()), (422, json!({ "message": why })));
    });
}

#[test]
fn the_database_holds_no_secret_and_no_code_in_the_clear() {
    each_engine(DOMAINS, |world| {
        let (_, secret) = app_factor(world);
        let factor = world.call("auth_factors.enroll", json!({ "type": "generic_otp" })).unwrap();
        let made = world.call("auth_factors.challenge", json!({ "id": factor["id"] })).unwrap();
        let code = text(&made["code"]);
        let stored = world.flow().read(|cx| {
            let values = [cx.environment.into()];
            let mut out = Vec::new();
            for sql in [
                "SELECT sealed_secret FROM authentication_factors
                 WHERE environment_id = $1 AND sealed_secret IS NOT NULL",
                "SELECT sealed_code FROM authentication_challenges WHERE environment_id = $1",
            ] {
                for mut row in cx.db().query(sql, &values)? {
                    out.push(String::from_utf8_lossy(&row.take::<Vec<u8>>()?).into_owned());
                }
            }
            Ok(out)
        });
        let stored = stored.unwrap();
        assert_eq!(stored.len(), 2);
        assert!(stored.iter().all(|it| !it.contains(&secret) && !it.contains(&code)));
    });
}

#[test]
fn a_deleted_factor_takes_its_challenges_with_it() {
    each_engine(DOMAINS, |world| {
        let (factor, secret) = app_factor(world);
        let challenge = challenge(world, &factor);
        assert_eq!(
            world.call("auth_factors.delete", json!({ "id": factor })).unwrap(),
            Value::Null
        );
        let code = app_code(world, &secret, 0);
        assert_eq!(verify(world, &challenge, &code).unwrap_err().status(), 404);
        for operation in ["auth_factors.get", "auth_factors.delete", "auth_factors.challenge"] {
            let error = world.call(operation, json!({ "id": factor })).unwrap_err();
            let why = format!("Authentication factor not found: '{factor}'.");
            assert_eq!(error.body()["message"], why, "{operation}");
        }
    });
}

#[test]
fn a_deleted_users_factors_are_gone() {
    each_engine(DOMAINS, |world| {
        let user = new_user(world, "ada@acme.test");
        let made = world
            .call("auth_factors.create", json!({ "user_id": user.id, "type": "totp" }))
            .unwrap();
        world.flow().write(move |cx| cx.emit(&users::DELETED, &user)).unwrap();
        let id = &made["authentication_factor"]["id"];
        assert_eq!(world.call("auth_factors.get", json!({ "id": id })).unwrap_err().status(), 404);
        let challenge = text(&made["authentication_challenge"]["id"]);
        assert_eq!(verify(world, &challenge, "000000").unwrap_err().status(), 404);
    });
}

#[test]
fn the_factors_of_a_user_are_listed_in_pages_and_apart_from_others() {
    each_engine(DOMAINS, |world| {
        let (ada, grace) = (new_user(world, "ada@acme.test"), new_user(world, "grace@acme.test"));
        let mut made = Vec::new();
        for user in [&ada, &grace, &ada, &ada] {
            let input = json!({ "type": "generic_otp", "user_id": user.id });
            let factor = world.call("auth_factors.enroll", input).unwrap();
            made.push(text(&factor["id"]));
            world.clock.advance_seconds(1);
        }
        let page = |after: Option<&str>| {
            let mut input = json!({ "user_id": ada.id, "limit": 2 });
            if let Some(after) = after {
                input["after"] = after.into();
            }
            let page = world.call("auth_factors.list", input).unwrap();
            let ids: Vec<String> =
                page["data"].as_array().unwrap().iter().map(|it| text(&it["id"])).collect();
            (ids, page["list_metadata"]["after"].clone())
        };
        let (ids, after) = page(None);
        assert_eq!(ids, [made[3].clone(), made[2].clone()]);
        let (ids, after) = page(after.as_str());
        assert_eq!((ids, after), (vec![made[0].clone()], Value::Null));
        let unknown = json!({ "user_id": UserId::parse("user_unknown").unwrap() });
        assert_eq!(world.call("auth_factors.list", unknown).unwrap_err().status(), 404);
    });
}

#[test]
fn what_no_factor_can_be_made_of_is_refused_field_by_field() {
    each_engine(DOMAINS, |world| {
        let user = new_user(world, "ada@acme.test");
        let long = "x".repeat(255);
        let cases = [
            ("auth_factors.enroll", json!({}), "type", "required"),
            ("auth_factors.enroll", json!({ "type": "pigeon" }), "type", "invalid_enum_value"),
            ("auth_factors.enroll", json!({ "type": "sms" }), "phone_number", "required"),
            (
                "auth_factors.enroll",
                json!({ "type": "sms", "phone_number": "555 0100" }),
                "phone_number",
                "invalid",
            ),
            ("auth_factors.enroll", json!({ "type": "totp" }), "totp_issuer", "required"),
            (
                "auth_factors.enroll",
                json!({ "type": "totp", "totp_issuer": "Acme" }),
                "totp_user",
                "required",
            ),
            (
                "auth_factors.enroll",
                json!({ "type": "totp", "totp_issuer": "é".repeat(255), "totp_user": long }),
                "totp_issuer",
                "too_long",
            ),
            (
                "auth_factors.create",
                json!({ "user_id": user.id, "type": "totp", "totp_secret": "not base32!" }),
                "totp_secret",
                "invalid",
            ),
        ];
        for (operation, input, field, code) in cases {
            let error = world.call(operation, input.clone()).unwrap_err();
            assert_eq!(error.status(), 422, "{input}");
            let refused = &error.fields()[0];
            assert_eq!((refused.field.as_deref(), &*refused.code), (Some(field), code), "{input}");
        }
        let sms = json!({ "user_id": user.id, "type": "sms" });
        assert_eq!(world.call("auth_factors.create", sms).unwrap_err().status(), 422);
        let nobody = json!({ "type": "generic_otp", "user_id": "user_unknown" });
        let error = world.call("auth_factors.enroll", nobody).unwrap_err();
        assert_eq!(error.body()["message"], "User not found: 'user_unknown'.");
    });
}

#[test]
fn another_environment_sees_neither_factors_nor_challenges() {
    each_engine(DOMAINS, |world| {
        let user = new_user(world, "ada@acme.test");
        let (factor, secret) = app_factor(world);
        let challenge = challenge(world, &factor);
        let (_, key) = world.other_environment();
        let code = app_code(world, &secret, 0);
        let cases = [
            ("auth_factors.get", json!({ "id": factor })),
            ("auth_factors.delete", json!({ "id": factor })),
            ("auth_factors.challenge", json!({ "id": factor })),
            ("auth_challenges.verify", json!({ "id": challenge, "code": code })),
            ("auth_factors.create", json!({ "user_id": user.id, "type": "totp" })),
            ("auth_factors.list", json!({ "user_id": user.id })),
            ("auth_factors.enroll", json!({ "type": "generic_otp", "user_id": user.id })),
        ];
        for (operation, input) in cases {
            let request = Request { credential: Some(key.clone()), ..Request::default() };
            let error = world.call_as(request, operation, input).unwrap_err();
            assert_eq!(error.status(), 404, "{operation}");
        }
        assert_eq!(verify(world, &challenge, &code).unwrap()["valid"], true);
    });
}

#[test]
fn old_challenges_are_forgotten() {
    each_engine(DOMAINS, |world| {
        let (factor, secret) = app_factor(world);
        let old = challenge(world, &factor);
        world.clock.advance_seconds(30 * 86_400 + 1);
        let fresh = challenge(world, &factor);
        assert_eq!(world.flow().write(factors::forget_old).unwrap(), 1);
        assert_eq!(verify(world, &old, "000000").unwrap_err().status(), 404);
        assert_eq!(verify(world, &fresh, &app_code(world, &secret, 0)).unwrap()["valid"], true);
    });
}

#[test]
fn a_sign_in_learns_whose_factor_was_proven() {
    each_engine(DOMAINS, |world| {
        let user = new_user(world, "ada@acme.test");
        let made = world
            .call("auth_factors.create", json!({ "user_id": user.id, "type": "totp" }))
            .unwrap();
        let secret = text(&made["authentication_factor"]["totp"]["secret"]);
        let challenge = text(&made["authentication_challenge"]["id"]);
        let challenge = AuthenticationChallengeId::parse(&challenge).unwrap();
        let code = app_code(world, &secret, 0);
        let verified =
            world.flow().write(move |cx| factors::verify(cx, &challenge, &code)).unwrap();
        let Verified::Good(factor) = verified else { panic!("{verified:?}") };
        assert_eq!(factor.user_id, Some(user.id));
    });
}
