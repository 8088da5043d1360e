//! Passwords.
use serde_json::{Value, json};
use vestibule_kernel::id::UserId;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::testing::{World, each_engine, on_sqlite};
use vestibule_people::passwords::{
    self, CharacterType, HashType, Owner, PASSWORD_STRENGTH_ERROR, PasswordHash, PasswordPolicy,
    Work,
};
use vestibule_people::users;

use crate::support::{PEOPLE, fields, refused};
use crate::users::{GOOD_PASSWORD, get, item_codes, make, update, user, user_id};

const OTHER_PASSWORD: &str = "Copper-Lantern-Meadow-58";
const SECRET_AS_SSHA: &str = "{SSHA}DkMTwBl+a/3DQTxCYEApdUtNXGgdUac3";
const SECRET_AS_SSHA256: &str = "{SSHA256}oBmrdHcA6OZEkkCLeXh71YAerbvhXz1qqwjrPsXmEtNzYWx0c2FsdA==";
const SECRET_AS_SSHA256_SALT_FIRST: &str =
    "{SSHA256}J7DZ9QiIkiAbTVNB007sp9/TsZpqTzXFNt2gy+1F5wFzYWx0c2FsdA==";

fn stored(world: &World, user: &UserId) -> Option<PasswordHash> {
    world.flow().read(|cx| passwords::stored(cx, user)).unwrap()
}

/// Whether this is the user's password.
fn is_password(world: &World, user: &Value, password: &str) -> bool {
    let hash = stored(world, &user_id(user));
    assert!(hash.is_some());
    passwords::verify(&world.flow(), hash, &Secret::new(password)).unwrap().matches
}

fn set_policy(world: &World, change: impl FnOnce(&mut PasswordPolicy)) {
    let mut policy = PasswordPolicy::default();
    change(&mut policy);
    world.flow().write(move |cx| cx.set(&policy)).unwrap();
}

#[test]
fn a_password_is_kept_as_argon2id_and_nowhere_shown() {
    each_engine(PEOPLE, |world| {
        let input = json!({ "email": "a@b.test", "password": GOOD_PASSWORD });
        let made = make(world, input).unwrap();
        assert!(!made.to_string().contains("password"));
        assert!(is_password(world, &made, GOOD_PASSWORD));
        assert!(!is_password(world, &made, OTHER_PASSWORD));
        let text: String = world
            .flow()
            .read(|cx| {
                let sql = "SELECT hash FROM passwords WHERE environment_id = $1";
                let values = [cx.environment.into()];
                cx.db().first(sql, &values)?.unwrap().take()
            })
            .unwrap();
        assert!(text.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{text}");
        let hash = stored(world, &user_id(&made));
        assert_eq!(format!("{hash:?}"), "Some([password hash])");
    });
}

#[test]
fn equal_passwords_have_different_hashes() {
    on_sqlite(PEOPLE, |world| {
        let password = Secret::new(GOOD_PASSWORD);
        let first = passwords::hash(&world.flow(), &password).unwrap();
        assert_ne!(first, passwords::hash(&world.flow(), &password).unwrap());
    });
}

#[test]
fn an_account_that_is_not_there_costs_as_much_as_one_that_is() {
    on_sqlite(PEOPLE, |world| {
        let flow = world.flow();
        let hash = passwords::hash(&flow, &Secret::new(GOOD_PASSWORD)).unwrap();
        let wrong = Secret::new(OTHER_PASSWORD);
        let of_somebody = passwords::verify(&flow, Some(hash), &wrong).unwrap();
        let of_nobody = passwords::verify(&flow, None, &wrong).unwrap();
        assert_eq!(of_nobody, of_somebody);
        assert_eq!(of_nobody.work, Work::Usual);
        assert!(!of_nobody.matches && !of_nobody.rehash);
    });
}

#[test]
fn a_weak_password_is_refused_with_all_its_faults_and_nothing_is_made() {
    each_engine(PEOPLE, |world| {
        let long = "Long-Enough-".repeat(100);
        for (password, codes) in [
            ("a1B!", vec!["password_too_short"]),
            (&long, vec!["password_too_long"]),
            ("aaaaaaaaaaaaaaaa", vec!["password_too_weak"]),
            ("Somebody@Example.test", vec!["password_contains_email"]),
        ] {
            let input = json!({ "email": "somebody@example.test", "password": password });
            let error = refused(make(world, input), 400, "password_strength_error");
            assert_eq!(item_codes(&error), codes);
            assert!(!error.body().to_string().contains(password));
        }
        assert_eq!(world.events(), []);
        let made = user(world, "a@b.test");
        let done = update(world, &made, json!({ "password": "a1B!" }));
        let error = refused(done, 400, "password_strength_error");
        assert_eq!(error.body()["errors"][0]["minimum_length"], json!(10));
        assert_eq!(stored(world, &user_id(&made)), None);
    });
}

#[test]
fn the_policy_of_the_environment_decides() {
    each_engine(PEOPLE, |world| {
        set_policy(world, |it| {
            it.length_min = 20;
            it.character_types = vec![CharacterType::Number, CharacterType::Symbol];
        });
        let input = json!({ "email": "a@b.test", "password": "VioletHarbour" });
        let error = refused(make(world, input), 400, "password_strength_error");
        let expected = [
            "password_too_short",
            "password_missing_character_type",
            "password_missing_character_type",
        ];
        assert_eq!(item_codes(&error), expected);
        set_policy(world, |it| {
            it.length_min = 1;
            it.score_min = 0;
        });
        make(world, json!({ "email": "a@b.test", "password": "x" })).unwrap();
    });
}

#[test]
fn a_former_password_is_refused_for_as_long_as_the_policy_says() {
    each_engine(PEOPLE, |world| {
        set_policy(world, |it| {
            it.history_length = 2;
            it.length_min = 1;
            it.score_min = 0;
        });
        let made = make(world, json!({ "email": "a@b.test", "password": "first" })).unwrap();
        let set = |password: &str| update(world, &made, json!({ "password": password }));
        let reused = |password: &str| {
            let error = refused(set(password), 400, "password_strength_error");
            assert_eq!(item_codes(&error), ["password_reused"]);
        };
        reused("first");
        set("second").unwrap();
        reused("second");
        reused("first");
        set("third").unwrap();
        // Two back it is forgotten.
        set("first").unwrap();
        reused("third");
        set_policy(world, |it| {
            it.length_min = 1;
            it.score_min = 0;
        });
        set("first").unwrap();
    });
}

#[test]
fn a_changed_password_ends_the_sessions_before_it_and_no_others() {
    each_engine(PEOPLE, |world| {
        let made = make(world, json!({ "email": "a@b.test", "password": GOOD_PASSWORD })).unwrap();
        let user_id = user_id(&made);
        let valid_after =
            || world.flow().read(|cx| users::sessions_valid_after(cx, &user_id)).unwrap();
        assert_eq!(valid_after(), None);
        world.clock.advance_seconds(60);
        let updated = update(world, &made, json!({ "password": OTHER_PASSWORD })).unwrap();
        assert_eq!(updated["updated_at"], json!("2026-01-15T12:01:00.000Z"));
        assert_eq!(valid_after().unwrap().to_string(), "2026-01-15T12:01:00.000Z");
        assert!(is_password(world, &made, OTHER_PASSWORD));
        assert!(!is_password(world, &made, GOOD_PASSWORD));
        assert_eq!(world.event_names(), ["user.created", "user.updated"]);
        // To hash the same password again is no change of it.
        world.clock.advance_seconds(60);
        let hash = stored(world, &user_id).unwrap();
        let password = Secret::new(OTHER_PASSWORD);
        passwords::rehash(&world.flow(), &user_id, hash, &password).unwrap();
        assert_eq!(valid_after().unwrap().to_string(), "2026-01-15T12:01:00.000Z");
        assert_eq!(get(world, &made), updated);
        let ended = user_id.clone();
        world.flow().write(move |cx| users::end_sessions(cx, &ended)).unwrap();
        assert_eq!(valid_after().unwrap().to_string(), "2026-01-15T12:02:00.000Z");
    });
}

#[test]
fn an_imported_hash_is_verified_as_it_is_and_hashed_again_after() {
    each_engine(PEOPLE, |world| {
        let cases = [
            ("bcrypt", "U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", None),
            ("ssha", "secret", SECRET_AS_SSHA, None),
            ("ssha256", "secret", SECRET_AS_SSHA256, None),
            ("ssha256", "secret", SECRET_AS_SSHA256, Some("suffix")),
            ("ssha256", "secret", SECRET_AS_SSHA256_SALT_FIRST, Some("prefix")),
            (
                "firebase-scrypt",
                "user1password",
                "$scrypt$sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==,ss=Bw==,r=8,m=14$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
                None,
            ),
            (
                "argon2",
                "password",
                "$argon2i$v=19$m=4096,t=3,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A",
                None,
            ),
        ];
        for (i, (hash_type, password, hash, position)) in cases.into_iter().enumerate() {
            let mut input = json!({
                "email": format!("{i}@b.test"),
                "password_hash": hash,
                "password_hash_type": hash_type,
            });
            if let Some(position) = position {
                input["password_salt_position"] = json!(position);
            }
            let made = make(world, input).unwrap();
            assert!(!is_password(world, &made, "wrong"), "{hash_type}");
            let (flow, user_id) = (world.flow(), user_id(&made));
            let imported = stored(world, &user_id).unwrap();
            let password = Secret::new(password);
            let verdict = passwords::verify(&flow, Some(imported.clone()), &password).unwrap();
            assert!(verdict.matches && verdict.rehash, "{hash_type}");
            assert_eq!(verdict.work, Work::Imported);
            passwords::rehash(&flow, &user_id, imported, &password).unwrap();
            let verdict = passwords::verify(&flow, stored(world, &user_id), &password).unwrap();
            assert!(verdict.matches && !verdict.rehash, "{hash_type}");
        }
    });
}

#[test]
fn to_hash_again_never_undoes_a_change_of_the_password() {
    each_engine(PEOPLE, |world| {
        let input = json!({
            "email": "a@b.test",
            "password_hash": SECRET_AS_SSHA,
            "password_hash_type": "ssha",
        });
        let made = make(world, input).unwrap();
        // A sign-in has verified the old password and is about to hash it again.
        let old = stored(world, &user_id(&made)).unwrap();
        update(world, &made, json!({ "password": GOOD_PASSWORD })).unwrap();
        let secret = Secret::new("secret");
        passwords::rehash(&world.flow(), &user_id(&made), old, &secret).unwrap();
        assert!(is_password(world, &made, GOOD_PASSWORD));
        assert!(!is_password(world, &made, "secret"));
    });
}

#[test]
fn fields_that_contradict_each_other_are_refused_each_with_its_code() {
    each_engine(PEOPLE, |world| {
        let made = user(world, "a@b.test");
        let bcrypt = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        for (input, code) in [
            (
                json!({ "password_hash": "x", "password_hash_type": "bcrypt" }),
                "invalid_password_hash",
            ),
            (
                json!({ "password_hash": bcrypt, "password_hash_type": "argon2" }),
                "invalid_password_hash",
            ),
            (
                json!({ "password_hash": bcrypt, "password_hash_type": "bcrypt", "password_salt_position": "prefix" }),
                "invalid_password_hash",
            ),
            (
                json!({ "password": GOOD_PASSWORD, "password_hash": bcrypt, "password_hash_type": "bcrypt" }),
                "password_and_password_hash_provided",
            ),
            (
                json!({ "password": GOOD_PASSWORD, "password_hash_type": "bcrypt" }),
                "password_and_password_hash_type_provided",
            ),
            (
                json!({ "password_salt_position": "prefix" }),
                "password_salt_position_requires_password_hash",
            ),
            (
                json!({ "password": GOOD_PASSWORD, "password_salt_position": "prefix" }),
                "password_salt_position_requires_password_hash",
            ),
        ] {
            let mut create = input.clone();
            create["email"] = json!("b@b.test");
            refused(make(world, create), 400, code);
            refused(update(world, &made, input), 400, code);
        }
        for (input, field) in [
            (json!({ "password_hash": bcrypt }), "password_hash_type"),
            (json!({ "password_hash_type": "bcrypt" }), "password_hash"),
            (json!({ "password_hash": bcrypt, "password_hash_type": "md5" }), "password_hash_type"),
        ] {
            let error = refused(update(world, &made, input), 422, "invalid_request_parameters");
            assert_eq!(fields(&error), [field]);
        }
        assert_eq!(world.event_names(), ["user.created"]);
        assert_eq!(get(world, &made), made);
    });
}

#[test]
fn a_hostile_hash_is_refused_before_it_can_burn_the_machine() {
    on_sqlite(PEOPLE, |_| {
        let key = "A".repeat(43);
        for (text, hash_type) in [
            (
                "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned(),
                HashType::Bcrypt,
            ),
            (format!("$argon2id$v=19$m=4294967295,t=5,p=8$c29tZXNhbHQ${key}"), HashType::Argon2),
            (format!("$scrypt$v=1$n=1073741824,r=8,p=1,kl=32$TmFDbA${key}"), HashType::Scrypt),
            (format!("$pbkdf2$i=4294967295,d=sha512$c29tZXNhbHQ${key}"), HashType::Pbkdf2),
        ] {
            let error = passwords::import(&text, hash_type, None).unwrap_err();
            assert_eq!((error.status(), error.code()), (400, "invalid_password_hash"));
        }
    });
}

#[test]
fn a_password_is_judged_before_an_account_is_made_for_it() {
    each_engine(PEOPLE, |world| {
        let (weak, good) = (Secret::new("password1234"), Secret::new(GOOD_PASSWORD));
        let judge = |password: &Secret| {
            let flow = world.flow();
            let owner = Owner { email: "a@b.test", ..Owner::default() };
            passwords::accept(&flow, owner, password, PASSWORD_STRENGTH_ERROR)
        };
        assert_eq!(judge(&weak).unwrap_err().code(), "password_strength_error");
        judge(&good).unwrap();
        let check = |password: &Secret| {
            world.flow().read(|cx| {
                passwords::check_policy(cx, password, "a@b.test", PASSWORD_STRENGTH_ERROR)
            })
        };
        assert_eq!(check(&weak).unwrap_err().code(), "password_strength_error");
        check(&good).unwrap();
    });
}
