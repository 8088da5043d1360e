//! What must not get anybody in.
use serde_json::json;
use vestibule_kernel::testing::{each_engine, on_sqlite};

use super::{ADA, ORIGIN, ask, enter, finish, passkeys, present, register, with_passkey};
use crate::authenticator::Authenticator;
use crate::support::{
    MAGIC_AUTH, PASSWORD, authenticate, count, domains, last, mailed_code, policy, refusal,
    sessions, unverified_user, user,
};

#[test]
fn attack_an_answer_that_was_seen_signs_nobody_in_again() {
    each_engine(domains(), |world| {
        let (ada, mut device, _) = with_passkey(world);
        let asked = ask(world);
        let credential = device.get(&asked["public_key"]);
        assert!(present(world, &asked, &credential).is_ok());
        for _ in 0..2 {
            let refused = refusal(present(world, &asked, &credential));
            assert_eq!(refused, (400, "invalid_passkey_challenge".to_owned()));
        }
        let fresh = ask(world);
        let refused = refusal(present(world, &fresh, &credential));
        assert_eq!(refused.1, "invalid_passkey_credential", "it answers another challenge");
        assert_eq!(sessions(world, &ada).len(), 1);
        assert_eq!(count(world, "authentication.passkey_failed"), 3);
    });
}

#[test]
fn attack_a_challenge_bears_one_try_and_grows_old() {
    each_engine(domains(), |world| {
        let (_, mut device, _) = with_passkey(world);
        let asked = ask(world);
        let mut wrong = device.get(&asked["public_key"]);
        wrong["response"]["signature"] = json!("AAAA");
        assert_eq!(refusal(present(world, &asked, &wrong)).1, "invalid_passkey_credential");
        let right = device.get(&asked["public_key"]);
        assert_eq!(refusal(present(world, &asked, &right)).1, "invalid_passkey_challenge");

        let asked = ask(world);
        let credential = device.get(&asked["public_key"]);
        world.clock.advance_seconds(600);
        assert_eq!(refusal(present(world, &asked, &credential)).1, "invalid_passkey_challenge");
        let made_up = json!({ "challenge": "bm90IG91cnM", "public_key": asked["public_key"] });
        assert_eq!(refusal(present(world, &made_up, &credential)).1, "invalid_passkey_challenge");
        let rows = world.flow().write(|cx| {
            let sql = "SELECT COUNT(*) FROM spent_passkey_challenges WHERE environment_id = $1";
            let values = [cx.environment.into()];
            let before: i64 = cx.db().first(sql, &values)?.unwrap().take()?;
            Ok(before)
        });
        assert_eq!(rows.unwrap(), 2, "the registration and the wrong answer");
        world.clock.advance_seconds(600);
        vestibule_signin::forget(&world.flow()).unwrap();
    });
}

#[test]
fn attack_a_challenge_of_one_ceremony_or_user_is_not_good_for_another() {
    each_engine(domains(), |world| {
        let (_, mut device, _) = with_passkey(world);
        let eve = user(world, "eve@evil.test");
        let mut hers = Authenticator::new(ORIGIN);
        register(world, &mut hers, &eve).unwrap();

        let registration =
            world.call("passkeys.begin_registration", json!({ "user_id": eve })).unwrap();
        let options = json!({
            "challenge": registration["public_key"]["challenge"], "rpId": "localhost",
        });
        let credential = device.get(&options);
        let refused = refusal(present(world, &registration, &credential));
        assert_eq!(refused.1, "invalid_passkey_challenge", "it asked for another ceremony");

        let for_eve = world.call("passkeys.begin_authentication", json!({ "user_id": eve }));
        let for_eve = for_eve.unwrap();
        let credential = device.get(&for_eve["public_key"]);
        let refused = refusal(present(world, &for_eve, &credential));
        assert_eq!(refused.1, "invalid_passkey_credential", "Ada's passkey does not prove Eve");

        let asked = ask(world);
        let mut credential = device.get(&asked["public_key"]);
        credential["response"]["userHandle"] = json!(hers.keys[0].user_handle);
        let refused = refusal(present(world, &asked, &credential));
        assert_eq!(refused.1, "invalid_passkey_credential", "the handle is of another user");

        let asked = ask(world);
        let mut credential = hers.get(&asked["public_key"]);
        credential["id"] = device.get(&asked["public_key"])["id"].clone();
        let refused = refusal(present(world, &asked, &credential));
        assert_eq!(refused.1, "invalid_passkey_credential", "the signature is of another key");
        let told = last(world, "authentication.passkey_failed");
        assert_eq!(told["email"], ADA, "whose account was tried is told");
    });
}

#[test]
fn attack_another_site_cannot_use_a_passkey_of_ours() {
    each_engine(domains(), |world| {
        let (ada, mut device, _) = with_passkey(world);
        let tries: [fn(&mut Authenticator); 5] = [
            |it| it.origin = "https://evil.example".to_owned(),
            |it| it.origin = "http://localhost:4100.evil.example".to_owned(),
            |it| it.origin = "http://127.0.0.1:4100".to_owned(),
            |it| it.in_frame = true,
            |it| it.other_domain = Some("evil.example".to_owned()),
        ];
        for lie in tries {
            lie(&mut device);
            let asked = world.call("passkeys.begin_registration", json!({ "user_id": ada }));
            let asked = asked.unwrap();
            let again = device.create_again(&asked["public_key"]);
            assert_eq!(refusal(finish(world, &asked, &again)).1, "invalid_passkey_credential");
            let refused = refusal(enter(world, &mut device));
            assert_eq!(refused, (400, "invalid_passkey_credential".to_owned()));
            let honest = Authenticator::new(ORIGIN);
            device = Authenticator { keys: device.keys, ..honest };
        }
        assert!(sessions(world, &ada).is_empty());
        assert!(enter(world, &mut device).is_ok());
    });
}

#[test]
fn attack_a_copied_authenticator_is_noticed() {
    each_engine(domains(), |world| {
        let (_, mut device, _) = with_passkey(world);
        enter(world, &mut device).unwrap();
        enter(world, &mut device).unwrap();
        device.keys[0].uses = 1;
        let refused = refusal(enter(world, &mut device));
        assert_eq!(refused, (400, "passkey_cloned".to_owned()));
        let told = last(world, "authentication.passkey_failed");
        assert_eq!(
            (&told["email"], &told["error"]["code"]),
            (&json!(ADA), &json!("passkey_cloned"))
        );
    });
}

#[test]
fn attack_a_found_phone_that_does_not_look_who_is_there_signs_nobody_in() {
    on_sqlite(domains(), |world| {
        let (ada, mut device, _) = with_passkey(world);
        device.verifies_user = false;
        assert_eq!(refusal(enter(world, &mut device)).1, "invalid_passkey_credential");
        let mut careless = Authenticator::new(ORIGIN);
        careless.verifies_user = false;
        let refused = refusal(register(world, &mut careless, &ada));
        assert_eq!(refused.1, "invalid_passkey_credential");
    });
}

#[test]
fn attack_a_passkey_is_registered_once_and_for_one_user() {
    each_engine(domains(), |world| {
        let (ada, device, _) = with_passkey(world);
        let eve = user(world, "eve@evil.test");
        for user in [&ada, &eve] {
            let asked = world.call("passkeys.begin_registration", json!({ "user_id": user }));
            let asked = asked.unwrap();
            let again = device.create_again(&asked["public_key"]);
            let refused = refusal(finish(world, &asked, &again));
            assert_eq!(refused, (409, "passkey_already_registered".to_owned()));
        }
        let asked = world.call("passkeys.begin_registration", json!({ "user_id": ada })).unwrap();
        let known = &asked["public_key"]["excludeCredentials"][0]["id"];
        assert_eq!(known, &device.create_again(&asked["public_key"])["id"]);
    });
}

#[test]
fn attack_a_passkey_in_an_account_made_in_anothers_name_ends_when_its_owner_comes() {
    each_engine(domains(), |world| {
        policy(world, |it| it.email_verification = false);
        // Eve makes an account with Ada's address, and adds her own passkey.
        let ada = unverified_user(world, ADA);
        let mut eve = Authenticator::new(ORIGIN);
        register(world, &mut eve, &ada).unwrap();
        assert!(enter(world, &mut eve).is_ok());
        world.call("magic_auth.create", json!({ "email": ADA })).unwrap();
        let input = json!({ "email": ADA, "code": mailed_code(world) });
        authenticate(world, MAGIC_AUTH, input).unwrap();
        assert_eq!(refusal(enter(world, &mut eve)).1, "passkey_not_registered");
        let factors = world.call("auth_factors.list", json!({ "user_id": ada })).unwrap();
        assert_eq!(factors["data"], json!([]));

        // The same where the owner asks for a new password.
        let bob = unverified_user(world, "bob@acme.test");
        register(world, &mut eve, &bob).unwrap();
        let reset = world.call("password_reset.create", json!({ "email": "bob@acme.test" }));
        let input = json!({
            "token": reset.unwrap()["password_reset_token"], "new_password": PASSWORD,
        });
        world.call("password_reset.confirm", input).unwrap();
        assert!(passkeys(world, &bob).is_empty());
        world.drain();
    });
}

#[test]
fn a_key_of_an_algorithm_that_nobody_asked_for_is_not_registered() {
    on_sqlite(domains(), |world| {
        let ada = user(world, ADA);
        let mut device = Authenticator::new(ORIGIN);
        device.algorithm = -47;
        let refused = refusal(register(world, &mut device, &ada));
        assert_eq!(refused.1, "invalid_passkey_credential");
    });
}

#[test]
fn answers_that_are_no_answers_are_refused() {
    on_sqlite(domains(), |world| {
        let (ada, mut device, _) = with_passkey(world);
        // Arrays that nest a thousand deep, and maps that promise more than they hold.
        let deep = data_encoding::BASE64URL_NOPAD.encode(&[0x81; 1000]);
        for nonsense in
            ["", "!", "AAAA", "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVkA", "u__________8", &deep]
        {
            let asked = world.call("passkeys.begin_registration", json!({ "user_id": ada }));
            let asked = asked.unwrap();
            let mut credential = Authenticator::new(ORIGIN).create(&asked["public_key"]);
            credential["response"]["attestationObject"] = json!(nonsense);
            let refused = refusal(finish(world, &asked, &credential));
            assert_eq!(refused.1, "invalid_passkey_credential", "{nonsense}");
            for part in ["clientDataJSON", "authenticatorData", "signature", "userHandle"] {
                if part == "userHandle" && nonsense.len() > 128 {
                    continue;
                }
                let asked = ask(world);
                let mut credential = device.get(&asked["public_key"]);
                credential["response"][part] = json!(nonsense);
                world.clock.advance_seconds(60);
                let refused = refusal(present(world, &asked, &credential));
                assert_eq!(refused.1, "invalid_passkey_credential", "{part} {nonsense}");
            }
        }
        let long = "A".repeat(70_000);
        let asked = ask(world);
        let mut credential = device.get(&asked["public_key"]);
        credential["response"]["authenticatorData"] = json!(long);
        assert_eq!(refusal(present(world, &asked, &credential)).0, 422);
    });
}

#[test]
fn tries_with_one_passkey_are_bounded() {
    on_sqlite(domains(), |world| {
        let (_, mut device, _) = with_passkey(world);
        for _ in 0..10 {
            enter(world, &mut device).unwrap();
        }
        assert_eq!(refusal(enter(world, &mut device)).0, 429);
        world.clock.advance_seconds(60);
        assert!(enter(world, &mut device).is_ok());
    });
}
