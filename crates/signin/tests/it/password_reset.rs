//! Password resets.
use serde_json::{Value, json};
use vestibule_kernel::Cx;
use vestibule_kernel::call::Request;
use vestibule_kernel::event::Reaction;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::testing::{Domains, World, each_engine};
use vestibule_messages::inbox;
use vestibule_people::passwords;
use vestibule_people::users::{self, NewUser, User};
use vestibule_signin::password_reset::{self, PasswordResetSettings};
use vestibule_signin::policy::SignInPolicy;

const REACTIONS: &[Reaction] = &[password_reset::USER_DELETED];
const DOMAINS: Domains = Domains {
    operations: &[password_reset::OPERATIONS],
    reactions: REACTIONS,
    handlers: vestibule_messages::HANDLERS,
};
const OLD: &str = "Violet-Harbour-Quince-31";
const NEW: &str = "Amber-Lantern-Walrus-77";

/// A user with the password [`OLD`].
fn new_user(world: &World) -> User {
    let flow = world.flow();
    let hash = passwords::hash(&flow, &Secret::new(OLD)).unwrap();
    flow.write(move |cx| {
        let new = NewUser { email: "Ada@acme.test".to_owned(), ..NewUser::default() };
        let user = users::create(cx, new)?;
        passwords::store(cx, &user.id, &hash)?;
        Ok(user)
    })
    .unwrap()
}

fn has_password(world: &World, user: &User, password: &str) -> bool {
    let flow = world.flow();
    let stored = flow.read(|cx| passwords::stored(cx, &user.id)).unwrap();
    passwords::verify(&flow, stored, &Secret::new(password)).unwrap().matches
}

fn create(world: &World) -> Value {
    world.call("password_reset.create", json!({ "email": "ada@ACME.test" })).unwrap()
}

fn token(reset: &Value) -> String {
    reset["password_reset_token"].as_str().unwrap().to_owned()
}

fn confirm(world: &World, token: &str, password: &str) -> vestibule_kernel::Result<Value> {
    world.call("password_reset.confirm", json!({ "token": token, "new_password": password }))
}

/// Status, code and the codes of the list of a refusal.
fn refusal(done: vestibule_kernel::Result<Value>) -> (u16, String, Vec<String>) {
    let error = done.unwrap_err();
    let codes = error.fields().iter().map(|it| it.code.to_string()).collect();
    (error.status(), error.code().to_owned(), codes)
}

fn refused(code: &str) -> (u16, String, Vec<String>) {
    (400, "password_reset_error".to_owned(), vec![code.to_owned()])
}

#[test]
fn a_reset_is_answered_mailed_and_told_without_its_token() {
    each_engine(DOMAINS, |world| {
        let user = new_user(world);
        let reset = create(world);
        let token = token(&reset);
        assert_eq!(token.len(), 43);
        let url = format!("http://127.0.0.1:4100/reset-password?token={token}");
        let notice = json!({
            "object": "password_reset",
            "id": reset["id"],
            "user_id": user.id,
            "email": "Ada@acme.test",
            "expires_at": "2026-01-15T13:00:00.000Z",
            "created_at": "2026-01-15T12:00:00.000Z",
        });
        let mut whole = notice.clone();
        whole["password_reset_token"] = json!(token);
        whole["password_reset_url"] = json!(url);
        assert_eq!(reset, whole);
        let read = world.call("password_reset.get", json!({ "id": reset["id"] })).unwrap();
        assert_eq!(read, reset);
        let (name, payload) = world.events().pop().unwrap();
        assert_eq!((name.as_str(), payload), ("password_reset.created", notice));
        world.drain();
        let mail = world.flow().read(inbox::list).unwrap().remove(0);
        assert_eq!(mail.to, "Ada@acme.test");
        assert!(mail.text.contains(&url) && mail.text.contains("for an hour"), "{}", mail.text);
    });
}

#[test]
fn a_reset_sets_the_password_proves_the_address_and_ends_sessions() {
    each_engine(DOMAINS, |world| {
        let user = new_user(world);
        let token = token(&create(world));
        world.clock.advance_seconds(5);
        let done = confirm(world, &token, NEW).unwrap();
        assert_eq!(done["user"]["id"], user.id.as_str());
        assert_eq!(done["user"]["email_verified"], true);
        assert!(has_password(world, &user, NEW) && !has_password(world, &user, OLD));
        let ended = world.flow().read(|cx| users::sessions_valid_after(cx, &user.id)).unwrap();
        assert_eq!(ended, Some(world.app.now()));
        let names = world.event_names();
        let told =
            ["user.created", "password_reset.created", "user.updated", "password_reset.succeeded"];
        assert_eq!(names, told);
        world.drain();
    });
}

#[test]
fn a_replayed_token_is_refused_and_changes_nothing() {
    each_engine(DOMAINS, |world| {
        let user = new_user(world);
        let token = token(&create(world));
        confirm(world, &token, NEW).unwrap();
        let again = refusal(confirm(world, &token, "Copper-Meadow-Falcon-52"));
        assert_eq!(again, refused("password_reset_token_used"));
        assert!(has_password(world, &user, NEW));
        world.drain();
    });
}

#[test]
fn the_other_tokens_of_the_user_are_void_after_a_reset() {
    each_engine(DOMAINS, |world| {
        let user = new_user(world);
        let (first, second) = (token(&create(world)), token(&create(world)));
        confirm(world, &second, NEW).unwrap();
        let again = refusal(confirm(world, &first, "Copper-Meadow-Falcon-52"));
        assert_eq!(again, refused("password_reset_token_used"));
        assert!(has_password(world, &user, NEW));
        world.drain();
    });
}

#[test]
fn an_expired_token_is_refused() {
    each_engine(DOMAINS, |world| {
        let user = new_user(world);
        let token = token(&create(world));
        world.drain();
        world.clock.advance_seconds(60 * 60);
        let done = refusal(confirm(world, &token, NEW));
        assert_eq!(done, refused("password_reset_token_expired"));
        assert!(has_password(world, &user, OLD));
    });
}

#[test]
fn an_unknown_token_is_not_found_and_not_repeated() {
    each_engine(DOMAINS, |world| {
        new_user(world);
        let mut guess = token(&create(world));
        world.drain();
        guess.pop();
        let error = confirm(world, &guess, NEW).unwrap_err();
        assert_eq!((error.status(), error.code()), (404, "entity_not_found"));
        assert!(!error.message().contains(&guess), "{error}");
    });
}

#[test]
fn a_token_that_was_sent_to_a_former_address_is_void() {
    each_engine(DOMAINS, |world| {
        let user = new_user(world);
        let token = token(&create(world));
        world.drain();
        let id = user.id.clone();
        let change = move |cx: &mut Cx<'_>| {
            let sql = "UPDATE users SET email = 'ada@new.test', email_folded = 'ada@new.test'
                       WHERE environment_id = $1 AND id = $2";
            let values = [cx.environment.into(), (&id).into()];
            cx.db().execute(sql, &values)
        };
        world.flow().write(change).unwrap();
        assert_eq!(refusal(confirm(world, &token, NEW)), refused("password_reset_token_void"));
        assert!(has_password(world, &user, OLD));
    });
}

#[test]
fn a_weak_password_is_refused_and_leaves_the_token_good() {
    each_engine(DOMAINS, |world| {
        let user = new_user(world);
        let token = token(&create(world));
        world.drain();
        assert_eq!(refusal(confirm(world, &token, "short")), refused("password_too_short"));
        assert_eq!(refusal(confirm(world, &token, "aaaaaaaaaaaa")), refused("password_too_weak"));
        confirm(world, &token, NEW).unwrap();
        assert!(has_password(world, &user, NEW));
    });
}

#[test]
fn the_api_says_who_has_no_account_and_a_visitor_does_not_learn_it() {
    each_engine(DOMAINS, |world| {
        new_user(world);
        let error =
            world.call("password_reset.create", json!({ "email": "eve@acme.test" })).unwrap_err();
        assert_eq!(error.status(), 404);
        assert_eq!(error.body()["message"], "User not found: 'eve@acme.test'.");
        for email in ["eve@acme.test", "ada@acme.test"] {
            for _ in 0..3 {
                world.flow().write(move |cx| password_reset::request(cx, email)).unwrap();
            }
            let error =
                world.flow().write(move |cx| password_reset::request(cx, email)).unwrap_err();
            assert_eq!((error.status(), error.retry_after_seconds()), (429, Some(60)), "{email}");
        }
        world.drain();
        let mails = world.flow().read(inbox::list).unwrap();
        assert!(mails.len() == 3 && mails.iter().all(|it| it.to == "Ada@acme.test"));
    });
}

#[test]
fn an_address_is_mailed_three_times_a_minute_at_the_most() {
    each_engine(DOMAINS, |world| {
        new_user(world);
        for _ in 0..3 {
            create(world);
        }
        let input = json!({ "email": "ADA@acme.test" });
        let error = world.call("password_reset.create", input).unwrap_err();
        assert_eq!((error.status(), error.code()), (429, "rate_limit_exceeded"));
        world.clock.advance_seconds(60);
        create(world);
        world.drain();
    });
}

#[test]
fn where_nobody_has_a_password_nobody_resets_one() {
    each_engine(DOMAINS, |world| {
        new_user(world);
        let token = token(&create(world));
        world.drain();
        let policy = SignInPolicy { password: false, ..SignInPolicy::default() };
        world.flow().write(move |cx| cx.set(&policy)).unwrap();
        let input = json!({ "email": "ada@acme.test" });
        for done in [world.call("password_reset.create", input), confirm(world, &token, NEW)] {
            let error = done.unwrap_err();
            assert_eq!((error.status(), error.code()), (403, "email_password_auth_disabled"));
        }
    });
}

#[test]
fn of_two_requests_with_one_token_one_wins() {
    each_engine(DOMAINS, |world| {
        let user = new_user(world);
        let token = token(&create(world));
        world.drain();
        let attempts: Vec<_> = std::thread::scope(|scope| {
            let spawn = |password: &'static str| {
                let (flow, token) = (world.flow(), Secret::new(&*token));
                scope.spawn(move || {
                    password_reset::confirm(&flow, &token, &Secret::new(password)).is_ok()
                })
            };
            let threads = [spawn(NEW), spawn("Copper-Meadow-Falcon-52")];
            threads.map(|it| it.join().unwrap()).to_vec()
        });
        assert_eq!(attempts.iter().filter(|it| **it).count(), 1);
        assert_eq!(has_password(world, &user, NEW), attempts[0]);
    });
}

#[test]
fn the_database_holds_no_token_in_the_clear() {
    each_engine(DOMAINS, |world| {
        new_user(world);
        let token = token(&create(world));
        world.drain();
        let row = world.flow().read(|cx| {
            let sql = "SELECT token_digest, sealed_token FROM password_resets
                       WHERE environment_id = $1";
            let values = [cx.environment.into()];
            let mut row = cx.db().first(sql, &values)?.unwrap();
            let digest: String = row.take()?;
            Ok(digest + &String::from_utf8_lossy(&row.take::<Vec<u8>>()?))
        });
        assert!(!row.unwrap().contains(&token));
    });
}

#[test]
fn another_environment_sees_no_reset_and_its_key_confirms_none() {
    each_engine(DOMAINS, |world| {
        let user = new_user(world);
        let reset = create(world);
        world.drain();
        let (_, key) = world.other_environment();
        let cases = [
            ("password_reset.get", json!({ "id": reset["id"] })),
            ("password_reset.create", json!({ "email": "ada@acme.test" })),
            ("password_reset.confirm", json!({ "token": token(&reset), "new_password": NEW })),
        ];
        for (operation, input) in cases {
            let request = Request { credential: Some(key.clone()), ..Request::default() };
            let error = world.call_as(request, operation, input).unwrap_err();
            assert_eq!(error.status(), 404, "{operation}");
        }
        assert!(has_password(world, &user, OLD));
    });
}

#[test]
fn a_deleted_users_tokens_are_gone_and_old_ones_are_forgotten() {
    each_engine(DOMAINS, |world| {
        let user = new_user(world);
        let reset = create(world);
        world.drain();
        let get = || world.call("password_reset.get", json!({ "id": reset["id"] }));
        world.clock.advance_seconds(30 * 86_400);
        assert_eq!(world.flow().write(password_reset::forget_old).unwrap(), 0);
        assert!(get().is_ok());
        world.flow().write(move |cx| cx.emit(&users::DELETED, &user)).unwrap();
        assert_eq!(get().unwrap_err().status(), 404);
        create(world);
        world.drain();
        world.clock.advance_seconds(30 * 86_400 + 1);
        assert_eq!(world.flow().write(password_reset::forget_old).unwrap(), 1);
    });
}

#[test]
fn an_application_can_mail_links_to_its_own_page_itself() {
    each_engine(DOMAINS, |world| {
        new_user(world);
        let settings = PasswordResetSettings {
            url: Some("https://app.acme.test/new-password?lang=en".to_owned()),
            send_mail: false,
        };
        world.flow().write(move |cx| cx.set(&settings)).unwrap();
        let reset = create(world);
        let url = format!("https://app.acme.test/new-password?lang=en&token={}", token(&reset));
        assert_eq!(reset["password_reset_url"], url);
        world.drain();
        assert!(world.flow().read(inbox::list).unwrap().is_empty());
    });
}
