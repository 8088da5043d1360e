//! Random histories, run against a plain model and against the real thing, which must agree on every
//! refusal, check, effective permission and discovery.
mod history;
mod plain;
mod real;

use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use vestibule_kernel::testing::{World, each_engine};

use crate::support::domains;
use history::history;
use plain::Model;
use real::Real;

/// How many histories run on each engine, in parts that run beside each other.
const HISTORIES: u32 = 10_000;
const PARTS: u32 = 8;

/// Runs one history against both, and compares them in its middle and at its end. On PostgreSQL, where
/// each statement crosses to another process, at its end alone: what is the middle of one history is
/// the end of another.
fn agree(world: &World, real: &mut Real, history: &[history::Step]) -> Result<(), TestCaseError> {
    real.begin(world);
    let mut model = Model::planted();
    for (n, step) in history.iter().enumerate() {
        let done = real.run(world, &model, step);
        let expected = model.run(step);
        let told = format!("step {n}, {step:?}: {done:?}");
        proptest::prop_assert_eq!(expected, done.is_ok(), "{}", told);
        let last = n + 1 == history.len();
        if last || (!real.thrifty && n % 3 == 2) {
            let compared = real.compare(world, &model, last);
            compared.map_err(|it| TestCaseError::fail(format!("after {told} {it}")))?;
        }
    }
    Ok(())
}

/// Runs a part of the histories from a seed, which the failure of one prints, in its shortest form. The
/// variable `VESTIBULE_TEST_SEED` runs those of one seed again.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test alone reads it and tells"
)]
fn run(world: &World, seed: u64) {
    let seed = match std::env::var("VESTIBULE_TEST_SEED") {
        Ok(it) => it.parse().unwrap(),
        Err(_) => seed,
    };
    let real = std::cell::RefCell::new(Real::make(world));
    let histories = HISTORIES / PARTS;
    let config = Config {
        cases: histories,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed),
        max_shrink_iters: 2000,
        ..Config::default()
    };
    let done =
        TestRunner::new(config).run(&history(), |it| agree(world, &mut real.borrow_mut(), &it));
    if let Err(error) = done {
        panic!("with VESTIBULE_TEST_SEED={seed}: {error}");
    }
    let (checks, yes) = &real.borrow().checks;
    let share = f64::from(yes.get()) / f64::from(checks.get());
    let engine = world.app.db().engine();
    println!(
        "{engine}: {} checks in {histories} histories, of which {share:.3} said yes",
        checks.get()
    );
    assert!((0.03..0.9).contains(&share), "histories that say nearly always the same prove little");
}

macro_rules! parts {
    ($($name:ident = $seed:literal),*) => {
        $(
            #[test]
            fn $name() {
                each_engine(domains(), |world| run(world, $seed));
            }
        )*
    };
}
parts!(
    random_histories_agree_with_the_model_1 = 1,
    random_histories_agree_with_the_model_2 = 2,
    random_histories_agree_with_the_model_3 = 3,
    random_histories_agree_with_the_model_4 = 4,
    random_histories_agree_with_the_model_5 = 5,
    random_histories_agree_with_the_model_6 = 6,
    random_histories_agree_with_the_model_7 = 7,
    random_histories_agree_with_the_model_8 = 8
);
