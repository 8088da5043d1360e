//! JSON that goes through a machine comes out as it went in.

use std::sync::OnceLock;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;
use vestibule_lua::{Engine, Limits};

use crate::catalogue::Catalogue;
use crate::options;

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        (-(1_i64 << 53)..=1 << 53).prop_map(Value::from),
        // Of a number with sixteen digits and more the reader of JSON may miss the last.
        (any::<i32>(), -8..8)
            .prop_map(|(digits, exponent)| {
                Value::from(f64::from(digits) * 10_f64.powi(exponent))
            })
            .prop_map(rounded),
        any::<String>().prop_map(Value::String),
        Just(Value::Null),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::Array),
            prop::collection::vec((any::<String>(), inner), 0..8)
                .prop_map(|fields| Value::Object(Map::from_iter(fields))),
        ]
    })
}

fn through_a_machine(value: &Value) -> Value {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime")
    });
    let program = format!("return json.encode(json.decode({}, true))", literal(&value.to_string()));
    let engine = Engine::new(1);
    let run = engine.run(Catalogue::usual(), &program, options(Limits::default()));
    let outcome = runtime.block_on(run);
    assert!(outcome.success, "{program}: {:?}", outcome.error);
    serde_json::from_str(outcome.result.as_str().expect("text")).expect("JSON")
}

/// A number with fifteen digits at the most.
fn rounded(value: Value) -> Value {
    let number = value.as_f64().expect("a number");
    Value::from(format!("{number:.14e}").parse::<f64>().expect("a number"))
}

/// A text in the brackets of the language in which nothing is escaped.
fn literal(text: &str) -> String {
    let mut level = "=".to_owned();
    while text.contains(&format!("]{level}]")) {
        level.push('=');
    }
    format!("[{level}[{text}]{level}]")
}

/// Numbers by their worth: the machine has one kind.
fn normal(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(normal).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), normal(value))).collect()
        }
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn json_comes_out_as_it_went_in(value in values()) {
        prop_assert_eq!(normal(&through_a_machine(&value)), normal(&value));
    }
}
