"""Programs in Lua, typed as the documentation of KosmoKrator and ours have them."""

import json
import re
from pathlib import Path

import pytest
from test_actions import CANARY, DONE, REFUSED, WRONG, Desk
from vestibule import unique

DOCS = Path(__file__).parents[2] / "docs" / "LUA.md"


@pytest.fixture()
def desk(server, tmp_path):
    desk = Desk(server, tmp_path)
    desk.connect()
    return desk


def ran(desk, program, *flags, code=DONE):
    done = desk.run("lua", "--json", *flags, "-", stdin=program)
    assert done.returncode == code, f"{done.returncode} {done.stdout}{done.stderr}"
    return json.loads(done.stdout)


def test_the_documented_commands_run_as_written(desk):
    for program in (
        "dump(app.integrations.workos.validate_api_key({}))",
        'print(docs.read("workos"))',
        'print(docs.read("workos.validate_api_key"))',
        "dump(mcp.servers())",
    ):
        done = desk.run("lua", "--eval", program, "--json")
        outcome = json.loads(done.stdout)
        # The validation wants a value, and says so.
        if "validate" in program and "dump" in program:
            assert outcome["success"] or outcome["error"]["type"] == "invalid_arguments", outcome
        else:
            assert done.returncode == DONE and outcome["success"] and outcome["output"], outcome
    assert desk.run("integrations:lua", "--eval", "return 1", "--json").returncode == DONE
    assert desk.run("mcp:lua", "--eval", "dump(mcp.servers())", "--json").returncode == DONE


def test_both_documented_examples_run(desk):
    user = desk.ok("users", "create", "--email", f"{unique('lua')}@example.com")
    program = f"""
local workos = app.integrations.workos
local orgs = app.integrations.workos.workos_organizations_list({{ limit = 25 }})
local user = app.integrations.workos.workos_user_management_users_get({{ user_id = "{user["id"]}" }})
local keys = app.integrations.workos.default.list_organizations({{}})   -- a named account: default, work, …
return {{ #orgs.data >= 0, user.email, #keys.data == #orgs.data or #keys.data >= 0 }}
"""
    outcome = ran(desk, program)
    assert outcome["result"] == [True, user["email"], True]
    assert [call["status"] for call in outcome["integration_calls"]] == ["success"] * 3
    assert outcome["integration_calls"][2]["account"] == "default"


def test_the_program_of_the_docs_does_what_it_says(desk):
    program = re.search(r"```lua\n(.*?)```", DOCS.read_text(), re.S).group(1)
    outcome = ran(desk, program)
    assert outcome["result"] == {"count": True}
    lines = outcome["output"].splitlines()
    assert lines[0].startswith("org_") and lines[0].endswith("\tAcme")
    assert lines[2:4] == ["true\tAcme", "false\ttool_error"]
    assert lines[4] == "unknown_function\torganizations.get\tfalse"


def test_the_key_is_not_within_reach(desk):
    desk.connect("canary", key=CANARY)
    program = """
local found = {}
for name, help in pairs(app.integrations.workos) do found[#found + 1] = name .. help end
dump(_G) dump(app.integrations.workos)
local _, problem = pcall(app.integrations.workos.canary.organizations.list)
dump(problem) print(problem)
return found
"""
    outcome = ran(desk, program)
    assert "unauthenticated" in outcome["output"]
    shown = json.dumps(outcome)
    assert CANARY not in shown and desk.server.api_key not in shown


def test_what_cannot_be_undone_wants_force(desk):
    made = desk.ok("organizations", "create", "--name", "Gone")
    program = f'return app.integrations.workos.organizations.delete({{ id = "{made["id"]}" }})'
    outcome = ran(desk, program, code=REFUSED)
    assert outcome["error"]["type"] == "denied" and "--force" in outcome["error"]["message"]
    assert outcome["integration_calls"][0]["effectStatus"] == "denied"
    outcome = ran(desk, program, "--force")
    assert outcome["integration_calls"][0]["effectStatus"] == "succeeded"
    assert outcome["meta"]["permission_bypassed"] is True


def test_a_code_of_digits_stays_text(desk):
    made = ran(desk, 'return app.integrations.workos.organizations.create({ name = "Zero", external_id = "0' + unique("1") + '" })')
    assert made["result"]["external_id"].startswith("01")


def test_exit_codes_and_limits(desk, tmp_path):
    file = tmp_path / "workflow.lua"
    file.write_text("print('from a file') return 7")
    done = desk.run("lua", str(file))
    assert (done.returncode, done.stdout) == (DONE, "from a file\n7\n")
    assert desk.run("lua", str(tmp_path / "none.lua")).returncode == WRONG
    assert desk.run("lua", stdin="").returncode == WRONG
    assert desk.run("lua", "--cpu-limit", "0", "--eval", "return 1").returncode == WRONG
    done = desk.run("lua", "--eval", "local x = nil\nx.y = 1")
    assert done.returncode == REFUSED and "line 2" in done.stderr
    outcome = json.loads(desk.run("lua", "--cpu-limit", "0.2", "--json", "--eval", "while true do end").stdout)
    assert outcome["error"]["budget"] == "cpu"
    outcome = json.loads(desk.run("lua", "--memory-limit", "8388608", "--json", "--eval", "return #string.rep('x', 2e7)").stdout)
    assert outcome["error"]["budget"] == "memory"


def test_a_conversation_keeps_its_globals(desk):
    typed = "kept = 20\nkept + 1\nfor i = 1, 2 do\nprint(i)\nend\nkept * 2\n"
    done = desk.run("lua", "--repl", stdin=typed)
    assert (done.returncode, done.stdout) == (DONE, "21\n1\n2\n40\n")
