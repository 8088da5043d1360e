use proptest::prelude::*;
use serde_json::{Value, json};

use super::{CONTENT_BYTES_MAX, RENDERED_BYTES_MAX, RESERVED, Refusal, Template};

fn context() -> Value {
    json!({
        "user": {
            "email": "ada@acme.test", "first_name": "Ada", "last_name": null, "email_verified": true,
            "metadata": { "level": "7", "it-is": "fine" },
            "identities": { "GoogleOAuth": { "idp_id": "g-1" }, "GithubOAuth": null },
        },
        "organization": { "name": "Acme", "metadata": {}, "domains": [{ "domain": "acme.test" }] },
        "organization_membership": { "role": "admin", "roles": ["admin", "member"] },
    })
}

fn render(template: Value) -> Result<Value, Refusal> {
    let template = Template::parse(&template.to_string())?;
    template.render(&context()).map(Value::Object)
}

fn one(text: &str) -> Value {
    render(json!({ "claim": text })).unwrap().get("claim").cloned().unwrap_or(Value::Null)
}

#[test]
fn a_lone_expression_keeps_the_type_of_its_value() {
    let cases = [
        ("{{ user.email }}", json!("ada@acme.test")),
        ("{{user.email}}", json!("ada@acme.test")),
        ("{{ user.email_verified }}", json!(true)),
        ("{{ user.metadata }}", json!({ "level": "7", "it-is": "fine" })),
        ("{{ user.metadata.it-is }}", json!("fine")),
        ("{{ organization_membership.roles }}", json!(["admin", "member"])),
        ("{{ organization.domains.0.domain }}", json!("acme.test")),
        ("{{ user.identities.GoogleOAuth.idp_id }}", json!("g-1")),
        ("{{ user.identities.GithubOAuth.idp_id }}", Value::Null),
        ("{{ user.last_name }}", Value::Null),
        ("{{ user.no.such.thing }}", Value::Null),
        ("{{ organization.domains.9.domain }}", Value::Null),
        ("{{ 'alone' }}", json!("alone")),
    ];
    for (text, value) in cases {
        assert_eq!(one(text), value, "{text}");
    }
}

#[test]
fn in_a_text_values_are_written_out_and_null_is_nothing() {
    let cases = [
        ("plain", "plain"),
        ("", ""),
        ("Hello {{ user.first_name }}!", "Hello Ada!"),
        ("{{ user.first_name }}{{ user.last_name }}", "Ada"),
        (" {{ user.email_verified }}", " true"),
        ("}} is plain and { is too", "}} is plain and { is too"),
    ];
    for (text, value) in cases {
        assert_eq!(one(text), json!(value), "{text}");
    }
}

#[test]
fn the_first_alternative_that_is_not_null_counts() {
    let cases = [
        ("{{ user.last_name || user.first_name }}", json!("Ada")),
        ("{{ user.last_name || 'friend' }}", json!("friend")),
        ("{{ user.last_name||user.nobody||'a || b }} c' }}", json!("a || b }} c")),
        ("{{ user.email_verified || 'no' }}", json!(true)),
        ("Hi {{ user.last_name || '' }}", json!("Hi ")),
    ];
    for (text, value) in cases {
        assert_eq!(one(text), value, "{text}");
    }
}

#[test]
fn values_inside_objects_and_lists_are_rendered_too() {
    let template = json!({
        "nested": { "who": "{{ user.email }}", "null": "{{ user.last_name }}", "n": 1 },
        "list": ["{{ organization.name }}", 2, false],
    });
    let expected = json!({
        "nested": { "who": "ada@acme.test", "null": null, "n": 1 },
        "list": ["Acme", 2, false],
    });
    assert_eq!(render(template).unwrap(), expected);
}

#[test]
fn a_claim_that_comes_to_null_is_left_out() {
    let template = json!({ "a": null, "b": "{{ user.last_name }}", "c": "{{ user.email }}" });
    assert_eq!(render(template).unwrap(), json!({ "c": "ada@acme.test" }));
}

#[test]
fn an_object_or_a_list_cannot_be_part_of_a_text() {
    for text in ["x {{ user.metadata }}", "{{ organization_membership.roles }} x"] {
        let refusal = render(json!({ "claim": text })).unwrap_err();
        assert!(refusal.to_string().contains("cannot be part of a text"), "{refusal}");
    }
}

#[test]
fn a_faulty_template_is_refused_with_the_reason() {
    let cases = [
        ("not json", "must be a JSON object"),
        ("[]", "must be a JSON object"),
        ("\"text\"", "must be a JSON object"),
        ("null", "must be a JSON object"),
        ("{}", "at least one claim"),
        (r#"{"a": "{{ user.email"}"#, "has no '}}'"),
        (r#"{"a": "{{ 'open }}"}"#, "has no '}}'"),
        (r#"{"a": "{{ }}"}"#, "is empty"),
        (r#"{"a": "{{ user.email || }}"}"#, "is empty"),
        (r#"{"a": "{{ || user.email }}"}"#, "is empty"),
        (r#"{"a": "{{ user..email }}"}"#, "is not a path"),
        (r#"{"a": "{{ .user }}"}"#, "is not a path"),
        (r#"{"a": "{{ user.email | upcase }}"}"#, "is not a path"),
        (r#"{"a": "{{ user['email'] }}"}"#, "is not a path"),
        (r#"{"a": "{{ {{ user.email }} }}"}"#, "is not a path"),
        (r#"{"a": "{{ session.id }}"}"#, "is not a path"),
        (r#"{"a": ["{{ nobody }}"]}"#, "is not a path"),
        (r#"{"a": {"b": "{{ }}"}}"#, "is empty"),
    ];
    for (content, reason) in cases {
        let refusal = Template::parse(content).unwrap_err().to_string();
        assert!(refusal.contains(reason), "{content}: {refusal}");
    }
    for name in RESERVED {
        let content = json!({ *name: "x" }).to_string();
        assert!(Template::parse(&content).unwrap_err().to_string().contains("reserved"), "{name}");
    }
}

#[test]
fn a_reserved_name_is_free_below_the_top() {
    let template = json!({ "claims": { "sub": "{{ user.email }}" } });
    assert_eq!(render(template).unwrap(), json!({ "claims": { "sub": "ada@acme.test" } }));
}

#[test]
fn the_size_is_bounded_to_the_byte() {
    let frame = json!({ "a": "" }).to_string().len();
    let fits = json!({ "a": "x".repeat(RENDERED_BYTES_MAX - frame) });
    assert!(render(fits).is_ok());
    let over = json!({ "a": "x".repeat(RENDERED_BYTES_MAX - frame + 1) });
    assert_eq!(render(over).unwrap_err(), Refusal::TooBig(RENDERED_BYTES_MAX + 1));
    let content = json!({ "a": "x".repeat(CONTENT_BYTES_MAX) }).to_string();
    assert!(matches!(Template::parse(&content), Err(Refusal::Fault(_))));
}

proptest! {
    #[test]
    fn no_text_panics_and_what_was_accepted_renders_within_the_limit(text in ".{0,80}") {
        let content = json!({ "claim": text }).to_string();
        if let Ok(template) = Template::parse(&content)
            && let Ok(claims) = template.render(&context())
        {
            prop_assert!(Value::Object(claims).to_string().len() <= RENDERED_BYTES_MAX);
        }
    }

    #[test]
    fn no_expression_panics(text in "[{}|' a-z.]{0,40}") {
        let content = json!({ "claim": format!("{{{{{text}}}}}") }).to_string();
        if let Ok(template) = Template::parse(&content) {
            drop(template.render(&context()));
        }
    }

    #[test]
    fn text_without_braces_is_kept_as_it_is(text in "[^{]{0,200}") {
        prop_assert_eq!(one(&text), json!(text));
    }

    #[test]
    fn a_value_is_written_as_it_is_and_never_evaluated_again(email in ".{0,60}") {
        let context = json!({ "user": { "email": email } });
        let template = Template::parse(r#"{"a": "<{{ user.email }}>", "b": "{{ user.email }}"}"#).unwrap();
        let claims = template.render(&context).unwrap();
        prop_assert_eq!(&claims["a"], &json!(format!("<{email}>")));
        prop_assert_eq!(&claims["b"], &json!(email));
    }
}
