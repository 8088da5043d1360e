//! Whoever writes to the database is found out: each way to change an audit log, tried.
use std::sync::Arc;

use serde_json::{Value, json};
use vestibule_kernel::catalog::Catalog;
use vestibule_kernel::chance::Chance;
use vestibule_kernel::context::{Extensions, Options, Parts};
use vestibule_kernel::db::{self, Db, MIGRATIONS};
use vestibule_kernel::id::{EnvironmentId, OrganizationId};
use vestibule_kernel::secret::{Sealer, Secret, digest_of};
use vestibule_kernel::testing::{World, each_engine, on_sqlite, postgres_url};
use vestibule_kernel::time::SystemClock;
use vestibule_kernel::{App, Call, Request, environment};
use vestibule_record::audit_logs;

use crate::audit_exports::{export, file, payload, range};
use crate::audit_logs::{action, audit, event, list, organization, send};

fn verify_with(world: &World, organization: &str, more: Value) -> Value {
    let mut input = json!({ "organization_id": organization });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.call("audit_logs.verify", input).unwrap()
}

fn verify(world: &World, organization: &str) -> Value {
    verify_with(world, organization, json!({}))
}

fn is_valid(world: &World, organization: &str) {
    let found = verify(world, organization);
    assert_eq!((&found["valid"], &found["problem"]), (&json!(true), &Value::Null), "{found}");
}

/// The kind and the place of the first problem.
#[track_caller]
fn problem(found: &Value) -> (&str, Option<i64>) {
    assert_eq!(found["valid"], false, "{found}");
    (found["problem"]["kind"].as_str().unwrap(), found["problem"]["position"].as_i64())
}

fn write(world: &World, sql: &str, values: Vec<db::Value>) {
    let sql = format!("{sql} -- global: somebody with the database");
    world
        .app
        .db()
        .write(move |tx| {
            tx.execute(&sql, &values)?;
            Ok(())
        })
        .unwrap();
}

/// An organization with five sealed events, of which the first three are under a checkpoint.
fn five(world: &World) -> String {
    let organization = organization(world);
    for n in 0..5 {
        send(world, &organization, &event("invoice.paid", n)).unwrap();
        audit_logs::seal(&world.app).unwrap();
        if n == 2 {
            checkpoint(world, &organization);
        }
    }
    is_valid(world, &organization);
    organization
}

fn checkpoint(world: &World, organization: &str) -> Value {
    let input = json!({ "organization_id": organization });
    world.call("audit_log_checkpoints.create", input).unwrap()
}

fn id_at(world: &World, organization: &str, position: i64) -> String {
    let page = list(world, organization, json!({ "limit": 100 }));
    let found = page["data"].as_array().unwrap().iter().find(|it| it["position"] == position);
    found.unwrap()["id"].as_str().unwrap().to_owned()
}

type Tampering = (&'static str, &'static str, (&'static str, Option<i64>));

/// What is done to the organization `$1`, and what is found.
const TAMPERINGS: &[Tampering] = &[
    (
        "an event is edited",
        "UPDATE audit_log_events SET content = REPLACE(content, 'user_2', 'user_x')
         WHERE organization_id = $1 AND position = 3",
        ("event_changed", Some(3)),
    ),
    (
        "the time at which it was taken is edited",
        "UPDATE audit_log_events SET created_at = created_at - 1
         WHERE organization_id = $1 AND position = 3",
        ("event_changed", Some(3)),
    ),
    (
        "its hash is edited",
        "UPDATE audit_log_events SET hash = REPLACE(hash, SUBSTR(hash, 1, 1), 'x')
         WHERE organization_id = $1 AND position = 4",
        ("event_changed", Some(4)),
    ),
    (
        "it is hidden from those who look for its actor",
        "UPDATE audit_log_events SET actor_id = 'user_x' WHERE organization_id = $1 AND position = 2",
        ("index_changed", Some(2)),
    ),
    (
        "it is hidden from those who look for its time",
        "UPDATE audit_log_events SET occurred_at = 0 WHERE organization_id = $1 AND position = 2",
        ("index_changed", Some(2)),
    ),
    (
        "it is hidden from those who look for its target",
        "DELETE FROM audit_log_targets WHERE organization_id = $1 AND target_id = 'team_1'",
        ("index_changed", Some(2)),
    ),
    (
        "the first event is removed",
        "DELETE FROM audit_log_events WHERE organization_id = $1 AND position = 1",
        ("event_missing", Some(1)),
    ),
    (
        "one in the middle is removed",
        "DELETE FROM audit_log_events WHERE organization_id = $1 AND position = 3",
        ("event_missing", Some(3)),
    ),
    (
        "the last event is removed",
        "DELETE FROM audit_log_events WHERE organization_id = $1 AND position = 5",
        ("event_missing", Some(5)),
    ),
    (
        "all events are removed",
        "DELETE FROM audit_log_events WHERE organization_id = $1",
        ("event_missing", Some(1)),
    ),
    (
        "an event is taken out of the chain",
        "UPDATE audit_log_events SET position = NULL WHERE organization_id = $1 AND position = 5",
        ("event_added", None),
    ),
    (
        "the end is moved back over the events that are left",
        "UPDATE audit_log_chains SET position = 4 WHERE organization_id = $1",
        ("end_forged", Some(4)),
    ),
    (
        "the end is removed",
        "DELETE FROM audit_log_chains WHERE organization_id = $1",
        ("end_forged", Some(5)),
    ),
    (
        "a checkpoint is forged",
        "UPDATE audit_log_checkpoints SET token = REPLACE(token, 'a', 'b') WHERE organization_id = $1",
        ("checkpoint_forged", Some(3)),
    ),
    (
        "a checkpoint is said to be one of deletion",
        "UPDATE audit_log_checkpoints SET kind = 'retention' WHERE organization_id = $1",
        ("checkpoint_forged", None),
    ),
    (
        "an event is put before the first",
        "UPDATE audit_log_events SET position = 0 WHERE organization_id = $1 AND position = 5",
        ("event_added", Some(0)),
    ),
    (
        "an event is put far before the first",
        "UPDATE audit_log_events SET position = -7 WHERE organization_id = $1 AND position = 5",
        ("event_added", Some(-7)),
    ),
    (
        "the newest checkpoint is removed",
        "DELETE FROM audit_log_checkpoints WHERE organization_id = $1",
        ("checkpoint_missing", Some(3)),
    ),
    (
        "the next checkpoint is put off for ever",
        "UPDATE audit_log_chains SET checkpoint_at = 9000000000000000 WHERE organization_id = $1",
        ("end_forged", Some(5)),
    ),
    (
        "a checkpoint is said to be there already",
        "UPDATE audit_log_chains SET checkpoint_position = 5 WHERE organization_id = $1",
        ("end_forged", Some(5)),
    ),
    (
        "a checkpoint is moved to another place",
        "UPDATE audit_log_checkpoints SET position = 2 WHERE organization_id = $1",
        ("checkpoint_forged", Some(2)),
    ),
];

#[test]
fn attack_each_way_to_change_the_rows_of_an_audit_log_is_found() {
    each_engine(audit(), |world| {
        action(world, "invoice.paid");
        for (what, sql, found) in TAMPERINGS {
            let organization = five(world);
            write(world, sql, vec![organization.as_str().into()]);
            assert_eq!(problem(&verify(world, &organization)), *found, "{what}");
        }
    });
}

#[test]
fn attack_an_event_put_where_events_were_deleted_is_found_and_is_in_no_export() {
    each_engine(audit(), |world| {
        action(world, "invoice.paid");
        let organization = organization(world);
        for n in 0..3 {
            send(world, &organization, &event("invoice.paid", n)).unwrap();
        }
        audit_logs::seal(&world.app).unwrap();
        let input = json!({ "id": organization, "retention_period_in_days": 30 });
        world.call("audit_logs_retention.set", input).unwrap();
        world.clock.advance_seconds(31 * 86_400);
        vestibule_record::forget(&world.flow()).unwrap();
        for n in 3..5 {
            send(world, &organization, &event("invoice.paid", n)).unwrap();
        }
        audit_logs::seal(&world.app).unwrap();
        assert_eq!(verify(world, &organization)["deleted"], 3);
        let sql = "UPDATE audit_log_events SET position = 2
                   WHERE organization_id = $1 AND position = 5";
        write(world, sql, vec![organization.as_str().into()]);
        assert_eq!(problem(&verify(world, &organization)), ("event_added", Some(2)));
        let exported = export(world, range(&organization));
        let lines = file(world, &exported).lines().count();
        assert_eq!(
            lines, 2,
            "the names of the columns, and the one event that is kept in its place"
        );
        // Its time is over some day, and what it stands before is deleted then all the same.
        let sql = "UPDATE audit_log_events SET created_at = 4000000000000
                   WHERE organization_id = $1 AND position = 2";
        write(world, sql, vec![organization.as_str().into()]);
        world.clock.advance_seconds(31 * 86_400);
        vestibule_record::forget(&world.flow()).unwrap();
        let left = list(world, &organization, json!({}));
        assert_eq!(left["data"].as_array().unwrap().len(), 1, "what was forged is kept");
    });
}

#[test]
fn attack_an_event_without_a_hash_keeps_nobody_else_from_tidying_up() {
    each_engine(audit(), |world| {
        action(world, "invoice.paid");
        let organization = organization(world);
        send(world, &organization, &event("invoice.paid", 0)).unwrap();
        audit_logs::seal(&world.app).unwrap();
        let input = json!({ "id": organization, "retention_period_in_days": 30 });
        world.call("audit_logs_retention.set", input).unwrap();
        let sql = "UPDATE audit_log_events SET hash = NULL WHERE organization_id = $1";
        write(world, sql, vec![organization.as_str().into()]);
        world.clock.advance_seconds(31 * 86_400);
        vestibule_record::forget(&world.flow()).unwrap();
        assert_eq!(problem(&verify(world, &organization)), ("event_changed", Some(1)));
    });
}

#[test]
fn attack_an_event_that_is_only_said_to_be_about_something_is_not_found_by_it() {
    each_engine(audit(), |world| {
        action(world, "invoice.paid");
        let organization = five(world);
        let sql = "INSERT INTO audit_log_targets
                     (environment_id, organization_id, target_id, occurred_at, event_id)
                   SELECT environment_id, organization_id, 'team_x', occurred_at, id
                   FROM audit_log_events WHERE organization_id = $1";
        write(world, sql, vec![organization.as_str().into()]);
        let found = list(world, &organization, json!({ "target_id": "team_x" }));
        assert_eq!(found["data"], json!([]));
    });
}

#[test]
fn a_range_is_verified_by_itself_and_a_log_that_is_not_there_proves_nothing() {
    each_engine(audit(), |world| {
        action(world, "invoice.paid");
        let organization = five(world);
        let sql = "UPDATE audit_log_events SET content = REPLACE(content, 'user_3', 'user_x')
                   WHERE organization_id = $1 AND position = 4";
        write(world, sql, vec![organization.as_str().into()]);
        let part = |after: i64, until: i64| {
            let more = json!({ "after_position": after, "until_position": until });
            verify_with(world, &organization, more)
        };
        let before = part(0, 3);
        assert_eq!((&before["valid"], &before["events"]), (&json!(true), &json!(3)));
        assert_eq!(before["last_position"], 3);
        assert_eq!(problem(&part(3, 4)), ("event_changed", Some(4)));
        assert_eq!(problem(&part(0, 5)), ("event_changed", Some(4)));
        let input = json!({ "organization_id": "org_01JZZZZZZZZZZZZZZZZZZZZZZZ" });
        assert_eq!(world.call("audit_logs.verify", input).unwrap_err().status(), 404);
    });
}

#[test]
fn attack_events_that_change_their_places_are_found() {
    each_engine(audit(), |world| {
        action(world, "invoice.paid");
        let organization = five(world);
        let mv = |from: i64, to: i64| {
            let sql = "UPDATE audit_log_events SET position = $3
                       WHERE organization_id = $1 AND position = $2";
            write(world, sql, vec![organization.as_str().into(), from.into(), to.into()]);
        };
        mv(2, 100);
        mv(4, 2);
        mv(100, 4);
        assert_eq!(problem(&verify(world, &organization)), ("event_changed", Some(2)));
    });
}

const INSERT: &str = "INSERT INTO audit_log_events
    (id, environment_id, organization_id, content, occurred_at, action, actor_id, actor_name,
     created_at, position, hash)
    SELECT CAST($2 AS TEXT), environment_id, organization_id, content, occurred_at, action, actor_id, actor_name,
           created_at, CAST($3 AS BIGINT), hash
    FROM audit_log_events WHERE organization_id = $1 AND position = 5";

#[test]
fn attack_an_event_that_was_not_taken_is_found_wherever_it_is_put() {
    each_engine(audit(), |world| {
        action(world, "invoice.paid");
        let insert = |organization: &str, position: Option<i64>| {
            let id = format!("audit_log_event_{organization}");
            write(world, INSERT, vec![organization.into(), id.into(), position.into()]);
        };
        // At the end.
        let organization = five(world);
        insert(&organization, Some(6));
        assert_eq!(problem(&verify(world, &organization)), ("event_changed", Some(6)));
        // Instead of another.
        let organization = five(world);
        let sql = "DELETE FROM audit_log_events WHERE organization_id = $1 AND position = 3";
        write(world, sql, vec![organization.as_str().into()]);
        insert(&organization, Some(3));
        assert_eq!(problem(&verify(world, &organization)), ("event_changed", Some(3)));
        // Where the sealer would find it.
        let organization = five(world);
        insert(&organization, None);
        let found = verify(world, &organization);
        assert_eq!(problem(&found), ("event_added", None));
        assert_eq!(found["problem"]["event_id"], format!("audit_log_event_{organization}"));
        audit_logs::seal(&world.app).unwrap();
        let found = verify(world, &organization);
        assert_eq!(problem(&found), ("event_added", None), "the sealer does not vouch for it");
    });
}

/// Whoever knows how the chain is made can make it anew, and still has no key for its end.
#[test]
fn attack_a_chain_that_is_made_anew_after_a_change_is_found_at_its_end() {
    each_engine(audit(), |world| {
        action(world, "invoice.paid");
        let organization = five(world);
        rewrite_last(world, &organization);
        assert_eq!(problem(&verify(world, &organization)), ("end_forged", Some(5)));
        // Going on from it does not make it look right again, and events are still taken.
        send(world, &organization, &event("invoice.paid", 6)).unwrap();
        audit_logs::seal(&world.app).unwrap();
        assert_eq!(problem(&verify(world, &organization)), ("end_forged", Some(5)));
        let sql = "UPDATE audit_log_chains SET broken_position = NULL WHERE organization_id = $1";
        write(world, sql, vec![organization.as_str().into()]);
        assert_eq!(problem(&verify(world, &organization)).0, "end_forged");
        // And no checkpoint vouches for it.
        let input = json!({ "organization_id": organization });
        let error = world.call("audit_log_checkpoints.create", input).unwrap_err();
        assert_eq!(error.status(), 409);
    });
}

/// Changes the last event and all that can be worked out without the key.
fn rewrite_last(world: &World, organization: &str) {
    let page = list(world, organization, json!({ "limit": 100 }));
    let at =
        |n: i64| page["data"].as_array().unwrap().iter().find(|it| it["position"] == n).unwrap();
    let (last, previous) = (at(5), at(4));
    let content = json!({
        "action": "invoice.paid", "occurred_at": last["occurred_at"],
        "actor": { "id": "user_4", "type": "user", "name": "Zoë ✓" }, "targets": [],
        "context": { "location": "198.51.100.1" },
    })
    .to_string();
    let hash = digest_of(format!(
        "vestibule audit log 1\nenvironment_01\n{organization}\n5\n{}\n{}\n1768478400000\n{content}",
        previous["hash"].as_str().unwrap(),
        last["id"].as_str().unwrap()
    ));
    let sql = "UPDATE audit_log_events SET content = $2, hash = $3
               WHERE organization_id = $1 AND position = 5";
    write(world, sql, vec![organization.into(), content.into(), hash.clone().into()]);
    let sql = "UPDATE audit_log_chains SET hash = $2 WHERE organization_id = $1";
    write(world, sql, vec![organization.into(), hash.into()]);
}

/// All of an organization's rows are gone, or were put back to an earlier state: only a copy that is
/// kept elsewhere can tell.
#[test]
fn attack_a_log_that_is_cut_short_is_found_by_a_checkpoint_that_was_kept_elsewhere() {
    each_engine(audit(), |world| {
        action(world, "invoice.paid");
        let organization = five(world);
        let kept = checkpoint(world, &organization);
        let with = |token: &Value| verify_with(world, &organization, json!({ "token": token }));
        assert_eq!(
            with(&kept["token"])["checkpoints"],
            3,
            "two of its own, and the one that was kept"
        );
        for table in ["events", "chains", "checkpoints", "targets"] {
            let sql = format!("DELETE FROM audit_log_{table} WHERE organization_id = $1");
            write(world, &sql, vec![organization.as_str().into()]);
        }
        is_valid(world, &organization);
        assert_eq!(problem(&with(&kept["token"])), ("event_missing", Some(1)));
        // Another chain of the same length.
        for n in 10..15 {
            send(world, &organization, &event("invoice.paid", n)).unwrap();
        }
        audit_logs::seal(&world.app).unwrap();
        is_valid(world, &organization);
        assert_eq!(problem(&with(&kept["token"])), ("checkpoint_broken", Some(5)));
        let other = self::organization(world);
        send(world, &other, &event("invoice.paid", 1)).unwrap();
        audit_logs::seal(&world.app).unwrap();
        let others = checkpoint(world, &other);
        assert_eq!(problem(&with(&others["token"])).0, "checkpoint_forged", "it is of another log");
        let token = kept["token"].as_str().unwrap();
        let forged = json!(format!("{}x", &token[..token.len() - 1]));
        assert_eq!(problem(&with(&forged)).0, "checkpoint_forged");
    });
}

/// An old time in the database would have the janitor delete what is new, and sign that it was old.
#[test]
fn attack_an_event_that_is_made_to_look_old_is_not_deleted() {
    each_engine(audit(), |world| {
        action(world, "invoice.paid");
        let organization = five(world);
        let input = json!({ "id": organization, "retention_period_in_days": 30 });
        world.call("audit_logs_retention.set", input).unwrap();
        let sql = "UPDATE audit_log_events SET created_at = 0 WHERE organization_id = $1";
        write(world, sql, vec![organization.as_str().into()]);
        vestibule_record::forget(&world.flow()).unwrap();
        let found = verify(world, &organization);
        assert_eq!(problem(&found), ("event_changed", Some(1)));
        assert_eq!(found["deleted"], 0);
    });
}

#[test]
fn checkpoints_are_made_by_themselves_and_verify_with_the_public_key() {
    each_engine(audit(), |world| {
        action(world, "invoice.paid");
        let organization = organization(world);
        let made = || audit_logs::make_due(&world.app).unwrap();
        assert_eq!(made(), 0);
        send(world, &organization, &event("invoice.paid", 1)).unwrap();
        audit_logs::seal(&world.app).unwrap();
        assert_eq!(made(), 1);
        assert_eq!(made(), 0);
        send(world, &organization, &event("invoice.paid", 2)).unwrap();
        audit_logs::seal(&world.app).unwrap();
        assert_eq!(made(), 0, "not yet");
        world.clock.advance_seconds(10 * 60);
        assert_eq!(made(), 1);
        let input = json!({ "organization_id": organization });
        let page = world.call("audit_log_checkpoints.list", input).unwrap();
        let positions: Vec<i64> = page["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["position"].as_i64().unwrap())
            .collect();
        assert_eq!(positions, [2, 1]);
        let token = page["data"][0]["token"].as_str().unwrap();
        let told = payload(token);
        assert_eq!((&told["kind"], &told["position"]), (&json!("seal"), &json!(2)));
        assert_eq!(told["organization_id"], organization.as_str());
        let keys = world.call("audit_log_keys.get", json!({})).unwrap();
        verifies(token, &keys["keys"][0]);
        let found = verify_with(world, &organization, json!({ "after_position": 1 }));
        assert_eq!((&found["events"], &found["checkpoints"]), (&json!(1), &json!(1)));
    });
}

/// With nothing but the standards: RFC 7515 and RFC 8037.
fn verifies(token: &str, key: &Value) {
    use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
    use data_encoding::BASE64URL_NOPAD;
    let decode = |it: &str| BASE64URL_NOPAD.decode(it.as_bytes()).unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let header: Value = serde_json::from_slice(&decode(signed.split_once('.').unwrap().0)).unwrap();
    assert_eq!(header, json!({ "alg": "EdDSA", "kid": key["kid"] }));
    assert_eq!((&key["kty"], &key["crv"]), (&json!("OKP"), &json!("Ed25519")));
    let public = decode(key["x"].as_str().unwrap());
    let public = UnparsedPublicKey::new(&ED25519, public);
    public.verify(signed.as_bytes(), &decode(signature)).unwrap();
}

#[test]
fn a_file_is_held_against_its_manifest_and_the_first_event_that_differs_is_named() {
    each_engine(audit(), |world| {
        action(world, "invoice.paid");
        let organization = five(world);
        let input = json!({
            "organization_id": organization, "range_start": "2026-01-01T00:00:00.000Z",
            "range_end": "2026-01-15T12:00:00.000Z",
        });
        let id = export(world, input);
        let text = file(world, &id);
        let progress = world.call("audit_log_exports.inspect", json!({ "id": id })).unwrap();
        let token = progress["manifest"].as_str().unwrap();
        let found = verify_with(world, &organization, json!({ "token": token }));
        assert_eq!(found["valid"], true, "the chain is the one that was exported: {found}");
        let flow = world.flow();
        let manifest = audit_logs::manifest(&flow, token).unwrap().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("export.csv");
        let check = |content: &str| {
            std::fs::write(&path, content).unwrap();
            audit_logs::verify_export(&flow, &manifest, &path).unwrap()
        };
        assert_eq!(check(&text), None);
        let ids: Vec<String> = (1..=5).map(|n| id_at(world, &organization, n)).collect();
        let lines: Vec<&str> = text.split_inclusive("\r\n").collect();
        let edited = text.replace(",user_2,", ",user_x,");
        assert_eq!(check(&edited), Some(format!("The event {} was changed: actor_id.", ids[2])));
        let without = [&lines[..3], &lines[4..]].concat().concat();
        let expected = format!("The event {} is missing; {} stands in its place.", ids[2], ids[3]);
        assert_eq!(check(&without), Some(expected));
        let expected = format!("The event {}, and what comes after it, is missing.", ids[4]);
        assert_eq!(check(&lines[..5].concat()), Some(expected));
        let longer = format!("{text}{}", lines[5].replace(&ids[4], "audit_log_event_x"));
        assert!(check(&longer).unwrap().contains("audit_log_event_x was added"));
        assert!(audit_logs::manifest(&flow, &token[1..]).unwrap().is_none());
    });
}

/// Two programs on one PostgreSQL database.
pub fn two_nodes() -> [Arc<App>; 2] {
    let url = postgres_url();
    let node = || {
        App::new(Parts {
            db: Db::postgres(&url, 8, None).unwrap(),
            clock: Arc::new(SystemClock),
            chance: Chance::system(),
            sealer: Sealer::new(&[7; 32]).unwrap(),
            catalog: Catalog::new(audit().operations),
            reactions: &[],
            options: Options {
                private_targets: vestibule_kernel::net::PrivateTargets::All,
                ..Options::default()
            },
            extensions: Extensions::default(),
        })
        .unwrap()
    };
    let first = node();
    first.db().migrate(MIGRATIONS).unwrap();
    [first, node()]
}

#[test]
fn many_nodes_take_events_of_one_organization_at_once_and_each_has_one_place() {
    const TAKERS: usize = 4;
    const EACH: usize = 50;
    let nodes = two_nodes();
    let environment = environment::create(&nodes[0], "Test", None, None).unwrap().id;
    environment::create_key(&nodes[0], &environment, "test", Some(Secret::new("sk_audit")))
        .unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let call = |app: &Arc<App>, id: &str, input: Value| {
        let entry = app.catalog().get(id).unwrap();
        let request = Request { credential: Some(Secret::new("sk_audit")), ..Request::default() };
        let handle = runtime.handle().clone();
        handle.block_on(app.call(Call { entry, input, request })).unwrap().json().unwrap()
    };
    let organization = call(&nodes[0], "organizations.create", json!({ "name": "Acme" }));
    let organization = organization["id"].as_str().unwrap();
    let input = json!({ "actionName": "invoice.paid", "targets": [{ "type": "invoice" }, { "type": "team" }] });
    call(&nodes[0], "audit_log_schemas.create", input);
    std::thread::scope(|scope| {
        for taker in 0..TAKERS {
            let (node, call) = (&nodes[taker % 2], &call);
            scope.spawn(move || {
                for n in 0..EACH {
                    let event = event("invoice.paid", taker * EACH + n);
                    let input = json!({ "organization_id": organization, "event": event });
                    call(node, "audit_log_events.create", input);
                }
                // All of them tell of this one, and at about the same time.
                let event = event("invoice.paid", TAKERS * EACH);
                let input = json!({ "organization_id": organization, "event": event });
                call(node, "audit_log_events.create", input);
            });
        }
        for node in &nodes {
            scope.spawn(move || {
                for _ in 0..20 {
                    audit_logs::seal(node).unwrap();
                    audit_logs::make_due(node).unwrap();
                }
            });
        }
    });
    audit_logs::seal(&nodes[0]).unwrap();
    let found = call(&nodes[1], "audit_logs.verify", json!({ "organization_id": organization }));
    assert_eq!(found["valid"], true, "{found}");
    let taken = TAKERS * EACH + 1;
    assert_eq!((&found["events"], &found["pending"]), (&json!(taken), &json!(0)));
    let known = nodes[0].system(&environment).read(audit_logs::organizations).unwrap();
    assert_eq!(known, [OrganizationId::parse(organization).unwrap()]);
    let _: EnvironmentId = environment;
}

#[test]
fn what_is_not_sealed_yet_is_told_apart() {
    on_postgres(|world| {
        action(world, "invoice.paid");
        let organization = five(world);
        send(world, &organization, &event("invoice.paid", 7)).unwrap();
        let found = verify(world, &organization);
        assert_eq!(
            (&found["valid"], &found["events"], &found["pending"]),
            (&json!(true), &json!(5), &json!(1))
        );
        let sql = "UPDATE audit_log_events SET content = REPLACE(content, 'user_7', 'user_x')
                   WHERE organization_id = $1 AND position IS NULL";
        write(world, sql, vec![organization.as_str().into()]);
        assert_eq!(problem(&verify(world, &organization)), ("event_added", None));
    });
    on_sqlite(audit(), |world| {
        action(world, "invoice.paid");
        let organization = organization(world);
        send(world, &organization, &event("invoice.paid", 7)).unwrap();
        let found = verify(world, &organization);
        assert_eq!((&found["events"], &found["pending"]), (&json!(1), &json!(0)));
    });
}

fn on_postgres(case: impl Fn(&World)) {
    each_engine(audit(), |world| {
        if !world.app.db().one_writer() {
            case(world);
        }
    });
}
