//! Every attack on a code mode that is known, each stopped within its budget.

use std::sync::Arc;

use vestibule_lua::{Budget, Engine, FailureKind, Limits, Outcome};

use crate::catalogue::Catalogue;
use crate::{WATCHDOG, options, returns, run, run_on, tight};

async fn attack(program: &str) -> Outcome {
    run_on(&Catalogue::usual(), program, tight()).await
}

fn budget(outcome: &Outcome) -> Option<Budget> {
    let error = outcome.error.as_ref()?;
    assert_eq!(error.kind, FailureKind::BudgetExceeded, "{error}");
    error.budget
}

/// Runs an attack that must use up its processor time and no more.
async fn uses_up_its_time(program: &str) {
    let outcome = attack(program).await;
    assert_eq!(budget(&outcome), Some(Budget::Cpu), "{program}: {outcome:?}");
}

/// Runs an attack that must end in one of several budgets.
async fn ends_in(program: &str, budgets: &[Budget]) {
    // Time enough for the other budgets to be reached first, on a busy machine too.
    let limits = Limits { cpu_ms_max: 5_000, ..tight() };
    let outcome = run_on(&Catalogue::usual(), program, limits).await;
    let reached = budget(&outcome).expect("a budget ended it");
    assert!(budgets.contains(&reached), "{program}: {outcome:?}");
}

#[tokio::test]
async fn an_infinite_loop() {
    uses_up_its_time("while true do end").await;
    uses_up_its_time("repeat local x = 1 until false").await;
    uses_up_its_time("for i = 1, math.huge do end").await;
}

#[tokio::test]
async fn a_loop_inside_a_coroutine() {
    uses_up_its_time("coroutine.wrap(function() while true do end end)()").await;
    uses_up_its_time("while true do coroutine.wrap(function() coroutine.yield() end)() end").await;
    uses_up_its_time("local c = coroutine.wrap(function() while true do coroutine.yield() end end) while true do c() end").await;
}

#[tokio::test]
async fn swallowing_the_budget_by_pcall() {
    uses_up_its_time("while true do pcall(function() while true do end end) end").await;
    uses_up_its_time("local function f() pcall(f) pcall(f) while true do pcall(f) end end f()")
        .await;
    uses_up_its_time(
        "local function f() while true do end end
         local function g() xpcall(f, function() while true do end end) end
         while true do pcall(g) end",
    )
    .await;
}

#[tokio::test]
async fn swallowing_the_budget_in_the_last_statement() {
    let program = "pcall(function() while true do end end) return 'survived'";
    let outcome = attack(program).await;
    assert_eq!(budget(&outcome), Some(Budget::Cpu));
    assert!(outcome.result.is_null());
}

#[tokio::test]
async fn swallowing_the_budget_in_a_coroutine() {
    uses_up_its_time(
        "local c = coroutine.create(function() while true do pcall(function() while true do end end) end end)
         while true do coroutine.resume(c) c = coroutine.create(function() while true do end end) end",
    )
    .await;
}

#[tokio::test]
async fn no_call_is_made_after_the_budget_was_swallowed() {
    let host = Catalogue::usual();
    let program = "pcall(function() while true do end end)
                   app.integrations.workos.organizations.create({ name = 'late' })";
    let outcome = run_on(&host, program, tight()).await;
    assert_eq!(budget(&outcome), Some(Budget::Cpu));
    assert!(host.calls.lock().is_empty());
}

#[tokio::test]
async fn backtracking_of_patterns() {
    uses_up_its_time("string.find(string.rep('a', 100000), '.-.-.-.-b')").await;
    uses_up_its_time("string.match(string.rep('a', 30000), '(.*)(.*)(.*)b')").await;
    uses_up_its_time("string.gsub(string.rep('a', 100000), 'a*a*a*a*b', '')").await;
    uses_up_its_time("for w in string.gmatch(string.rep('a', 100000), '.-.-.-b') do end").await;
}

#[tokio::test]
async fn backtracking_of_regular_expressions() {
    let outcome = run("return regex.match(string.rep('a', 10000) .. '!', '^(a+)+$') == nil").await;
    assert_eq!(outcome.result, true);
    uses_up_its_time("while true do regex.match(string.rep('a', 100000), '(a|aa)+$') end").await;
    // Each search is linear, and there is one from each place.
    uses_up_its_time("regex.match_all(string.rep('A', 200000), '.*[^A-Z]|[A-Z]')").await;
    uses_up_its_time("regex.gsub(string.rep('A', 200000), '.*[^A-Z]|[A-Z]', 'b')").await;
}

#[tokio::test]
async fn a_regular_expression_as_large_as_allowed() {
    // The slowest that is let through: it ends by itself, within the watchdog.
    let program = r"
        local ok, problem = pcall(regex.match, string.rep('ab ', 80000), '(?:\\w{0,9}\\W{0,9}){0,12}(\\d)$')
        return ok or problem.type";
    let outcome = run_on(&Catalogue::usual(), program, Limits { cpu_ms_max: 1, ..tight() }).await;
    assert!(budget(&outcome).is_none_or(|it| it == Budget::Cpu), "{outcome:?}");
}

#[tokio::test]
async fn a_table_bomb() {
    ends_in("local t = {} while true do t[#t + 1] = {} end", &[Budget::Cpu, Budget::Memory]).await;
    ends_in("local t = {} while true do t = { t, t } end", &[Budget::Cpu, Budget::Memory]).await;
    ends_in("return table.create(1e7, 1)", &[Budget::Memory]).await;
}

#[tokio::test]
async fn a_string_bomb() {
    ends_in("return #string.rep('x', 1e9)", &[Budget::Memory]).await;
    ends_in("local s = 'x' while true do s = s .. s end", &[Budget::Memory]).await;
    ends_in(
        "return #string.gsub(string.rep('x', 1e6), 'x', string.rep('y', 1e5))",
        &[Budget::Cpu, Budget::Memory],
    )
    .await;
    ends_in(
        "local t = {} for i = 1, 1e4 do t[i] = string.rep('x', 1e4) end return #table.concat(t)",
        &[Budget::Memory],
    )
    .await;
    ends_in("return buffer.create(1e9)", &[Budget::Memory]).await;
}

#[tokio::test]
async fn swallowing_the_memory_error() {
    uses_up_its_time("while true do pcall(string.rep, 'x', 1e9) end").await;
    uses_up_its_time(
        "local kept = {} while true do pcall(function() while true do kept[#kept + 1] = string.rep('x', 1e5) .. #kept end end) end",
    )
    .await;
}

#[tokio::test]
async fn deep_recursion() {
    ends_in("local function f() return 1 + f() end return f()", &[Budget::Recursion]).await;
    ends_in("local t = setmetatable({}, {}) getmetatable(t).__index = function(_, k) return t[k] end return t.x", &[Budget::Recursion]).await;
    ends_in(
        "local function f(s) return string.gsub('x', 'x', f) end return f()",
        &[Budget::Recursion],
    )
    .await;
    ends_in("local function f() coroutine.wrap(f)() end f()", &[Budget::Recursion]).await;
    ends_in("local function f() table.sort({ 1, 2 }, f) end f()", &[Budget::Recursion]).await;
    ends_in("local function f() return f() end return f()", &[Budget::Recursion]).await;
    // Each level catches the overflow of the next, and the first raises an error of its own.
    let outcome = attack("local function f() pcall(f) error('x') end f()").await;
    assert_eq!(outcome.error.map(|it| it.kind), Some(FailureKind::RuntimeError));
}

#[tokio::test]
async fn deep_nesting_of_the_program_itself() {
    for program in [
        format!("return {}1{}", "(".repeat(20_000), ")".repeat(20_000)),
        format!("return {}{}", "{".repeat(20_000), "}".repeat(20_000)),
        format!("{}{}", "if x then ".repeat(9_000), "end ".repeat(9_000)),
        format!("return {}1", "not ".repeat(20_000)),
        format!("local x: {}number{} = 1", "(".repeat(20_000), ")".repeat(20_000)),
    ] {
        let outcome = attack(&program).await;
        assert!(outcome.error.is_some() || outcome.success, "it ended");
    }
}

#[tokio::test]
async fn a_long_needle_in_a_long_text() {
    // The library's own search takes the square of the length: hours, past every interrupt. It ends
    // well within the usual budget; a tight one would ask how fast the machine is.
    let found = returns(
        "local text = string.rep('a', 8e6)
         return string.find(text, string.rep('a', 4e6) .. 'b', 1, true) == nil",
    )
    .await;
    assert_eq!(found, true);
    let pieces =
        returns("return #string.split(string.rep('a', 8e6), string.rep('a', 4e6) .. 'b')").await;
    assert_eq!(pieces, 1);
    uses_up_its_time(
        "local text, needle = string.rep('a', 4e6), string.rep('a', 63) .. 'b'
         while true do string.find(text, needle, 1, true) string.split(text, needle) end",
    )
    .await;
}

#[tokio::test]
async fn sorting_long_texts_that_are_alike() {
    uses_up_its_time(
        "local a, b = string.rep('a', 2e6) .. 'a', string.rep('a', 2e6) .. 'b'
         local list = {}
         for i = 1, 1e5 do list[i] = if i % 2 == 0 then a else b end
         table.sort(list)",
    )
    .await;
    uses_up_its_time(
        "local t = {} for i = 1, 2e5 do t[i] = i end while true do table.sort(t, rawequal) end",
    )
    .await;
}

#[tokio::test]
async fn moving_items_that_are_not_there() {
    let outcome = attack("table.move({}, 1, 2147483646, -2147483647, {})").await;
    assert_eq!(outcome.error.map(|it| it.kind), Some(FailureKind::InvalidArguments));
}

#[tokio::test]
async fn a_flood_of_output() {
    let limits = Limits { output_chars_max: 1000, ..tight() };
    let outcome = run_on(&Catalogue::usual(), "while true do print('flood') end", limits).await;
    assert_eq!(budget(&outcome), Some(Budget::Cpu));
    assert!(
        outcome.meta.output_truncated && outcome.output.len() < 1100,
        "{}",
        outcome.output.len()
    );

    let limits = Limits { output_lines_max: 10, ..tight() };
    let outcome =
        run_on(&Catalogue::usual(), "for i = 1, 100 do print(i) end return 1", limits).await;
    assert!(outcome.success && outcome.meta.output_truncated);
    assert_eq!(outcome.output.lines().count(), 11);
}

#[tokio::test]
async fn a_table_that_is_small_and_endless_as_text() {
    let laughs = "local t = {} for i = 1, 60 do t = { t, t } end ";
    for end in ["return t", "return json.encode(t)", "dump(t)", "print(t)", "return tostring(t)"] {
        let outcome = attack(&format!("{laughs}{end}")).await;
        assert!(outcome.output.len() < 200_000);
        assert!(outcome.result.to_string().len() < 200_000);
    }
    let wide = "local s = string.rep('x', 1e6) local t = {} for i = 1, 1e5 do t[i] = s end ";
    let outcome = run(&format!("{wide}return t")).await;
    assert_eq!(budget(&outcome), Some(Budget::Result));
    let outcome = run(&format!("{wide}return json.encode(t)")).await;
    assert_eq!(outcome.error.map(|it| it.kind), Some(FailureKind::InvalidArguments));
}

#[tokio::test]
async fn a_program_too_long_to_read() {
    let program = "x = 1\n".repeat(100_000);
    assert_eq!(budget(&attack(&program).await), Some(Budget::Source));
}

#[tokio::test]
async fn a_flood_of_calls() {
    let host = Catalogue::usual();
    let limits = Limits { calls_max: 7, ..tight() };
    let program = "while true do pcall(app.integrations.workos.organizations.list) end";
    let outcome = run_on(&host, program, limits.clone()).await;
    assert_eq!(budget(&outcome), Some(Budget::Cpu));
    assert_eq!(host.calls.lock().len(), 7);

    let outcome = run_on(&host, "while true do docs.list() end", limits.clone()).await;
    assert_eq!(budget(&outcome), Some(Budget::Calls));

    let program = "local calls = {} for i = 1, 8 do calls[i] = { app.integrations.workos.organizations.list } end parallel(calls)";
    host.calls.lock().clear();
    let outcome = run_on(&host, program, limits).await;
    assert_eq!(budget(&outcome), Some(Budget::Calls));
    assert!(host.calls.lock().is_empty(), "all or none");
}

#[tokio::test]
async fn a_host_that_never_answers() {
    let limits = Limits { call_ms_max: 50, ..tight() };
    let outcome = run_on(&Catalogue::usual(), "app.integrations.workos.slow.wait()", limits).await;
    let error = outcome.error.expect("no answer");
    assert_eq!((error.kind, error.call_made), (FailureKind::Timeout, true));

    let limits = Limits { run_ms_max: 1_000, ..tight() };
    let outcome =
        run_on(&Catalogue::usual(), "pcall(app.integrations.workos.slow.wait) return 1", limits)
            .await;
    assert_eq!(budget(&outcome), Some(Budget::Run));
    let record = serde_json::to_value(&outcome.integration_calls[0]).expect("JSON");
    assert_eq!(record["effectStatus"], "unknown");
}

#[tokio::test]
async fn waiting_for_the_host_is_not_counted() {
    let limits =
        Limits { wall_ms_max: 300, cpu_ms_max: 300, call_ms_max: 1000, ..Limits::default() };
    let program = "local _, problem = pcall(app.integrations.workos.slow.wait) return problem.type";
    let outcome = run_on(&Catalogue::usual(), program, limits).await;
    assert_eq!(outcome.result, "timeout", "{outcome:?}");
}

#[tokio::test]
async fn a_run_that_nobody_waits_for_any_more() {
    let (engine, host) = (Engine::new(1), Catalogue::usual());
    let endless =
        engine.run(Arc::clone(&host) as _, "while true do end", options(Limits::default()));
    let dropped = tokio::time::timeout(std::time::Duration::from_millis(50), endless).await;
    assert!(dropped.is_err());
    // Its place is free again, which it is only when its thread has ended.
    let next = engine.run(host, "return 1", options(Limits::default()));
    let outcome = tokio::time::timeout(WATCHDOG, next).await.expect("it ran");
    assert_eq!(outcome.result, 1);
}
