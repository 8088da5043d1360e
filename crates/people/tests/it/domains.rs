//! Domains of organizations, and their proof against a DNS server of the test's own.
use serde_json::{Value, json};
use vestibule_kernel::testing::each_engine;
use vestibule_people::domains::verified_owner;

use crate::name_server::{add, event, get, record, state, told, verify, with_names};
use crate::support::{PEOPLE, call_from, fields, organization, refused};

const DAY: i64 = 86_400;

#[test]
fn a_new_domain_is_pending_and_says_what_to_publish() {
    with_names(|world, names| {
        let acme = organization(world, "Acme");
        let made = add(world, &acme, "WWW.Acme.Example").unwrap();
        let prefix = made["verification_prefix"].as_str().unwrap();
        let ending = prefix.strip_prefix("vestibule-domain-verification-").unwrap();
        assert!(ending.len() == 6 && ending.bytes().all(|it| it.is_ascii_alphanumeric()));
        assert_eq!(
            made,
            json!({
                "object": "organization_domain",
                "id": made["id"],
                "organization_id": acme["id"],
                "domain": "www.acme.example",
                "state": "pending",
                "verification_prefix": prefix,
                "verification_token": made["verification_token"],
                "verification_strategy": "dns",
                "created_at": "2026-01-15T12:00:00.000Z",
                "updated_at": "2026-01-15T12:00:00.000Z",
            })
        );
        assert_eq!(get(world, &made), made);
        let input = json!({ "id": acme["id"] });
        assert_eq!(world.call("organizations.get", input).unwrap()["domains"], json!([made]));
        world.drain();
        assert_eq!(names.asked(), ["www.acme.example"], "the look-ups begin at once");
        assert_eq!(get(world, &made), made);
        assert_eq!(told(world, 1), [event("created", &made, None)]);
    });
}

#[test]
fn each_domain_has_a_token_of_its_own() {
    with_names(|world, _| {
        let (one, two) = (organization(world, "One"), organization(world, "Two"));
        let (first, second) = (add(world, &one, "a.example"), add(world, &two, "a.example"));
        assert_ne!(record(&first.unwrap()), record(&second.unwrap()));
        world.drain();
    });
}

#[test]
fn the_record_verifies_the_domain_whenever_it_appears() {
    with_names(|world, names| {
        let acme = organization(world, "Acme");
        let made = add(world, &acme, "acme.example").unwrap();
        world.drain();
        let count = world.events().len();
        names.set_texts("acme.example", &["v=spf1 -all", &record(&made)]);
        world.drain();
        assert_eq!(state(world, &made), "pending", "the next look-up is not due");
        world.clock.advance_seconds(15);
        world.drain();
        let verified = get(world, &made);
        let mut expected = made.clone();
        expected["state"] = json!("verified");
        expected["updated_at"] = json!("2026-01-15T12:00:15.000Z");
        assert_eq!(verified, expected);
        assert_eq!(told(world, count), [event("verified", &made, None)]);
        assert_eq!(world.events().last().unwrap().1, verified);
        let asked = names.asked().len();
        world.clock.advance_seconds(60 * DAY);
        world.drain();
        assert_eq!(names.asked().len(), asked, "nothing is looked up any more");
        assert_eq!(state(world, &made), "verified");
    });
}

#[test]
fn only_the_whole_record_of_this_domain_verifies_it() {
    with_names(|world, names| {
        let acme = organization(world, "Acme");
        let made = add(world, &acme, "acme.example").unwrap();
        let other = add(world, &acme, "other.example").unwrap();
        let token = made["verification_token"].as_str().unwrap();
        let texts = [
            record(&other),
            token.to_owned(),
            format!("={token}"),
            format!("verification_token={token}"),
            record(&made).to_lowercase(),
            format!("{}x", record(&made)),
            format!("x{}", record(&made)),
        ];
        names.set_texts("acme.example", &texts.each_ref().map(String::as_str));
        names.set_texts("_acme-challenge.acme.example", &[&record(&made)]);
        names.set_texts("sub.acme.example", &[&record(&made)]);
        names.set_texts("example", &[&record(&made)]);
        world.drain();
        assert_eq!(state(world, &made), "pending");
        let padded = format!("  {} ", record(&made));
        names.set_texts("acme.example", &[&padded]);
        verify(world, &made).unwrap();
        world.drain();
        assert_eq!(state(world, &made), "verified");
    });
}

#[test]
fn after_thirty_days_without_the_record_the_verification_fails() {
    with_names(|world, names| {
        let acme = organization(world, "Acme");
        let made = add(world, &acme, "acme.example").unwrap();
        world.drain();
        let count = world.events().len();
        world.clock.advance_seconds(30 * DAY - 1);
        world.drain();
        assert_eq!(state(world, &made), "pending");
        world.clock.advance_seconds(1);
        world.drain();
        assert_eq!(state(world, &made), "failed");
        let reason = Some("domain_verification_period_expired");
        assert_eq!(told(world, count), [event("verification_failed", &made, reason)]);
        let (_, payload) = world.events().pop().unwrap();
        assert_eq!(payload, json!({ "reason": reason, "organization_domain": get(world, &made) }));
        names.set_texts("acme.example", &[&record(&made)]);
        world.clock.advance_seconds(DAY);
        world.drain();
        assert_eq!(state(world, &made), "failed", "a record that comes too late verifies nothing");
    });
}

#[test]
fn a_failed_domain_is_verified_when_it_is_asked_for_again() {
    with_names(|world, names| {
        let acme = organization(world, "Acme");
        let made = add(world, &acme, "acme.example").unwrap();
        world.drain();
        world.clock.advance_seconds(30 * DAY);
        world.drain();
        let count = world.events().len();
        let again = verify(world, &made).unwrap();
        assert_eq!(again["state"], json!("pending"));
        assert_eq!(record(&again), record(&made), "the record stays the same");
        names.set_texts("acme.example", &[&record(&made)]);
        world.drain();
        assert_eq!(state(world, &made), "verified");
        let expected = [event("updated", &made, None), event("verified", &made, None)];
        assert_eq!(told(world, count), expected);
    });
}

#[test]
fn asking_again_starts_the_period_anew_and_ends_the_former_look_ups() {
    with_names(|world, names| {
        let acme = organization(world, "Acme");
        let made = add(world, &acme, "acme.example").unwrap();
        world.drain();
        world.clock.advance_seconds(29 * DAY);
        world.drain();
        let count = world.events().len();
        for _ in 0..5 {
            let asked = verify(world, &made).unwrap();
            assert_eq!(asked["updated_at"], made["updated_at"], "nothing that shows has changed");
        }
        let asked = names.asked().len();
        world.drain();
        assert_eq!(names.asked().len(), asked + 1, "five times asked, once looked up");
        world.clock.advance_seconds(29 * DAY);
        world.drain();
        assert_eq!(state(world, &made), "pending");
        assert_eq!(told(world, count), []);
        world.clock.advance_seconds(DAY);
        world.drain();
        assert_eq!(state(world, &made), "failed");
    });
}

#[test]
fn a_verified_domain_is_not_verified_again() {
    with_names(|world, names| {
        let acme = organization(world, "Acme");
        let made = add(world, &acme, "acme.example").unwrap();
        names.set_texts("acme.example", &[&record(&made)]);
        world.drain();
        let error = refused(verify(world, &made), 400, "domain_already_verified");
        assert_eq!(
            error.body(),
            json!({
                "code": "domain_already_verified",
                "message": "The domain 'acme.example' is verified already.",
            })
        );
    });
}

#[test]
fn a_resolver_that_does_not_answer_verifies_nothing_and_is_asked_again() {
    with_names(|world, names| {
        let acme = organization(world, "Acme");
        let made = add(world, &acme, "acme.example").unwrap();
        names.set_texts("acme.example", &[&record(&made)]);
        names.refuse(true);
        world.drain();
        assert_eq!(state(world, &made), "pending");
        names.refuse(false);
        world.clock.advance_seconds(15);
        world.drain();
        assert_eq!(state(world, &made), "verified");
    });
}

#[test]
fn a_domain_that_only_waits_has_no_owner() {
    each_engine(PEOPLE, |world| {
        add(world, &organization(world, "Waiting"), "acme.example").unwrap();
        world.drain();
        assert_eq!(world.flow().read(|cx| verified_owner(cx, "acme.example")).unwrap(), None);
    });
}

#[test]
fn a_domain_twice_in_an_organization_is_refused_however_it_is_written() {
    each_engine(PEOPLE, |world| {
        let acme = organization(world, "Acme");
        add(world, &acme, "bücher.example").unwrap();
        let count = world.events().len();
        for domain in ["bücher.example", "XN--BCHER-KVA.Example", " Bücher.example. "] {
            let error = refused(add(world, &acme, domain), 409, "domain_already_exists");
            assert_eq!(
                error.body(),
                json!({
                    "code": "domain_already_exists",
                    "message": "The domain 'xn--bcher-kva.example' already exists in an organization.",
                })
            );
        }
        assert_eq!(world.events().len(), count);
        world.drain();
    });
}

#[test]
fn a_domain_that_another_organization_has_is_refused() {
    each_engine(PEOPLE, |world| {
        let data = json!([{ "domain": "acme.example", "state": "verified" }]);
        let input = json!({ "name": "Owner", "domain_data": data });
        let owner = world.call("organizations.create", input).unwrap();
        let other = organization(world, "Other");
        refused(add(world, &other, "acme.example"), 409, "domain_already_exists");
        world.call("organizations.delete", json!({ "id": owner["id"] })).unwrap();
        add(world, &other, "acme.example").unwrap();
        world.drain();
    });
}

#[test]
fn what_no_organization_can_own_is_refused() {
    each_engine(PEOPLE, |world| {
        let acme = organization(world, "Acme");
        for (domain, code) in [
            ("gmail.com", "consumer_domain_not_allowed"),
            ("Sub.GMAIL.com", "consumer_domain_not_allowed"),
            ("co.uk", "public_suffix_not_allowed"),
            ("localhost", "invalid_domain"),
            ("127.0.0.1", "invalid_domain"),
            ("https://acme.example", "invalid_domain"),
        ] {
            let error = refused(add(world, &acme, domain), 422, "invalid_request_parameters");
            assert_eq!(fields(&error), ["domain"]);
            assert_eq!(error.fields()[0].code, code, "{domain}");
            let data = json!([{ "domain": "fine.example", "state": "pending" }, { "domain": domain, "state": "verified" }]);
            let input = json!({ "name": "More", "domain_data": data });
            let done = world.call("organizations.create", input);
            let error = refused(done, 422, "invalid_request_parameters");
            assert_eq!(fields(&error), ["domain_data.1.domain"]);
            let input = json!({ "id": acme["id"], "domains": [domain] });
            let done = world.call("organizations.update", input);
            let error = refused(done, 422, "invalid_request_parameters");
            assert_eq!(fields(&error), ["domains.0"]);
        }
        assert_eq!(world.event_names(), ["organization.created"]);
    });
}

#[test]
fn an_input_without_its_parts_is_refused_by_name() {
    each_engine(PEOPLE, |world| {
        let done = world.call("organization_domains.create", json!({}));
        let error = refused(done, 422, "invalid_request_parameters");
        let mut missing = fields(&error);
        missing.sort_unstable();
        assert_eq!(missing, ["domain", "organization_id"]);
        let data = json!([{ "domain": "a.example", "state": "failed" }]);
        let done = world.call("organizations.create", json!({ "name": "A", "domain_data": data }));
        let error = refused(done, 422, "invalid_request_parameters");
        assert_eq!(fields(&error), ["domain_data.0.state"]);
        let done = add(world, &json!({ "id": "org_unknown" }), "acme.example");
        let error = refused(done, 404, "entity_not_found");
        assert_eq!(error.message(), "Organization not found: 'org_unknown'.");
        for operation in ["get", "verify", "delete"] {
            let operation = format!("organization_domains.{operation}");
            let done = world.call(&operation, json!({ "id": "org_domain_unknown" }));
            let error = refused(done, 404, "entity_not_found");
            assert_eq!(error.message(), "Organization domain not found: 'org_domain_unknown'.");
        }
    });
}

#[test]
fn domain_data_replaces_the_whole_set_and_keeps_what_stays() {
    with_names(|world, names| {
        let pending = |domain: &str| json!({ "domain": domain, "state": "pending" });
        let verified = |domain: &str| json!({ "domain": domain, "state": "verified" });
        let data =
            json!([pending("kept.example"), pending("gone.example"), verified("sure.example")]);
        let input = json!({ "name": "Acme", "domain_data": data });
        let acme = world.call("organizations.create", input).unwrap();
        world.drain();
        let of = |organization: &Value, domain: &str| -> Value {
            let domains = organization["domains"].as_array().unwrap();
            domains.iter().find(|it| it["domain"] == domain).cloned().unwrap_or_default()
        };
        let count = world.events().len();
        let data =
            json!([verified("kept.example"), pending("SURE.example"), pending("new.example")]);
        let input = json!({ "id": acme["id"], "domain_data": data });
        let changed = world.call("organizations.update", input.clone()).unwrap();
        assert_eq!(changed["domains"].as_array().unwrap().len(), 3);
        let kept = of(&changed, "kept.example");
        let mut expected = of(&acme, "kept.example");
        expected["state"] = json!("verified");
        expected["verification_strategy"] = json!("manual");
        assert_eq!(kept, expected, "the same domain, verified");
        let sure = of(&changed, "sure.example");
        assert_eq!(sure, of(&acme, "sure.example"), "what is verified stays so");
        let new = of(&changed, "new.example");
        assert_eq!(new["state"], json!("pending"));
        let mut told = told(world, count);
        assert_eq!(told.remove(0).0, "organization.updated");
        told.sort();
        let gone = of(&acme, "gone.example");
        let mut expected = [
            event("verified", &kept, None),
            event("deleted", &gone, None),
            event("created", &new, None),
        ];
        expected.sort();
        assert_eq!(told, expected);
        world.drain();
        assert_eq!(names.asked().last().unwrap(), "new.example");
        let count = world.events().len();
        assert_eq!(world.call("organizations.update", input).unwrap(), changed);
        assert_eq!(world.events().len(), count, "the same set again changes nothing");
        // The deprecated form: names alone.
        let input = json!({ "id": acme["id"], "domains": ["sure.example"] });
        let changed = world.call("organizations.update", input).unwrap();
        assert_eq!(changed["domains"], json!([sure]));
    });
}

#[test]
fn one_domain_given_twice_is_one_and_must_have_one_state() {
    each_engine(PEOPLE, |world| {
        let input = json!({
            "name": "Acme",
            "domain_data": [
                { "domain": "acme.example", "state": "verified" },
                { "domain": "ACME.example", "state": "verified" },
            ],
            "domains": ["acme.example"],
        });
        let made = world.call("organizations.create", input).unwrap();
        assert_eq!(made["domains"].as_array().unwrap().len(), 1);
        assert_eq!(made["domains"][0]["state"], json!("verified"));
        let input = json!({
            "name": "Other",
            "domain_data": [
                { "domain": "other.example", "state": "verified" },
                { "domain": "other.example", "state": "pending" },
            ],
        });
        let done = world.call("organizations.create", input);
        let error = refused(done, 422, "invalid_request_parameters");
        assert_eq!(fields(&error), ["domain_data.1.domain"]);
    });
}

#[test]
fn an_organization_has_a_bounded_number_of_domains() {
    each_engine(PEOPLE, |world| {
        let data: Vec<Value> = (0..500)
            .map(|i| json!({ "domain": format!("d{i}.example"), "state": "verified" }))
            .collect();
        let made =
            world.call("organizations.create", json!({ "name": "Many", "domain_data": data }));
        let made = made.unwrap();
        assert_eq!(made["domains"].as_array().unwrap().len(), 500);
        let error = refused(add(world, &made, "more.example"), 422, "invalid_request_parameters");
        assert_eq!(fields(&error), ["domain"]);
        let data: Vec<Value> = (0..501)
            .map(|i| json!({ "domain": format!("d{i}.example"), "state": "verified" }))
            .collect();
        let input = json!({ "id": made["id"], "domain_data": data });
        refused(world.call("organizations.update", input), 422, "invalid_request_parameters");
    });
}

#[test]
fn a_deleted_domain_is_gone_and_looked_up_no_more() {
    with_names(|world, names| {
        let acme = organization(world, "Acme");
        let made = add(world, &acme, "acme.example").unwrap();
        let count = world.events().len();
        let input = json!({ "id": made["id"] });
        assert_eq!(world.call("organization_domains.delete", input.clone()).unwrap(), Value::Null);
        refused(world.call("organization_domains.get", input.clone()), 404, "entity_not_found");
        refused(world.call("organization_domains.delete", input), 404, "entity_not_found");
        assert_eq!(told(world, count), [event("deleted", &made, None)]);
        names.set_texts("acme.example", &[&record(&made)]);
        world.drain();
        assert_eq!(names.asked(), [""; 0]);
        // A new one has a new token: the old record proves nothing.
        let again = add(world, &acme, "acme.example").unwrap();
        assert_ne!(record(&again), record(&made));
        world.drain();
        assert_eq!(state(world, &again), "pending");
    });
}

#[test]
fn an_attack_from_another_environment_meets_no_domain() {
    with_names(|world, names| {
        let acme = organization(world, "Acme");
        let made = add(world, &acme, "acme.example").unwrap();
        names.set_texts("acme.example", &[&record(&made)]);
        world.drain();
        let before = get(world, &made);
        let (_, other) = world.other_environment();
        for operation in ["get", "verify", "delete"] {
            let operation = format!("organization_domains.{operation}");
            let done = call_from(&other, world, &operation, json!({ "id": made["id"] }));
            refused(done, 404, "entity_not_found");
        }
        // What is verified here is free there.
        let data = json!([{ "domain": "acme.example", "state": "verified" }]);
        let input = json!({ "name": "Theirs", "domain_data": data });
        call_from(&other, world, "organizations.create", input).unwrap();
        assert_eq!(get(world, &made), before);
    });
}
