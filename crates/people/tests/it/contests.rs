//! Contests: several want what one can have.
use serde_json::{Value, json};
use vestibule_kernel::chance::Chance;
use vestibule_kernel::testing::{World, each_engine};
use vestibule_people::domains::verified_owner;

use crate::name_server::{add, event, record, state, told, verify, with_names};
use crate::support::{PEOPLE, id, organization, refused};

#[test]
fn the_first_to_prove_a_domain_has_it_and_the_others_fail() {
    with_names(|world, names| {
        let made: Vec<Value> = ["One", "Two", "Three"]
            .iter()
            .map(|name| add(world, &organization(world, name), "acme.example").unwrap())
            .collect();
        names.set_texts("acme.example", &[&record(&made[1])]);
        let count = world.events().len();
        world.drain();
        let states: Vec<String> = made.iter().map(|it| state(world, it)).collect();
        assert_eq!(states, ["failed", "verified", "failed"]);
        let reason = Some("domain_verified_by_other_organization");
        let mut others = told(world, count);
        assert_eq!(others.remove(0), event("verified", &made[1], None));
        others.sort();
        let mut expected = [&made[0], &made[2]].map(|it| event("verification_failed", it, reason));
        expected.sort();
        assert_eq!(others, expected);
        // Even with its record: the domain has an owner.
        names.set_texts("acme.example", &[&record(&made[0])]);
        assert_eq!(verify(world, &made[0]).unwrap()["state"], json!("pending"));
        world.drain();
        assert_eq!(state(world, &made[0]), "failed");
        // Until the owner gives it up.
        world.call("organization_domains.delete", json!({ "id": made[1]["id"] })).unwrap();
        verify(world, &made[0]).unwrap();
        world.drain();
        assert_eq!(state(world, &made[0]), "verified");
    });
}

#[test]
fn one_whom_the_application_vouches_for_is_first_too() {
    each_engine(PEOPLE, |world| {
        let waiting = add(world, &organization(world, "Waiting"), "acme.example").unwrap();
        let count = world.events().len();
        let data = json!([{ "domain": "acme.example", "state": "verified" }]);
        let input = json!({ "name": "Sure", "domain_data": data });
        let sure = world.call("organizations.create", input).unwrap();
        let mine = &sure["domains"][0];
        let reason = Some("domain_verified_by_other_organization");
        let expected = [
            ("organization.created".to_owned(), id(&sure).to_owned(), None),
            event("created", mine, None),
            event("verified", mine, None),
            event("verification_failed", &waiting, reason),
        ];
        assert_eq!(told(world, count), expected);
        world.drain();
        assert_eq!(state(world, &waiting), "failed");
        let owner = world.flow().read(|cx| verified_owner(cx, "ACME.example")).unwrap();
        assert_eq!(owner.unwrap().as_str(), id(&sure));
        let nobody = world.flow().read(|cx| verified_owner(cx, "not a name")).unwrap();
        assert_eq!(nobody, None);
    });
}

#[test]
fn an_attack_by_waiting_for_every_domain_stops_nobody() {
    with_names(|world, names| {
        let squatter = add(world, &organization(world, "Squatter"), "acme.example").unwrap();
        let acme = organization(world, "Acme");
        let made = add(world, &acme, "acme.example").unwrap();
        names.set_texts("acme.example", &[&record(&made)]);
        world.drain();
        assert_eq!(state(world, &made), "verified");
        assert_eq!(state(world, &squatter), "failed");
        // Nor does a record that is taken away later undo the proof.
        names.forget();
        refused(verify(world, &made), 400, "domain_already_verified");
    });
}

/// Calls the same operation with each input at the same time; the statuses of the refusals.
fn at_once(world: &World, operation: &str, inputs: &[Value]) -> Vec<u16> {
    std::thread::scope(|scope| {
        let calls: Vec<_> = inputs
            .iter()
            .map(|input| scope.spawn(|| world.call(operation, input.clone())))
            .collect();
        let done = calls.into_iter().map(|it| it.join().unwrap());
        done.filter_map(Result::err).map(|it| it.status()).collect()
    })
}

#[test]
fn of_many_who_come_at_once_one_gets_the_domain() {
    each_engine(PEOPLE, |world| {
        let data = json!([{ "domain": "acme.example", "state": "verified" }]);
        let input = |i| json!({ "name": format!("N{i}"), "domain_data": data });
        let inputs: Vec<Value> = (0..6).map(input).collect();
        assert_eq!(at_once(world, "organizations.create", &inputs), [409; 5]);
        let all = world.call("organizations.list", json!({})).unwrap();
        assert_eq!(all["data"].as_array().unwrap().len(), 1);
        let names = world.event_names();
        assert_eq!(names.len(), 3, "those who were refused left nothing: {names:?}");
    });
}

#[test]
fn of_many_who_come_at_once_one_gets_the_external_id() {
    each_engine(PEOPLE, |world| {
        let input = |i| json!({ "name": format!("N{i}"), "external_id": "e" });
        let inputs: Vec<Value> = (0..6).map(input).collect();
        assert_eq!(at_once(world, "organizations.create", &inputs), [400; 5]);
        assert_eq!(world.event_names(), ["organization.created"]);
    });
}

#[test]
fn changes_that_come_at_once_are_all_kept() {
    each_engine(PEOPLE, |world| {
        let made = organization(world, "Busy");
        let input = |i| json!({ "id": made["id"], "metadata": { format!("key{i}"): "v" } });
        let inputs: Vec<Value> = (0..6).map(input).collect();
        assert_eq!(at_once(world, "organizations.update", &inputs), [0; 0]);
        let now = world.call("organizations.get", json!({ "id": made["id"] })).unwrap();
        assert_eq!(now["metadata"].as_object().unwrap().len(), 6);
    });
}

#[test]
fn a_domain_that_comes_with_the_deletion_of_its_organization_is_not_left_behind() {
    each_engine(PEOPLE, |world| {
        for i in 0..8 {
            let made = organization(world, "Short-lived");
            let domain = format!("d{i}.example");
            std::thread::scope(|scope| {
                scope.spawn(|| world.call("organizations.delete", json!({ "id": made["id"] })));
                scope.spawn(|| add(world, &made, &domain));
            });
            let page = world.call("organizations.list", json!({ "domains": [domain] })).unwrap();
            assert_eq!(page["data"], json!([]));
            let (id, left) = (id(&made).to_owned(), world.flow());
            let id = vestibule_kernel::id::OrganizationId::parse(&id).unwrap();
            let left = left.read(|cx| vestibule_people::domains::of_organization(cx, &id));
            assert_eq!(left.unwrap(), []);
        }
        world.drain();
    });
}

/// Random lives of two organizations that want one domain: whatever happens, it has one owner at
/// the most, and an owner loses it by deletion alone.
#[test]
fn whatever_happens_a_domain_has_one_owner_at_the_most() {
    with_names(|world, names| {
        let chance = Chance::seeded(11);
        let organizations = ["One", "Two"].map(|name| organization(world, name));
        let mut domains: [Option<Value>; 2] = [None, None];
        let (mut verified, mut failed, mut refusals) = (0, 0, 0);
        for _ in 0..400 {
            let [action, who, hours] = chance.bytes::<3>();
            let it = usize::from(who % 2);
            let states = |domains: &[Option<Value>; 2]| {
                [0, 1].map(|i| domains[i].as_ref().map(|it| state(world, it)).unwrap_or_default())
            };
            let before = states(&domains);
            match (action % 12, &domains[it]) {
                (0 | 1, Some(domain)) => names.set_texts("acme.example", &[&record(domain)]),
                (2, _) => names.forget(),
                (3, _) => world.clock.advance_seconds(i64::from(hours) * 3_600),
                (4, Some(domain)) => drop(verify(world, domain)),
                (5, Some(domain)) => {
                    world
                        .call("organization_domains.delete", json!({ "id": domain["id"] }))
                        .unwrap();
                    domains[it] = None;
                }
                (_, None) => match add(world, &organizations[it], "acme.example") {
                    Ok(domain) => domains[it] = Some(domain),
                    Err(error) => {
                        assert_eq!(error.code(), "domain_already_exists");
                        assert_eq!(before[1 - it], "verified");
                        refusals += 1;
                    }
                },
                _ => world.drain(),
            }
            let after = states(&domains);
            let owners = after.iter().filter(|it| *it == "verified").count();
            assert!(owners <= 1, "{before:?} became {after:?}");
            for i in 0..2 {
                let kept =
                    before[i] != "verified" || after[i] == "verified" || domains[i].is_none();
                assert!(kept, "{before:?} became {after:?}");
                verified += usize::from(before[i] != "verified" && after[i] == "verified");
                failed += usize::from(before[i] != "failed" && after[i] == "failed");
            }
        }
        assert!(verified > 3 && failed > 3 && refusals > 3, "{verified} {failed} {refusals}");
        world.drain();
    });
}
