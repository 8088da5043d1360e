"""Connections, the request proxy, and actions under every name that users of other products type."""

import json
import stat
import subprocess

import pytest
from vault import settings
from vestibule import PROGRAM, unique

DONE, REFUSED, WRONG, NO_KEY = 0, 1, 2, 4
CANARY = "sk_canary_do_not_show"


class Desk:
    """One user's terminal, whose settings are in a folder of its own; nothing of the environment names a server."""

    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        self.environment = settings(folder)

    def run(self, *args, stdin=""):
        line = [PROGRAM, *args]
        return subprocess.run(line, input=stdin, env=self.environment, capture_output=True, text=True, timeout=60)

    def ok(self, *args, stdin=""):
        done = self.run(*args, stdin=stdin)
        assert done.returncode == DONE, f"{args}: {done.returncode} {done.stdout}{done.stderr}"
        return json.loads(done.stdout) if done.stdout else None

    def fails(self, *args, code, stdin=""):
        done = self.run(*args, stdin=stdin)
        assert done.returncode == code, f"{args}: {done.returncode} {done.stdout}{done.stderr}"
        assert "panicked" not in done.stderr
        return json.loads(done.stderr)["error"] if done.stderr else json.loads(done.stdout)

    def connect(self, name="default", key=None, url=None):
        args = ["connection", "create", name, "--base-url", url or self.server.url, "--api-key-stdin"]
        return self.ok(*args, stdin=key or self.server.api_key)


@pytest.fixture()
def desk(server, tmp_path):
    return Desk(server, tmp_path)


@pytest.fixture()
def connected(desk):
    desk.connect()
    return desk


def test_a_connection_is_made_used_and_forgotten(desk, server):
    assert desk.connect()["state"] == "READY"
    assert desk.connect("work")["state"] == "READY"
    listed = desk.ok("connection", "list", "--json")["data"]
    assert [(one["name"], one["current"]) for one in listed] == [("default", True), ("work", False)]
    assert desk.ok("connection", "use", "work")["current"] is True
    assert desk.ok("organizations", "list", "--limit", "1")["object"] == "list"
    assert desk.ok("connection", "ensure", server.url)["name"] == "default", "there is one with this server"
    assert desk.fails("connection", "delete", "work", code=WRONG)["code"] == "confirmation_required"
    desk.ok("connection", "delete", "work", "--yes")
    assert [one["name"] for one in desk.ok("connection", "list", "--offline")["data"]] == ["default"]


def test_what_is_missing_is_said_as_an_action_of_the_client(desk):
    broken = desk.connect("broken", key="sk_wrong")
    assert broken["state"] == "CLIENT_ACTION_REQUIRED" and broken["clientAction"]["type"] == "provide-input"
    assert "connection create broken" in broken["clientAction"]["description"]
    nowhere = desk.connect("nowhere", url="http://127.0.0.1:1")
    assert nowhere["state"] == "DISCONNECTED" and "127.0.0.1:1" in nowhere["error"]
    gone = desk.ok("connection", "get", "nowhere", "--wait", "--timeout", "1")
    assert gone["state"] == "DISCONNECTED"


def test_the_key_is_in_no_file_and_in_no_output(desk):
    desk.connect("canary", key=CANARY)
    folder = desk.folder / ".config" / "vestibule"
    for file in folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert CANARY not in file.read_text()
    commands = [
        ("connection", "list"), ("connection", "get", "canary"), ("request", "canary", "/organizations", "--json"),
        ("call", "list_organizations", "--account", "canary"), ("action", "run", "organizations.list", "--connectionId", "canary"),
        ("call", "list_organizations", "--account", "canary", "--dry-run"), ("integrations:status",), ("connection", "--help"),
    ]
    for command in commands:
        done = desk.run(*command)
        assert CANARY not in done.stdout + done.stderr, command


def test_a_key_of_a_connection_goes_to_no_other_server(connected):
    """A base URL that is given beside a connection's name does not receive the connection's key."""
    done = connected.run("organizations", "list", "--base-url", "http://127.0.0.1:1")
    assert done.returncode == REFUSED and "127.0.0.1:1" in done.stderr
    for path in ("https://127.0.0.1:1/x", "//127.0.0.1:1/x", "/\\127.0.0.1:1/x", "@127.0.0.1:1/x"):
        assert connected.fails("request", "default", path, code=WRONG)["code"] == "invalid_usage"
    for header in ("Authorization: Bearer x", "Host: evil.example", "Cookie: a=b"):
        connected.fails("request", "default", "/organizations", "-H", header, code=WRONG)


def test_the_request_proxy_has_every_flag(connected):
    name = unique("Proxy")
    made = connected.ok("request", "default", "/organizations", "-d", json.dumps({"name": name}))
    shown = connected.ok("request", "default", "/organizations/{id}", "--pathParam", f"id={made['id']}", "--json")
    assert (shown["status"], shown["body"]["name"]) == (200, name)
    assert shown["headers"]["content-type"] == "application/json"
    listed = connected.ok("request", "default", "/organizations", "--query", "limit=1", "--query", f"search={name}")
    assert [one["id"] for one in listed["data"]] == [made["id"]]
    body = json.dumps({"name": name + " 2"})
    again = connected.ok("request", "default", f"/organizations/{made['id']}", "-X", "PUT", "--json", body)
    assert again["body"]["name"] == name + " 2"
    raw = connected.run("request", "default", "/organizations", "-X", "POST", "--rawData", "{", "-H", "Content-Type: application/json")
    assert raw.returncode == REFUSED and "message" in json.loads(raw.stdout)
    gone = connected.run("request", "default", f"/organizations/{made['id']}", "-X", "DELETE", "--json")
    assert gone.returncode == DONE and json.loads(gone.stdout)["status"] in (200, 202, 204)


def test_an_action_is_found_by_what_it_does_and_run(connected):
    found = connected.ok("action", "list", "--intent", "who has been invited", "--connectionId", "default", "--limit", "3")
    first = found["items"][0]
    assert first["id"] == "invitations.list" and first["connectionId"] == "default"
    assert first["inputSchema"]["type"] == "object" and first["outputSchema"] and first["effect"] == "read"
    assert connected.ok("actions", "search", "who has been invited")["items"][0]["id"] == "invitations.list"
    shown = connected.ok("action", "run", "--connectionId", "default", "organizations.list", "--json", "--input", '{"limit": 1}')
    assert shown["output"]["object"] == "list"


NAMES = [
    ("workos_organizations_list", []),
    ("list_organizations", []),
    ("organizations.list", []),
    ("organizations_list", []),
    ("workos.list_organizations", []),
    ("integration__workos__list_organizations", []),
    ("app.integrations.workos.workos_organizations_list", ["--limit=1"]),
    ("app.integrations.workos.default.list_organizations", []),
    ("GET /organizations", []),
    ("workos_users_list", []),
    ("GET /users", []),
    ("workos_userland_users_list_0", []),
    ("api_keys.validations.create", ["--arg", "value=012345"]),
    ("workos_api_keys_validate_api_key", ["{\"value\": \"012345\"}"]),
    ("validate_api_key", ["{\"body\": {\"value\": \"012345\"}}"]),
    ("workos_events_list", ["--events=organization.created"]),
]


@pytest.mark.parametrize(("name", "arguments"), NAMES)
def test_names_of_every_family_run(connected, name, arguments):
    result = connected.ok("call", name, *arguments)
    assert result["success"] is True and result["meta"]["account"] == "default", result


def test_arguments_are_known_by_the_names_of_other_products(connected, server):
    user = server.request("POST", "/user_management/users", {"email": f"{unique('ada').lower()}@example.com"}).json()
    for arguments in (["--user_id", user["id"]], ["--id", user["id"]], [json.dumps({"userId": user["id"]})]):
        assert connected.ok("call", "workos_user_management_users_get", *arguments)["data"]["id"] == user["id"]
    organization = server.request("POST", "/organizations", {"name": unique("Audited")}).json()
    listed = connected.ok("call", "workos_audit_logs_list", "--organizationId", organization["id"])["data"]
    assert listed["data"] == []
    event = connected.ok("call", "workos_events_list", "--events=user.created", "--order=desc", "--limit=1")["data"]["data"][0]
    assert connected.ok("call", "workos_event_get", "--id", event["id"])["data"] == event
    assert connected.ok("call", "workos_mfa_enrollments_list", "--id", user["id"])["data"]["object"] == "list"


def test_names_that_two_share_are_told_apart_by_what_they_are_given(connected, server):
    organization = server.request("POST", "/organizations", {"name": unique("Shared")}).json()
    assert connected.ok("call", "list_groups", "--organization_id", organization["id"])["function"] == "workos.groups.list"
    told = connected.fails("call", "list_groups", code=WRONG)
    assert set(told["details"]["suggestions"]) == {"groups.list", "organization_memberships.list_groups"}


def test_a_call_that_cannot_be_made_says_that_none_was_made(connected):
    told = connected.fails("call", "organisations_list", code=WRONG)
    assert told["code"] == "unknown_function" and "organizations.list" in told["details"]["suggestions"]
    result = connected.fails("call", "organizations.get", code=WRONG)
    assert result["error"]["code"] == "invalid_arguments" and "No call was made" in result["error"]["message"]
    result = connected.fails("call", "organizations.list", "--nme=x", code=WRONG)
    assert "has no field nme" in result["error"]["message"]
    result = connected.fails("call", "list_directories", code=REFUSED)
    assert result["error"]["code"] == "not_available_on_this_server"


def test_the_connections_that_another_product_names_are_made_switched_and_deleted(connected, server):
    organization = server.request("POST", "/organizations", {"name": unique("Connected")}).json()
    made = connected.ok("call", "workos_connection_create", "--organization_id", organization["id"], "--name", "Okta")
    assert made["data"]["state"] == "requires_type"
    named = ("--id", made["data"]["id"])
    assert connected.ok("call", "workos_connection_update", *named, "--name", "Entra")["data"]["name"] == "Entra"
    told = connected.fails("call", "workos_connection_activate", *named, code=REFUSED)
    assert "has no identity provider yet" in told["error"]["message"]
    assert [one["id"] for one in connected.ok("call", "workos_connections_list", "--organization_id", organization["id"])["data"]["data"]] == [made["data"]["id"]]
    connected.ok("call", "workos_connection_delete", *named, "--force")
    connected.fails("call", "workos_connection_get", *named, code=REFUSED)


def test_the_portal_links_that_another_product_names_are_made_listed_and_read(connected, server):
    organization = server.request("POST", "/organizations", {"name": unique("Portal")}).json()
    made = connected.ok("call", "workos_portal_link_create", "--organization", organization["id"], "--intent", "sso")
    assert "/portal/open/" in made["data"]["link"]
    listed = connected.ok("call", "workos_portal_links_list", "--organization_id", organization["id"])["data"]["data"]
    assert [(one["intent"], one["state"]) for one in listed] == [("sso", "issued")]
    assert connected.ok("call", "workos_portal_link_get", "--id", listed[0]["id"])["data"] == listed[0]


def test_what_cannot_be_undone_is_not_done_unasked(connected, server):
    organization = server.request("POST", "/organizations", {"name": unique("Doomed")}).json()
    told = connected.fails("call", "workos_organization_delete", "--id", organization["id"], code=WRONG)
    assert told["code"] == "confirmation_required"
    preview = connected.ok("call", "workos_organization_delete", "--id", organization["id"], "--dry-run")
    assert preview["meta"]["dry_run"] and preview["data"]["method"] == "DELETE"
    assert server.request("GET", f"/organizations/{organization['id']}").status_code == 200
    connected.ok("call", "workos_organization_delete", "--id", organization["id"], "--force")
    assert server.request("GET", f"/organizations/{organization['id']}").status_code == 404


def test_tools_are_listed_shown_and_called(connected):
    groups = connected.ok("tool", "list", "workos")
    assert {"prefix": "users", "tools": 8} in groups["data"] or any(one["prefix"] == "users" for one in groups["data"])
    flat = connected.ok("tool", "list", "workos", "api_keys", "--flat")
    assert {one["id"] for one in flat["tools"]} >= {"api_keys.validate"}
    shown = connected.ok("tool", "get", "workos", "api_keys.validations.create")
    assert shown["inputSchema"]["required"] == ["value"] and "tool call workos" in shown["hint"]
    result = connected.ok("tool", "call", "workos", "api_keys.validations.create", '{"value": "x"}')
    assert result["structuredContent"] == {"api_key": None} and result["isError"] is False
    refused = connected.fails("tool", "call", "workos", "api_keys.validations.create", "{}", code=WRONG)
    assert refused["isError"] is True and refused["result"] is None


def test_the_integrations_commands_answer_as_documented(connected):
    assert connected.ok("integrations:status", "--json")["providers"]["workos"]["accounts"] == ["default"]
    doctor = connected.ok("integrations:doctor", "--json")
    assert doctor["missing_credentials"] == [] and doctor["function_count"] > 212
    fields = connected.ok("integrations:fields", "workos", "--account", "default", "--json")["fields"]
    assert [(one["key"], one["configured"]) for one in fields] == [("api_key", True), ("url", True)]
    assert connected.ok("integrations:search", "api key still good", "--json")["functions"][0]["function"] == "api_keys.validate"
    assert connected.ok("integrations:schema", "workos.validate_api_key")["required"] == ["value"]
    assert "app.integrations.workos" in connected.ok("integrations:examples", "workos.validate_api_key")["lua"]
    assert connected.ok("integrations:workos", "validate_api_key", "--value=1", "--json")["success"] is True
    assert connected.ok("integrations:call", "workos.validate_api_key", '{"value": "1"}', "--json")["success"] is True
