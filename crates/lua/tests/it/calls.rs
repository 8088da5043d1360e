//! Calls: names, arguments, failures, the log, many at once.

use serde_json::{Value, json};
use vestibule_lua::{CallStatus, EffectStatus, FailureKind, Limits, Mcp};

use crate::catalogue::Catalogue;
use crate::{prints, returns, run, run_on};

#[tokio::test]
async fn the_documented_examples_run_as_written() {
    let outcome = run("dump(app.integrations.workos.validate_api_key({}))").await;
    assert!(outcome.success && outcome.integration_calls.len() == 1, "{:?}", outcome.error);
    assert!(prints(r#"print(docs.read("workos"))"#).await.contains("workos"));
    assert!(
        prints(r#"print(docs.read("workos.validate_api_key"))"#).await.contains("validate_api_key")
    );
    assert!(prints("dump(mcp.servers())").await.contains("files"));
    let host = Catalogue::usual();
    let program = r#"
local workos = app.integrations.workos
local result = workos.validate_api_key({})
dump(result)
local orgs = app.integrations.workos.workos_organizations_list({ limit = 25 })
local user = app.integrations.workos.workos_user_management_users_get({ user_id = "user_123" })
local keys = app.integrations.workos.default.list_organizations({})   -- a named account: default, work, …
"#;
    let outcome = run_on(&host, program, Limits::default()).await;
    assert!(outcome.success, "{:?}", outcome.error);
    let calls = host.calls.lock().clone();
    let made: Vec<_> =
        calls.iter().map(|call| (call.action.as_str(), call.account.as_deref())).collect();
    assert_eq!(
        made,
        [
            ("api_keys.validations.create", None),
            ("organizations.list", None),
            ("users.get", None),
            ("organizations.list", Some("default")),
        ]
    );
    assert_eq!(calls[1].arguments["limit"], 25);
    assert!(
        prints(r#"print(lua_read_doc("integrations.workos"))"#)
            .await
            .contains("integrations.workos")
    );
}

#[tokio::test]
async fn names_come_in_segments_and_after_an_account() {
    let program = "
        local workos = app.integrations.workos
        return workos.organizations.list().data[1].id, workos.work.organizations.list({}).data[1].id,
            workos['organizations.list']({}).data[1].id, workos.organizations:list().data[1].id";
    assert_eq!(returns(program).await, json!(["org_1", "org_1", "org_1", "org_1"]));
}

#[tokio::test]
async fn an_action_comes_before_an_account_of_the_same_name() {
    let host = Catalogue::usual();
    run_on(&host, "app.integrations.workos.work.odd({ id = 'org_1' })", Limits::default()).await;
    assert_eq!(host.calls.lock()[0].account, None);
}

#[tokio::test]
async fn an_unknown_name_suggests_what_was_meant_and_calls_nothing() {
    let program = "
        local ok, problem = pcall(app.integrations.workos.organisations.lst, {})
        return { ok = ok, type = problem.type, made = problem.call_made, first = problem.suggestions[1],
                 few = #problem.suggestions <= 5, text = tostring(problem), joined = 'x: ' .. problem }";
    let result = returns(program).await;
    assert_eq!(result["type"], "unknown_function");
    assert_eq!(
        (&result["ok"], &result["made"], &result["few"]),
        (&json!(false), &json!(false), &json!(true))
    );
    assert_eq!(result["first"], "organizations.list");
    let text = result["text"].as_str().expect("text");
    assert!(
        text.starts_with("unknown_function: ") && text.ends_with(" No call was made."),
        "{text}"
    );
    assert_eq!(result["joined"], format!("x: {text}"));

    let outcome = run("app.integrations.workos.wrok.organizations.list({})").await;
    let error = outcome.error.expect("no such account");
    assert_eq!(
        (error.kind, error.suggestions),
        (FailureKind::UnknownFunction, vec!["work".into()])
    );
    assert_eq!(error.line, Some(1));
}

#[tokio::test]
async fn arguments_that_do_not_fit_are_refused_before_the_call() {
    for arguments in [
        "'org_1'",
        "{ 'org_1' }",
        "{ id = print }",
        "{ id = 0/0 }",
        "{ id = { 1, nil, 3 } }",
        "{ id = { 1, x = 2 } }",
        "{ [1.5] = 1 }",
        "{ id = '\\255' }",
        "{}, {}",
        "(function() local t = {} t.t = t return t end)()",
    ] {
        let host = Catalogue::usual();
        let program = format!("app.integrations.workos.organizations.get({arguments})");
        let outcome = run_on(&host, &program, Limits::default()).await;
        let error = outcome.error.expect("refused");
        assert_eq!(
            (error.kind, error.call_made),
            (FailureKind::InvalidArguments, false),
            "{arguments}"
        );
        assert!(host.calls.lock().is_empty(), "{arguments}");
    }
}

#[tokio::test]
async fn every_failure_of_the_host_is_an_object_that_says_whether_a_call_was_made() {
    let program = "
        local workos, found = app.integrations.workos, {}
        for _, call in {
            { workos.organizations.get, {} },
            { workos.organizations.create, { name = 'later' } },
            { workos.organizations.delete, { id = 'org_1' } },
            { workos.radar.assess, {} },
        } do
            local _, problem = pcall(call[1], call[2])
            found[#found + 1] = { problem.type, problem.call_made, problem.retryable, problem.status or 0 }
        end
        return found";
    assert_eq!(
        returns(program).await,
        json!([
            ["invalid_arguments", false, false, 0],
            ["approval_pending", false, true, 0],
            ["denied", false, false, 0],
            ["tool_error", true, false, 500],
        ])
    );
    let outcome = run("app.integrations.workos.organizations.get({})").await;
    assert!(outcome.error.as_ref().is_some_and(|it| !it.call_made), "the host refused it");
    assert!(!outcome.integration_calls[0].call_made);
    assert_eq!(
        outcome.error.and_then(|it| it.details).map(|it| *it),
        Some(json!({ "missing": ["id"] }))
    );
}

#[tokio::test]
async fn the_log_tells_what_became_of_every_call() {
    let program = "
        local workos = app.integrations.workos
        workos.organizations.get({ id = 'org_1' })
        workos.work.organizations.create({ name = 'New' })
        pcall(workos.organizations.create, { name = 'later' })
        pcall(workos.organizations.delete, { id = 'org_1' })
        pcall(workos.radar.assess, {})
        pcall(workos.nothing, {})
        app.mcp.files.read({ path = 'a' })";
    let outcome = run(program).await;
    let log = serde_json::to_value(&outcome.integration_calls).expect("JSON");
    let rows: Vec<_> = log
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| {
            [
                "index",
                "path",
                "account",
                "status",
                "effect",
                "effectStatus",
                "errorType",
                "idempotencyKey",
            ]
            .map(|name| it[name].as_str().map_or_else(|| it[name].to_string(), str::to_owned))
            .join(" ")
        })
        .collect();
    assert_eq!(
        rows,
        [
            "1 workos.organizations.get null success read none null run_01-1",
            "2 workos.work.organizations.create work success write succeeded null run_01-2",
            "3 workos.organizations.create null error write pending approval_pending run_01-3",
            "4 workos.organizations.delete null error destructive denied denied run_01-4",
            "5 workos.radar.assess null error write unknown tool_error run_01-5",
            "6 mcp.files.read null success write succeeded null run_01-6",
        ]
    );
    let keys: Vec<&String> = log[0].as_object().expect("an object").keys().collect();
    for name in ["durationMs", "retryable", "error", "name", "group"] {
        assert!(keys.iter().any(|key| *key == name), "{name}");
    }
}

#[tokio::test]
async fn the_outcome_has_the_documented_fields() {
    let outcome = run("print('a', 1, nil, true) return { x = 1 }").await;
    let json = serde_json::to_value(&outcome).expect("JSON");
    assert_eq!(
        (&json["success"], &json["output"], &json["error"], &json["result"]),
        (&json!(true), &json!("a\t1\tnil\ttrue\n"), &Value::Null, &json!({ "x": 1 }))
    );
    assert!(json["execution_time_ms"].is_f64() && json["memory_usage"].is_u64());
    assert_eq!(json["integration_calls"], json!([]));
    assert_eq!(json["meta"]["run_id"], "run_01");
    assert_eq!(json["meta"]["permission_bypassed"], false);
}

#[tokio::test]
async fn a_mistake_names_its_line() {
    let outcome = run("local x = 1\n\nlocal y = x.a.b").await;
    let error = outcome.error.expect("a mistake");
    assert_eq!(
        (error.kind, error.line, error.call_made),
        (FailureKind::RuntimeError, Some(3), false)
    );
    let outcome = run("local x = \n\n)").await;
    let error = outcome.error.expect("a mistake");
    assert_eq!((error.kind, error.line), (FailureKind::SyntaxError, Some(3)));
    let outcome =
        run("app.integrations.workos.organizations.list()\nerror({ code = 7, message = 'mine' })")
            .await;
    let error = outcome.error.expect("its own");
    assert_eq!((error.message.as_str(), error.line, error.call_made), ("mine", Some(2), true));
    assert_eq!(error.details.map(|it| *it), Some(json!({ "code": 7, "message": "mine" })));
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_with_the_same_key() {
    let host = Catalogue::usual();
    host.limited.store(2, std::sync::atomic::Ordering::SeqCst);
    let outcome = run_on(&host, "app.integrations.workos.radar.assess()", Limits::default()).await;
    assert_eq!(outcome.error.expect("its answer").kind, FailureKind::ToolError);
    let keys: Vec<_> = host.calls.lock().iter().map(|call| call.idempotency_key.clone()).collect();
    assert_eq!(keys, ["run_01-1"; 3]);
    assert_eq!(outcome.integration_calls.len(), 1);

    host.limited.store(9, std::sync::atomic::Ordering::SeqCst);
    let outcome = run_on(&host, "app.integrations.workos.radar.assess()", Limits::default()).await;
    let error = outcome.error.expect("still limited");
    assert_eq!(
        (error.kind, error.retryable, error.retry_after_ms),
        (FailureKind::RateLimited, true, Some(1))
    );
}

#[tokio::test]
async fn a_list_is_gone_through_page_after_page() {
    let program = "
        local ids = {}
        for organization in paginate(app.integrations.workos.organizations.list, { limit = 2 }) do
            ids[#ids + 1] = organization.id
        end
        return ids";
    let outcome = run(program).await;
    assert_eq!(outcome.result, json!(["org_1", "org_2", "org_3", "org_4", "org_5"]));
    assert_eq!(outcome.integration_calls.len(), 3);
    // Each page when the program comes to it.
    let program = "for item in paginate(app.integrations.workos.work.list_organizations) do return item.id end";
    let outcome = run(program).await;
    assert_eq!((outcome.result, outcome.integration_calls.len()), (json!("org_1"), 1));
    let program = "local n = 0 for _ in paginate(app.integrations.workos.organizations.list, nil, 3) do n += 1 end return n";
    assert_eq!(returns(program).await, 3);
    let outcome = run("paginate(app.integrations.workos.organizations.create, {})").await;
    assert_eq!(outcome.error.expect("no list").kind, FailureKind::InvalidArguments);
}

#[tokio::test]
async fn calls_at_once_answer_in_their_order_and_keep_the_cap() {
    let host = Catalogue::usual();
    let program = "
        local workos, calls = app.integrations.workos, {}
        for i = 1, 12 do calls[i] = { workos.organizations.get, { id = 'org_' .. i } } end
        calls[13] = { workos.organizations.delete, { id = 'org_1' } }
        calls[14] = workos.organizations.list
        local found = {}
        for i, answer in parallel(calls) do
            found[i] = if answer.ok then answer.value.id or 'list' else answer.error.type
        end
        return found";
    let limits = Limits { parallel_calls_max: 3, ..Limits::default() };
    let outcome = run_on(&host, program, limits).await;
    let found = outcome.result.as_array().expect("a list").clone();
    assert_eq!(
        (&found[0], &found[11], &found[12], &found[13]),
        (&json!("org_1"), &json!("org_12"), &json!("denied"), &json!("list"))
    );
    assert_eq!(host.running_peak.load(std::sync::atomic::Ordering::SeqCst), 3);
    assert!(outcome.integration_calls.iter().zip(1..).all(|(record, index)| record.index == index));
}

#[tokio::test]
async fn of_calls_at_once_none_is_made_if_one_has_no_name() {
    let host = Catalogue::usual();
    let program = "parallel({ { app.integrations.workos.organizations.list }, { app.integrations.workos.nothing } })";
    let outcome = run_on(&host, program, Limits::default()).await;
    assert_eq!(outcome.error.expect("unknown").kind, FailureKind::UnknownFunction);
    assert!(host.calls.lock().is_empty());
}

#[tokio::test]
async fn names_are_gone_through_with_their_help() {
    let program = "
        local found = {}
        for name, help in pairs(app.integrations.workos) do found[name] = help end
        return { found['organizations.list'], found.work }";
    let result = returns(program).await;
    assert_eq!(result[0], "List organizations (read)");
    assert!(result[1].as_str().is_some_and(|help| help.contains("account")));
    let program = "local names = {} for name in app.integrations.workos.work do names[#names + 1] = name end return #names";
    assert_eq!(returns(program).await, 9);
    let program = "local names = {} for name in pairs(app.integrations.workos.organizations) do names[#names + 1] = name end return names";
    assert_eq!(returns(program).await, json!(["list", "get", "create", "delete"]));
    assert!(
        prints("dump(app.integrations.workos)")
            .await
            .contains("organizations.list: List organizations (read)")
    );
}

#[tokio::test]
async fn servers_beside_are_reached_by_name_and_by_helper() {
    let host = Catalogue::usual();
    let program = "
        local a = app.mcp.files.read({ path = 'a' })
        local b = mcp.files['a.b']()
        local c = mcp.call('files', 'read', { path = 'c' })
        return { a.tool, b.tool, c.arguments.path, mcp.servers()[1].name, mcp.tools('files')[1].name,
            mcp.resources('files')[1].uri, mcp.read_resource('files', 'file:///a').text,
            mcp.prompts('files')[1].name, mcp.get_prompt('files', 'greet', { x = 1 }).arguments.x }";
    let outcome = run_on(&host, program, Limits::default()).await;
    assert_eq!(
        outcome.result,
        json!(["read", "a.b", "c", "files", "read", "file:///a", "a", "greet", 1]),
        "{:?}",
        outcome.error
    );
    let first = host.requests.lock()[0].clone();
    let Mcp::CallTool { idempotency_key, .. } = first else { panic!("a tool was called") };
    assert_eq!(idempotency_key, "run_01-1");
    let outcome = run("app.mcp.none.tool()").await;
    let record = &outcome.integration_calls[0];
    assert_eq!((record.status, record.effect_status), (CallStatus::Error, EffectStatus::None));
    for wrong in [
        "app.mcp.files()",
        "mcp.tools()",
        "for _ in pairs(app.mcp.files) do end",
        "app.integrations.stripe.x()",
    ] {
        assert_eq!(
            run(wrong).await.error.expect("refused").kind,
            FailureKind::InvalidArguments,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn text_of_customers_marks_the_outcome() {
    assert!(!run("app.integrations.workos.organizations.list()").await.meta.untrusted);
    assert!(
        run("app.integrations.workos.organizations.get({ id = 'org_1' })").await.meta.untrusted
    );
}

#[tokio::test]
async fn calls_work_inside_coroutines_and_callbacks() {
    let program = "
        local workos = app.integrations.workos
        local co = coroutine.wrap(function() coroutine.yield(workos.organizations.list().data[1].id) end)
        local text = string.gsub('a b', '%a', function(letter) return workos.organizations.get({ id = letter }).id end)
        return co(), text";
    assert_eq!(returns(program).await, json!(["org_1", "a b"]));
}
