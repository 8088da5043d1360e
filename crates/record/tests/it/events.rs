//! The events list.
use serde_json::{Value, json};
use vestibule_kernel::event::Event;
use vestibule_kernel::testing::{World, each_engine};
use vestibule_kernel::{FlowCx, Request};

use crate::common::{create_organization, domain, domains, emit, list, organization, subjects};

/// Five organizations are created, a second apart.
fn five(world: &World) -> Vec<String> {
    for n in 1..=5 {
        create_organization(world, &format!("org_{n}"));
        world.clock.advance_seconds(1);
    }
    let page = list(world, json!({})).unwrap();
    let ids = page["data"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap());
    ids.map(str::to_owned).collect()
}

fn after(page: &Value) -> Option<&str> {
    page["list_metadata"]["after"].as_str()
}

#[test]
fn an_event_has_its_envelope_and_the_list_only_a_cursor_onwards() {
    each_engine(domains(), |world| {
        let context = json!({ "actor": { "id": "key_1", "source": "api", "name": null } });
        let wanted = context.clone();
        world
            .flow()
            .write(move |cx| {
                let event = Event::<Value>::new("organization.created");
                cx.emit_with(&event, &organization("org_1"), &context)
            })
            .unwrap();
        create_organization(world, "org_2");
        let page = list(world, json!({})).unwrap();
        let first = &page["data"][0];
        assert!(first["id"].as_str().unwrap().starts_with("event_01"));
        assert_eq!(
            page,
            json!({
                "object": "list",
                "data": [
                    {
                        "object": "event",
                        "id": first["id"],
                        "event": "organization.created",
                        "data": organization("org_1"),
                        "created_at": "2026-01-15T12:00:00.000Z",
                        "context": wanted,
                    },
                    {
                        "object": "event",
                        "id": page["data"][1]["id"],
                        "event": "organization.created",
                        "data": organization("org_2"),
                        "created_at": "2026-01-15T12:00:00.000Z",
                    },
                ],
                "list_metadata": { "after": null },
            })
        );
    });
}

#[test]
fn the_list_is_read_oldest_first_and_goes_on_after_the_last_event() {
    each_engine(domains(), |world| {
        let ids = five(world);
        let mut seen = Vec::new();
        let mut cursor = None;
        loop {
            let page = list(world, json_without_null(json!({ "limit": 2, "after": cursor })));
            let page = page.unwrap();
            seen.extend(subjects(&page).into_iter().map(str::to_owned));
            cursor = after(&page).map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, ["org_1", "org_2", "org_3", "org_4", "org_5"]);
        let none = list(world, json!({ "after": ids[4] })).unwrap();
        assert_eq!(none, json!({"object":"list","data":[],"list_metadata":{"after":null}}));
        create_organization(world, "org_6");
        assert_eq!(subjects(&list(world, json!({ "after": ids[4] })).unwrap()), ["org_6"]);
    });
}

fn json_without_null(mut value: Value) -> Value {
    value.as_object_mut().unwrap().retain(|_, it| !it.is_null());
    value
}

#[test]
fn newest_first_goes_on_to_older_events() {
    each_engine(domains(), |world| {
        let ids = five(world);
        let page = list(world, json!({ "order": "desc", "limit": 2 })).unwrap();
        assert_eq!(subjects(&page), ["org_5", "org_4"]);
        assert_eq!(after(&page), Some(ids[3].as_str()));
        let page = list(world, json!({ "order": "desc", "limit": 3, "after": ids[3] })).unwrap();
        assert_eq!(subjects(&page), ["org_3", "org_2", "org_1"]);
        assert_eq!(after(&page), None);
    });
}

#[test]
fn normal_order_swaps_the_directions_of_the_cursors() {
    each_engine(domains(), |world| {
        let ids = five(world);
        let page = list(world, json!({ "order": "normal", "limit": 2 })).unwrap();
        assert_eq!(subjects(&page), ["org_5", "org_4"]);
        assert_eq!(after(&page), None, "nothing is newer");
        let input = json!({ "order": "normal", "limit": 2, "after": ids[1] });
        let page = list(world, input).unwrap();
        assert_eq!(subjects(&page), ["org_4", "org_3"]);
        assert_eq!(after(&page), Some(ids[3].as_str()));
        let input = json!({ "order": "normal", "limit": 2, "before": ids[3] });
        let page = list(world, input).unwrap();
        assert_eq!(subjects(&page), ["org_3", "org_2"]);
        assert_eq!(after(&page), Some(ids[2].as_str()));
    });
}

#[test]
fn before_shows_the_page_next_to_the_cursor() {
    each_engine(domains(), |world| {
        let ids = five(world);
        let page = list(world, json!({ "before": ids[3], "limit": 2 })).unwrap();
        assert_eq!(subjects(&page), ["org_2", "org_3"]);
        assert_eq!(after(&page), Some(ids[2].as_str()));
        let page = list(world, json!({ "before": ids[1], "order": "desc", "limit": 2 })).unwrap();
        assert_eq!(subjects(&page), ["org_4", "org_3"]);
    });
}

#[test]
fn events_are_chosen_by_name_organization_and_time() {
    each_engine(domains(), |world| {
        five(world);
        for name in ["organization_domain.created", "organization_domain.updated"] {
            emit(&world.flow(), name, domain("domain_1", "org_2"));
        }
        let of = |input: Value| {
            let page = list(world, input).unwrap();
            subjects(&page).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(of(json!({ "events": ["organization_domain.created"] })), ["domain_1"]);
        assert_eq!(
            of(json!({ "events": ["organization_domain.updated", "organization_domain.created"] }))
                .len(),
            2
        );
        let mixed = json!({ "events": ["organization_domain.created", "organization.created"], "limit": 4 });
        assert_eq!(of(mixed), ["org_1", "org_2", "org_3", "org_4"]);
        let mixed = json!({
            "events": ["organization_domain.created", "organization.created"], "order": "desc", "limit": 2
        });
        assert_eq!(of(mixed), ["domain_1", "org_5"]);
        assert_eq!(of(json!({ "events": ["user.deleted"] })).len(), 0);
        assert_eq!(of(json!({ "events": [] })).len(), 7);
        assert_eq!(of(json!({ "organization_id": "org_2" })), ["org_2", "domain_1", "domain_1"]);
        let both = json!({ "organization_id": "org_2", "events": ["organization_domain.created"] });
        assert_eq!(of(both), ["domain_1"]);
        let range = json!({
            "range_start": "2026-01-15T12:00:01.000Z", "range_end": "2026-01-15T13:00:03+01:00"
        });
        assert_eq!(of(range), ["org_2", "org_3"]);
        assert_eq!(of(json!({ "range_start": "2026-01-15T12:00:04" })).len(), 3);
        assert_eq!(of(json!({ "range_start": "2026-01-15" })).len(), 7);
        assert_eq!(of(json!({ "range_end": "2026-01-15" })).len(), 0);
        let page = list(world, json!({ "range_start": "2026-01-15", "limit": 2 })).unwrap();
        assert!(after(&page).is_some());
    });
}

#[test]
fn what_makes_no_sense_is_refused() {
    each_engine(domains(), |world| {
        let ids = five(world);
        let refused = |input: Value| list(world, input).unwrap_err();
        let error = refused(json!({ "events": ["user.created", "no.such.event"] }));
        assert_eq!(error.status(), 422);
        assert_eq!(error.body()["message"], "Validation failed.");
        assert_eq!(
            error.body()["errors"],
            json!([{
                "field": "events.1",
                "code": "invalid_enum_value",
                "message": "There is no event 'no.such.event'.",
            }])
        );
        let error = refused(json!({ "after": ids[0], "range_start": "2026-01-15" }));
        assert_eq!((error.status(), error.code()), (400, ""));
        assert_eq!(refused(json!({ "after": ids[0], "before": ids[1] })).status(), 422);
        assert_eq!(refused(json!({ "range_start": "yesterday" })).status(), 422);
        let error = refused(json!({ "range_start": "2026-01-02", "range_end": "2026-01-01" }));
        assert_eq!(error.status(), 400);
        let error = refused(json!({ "range_start": "2025-12-01", "range_end": "2026-01-02" }));
        assert_eq!(error.status(), 400);
        assert_eq!(refused(json!({ "range_start": "2025-12-01" })).status(), 400);
        assert_eq!(refused(json!({ "limit": 0 })).status(), 422);
        assert_eq!(refused(json!({ "limit": 101 })).status(), 422);
        assert_eq!(refused(json!({ "order": "sideways" })).status(), 422);
    });
}

#[test]
fn without_range_and_cursor_the_list_begins_thirty_days_ago() {
    each_engine(domains(), |world| {
        let ids = five(world);
        world.clock.advance_seconds(31 * 86_400);
        create_organization(world, "org_6");
        assert_eq!(subjects(&list(world, json!({})).unwrap()), ["org_6"]);
        assert_eq!(subjects(&list(world, json!({ "order": "desc" })).unwrap()), ["org_6"]);
        let older = list(world, json!({ "after": ids[3] })).unwrap();
        assert_eq!(subjects(&older), ["org_5", "org_6"], "a reader that was away goes on");
        let range = json!({ "range_start": "2026-01-15", "range_end": "2026-01-20" });
        assert_eq!(subjects(&list(world, range).unwrap()).len(), 5);
    });
}

#[test]
fn events_are_kept_for_ninety_days_but_for_the_newest() {
    each_engine(domains(), |world| {
        let ids = five(world);
        world.clock.advance_seconds(90 * 86_400 - 2);
        assert_eq!(subjects(&list(world, json!({ "after": ids[0] })).unwrap()).len(), 2);
        assert_eq!(vestibule_record::forget(&world.flow()).unwrap(), 3);
        assert_eq!(world.events().len(), 2);
        world.clock.advance_seconds(86_400);
        assert_eq!(vestibule_record::forget(&world.flow()).unwrap(), 1);
        assert_eq!(world.events().len(), 1, "the order goes on from the newest");
        create_organization(world, "org_6");
        assert_eq!(subjects(&list(world, json!({ "after": ids[4] })).unwrap()), ["org_6"]);
        assert_eq!(subjects(&list(world, json!({ "after": ids[0] })).unwrap()).len(), 0);
    });
}

#[test]
fn another_environment_sees_nothing_of_it() {
    each_engine(domains(), |world| {
        let ids = five(world);
        let (environment, key) = world.other_environment();
        let other: FlowCx = world.app.system(&environment);
        emit(&other, "organization.created", organization("org_other"));
        let call = |input: Value| {
            let request = Request { credential: Some(key.clone()), ..Request::default() };
            world.call_as(request, "events.list", input).unwrap().json().unwrap()
        };
        assert_eq!(subjects(&call(json!({}))), ["org_other"]);
        assert_eq!(subjects(&call(json!({ "after": ids[0] }))).len(), 0);
        assert_eq!(subjects(&call(json!({ "organization_id": "org_1" }))).len(), 0);
        assert_eq!(subjects(&list(world, json!({})).unwrap()).len(), 5);
    });
}
