"""An event that no test has seen is found, and so is a stale reason."""

import json

import event_visits


def test_each_name_is_seen_or_excused_and_not_both():
    official, excused = ["a.created", "b.created", "c.created"], {"b.created": "why"}
    assert event_visits.faults(official, excused, ["a.created", "c.created", "vestibule.ours"]) == []
    assert [it.split(":")[0] for it in event_visits.faults(official, excused, ["a.created"])] == ["c.created"]
    assert [it.split(":")[0] for it in event_visits.faults(official, excused, official)] == ["b.created"]
    assert [it.split(":")[0] for it in event_visits.faults(["a.created"], excused, ["a.created"])] == ["b.created"]


def test_an_unseen_event_fails_the_check(tmp_path, capsys):
    official = json.loads((event_visits.HERE / "events.json").read_text())
    for name in set(official) - set(event_visits.not_emitted()):
        (tmp_path / name).touch()
    assert event_visits.main([str(tmp_path)]) == 0
    (tmp_path / "user.created").unlink()
    assert event_visits.main([str(tmp_path)]) == 1
    assert "user.created" in capsys.readouterr().out


def test_each_reason_is_one():
    assert all(reason.strip() for reason in event_visits.not_emitted().values())
