//! What holds for a dry run: it tells what a write would do, and leaves nothing.
use serde_json::json;
use vestibule_kernel::testing::each_engine;

use crate::notes::{DOMAINS, install};

#[test]
fn a_dry_run_tells_the_reply_the_events_and_the_rows_and_leaves_nothing() {
    each_engine(DOMAINS, |world| {
        install(&world.flow());
        let before = world.everything();
        let told = world.rehearse("notes.create", json!({ "title": "one", "job": "a" })).unwrap();
        assert_eq!((&told["object"], &told["status"]), (&json!("dry_run"), &json!(201)));
        assert_eq!(told["body"]["title"], "one");
        assert_eq!(told["events"][0]["event"], "note.created");
        assert_eq!(told["events"][0]["data"]["title"], "one");
        let rows = json!([{ "table": "notes", "inserted": 1, "updated": 0, "deleted": 0 }]);
        assert_eq!(told["rows"], rows);
        assert_eq!(world.everything(), before);
    });
}

#[test]
fn a_dry_run_of_a_change_tells_what_was_there_and_what_would_be() {
    each_engine(DOMAINS, |world| {
        install(&world.flow());
        let made = world.call("notes.create", json!({ "title": "one" })).unwrap();
        let before = world.everything();
        let input = json!({ "id": made["id"], "title": "two" });
        let told = world.rehearse("notes.update", input).unwrap();
        assert_eq!(
            (&told["before"]["title"], &told["after"]["title"]),
            (&json!("one"), &json!("two"))
        );
        assert_eq!(world.everything(), before);
        assert_eq!(world.call("notes.get", json!({ "id": made["id"] })).unwrap(), made);
    });
}

#[test]
fn a_dry_run_is_refused_as_the_call_would_be() {
    each_engine(DOMAINS, |world| {
        install(&world.flow());
        world.call("notes.create", json!({ "title": "one" })).unwrap();
        let before = world.everything();
        let taken = world.rehearse("notes.create", json!({ "title": "one" })).unwrap_err();
        assert_eq!(taken.code(), "title_taken");
        let wrong = world.rehearse("notes.create", json!({ "title": 1 })).unwrap_err();
        assert_eq!(wrong.status(), 422);
        assert_eq!(world.everything(), before);
    });
}

#[test]
fn what_cannot_be_undone_is_not_tried() {
    each_engine(DOMAINS, |world| {
        install(&world.flow());
        let before = world.everything();
        let refused = world.rehearse("notes.slow", json!({ "title": "one" })).unwrap_err();
        assert_eq!((refused.status(), refused.code()), (400, "not_dry_runnable"));
        assert_eq!(world.everything(), before);
    });
}
