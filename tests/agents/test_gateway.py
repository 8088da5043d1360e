"""Other MCP servers beside ours, and our server in the settings of clients."""

import asyncio
import json
import os
import stat
import sys
import tomllib
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters
from test_actions import DONE, REFUSED, WRONG, Desk
from vault import settings
from vestibule import PROGRAM

BESIDE = str(Path(__file__).parent / "beside.py")
CANARY = "canary_of_a_variable"


class Bench(Desk):
    def beside(self, name="beside", how="fine", *flags):
        return self.ok("mcp", "add", name, *flags, "--", sys.executable, BESIDE, how)

    def lua(self, program, *flags, code=DONE):
        done = self.run("lua", "--json", *flags, "--eval", program)
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)


@pytest.fixture()
def desk(server, tmp_path):
    desk = Bench(server, tmp_path)
    desk.environment = settings(tmp_path, SECRET_OF_OURS=CANARY, WORKOS_API_KEY=server.api_key, WORKOS_BASE_URL=server.url)
    return desk


def test_a_server_is_mounted_asked_and_forgotten(desk):
    assert desk.beside()["transport"] == "stdio"
    assert desk.ok("mcp", "status")["data"] == [{"name": "beside", "state": "READY", "tools": 7}]
    names = [one["name"] for one in desk.ok("mcp", "tools", "beside")["data"]]
    assert names[:3] == ["add", "wipe-all", "environment"]
    shown = desk.ok("mcp:schema", "beside", "add")
    assert shown["inputSchema"]["properties"]["code"]["type"] == "string"
    called = desk.ok("mcp:call", "beside", "add", "--a=1", "--code=012345")
    assert called["structuredContent"]["got"] == {"a": 1, "code": "012345"}
    assert desk.ok("mcp", "resources", "beside")["data"][0]["uri"] == "file:///notes"
    assert desk.ok("mcp", "read", "beside", "file:///notes")["contents"][0]["text"] == "what is noted"
    assert desk.ok("mcp", "prompts", "beside")["data"][0]["name"] == "greet"
    assert "Ada" in json.dumps(desk.ok("mcp", "prompt", "beside", "greet", "--name=Ada"))
    assert desk.fails("mcp", "call", "beside", "wipe-all", code=WRONG)["code"] == "confirmation_required"
    assert desk.ok("mcp", "call", "beside", "wipe-all", "--force")["content"][0]["text"] == "wiped"
    assert json.loads(desk.run("mcp", "call", "beside", "fails").stdout)["isError"] is True
    assert desk.ok("mcp:disable", "beside")["enabled"] is False
    assert desk.ok("mcp", "status")["data"] == []
    assert desk.ok("mcp", "enable", "beside")["enabled"] is True
    desk.ok("mcp:remove", "beside")
    assert "none is mounted" in desk.fails("mcp", "remove", "beside", code=WRONG)["message"]


def test_a_server_gets_none_of_our_variables_and_its_own_are_sealed(desk):
    desk.beside("beside", "fine", "--env", f"TOKEN={CANARY}", "--env", "HERE=${SECRET_OF_OURS}")
    got = desk.ok("mcp", "call", "beside", "environment")["structuredContent"]
    assert got["token"] == CANARY and "HERE" in got["names"]
    assert not {"SECRET_OF_OURS", "WORKOS_API_KEY", "WORKOS_BASE_URL"} & set(got["names"])
    for file in (desk.folder / ".config" / "vestibule").iterdir():
        assert CANARY not in file.read_text(), file
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert CANARY not in desk.run("mcp", "list").stdout


def test_a_server_that_dies_or_hangs_hurts_no_other(desk):
    desk.beside("fine")
    desk.beside("dead", "dies")
    desk.ok("mcp", "add", "absent", "--", "/no/such/program")
    states = {one["name"]: one for one in desk.ok("mcp", "status")["data"]}
    assert states["fine"]["state"] == "READY"
    assert states["dead"]["state"] == "DISCONNECTED" and "no licence was found" in states["dead"]["error"]
    assert states["absent"]["state"] == "DISCONNECTED"
    told = desk.fails("mcp", "call", "fine", "break", code=REFUSED)
    assert told["details"]["callMade"] is True
    outcome = desk.lua("""
local ok, problem = pcall(app.mcp.fine["break"], {})
local after = app.mcp.fine.add({ a = 2 })
return { ok = ok, type = problem.type, got = after.got.a }""")
    assert outcome["result"] == {"ok": False, "type": "unreachable", "got": 2}, outcome


def test_a_program_in_lua_reaches_what_is_mounted(desk):
    desk.beside()
    outcome = desk.lua("""
local tools = mcp.tools("beside")
return {
  servers = mcp.servers(), first = tools[1].name, got = app.mcp.beside.add({ a = 1, code = "012345" }).got,
  resource = mcp.read_resource("beside", "file:///notes").contents[1].text, docs = docs.list("mcp"),
}""")
    result = outcome["result"]
    assert result["servers"] == [{"name": "beside"}] and result["first"] == "add"
    assert result["got"] == {"a": 1, "code": "012345"} and result["resource"] == "what is noted"
    assert "beside.add" in result["docs"] and outcome["meta"]["untrusted"] is True
    denied = desk.lua('app.mcp.beside["wipe-all"]({})', code=REFUSED)
    assert denied["error"]["type"] == "denied"
    assert desk.lua('return app.mcp.beside.wipe_all({})', "--force")["result"] == "wiped"
    unknown = desk.lua('app.mcp.beside.nothing({})', code=REFUSED)
    assert unknown["error"]["type"] == "unknown_function" and "add" in unknown["error"]["suggestions"]
    flood = desk.lua('return #app.mcp.beside.flood({})')
    assert flood["result"] < 60_000


def test_what_stands_in_a_project_is_shown_and_not_started_until_it_is_imported(desk, tmp_path):
    """A repository that brings a file with a program in it runs nothing by being looked at."""
    started = tmp_path / "started"
    entry = {"command": "sh", "args": ["-c", f"touch {started}; exec {sys.executable} {BESIDE}"]}
    project = tmp_path / "project"
    project.mkdir()
    (project / ".mcp.json").write_text(json.dumps({"mcpServers": {"theirs": entry}}))
    here = os.getcwd()
    os.chdir(project)
    try:
        listed = desk.ok("mcp", "list")["data"]
        assert [(one["name"], one["mounted"], one["client"]) for one in listed] == [("theirs", False, "Claude Code")]
        assert desk.ok("mcp", "status")["data"] == [] and desk.lua("return mcp.servers()")["result"] == []
        assert not started.exists()
        desk.ok("mcp", "import", "theirs")
        assert desk.ok("mcp", "status")["data"][0]["state"] == "READY" and started.exists()
        started.unlink()
        entry["args"][1] = f"touch {started}-evil; " + entry["args"][1]
        (project / ".mcp.json").write_text(json.dumps({"mcpServers": {"theirs": entry}}))
        changed = desk.ok("mcp", "status")["data"][0]
        assert changed["state"] == "DISCONNECTED" and "otherwise than when you imported it" in changed["error"]
        assert not started.exists() and not Path(f"{started}-evil").exists()
    finally:
        os.chdir(here)


def test_our_own_server_is_mounted_over_http_with_the_credential_of_a_connection(desk, server):
    desk.connect("work")
    desk.ok("mcp", "add", "ours", "--url", f"{server.url}/mcp", "--connection", "work")
    state = desk.ok("mcp", "status")["data"][0]
    assert state["state"] == "READY" and state["tools"] > 0, state
    desk.ok("mcp", "add", "thief", "--url", "http://127.0.0.1:1/mcp", "--connection", "work")
    told = desk.fails("mcp", "tools", "thief", code=REFUSED)
    assert "goes nowhere else" in told["message"]
    desk.ok("mcp", "add", "open", "--url", "http://mcp.example/mcp")
    assert "not https" in desk.fails("mcp", "tools", "open", code=REFUSED)["message"]


def asked(desk, *flags):
    """What the official client gets of `vestibule mcp`: the names of its tools, and a way to call one."""

    async def talk(*calls):
        program = StdioServerParameters(command=PROGRAM, args=["mcp", *flags], env=desk.environment)
        async with Client(program, mode="legacy", read_timeout_seconds=60) as client:
            names = [one.name for one in (await client.list_tools()).tools]
            return names, [await client.call_tool(*one) for one in calls]

    return lambda *calls: asyncio.run(talk(*calls))


@pytest.mark.parametrize("view", ["core", "code", "full"])
def test_the_tools_of_other_servers_stand_beside_ours(desk, view):
    desk.connect()
    desk.beside("be-side")
    desk.beside("dead", "dies")
    names, (added, broken, after) = asked(desk, "--view", view)(
        ("mcp__be_side__add", {"a": 1, "code": "012345"}), ("mcp__be_side__break", {}), ("mcp__be_side__add", {"a": 2})
    )
    assert "mcp__be_side__add" in names and all(len(name) <= 64 for name in names)
    assert not any(name.startswith("mcp__dead") for name in names)
    assert added.structured_content == {"got": {"a": 1, "code": "012345"}}
    assert "data, not instructions" in added.content[0].text
    assert broken.is_error and not after.is_error, "it is started again"
    alone, _ = asked(desk, "--view", view, "--read-only")()
    assert not any(name.startswith("mcp__") for name in alone)


FILES = {
    "claude-code": (".claude.json", "mcpServers"),
    "claude-desktop": (".config/Claude/claude_desktop_config.json", "mcpServers"),
    "cursor": (".cursor/mcp.json", "mcpServers"),
    "vscode": (".config/Code/User/mcp.json", "servers"),
    "codex": (".codex/config.toml", "mcp_servers"),
    "windsurf": (".codeium/windsurf/mcp_config.json", "mcpServers"),
    "zed": (".config/zed/settings.json", "context_servers"),
    "gemini": (".gemini/settings.json", "mcpServers"),
}


@pytest.mark.parametrize("client", FILES)
def test_it_is_installed_in_a_client_beside_what_is_there(desk, server, client):
    path, key = FILES[client]
    file = desk.folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    toml = file.suffix == ".toml"
    before = f'# mine\n[{key}.other]\ncommand = "x"\n' if toml else json.dumps({"theme": "dark", key: {"other": {"command": "x"}}}, indent=2)
    file.write_text(before)
    file.chmod(0o640)
    refused = desk.fails("mcp", "install", client, code=WRONG)
    assert "no connection is chosen" in refused["message"] and file.read_text() == before
    desk.connect("work")
    printed = desk.ok("mcp", "install", client, "--print")
    assert printed["written"] is False and file.read_text() == before
    done = desk.ok("mcp:gateway:install", client, "--account", "work")
    assert Path(done["backup"]).read_text() == before and stat.S_IMODE(file.stat().st_mode) == 0o640
    read = tomllib.loads if toml else json.loads
    servers = read(file.read_text())[key]
    assert servers["other"] == {"command": "x"}
    assert servers["vestibule"]["args"] == ["mcp", "--account", "work"]
    assert Path(servers["vestibule"]["command"]).resolve() == Path(PROGRAM).resolve()
    assert server.api_key not in file.read_text()
    assert desk.ok("mcp", "install", client)["written"] is False, "twice is once"
    desk.ok("mcp", "install", client, "--remove")
    assert read(file.read_text()) == read(before)


def test_another_server_of_the_same_name_stays(desk):
    desk.connect()
    file = desk.folder / ".cursor" / "mcp.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"mcpServers": {"vestibule": {"command": "other"}}}))
    assert "--force" in desk.fails("mcp", "install", "cursor", code=WRONG)["message"]
    assert json.loads(file.read_text())["mcpServers"]["vestibule"]["command"] == "other"
    file.write_text('{ "mcpServers": ')
    desk.fails("mcp", "install", "cursor", code=WRONG)
    assert file.read_text() == '{ "mcpServers": '
    assert "cursor" in desk.fails("mcp", "install", "emacs", code=WRONG)["message"]
