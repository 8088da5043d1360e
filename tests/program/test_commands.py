"""The commands beside `serve`: environments, keys, copies, seeds, and the client."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from vestibule import PROGRAM, Server, claims, eventually, unique
from workos import NotFoundError

SEED = """
organizations:
  - id: org_seeded
    name: Seeded
    external_id: seeded-1
    metadata: {{ plan: gold }}
    domains: [{{ domain: "{domain}", state: verified }}]
    memberships: [{{ email: sam@seeded.test, role: editor, status: active }}]
users:
  - id: user_seeded
    email: sam@seeded.test
    password: Tangerine-Umbrella-Waltz-72
    first_name: Sam
    email_verified: true
permissions:
  - {{ slug: "posts:write", name: Write posts }}
roles:
  - {{ slug: editor, name: Editor, permissions: ["posts:write"] }}
"""


@pytest.fixture(scope="module")
def server():
    running = Server()
    yield running
    running.stop()


def command(server, *arguments, input=None, environment=None, ok=True):
    """Runs a command against the data of a server."""
    where = ["--data-dir", str(server.folder / "data")]
    if server.database:
        where += ["--database", server.database]
    return run([*arguments, *where], server.folder, input, environment, ok)


def client(server, *arguments, ok=True, input=None):
    """Runs an operation as a command against the server's address."""
    return run([*arguments, "--base-url", server.url, "--api-key", server.api_key], server.folder, input, None, ok)


def run(arguments, folder, input=None, environment=None, ok=True):
    variables = {"PATH": os.environ["PATH"], "HOME": str(folder), **(environment or {})}
    done = subprocess.run([PROGRAM, *arguments], env=variables, input=input, capture_output=True, text=True, timeout=120)
    if ok:
        assert done.returncode == 0, f"vestibule {' '.join(arguments)}\n{done.stdout}{done.stderr}"
    return done


def values(text):
    return dict(line.strip().split("=", 1) for line in text.splitlines() if line.strip().startswith("WORKOS_"))


def test_environments_do_not_see_each_other(server, workos):
    made = values(command(server, "env", "create", "Staging").stdout)
    other = server.sdk(api_key=made["WORKOS_API_KEY"], client_id=made["WORKOS_CLIENT_ID"])
    organization = workos.organizations.create_organization(name="Ours")
    with pytest.raises(NotFoundError) as hidden:
        other.organizations.get_organization(organization.id)
    assert hidden.value.message == f"Organization not found: '{organization.id}'."
    assert other.organizations.list_organizations().data == []
    assert other.user_management.create_user(email="ada@acme.test").id, "an email is unique in its environment only"
    assert "Staging" in command(server, "env", "list").stdout


def test_a_deleted_environment_is_gone_with_its_key(server):
    made = values(command(server, "env", "create", "Doomed").stdout)
    line = next(line for line in command(server, "env", "list").stdout.splitlines() if "Doomed" in line)
    assert command(server, "env", "delete", line.split()[0], ok=False, input="").returncode != 0, "it asks first"
    command(server, "env", "delete", line.split()[0], "--yes")
    refused = server.request("GET", "/organizations", key=made["WORKOS_API_KEY"])
    assert refused.status_code == 401
    assert "Doomed" not in command(server, "env", "list").stdout


def test_rotated_keys_leave_old_tokens_valid(server, workos):
    users = workos.user_management
    ada = {"email": "ada@acme.test", "password": "correct-horse-battery-staple-4100"}
    before = users.authenticate_with_password(**ada)
    old = {one["kid"] for one in jwks(server)}
    command(server, "keys", "rotate")
    new = eventually(lambda: {one["kid"] for one in jwks(server)} - old, "the new key")
    assert old <= {one["kid"] for one in jwks(server)}, "the old key stays published"
    assert new
    assert users.authenticate_with_refresh_token(refresh_token=before.refresh_token).access_token
    assert claims(before.access_token)["sub"]


def jwks(server):
    return server.request("GET", f"/sso/jwks/{server.client_id}", key=None).json()["keys"]


def test_another_api_key_works_beside_the_first(server):
    made = values(command(server, "keys", "create", "deploy").stdout)
    assert server.request("GET", "/organizations", key=made["WORKOS_API_KEY"]).status_code == 200
    assert server.request("GET", "/organizations").status_code == 200


def test_migrate_has_nothing_to_do_and_doctor_finds_the_database(server):
    assert "up to date" in command(server, "migrate").stdout
    report = command(server, "doctor", ok=False)
    assert "database" in report.stdout and "panicked" not in report.stderr


def test_a_copy_made_under_load_is_restored_elsewhere(server, workos, tmp_path):
    made = [workos.organizations.create_organization(name=unique("Copied")) for _ in range(20)]
    copy = tmp_path / "copy"
    command(server, "backup", str(copy))
    late = workos.organizations.create_organization(name="After the copy")
    fresh = Server(dev=False)
    fresh.process.send_signal(signal.SIGTERM)
    fresh.process.wait(30)
    assert command(fresh, "restore", str(copy), ok=False).returncode != 0, "data that is there is not overwritten unasked"
    command(fresh, "restore", str(copy), "--force")
    fresh.start()
    assert (fresh.api_key, fresh.client_id) == (server.api_key, server.client_id)
    for one in made:
        assert fresh.request("GET", f"/organizations/{one.id}").json()["name"] == one.name
    assert fresh.request("GET", f"/organizations/{late.id}").status_code == 404
    fresh.stop()


def write_seed(folder: Path, text: str) -> str:
    file = folder / "seed.yaml"
    file.write_text(text)
    return str(file)


def test_a_seed_is_applied_once_however_often_it_is_given(tmp_path):
    domain = f"{unique('seeded')}.example"
    server = Server("--seed", write_seed(tmp_path, SEED.format(domain=domain)), dev=False)
    organization = server.request("GET", "/organizations/org_seeded").json()
    assert (organization["external_id"], organization["metadata"]) == ("seeded-1", {"plan": "gold"})
    assert [(one["domain"], one["state"]) for one in organization["domains"]] == [(domain, "verified")]
    session = server.sdk().user_management.authenticate_with_password(email="SAM@seeded.test", password="Tangerine-Umbrella-Waltz-72")
    assert (session.user.id, session.organization_id) == ("user_seeded", "org_seeded")
    assert (claims(session.access_token)["role"], claims(session.access_token)["permissions"]) == ("editor", ["posts:write"])
    names = ("organization.created", "organization.updated", "user.created", "user.updated", "organization_membership.created",
             "organization_membership.updated", "role.created", "role.updated", "permission.created")  # fmt: skip
    before = [one["id"] for one in server.events(*names)]
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(30)
    server.start()
    mark = server.request("POST", "/organizations", {"name": "Mark"}).json()["id"]
    server.event("organization.created", lambda data: data["id"] == mark)
    assert [one["id"] for one in server.events(*names)][:-1] == before
    server.stop()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("organizations:\n  - nmae: Typo\n", "nmae"),
        ("users:\n  - email: One@a.test\n  - email: one@a.test\n", "one@a.test"),
        ("organizations:\n  - {name: A, memberships: [{email: nobody@a.test}]}\n", "nobody@a.test"),
        ("roles:\n  - {slug: r, name: R, permissions: ['no:such']}\n", "no:such"),
        ("no_such_key: []\n", "no_such_key"),
        ("organizations: [\n", "seed.yaml"),
    ],
)
def test_a_bad_seed_is_refused_whole_and_names_the_entry(tmp_path, text, named):
    file = write_seed(tmp_path, "users:\n  - email: before@a.test\n" + text if not text.startswith("users") else text)
    arguments = ["serve", "--json", "--data-dir", str(tmp_path / "data"), "--bind", "127.0.0.1:0", "--seed", file]
    refused = run(arguments, tmp_path, ok=False)
    assert refused.returncode != 0
    assert named.lower() in refused.stderr.lower(), refused.stderr
    assert "panicked" not in refused.stderr


def test_operations_run_as_commands(server):
    made = json.loads(client(server, "organizations", "create", "--name", "By command").stdout)
    assert json.loads(client(server, "organizations", "get", made["id"]).stdout)["name"] == "By command"
    updated = client(server, "organizations", "update", made["id"], "--name", "Renamed")
    assert json.loads(updated.stdout)["name"] == "Renamed"
    listed = json.loads(client(server, "organizations", "list", "--search", "Renamed").stdout)
    assert [one["id"] for one in listed["data"]] == [made["id"]]
    assert client(server, "organizations", "delete", made["id"], ok=False, input="").returncode != 0, "it asks first"
    client(server, "organizations", "delete", made["id"], "--yes")
    gone = client(server, "organizations", "get", made["id"], ok=False)
    assert gone.returncode == 1 and "not found" in gone.stderr.lower()


def test_exit_codes_tell_what_went_wrong(server):
    wrong = client(server, "organizations", "no-such-verb", ok=False)
    assert wrong.returncode == 2
    url = ["--base-url", server.url]
    no_key = run(["organizations", "list", *url], server.folder, ok=False)
    assert no_key.returncode == 4
    bad_key = run(["organizations", "list", *url, "--api-key", "sk_wrong"], server.folder, ok=False)
    assert bad_key.returncode == 4
    refused = client(server, "organizations", "create", "--name", "", ok=False)
    assert refused.returncode == 1


def test_the_document_lists_the_operations(server):
    printed = json.loads(run(["openapi"], server.folder).stdout)
    served = server.request("GET", "/openapi.json", key=None).json()
    assert printed["openapi"].startswith("3.1")
    assert printed["paths"] == served["paths"]


class Mcp:
    """A client of `vestibule mcp`, with a tool for each operation, over its standard input and output."""

    def __init__(self, server):
        arguments = [PROGRAM, "mcp", "--view", "full", "--base-url", server.url, "--api-key", server.api_key]
        environment = {"PATH": os.environ["PATH"], "HOME": str(server.folder)}
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        self.count = 0
        version = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "tests", "version": "1"}}
        self.about = self.call("initialize", version)
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def send(self, message):
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def call(self, method, parameters):
        self.count += 1
        self.send({"jsonrpc": "2.0", "id": self.count, "method": method, "params": parameters})
        while True:
            answer = json.loads(self.process.stdout.readline())
            if answer.get("id") == self.count:
                return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)


def test_operations_are_tools_over_mcp(server):
    mcp = Mcp(server)
    try:
        assert mcp.about["result"]["serverInfo"]["name"]
        tools, cursor = [], None
        while True:
            page = mcp.call("tools/list", {"cursor": cursor} if cursor else {})["result"]
            tools += page["tools"]
            cursor = page.get("nextCursor")
            if not cursor:
                break
        names = {one["name"] for one in tools}
        create = next(name for name in names if "organizations" in name and "create" in name)
        assert all(one["inputSchema"]["type"] == "object" and one["description"] for one in tools)
        made = mcp.call("tools/call", {"name": create, "arguments": {"name": "By tool"}})["result"]
        assert not made.get("isError"), made
        text = made.get("structuredContent") or json.loads(made["content"][0]["text"])
        assert text["name"] == "By tool"
        wrong = mcp.call("tools/call", {"name": create, "arguments": {}})
        assert wrong.get("error") or wrong["result"]["isError"]
    finally:
        mcp.close()


def test_a_sandbox_is_made_as_one_and_shown_as_one(server):
    made = values(command(server, "env", "create", "Suite", "--sandbox").stdout)
    line = next(line for line in command(server, "env", "list").stdout.splitlines() if "Suite" in line)
    assert line.endswith("(sandbox)")
    key = made["WORKOS_API_KEY"]
    assert server.request("POST", "/vestibule/v1/sandbox/reset", key=key, json={}).status_code == 200
    assert server.request("POST", "/vestibule/v1/sandbox/reset", json={}).status_code == 403, "the first environment is none"


def test_a_folder_with_users_is_not_served_as_a_sandbox(tmp_path):
    server = Server("--seed", write_seed(tmp_path, "users:\n  - email: real@acme.test\n"), dev=False)
    refused = command(server, "serve", "--json", "--bind", "127.0.0.1:0", "--sandbox", ok=False)
    assert refused.returncode == 1 and "has users and is no sandbox" in refused.stderr, refused.stderr
    assert server.request("GET", "/user_management/users").json()["data"][0]["email"] == "real@acme.test"
    server.stop()
