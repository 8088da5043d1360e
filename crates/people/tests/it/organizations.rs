//! Organizations.
use serde_json::{Map, Value, json};
use vestibule_kernel::testing::{World, each_engine};
use vestibule_people::organizations::{NewOrganization, create};

use crate::support::{PEOPLE, call_from, fields, id, ids, organization, refused};

const NOBODY: &str = "org_01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn make(world: &World, input: Value) -> vestibule_kernel::Result<Value> {
    world.call("organizations.create", input)
}

fn update(world: &World, organization: &Value, changes: Value) -> vestibule_kernel::Result<Value> {
    let mut input = changes;
    input["id"] = organization["id"].clone();
    world.call("organizations.update", input)
}

fn get(world: &World, organization: &Value) -> Value {
    world.call("organizations.get", json!({ "id": organization["id"] })).unwrap()
}

#[test]
fn an_organization_comes_back_as_it_was_made() {
    each_engine(PEOPLE, |world| {
        let made = make(
            world,
            json!({
                "name": "Acme",
                "external_id": "acme/1",
                "metadata": { "tier": "gold" },
                "allow_profiles_outside_organization": true,
                "domain_data": [{ "domain": "ACME.example", "state": "verified" }],
            }),
        )
        .unwrap();
        let domain = &made["domains"][0];
        assert!(id(&made).starts_with("org_") && id(&made).len() == 30);
        assert!(id(domain).starts_with("org_domain_"));
        let token = domain["verification_token"].as_str().unwrap();
        assert!(token.len() == 25 && token.bytes().all(|it| it.is_ascii_alphanumeric()));
        assert_eq!(
            made,
            json!({
                "object": "organization",
                "id": id(&made),
                "name": "Acme",
                "domains": [{
                    "object": "organization_domain",
                    "id": id(domain),
                    "organization_id": id(&made),
                    "domain": "acme.example",
                    "state": "verified",
                    "verification_prefix": domain["verification_prefix"],
                    "verification_token": token,
                    "verification_strategy": "manual",
                    "created_at": "2026-01-15T12:00:00.000Z",
                    "updated_at": "2026-01-15T12:00:00.000Z",
                }],
                "metadata": { "tier": "gold" },
                "external_id": "acme/1",
                "allow_profiles_outside_organization": true,
                "created_at": "2026-01-15T12:00:00.000Z",
                "updated_at": "2026-01-15T12:00:00.000Z",
            })
        );
        assert_eq!(get(world, &made), made);
        let input = json!({ "external_id": "acme/1" });
        assert_eq!(world.call("organizations.get_by_external_id", input).unwrap(), made);
    });
}

#[test]
fn a_name_is_enough_and_need_not_be_unique() {
    each_engine(PEOPLE, |world| {
        let made = organization(world, "Same");
        assert_eq!(made["domains"], json!([]));
        assert_eq!(made["metadata"], json!({}));
        assert_eq!(made["external_id"], Value::Null);
        assert_eq!(made["allow_profiles_outside_organization"], json!(false));
        assert!(made.get("stripe_customer_id").is_none());
        assert_ne!(id(&organization(world, "Same")), id(&made));
    });
}

#[test]
fn a_name_is_text_with_something_to_see() {
    each_engine(PEOPLE, |world| {
        let made = organization(world, "Named");
        for name in [json!(""), json!(" \t"), json!(null), json!(7), json!("x".repeat(256))] {
            let error =
                refused(make(world, json!({ "name": name })), 422, "invalid_request_parameters");
            assert_eq!(fields(&error), ["name"]);
            let done = update(world, &made, json!({ "name": name }));
            refused(done, 422, "invalid_request_parameters");
        }
        let error = refused(make(world, json!({})), 422, "invalid_request_parameters");
        assert_eq!(fields(&error), ["name"]);
        assert_eq!(get(world, &made), made);
    });
}

#[test]
fn an_update_changes_what_it_names_and_nothing_else() {
    each_engine(PEOPLE, |world| {
        let input = json!({ "name": "Before", "external_id": "e", "metadata": { "a": "1" } });
        let made = make(world, input).unwrap();
        world.clock.advance_seconds(60);
        let changed = update(world, &made, json!({ "name": "After" })).unwrap();
        let mut expected = made.clone();
        expected["name"] = json!("After");
        expected["updated_at"] = json!("2026-01-15T12:01:00.000Z");
        assert_eq!(changed, expected);
        assert_eq!(get(world, &made), expected);
    });
}

#[test]
fn an_update_that_changes_nothing_leaves_no_trace() {
    each_engine(PEOPLE, |world| {
        let made = organization(world, "Still");
        world.clock.advance_seconds(60);
        assert_eq!(update(world, &made, json!({ "name": "Still" })).unwrap(), made);
        assert_eq!(update(world, &made, json!({})).unwrap(), made);
        assert_eq!(world.event_names(), ["organization.created"]);
    });
}

#[test]
fn metadata_is_merged_and_null_removes() {
    each_engine(PEOPLE, |world| {
        let input =
            json!({ "name": "M", "metadata": { "keep": "k", "change": "old", "drop": "d" } });
        let made = make(world, input).unwrap();
        let change =
            json!({ "metadata": { "change": "new", "drop": null, "absent": null, "add": "" } });
        let merged = update(world, &made, change).unwrap();
        assert_eq!(merged["metadata"], json!({ "keep": "k", "change": "new", "add": "" }));
        let untouched = update(world, &made, json!({ "name": "N" })).unwrap();
        assert_eq!(untouched["metadata"], merged["metadata"]);
        let cleared = update(world, &made, json!({ "metadata": null })).unwrap();
        assert_eq!(cleared["metadata"], json!({}));
        update(world, &made, json!({ "metadata": { "again": "1" } })).unwrap();
        let cleared = update(world, &made, json!({ "metadata": {} })).unwrap();
        assert_eq!(cleared["metadata"], json!({}));
        assert_eq!(
            make(world, json!({ "name": "M", "metadata": null })).unwrap()["metadata"],
            json!({})
        );
    });
}

#[test]
fn metadata_beyond_its_limits_is_refused() {
    each_engine(PEOPLE, |world| {
        let pairs = |count: usize| -> Map<String, Value> {
            (0..count).map(|i| (format!("{i:0>40}"), json!("v".repeat(600)))).collect()
        };
        let made = make(world, json!({ "name": "Most", "metadata": pairs(50) })).unwrap();
        assert_eq!(made["metadata"], json!(pairs(50)));
        for metadata in [
            json!(pairs(51)),
            json!({ "k".repeat(41): "v" }),
            json!({ "": "v" }),
            json!({ "key": "v".repeat(601) }),
            json!({ "clé": "v" }),
            json!({ "key": "wörth" }),
        ] {
            let done = make(world, json!({ "name": "More", "metadata": metadata }));
            let error = refused(done, 400, "invalid_metadata");
            assert_eq!(error.body().as_object().unwrap().len(), 2, "code and message alone");
        }
        let one_more = json!({ "metadata": { "one_more": "v" } });
        refused(update(world, &made, one_more), 400, "invalid_metadata");
        for metadata in [json!([]), json!("text"), json!({ "key": 1 }), json!({ "key": {} })] {
            let done = make(world, json!({ "name": "More", "metadata": metadata }));
            refused(done, 422, "invalid_request_parameters");
        }
        assert_eq!(get(world, &made), made);
        assert_eq!(world.event_names(), ["organization.created"]);
    });
}

#[test]
fn an_external_id_is_unique_and_clearable() {
    each_engine(PEOPLE, |world| {
        let first = make(world, json!({ "name": "First", "external_id": "e" })).unwrap();
        let done = make(world, json!({ "name": "Second", "external_id": "e" }));
        refused(done, 400, "external_id_already_used");
        let second = make(world, json!({ "name": "Second", "external_id": null })).unwrap();
        let done = update(world, &second, json!({ "external_id": "e" }));
        let error = refused(done, 400, "external_id_already_used");
        assert_eq!(
            error.body(),
            json!({
                "code": "external_id_already_used",
                "message": "The external id 'e' is already used by another object.",
            })
        );
        update(world, &first, json!({ "external_id": "e" })).expect("its own id is no conflict");
        let cleared = update(world, &first, json!({ "external_id": null })).unwrap();
        assert_eq!(cleared["external_id"], Value::Null);
        let done = world.call("organizations.get_by_external_id", json!({ "external_id": "e" }));
        let error = refused(done, 404, "entity_not_found");
        assert_eq!(error.message(), "Organization not found: 'e'.");
        let moved = update(world, &second, json!({ "external_id": "e" })).unwrap();
        assert_eq!(moved["external_id"], json!("e"));
    });
}

#[test]
fn an_external_id_is_short_ascii_and_case_sensitive() {
    each_engine(PEOPLE, |world| {
        for bad in [json!(""), json!("é"), json!("x".repeat(129)), json!(1)] {
            let done = make(world, json!({ "name": "Bad", "external_id": bad }));
            let error = refused(done, 422, "invalid_request_parameters");
            assert_eq!(fields(&error), ["external_id"]);
        }
        make(world, json!({ "name": "Long", "external_id": "x".repeat(128) })).unwrap();
        make(world, json!({ "name": "Lower", "external_id": "case" })).unwrap();
        make(world, json!({ "name": "Upper", "external_id": "CASE" })).unwrap();
    });
}

#[test]
fn a_stripe_customer_belongs_to_one_organization() {
    each_engine(PEOPLE, |world| {
        let (one, two) = (organization(world, "One"), organization(world, "Two"));
        let set = update(world, &one, json!({ "stripe_customer_id": "cus_1" })).unwrap();
        assert_eq!(set["stripe_customer_id"], json!("cus_1"));
        assert_eq!(get(world, &one)["stripe_customer_id"], json!("cus_1"));
        let done = update(world, &two, json!({ "stripe_customer_id": "cus_1" }));
        refused(done, 400, "stripe_customer_id_already_used");
        let cleared = update(world, &one, json!({ "stripe_customer_id": null })).unwrap();
        assert!(cleared.get("stripe_customer_id").is_none());
        update(world, &two, json!({ "stripe_customer_id": "cus_1" })).unwrap();
        // It is set by an update alone; a creation does not know the field.
        let made = make(world, json!({ "name": "Three", "stripe_customer_id": "cus_1" })).unwrap();
        assert!(made.get("stripe_customer_id").is_none());
    });
}

#[test]
fn a_deletion_takes_the_domains_and_frees_the_names() {
    each_engine(PEOPLE, |world| {
        let input = json!({
            "name": "Gone",
            "external_id": "e",
            "domain_data": [{ "domain": "gone.example", "state": "verified" }],
        });
        let made = make(world, input.clone()).unwrap();
        let reply = world.call("organizations.delete", json!({ "id": made["id"] })).unwrap();
        assert_eq!(reply, Value::Null);
        let done = world.call("organizations.get", json!({ "id": made["id"] }));
        refused(done, 404, "entity_not_found");
        let domain = json!({ "id": made["domains"][0]["id"] });
        refused(world.call("organization_domains.get", domain), 404, "entity_not_found");
        let done = world.call("organizations.delete", json!({ "id": made["id"] }));
        refused(done, 404, "entity_not_found");
        make(world, input).unwrap();
        let events = world.events();
        let (name, payload) = &events[3];
        assert_eq!(name, "organization.deleted");
        assert_eq!(*payload, made, "the event shows the organization as it was");
    });
}

#[test]
fn a_deletion_answers_200_without_a_body() {
    each_engine(PEOPLE, |world| {
        let made = organization(world, "Gone");
        let request = vestibule_kernel::Request {
            credential: Some(world.key.clone()),
            ..vestibule_kernel::Request::default()
        };
        let reply = world.call_as(request, "organizations.delete", json!({ "id": made["id"] }));
        let reply = reply.unwrap();
        assert_eq!((reply.status, reply.body.as_slice()), (200, &b""[..]));
    });
}

#[test]
fn one_key_deletes_fifty_organizations_a_minute() {
    each_engine(PEOPLE, |world| {
        let delete = |made: &Value| world.call("organizations.delete", json!({ "id": made["id"] }));
        for _ in 0..50 {
            delete(&organization(world, "One of many")).unwrap();
        }
        let made = organization(world, "One too many");
        let error = refused(delete(&made), 429, "rate_limit_exceeded");
        assert_eq!(error.retry_after_seconds(), Some(60));
        assert_eq!(get(world, &made), made);
        world.clock.advance_seconds(60);
        delete(&made).unwrap();
    });
}

#[test]
fn each_change_leaves_one_event_and_those_of_the_domains_follow() {
    each_engine(PEOPLE, |world| {
        let input = json!({
            "name": "Told",
            "domain_data": [{ "domain": "told.example", "state": "verified" }],
        });
        let made = make(world, input).unwrap();
        let changed = update(world, &made, json!({ "name": "Retold", "domain_data": [] })).unwrap();
        world.call("organizations.delete", json!({ "id": made["id"] })).unwrap();
        assert_eq!(
            world.events(),
            [
                ("organization.created".to_owned(), made.clone()),
                ("organization_domain.created".to_owned(), made["domains"][0].clone()),
                ("organization_domain.verified".to_owned(), made["domains"][0].clone()),
                ("organization.updated".to_owned(), changed.clone()),
                ("organization_domain.deleted".to_owned(), made["domains"][0].clone()),
                ("organization.deleted".to_owned(), changed),
            ]
        );
    });
}

#[test]
fn a_refused_change_leaves_nothing() {
    each_engine(PEOPLE, |world| {
        let verified = |domain: &str| json!([{ "domain": domain, "state": "verified" }]);
        make(world, json!({ "name": "Owner", "domain_data": verified("owned.example") })).unwrap();
        let made = organization(world, "Other");
        let events = world.events().len();
        let input = json!({ "name": "Third", "domain_data": verified("owned.example") });
        let error = refused(make(world, input), 409, "");
        assert_eq!(
            error.body(),
            json!({ "message": "The domain 'owned.example' already exists in an organization." })
        );
        let input = json!({ "name": "Renamed", "domain_data": verified("owned.example") });
        refused(update(world, &made, input), 409, "");
        assert_eq!(get(world, &made), made);
        let all = world.call("organizations.list", json!({})).unwrap();
        assert_eq!(ids(&all).len(), 2);
        assert_eq!(world.events().len(), events);
    });
}

#[test]
fn the_list_is_newest_first_and_shows_whole_organizations() {
    each_engine(PEOPLE, |world| {
        let mut made: Vec<Value> = (0..3)
            .map(|i| {
                world.clock.advance_seconds(1);
                let domain = json!([{ "domain": format!("n{i}.example"), "state": "verified" }]);
                make(world, json!({ "name": format!("N{i}"), "domain_data": domain })).unwrap()
            })
            .collect();
        made.reverse();
        let page = world.call("organizations.list", json!({ "limit": 2 })).unwrap();
        assert_eq!(
            page,
            json!({
                "object": "list",
                "data": [made[0], made[1]],
                "list_metadata": { "before": null, "after": made[1]["id"] },
            })
        );
        let input = json!({ "limit": 2, "after": made[1]["id"] });
        let page = world.call("organizations.list", input).unwrap();
        assert_eq!(page["data"], json!([made[2]]));
        assert_eq!(page["list_metadata"], json!({ "before": made[2]["id"], "after": null }));
    });
}

#[test]
fn the_list_is_filtered_by_domain_and_by_name() {
    each_engine(PEOPLE, |world| {
        let with_domain = |name: &str, domain: &str| {
            let data = json!([{ "domain": domain, "state": "verified" }]);
            make(world, json!({ "name": name, "domain_data": data })).unwrap()
        };
        let acme = with_domain("Acme Œuvres", "acme.example");
        let bolt = with_domain("Bolt", "xn--bcher-kva.example");
        let list = |input: Value| world.call("organizations.list", input).unwrap();
        let found = |input: Value| -> Vec<String> {
            ids(&list(input)).into_iter().map(str::to_owned).collect()
        };
        assert_eq!(found(json!({ "domains": ["ACME.Example."] })), [id(&acme)]);
        assert_eq!(found(json!({ "domains": ["bücher.example", "nobody.example"] })), [id(&bolt)]);
        let both = json!({ "domains": ["acme.example", "bücher.example"] });
        assert_eq!(found(both), [id(&bolt), id(&acme)]);
        assert_eq!(found(json!({ "domains": ["no domain at all"] })), [""; 0]);
        assert_eq!(found(json!({ "search": "ME œUV" })), [id(&acme)]);
        assert_eq!(found(json!({ "search": "acme", "domains": ["bücher.example"] })), [""; 0]);
        assert_eq!(found(json!({ "search": "", "domains": [] })).len(), 2);
    });
}

#[test]
fn an_attack_with_wildcards_finds_only_what_it_spells() {
    each_engine(PEOPLE, |world| {
        organization(world, "Plain");
        let percent = organization(world, "100% real");
        let slash = organization(world, r"back\slash_");
        let found = |search: &str| {
            let page = world.call("organizations.list", json!({ "search": search })).unwrap();
            ids(&page).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(found("%"), [id(&percent)]);
        assert_eq!(found("_"), [id(&slash)]);
        assert_eq!(found(r"\"), [id(&slash)]);
        assert_eq!(found(r"\_"), [""; 0]);
        assert_eq!(found("P%n"), [""; 0]);
        assert_eq!(found("' OR 1=1 --"), [""; 0]);
    });
}

#[test]
fn an_attack_with_a_huge_search_is_refused() {
    each_engine(PEOPLE, |world| {
        let input = json!({ "search": "%".repeat(60_000) });
        let error =
            refused(world.call("organizations.list", input), 422, "invalid_request_parameters");
        assert_eq!(fields(&error), ["search"]);
        let input = json!({ "domains": vec!["a.example"; 101] });
        let error =
            refused(world.call("organizations.list", input), 422, "invalid_request_parameters");
        assert_eq!(fields(&error), ["domains"]);
    });
}

#[test]
fn an_attack_from_another_environment_meets_only_unknown_ids() {
    each_engine(PEOPLE, |world| {
        let input = json!({
            "name": "Mine",
            "external_id": "e",
            "domain_data": [{ "domain": "mine.example", "state": "verified" }],
        });
        let mine = make(world, input.clone()).unwrap();
        let (_, other) = world.other_environment();
        for (operation, key, changes) in [
            ("organizations.get", "id", json!({})),
            ("organizations.update", "id", json!({ "name": "Theirs" })),
            ("organizations.delete", "id", json!({})),
            ("organization_domains.create", "organization_id", json!({ "domain": "x.example" })),
        ] {
            let ask = |id: &Value| {
                let mut input = changes.clone();
                input[key] = id.clone();
                refused(call_from(&other, world, operation, input), 404, "entity_not_found")
            };
            let known = ask(&mine["id"]).body().to_string();
            let unknown = ask(&json!(NOBODY)).body().to_string();
            assert_eq!(known.replace(id(&mine), NOBODY), unknown, "{operation}");
        }
        let by_external_id = json!({ "external_id": "e" });
        let operation = "organizations.get_by_external_id";
        refused(call_from(&other, world, operation, by_external_id), 404, "entity_not_found");
        for input in
            [json!({}), json!({ "search": "Mine" }), json!({ "domains": ["mine.example"] })]
        {
            let page = call_from(&other, world, "organizations.list", input).unwrap();
            assert_eq!(page["data"], json!([]));
        }
        let page = call_from(&other, world, "organizations.list", json!({ "after": mine["id"] }));
        assert_eq!(page.unwrap()["data"], json!([]));
        // What is unique here is free there.
        call_from(&other, world, "organizations.create", input).unwrap();
        assert_eq!(get(world, &mine), mine);
    });
}

#[test]
fn a_pinned_id_is_kept_and_given_once() {
    each_engine(PEOPLE, |world| {
        let pinned = || NewOrganization {
            id: Some(vestibule_kernel::id::OrganizationId::parse("org_demo_acme").unwrap()),
            name: "Acme".to_owned(),
            ..NewOrganization::default()
        };
        let made = world.flow().write(move |cx| create(cx, pinned())).unwrap();
        assert_eq!(made.id.as_str(), "org_demo_acme");
        let error = world.flow().write(move |cx| create(cx, pinned())).unwrap_err();
        assert_eq!(error.status(), 409);
    });
}

#[test]
fn the_same_idempotency_key_makes_one_organization() {
    each_engine(PEOPLE, |world| {
        let make = |name: &str| {
            let request = vestibule_kernel::Request {
                credential: Some(world.key.clone()),
                idempotency_key: Some("key".to_owned()),
                ..vestibule_kernel::Request::default()
            };
            world.call_as(request, "organizations.create", json!({ "name": name }))
        };
        let first = make("Once").unwrap();
        assert_eq!(make("Once").unwrap(), first);
        assert_eq!(make("Twice").unwrap_err().status(), 409);
        assert_eq!(world.event_names(), ["organization.created"]);
    });
}

#[test]
fn entitlements_are_a_set_that_is_replaced_as_a_whole_and_goes_with_the_organization() {
    each_engine(PEOPLE, |world| {
        let acme = make(world, json!({ "name": "Acme" })).unwrap();
        let set = |entitlements: Value| {
            let input = json!({ "organization_id": acme["id"], "entitlements": entitlements });
            world.call("organization_entitlements.set", input)
        };
        let get = |id: &Value| {
            world.call("organization_entitlements.get", json!({ "organization_id": id }))
        };
        let expected = |entitlements: Value| {
            json!({
                "object": "organization_entitlements", "organization_id": acme["id"],
                "entitlements": entitlements,
            })
        };
        assert_eq!(get(&acme["id"]).unwrap(), expected(json!([])));
        let shown = set(json!(["sso", "Audit logs", "sso"])).unwrap();
        assert_eq!(shown, expected(json!(["Audit logs", "sso"])));
        set(json!(["sso", "seats:50"])).unwrap();
        assert_eq!(get(&acme["id"]).unwrap(), expected(json!(["seats:50", "sso"])));
        let many: Vec<String> = (0..101).map(|n| n.to_string()).collect();
        for wrong in [json!([""]), json!([" "]), json!(["x".repeat(81)]), json!(many), json!("sso")]
        {
            refused(set(wrong), 422, "invalid_request_parameters");
        }
        assert_eq!(get(&acme["id"]).unwrap(), expected(json!(["seats:50", "sso"])));
        refused(get(&json!(NOBODY)), 404, "entity_not_found");
        world.call("organizations.delete", json!({ "id": acme["id"] })).unwrap();
        refused(set(json!(["sso"])), 404, "entity_not_found");
        assert!(world.everything()["organization_entitlements"].is_empty());
    });
}
