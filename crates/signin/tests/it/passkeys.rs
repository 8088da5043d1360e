//! Passkeys, as applications use them that build their own pages.
use serde_json::{Value, json};
use vestibule_kernel::Result;
use vestibule_kernel::testing::{World, each_engine, each_engine_with, on_sqlite, options};

use crate::authenticator::Authenticator;
use crate::support::{
    EMAIL_VERIFICATION, MAGIC_AUTH, ORGANIZATION, PASSWORD, authenticate, claims, count, domains,
    factor, join, last, mailed_code, policy, refusal, sessions, sign_in, text, unverified_user,
    user,
};
use vestibule_signin::policy::SecondFactor;

/// Where the pages of a test world are, as browsers call it.
pub const ORIGIN: &str = "http://localhost:4100";
const ADA: &str = "ada@acme.test";
const DAY: i64 = 24 * 60 * 60;

/// Registers a passkey of a user.
pub fn register(world: &World, device: &mut Authenticator, user: &str) -> Result<Value> {
    let asked = world.call("passkeys.begin_registration", json!({ "user_id": user }))?;
    let credential = device.create(&asked["public_key"]);
    finish(world, &asked, &credential)
}

fn finish(world: &World, asked: &Value, credential: &Value) -> Result<Value> {
    let input = json!({ "challenge": asked["challenge"], "credential": credential });
    let done = world.call("passkeys.finish_registration", input);
    // Its owner is told by mail.
    world.drain();
    done
}

fn ask(world: &World) -> Value {
    world.call("passkeys.begin_authentication", json!({})).unwrap()
}

/// Signs in with the passkey that a device has.
pub fn enter(world: &World, device: &mut Authenticator) -> Result<Value> {
    let asked = ask(world);
    let credential = device.get(&asked["public_key"]);
    present(world, &asked, &credential)
}

fn present(world: &World, asked: &Value, credential: &Value) -> Result<Value> {
    let input = json!({ "challenge": asked["challenge"], "credential": credential });
    world.call("passkeys.finish_authentication", input)
}

/// A user with a passkey.
fn with_passkey(world: &World) -> (String, Authenticator, Value) {
    let ada = user(world, ADA);
    let mut device = Authenticator::new(ORIGIN);
    let passkey = register(world, &mut device, &ada).unwrap();
    (ada, device, passkey)
}

fn passkeys(world: &World, user: &str) -> Vec<Value> {
    let page = world.call("passkeys.list", json!({ "user_id": user })).unwrap();
    page["data"].as_array().unwrap().clone()
}

#[test]
fn a_passkey_signs_in_and_counts_as_both_steps() {
    each_engine(domains(), |world| {
        policy(world, |it| it.second_factor = SecondFactor::Required);
        let (ada, mut device, passkey) = with_passkey(world);
        factor(world, &ada);
        let signed_in = enter(world, &mut device).unwrap();
        assert_eq!(signed_in["user"]["id"], json!(ada));
        assert_eq!(signed_in["authentication_method"], "Passkey");
        assert_eq!(claims(&signed_in)["sub"], json!(ada));
        assert_eq!(last(world, "session.created")["auth_method"], "passkey");
        let told = last(world, "authentication.passkey_succeeded");
        assert_eq!(
            told,
            json!({
                "type": "passkey", "status": "succeeded", "ip_address": null, "user_agent": null,
                "user_id": ada, "email": ADA,
            })
        );
        let kept = &passkeys(world, &ada)[0];
        assert_eq!(kept["id"], passkey["id"]);
        assert!(passkey["last_used_at"].is_null() && !kept["last_used_at"].is_null());
    });
}

#[test]
fn options_say_what_the_relying_party_wants_and_nothing_of_who_the_user_is() {
    on_sqlite(domains(), |world| {
        let ada = user(world, ADA);
        let asked = world.call("passkeys.begin_registration", json!({ "user_id": ada })).unwrap();
        let options = &asked["public_key"];
        assert_eq!(options["rp"], json!({ "id": "localhost", "name": "localhost" }));
        assert_eq!(options["attestation"], "none");
        let selection = json!({
            "residentKey": "required", "requireResidentKey": true, "userVerification": "required",
        });
        assert_eq!(options["authenticatorSelection"], selection);
        let algorithms: Vec<_> =
            options["pubKeyCredParams"].as_array().unwrap().iter().map(|it| &it["alg"]).collect();
        assert_eq!(json!(algorithms), json!([-7, -8, -35, -257]));
        assert_eq!(options["user"]["name"], ADA);
        assert_eq!(text(&options["user"]["id"]).len(), 43, "32 random bytes");
        let again = world.call("passkeys.begin_registration", json!({ "user_id": ada })).unwrap();
        assert_eq!(again["public_key"]["user"], options["user"], "a user keeps the random name");
        assert_ne!(again["public_key"]["challenge"], options["challenge"]);

        let anybody = ask(world);
        assert_eq!(anybody["public_key"]["allowCredentials"], json!([]));
        assert_eq!(anybody["public_key"]["userVerification"], "required");
    });
}

#[test]
fn a_passkey_is_a_factor_that_is_listed_renamed_and_deleted() {
    each_engine(domains(), |world| {
        let (ada, mut device, passkey) = with_passkey(world);
        let factors = world.call("auth_factors.list", json!({ "user_id": ada })).unwrap();
        assert_eq!(factors["data"].as_array().unwrap().len(), 1);
        let shown = &factors["data"][0];
        assert_eq!((&shown["type"], &shown["id"]), (&json!("webauthn"), &passkey["id"]));
        assert_eq!(shown["user_id"], json!(ada));
        assert!(sign_in(world, ADA).is_ok(), "it is no second step after a password");

        let input = json!({ "id": passkey["id"], "name": "Ada's phone" });
        assert_eq!(world.call("passkeys.update", input).unwrap()["name"], "Ada's phone");
        assert_eq!(passkeys(world, &ada)[0]["name"], "Ada's phone");
        let asked = world.call("passkeys.begin_authentication", json!({ "user_id": ada })).unwrap();
        let allowed = &asked["public_key"]["allowCredentials"];
        assert_eq!(allowed[0]["transports"], json!(["internal", "hybrid"]));

        world.call("auth_factors.delete", json!({ "id": passkey["id"] })).unwrap();
        assert!(passkeys(world, &ada).is_empty());
        let refused = refusal(enter(world, &mut device));
        assert_eq!(refused, (400, "passkey_not_registered".to_owned()));
        let told = last(world, "authentication.passkey_failed");
        assert_eq!((&told["user_id"], &told["email"]), (&Value::Null, &Value::Null));
        assert_eq!(told["error"]["code"], "passkey_not_registered");
        let unknown = json!({ "id": passkey["id"], "name": "x" });
        assert_eq!(refusal(world.call("passkeys.update", unknown)).0, 404);
    });
}

#[test]
fn a_synchronized_passkey_that_does_not_count_signs_in_again_and_again() {
    on_sqlite(domains(), |world| {
        let ada = user(world, ADA);
        let mut device = Authenticator::new(ORIGIN);
        device.synchronizes = true;
        let passkey = register(world, &mut device, &ada).unwrap();
        assert_eq!(
            (&passkey["backup_eligible"], &passkey["backed_up"]),
            (&json!(true), &json!(true))
        );
        assert!(enter(world, &mut device).is_ok() && enter(world, &mut device).is_ok());
        device.synchronizes = false;
        let refused = refusal(enter(world, &mut device));
        assert_eq!(refused.1, "invalid_passkey_credential", "it changed what it is");
    });
}

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
fn environments_have_passkeys_of_their_own() {
    each_engine(domains(), |world| {
        let (ada, mut device, passkey) = with_passkey(world);
        let (_, key) = world.other_environment();
        let foreign = |id: &str, input: Value| {
            let credential = Some(key.clone());
            let request = vestibule_kernel::Request { credential, ..Default::default() };
            world.call_as(request, id, input).and_then(|it| it.json())
        };
        let asked = foreign("passkeys.begin_authentication", json!({})).unwrap();
        let credential = device.get(&asked["public_key"]);
        let input = json!({ "challenge": asked["challenge"], "credential": credential });
        assert_eq!(refusal(present(world, &asked, &credential)).1, "invalid_passkey_challenge");
        let refused = refusal(foreign("passkeys.finish_authentication", input));
        assert_eq!(refused.1, "passkey_not_registered");
        let ours = ask(world);
        let credential = device.get(&ours["public_key"]);
        let input = json!({ "challenge": ours["challenge"], "credential": credential });
        let refused = refusal(foreign("passkeys.finish_authentication", input));
        assert_eq!(refused.1, "invalid_passkey_challenge", "it was asked in another environment");
        assert_eq!(refusal(foreign("passkeys.list", json!({ "user_id": ada }))).0, 404);
        let input = json!({ "id": passkey["id"], "name": "Mine" });
        assert_eq!(refusal(foreign("passkeys.update", input)).0, 404);
        let input = json!({ "user_id": ada });
        assert_eq!(refusal(foreign("passkeys.begin_registration", input)).0, 404);
    });
}

#[test]
fn where_passkeys_are_off_none_is_made_and_none_signs_in() {
    on_sqlite(domains(), |world| {
        let (ada, mut device, _) = with_passkey(world);
        let (asked, registration) = (
            ask(world),
            world.call("passkeys.begin_registration", json!({ "user_id": ada })).unwrap(),
        );
        let (used, made) =
            (device.get(&asked["public_key"]), device.create(&registration["public_key"]));
        policy(world, |it| it.passkey = false);
        let off = (403, "authentication_method_not_allowed".to_owned());
        assert_eq!(refusal(present(world, &asked, &used)), off);
        assert_eq!(refusal(finish(world, &registration, &made)), off);
        assert_eq!(refusal(world.call("passkeys.begin_authentication", json!({}))), off);
        let input = json!({ "user_id": ada });
        assert_eq!(refusal(world.call("passkeys.begin_registration", input)), off);
    });
}

#[test]
fn the_address_is_proved_and_the_organization_chosen_after_a_passkey_too() {
    each_engine(domains(), |world| {
        let ada = unverified_user(world, ADA);
        let first = join(world, &ada, "Acme");
        join(world, &ada, "Beta");
        let mut device = Authenticator::new(ORIGIN);
        register(world, &mut device, &ada).unwrap();
        let error = enter(world, &mut device).unwrap_err();
        assert_eq!(error.body()["code"], "email_verification_required");
        let input = json!({
            "code": mailed_code(world),
            "pending_authentication_token": error.body()["pending_authentication_token"],
        });
        let error = authenticate(world, EMAIL_VERIFICATION, input).unwrap_err();
        assert_eq!(error.body()["code"], "organization_selection_required");
        let input = json!({
            "organization_id": first,
            "pending_authentication_token": error.body()["pending_authentication_token"],
        });
        let signed_in = authenticate(world, ORGANIZATION, input).unwrap();
        assert_eq!(signed_in["authentication_method"], "Passkey");
        assert_eq!(signed_in["organization_id"], json!(first));
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
fn a_new_password_leaves_the_passkeys_of_a_proven_address() {
    on_sqlite(domains(), |world| {
        let (_, mut device, _) = with_passkey(world);
        let reset = world.call("password_reset.create", json!({ "email": ADA })).unwrap();
        let input =
            json!({ "token": reset["password_reset_token"], "new_password": "Violet-Quince-3141" });
        world.call("password_reset.confirm", input).unwrap();
        assert!(enter(world, &mut device).is_ok());
        world.drain();
    });
}

#[test]
fn a_deleted_user_has_no_passkeys() {
    each_engine(domains(), |world| {
        let (ada, mut device, passkey) = with_passkey(world);
        world.call("users.delete", json!({ "id": ada })).unwrap();
        assert_eq!(refusal(enter(world, &mut device)).1, "passkey_not_registered");
        assert_eq!(refusal(world.call("auth_factors.get", json!({ "id": passkey["id"] }))).0, 404);
    });
}

#[test]
fn who_has_lost_their_only_passkey_gets_in_by_mail() {
    on_sqlite(domains(), |world| {
        let input = json!({ "email": ADA, "email_verified": true });
        let ada = text(&world.call("users.create", input).unwrap()["id"]);
        let mut lost = Authenticator::new(ORIGIN);
        register(world, &mut lost, &ada).unwrap();
        world.call("magic_auth.create", json!({ "email": ADA })).unwrap();
        let input = json!({ "email": ADA, "code": mailed_code(world) });
        assert!(authenticate(world, MAGIC_AUTH, input).is_ok());
        let reset = world.call("password_reset.create", json!({ "email": ADA })).unwrap();
        let input = json!({ "token": reset["password_reset_token"], "new_password": PASSWORD });
        world.call("password_reset.confirm", input).unwrap();
        assert!(sign_in(world, ADA).is_ok());
        assert_eq!(passkeys(world, &ada).len(), 1, "the others are theirs all the same");
        world.drain();
    });
}

#[test]
fn a_user_has_so_many_passkeys_and_no_more() {
    on_sqlite(domains(), |world| {
        let ada = user(world, ADA);
        let waiting = world.call("passkeys.begin_registration", json!({ "user_id": ada })).unwrap();
        let mut device = Authenticator::new(ORIGIN);
        for _ in 0..25 {
            register(world, &mut device, &ada).unwrap();
        }
        let refused = refusal(register(world, &mut device, &ada));
        assert_eq!(refused, (400, "too_many_passkeys".to_owned()));
        let made = device.create(&waiting["public_key"]);
        assert_eq!(refusal(finish(world, &waiting, &made)).1, "too_many_passkeys");
        let page = json!({ "user_id": ada, "limit": 10 });
        let page = world.call("passkeys.list", page).unwrap();
        assert_eq!(page["data"].as_array().unwrap().len(), 10);
        assert!(page["list_metadata"]["after"].is_string());
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

#[test]
fn an_application_of_another_domain_has_its_own_relying_party_and_origins() {
    each_engine(domains(), |world| {
        let set = |input: Value| world.call("passkey_settings.update", input);
        let shown = world.call("passkey_settings.get", json!({})).unwrap();
        assert_eq!(shown["effective_relying_party_id"], "localhost");
        assert_eq!(shown["effective_origins"], json!([ORIGIN]));
        assert_eq!(shown["progressive_enrollment"], "hosted_pages");
        let (ada, mut device, _) = with_passkey(world);
        let shown = set(json!({
            "relying_party_id": "Acme.COM", "origins": ["https://app.acme.com/"],
        }))
        .unwrap();
        assert_eq!(shown["relying_party_id"], "acme.com");
        assert_eq!(shown["origins"], json!(["https://app.acme.com"]));
        assert_eq!(shown["effective_origins"], json!([ORIGIN, "https://app.acme.com"]));
        let refused = refusal(enter(world, &mut device));
        assert_eq!(refused.1, "passkey_not_registered", "it belongs to the former domain");

        let mut app = Authenticator::new("https://app.acme.com");
        let passkey = register(world, &mut app, &ada).unwrap();
        assert_eq!(passkey["relying_party_id"], "acme.com");
        assert!(enter(world, &mut app).is_ok());
        app.origin = "https://other.acme.com".to_owned();
        assert_eq!(refusal(enter(world, &mut app)).1, "invalid_passkey_credential");

        for wrong in [
            json!({ "relying_party_id": "com" }),
            json!({ "relying_party_id": "192.0.2.1" }),
            json!({ "origins": ["http://app.acme.com"] }),
            json!({ "origins": ["https://app.acme.com/sign-in"] }),
            json!({ "origins": vec!["https://a.acme.com"; 21] }),
        ] {
            assert_eq!(refusal(set(wrong.clone())).0, 422, "{wrong}");
        }
        assert_eq!(
            set(json!({ "relying_party_id": null })).unwrap()["relying_party_id"],
            json!(null)
        );
    });
}

#[test]
fn without_a_domain_there_are_no_passkeys_until_one_is_set() {
    let options = vestibule_kernel::context::Options {
        public_url: "https://192.0.2.1".to_owned(),
        ..options()
    };
    each_engine_with(domains(), &options, |world| {
        let refused = refusal(world.call("passkeys.begin_authentication", json!({})));
        assert_eq!(refused, (400, "passkey_relying_party_missing".to_owned()));
        let shown = world.call("passkey_settings.get", json!({})).unwrap();
        assert_eq!(shown["effective_relying_party_id"], json!(null));
        let input = json!({ "relying_party_id": "acme.com", "origins": ["https://acme.com"] });
        world.call("passkey_settings.update", input).unwrap();
        assert_eq!(ask(world)["public_key"]["rpId"], "acme.com");
    });
}

/// Has passkeys offered by the API.
fn offering(world: &World) {
    let input = json!({ "progressive_enrollment": "everywhere" });
    world.call("passkey_settings.update", input).unwrap();
}

fn offer(world: &World) -> Option<Value> {
    match sign_in(world, ADA) {
        Ok(_) => None,
        Err(error) => {
            let body = error.body();
            assert_eq!(
                (error.status(), &body["code"]),
                (403, &json!("passkey_progressive_enrollment"))
            );
            Some(body["pending_authentication_token"].clone())
        }
    }
}

#[test]
fn a_passkey_is_offered_after_a_password_and_taken() {
    each_engine(domains(), |world| {
        let ada = user(world, ADA);
        assert!(offer(world).is_none(), "clients that know no offer get none");
        offering(world);
        let token = offer(world).unwrap();
        let asked = world.call("passkeys.begin_registration", json!({ "user_id": ada })).unwrap();
        let mut device = Authenticator::new(ORIGIN);
        let credential = device.create(&asked["public_key"]);
        let input = json!({
            "pending_authentication_token": token, "challenge": asked["challenge"],
            "credential": credential, "name": "Ada's laptop",
        });
        let signed_in = world.call("passkeys.finish_enrollment", input.clone()).unwrap();
        assert_eq!(signed_in["authentication_method"], "Password", "it was the first credential");
        assert_eq!(passkeys(world, &ada)[0]["name"], "Ada's laptop");
        let refused = refusal(world.call("passkeys.finish_enrollment", input));
        assert_eq!(refused.1, "invalid_pending_authentication_token");
        assert!(enter(world, &mut device).is_ok());
        world.clock.advance_seconds(15 * DAY);
        assert!(offer(world).is_none(), "who has one is not offered another");
    });
}

#[test]
fn a_passkey_is_offered_at_most_every_fourteen_days() {
    each_engine(domains(), |world| {
        let ada = user(world, ADA);
        join(world, &ada, "Acme");
        join(world, &ada, "Beta");
        offering(world);
        let token = offer(world).unwrap();
        let input = json!({ "pending_authentication_token": token });
        let next = refusal(world.call("passkeys.finish_enrollment", input.clone()));
        assert_eq!(next.1, "organization_selection_required", "the offer comes before it");
        assert_eq!(refusal(world.call("passkeys.finish_enrollment", input)).0, 400);
        let again = sign_in(world, ADA).unwrap_err();
        assert_eq!(again.code(), "organization_selection_required", "not at each sign-in");
        world.clock.advance_seconds(13 * DAY);
        assert_eq!(refusal(sign_in(world, ADA)).1, "organization_selection_required");
        world.clock.advance_seconds(DAY);
        assert!(offer(world).is_some());
        let unanswered = refusal(sign_in(world, ADA));
        assert_eq!(unanswered.1, "organization_selection_required", "no client is locked out");
        let input = json!({ "progressive_enrollment": "off" });
        world.call("passkey_settings.update", input).unwrap();
        world.clock.advance_seconds(15 * DAY);
        assert_eq!(refusal(sign_in(world, ADA)).1, "organization_selection_required");
    });
}

#[test]
fn attack_the_offer_of_one_user_takes_no_passkey_of_another() {
    each_engine(domains(), |world| {
        let (ada, eve) = (user(world, ADA), user(world, "eve@evil.test"));
        offering(world);
        let token = offer(world).unwrap();
        let asked = world.call("passkeys.begin_registration", json!({ "user_id": eve })).unwrap();
        let credential = Authenticator::new(ORIGIN).create(&asked["public_key"]);
        let input = json!({
            "pending_authentication_token": token, "challenge": asked["challenge"],
            "credential": credential,
        });
        assert_eq!(refusal(world.call("passkeys.finish_enrollment", input)).1, "user_mismatch");
        assert!(passkeys(world, &ada).is_empty() && passkeys(world, &eve).is_empty());
        let half = json!({ "pending_authentication_token": token, "credential": credential });
        assert_eq!(refusal(world.call("passkeys.finish_enrollment", half)).0, 422);

        // Nor does a sign-in that waits for a code of a factor take the offer in its place.
        factor(world, &ada);
        world.clock.advance_seconds(15 * DAY);
        let waiting = sign_in(world, ADA).unwrap_err();
        assert_eq!(waiting.code(), "mfa_challenge");
        let token = &waiting.body()["pending_authentication_token"];
        let input = json!({ "pending_authentication_token": token });
        let refused = refusal(world.call("passkeys.finish_enrollment", input));
        assert_eq!(refused.1, "invalid_pending_authentication_token");
    });
}
