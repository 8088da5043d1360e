"""`--dry-run`: the server does what a call asks for, undoes it, and tells what it would have been."""

import pytest
from other_server import OtherServer
from test_actions import NO_KEY, REFUSED, Desk
from vault import settings
from vestibule import unique

PREFIX = "/vestibule/v1/dry_run"


@pytest.fixture()
def desk(server, tmp_path):
    desk = Desk(server, tmp_path)
    desk.environment = settings(tmp_path)
    desk.connect()
    return desk


@pytest.fixture()
def organization(server):
    return server.request("POST", "/organizations", {"name": unique("Tried")}).json()


def last_event(server):
    return server.request("GET", "/events?order=desc&limit=1&events=organization.created,organization.updated,organization.deleted").json()["data"]


def test_a_change_is_told_with_what_was_before_and_what_would_be_after(desk, server, organization):
    before = last_event(server)
    line = ("organizations", "update", organization["id"], "--name", "Other", "--dry-run")
    told = desk.ok(*line)
    assert told["dryRun"] is True and told["would"]["method"] == "PUT"
    outcome = told["would"]["outcome"]
    assert (outcome["status"], outcome["before"]["name"], outcome["after"]["name"]) == (200, organization["name"], "Other")
    assert outcome["body"]["name"] == "Other"
    assert [one["event"] for one in outcome["events"]] == ["organization.updated"]
    assert {"table": "organizations", "inserted": 0, "updated": 1, "deleted": 0} in outcome["rows"]
    assert server.request("GET", f"/organizations/{organization['id']}").json() == organization
    assert last_event(server) == before


@pytest.mark.parametrize("line", [("call", "workos_organization_delete"), ("action", "run", "organizations.delete")])
def test_what_cannot_be_undone_is_tried_unasked(desk, server, organization, line):
    told = desk.ok(*line, "--id", organization["id"], "--dry-run")
    outcome = (told.get("data") or told["would"])["outcome"]
    assert outcome["before"]["id"] == organization["id"] and outcome["after"] is None
    assert "organization.deleted" in [one["event"] for one in outcome["events"]]
    assert server.request("GET", f"/organizations/{organization['id']}").status_code == 200


def test_a_call_that_would_be_refused_is_refused(desk, organization):
    result = desk.fails("call", "organizations.update", "--id=org_nobody", "--name=x", "--dry-run", code=REFUSED)
    assert result["error"]["code"] == "entity_not_found"
    desk.connect("wrong", key="sk_wrong")
    refused = desk.run("organizations", "create", "--name", "x", "--dry-run", "--account", "wrong")
    assert refused.returncode == NO_KEY


def test_an_agents_token_tries_what_it_may_call_and_needs_no_approval_for_it(desk, server, organization):
    policy = {"name": "Helper", "effects": ["read", "destructive"]}
    token = server.request("POST", "/vestibule/v1/agent_tokens", policy).json()
    desk.connect("helper", key=token["value"])
    told = desk.ok("call", "organizations.delete", "--id", organization["id"], "--dry-run", "--account", "helper")
    outcome = told["data"]["outcome"]
    assert outcome["needs_approval"] is True and outcome["before"]["id"] == organization["id"]
    assert {"event": "organization.deleted"} in outcome["events"], "their names alone"
    assert server.request("GET", "/vestibule/v1/approvals").json()["data"] == []
    line = ("call", "organizations.update", f"--id={organization['id']}", "--name=x", "--dry-run", "--account", "helper")
    assert desk.fails(*line, code=REFUSED)["error"]["code"] == "agent_effect_not_allowed"
    calls = server.request("GET", f"/vestibule/v1/agent_calls?dry_run=true&agent_token_id={token['id']}").json()["data"]
    assert [(one["operation"], one["outcome"]) for one in calls] == [("organizations.update", "refused"), ("organizations.delete", "done")]


def test_a_secret_that_was_not_made_is_not_shown(desk, organization):
    told = desk.ok("call", "create_api_key_organization", f"--organization_id={organization['id']}", "--name=x", "--dry-run")
    assert told["data"]["outcome"]["body"]["value"] == "[redacted]"


def test_what_asks_others_is_shown_and_not_tried(desk, server):
    told = desk.ok("call", "workos_user_create", f"--email={unique('x')}@example.com", "--password=Tangerine-Umbrella-72", "--dry-run")
    data = told["data"]
    assert data["method"] == "POST" and (data["outcome"] is None) == ("not_tried" in data)


def test_over_http_it_is_a_path_that_only_writes_have(server, organization):
    answer = server.request("POST", f"{PREFIX}/organizations", {"name": "Tried"}, headers={"idempotency-key": "tried-1"})
    assert answer.status_code == 200 and answer.headers["vestibule-dry-run"] == "true"
    assert answer.json()["body"]["name"] == "Tried" and answer.json()["status"] == 201
    # Nothing was kept under the key: the request itself is not answered as the trial was.
    made = server.request("POST", "/organizations", {"name": "Made"}, headers={"idempotency-key": "tried-1"})
    assert made.status_code == 201 and made.json()["name"] == "Made"
    assert server.request("GET", f"{PREFIX}/organizations").status_code in (404, 405)
    assert server.request("POST", f"{PREFIX}/mcp", {}).status_code == 404
    assert server.request("POST", f"{PREFIX}/organizations", {"name": "x"}, key=None).status_code == 401
    flow = server.request("POST", f"{PREFIX}/user_management/authenticate", {"grant_type": "refresh_token"})
    assert flow.status_code in (400, 422) and flow.headers["vestibule-dry-run"] == "true"


def test_a_server_that_does_not_know_how_does_nothing(desk):
    other = OtherServer(lambda method, path, *_: (404, {"message": "no such path"}) if path.startswith(PREFIX) else (200, {}))
    desk.connect("other", url=other.url)
    del other.asked[:]
    told = desk.ok("call", "create_organization", "--name=x", "--dry-run", "--account", "other")
    assert told["data"]["outcome"] is None and "cannot try" in told["data"]["not_tried"]
    assert told["data"]["body"] == {"name": "x"} and told["data"]["url"] == f"{other.url}/organizations"
    assert all(one["path"].startswith(PREFIX) for one in other.asked), "nothing else was asked"
    other.stop()
    gone = desk.ok("call", "create_organization", "--name=x", "--dry-run", "--account", "other")
    assert gone["data"]["not_tried"], "and one that is away can still be shown what would be sent"
