//! One-time codes.
use vestibule_kernel::id::UserId;
use vestibule_kernel::testing::{World, each_engine};
use vestibule_people::codes::{self, OneTimeCode, Purpose, Redeemed};

use crate::support::PEOPLE;

fn ada() -> UserId {
    UserId::parse("user_ada").unwrap()
}

fn issue(world: &World, purpose: Purpose, id: &str) -> OneTimeCode {
    let id = id.to_owned();
    let work = move |cx: &mut vestibule_kernel::Cx<'_>| {
        codes::issue(cx, purpose, &id, &ada(), "Ada@b.test")
    };
    world.flow().write(work).unwrap()
}

fn redeem(world: &World, purpose: Purpose, code: &str) -> Redeemed {
    let code = code.to_owned();
    world.flow().write(move |cx| codes::redeem(cx, purpose, &ada(), &code)).unwrap()
}

/// A code that is not this one.
pub fn wrong(code: &str) -> &'static str {
    if code == "000000" { "111111" } else { "000000" }
}

#[test]
fn a_code_has_six_digits_and_works_once() {
    each_engine(PEOPLE, |world| {
        let made = issue(world, Purpose::MagicAuth, "magic_auth_1");
        let code = made.code.reveal();
        assert!(code.len() == 6 && code.bytes().all(|it| it.is_ascii_digit()));
        assert_eq!(made.expires_at.seconds() - made.created_at.seconds(), 600);
        assert!(!format!("{made:?}").contains(code));
        world.clock.advance_seconds(599);
        let good = redeem(world, Purpose::MagicAuth, &format!(" {code} "));
        let Redeemed::Good(good) = good else { panic!("{good:?}") };
        assert_eq!((good.id.as_str(), good.email.as_str()), ("magic_auth_1", "Ada@b.test"));
        assert!(matches!(redeem(world, Purpose::MagicAuth, code), Redeemed::Used));
        let other = redeem(world, Purpose::MagicAuth, wrong(code));
        assert!(matches!(other, Redeemed::Incorrect));
    });
}

#[test]
fn a_code_ends_after_ten_minutes() {
    each_engine(PEOPLE, |world| {
        let made = issue(world, Purpose::MagicAuth, "magic_auth_1");
        world.clock.advance_seconds(600);
        let live = || world.flow().read(|cx| codes::live(cx, Purpose::MagicAuth, &ada())).unwrap();
        assert!(live().is_none());
        let right = redeem(world, Purpose::MagicAuth, made.code.reveal());
        assert!(matches!(right, Redeemed::Expired));
        let other = redeem(world, Purpose::MagicAuth, wrong(made.code.reveal()));
        assert!(matches!(other, Redeemed::Expired));
    });
}

#[test]
fn guessing_ends_a_code_after_ten_attempts_and_the_right_digits_do_not_revive_it() {
    each_engine(PEOPLE, |world| {
        let made = issue(world, Purpose::MagicAuth, "magic_auth_1");
        let code = made.code.reveal();
        for _ in 0..10 {
            let guess = redeem(world, Purpose::MagicAuth, wrong(code));
            assert!(matches!(guess, Redeemed::Incorrect));
        }
        for attempt in [wrong(code), code] {
            let done = redeem(world, Purpose::MagicAuth, attempt);
            assert!(matches!(done, Redeemed::TooManyAttempts));
        }
        // A new one starts anew.
        let made = issue(world, Purpose::MagicAuth, "magic_auth_2");
        let done = redeem(world, Purpose::MagicAuth, made.code.reveal());
        assert!(matches!(done, Redeemed::Good(_)));
    });
}

#[test]
fn guessing_from_many_sides_at_once_counts_every_attempt() {
    each_engine(PEOPLE, |world| {
        let made = issue(world, Purpose::MagicAuth, "magic_auth_1");
        let code = made.code.reveal();
        let guesses: Vec<Redeemed> = std::thread::scope(|scope| {
            let guess = || redeem(world, Purpose::MagicAuth, wrong(code));
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(guess)).collect();
            threads.into_iter().map(|it| it.join().unwrap()).collect()
        });
        let counted = guesses.iter().filter(|it| matches!(it, Redeemed::Incorrect)).count();
        assert_eq!(counted, 10);
    });
}

#[test]
fn one_code_redeemed_from_many_sides_at_once_is_good_once() {
    each_engine(PEOPLE, |world| {
        let made = issue(world, Purpose::MagicAuth, "magic_auth_1");
        let done: Vec<Redeemed> = std::thread::scope(|scope| {
            let redeem = || redeem(world, Purpose::MagicAuth, made.code.reveal());
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(redeem)).collect();
            threads.into_iter().map(|it| it.join().unwrap()).collect()
        });
        let good = done.iter().filter(|it| matches!(it, Redeemed::Good(_))).count();
        let used = done.iter().filter(|it| matches!(it, Redeemed::Used)).count();
        assert_eq!((good, used), (1, 7));
    });
}

#[test]
fn the_newest_code_of_a_purpose_makes_the_older_ones_void() {
    each_engine(PEOPLE, |world| {
        let first = issue(world, Purpose::MagicAuth, "magic_auth_1");
        let other = issue(world, Purpose::EmailVerification, "email_verification_1");
        world.clock.advance_seconds(1);
        let second = issue(world, Purpose::MagicAuth, "magic_auth_2");
        assert_ne!(first.code.reveal(), second.code.reveal());
        let done = redeem(world, Purpose::MagicAuth, first.code.reveal());
        assert!(matches!(done, Redeemed::Incorrect));
        let live = world.flow().read(|cx| codes::live(cx, Purpose::MagicAuth, &ada())).unwrap();
        assert_eq!(live.unwrap().id, "magic_auth_2");
        let done = redeem(world, Purpose::MagicAuth, second.code.reveal());
        assert!(matches!(done, Redeemed::Good(_)));
        // One purpose's code is nothing to another.
        let done = redeem(world, Purpose::EmailChange, other.code.reveal());
        assert!(matches!(done, Redeemed::None));
        let done = redeem(world, Purpose::EmailVerification, other.code.reveal());
        assert!(matches!(done, Redeemed::Good(_)));
    });
}

#[test]
fn codes_are_sealed_at_rest_each_to_its_own_row() {
    each_engine(PEOPLE, |world| {
        let first = issue(world, Purpose::MagicAuth, "magic_auth_1");
        issue(world, Purpose::MagicAuth, "magic_auth_2");
        let sealed: Vec<u8> = world
            .flow()
            .read(|cx| {
                let sql = "SELECT sealed_code FROM one_time_codes
                           WHERE environment_id = $1 AND id = 'magic_auth_1'";
                let values = [cx.environment.into()];
                cx.db().first(sql, &values)?.unwrap().take()
            })
            .unwrap();
        let digits = first.code.reveal().as_bytes();
        assert!(!sealed.windows(digits.len()).any(|it| it == digits));
        // Whoever can write the table cannot put a code that they know in the place of another.
        world
            .flow()
            .write(move |cx| {
                let sql = "UPDATE one_time_codes SET sealed_code = $2
                           WHERE environment_id = $1 AND id = 'magic_auth_2'";
                let values = [cx.environment.into(), sealed.clone().into()];
                cx.db().execute(sql, &values)
            })
            .unwrap();
        let read = |id: &str| world.flow().read(|cx| codes::get(cx, Purpose::MagicAuth, id));
        assert!(read("magic_auth_1").unwrap().is_some());
        assert_eq!(read("magic_auth_2").unwrap_err().status(), 500);
    });
}

#[test]
fn codes_that_ended_long_ago_are_forgotten() {
    each_engine(PEOPLE, |world| {
        issue(world, Purpose::MagicAuth, "magic_auth_1");
        world.clock.advance_seconds(20 * 86_400);
        issue(world, Purpose::MagicAuth, "magic_auth_2");
        world.clock.advance_seconds(20 * 86_400);
        assert_eq!(world.flow().write(codes::forget_old).unwrap(), 1);
        let read = |id: &str| world.flow().read(|cx| codes::get(cx, Purpose::MagicAuth, id));
        assert!(read("magic_auth_1").unwrap().is_none());
        assert!(read("magic_auth_2").unwrap().is_some());
    });
}
