//! What a program cannot reach.

use std::sync::Arc;

use serde_json::json;
use vestibule_lua::{Engine, FailureKind, Limits};

use crate::catalogue::{CREDENTIAL, Catalogue};
use crate::{options, returns, run};

#[tokio::test]
async fn nothing_of_the_system_is_there() {
    for name in [
        "require",
        "loadstring",
        "load",
        "dofile",
        "loadfile",
        "getfenv",
        "setfenv",
        "debug",
        "newproxy",
        "collectgarbage",
        "gcinfo",
        "package",
        "io",
    ] {
        assert_eq!(
            returns(&format!("return {name} == nil and _G.{name} == nil")).await,
            true,
            "{name}"
        );
    }
    let left = "local names = {} for name in pairs(os) do names[#names + 1] = name end table.sort(names) return names";
    assert_eq!(returns(left).await, json!(["clock", "date", "difftime", "time"]));
}

#[tokio::test]
async fn the_globals_are_these_and_no_others() {
    let program = "
        local names = {}
        for name in pairs(_G) do names[#names + 1] = name end
        table.sort(names)
        return names";
    assert_eq!(
        returns(program).await,
        json!([
            "_G",
            "_VERSION",
            "app",
            "assert",
            "bit32",
            "buffer",
            "coroutine",
            "docs",
            "dump",
            "error",
            "getmetatable",
            "ipairs",
            "json",
            "lua_list_docs",
            "lua_read_doc",
            "lua_search_docs",
            "math",
            "mcp",
            "next",
            "os",
            "paginate",
            "pairs",
            "parallel",
            "pcall",
            "print",
            "rawequal",
            "rawget",
            "rawlen",
            "rawset",
            "regex",
            "select",
            "setmetatable",
            "string",
            "table",
            "tonumber",
            "tostring",
            "type",
            "typeof",
            "unpack",
            "utf8",
            "vector",
            "xpcall"
        ])
    );
}

#[tokio::test]
async fn poisoning_the_metatable_of_strings() {
    for program in [
        "getmetatable('').__index = function() return 'poison' end",
        "getmetatable('').__index.upper = function() return 'poison' end",
        "rawset(getmetatable(''), '__index', {})",
        "setmetatable(getmetatable(''), {})",
    ] {
        assert!(!run(program).await.success, "{program}");
    }
}

#[tokio::test]
async fn poisoning_the_library() {
    for program in [
        "math.floor = function() return 'poison' end",
        "string.upper = nil",
        "table.insert = nil",
        "rawset(math, 'floor', nil)",
        "json.encode = nil",
        "docs.read = nil",
        "app.integrations = nil",
        "app.integrations.workos = nil",
        "app.integrations.workos.organizations.list = print",
        "rawset(app.integrations.workos, 'x', 1)",
        "setmetatable(app.integrations.workos, {})",
        "setmetatable(app.mcp, {})",
        "mcp.servers = nil",
        "setmetatable(json.decode('[]'), {})",
        "_G.print = nil",
        "rawset(_G, 'print', nil)",
        "setmetatable(_G, {})",
        "os.time = nil",
        "regex.match = nil",
    ] {
        assert!(!run(program).await.success, "{program}");
    }
    assert_eq!(
        returns("local m = getmetatable(app.integrations.workos) return type(m)").await,
        "string"
    );
    assert_eq!(returns("local _, e = pcall(error_of_no_one) local _, f = pcall(app.integrations.workos.nope) return getmetatable(f)").await, "failure");
}

#[tokio::test]
async fn a_global_of_the_program_shadows_and_changes_nothing() {
    let program = "print = function() end; math = nil; return type(print)";
    assert_eq!(returns(program).await, "function");
    assert_eq!(returns("return math.floor(1.5)").await, 1);
}

#[tokio::test]
async fn bytecode_is_not_run() {
    // The first byte of bytecode is its version.
    for version in 0_u8..16 {
        let program = format!("{}\u{3}\u{0}\u{0}", char::from(version));
        let outcome = run(&program).await;
        if outcome.success {
            // White space is a program that does nothing.
            assert!(char::from(version).is_ascii_whitespace(), "{version}");
        }
    }
    assert_eq!(returns("return string.dump == nil").await, true);
    let outcome = run("\u{1b}Lua").await;
    assert_eq!(outcome.error.map(|it| it.kind), Some(FailureKind::SyntaxError));
}

#[tokio::test]
async fn nothing_is_left_for_the_next_run() {
    let (engine, host) = (Engine::new(1), Catalogue::usual());
    let first =
        engine.run(Arc::clone(&host) as _, "left = 'behind'", options(Limits::default())).await;
    assert!(first.success);
    let second = engine.run(host, "return left == nil", options(Limits::default())).await;
    assert_eq!(second.result, true);
}

#[tokio::test]
async fn a_session_keeps_its_globals() {
    let host = Catalogue::usual();
    let mut session =
        Engine::new(1).session(host, options(Limits::default())).await.expect("a session");
    assert!(session.run("kept = 41").await.success);
    assert!(!session.run("error('a mistake')").await.success);
    let unfinished = session.run("for i = 1, 2 do").await;
    assert!(unfinished.meta.incomplete);
    let outcome = session.run("print('x') return kept + 1").await;
    assert_eq!((outcome.result, outcome.output.as_str()), (json!(42), "x\n"));
}

/// Walks all that a program can reach: tables, their metatables, what functions and iterators give,
/// coroutines, and every text of it.
const WALK: &str = r#"
    local seen, texts = {}, {}
    local function walk(value, depth)
        if type(value) == "string" then
            -- `utf8.charpattern` is bytes and no text, so that it would not come back as JSON.
            texts[#texts + 1] = if utf8.len(value) then value else (value:gsub("[\128-\255]", "?"))
            return
        end
        if type(value) == "userdata" or type(value) == "function" then
            texts[#texts + 1] = tostring(value)
        end
        if value == nil or value ~= value or seen[value] or depth > 12 then return end
        seen[value] = true
        walk(getmetatable(value), depth + 1)
        if type(value) == "table" then
            for key, inner in next, value do walk(key, depth + 1) walk(inner, depth + 1) end
            if getmetatable(value) ~= nil then
                pcall(function()
                    for key, inner in value do walk(key, depth + 1) walk(inner, depth + 1) end
                end)
            end
            local ok, raised = pcall(function() return value.nothing_of_that_name end)
            texts[#texts + 1] = tostring(raised)
        end
    end
    walk(_G, 0)
    walk(getmetatable(_G), 0)
    local workos = app.integrations.workos
    walk(workos.organizations.get({ id = "org_1" }), 0)
    walk(workos.default.organizations.list(), 0)
    walk(select(2, pcall(workos.organizations.get, {})), 0)
    walk(select(2, pcall(workos.organizations.delete, { id = "x" })), 0)
    walk(select(2, pcall(workos.radar.assess, {})), 0)
    walk(select(2, pcall(workos.nothing)), 0)
    walk(select(2, pcall(app.mcp.none.tool)), 0)
    walk(mcp.servers(), 0)
    walk(docs.read("workos"), 0)
    local deep = {}
    pcall(function() local function f() deep[1] = select(2, pcall(f)) error(deep) end f() end)
    walk(deep, 0)
    dump(_G) dump(workos) print(app)
    return table.concat(texts, "\n")
"#;

#[tokio::test]
async fn no_credential_is_within_reach() {
    let outcome = run(WALK).await;
    assert!(outcome.success, "{:?}", outcome.error);
    let all = serde_json::to_string(&outcome).expect("JSON");
    assert!(
        all.contains("org_1") && all.contains("approval") || all.contains("policy"),
        "the walk saw replies"
    );
    assert!(!all.contains(CREDENTIAL));
    assert!(!all.contains("sk_test_"));
    assert!(!all.contains("/src/") && !all.contains(".rs:"), "nor where the program was built");
}

#[tokio::test]
async fn addresses_in_memory_are_not_shown() {
    let shown = returns("return tostring({}) .. tostring(json.array({}))").await;
    assert_eq!(shown, "{}{}");
}
