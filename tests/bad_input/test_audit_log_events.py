"""Events of audit logs that cannot be taken as they come: each is refused by the contract, or taken whole."""

import json

import pytest
from checks import assert_refused

ORGANIZATION = "org_demo_acme"
ACTION = "bad.input"


@pytest.fixture(scope="module")
def audited(server):
    schema = {"targets": [{"type": "thing"}], "metadata": {"type": "object", "properties": {"reason": {"type": "string"}}}}
    assert server.request("POST", f"/audit_logs/actions/{ACTION}/schemas", schema).status_code == 201
    return server


def event(**changes):
    fields = {
        "action": ACTION,
        "occurred_at": "2026-01-15T11:00:00.000Z",
        "actor": {"id": "someone", "type": "user"},
        "targets": [{"id": "1", "type": "thing"}],
        "context": {"location": "192.0.2.1"},
    }
    return {**fields, **changes}


def send(server, told, **headers):
    return server.request("POST", "/audit_logs/events", {"organization_id": ORGANIZATION, "event": told}, headers=headers)


def taken(server):
    page = server.request("GET", f"/vestibule/v1/audit_logs/events?organization_id={ORGANIZATION}&limit=100")
    return [json.dumps(one, sort_keys=True) for one in page.json()["data"]]


def test_what_has_not_the_form_of_an_event_is_refused_and_nothing_is_taken(audited):
    before = taken(audited)
    texts = [1, True, None, [], {}]
    refused = [
        *({name: value} for name in ("action", "occurred_at") for value in texts),
        *({name: value} for name in ("actor", "context") for value in [1, "x", [], {}, None]),
        *({"targets": value} for value in [1, "x", {}, None, [1], [{}], [{"id": "1"}], [None]]),
        *({"metadata": value} for value in [1, "x", [], None, {"a": None}, {"a": []}, {"a": {"b": 1}}, {"ä": 1}, {"a b": 1}]),
        {"metadata": {"a": "x" * 501}},
        {"metadata": {"a" * 41: 1}},
        {"metadata": {f"k{number}": 1 for number in range(51)}},
        {"targets": [{"id": "1", "type": "thing"}] * 101},
        {"actor": {"id": "x" * 1001, "type": "user"}},
        *({"version": value} for value in ["1", 1.5, None]),
        *({"occurred_at": value} for value in ["", "now", "2026-01-15", "2026-13-01T00:00:00Z", "2026-01-15T11:00:00", "1768478400000"]),
    ]
    for change in refused:
        body = assert_refused(send(audited, event(**change)), 422)
        assert body["message"] == "Validation failed.", change
        assert all("code" in one for one in body["errors"]), body
    for change in [{"action": "no.such"}, {"version": 2}, {"version": -1}, {"targets": [{"id": "1", "type": "x"}]}, {"metadata": {"reason": 1}}]:
        body = assert_refused(send(audited, event(**change)), 400)
        assert body["code"] == "invalid_audit_log_event", body
        assert all(one["instancePath"].startswith("/") for one in body["errors"]), body
    assert taken(audited) == before


def test_five_megabytes_of_metadata_are_refused_before_they_are_read(audited):
    before = taken(audited)
    huge = {"metadata": {f"k{number}": "x" * 100_000 for number in range(50)}}
    body = assert_refused(send(audited, event(**huge)), 413)
    assert body["code"] == "request_too_large"
    assert taken(audited) == before


def test_any_time_is_taken_as_it_is(audited):
    for time in ["0000-01-01T00:00:00.000Z", "1582-10-10T00:00:00.000Z", "2016-12-31T23:59:60Z", "9999-12-30T00:00:00.000Z"]:
        assert send(audited, event(occurred_at=time)).json() == {"success": True}, time
    beyond = send(audited, event(occurred_at="-010000-01-01T00:00:00Z"))
    assert_refused(beyond, 422)


def test_texts_of_every_kind_come_back_unchanged(audited):
    texts = ["", " ", "=1+1", "'; DROP TABLE audit_log_events; --", "a\nb\r\nc", "\u202e", "🦊" * 250, "\\", '"', "%_", "<script>"]
    for number, text in enumerate(texts):
        told = event(actor={"id": f"texts-{number}", "type": "user", "name": text}, metadata={"reason": text})
        assert send(audited, told).status_code == 200, text
        found = audited.request("GET", f"/vestibule/v1/audit_logs/events?organization_id={ORGANIZATION}&actor_id=texts-{number}")
        [got] = found.json()["data"]
        assert (got["actor"]["name"], got["metadata"]) == (text, {"reason": text})


def test_another_event_under_a_used_key_is_not_lost(audited):
    before = len(taken(audited))
    for told in [event(actor={"id": "a", "type": "user"}), event(actor={"id": "b", "type": "user"})] * 2:
        assert send(audited, told, **{"idempotency-key": "used"}).json() == {"success": True}
    assert len(taken(audited)) == before + 2


def test_a_schema_that_is_none_is_refused(audited):
    path = "/audit_logs/actions/bad.schema/schemas"
    for schema in [
        {}, {"targets": []}, {"targets": [{}]}, {"targets": "x"}, {"targets": [{"type": 1}]},
        {"targets": [{"type": "a", "metadata": "x"}]}, {"targets": [{"type": "a", "metadata": {"type": "nothing"}}]},
        {"targets": [{"type": "a"}], "actor": {}}, {"targets": [{"type": "a"}], "metadata": {"$ref": "#"}},
        {"targets": [{"type": "a"}], "metadata": {"description": "x" * 70_000}},
    ]:  # fmt: skip
        assert_refused(audited.request("POST", path, schema), 422)
    assert audited.request("GET", path).status_code == 404


def test_lists_and_exports_of_nonsense_are_refused(audited):
    query = f"/vestibule/v1/audit_logs/events?organization_id={ORGANIZATION}"
    for more in ["&limit=0", "&limit=101", "&limit=x", "&range_start=x", "&text=", "&order=x", "&before=a&after=b"]:
        assert_refused(audited.request("GET", query + more))
    assert_refused(audited.request("GET", "/vestibule/v1/audit_logs/events"), 422)
    good = {"organization_id": ORGANIZATION, "range_start": "2026-01-15T00:00:00Z", "range_end": "2026-01-16T00:00:00Z"}
    for change in [{"range_start": 1}, {"range_end": None}, {"actions": "x"}, {"targets": [1]}, {"organization_id": "org_none"}, {"range_end": good["range_start"]}]:
        assert_refused(audited.request("POST", "/audit_logs/exports", {**good, **change}))
