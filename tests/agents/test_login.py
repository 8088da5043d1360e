"""`vestibule login`, `whoami` and `logout`: somebody at a terminal, and a browser elsewhere."""

import base64
import json
import re
import stat
import subprocess
import time

import pytest
from vault import Vault, settings, unsigned
from vestibule import DEMO_PASSWORD, PROGRAM
from visitor import Visitor

ADA = "ada@acme.test"
DONE, REFUSED, WRONG, NOBODY = 0, 1, 2, 4


class Terminal:
    """One user's terminal: the folder in which their settings are."""

    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        self.kept = folder / ".config" / "vestibule" / "session.json"
        self.environment = settings(folder)

    def tokens(self):
        """The tokens that are kept, and what puts others in their place."""
        kept = json.loads(self.kept.read_text())
        vault, purpose = Vault(self.kept.parent), f"session {kept['base_url']} {kept['client_id']}"
        held = json.loads(vault.open(purpose, kept["tokens"]))

        def replace(**values):
            sealed = vault.seal(purpose, json.dumps({**held, **values}))
            self.kept.write_text(json.dumps({**kept, "tokens": sealed}))

        return held, replace

    def run(self, *args):
        return subprocess.run([PROGRAM, *args], env=self.environment, capture_output=True, text=True, timeout=60)

    def login(self, answer):
        """Begins to sign in, has somebody decide in a browser, and answers the ended process and what it printed."""
        command = [PROGRAM, "login", "--base-url", self.server.url, "--client-id", self.server.client_id]
        process = subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        shown = ""
        while not (code := re.search(r"^ +([A-Z]{4}-[A-Z]{4})$", shown, re.MULTILINE)):
            line = process.stdout.readline()
            assert line, f"it ended: {shown}{process.stderr.read()}"
            shown += line
        visitor = Visitor(self.server).open("/device")
        visitor.send(user_code=code[1]).send(email=ADA).send(password=DEMO_PASSWORD).press(answer)
        out, err = process.communicate(timeout=60)
        return process.returncode, shown + out, err


@pytest.fixture()
def terminal(server, tmp_path):
    return Terminal(server, tmp_path)


def test_login_whoami_logout(server, terminal):
    code, out, err = terminal.login("approve")
    assert (code, err) == (DONE, "")
    assert f"{server.url}/device" in out and f"Signed in as {ADA}" in out
    assert stat.S_IMODE(terminal.kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(terminal.kept.parent.stat().st_mode) == 0o700
    held, _ = terminal.tokens()
    for token in held.values():
        assert token not in out and token not in terminal.kept.read_text()

    shown = terminal.run("whoami")
    assert (shown.returncode, shown.stderr) == (DONE, "")
    assert ADA in shown.stdout and "org_demo_acme" in shown.stdout
    told = json.loads(terminal.run("whoami", "--json").stdout)
    assert (told["user"]["email"], told["claims"]["org_id"]) == (ADA, "org_demo_acme")
    user_id = told["user"]["id"]
    sessions = server.request("GET", f"/user_management/users/{user_id}/sessions").json()["data"]
    mine = next(one for one in sessions if one["id"] == told["claims"]["sid"])
    assert mine["user_agent"].startswith("vestibule/")

    out = terminal.run("logout")
    assert (out.returncode, out.stdout) == (DONE, "Signed out.\n")
    assert not terminal.kept.exists()
    sessions = server.request("GET", f"/user_management/users/{user_id}/sessions").json()["data"]
    assert mine["id"] not in [one["id"] for one in sessions], "it ended at the server too"
    for command in ["whoami", "logout"]:
        nobody = terminal.run(command)
        assert (nobody.returncode, nobody.stdout) == (NOBODY, "") and "vestibule login" in nobody.stderr


def test_a_no_keeps_nothing(terminal):
    code, _, err = terminal.login("deny")
    assert code == REFUSED and "did not let" in err
    assert not terminal.kept.exists()


def test_an_access_token_that_is_over_is_refreshed_and_a_session_that_is_over_forgotten(server, terminal):
    assert terminal.login("approve")[0] == DONE
    held, replace = terminal.tokens()
    old = unsigned({"sid": "session_x", "exp": int(time.time()) - 1})
    replace(access_token=old)
    told = json.loads(terminal.run("whoami", "--json").stdout)
    assert told["user"]["email"] == ADA
    renewed, replace = terminal.tokens()
    assert renewed["refresh_token"] != held["refresh_token"]
    assert stat.S_IMODE(terminal.kept.stat().st_mode) == 0o600

    server.request("POST", "/user_management/sessions/revoke", {"session_id": told["claims"]["sid"]})
    replace(access_token=old)
    over = terminal.run("whoami")
    assert over.returncode == NOBODY and "sign in again" in over.stderr
    assert not terminal.kept.exists()


def test_a_token_that_the_server_has_not_signed_tells_nobody_anything(server, terminal):
    assert terminal.login("approve")[0] == DONE
    held, replace = terminal.tokens()
    head, body, signature = held["access_token"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    forged = base64.urlsafe_b64encode(json.dumps({**claims, "sub": "user_forged"}).encode()).decode().rstrip("=")
    for token in [f"{head}.{forged}.{signature}", unsigned({**claims, "sub": "user_forged"})]:
        replace(access_token=token)
        told = terminal.run("whoami")
        assert told.returncode == REFUSED and "user_forged" not in told.stdout


def test_what_is_missing_or_does_not_answer_is_said(terminal):
    missing = terminal.run("login")
    assert missing.returncode == WRONG and "--client-id" in missing.stderr
    away = terminal.run("login", "--base-url", "http://127.0.0.1:9", "--client-id", "client_x")
    assert away.returncode == REFUSED and "Is the server running?" in away.stderr
    unknown = terminal.run("login", "--base-url", terminal.server.url, "--client-id", "client_x")
    assert unknown.returncode == REFUSED and unknown.stderr
