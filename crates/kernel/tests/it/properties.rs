//! What holds for whatever comes: random data and random calls against a model that is obviously
//! right.
use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use vestibule_kernel::Request;
use vestibule_kernel::id::MessageId;
use vestibule_kernel::testing::{World, each_engine};
use vestibule_kernel::time::Time;

use crate::notes::{DOMAINS, Note, insert, install};

const CASES: u32 = 24;
const HOUR_SECONDS: i64 = 60 * 60;

/// Tries a rule with what `strategy` makes, on each engine.
fn holds<S: Strategy>(strategy: &S, rule: impl Fn(&World, S::Value)) {
    each_engine(DOMAINS, |world| {
        install(&world.flow());
        let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
        let tried = TestRunner::new(config).run(strategy, |made| {
            forget_all(world);
            rule(world, made);
            Ok(())
        });
        if let Err(failed) = tried {
            panic!("on {}: {failed}", world.app.db().engine());
        }
    });
}

fn forget_all(world: &World) {
    for table in ["notes", "idempotency_keys"] {
        let sql = format!("DELETE FROM {table} WHERE environment_id = $1");
        let delete = move |cx: &mut vestibule_kernel::Cx<'_>| {
            let values = [cx.environment.into()];
            cx.db().execute(&sql, &values)
        };
        world.flow().write(delete).unwrap();
    }
}

/// Where a page begins: at an end of the list, after an item, before one, or at one that is not.
#[derive(Clone, Debug)]
enum Cursor {
    Start,
    After(prop::sample::Index),
    Before(prop::sample::Index),
    Unknown,
}

fn cursor() -> impl Strategy<Value = Cursor> {
    prop_oneof![
        Just(Cursor::Start),
        any::<prop::sample::Index>().prop_map(Cursor::After),
        any::<prop::sample::Index>().prop_map(Cursor::Before),
        Just(Cursor::Unknown),
    ]
}

type Item = (i64, String);

/// Ids that are not in the order of creation, many of one instant.
fn items() -> impl Strategy<Value = BTreeSet<Item>> {
    let items = vec((0..6i64, "[A-Za-z0-9_]{1,6}"), 0..24);
    items.prop_map(|items| {
        let by_id: BTreeMap<String, i64> = items.into_iter().map(|(at, id)| (id, at)).collect();
        by_id.into_iter().map(|(id, at)| (at, format!("message_{id}"))).collect()
    })
}

fn make(world: &World, items: &BTreeSet<Item>) {
    for (at, id) in items {
        let note = Note {
            object: "note",
            id: MessageId::parse(id).unwrap(),
            title: id.clone(),
            text: None,
            created_at: Time::from_millis(*at),
        };
        world.flow().write(move |cx| insert(cx, &note)).unwrap();
    }
}

/// The page that the plain sorted list has at this cursor: its ids, `before` and `after`.
fn expected(
    list: &[String],
    cursor: &Cursor,
    limit: usize,
) -> (Vec<String>, Option<String>, Option<String>) {
    let (from, to) = match cursor {
        Cursor::Start => (0, limit),
        Cursor::After(at) => (at.index(list.len()) + 1, at.index(list.len()) + 1 + limit),
        Cursor::Before(at) => {
            let at = at.index(list.len());
            (at.saturating_sub(limit), at)
        }
        Cursor::Unknown => return (Vec::new(), None, None),
    };
    let to = to.min(list.len());
    let page = list[from.min(to)..to].to_vec();
    let before = page.first().filter(|_| from > 0).cloned();
    let after = page.last().filter(|_| to < list.len()).cloned();
    (page, before, after)
}

#[test]
fn every_page_is_a_piece_of_the_sorted_list() {
    let order = prop::sample::select(vec!["asc", "desc", "normal"]);
    let pages = vec((order, 1..9usize, cursor()), 1..12);
    holds(&(items(), pages), |world, (items, pages)| {
        make(world, &items);
        let oldest_first: Vec<String> = items.iter().map(|it| it.1.clone()).collect();
        let newest_first: Vec<String> = oldest_first.iter().rev().cloned().collect();
        for (order, limit, cursor) in pages {
            let list = if order == "asc" { &oldest_first } else { &newest_first };
            let cursor = if list.is_empty() { Cursor::Unknown } else { cursor };
            let mut input = json!({ "order": order, "limit": limit });
            // `normal` is newest first, with the names of the directions swapped.
            let (after, before) =
                if order == "normal" { ("before", "after") } else { ("after", "before") };
            match &cursor {
                Cursor::Start => {}
                Cursor::After(at) => input[after] = at.get(list).as_str().into(),
                Cursor::Before(at) => input[before] = at.get(list).as_str().into(),
                Cursor::Unknown => input[after] = "message_nobody_has_this".into(),
            }
            let page = world.call("notes.list", input.clone()).unwrap();
            let found = (
                ids(&page),
                page["list_metadata"][before].as_str().map(str::to_owned),
                page["list_metadata"][after].as_str().map(str::to_owned),
            );
            assert_eq!(found, expected(list, &cursor, limit), "{input}");
        }
    });
}

fn ids(page: &Value) -> Vec<String> {
    let data = page["data"].as_array().unwrap();
    data.iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn following_the_cursors_reads_the_list_once_in_either_direction() {
    holds(&(items(), 1..7u32), |world, (items, limit)| {
        make(world, &items);
        let all: Vec<String> = items.iter().map(|it| it.1.clone()).collect();
        let follow = |direction: &str, input: Value| {
            let (mut pages, mut input) = (Vec::new(), input);
            loop {
                let page = world.call("notes.list", input.clone()).unwrap();
                pages.push(ids(&page));
                let Some(next) = page["list_metadata"][direction].as_str() else { return pages };
                input[direction] = next.into();
            }
        };
        let forward = follow("after", json!({ "order": "asc", "limit": limit }));
        assert_eq!(forward.concat(), all);
        let Some(last) = all.last() else { return };
        let start = json!({ "order": "asc", "limit": limit, "before": last });
        let mut backward = follow("before", start);
        backward.reverse();
        assert_eq!(backward.concat(), all[..all.len() - 1]);
    });
}

/// A call under a key, some time after the last one.
#[derive(Clone, Debug)]
struct Keyed {
    hours_later: i64,
    key: &'static str,
    title: &'static str,
}

fn keyed() -> impl Strategy<Value = Keyed> {
    let hours = prop_oneof![3 => Just(0), 1 => 1..30i64];
    let (keys, titles) = (vec!["a", "b"], vec!["one", "two", "three"]);
    let choices = (hours, prop::sample::select(keys), prop::sample::select(titles));
    choices.prop_map(|(hours_later, key, title)| Keyed { hours_later, key, title })
}

#[test]
fn a_key_gives_one_answer_for_a_day_to_the_request_that_it_was_first_used_with() {
    holds(&vec(keyed(), 1..16), |world, calls| {
        let mut kept: BTreeMap<&str, (i64, &str, Value)> = BTreeMap::new();
        let mut titles: BTreeSet<&str> = BTreeSet::new();
        let mut hour = 0;
        for Keyed { hours_later, key, title } in calls {
            hour += hours_later;
            world.clock.advance_seconds(hours_later * HOUR_SECONDS);
            let request = Request {
                credential: Some(world.key.clone()),
                idempotency_key: Some(key.to_owned()),
                ..Request::default()
            };
            let answer = world.call_as(request, "notes.create", json!({ "title": title }));
            let answer = answer.map(|it| it.json().unwrap()).map_err(|it| it.code());
            match kept.get(key).filter(|it| hour < it.0 + 24) {
                Some((_, of, reply)) if *of == title => assert_eq!(answer, Ok(reply.clone())),
                Some(_) => assert_eq!(answer, Err("idempotency_key_reused")),
                // A refusal is not kept: the next try may fare better.
                None if titles.contains(title) => assert_eq!(answer, Err("title_taken")),
                None => {
                    titles.insert(title);
                    kept.insert(key, (hour, title, answer.unwrap()));
                }
            }
        }
        let list = world.call("notes.list", json!({ "limit": 100 })).unwrap();
        assert_eq!(ids(&list).len(), titles.len());
    });
}
