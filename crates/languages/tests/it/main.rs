//! Rules that every file of messages keeps.
use std::collections::BTreeSet;
use std::fs;

use vestibule_languages::{Language, Text, check, override_with};

/// Messages that are still to be translated; this list may only shrink. A message that is new may
/// stand here, by its key or by how its key begins, until somebody has translated it.
const UNTRANSLATED: &[&str] = &[];

#[test]
fn every_language_has_every_message_with_the_same_arguments_and_no_other() {
    for language in Language::ALL {
        let mut faults = check::translation(language.source());
        faults.retain(|fault| {
            let missing =
                fault.strip_suffix("' is not translated").and_then(|it| it.strip_prefix('\''));
            !missing.is_some_and(|key| UNTRANSLATED.iter().any(|it| key.starts_with(it)))
        });
        assert!(faults.is_empty(), "{language}: {faults:#?}");
    }
}

#[test]
fn what_is_said_to_be_untranslated_is() {
    let english = check::messages(Language::English.source()).0;
    for prefix in UNTRANSLATED {
        let (german, _) = check::messages(Language::German.source());
        let missing = english.keys().any(|it| it.starts_with(prefix) && !german.contains_key(it));
        assert!(missing, "'{prefix}' is translated: take it from the list");
    }
}

#[test]
fn every_message_can_be_said_in_every_language() {
    for (key, names) in check::messages(Language::English.source()).0 {
        for language in Language::ALL {
            for count in [0_u64, 1, 2, 3, 5, 11, 12, 22, 100] {
                let text = names.iter().fold(Text::new(&key), |text, name| match name.as_str() {
                    "count" | "day" | "month" | "year" => text.with(name, count),
                    _ => text.with(name, format!("[{name}]")),
                });
                let said = language.say(&text);
                assert!(!said.trim().is_empty() && !said.contains('{'), "{language} {key}: {said}");
                for name in names
                    .iter()
                    .filter(|it| !["count", "day", "month", "year"].contains(&it.as_str()))
                {
                    assert!(said.contains(&format!("[{name}]")), "{language} {key}: {said}");
                }
            }
        }
    }
}

#[test]
fn no_message_holds_markup() {
    for language in Language::ALL {
        let words = language.source().replace("->", "");
        assert!(!words.contains(['<', '>']) && !words.contains("&amp;"), "{language}");
    }
}

#[test]
fn no_translation_is_the_english_sentence() {
    let english = check::messages(Language::English.source()).0;
    for language in Language::ALL.into_iter().filter(|it| *it != Language::English) {
        for (key, names) in &english {
            let text = names.iter().fold(Text::new(key), |text, it| match it.as_str() {
                "count" | "day" | "month" | "year" => text.with(it, 3_u64),
                _ => text.with(it, "x"),
            });
            let (ours, theirs) = (Language::English.say(&text), language.say(&text));
            let sentence = ours.split(' ').count() > 2;
            assert!(!sentence || ours != theirs, "{language} {key}: {ours}");
        }
    }
}

#[test]
fn lengths_of_time_take_the_form_that_the_language_has_for_their_number() {
    let say = |language: Language, seconds| language.say(&Text::duration(seconds));
    assert_eq!(say(Language::Polish, 60 * 2), "2 minuty");
    assert_eq!(say(Language::Polish, 60 * 5), "5 minut");
    assert_eq!(say(Language::Polish, 60 * 22), "22 minuty");
    assert_eq!(say(Language::German, 3600), "eine Stunde");
    assert_eq!(say(Language::Arabic, 7200), "ساعتين");
    assert_eq!(say(Language::Japanese, 600), "10 分間");
    assert_eq!(say(Language::English, 7 * 86_400), "7 days");
    assert_eq!(say(Language::English, 0), "a second");
}

#[test]
fn a_day_is_written_as_the_language_writes_it() {
    let day = Text::date(2026, 3, 1);
    for (language, written) in [
        (Language::English, "1 March 2026"),
        (Language::German, "1. März 2026"),
        (Language::French, "1er mars 2026"),
        (Language::Japanese, "2026年3月1日"),
        (Language::Korean, "2026년 3월 1일"),
    ] {
        assert_eq!(language.say(&day), written);
    }
}

#[test]
fn a_name_does_not_turn_a_line_around_where_lines_begin_on_the_right() {
    let said = Language::Arabic.say(&Text::new("sign-in-lead").with("application", "Acme (x)"));
    assert!(said.contains("\u{2068}Acme (x)\u{2069}"), "{said:?}");
    let said = Language::German.say(&Text::new("sign-in-lead").with("application", "Acme"));
    assert!(!said.contains('\u{2068}'), "{said:?}");
}

#[test]
fn keys_are_words_with_hyphens() {
    let keys: BTreeSet<String> =
        check::messages(Language::English.source()).0.into_keys().collect();
    for key in keys {
        assert!(
            key.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-'),
            "{key}"
        );
    }
}

#[test]
fn a_file_of_an_operator_is_refused_for_what_is_wrong_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        for entry in fs::read_dir(folder.path()).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        fs::write(folder.path().join(name), content).unwrap();
        override_with(folder.path()).unwrap_err()
    };
    assert!(file("xx.ftl", "").contains("'xx' is none of our languages"));
    assert!(file("de.ftl", "sign-in-tilte = Anmelden\n").contains("no message 'sign-in-tilte'"));
    assert!(
        file("de.ftl", "sign-in-lead = zu { $app }\n")
            .contains("'sign-in-lead' is not given '$app'")
    );
    assert!(file("de.ftl", "sign-in = Los\nsign-in-lead = { $application\n").contains("line "));
    assert!(file("de.ftl", &"#".repeat(2 * 1024 * 1024)).contains("longer than"));
    assert!(override_with(&folder.path().join("none")).unwrap_err().contains("cannot be read"));
}

#[test]
fn a_file_of_an_operator_stands_over_ours_and_leaves_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("nl.ftl"), "continue = Verder\nsign-in-lead = hallo\n").unwrap();
    fs::write(folder.path().join("README.md"), "not ours").unwrap();
    override_with(folder.path()).unwrap();
    let say = |key: &str| Language::Dutch.say(&Text::new(key).with("application", "Acme"));
    assert_eq!(say("continue"), "Verder");
    assert_eq!(say("sign-in-lead"), "hallo");
    assert_eq!(say("sign-in-title"), "Inloggen");
}
