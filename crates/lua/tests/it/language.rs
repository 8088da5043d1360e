//! What stands beside the calls: JSON, regular expressions, output, documentation.

use serde_json::json;
use vestibule_lua::FailureKind;

use crate::{prints, returns, run};

#[tokio::test]
async fn null_is_absent_in_an_object_and_keeps_its_place_in_a_list() {
    let program = r#"
        local value = json.decode('{"a":null,"b":[1,null,3]}')
        return value.a == nil, value.b[2] == json.null, #value.b, json.encode(value),
            json.encode({ a = json.null }), json.decode('{"a":null}', true).a == json.null"#;
    assert_eq!(
        returns(program).await,
        json!([true, true, 3, r#"{"b":[1,null,3]}"#, r#"{"a":null}"#, true])
    );
    // As a reply of the host is read.
    assert_eq!(
        returns(
            "return app.integrations.workos.organizations.get({ id = 'x' }).external_id == nil"
        )
        .await,
        true
    );
}

#[tokio::test]
async fn an_empty_list_stays_one_and_an_empty_table_is_an_object() {
    let program = r#"
        return json.encode(json.decode("[]")), json.encode(json.decode("{}")), json.encode({}), json.encode(json.array({})),
            json.encode(app.integrations.workos.organizations.create({ name = "x" }).domains)"#;
    assert_eq!(returns(program).await, json!(["[]", "{}", "{}", "[]", "[]"]));
}

#[tokio::test]
async fn a_whole_number_too_large_for_a_float_comes_as_text() {
    let program = "
        local id = app.integrations.workos.events.list().data[1].id
        return id, json.decode('9007199254740992'), json.decode('-9007199254740993'), json.encode(1e15), json.encode(0.5), json.encode(3)";
    assert_eq!(
        returns(program).await,
        json!([
            "9007199254740993",
            9_007_199_254_740_992_i64,
            "-9007199254740993",
            "1000000000000000",
            "0.5",
            "3"
        ])
    );
}

#[tokio::test]
async fn what_has_no_json_is_refused() {
    for value in [
        "print",
        "0/0",
        "math.huge",
        "{ 1, x = 2 }",
        "{ [3] = 1 }",
        "coroutine.create(print)",
        "'\\255'",
        "vector.create(1, 2, 3)",
    ] {
        let error = run(&format!("return json.encode({value})")).await.error.expect("refused");
        assert_eq!(error.kind, FailureKind::InvalidArguments, "{value}");
        assert!(!run(&format!("return {value}")).await.success, "{value}");
    }
    for text in ["''", "'{'", "'nul'", "'[1,]'", "{}"] {
        let error = run(&format!("return json.decode({text})")).await.error.expect("refused");
        assert_eq!(error.kind, FailureKind::InvalidArguments, "{text}");
    }
    let deep = "[".repeat(5000);
    assert!(!run(&format!("return json.decode('{deep}')")).await.success);
}

#[tokio::test]
async fn several_values_are_a_list_and_none_is_null() {
    assert_eq!(returns("return 1, 'a', nil").await, json!([1, "a", null]));
    assert_eq!(returns("local x = 1").await, json!(null));
    assert_eq!(returns("return nil").await, json!(null));
}

#[tokio::test]
async fn regular_expressions_match_and_replace() {
    let program = r#"
        local m = regex.match("mail Ada@Acme.test now", "(?P<name>\\w+)@(\\w+)\\.test")
        local all = regex.match_all("a1 b2 c3", "([a-z])(\\d)")
        return m[0], m[1], m.name, m[2], #all, all[3][2], regex.match("x", "y") == nil,
            regex.match("ABC", "/b/i")[0], regex.match("ABC", "b", "i")[0],
            regex.gsub("a1 b2", "([a-z])(\\d)", "$2$1x"), regex.gsub("a b c", "\\w", "<\\0>", 2),
            regex.gsub("price", "price", "$5"), #regex.match_all("x", "y")"#;
    assert_eq!(
        returns(program).await,
        json!([
            "Ada@Acme.test",
            "Ada",
            "Ada",
            "Acme",
            3,
            "3",
            true,
            "B",
            "B",
            "1ax 2bx",
            "<a> <b> c",
            "",
            0
        ])
    );
    for wrong in [
        "regex.match('a', '(')",
        "regex.match('a', '(?=a)')",
        "regex.match('a', 'a', 'q')",
        "regex.match(nil, 'a')",
    ] {
        assert_eq!(
            run(wrong).await.error.expect("refused").kind,
            FailureKind::InvalidArguments,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn dump_shows_all_that_is_in_a_value_and_gives_it_back() {
    let program = r#"
        local value = { b = { 1, "two", false }, a = "x\n\"y\"", ["odd key"] = json.null }
        value.self = value
        return dump(value) == value"#;
    let outcome = run(program).await;
    assert_eq!(outcome.result, true);
    assert_eq!(
        outcome.output,
        "{\n  a = \"x\\n\\\"y\\\"\",\n  b = {\n    1,\n    \"two\",\n    false,\n  },\n  [\"odd key\"] = json.null,\n  self = <this table again>,\n}\n"
    );
    assert_eq!(
        prints("dump({}) dump('a') dump(nil) print({ 1 }, 'b')").await,
        "{}\n\"a\"\nnil\n{\n  1,\n}\tb\n"
    );
}

#[tokio::test]
async fn documentation_is_text_and_takes_either_spelling() {
    assert!(prints("print(docs.list())").await.contains("section: None"));
    assert!(prints("print(lua_list_docs({ namespace = 'workos' }))").await.contains("workos"));
    assert!(prints("print(docs.search('make a user', 3))").await.contains("limit: 3"));
    assert!(
        prints("print(lua_search_docs({ query = 'x', limit = 1e9 }))").await.contains("limit: 50")
    );
    assert!(prints("print(lua_read_doc({ page = 'overview' }))").await.contains("overview"));
    assert_eq!(
        run("docs.read()").await.error.expect("refused").kind,
        FailureKind::InvalidArguments
    );
}

#[tokio::test]
async fn the_functions_that_were_replaced_do_as_before() {
    let program = r#"
        local long = string.rep("ab", 50)
        local text = "x" .. long .. "y" .. long
        local sorted, words, down = { 3, 1, 2 }, { "b", "a" }, { 1, 2, 3 }
        table.sort(sorted) table.sort(words) table.sort(down, function(a, b) return a > b end)
        return { string.find(text, long) }, { text:find(long, 50, true) }, { text:find(long, -100, true) },
            { text:find(long .. "z", 1, true) }, { ("a.b"):find(".", 1, true) }, { ("abc"):find("b(c)") },
            #text:split(long), table.concat(("a,b"):split(","), "|"), sorted, words, down,
            table.move({ 1, 2, 3 }, 2, 3, 1), { pairs({}) ~= nil }"#;
    assert_eq!(
        returns(program).await,
        json!([
            [2, 101],
            [103, 202],
            [103, 202],
            {},
            [2, 2],
            [2, 3, "c"],
            3,
            "a|b",
            [1, 2, 3],
            ["a", "b"],
            [3, 2, 1],
            [2, 3, 3],
            [true]
        ])
    );
}

#[tokio::test]
async fn time_can_be_told() {
    let program = "return os.time({ year = 2026, month = 1, day = 1, hour = 0 }), os.date('!%Y', 0), type(os.clock()), os.difftime(3, 1)";
    assert_eq!(returns(program).await, json!([1_767_225_600, "1970", "number", 2]));
}
