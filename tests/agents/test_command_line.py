"""`vestibule DOMAIN VERB`: every operation as a command, as scripts and as people at a terminal use it."""

import json
import subprocess

import pytest
from surfaces import Catalogue, command, environment, on_terminal
from vestibule import DEMO_PASSWORD, PROGRAM, unique, unique_email

DONE, REFUSED, WRONG, NO_KEY = 0, 1, 2, 4
UNICODE = "Zażółć · 組織 · 🏛️ · \u2028 · \"quoted\" \\ 'single'"


def ok(server, *args, **options):
    """Runs a command that must succeed and answers the JSON that it prints."""
    done = command(server, *args, **options)
    assert done.returncode == DONE, f"{args}: {done.returncode}\n{done.stdout}{done.stderr}"
    assert done.stderr == "", done.stderr
    return json.loads(done.stdout) if done.stdout else None


def failing(server, *args, code, **options):
    """Runs a command that must end with this code, and answers what it says on the standard error."""
    done = command(server, *args, **options)
    assert done.returncode == code, f"{args}: {done.returncode}\n{done.stdout}{done.stderr}"
    assert done.stdout == "", "the standard output is for answers alone"
    assert done.stderr and "panicked" not in done.stderr
    return done.stderr


def error(told):
    """What the envelope on the standard error says."""
    return json.loads(told)["error"]


@pytest.fixture()
def organization(server):
    return server.request("POST", "/organizations", {"name": unique("Cli")}).json()


def test_every_operation_is_a_command(server):
    verbs = {}
    for operation, declared in Catalogue(server).operations.items():
        domain, verb = operation.split(".")
        verbs.setdefault(domain, {})[verb.replace("_", "-")] = " ".join(declared["summary"].split())
    overview = command(server, "--help").stdout
    for domain, of_domain in verbs.items():
        assert domain in overview
        shown = command(server, domain, "--help").stdout
        listed = {line.split()[0] for line in shown.splitlines() if line.startswith("  ") and line.split()}
        assert set(of_domain) <= listed, f"{set(of_domain) - listed} are missing from\n{shown}"
        in_one_line = " ".join(shown.split())
        untold = [verb for verb, does in of_domain.items() if does not in in_one_line]
        assert not untold, f"what {untold} do is missing from\n{shown}"
    whole = command(server, "organizations", "create", "--help").stdout
    assert whole.startswith("Create an organization"), whole


def test_help_tells_the_fields_and_the_places(server):
    shown = command(server, "groups", "add-member", "--help").stdout
    assert "[ORGANIZATION_ID] [GROUP_ID]" in shown
    for part in ("--organization-membership-id", "--data", "--base-url", "--api-key", "--json"):
        assert part in shown, shown
    assert server.api_key not in shown, "help must not show the key"
    assert "--yes" in command(server, "groups", "delete", "--help").stdout


def test_values_come_by_place_by_flag_and_as_json(server, organization):
    expected = server.request("GET", f"/organizations/{organization['id']}").json()
    assert ok(server, "organizations", "get", organization["id"]) == expected
    assert ok(server, "organizations", "get", "--id", organization["id"]) == expected
    assert ok(server, "organizations", "get", "--data", json.dumps({"id": organization["id"]})) == expected
    group = ok(server, "groups", "create", organization["id"], "--name", "Crew")
    assert ok(server, "groups", "get", organization["id"], group["id"]) == group
    assert ok(server, "groups", "get", group["id"], "--organization-id", organization["id"]) == group
    both = ok(server, "groups", "update", organization["id"], group["id"], "-d", '{"description":"d"}', "--name", "New")
    assert (both["name"], both["description"]) == ("New", "d")


def test_json_comes_from_the_line_a_file_or_the_standard_input(server, tmp_path):
    body = {"name": UNICODE, "metadata": {"plan": "gold"}, "external_id": None}
    file = tmp_path / "input.json"
    file.write_text(json.dumps(body))
    made = [
        ok(server, "organizations", "create", "--data", json.dumps(body)),
        ok(server, "organizations", "create", "--data", f"@{file}"),
        ok(server, "organizations", "create", "--data", "-", stdin=json.dumps(body)),
        ok(server, "organizations", "create", "--name", UNICODE, "--metadata", '{"plan":"gold"}'),
    ]
    assert [(one["name"], one["metadata"], one["external_id"]) for one in made] == [(UNICODE, {"plan": "gold"}, None)] * 4


def test_each_value_takes_the_type_of_its_field(server, organization):
    for text in ("012345", "5", "true", "null", "-1", "1e3", "[]"):
        changed = ok(server, "organizations", "update", organization["id"], f"--name={text}", f"--external-id={text}")
        assert (changed["name"], changed["external_id"]) == (text, text)
    cleared = ok(server, "organizations", "update", organization["id"], "--data", '{"external_id":null}')
    assert cleared["external_id"] is None
    for given, kept in ((["--email-verified"], True), (["--email-verified=false"], False), (["--email-verified=true"], True)):
        assert ok(server, "users", "create", "--email", unique_email(), *given)["email_verified"] is kept
    domains = [f"{unique('one')}.example", f"{unique('two')}.example"]
    data = [json.dumps({"domain": one, "state": "verified"}) for one in domains]
    by_flags = ok(server, "organizations", "create", "--name", "D", "--domain-data", data[0], "--domain-data", data[1])
    assert [one["domain"] for one in by_flags["domains"]] == domains
    listed = ok(server, "organizations", "list", "--domains", f"{domains[0]},nobody.example")
    assert [one["id"] for one in listed["data"]] == [by_flags["id"]]
    assert len(ok(server, "organizations", "list", "--limit", "1", "--order", "asc")["data"]) == 1


def test_a_code_with_a_leading_zero_stays_text(server):
    user = server.request("POST", "/user_management/users", {"email": unique_email()}).json()
    made = server.request("POST", f"/user_management/users/{user['id']}/auth_factors", {"type": "totp"}).json()
    challenge = made["authentication_challenge"]["id"]
    done = command(server, "auth-challenges", "verify", challenge, "--code", "012345")
    told = json.loads(done.stdout or done.stderr)
    assert done.returncode in (DONE, REFUSED)
    assert told.get("valid") is False or told["code"] != "invalid_request_parameters", told


def test_both_spellings_of_a_name_work(server):
    acme = server.request("GET", "/organizations/org_demo_acme").json()
    external = unique("ext")
    server.request("PUT", f"/organizations/{acme['id']}", {"external_id": external})
    for verb in ("get-by-external-id", "get_by_external_id"):
        assert ok(server, "organizations", verb, external)["id"] == acme["id"]
    for domain in ("organization-memberships", "organization_memberships"):
        assert ok(server, domain, "list", "--organization-id", acme["id"])["data"]


def test_an_answer_without_a_body_prints_nothing(server, organization):
    done = command(server, "organizations", "delete", organization["id"], "--yes")
    assert (done.returncode, done.stdout, done.stderr) == (DONE, "", "")


def test_a_refusal_is_1_with_the_body_of_the_contract(server):
    told = error(failing(server, "organizations", "get", "org_nobody", code=REFUSED))
    body = {"code": "entity_not_found", "message": "Organization not found: 'org_nobody'."}
    assert (told["code"], told["details"]) == (body["code"], body) and body["message"] in told["message"]
    told = error(failing(server, "organizations", "list", "--limit", "0", code=REFUSED))["details"]
    assert [one["field"] for one in told["errors"]] == ["limit"]
    told = error(failing(server, "organizations", "create", code=REFUSED))["details"]
    assert [(one["field"], one["code"]) for one in told["errors"]] == [("name", "required")]


def test_a_wrong_password_is_1_and_not_a_missing_key(server):
    common = ["user-management", "authenticate", "--grant-type", "password", "--email", "ada@acme.test"]
    known = ["--client-id", server.client_id, "--client-secret", server.api_key]
    told = error(failing(server, *common, *known, "--password", "Wrong-Password-4100", code=REFUSED))
    assert told["code"] == "invalid_credentials", told
    signed_in = ok(server, *common, *known, "--password", DEMO_PASSWORD)
    assert signed_in["user"]["email"] == "ada@acme.test" and signed_in["access_token"]


def test_a_server_that_does_not_answer_is_1_and_named(server):
    told = failing(server, "organizations", "list", "--base-url", "http://127.0.0.1:1", code=REFUSED)
    assert "http://127.0.0.1:1" in told


@pytest.mark.parametrize("key", ["", "sk_wrong"])
def test_a_key_that_is_missing_or_wrong_is_4(server, key):
    told = failing(server, "organizations", "list", code=NO_KEY, WORKOS_API_KEY=key)
    assert "WORKOS_API_KEY" in told and '"Unauthorized"' in told
    assert failing(server, "organizations", "list", "--api-key", "sk_wrong", code=NO_KEY)
    assert ok(server, "organizations", "list", "--api-key", server.api_key, WORKOS_API_KEY=key)


WRONG_LINES = [
    ["organizations"],
    ["organizations", "nothing"],
    ["nothing", "list"],
    ["organizations", "get"],
    ["organizations", "get", "a", "b"],
    ["organizations", "get", "a", "--id", "b"],
    ["organizations", "list", "--nothing", "1"],
    ["organizations", "list", "--limit", "five"],
    ["organizations", "list", "--limit", "5.5.5"],
    ["organizations", "create", "--name"],
    ["organizations", "create", "--metadata", "{"],
    ["organizations", "create", "--domain-data", "x"],
    ["organizations", "create", "--data", '{"name":'],
    ["organizations", "create", "--data", "[]"],
    ["organizations", "create", "--data", "null"],
    ["organizations", "create", "--data", ""],
    ["organizations", "create", "--data", "-"],
    ["organizations", "create", "--data", "@/nowhere/at/all.json"],
    ["users", "create", "--email", "a@b.test", "--email-verified=perhaps"],
]


@pytest.mark.parametrize("line", WRONG_LINES, ids=" ".join)
def test_a_wrong_line_is_2_and_changes_nothing(server, line):
    before = server.request("GET", "/organizations?limit=100").json()
    failing(server, *line, code=WRONG)
    assert server.request("GET", "/organizations?limit=100").json() == before


def test_arguments_that_are_not_text_are_2(server):
    for line in ([b"\xff"], [b"organizations", b"get", b"\xff"], [b"organizations", b"get", b"--id", b"\xff"]):
        done = subprocess.run([PROGRAM.encode(), *line], capture_output=True, env=environment(server), timeout=60)
        assert done.returncode == WRONG and b"panicked" not in done.stderr, done


def test_a_deletion_in_a_script_needs_yes(server, organization):
    told = failing(server, "organizations", "delete", organization["id"], code=WRONG)
    assert "--yes" in told
    failing(server, "organizations", "delete", "--data", "-", code=WRONG, stdin=json.dumps({"id": organization["id"]}))
    assert ok(server, "organizations", "get", organization["id"])["id"] == organization["id"]
    assert ok(server, "organizations", "delete", "-y", "--data", "-", stdin=json.dumps({"id": organization["id"]})) is None
    failing(server, "organizations", "get", organization["id"], code=REFUSED)


def test_a_deletion_on_a_terminal_asks(server, organization):
    for answer in ("no", "y", ""):
        code, shown = on_terminal(server, "organizations", "delete", organization["id"], answer=answer or "\x04")
        assert code == WRONG and organization["id"] in shown and "nothing was done" in shown, shown
    assert ok(server, "organizations", "get", organization["id"])
    code, shown = on_terminal(server, "organizations", "delete", organization["id"], answer="yes")
    assert code == DONE, shown
    failing(server, "organizations", "get", organization["id"], code=REFUSED)


def test_a_terminal_gets_tables_and_pipes_get_json(server, organization):
    code, shown = on_terminal(server, "organizations", "get", organization["id"])
    assert code == DONE and organization["name"] in shown and "{" not in shown.splitlines()[0], shown
    code, shown = on_terminal(server, "organizations", "list", "--limit", "1")
    head, row = [line.split() for line in shown.splitlines() if line.strip()][:2]
    assert head[:2] == ["ID", "NAME"] and row[:2] == [organization["id"], organization["name"]], shown
    assert f"More: --after {organization['id']}" in shown
    code, shown = on_terminal(server, "organizations", "get", organization["id"], "--json")
    assert code == DONE and json.loads(shown) == organization
    code, shown = on_terminal(server, "organizations", "list", "--search", unique("nobody"))
    assert code == DONE and "None" not in shown and "null" not in shown, shown


def test_a_reader_that_goes_away_is_no_failure(server):
    line = [PROGRAM, "organizations", "list"]
    child = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(server))
    child.stdout.close()
    told = child.stderr.read()
    assert child.wait(60) == DONE and told == b"", told


def test_the_address_may_end_in_a_slash_and_be_set_by_flag(server):
    acme = ok(server, "organizations", "get", "org_demo_acme", WORKOS_BASE_URL=f"{server.url}/")
    by_flag = ok(server, "organizations", "get", "org_demo_acme", "--base-url", server.url, WORKOS_BASE_URL="http://127.0.0.1:1")
    assert acme == by_flag and acme["id"] == "org_demo_acme"
