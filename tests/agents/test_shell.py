"""The command line for shells and programs: completion, help as JSON, and who is at the other end."""

import json
import shutil
import subprocess

import pytest
from surfaces import command, on_terminal
from test_actions import DONE, WRONG, Desk
from vault import IN_A_FILE, settings


@pytest.fixture()
def desk(server, tmp_path):
    desk = Desk(server, tmp_path)
    desk.environment = settings(tmp_path)
    return desk


def completed(desk, *words):
    """What bash offers for the last word."""
    script = desk.run("completion", "bash")
    assert script.returncode == DONE, script.stderr
    name = next(line.split("-F ")[1].split()[0] for line in script.stdout.splitlines() if " -F " in line)
    quoted = " ".join(f"'{word}'" for word in words)
    typed = f"{script.stdout}\nCOMP_WORDS=(vestibule {quoted}); COMP_CWORD={len(words)}; COMP_TYPE=9\n{name}\nprintf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run([shutil.which("bash"), "--norc", "-c", typed], env=desk.environment, capture_output=True, text=True, timeout=60)
    return done.stdout.split("\n")


def test_a_shell_completes_commands_names_and_connections(desk):
    desk.connect("workshop")
    assert "organizations" in [one.strip() for one in completed(desk, "organiz")]
    assert "create" in [one.strip() for one in completed(desk, "groups", "cre")]
    assert "organizations.list" in [one.strip() for one in completed(desk, "call", "organizations.l")]
    assert "workos_organizations_list" in [one.strip() for one in completed(desk, "call", "workos_organizations_l")]
    assert "workshop" in [one.strip() for one in completed(desk, "connection", "get", "work")]
    assert any("--external-id" in one for one in completed(desk, "organizations", "create", "--ext"))
    for shell in ("zsh", "fish"):
        assert "vestibule" in desk.run("completion", shell).stdout
    assert desk.fails("completion", "tcsh", code=WRONG)["message"]


def test_what_takes_long_moves_on_a_terminal_and_nowhere_else(server, tmp_path):
    where = ["--data-dir", str(server.folder / "data"), *(["--database", server.database] if server.database else [])]
    moves = "Copying the database"
    code, shown = on_terminal(server, "backup", str(tmp_path / "terminal"), *where, TERM="xterm")
    assert code == DONE and moves in shown and "Copied to" in shown, shown
    code, shown = on_terminal(server, "backup", str(tmp_path / "agent"), *where, "--mode", "agent", TERM="xterm")
    assert code == DONE and moves not in shown, shown
    piped = command(server, "backup", str(tmp_path / "pipe"), *where)
    assert piped.returncode == DONE and moves not in piped.stdout + piped.stderr, piped


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ([], "vestibule"),
        (["connection", "create"], "vestibule connection create"),
        (["groups", "create"], "vestibule groups create"),
        (["organization_memberships", "list"], "vestibule organization-memberships list"),
        (["mcp", "install"], "vestibule mcp install"),
        (["serve"], "vestibule serve"),
    ],
)
def test_the_help_of_any_command_is_there_as_json(server, words, path):
    done = command(server, *words, "--help", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == DONE and told["command"] == path and told["about"]
    assert server.api_key not in done.stdout
    if path == "vestibule groups create":
        names = {one["name"]: one for one in told["arguments"]}
        assert names["--name"]["help"] and names["--organization-id"]["values"]
    if not words:
        assert {"serve", "connection", "organizations", "call"} <= {one["name"] for one in told["commands"]}


def test_help_of_no_command_is_refused(server):
    assert command(server, "nothing", "--help", "--json").returncode == WRONG


def test_an_agent_gets_json_and_is_asked_nothing_on_a_terminal_too(server):
    made = server.request("POST", "/organizations", {"name": "Modes"}).json()
    code, shown = on_terminal(server, "organizations", "get", made["id"])
    assert code == DONE and not shown.lstrip().startswith("{")
    code, shown = on_terminal(server, "organizations", "get", made["id"], "--mode", "agent")
    assert code == DONE and json.loads(shown)["id"] == made["id"]
    code, shown = on_terminal(server, "--mode=ci", "organizations", "delete", made["id"])
    assert code == WRONG and json.loads(shown)["error"]["code"] == "confirmation_required"
    done = command(server, "organizations", "get", made["id"], WORKOS_MODE="agent", **IN_A_FILE)
    assert json.loads(done.stdout)["id"] == made["id"]
