"""Connections that several processes use at once, and those that somebody signs in for."""

import json
import re
import subprocess
import threading
import time

import pytest
from other_server import OtherServer
from test_actions import DONE, NO_KEY, REFUSED, WRONG, Desk
from vault import Vault, settings, unsigned
from vestibule import DEMO_PASSWORD, PROGRAM
from visitor import Visitor

ADA = "ada@acme.test"
CALLBACK = "http://127.0.0.1:*/callback"


@pytest.fixture(scope="module")
def issuer(server):
    """The server, which lets browsers come back to a terminal."""
    made = server.request("POST", "/user_management/redirect_uris", {"uri": CALLBACK})
    assert made.status_code in (200, 201), made.text
    return server


@pytest.fixture()
def desk(server, tmp_path):
    desk = Desk(server, tmp_path)
    desk.environment = settings(tmp_path)
    return desk


def at_once(desk, lines, stdin=""):
    """Runs commands all at the same time, and answers what became of each."""
    running = [
        subprocess.Popen([PROGRAM, *line], env=desk.environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for line in lines
    ]
    return [(one.communicate(stdin, timeout=60), one.returncode) for one in running]


def test_first_uses_at_once_make_one_key_and_lose_no_connection(desk, server):
    names = [f"c{number}" for number in range(12)]
    lines = [("connection", "create", name, "--base-url", server.url, "--api-key-stdin") for name in names]
    for (out, err), code in at_once(desk, lines, server.api_key):
        assert code == DONE and json.loads(out)["state"] == "READY", err
    listed = desk.ok("connection", "list")["data"]
    assert sorted(one["name"] for one in listed) == sorted(names)
    assert {one["state"] for one in listed} == {"READY"}, "each opens under the one key"
    for _, code in at_once(desk, [("connection", "delete", name, "--yes") for name in names[1:]]):
        assert code == DONE
    assert [one["name"] for one in desk.ok("connection", "list", "--offline")["data"]] == names[:1]


def test_where_there_is_no_keyring_a_setting_that_asks_for_one_is_refused(desk, server):
    desk.environment |= {"VESTIBULE_CREDENTIALS": "keyring", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}
    refused = desk.fails("connection", "create", "--base-url", server.url, "--api-key-stdin", code=WRONG, stdin="sk_1")
    assert "keyring" in refused["message"]
    assert desk.ok("connection", "list") == {"data": []}
    desk.environment |= {"VESTIBULE_CREDENTIALS": "elsewhere"}
    refused = desk.fails("connection", "create", "--base-url", server.url, "--api-key-stdin", code=WRONG, stdin="sk_1")
    assert "VESTIBULE_CREDENTIALS" in refused["message"]


def begun(desk, *line):
    """A command that waits for a browser: the process, and where the browser is to go."""
    process = subprocess.Popen([PROGRAM, *line], env=desk.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    shown = ""
    while not (found := re.search(r"^ +(http\S+/user_management/authorize\S+)$", shown, re.MULTILINE)):
        text = process.stderr.readline()
        assert text, f"it ended: {shown}"
        shown += text
    return process, found[1]


def signed_in(desk, issuer, name="web", *more):
    line = ("connection", "create", name, "--oauth", "--no-browser", "--client-id", issuer.client_id, *more)
    process, url = begun(desk, *line)
    assert "code_challenge_method=S256" in url
    left = Visitor(issuer).open(url).walk(email=ADA, password=DEMO_PASSWORD)
    assert left.startswith("http://127.0.0.1:")
    # Whoever knows the port and not the question changes nothing.
    port = left.split("/callback")[0]
    import httpx2

    assert httpx2.get(f"{port}/callback?code=x&state=y", timeout=30).status_code == 400
    assert httpx2.get(f"{port}/elsewhere", timeout=30).status_code == 404
    page = httpx2.get(left, timeout=30)
    assert page.status_code == 200 and "You are signed in" in page.text
    out, err = process.communicate(timeout=60)
    assert process.returncode == DONE, err
    return json.loads(out)


def tokens(desk, name):
    """The tokens of a connection, and what puts others in their place."""
    folder = desk.folder / ".config" / "vestibule"
    kept = json.loads((folder / "connections.json").read_text())
    own = next(one for one in kept["connections"] if one["name"] == name)
    sign_in = own["sign_in"]
    purpose = f"connection sign-in {name} {own['base_url']} {sign_in['issuer']} {sign_in['client_id']}"
    vault = Vault(folder)

    def replace(**values):
        sign_in["sealed"] = vault.seal(purpose, json.dumps({**held, **values}))
        (folder / "connections.json").write_text(json.dumps(kept))

    held = json.loads(vault.open(purpose, sign_in["sealed"]))
    return held, replace


def test_somebody_signs_in_by_a_browser_and_the_token_goes_with_requests(desk, issuer):
    api = OtherServer(lambda *_: (200, {"fine": True}))
    shown = signed_in(desk, issuer, "web", "--base-url", api.url, "--sign-in-at", issuer.url)
    assert (shown["state"], shown["signedInAs"]) == ("READY", ADA)
    assert desk.ok("request", "web", "/me") == {"fine": True}
    held, _ = tokens(desk, "web")
    assert api.asked[-1]["headers"]["authorization"] == f"Bearer {held['access_token']}"
    assert desk.ok("connection", "get", "web")["signedInAs"] == ADA
    api.stop()


def test_a_token_is_in_no_file_no_output_and_no_program(desk, issuer):
    signed_in(desk, issuer, "default", "--base-url", issuer.url)
    held, _ = tokens(desk, "default")
    for file in (desk.folder / ".config" / "vestibule").iterdir():
        assert not any(token in file.read_text() for token in held.values()), file
    program = "dump(app); dump(_G); for name, it in pairs(app.integrations.workos.default) do print(name, it) end"
    commands = [
        ("connection", "list"), ("connection", "get", "default"), ("request", "default", "/organizations", "--json"),
        ("call", "organizations.list"), ("call", "organizations.create", "--name=x", "--dry-run"),
        ("lua", "--json", "--eval", program), ("integrations:status",), ("integrations:doctor",),
        ("organizations", "create", "--name", "x", "--dry-run"), ("mcp", "list"),
    ]
    for command in commands:
        done = desk.run(*command)
        assert "panicked" not in done.stderr, command
        assert not any(token in done.stdout + done.stderr for token in held.values()), command


def test_an_access_token_is_renewed_once_however_many_ask_and_a_sign_in_that_is_over_says_so(desk, issuer):
    signed_in(desk, issuer, "web", "--base-url", issuer.url)
    alive, over = {"renewals": 0}, threading.Event()

    def answer(method, path, headers, body):
        if path == "/user_management/authenticate":
            wanted = json.loads(body)
            if over.is_set() or wanted["refresh_token"] != alive["refresh"]:
                return 400, {"error": "invalid_grant", "error_description": "The refresh token was used."}
            alive["renewals"] += 1
            time.sleep(0.2)  # long enough for all that ask at once to be waiting
            alive["refresh"] = f"refresh_{alive['renewals']}"
            alive["access"] = unsigned({"sub": "user_1", "exp": int(time.time()) + 3600})
            return 200, {"access_token": alive["access"], "refresh_token": alive["refresh"], "user": {"email": ADA}}
        return (200, {"fine": True}) if headers.get("authorization") == f"Bearer {alive['access']}" else (401, {"message": "Unauthorized"})

    other = OtherServer(answer)
    folder = desk.folder / ".config" / "vestibule"
    kept = json.loads((folder / "connections.json").read_text())
    own = kept["connections"][0]
    own["base_url"] = own["sign_in"]["issuer"] = other.url
    alive["refresh"] = "refresh_0"
    ended = unsigned({"sub": "user_1", "exp": int(time.time()) + 5})
    purpose = f"connection sign-in web {other.url} {other.url} {own['sign_in']['client_id']}"
    own["sign_in"]["sealed"] = Vault(folder).seal(purpose, json.dumps({"access_token": ended, "refresh_token": "refresh_0"}))
    (folder / "connections.json").write_text(json.dumps(kept))

    for (out, err), code in at_once(desk, [("request", "web", "/me")] * 8):
        assert code == DONE and json.loads(out) == {"fine": True}, err
    assert alive["renewals"] == 1, "the others used what one had asked for"

    _, replace = tokens(desk, "web")
    replace(access_token=ended)
    over.set()
    refused = desk.run("request", "web", "/me")
    assert refused.returncode == NO_KEY and "--oauth" in refused.stdout
    state = desk.ok("connection", "get", "web")
    assert state["state"] == "CLIENT_ACTION_REQUIRED" and state["clientAction"]["type"] == "connect"
    assert "connection create web --oauth" in state["clientAction"]["description"]
    told = desk.fails("organizations", "list", "--account", "web", code=NO_KEY)
    assert "sign in again" in told["message"].lower()
    other.stop()


def test_a_sign_in_whose_connection_was_sent_elsewhere_does_not_open(desk, issuer):
    signed_in(desk, issuer, "web", "--base-url", issuer.url)
    thief = OtherServer(lambda *_: (200, {}))
    file = desk.folder / ".config" / "vestibule" / "connections.json"
    kept = json.loads(file.read_text())
    kept["connections"][0]["base_url"] = thief.url
    file.write_text(json.dumps(kept))
    assert desk.run("request", "web", "/me").returncode == NO_KEY
    assert thief.asked == []
    thief.stop()


def test_a_terminal_without_a_browser_signs_in_by_the_address_that_the_browser_ends_at(desk, issuer):
    started = desk.run("login", "start", "--base-url", issuer.url, "--client-id", issuer.client_id, "--connection", "far")
    assert started.returncode == DONE, started.stderr
    url = re.search(r"^ +(http\S+/user_management/authorize\S+)$", started.stdout, re.MULTILINE)[1]
    ended = Visitor(issuer).open(url).walk(email=ADA, password=DEMO_PASSWORD)
    forged = re.sub(r"state=[^&]*", "state=x", ended)
    assert desk.run("login", "complete", forged).returncode == REFUSED
    done = desk.run("login", "complete", "-", stdin=ended + "\n")
    assert (done.returncode, done.stdout) == (DONE, f"Signed in as {ADA}.\n"), done.stderr
    assert desk.ok("connection", "get", "far")["signedInAs"] == ADA
    again = desk.run("login", "complete", ended)
    assert again.returncode == REFUSED and "login start" in again.stderr

    # Without a connection it is who is at the terminal; the code alone will do.
    started = desk.run("login", "start", "--base-url", issuer.url, "--client-id", issuer.client_id)
    url = re.search(r"^ +(http\S+/user_management/authorize\S+)$", started.stdout, re.MULTILINE)[1]
    ended = Visitor(issuer).open(url).walk(email=ADA, password=DEMO_PASSWORD)
    code = re.search(r"code=([^&]+)", ended)[1]
    assert desk.run("login", "complete", code).returncode == DONE
    assert ADA in desk.run("whoami").stdout

    # One code in sixty-four begins as a flag does.
    for code in ("-hidden", "-Visible", "-x", "--pasted"):
        assert desk.run("login", "start", "--base-url", issuer.url, "--client-id", issuer.client_id).returncode == DONE
        done = desk.run("login", "complete", code)
        assert done.returncode == REFUSED and "expired or is invalid" in done.stderr, (code, done.stdout, done.stderr)
