//! For whom a feature flag is on, what events tell of it, and what goes with whom.
use serde_json::{Value, json};
use vestibule_kernel::testing::World;

use crate::support::{call, case, id, member, refused};

fn create(world: &World, slug: &str, more: Value) -> Value {
    let mut input = json!({ "slug": slug, "name": slug });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    call(world, "feature_flags.create", input)
}

fn target(world: &World, slug: &str, id: &Value) {
    call(world, "feature_flag_targets.create", json!({ "slug": slug, "resource_id": id }));
}

fn untarget(world: &World, slug: &str, id: &Value) {
    call(world, "feature_flag_targets.delete", json!({ "slug": slug, "resource_id": id }));
}

fn organization(world: &World, name: &str) -> Value {
    call(world, "organizations.create", json!({ "name": name }))
}

/// The slugs of a list, in its order.
fn slugs(page: &Value) -> Vec<&str> {
    page["data"].as_array().unwrap().iter().map(|it| it["slug"].as_str().unwrap()).collect()
}

fn of_organization(world: &World, organization: &Value) -> Value {
    let input = json!({ "organization_id": organization["id"] });
    call(world, "organization_feature_flags.list", input)
}

fn of_user(world: &World, user: &Value) -> Value {
    call(world, "user_feature_flags.list", json!({ "user_id": user }))
}

/// The payloads and contexts of the events of this name, oldest first.
fn told(world: &World, name: &'static str) -> Vec<(Value, Value)> {
    let read = |cx: &mut vestibule_kernel::Cx<'_>| {
        let sql = "SELECT data, context FROM events WHERE environment_id = $1 AND event = $2
                   ORDER BY id";
        let values = [cx.environment.into(), name.into()];
        let rows = cx.db().query(sql, &values)?;
        rows.into_iter()
            .map(|mut row| {
                let (data, context): (String, String) = (row.take()?, row.take()?);
                let parse = |it: &str| serde_json::from_str(it).unwrap();
                Ok((parse(&data), parse(&context)))
            })
            .collect()
    };
    world.flow().read(read).unwrap()
}

/// Each row: whether the flag is enabled, its default value, whether the user and the organization
/// are its targets; and whether it is then on for the organization and for its member.
const EVALUATION: &[([bool; 4], [bool; 2])] = &[
    ([false, false, false, false], [false, false]),
    ([false, false, false, true], [false, false]),
    ([false, false, true, false], [false, false]),
    ([false, false, true, true], [false, false]),
    ([false, true, false, false], [false, false]),
    ([false, true, false, true], [false, false]),
    ([false, true, true, false], [false, false]),
    ([false, true, true, true], [false, false]),
    ([true, false, false, false], [false, false]),
    ([true, false, false, true], [true, true]),
    ([true, false, true, false], [false, true]),
    ([true, false, true, true], [true, true]),
    ([true, true, false, false], [true, true]),
    ([true, true, false, true], [true, true]),
    ([true, true, true, false], [true, true]),
    ([true, true, true, true], [true, true]),
];

#[test]
fn a_flag_is_on_where_it_is_enabled_for_its_targets_or_by_default() {
    case(|world| {
        let acme = organization(world, "Acme");
        let user = member(world, id(&acme), "ada@acme.test")["user_id"].clone();
        let (mut of_acme, mut of_ada) = (Vec::new(), Vec::new());
        for (n, (state, on)) in EVALUATION.iter().enumerate() {
            let slug = format!("flag-{n:02}");
            let [enabled, default_value, has_user, has_organization] = *state;
            create(world, &slug, json!({ "enabled": enabled, "default_value": default_value }));
            if has_user {
                target(world, &slug, &user);
            }
            if has_organization {
                target(world, &slug, &acme["id"]);
            }
            of_acme.extend(on[0].then(|| slug.clone()));
            of_ada.extend(on[1].then_some(slug));
        }
        let found = |operation: &str, input: Value| {
            let mut input = input;
            input["limit"] = json!(100);
            input["order"] = json!("asc");
            let page = call(world, operation, input);
            slugs(&page).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        let input = json!({ "organization_id": acme["id"] });
        assert_eq!(found("organization_feature_flags.list", input), of_acme);
        assert_eq!(found("user_feature_flags.list", json!({ "user_id": user })), of_ada);
        let polled = call(world, "feature_flags.poll", json!({}));
        for (n, (state, _)) in EVALUATION.iter().enumerate() {
            let slug = format!("flag-{n:02}");
            let [enabled, default_value, has_user, has_organization] = *state;
            let ids = |it: bool, id: &Value| {
                if it { json!([{ "id": id, "enabled": true }]) } else { json!([]) }
            };
            let expected = json!({
                "slug": slug, "enabled": enabled, "default_value": default_value,
                "targets": {
                    "users": ids(has_user, &user),
                    "organizations": ids(has_organization, &acme["id"]),
                },
            });
            assert_eq!(polled[&slug], expected);
        }
        assert_eq!(polled.as_object().unwrap().len(), EVALUATION.len());
    });
}

#[test]
fn a_user_has_what_is_on_for_any_organization_of_which_they_are_an_active_member() {
    case(|world| {
        let (acme, other) = (organization(world, "Acme"), organization(world, "Other"));
        let membership = member(world, id(&acme), "ada@acme.test");
        let user = &membership["user_id"];
        let input = json!({ "user_id": user, "organization_id": other["id"] });
        call(world, "organization_memberships.create", input);
        for (slug, whom) in [("in-acme", &acme), ("in-other", &other)] {
            create(world, slug, json!({ "enabled": true }));
            target(world, slug, &whom["id"]);
        }
        assert_eq!(slugs(&of_user(world, user)), ["in-other", "in-acme"], "newest first");
        assert_eq!(slugs(&of_organization(world, &acme)), ["in-acme"]);
        let input = json!({ "id": membership["id"] });
        call(world, "organization_memberships.deactivate", input);
        assert_eq!(slugs(&of_user(world, user)), ["in-other"]);
    });
}

#[test]
fn flags_are_made_found_changed_listed_in_pages_and_deleted() {
    case(|world| {
        let owner = json!({ "email": "ada@acme.test", "first_name": "Ada" });
        let more = json!({ "description": "Graphs", "tags": ["reports"], "owner": owner });
        let made = create(world, "advanced-analytics", more);
        assert!(id(&made).starts_with("flag_"));
        let whole = json!({
            "object": "feature_flag", "id": made["id"], "slug": "advanced-analytics",
            "name": "advanced-analytics", "description": "Graphs",
            "owner": { "email": "ada@acme.test", "first_name": "Ada", "last_name": null },
            "tags": ["reports"], "enabled": false, "default_value": false,
            "created_at": made["created_at"], "updated_at": made["created_at"],
        });
        assert_eq!(made, whole);
        let by_slug = json!({ "slug": "advanced-analytics" });
        assert_eq!(call(world, "feature_flags.get", by_slug.clone()), made);
        world.clock.advance_seconds(1);
        let input = json!({
            "slug": "advanced-analytics", "name": "Analytics", "description": null, "owner": null,
            "tags": [],
        });
        let changed = call(world, "feature_flags.update", input);
        assert_eq!(
            (&changed["name"], &changed["description"], &changed["owner"], &changed["tags"]),
            (&json!("Analytics"), &Value::Null, &Value::Null, &json!([]))
        );
        assert_ne!(changed["updated_at"], made["updated_at"]);
        for n in 0..3 {
            create(world, &format!("more-{n}"), json!({}));
        }
        let first = call(world, "feature_flags.list", json!({ "limit": 2 }));
        assert_eq!(slugs(&first), ["more-2", "more-1"]);
        let after = &first["list_metadata"]["after"];
        let second = call(world, "feature_flags.list", json!({ "limit": 2, "after": after }));
        assert_eq!(slugs(&second), ["more-0", "advanced-analytics"]);
        assert_eq!(second["list_metadata"]["after"], Value::Null);
        call(world, "feature_flags.delete", by_slug.clone());
        refused(world.call("feature_flags.get", by_slug), 404, "entity_not_found");
    });
}

#[test]
fn a_slug_is_unique_in_its_environment_and_of_letters_that_a_path_can_hold() {
    case(|world| {
        create(world, "one", json!({}));
        let again = json!({ "slug": "one", "name": "One" });
        let (_, key) = world.other_environment();
        refused(
            world.call("feature_flags.create", again.clone()),
            409,
            "feature_flag_slug_conflict",
        );
        let request = vestibule_kernel::Request {
            credential: Some(key),
            ..vestibule_kernel::Request::default()
        };
        world.call_as(request, "feature_flags.create", again).unwrap();
        for slug in ["", "..", "-one", "a/b", "a b", "é"] {
            let input = json!({ "slug": slug, "name": "One" });
            let refusal = world.call("feature_flags.create", input);
            refused(refusal, 422, "invalid_request_parameters");
        }
        for wrong in [
            json!({ "tags": ["one", "one"] }),
            json!({ "tags": [""] }),
            json!({ "owner": { "email": "nobody" } }),
            json!({ "owner": {} }),
            json!({ "name": " " }),
        ] {
            let mut input = json!({ "slug": "two", "name": "Two" });
            input.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
            let refusal = world.call("feature_flags.create", input);
            refused(refusal, 422, "invalid_request_parameters");
        }
    });
}

#[test]
fn a_target_is_a_user_or_an_organization_that_there_is() {
    case(|world| {
        create(world, "beta", json!({ "enabled": true }));
        let acme = organization(world, "Acme");
        for operation in ["feature_flag_targets.create", "feature_flag_targets.delete"] {
            let run = |slug: &str, id: &str| {
                world.call(operation, json!({ "slug": slug, "resource_id": id }))
            };
            for text in ["om_01", "user", "acme", "USER_01"] {
                let error = refused(run("beta", text), 400, "invalid_resource_id_format");
                let body = json!({
                    "message": "Invalid resource id", "code": "invalid_resource_id_format",
                    "statusCode": 400,
                });
                assert_eq!(error.body(), body);
            }
            let error = refused(run("nothing", id(&acme)), 404, "entity_not_found");
            assert_eq!(error.message(), "Feature flag not found: 'nothing'.");
            let error = refused(run("beta", "user_nobody"), 404, "entity_not_found");
            assert_eq!(error.message(), "User not found: 'user_nobody'.");
            let error = refused(run("beta", "org_nothing"), 404, "entity_not_found");
            assert_eq!(error.message(), "Organization not found: 'org_nothing'.");
        }
        let input = json!({ "organization_id": "org_nothing" });
        let refusal = world.call("organization_feature_flags.list", input);
        refused(refusal, 404, "entity_not_found");
        let refusal = world.call("user_feature_flags.list", json!({ "user_id": "user_nobody" }));
        refused(refusal, 404, "entity_not_found");
    });
}

#[test]
fn targets_are_listed_in_pages_and_the_same_one_in_two_flags_is_two() {
    case(|world| {
        let acme = organization(world, "Acme");
        let users: Vec<Value> = (0..3)
            .map(|n| member(world, id(&acme), &format!("u{n}@acme.test"))["user_id"].clone())
            .collect();
        for slug in ["first", "second"] {
            create(world, slug, json!({}));
            for user in &users {
                world.clock.advance_seconds(1);
                target(world, slug, user);
            }
            target(world, slug, &acme["id"]);
        }
        let page = |more: Value| {
            let mut input = json!({ "slug": "first", "limit": 2 });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            call(world, "feature_flag_targets.list", input)
        };
        let first = page(json!({}));
        let ids = |page: &Value| -> Vec<Value> {
            page["data"].as_array().unwrap().iter().map(|it| it["id"].clone()).collect()
        };
        assert_eq!(first["data"][0]["object"], "feature_flag_target");
        let mut all = ids(&first);
        let after = first["list_metadata"]["after"].clone();
        let second = page(json!({ "after": after }));
        all.extend(ids(&second));
        assert_eq!(second["list_metadata"]["after"], Value::Null);
        all.sort_by_key(ToString::to_string);
        let mut expected = users.clone();
        expected.push(acme["id"].clone());
        expected.sort_by_key(ToString::to_string);
        assert_eq!(all, expected);
        let kinds = |page: &Value| -> Vec<String> {
            let data = page["data"].as_array().unwrap().iter();
            data.map(|it| it["type"].as_str().unwrap().to_owned()).collect()
        };
        let kinds = [kinds(&first), kinds(&second)].concat();
        assert_eq!(kinds.iter().filter(|it| *it == "organization").count(), 1);
    });
}

#[test]
fn what_changes_a_flag_is_told_with_who_did_it_and_what_it_was() {
    case(|world| {
        let made = create(world, "beta", json!({ "tags": ["a"] }));
        let (data, context) = told(world, "flag.created").remove(0);
        assert_eq!(data["slug"], "beta");
        assert!(data["environment_id"].as_str().unwrap().starts_with("environment_"));
        assert_eq!(
            (&context["client_id"], &context["actor"]["source"]),
            (&json!("client_01"), &json!("api"))
        );
        for _ in 0..2 {
            let on = call(world, "feature_flags.enable", json!({ "slug": "beta" }));
            assert_eq!(on["enabled"], true);
        }
        let updated = told(world, "flag.updated");
        assert_eq!(updated.len(), 1, "enabling what is enabled changes nothing");
        assert_eq!(updated[0].1["previous_attributes"], json!({ "data": { "enabled": false } }));
        let input = json!({ "slug": "beta", "name": "Beta", "tags": ["b"] });
        call(world, "feature_flags.update", input.clone());
        call(world, "feature_flags.update", input);
        let updated = told(world, "flag.updated");
        assert_eq!(updated.len(), 2);
        let previous = json!({ "data": { "name": "beta", "tags": ["a"] } });
        assert_eq!(updated[1].1["previous_attributes"], previous);
        call(world, "feature_flags.disable", json!({ "slug": "beta" }));
        let previous = json!({ "data": { "enabled": true } });
        assert_eq!(told(world, "flag.updated")[2].1["previous_attributes"], previous);
        assert!(told(world, "flag.rule_updated").is_empty());
        call(world, "feature_flags.delete", json!({ "slug": "beta" }));
        assert_eq!(told(world, "flag.deleted")[0].0["id"], made["id"]);
    });
}

#[test]
fn what_changes_whom_a_flag_is_on_for_is_told_with_what_it_was() {
    case(|world| {
        create(world, "beta", json!({ "enabled": true }));
        let acme = organization(world, "Acme");
        let user = member(world, id(&acme), "ada@acme.test")["user_id"].clone();
        let rule = |access: &str, organizations: &Value, users: &Value| {
            json!({
                "access_type": access,
                "configured_targets": { "organizations": organizations, "users": users },
            })
        };
        let last = || {
            let mut context = told(world, "flag.rule_updated").pop().unwrap().1;
            let context = context.as_object_mut().unwrap();
            let previous = context.remove("previous_attributes").unwrap();
            context.remove("actor").unwrap();
            context.remove("client_id").unwrap();
            (json!(context), previous)
        };
        let (in_acme, ada) = (
            json!([{ "id": acme["id"], "name": "Acme" }]),
            json!([{ "id": user, "email": "ada@acme.test" }]),
        );
        let none = json!([]);
        for _ in 0..2 {
            target(world, "beta", &user);
        }
        assert_eq!(told(world, "flag.rule_updated").len(), 1, "a target is added once");
        let before = rule("none", &none, &none);
        assert_eq!(last(), (rule("some", &none, &ada), json!({ "context": before })));
        target(world, "beta", &acme["id"]);
        let before = json!({ "configured_targets": { "organizations": [], "users": ada } });
        assert_eq!(last(), (rule("some", &in_acme, &ada), json!({ "context": before })));
        call(world, "feature_flags.update", json!({ "slug": "beta", "default_value": true }));
        let previous = json!({
            "data": { "default_value": false }, "context": { "access_type": "some" },
        });
        assert_eq!(last(), (rule("all", &in_acme, &ada), previous));
        let updated = told(world, "flag.updated").pop().unwrap();
        let previous = json!({ "data": { "default_value": false } });
        assert_eq!(updated.1["previous_attributes"], previous);
        for _ in 0..2 {
            untarget(world, "beta", &user);
        }
        let before = json!({ "configured_targets": { "organizations": in_acme, "users": ada } });
        assert_eq!(last(), (rule("all", &in_acme, &none), json!({ "context": before })));
        assert_eq!(told(world, "flag.rule_updated").len(), 4, "and removed once");
    });
}

#[test]
fn what_happens_to_a_flag_is_told_by_the_newer_names_too() {
    case(|world| {
        let owner = json!({ "email": "ada@acme.test", "first_name": null, "last_name": null });
        let made = create(world, "beta", json!({ "owner": owner }));
        let acme = organization(world, "Acme");
        let user = member(world, id(&acme), "ada@acme.test")["user_id"].clone();
        let input = json!({ "slug": "beta", "name": "Beta", "owner": null });
        call(world, "feature_flags.update", input);
        for (older, newer) in [
            ("flag.created", "feature_flags.flag.created"),
            ("flag.updated", "feature_flags.flag.updated"),
        ] {
            let (older, newer) = (told(world, older), told(world, newer));
            assert_eq!((older.len(), newer.len()), (1, 1));
            assert_eq!(older[0].0, newer[0].0);
            assert_eq!(older[0].1["actor"], newer[0].1["actor"]);
        }
        let (_, context) = told(world, "feature_flags.flag.updated").remove(0);
        let previous = json!({ "data": { "name": "beta", "owner": owner } });
        assert_eq!(context["previous_attributes"], previous);

        for _ in 0..2 {
            target(world, "beta", &user);
        }
        let created = || told(world, "feature_flags.flag_target.created");
        let (data, context) = created().remove(0);
        let of_user = json!({
            "object": "flag_target", "environment_id": "environment_01", "flag_id": made["id"],
            "flag_slug": "beta", "target_type": "user", "target_id": user,
            "value_type": "boolean", "value": true,
            "created_at": "2026-01-15T12:00:00.000Z", "updated_at": "2026-01-15T12:00:00.000Z",
        });
        assert_eq!(data, of_user);
        assert_eq!(context["client_id"], "client_01");
        target(world, "beta", &acme["id"]);
        assert_eq!(created().len(), 2, "each is told once");
        assert_eq!(created()[1].0["target_type"], "organization");
        world.clock.advance_seconds(1);
        for _ in 0..2 {
            untarget(world, "beta", &acme["id"]);
        }
        call(world, "users.delete", json!({ "id": user }));
        let gone = told(world, "feature_flags.flag_target.deleted");
        assert_eq!(gone.len(), 2);
        assert_eq!(gone[1].0, of_user, "it goes with its user, and says since when it was there");
        call(world, "feature_flags.delete", json!({ "slug": "beta" }));
        assert_eq!(told(world, "feature_flags.flag.deleted")[0].0["id"], made["id"]);
    });
}

#[test]
fn an_event_names_the_newest_hundred_targets_of_each_kind() {
    case(|world| {
        create(world, "beta", json!({}));
        let mut last = Value::Null;
        for n in 0..101 {
            world.clock.advance_seconds(1);
            last = organization(world, &format!("Company {n}"));
            target(world, "beta", &last["id"]);
        }
        let (_, context) = told(world, "flag.rule_updated").pop().unwrap();
        let named = context["configured_targets"]["organizations"].as_array().unwrap();
        assert_eq!((named.len(), &named[0]["id"]), (100, &last["id"]));
        assert_eq!(named[99]["name"], "Company 1");
    });
}

#[test]
fn a_target_goes_with_its_user_or_organization_and_all_of_them_with_the_flag() {
    case(|world| {
        let (acme, other) = (organization(world, "Acme"), organization(world, "Other"));
        let user = member(world, id(&acme), "ada@acme.test")["user_id"].clone();
        for slug in ["one", "two"] {
            create(world, slug, json!({ "enabled": true }));
            target(world, slug, &user);
            target(world, slug, &acme["id"]);
            target(world, slug, &other["id"]);
        }
        let ids = |slug: &str| {
            let page = call(world, "feature_flag_targets.list", json!({ "slug": slug }));
            let data = page["data"].as_array().unwrap().iter();
            data.map(|it| it["id"].clone()).collect::<Vec<_>>()
        };
        let before = told(world, "flag.rule_updated").len();
        call(world, "users.delete", json!({ "id": user }));
        call(world, "organizations.delete", json!({ "id": acme["id"] }));
        for slug in ["one", "two"] {
            assert_eq!(ids(slug), [other["id"].clone()]);
        }
        let told_of = told(world, "flag.rule_updated").split_off(before);
        assert_eq!(told_of.len(), 4);
        let previous = &told_of[0].1["previous_attributes"]["context"]["configured_targets"];
        assert_eq!(previous["users"], json!([{ "id": user, "email": "ada@acme.test" }]));
        call(world, "feature_flags.delete", json!({ "slug": "one" }));
        let rows = world.everything().remove("feature_flag_targets").unwrap();
        assert_eq!(rows.len(), 1, "{rows:?}");
    });
}

#[test]
fn an_environment_has_at_most_500_flags_and_50000_targets() {
    case(|world| {
        let made = create(world, "beta", json!({}));
        let acme = organization(world, "Acme");
        let fill = |sql: &'static str| {
            let id = id(&made).to_owned();
            let write = move |cx: &mut vestibule_kernel::Cx<'_>| {
                let values = [cx.environment.into(), id.as_str().into()];
                cx.db().execute(sql, &values)
            };
            world.flow().write(write).unwrap()
        };
        let targets =
            "INSERT INTO feature_flag_targets (environment_id, flag_id, kind, id, created_at)
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 49999)
            SELECT $1, $2, 'user', 'user_' || i, 0 FROM n";
        assert_eq!(fill(targets), 49_999);
        target(world, "beta", &acme["id"]);
        target(world, "beta", &acme["id"]);
        let other = organization(world, "Other");
        let input = json!({ "slug": "beta", "resource_id": other["id"] });
        let add = || world.call("feature_flag_targets.create", input.clone());
        refused(add(), 400, "feature_flag_target_limit_exceeded");
        untarget(world, "beta", &acme["id"]);
        add().unwrap();
        let flags = "INSERT INTO feature_flags
              (environment_id, id, slug, name, tags, enabled, default_value, created_at, updated_at)
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 499)
            SELECT $1, $2 || i, 'flag-' || i, 'Flag', '[]', FALSE, FALSE, 0, 0 FROM n";
        assert_eq!(fill(flags), 499);
        let input = json!({ "slug": "one-more", "name": "One more" });
        let add = || world.call("feature_flags.create", input.clone());
        refused(add(), 400, "feature_flag_limit_exceeded");
        call(world, "feature_flags.delete", json!({ "slug": "flag-1" }));
        add().unwrap();
    });
}
