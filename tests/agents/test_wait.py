"""`--wait`: a command whose work goes on after its answer comes back when that has ended, with what came of it."""

import json
from datetime import datetime, timedelta, timezone

import httpx2
import pytest
from other_server import OtherServer
from surfaces import Catalogue, command, on_terminal
from vault import IN_A_FILE
from vestibule import unique

DONE, REFUSED, WRONG = 0, 1, 2
GOES_ON = {"audit_log_exports.create", "webhook_replays.create"}


def at(hours):
    return (datetime.now(timezone.utc) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture()
def export(server):
    """The line of an export."""
    organization = server.request("POST", "/organizations", {"name": unique("Exported")}).json()["id"]
    schema = {"targets": [{"type": "team"}]}
    assert server.request("POST", "/audit_logs/actions/wait.tried/schemas", schema).status_code == 201
    event = {"action": "wait.tried", "occurred_at": at(-1), "actor": {"id": "u_1", "type": "user"},
             "targets": [{"id": "t_1", "type": "team"}], "context": {"location": "192.0.2.1"}}  # fmt: skip
    made = server.request("POST", "/audit_logs/events", {"organization_id": organization, "event": event})
    assert made.status_code == 200, made.text
    return ("audit-log-exports", "create", "--organization-id", organization, "--range-start", at(-2), "--range-end", at(1))


def test_an_export_is_there_when_the_command_comes_back(server, export):
    done = command(server, *export, "--wait")
    assert done.returncode == DONE and done.stderr == "", done.stderr
    made = json.loads(done.stdout)
    assert made["state"] == "ready"
    file = httpx2.get(made["url"], timeout=30)
    assert file.status_code == 200 and "wait.tried" in file.text
    assert json.loads(command(server, *export).stdout)["state"] == "pending", "without --wait nobody waits"


def test_a_person_sees_that_it_goes_on(server, export):
    code, shown = on_terminal(server, *export, "--wait", TERM="xterm")
    assert code == DONE and "audit_log_exports.create goes on" in shown and "ready" in shown, shown


def test_a_replay_has_ended_when_the_command_comes_back(server):
    endpoint = server.request("POST", "/webhook_endpoints", {"endpoint_url": "https://hooks.example.com", "events": ["user.created"]}).json()
    done = command(server, "webhook-replays", "create", "--webhook-endpoint-id", endpoint["id"], "--range-start", at(-1), "--wait")
    assert done.returncode == DONE, done.stderr
    assert json.loads(done.stdout)["state"] == "completed"
    assert server.request("DELETE", f"/webhook_endpoints/{endpoint['id']}").status_code == 204


def test_only_what_goes_on_can_be_waited_for(server):
    for operation in Catalogue(server).operations:
        if operation.endswith(".create"):
            shown = command(server, *operation.split("."), "--help").stdout
            assert ("--wait" in shown) == (operation in GOES_ON), operation
    done = command(server, "audit-log-exports", "create", "--wait", "--dry-run")
    assert done.returncode == WRONG, done.stderr


BEGUN = {"object": "audit_log_export", "id": "audit_log_export_1", "state": "pending", "url": None}


def waited(tmp_path, *answers):
    """What the command comes to at a server that gives these answers in turn, and what was asked of it."""
    turns = iter([(201, BEGUN), *answers])
    other = OtherServer(lambda *_: next(turns))

    class Here:
        url, api_key, folder = other.url, "sk_x", tmp_path

    line = ("audit-log-exports", "create", "--organization-id", "org_1", "--range-start", at(-2), "--range-end", at(1), "--wait")
    try:
        return command(Here, *line, **IN_A_FILE), [f"{one['method']} {one['path']}" for one in other.asked]
    finally:
        other.stop()


def test_it_is_begun_once_and_asked_after_until_it_ends(tmp_path):
    ready = {**BEGUN, "state": "ready", "url": "https://files.example.com/1"}
    done, asked = waited(tmp_path, (200, BEGUN), (503, {"message": "Down."}), (200, BEGUN), (200, ready))
    assert done.returncode == DONE and json.loads(done.stdout) == ready, done.stderr
    assert asked == ["POST /audit_logs/exports"] + 4 * ["GET /audit_logs/exports/audit_log_export_1"]


def test_what_ends_badly_is_a_failure(tmp_path):
    failed = {**BEGUN, "state": "error"}
    done, _ = waited(tmp_path, (200, BEGUN), (200, failed))
    told = json.loads(done.stderr)["error"]
    assert done.returncode == REFUSED and done.stdout == "", done.stdout
    assert told["details"] == failed and '"error"' in told["message"]


def test_what_is_not_told_of_any_longer_is_a_refusal(tmp_path):
    done, asked = waited(tmp_path, (404, {"message": "Audit Log Export not found."}))
    assert done.returncode == REFUSED and len(asked) == 2
    assert json.loads(done.stderr)["error"]["details"] == {"message": "Audit Log Export not found."}
