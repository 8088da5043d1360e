//! Passkeys, as applications use them that build their own pages.
mod attacks;
mod offers;
mod places;

use serde_json::{Value, json};
use vestibule_kernel::Result;
use vestibule_kernel::testing::{World, each_engine, on_sqlite};

use vestibule_messages::inbox;

use crate::authenticator::Authenticator;
use crate::support::{
    EMAIL_VERIFICATION, MAGIC_AUTH, ORGANIZATION, PASSWORD, authenticate, claims, count, domains,
    factor, join, last, mailed_code, policy, refusal, sign_in, text, unverified_user, user,
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
fn the_owner_is_told_of_a_new_passkey_in_their_language() {
    each_engine(domains(), |world| {
        let ada = user(world, ADA);
        world.call("users.update", json!({ "id": ada, "locale": "de" })).unwrap();
        let mut device = Authenticator::new(ORIGIN);
        register(world, &mut device, &ada).unwrap();
        let mails = world.flow().read(inbox::list).unwrap();
        assert_eq!((mails.len(), mails[0].to.as_str()), (1, ADA));
        let subject = mails[0].subject.as_deref();
        assert_eq!(subject, Some("Ihrem Konto wurde ein Passkey hinzugefügt"));
        let name = passkeys(world, &ada)[0]["name"].clone();
        assert!(mails[0].text.contains(name.as_str().unwrap()), "{}", mails[0].text);
        // One that was not registered is told of to nobody.
        register(world, &mut Authenticator::new("https://evil.test"), &ada).unwrap_err();
        assert_eq!(world.flow().read(inbox::list).unwrap().len(), 1);
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
fn a_passkey_leads_nowhere_that_a_policy_or_the_judgement_keeps_others_from() {
    each_engine(domains(), |world| {
        let (ada, mut device, _) = with_passkey(world);
        let acme = join(world, &ada, "Acme");
        let mut organization = |change: Value| {
            let mut input = change;
            input["organization_id"] = json!(acme);
            world.call("organization_sign_in_policy.update", input).unwrap();
            refusal(enter(world, &mut device))
        };
        assert_eq!(organization(json!({ "sso_required": true })), (400, "sso_required".to_owned()));
        assert_eq!(
            organization(json!({ "sso_required": null, "passkey": false })),
            (403, "organization_authentication_methods_required".to_owned())
        );
        world.call("radar_policy.update", json!({ "sign_in": true })).unwrap();
        let blocked = json!({ "type": "email", "action": "block", "entry": ADA });
        world.call("radar_lists.add", blocked).unwrap();
        assert_eq!(organization(json!({ "passkey": null })), (403, "access_denied".to_owned()));
        assert_eq!(count(world, "session.created"), 0);
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
