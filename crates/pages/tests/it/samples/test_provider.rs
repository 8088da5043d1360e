//! The page of the test identity provider.
use vestibule_languages::Text;
use vestibule_pages::render::{Error, Frame};
use vestibule_pages::screens::{Problem, TestPerson, TestProvider, Typed};

use super::{form, page};

pub fn test_provider(frame: &Frame) -> Vec<(&'static str, Result<String, Error>)> {
    let refused = form("/sso/test-idp/key")
        .refused(Problem::with("email", Text::new("problem-email").with("typed", "mary@")));
    let typed = Typed {
        email: "mary@".into(),
        first_name: "Mary".into(),
        groups: "Pilots".into(),
        ..Typed::default()
    };
    vec![
        ("test-provider", page(frame, &screen())),
        (
            "test-provider-nobody",
            page(frame, &TestProvider { people: Vec::new(), open: true, ..screen() }),
        ),
        (
            "test-provider-refused",
            page(frame, &TestProvider { form: refused, typed, open: true, ..screen() }),
        ),
    ]
}

fn screen() -> TestProvider {
    TestProvider {
        form: form("/sso/test-idp/key"),
        connection: "Acme Okta".into(),
        organization: "Acme".into(),
        people: vec![
            person("Ada Lovelace", "ada@acme.test", "Engineering, Admins", true),
            person("Grace Hopper", "grace@acme.test", "", false),
            person("bob@acme.test", "bob@acme.test", "Guests", false),
        ],
        typed: Typed::default(),
        open: false,
        refuse_path: "/sso/test-idp/key/callback?error=access_denied".into(),
    }
}

fn person(name: &str, email: &str, groups: &str, expected: bool) -> TestPerson {
    TestPerson {
        idp_id: email.into(),
        name: name.into(),
        initial: name.chars().take(1).flat_map(char::to_uppercase).collect(),
        email: email.into(),
        groups: groups.into(),
        expected,
    }
}
