//! The offer of a passkey after another credential.
use serde_json::{Map, Value, json};
use vestibule_kernel::testing::{World, each_engine};

use super::{ADA, DAY, ORIGIN, enter, passkeys};
use crate::authenticator::Authenticator;
use crate::support::{domains, factor, join, refusal, sign_in, user};

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
        world.drain();
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
fn what_is_required_since_the_offer_was_made_is_required_of_its_answer() {
    each_engine(domains(), |world| {
        let ada = user(world, ADA);
        let acme = join(world, &ada, "Acme");
        offering(world);
        let states = [
            (json!({ "sso_required": true }), (400, "sso_required")),
            (json!({ "password": false }), (403, "organization_authentication_methods_required")),
            (json!({ "second_factor": "required" }), (403, "mfa_enrollment")),
        ];
        for (state, (status, code)) in states {
            let token = offer(world).unwrap();
            let mut change = state.clone();
            change["organization_id"] = json!(acme);
            world.call("organization_sign_in_policy.update", change).unwrap();
            let input = json!({ "pending_authentication_token": token });
            let refused = refusal(world.call("passkeys.finish_enrollment", input));
            assert_eq!(refused, (status, code.to_owned()), "{state}");
            let names = state.as_object().unwrap().keys();
            let mut cleared: Value =
                names.map(|it| (it.clone(), Value::Null)).collect::<Map<_, _>>().into();
            cleared["organization_id"] = json!(acme);
            world.call("organization_sign_in_policy.update", cleared).unwrap();
            world.clock.advance_seconds(15 * DAY);
        }
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
