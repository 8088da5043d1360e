//! What an attacker tries who has a part of what a sign-in takes: an old password, a waiting
//! sign-in, an account in another's name, a code or an invitation from before.
use serde_json::{Value, json};
use vestibule_kernel::id::UserId;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::testing::{World, each_engine};
use vestibule_kernel::{Cx, FlowCx};
use vestibule_people::passwords::{self, PasswordHash};

use crate::support::*;

const OTHER_PASSWORD: &str = "Copper-Lantern-Meadow-58";

fn waiting(done: vestibule_kernel::Result<Value>, code: &str) -> String {
    let error = done.unwrap_err();
    assert_eq!((error.status(), error.code()), (403, code));
    text(&error.body()["pending_authentication_token"])
}

fn choose(world: &World, pending: &str, organization: &str) -> vestibule_kernel::Result<Value> {
    let input = json!({ "pending_authentication_token": pending, "organization_id": organization });
    authenticate(world, ORGANIZATION, input)
}

fn mailed_in(world: &World, email: &str) -> vestibule_kernel::Result<Value> {
    let code = world.call("magic_auth.create", json!({ "email": email })).unwrap()["code"].clone();
    authenticate(world, MAGIC_AUTH, json!({ "email": email, "code": code }))
}

fn no_password() -> (u16, String) {
    (400, "invalid_credentials".to_owned())
}

fn no_pending() -> (u16, String) {
    (400, "invalid_pending_authentication_token".to_owned())
}

#[test]
fn an_account_made_in_anothers_name_does_not_open_once_its_owner_has_come() {
    each_engine(domains(), |world| {
        // The attacker makes it with a password of his own, and waits.
        let ada = unverified_user(world, EMAIL);
        let acme = join(world, &ada, "Acme");
        let pending = waiting(sign_in(world, EMAIL), "email_verification_required");
        let owner = mailed_in(world, EMAIL).unwrap();
        assert_eq!(owner["user"]["email_verified"], true);

        assert_eq!(refusal(sign_in(world, EMAIL)), no_password());
        assert_eq!(refusal(choose(world, &pending, &acme)), no_pending());
        refresh(world, &owner["refresh_token"]).unwrap();
        assert_eq!(sessions(world, &ada).len(), 1);
        world.drain();
    });
}

#[test]
fn a_session_in_anothers_name_ends_when_its_owner_proves_the_address() {
    each_engine(domains(), |world| {
        policy(world, |it| it.email_verification = false);
        let ada = unverified_user(world, EMAIL);
        let attacker = sign_in(world, EMAIL).unwrap();
        let owner = mailed_in(world, EMAIL).unwrap();
        let invalid = (400, "invalid_grant".to_owned());
        assert_eq!(refusal(refresh(world, &attacker["refresh_token"])), invalid);
        assert_eq!(sessions(world, &ada).len(), 1);
        // A proven address is proven: the next code ends nothing.
        world.call("users.update", json!({ "id": ada, "password": OTHER_PASSWORD })).unwrap();
        world.clock.advance_seconds(1);
        mailed_in(world, EMAIL).unwrap();
        let input = json!({ "email": EMAIL, "password": OTHER_PASSWORD });
        authenticate(world, "password", input).unwrap();
        drop(owner);
        world.drain();
    });
}

#[test]
fn a_sign_in_that_waits_does_not_outlive_the_password_that_began_it() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        join(world, &ada, "Acme");
        let other = join(world, &ada, "Other");
        for reset in [true, false] {
            let input = json!({ "id": ada, "password": PASSWORD });
            world.call("users.update", input).unwrap();
            world.clock.advance_seconds(60);
            let pending = waiting(sign_in(world, EMAIL), "organization_selection_required");
            world.clock.advance_seconds(1);
            if reset {
                let made = world.call("password_reset.create", json!({ "email": EMAIL })).unwrap();
                let token = &made["password_reset_token"];
                let input = json!({ "token": token, "new_password": OTHER_PASSWORD });
                world.call("password_reset.confirm", input).unwrap();
            } else {
                let input = json!({ "id": ada, "password": OTHER_PASSWORD });
                world.call("users.update", input).unwrap();
            }
            assert_eq!(refusal(choose(world, &pending, &other)), no_pending(), "{reset}");
        }
        assert!(sessions(world, &ada).is_empty());
        world.drain();
    });
}

/// Changes the password as a request does that began when `flow` did.
fn change(flow: &FlowCx, user: &str, hash: &PasswordHash) {
    let (user, hash) = (UserId::parse(user).unwrap(), hash.clone());
    flow.write(move |cx| passwords::store(cx, &user, &hash)).unwrap();
}

#[test]
fn a_session_that_begins_while_the_password_changes_ends_with_it() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let slow = world.flow();
        let hash = passwords::hash(&slow, &Secret::new(OTHER_PASSWORD)).unwrap();
        world.clock.advance_seconds(1);
        let thief = sign_in(world, EMAIL).unwrap();
        world.clock.advance_seconds(1);
        change(&slow, &ada, &hash);
        let invalid = (400, "invalid_grant".to_owned());
        assert_eq!(refusal(refresh(world, &thief["refresh_token"])), invalid);
        assert!(sessions(world, &ada).is_empty());
    });
}

#[test]
fn a_password_that_changes_while_it_is_looked_at_signs_nobody_in() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        // Making the first signing key takes a hashing thread, and all of them will be busy.
        vestibule_signin::tokens::prepare(&world.app, &world.environment).unwrap();
        world.clock.advance_seconds(1);
        let slow = world.flow();
        let hash = passwords::hash(&slow, &Secret::new(OTHER_PASSWORD)).unwrap();
        world.clock.advance_seconds(1);
        std::thread::scope(|scope| {
            // While every hashing thread is busy, the old password waits for its turn.
            let (release, held) = std::sync::mpsc::channel::<()>();
            let held = std::sync::Arc::new(std::sync::Mutex::new(held));
            for _ in 0..std::thread::available_parallelism().unwrap().get() {
                let held = held.clone();
                let busy = move || held.lock().unwrap().recv().ok();
                scope.spawn(move || world.app.hashing().run(busy).unwrap());
            }
            let thief = scope.spawn(|| sign_in(world, EMAIL));
            for looks in 0.. {
                if tries(world) > 0 {
                    break;
                }
                assert!(looks < LOOKS_MAX, "the sign-in never came to the password");
                std::thread::yield_now();
            }
            change(&slow, &ada, &hash);
            drop(release);
            assert_eq!(refusal(thief.join().unwrap()), no_password());
        });
        assert!(sessions(world, &ada).is_empty());
    });
}

/// How often a test looks for what another thread is about to do.
const LOOKS_MAX: u32 = 1_000_000;

fn tries(world: &World) -> i64 {
    let count = |cx: &mut Cx<'_>| {
        let values = [cx.environment.into()];
        let sql = "SELECT COUNT(*) FROM rate_limits WHERE environment_id = $1";
        cx.db().first(sql, &values)?.map_or(Ok(0), |mut row| row.take())
    };
    world.flow().read(count).unwrap()
}

#[test]
fn guessing_mailed_codes_ends_for_the_day_with_the_mails() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        for operation in ["magic_auth.create", "password_reset.create"] {
            for _ in 0..50 {
                world.call(operation, json!({ "email": EMAIL })).unwrap();
                world.clock.advance_seconds(60);
            }
            let error = world.call(operation, json!({ "email": EMAIL })).unwrap_err();
            assert_eq!((error.status(), error.code()), (429, "daily_quota_exceeded"));
            world.clock.advance_seconds(24 * 60 * 60);
            world.call(operation, json!({ "email": EMAIL })).unwrap();
        }
        world.drain();
    });
}

#[test]
fn a_sign_in_that_may_mail_no_more_today_says_so_as_every_mail_does() {
    each_engine(domains(), |world| {
        unverified_user(world, EMAIL);
        world.call("rate_limits.update", json!({ "messages_daily": 1 })).unwrap();
        waiting(sign_in(world, EMAIL), "email_verification_required");
        world.clock.advance_seconds(60);
        waiting(sign_in(world, EMAIL), "email_verification_required");
        // Until now the code of the first mail was good.
        world.clock.advance_seconds(10 * 60);
        let (status, body) = body(&sign_in(world, EMAIL).unwrap_err());
        assert_eq!((status, &body["code"]), (429, &json!("daily_quota_exceeded")));
        assert!(body["message"].is_string() && body.get("error").is_none(), "{body}");
        world.drain();
    });
}

#[test]
fn an_address_is_guessed_at_ten_times_a_minute_whatever_code_is_asked_for() {
    each_engine(domains(), |world| {
        unverified_user(world, EMAIL);
        let pending = waiting(sign_in(world, EMAIL), "email_verification_required");
        let wrong = wrong(&mailed_code(world));
        let mut answers = Vec::new();
        for _ in 0..10 {
            let input = json!({ "pending_authentication_token": pending, "code": wrong });
            answers.push(authenticate(world, EMAIL_VERIFICATION, input).unwrap_err().status());
        }
        // The password was the first try of the ten. Were the code counted apart, the pages would
        // tell a new account, which proves its address, from an old one, which signs in by a code.
        assert_eq!(answers, [400, 400, 400, 400, 400, 400, 400, 400, 400, 429]);
    });
}

#[test]
fn a_deactivated_member_does_not_come_back_by_an_invitation_from_before() {
    each_engine(domains(), |world| {
        let acme =
            text(&world.call("organizations.create", json!({ "name": "Acme" })).unwrap()["id"]);
        let input = json!({ "email": EMAIL, "organization_id": acme });
        let invitation = world.call("invitations.create", input).unwrap();
        let ada = user(world, EMAIL);
        let input = json!({ "user_id": ada, "organization_id": acme });
        let member = world.call("organization_memberships.create", input).unwrap();
        world.call("organization_memberships.deactivate", json!({ "id": member["id"] })).unwrap();

        let input = json!({
            "email": EMAIL,
            "password": PASSWORD,
            "invitation_token": invitation["token"],
        });
        let done = authenticate(world, "password", input);
        assert_eq!(refusal(done), (400, "invitation_cannot_be_used_for_email".to_owned()));
        let now = world.call("organization_memberships.get", json!({ "id": member["id"] }));
        assert_eq!(now.unwrap()["status"], "inactive");
        world.drain();
    });
}
