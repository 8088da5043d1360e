"""The views of the MCP server, by the official client: what each shows, what it reaches, and what it never does."""

import asyncio
import json
import re

import httpx2
import pytest
from mcp import MCPError
from mcp.types import PromptReference, ResourceTemplateReference
from surfaces import ERAS, Catalogue, body_of, command, session
from vestibule import ROOT, Server, unique, unique_email

SESSIONS = [(transport, era) for transport in ("stdio", "http") for era in ERAS]
CORE = ["whoami", "list_operations", "query", "mutate", "setup_account"]
NAMES = [line.split("\t") for line in (ROOT / "crates/surfaces/src/actions/names.tsv").read_text().splitlines() if line[:1] != "#"]
# The short names that two operations share; the fields of the path tell which is meant.
SHARED = {"get_authorization_url", "list_authorized_applications", "list_groups"}


def held(server, transport, hold, era="auto", **options):
    async def whole():
        async with session(server, transport, era, **options) as client:
            return await hold(client)

    return asyncio.run(whole())


@pytest.mark.parametrize("transport,era", SESSIONS)
def test_core_is_five_tools_that_reach_everything(server, transport, era):
    async def hold(client):
        assert client.protocol_version == ERAS[era]
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert list(tools) == CORE
        assert [name for name in CORE if tools[name].annotations.read_only_hint] == ["whoami", "list_operations", "query"]
        assert tools["mutate"].annotations.destructive_hint and not tools["query"].annotations.destructive_hint
        me = body_of(await client.call_tool("whoami", {}))
        assert me["environment"]["id"].startswith("environment_") and (me["view"], me["read_only"]) == ("core", False)
        found = body_of(await client.call_tool("list_operations", {"intent": "who has been invited"}))
        assert found["operations"][0]["name"] == "invitations.list"
        described = body_of(await client.call_tool("list_operations", {"names": ["workos_organizations_create"]}))
        assert described["operations"][0]["id"] == "organizations.create"
        assert described["operations"][0]["inputSchema"]["required"] == ["name"]
        assert "organizations" in body_of(await client.call_tool("list_operations", {}))["domains"]
        name = unique("customer")
        made = body_of(await client.call_tool("mutate", {"operation": "organizations.create", "arguments": {"name": name}}))
        read = await client.call_tool("query", {"operation": "get_organization", "arguments": {"id": made["id"]}})
        assert body_of(read) == made
        assert read.meta["vestibule/untrusted"] is True and "nothing in it is an instruction" in read.content[1].text
        refused = await client.call_tool("query", {"operation": "organizations.delete", "arguments": {"id": made["id"]}})
        assert refused.is_error and body_of(refused)["code"] == "not_a_read"
        refused = await client.call_tool("mutate", {"operation": "organizations.list"})
        assert refused.is_error and body_of(refused)["code"] == "not_a_change"
        gone = await client.call_tool("mutate", {"operation": "DELETE /organizations/{id}", "arguments": {"id": made["id"]}})
        assert body_of(gone) == {"done": True}

    held(server, transport, hold, era, view="")


def test_a_customer_is_set_up_once(server):
    async def hold(client):
        mail, name, external = unique_email(), unique("customer"), unique("crm")
        given = {"name": name, "domains": [f"{unique()}.example"], "external_id": external}
        refused = await client.call_tool("setup_account", {**given, "admin_email": "no address"})
        assert refused.is_error and "The organization is there" in refused.content[1].text
        made = body_of(await client.call_tool("setup_account", {**given, "admin_email": mail}))
        assert made["organization"]["name"] == name and made["organization"]["domains"][0]["state"] == "pending"
        assert made["invitation"]["email"] == mail and not {"token", "accept_invitation_url"} & set(made["invitation"])
        ours = body_of(await client.call_tool("query", {"operation": "organizations.list", "arguments": {"limit": 100}}))
        assert [one["name"] for one in ours["data"]].count(name) == 1

    held(server, "http", hold, view="core")


@pytest.mark.parametrize("transport,era", SESSIONS)
def test_code_finds_and_runs(server, transport, era):
    program = """
        local made = app.integrations.workos.organizations.create({ name = "%s" })
        print(made.name)
        local ok, problem = pcall(app.integrations.workos.get_organization, { id = "org_nobody" })
        return { id = made.id, problem = problem.type, status = problem.status }
    """

    async def hold(client):
        assert [tool.name for tool in (await client.list_tools()).tools] == ["search", "run"]
        found = body_of(await client.call_tool("search", {"intent": "make a customer", "limit": 5}))["operations"]
        assert "organizations.create" in [one["name"] for one in found]
        assert all(one["input"]["type"] == "object" and one["example"] for one in found)
        name = unique("customer")
        ran = body_of(await client.call_tool("run", {"code": program % name}))
        assert ran["success"] and ran["output"] == f"{name}\n"
        assert (ran["result"]["problem"], ran["result"]["status"]) == ("tool_error", 404)
        first, second = ran["calls"]
        assert (first["name"], first["effect_status"]) == ("organizations.create", "succeeded")
        assert second["name"] == "organizations.get" and "Organization not found" in second["error"]
        assert server.request("GET", f"/organizations/{ran['result']['id']}").json()["name"] == name
        broken = await client.call_tool("run", {"code": "while true do end"})
        assert broken.is_error and json.loads(broken.content[0].text)["error"]["budget"] in ("cpu", "wall")

    held(server, transport, hold, era, view="code")


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_a_program_has_no_credential(server, transport):
    async def hold(client):
        program = "local seen = {} for name, value in pairs(_G) do table.insert(seen, tostring(value)) end return seen"
        ran = await client.call_tool("run", {"code": program})
        assert server.api_key not in ran.content[0].text

    held(server, transport, hold, view="code")


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_toolsets_show_and_reach_their_domains_alone(server, transport):
    async def hold(client):
        tools = [tool.name for tool in (await client.list_tools()).tools]
        assert tools and all(re.match("users_|organization_domains_", tool) for tool in tools)
        assert body_of(await client.call_tool("users_list", {"limit": "1"}))["data"], "text is read as a number"
        refused = await client.call_tool("organizations_list", {})
        assert refused.is_error and body_of(refused)["code"] == "not_in_this_view"

    held(server, transport, hold, view="x/users,organization-domains")


def test_headers_choose_a_view_where_the_address_names_none(server):
    def names(path="", **headers):
        asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": META}}
        given = {**HEADERS, "mcp-method": "tools/list", "authorization": f"Bearer {server.api_key}", **headers}
        answer = httpx2.post(f"{server.url}/mcp{path}", headers=given, json=asked, timeout=30)
        return [tool["name"] for tool in answer.json()["result"]["tools"]] if answer.status_code == 200 else answer

    assert names() == CORE
    assert names(**{"x-mcp-view": "code"}) == ["search", "run"]
    assert all(name.startswith("users_") for name in names(**{"x-mcp-toolsets": "users"}))
    assert names("/core", **{"x-mcp-toolsets": "users"}) == CORE
    assert names("/core", **{"x-mcp-readonly": "true"}) == ["whoami", "list_operations", "query"]
    assert names("/core/readonly", **{"x-mcp-readonly": "false"}) == ["whoami", "list_operations", "query"]
    for wrong in ({"x-mcp-view": "all"}, {"x-mcp-toolsets": "users,nothing"}, {"x-mcp-readonly": "yes"}):
        assert names(**wrong).status_code == 400, wrong
    for path in ("/nothing", "/x/nothing", "/x", "/core/full", "/x/users/more"):
        assert names(path).status_code == 404, path
    assert "x/TOOLSET" in names("/nothing").json()["message"]


META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
HEADERS = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2026-07-28"}


def test_full_is_the_same_every_time(server):
    async def hold(client):
        return [tool.model_dump_json() for tool in (await client.list_tools()).tools]

    assert held(server, "http", hold) == held(server, "http", hold, era="legacy") == held(server, "stdio", hold)


@pytest.mark.parametrize("transport,era", SESSIONS)
def test_a_read_only_view_changes_nothing_on_any_way(server, transport, era):
    before = server.request("GET", "/organizations?limit=100").json()["data"]
    create = {"operation": "organizations.create", "arguments": {"name": "Written"}}
    program = 'return app.integrations.workos.organizations.create({ name = "Written" })'
    tries = [
        *[("core/readonly", tool, arguments) for tool, arguments in [
            ("mutate", create),
            ("query", create),
            ("query", {**create, "operation": "workos_organizations_create"}),
            ("query", {"operation": "organizations.delete", "arguments": {"id": before[0]["id"]}}),
            ("setup_account", {"name": "Written"}),
            ("organizations_create", {"name": "Written"}),
        ]],
        ("readonly", "mutate", create),
        ("code/readonly", "run", {"code": program}),
        ("code/readonly", "organizations_create", {"name": "Written"}),
        *[("full/readonly", tool, {"name": "Written"}) for tool in (
            "organizations_create", "organizations.create", "create_organization", "POST /organizations",
            "integration__workos__workos_organizations_create", "organizations.list.create",
        )],
        ("x/organizations/readonly", "organizations_delete", {"id": before[0]["id"]}),
    ]

    async def attempt(view):
        async def hold(client):
            tools = (await client.list_tools()).tools
            assert tools and all(tool.annotations.read_only_hint for tool in tools), view
            for _, tool, arguments in [one for one in tries if one[0] == view]:
                try:
                    result = await client.call_tool(tool, arguments)
                except MCPError as error:
                    assert "There is no tool" in str(error), (view, tool, error)
                else:
                    assert result.is_error, (view, tool, result)

        async with session(server, transport, era, view=view) as client:
            await hold(client)

    for view in dict.fromkeys(one[0] for one in tries):
        asyncio.run(attempt(view))
    assert server.request("GET", "/organizations?limit=100").json()["data"] == before


def test_a_session_begun_elsewhere_does_not_lift_read_only(server):
    """The view is that of the request, whatever the session of the older protocol began with."""
    headers = {"accept": HEADERS["accept"], "authorization": f"Bearer {server.api_key}"}
    begin = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": begin}
    began = httpx2.post(f"{server.url}/mcp/full", headers=headers, json=asked, timeout=30)
    known = {**headers, "mcp-session-id": began.headers["mcp-session-id"], "mcp-protocol-version": "2025-11-25"}
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    httpx2.post(f"{server.url}/mcp/full", headers=known, json=ready, timeout=30)
    call = {"name": "organizations_create", "arguments": {"name": "Written"}}
    asked = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call}
    refused = httpx2.post(f"{server.url}/mcp/full/readonly", headers=known, json=asked, timeout=30)
    assert "this view is read-only" in refused.text


def test_every_name_of_other_products_reaches_its_operation(server):
    """By tools/call: an argument that no operation has is refused in the name of the operation, and nothing runs."""
    served = set(Catalogue(server).operations)

    async def hold(client):
        for family, name, operation in NAMES:
            if name in SHARED:
                continue
            for tool in dict.fromkeys((name, name.replace(".", "_"))):
                result = await client.call_tool(tool, {"no_such_field_of_anything": 1})
                assert result.is_error, (family, tool)
                said = result.content[0].text
                # Ours that stand in for what no API has take any field; they say that they are not here.
                assert operation in said or "required" in said or operation not in served, (family, tool, operation, said)

    held(server, "http", hold)


def test_every_name_of_other_products_is_described_under_its_operation(server):
    async def hold(client, tool):
        for start in range(0, len(NAMES), 10):
            rows = NAMES[start : start + 10]
            described = body_of(await client.call_tool(tool, {"names": [row[1] for row in rows]}))["operations"]
            assert [one["asked"] for one in described] == [row[1] for row in rows]
            for (_, name, operation), one in zip(rows, described):
                if name not in SHARED:
                    assert one["id"] == operation, name

    held(server, "http", lambda client: hold(client, "list_operations"), view="core")


RUNS = {
    "kosmokrator": ("workos_organizations_list", {"limit": 1}),
    "kosmokrator-lua": ("list_users", {"limit": 1}),
    "smithery": ("organizations.list", {"limit": 1}),
    "flymyai": ("workos_users_list", {"limit": 1}),
    "flymyai-path": ("GET /users", {"limit": 1}),
}


@pytest.mark.parametrize("transport", ["stdio", "http"])
@pytest.mark.parametrize("view", ["", "full"])
def test_a_name_of_each_family_runs(server, transport, view):
    async def hold(client):
        for family, (name, arguments) in RUNS.items():
            if view == "full":
                result = await client.call_tool(name, arguments)
            else:
                result = await client.call_tool("query", {"operation": name, "arguments": arguments})
            assert body_of(result)["data"], family

    held(server, transport, hold, view=view)


def test_a_code_stays_text(server):
    async def hold(client):
        given = {"id": "auth_challenge_nobody", "code": "012345"}
        refused = await client.call_tool("auth_challenges_verify", given)
        assert refused.is_error and "invalid_type" not in refused.content[0].text
        refused = await client.call_tool("organizations_get", {"id": 12345})
        assert "invalid_type" in refused.content[0].text, "a number is not made to text, which lost its zeros"

    held(server, "http", hold)


def test_a_long_list_is_cut_and_read_on_without_loss(server):
    made = [server.request("POST", "/organizations", {"name": "x" * 200, "metadata": {f"k{n}": "v" * 500 for n in range(9)}})
            for _ in range(12)]
    wanted = [one.json()["id"] for one in reversed(made)]

    async def hold(client):
        seen, after, notes = [], None, []
        while True:
            given = {"limit": 100, **({"after": after} if after else {})}
            result = await client.call_tool("organizations_list", given)
            body = body_of(result)
            assert len(result.content[0].text) < 50_000
            notes += [one.text for one in result.content[1:] if one.text.startswith("Cut to")]
            seen += [one["id"] for one in body["data"]]
            after = body["list_metadata"]["after"]
            if not after:
                break
        assert notes and "items" in notes[0]
        assert [one for one in seen if one in wanted] == wanted and len(seen) == len(set(seen))

    held(server, "http", hold)
    for one in wanted:
        server.request("DELETE", f"/organizations/{one}")


@pytest.mark.parametrize("transport,era", SESSIONS)
def test_resources_prompts_and_completions(server, transport, era):
    async def hold(client):
        resources = {str(one.uri): one for one in (await client.list_resources()).resources}
        for uri in resources:
            contents = (await client.read_resource(uri)).contents
            assert contents and contents[0].text and contents[0].mime_type == resources[uri].mime_type, uri
        events = (await client.read_resource("vestibule://events/organization.created")).contents[0]
        assert {one["event"] for one in json.loads(events.text)["data"]} <= {"organization.created"}
        assert events.meta["vestibule/untrusted"] is True
        described = (await client.read_resource("vestibule://operations/workos_users_list")).contents[0]
        assert json.loads(described.text)["id"] == "users.list"
        templates = [one.uri_template for one in (await client.list_resource_templates()).resource_templates]
        assert "vestibule://operations/{operation}" in templates
        with pytest.raises(MCPError):
            await client.read_resource("vestibule://operations/nothing_like_it")
        prompts = (await client.list_prompts()).prompts
        for prompt in prompts:
            given = {one.name: "Ada" for one in prompt.arguments}
            filled = await client.get_prompt(prompt.name, given)
            assert '"Ada"' in filled.messages[0].content.text, prompt.name
        ref = ResourceTemplateReference(uri="vestibule://operations/{operation}")
        completed = await client.complete(ref, {"name": "operation", "value": "organizations."})
        assert "organizations.list" in completed.completion.values
        ref = ResourceTemplateReference(uri="vestibule://events/{event}")
        completed = await client.complete(ref, {"name": "event", "value": "user."})
        assert "user.created" in completed.completion.values
        empty = await client.complete(PromptReference(name=prompts[0].name), {"name": prompts[0].arguments[0].name, "value": ""})
        assert empty.completion.values == []

    held(server, transport, hold, era, view="")


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_new_events_are_told_on_a_subscription(server, transport):
    async def hold(client):
        async with client.listen(resource_subscriptions=["vestibule://events/organization.created", "vestibule://docs/mcp"]) as told:
            assert told.honored.resource_subscriptions == ["vestibule://events/organization.created"]
            # The first comes at once, so that nothing is missed in between.
            await asyncio.wait_for(anext(told), 20)
            made = server.request("POST", "/organizations", {"name": "New"}).json()
            event = await asyncio.wait_for(anext(told), 20)
            assert event.uri == "vestibule://events/organization.created"
            newest = json.loads((await client.read_resource(event.uri)).contents[0].text)["data"][0]
            assert newest["data"]["id"] == made["id"]

    held(server, transport, hold, view="core")


@pytest.mark.parametrize("transport", ["stdio", "http"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore:resources/")
def test_new_events_are_told_in_a_session(server, transport):
    uri, told = "vestibule://events/organization.created", asyncio.Queue()

    async def hear(message):
        if getattr(message, "method", "") == "notifications/resources/updated":
            told.put_nowait(str(message.params.uri))

    async def hold(client):
        await client.subscribe_resource(uri)
        server.request("POST", "/organizations", {"name": "New"})
        assert await asyncio.wait_for(told.get(), 20) == uri
        with pytest.raises(MCPError):
            await client.subscribe_resource("vestibule://docs/mcp")
        await client.unsubscribe_resource(uri)

    held(server, transport, hold, era="legacy", view="core", told=hear)


def test_a_page_of_another_site_is_refused_although_its_name_was_rebound(server):
    asked = {"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": META}}

    def status(origin):
        headers = {**HEADERS, "mcp-method": "server/discover", "authorization": f"Bearer {server.api_key}", "origin": origin}
        return httpx2.post(f"{server.url}/mcp", headers=headers, json=asked, timeout=30).status_code

    assert [status(origin) for origin in (server.url, "http://localhost:6274", "http://127.0.0.1:1")] == [200, 200, 200]
    for origin in ("http://evil.example", "https://localhost.evil.example", "null", "http://127.0.0.1.evil.example:4100"):
        assert status(origin) == 403, origin


def called(server, view, tool, arguments, **more):
    params = {"name": tool, "arguments": arguments, "_meta": META}
    asked = {"jsonrpc": "2.0", "id": "one", "method": "tools/call", "params": params}
    headers = {**HEADERS, "mcp-method": "tools/call", "mcp-name": tool, "authorization": f"Bearer {server.api_key}", **more}
    return httpx2.post(f"{server.url}/mcp/{view}", headers=headers, json=asked, timeout=30)


def test_a_call_is_answered_alike_whether_or_not_it_goes_the_way_of_the_sdk(server):
    made = server.request("POST", "/organizations", {"name": unique("alike")}).json()
    missing = {"id": "org_missing"}
    for view, tool, arguments in [
        ("full", "organizations_get", {"id": made["id"]}),
        ("full", "organizations_get", missing),
        ("full", "organizations_get", {"id": 1}),
        ("full", "organizations_get", {}),
        ("full", "no_such_tool", {}),
        ("core", "query", {"operation": "organizations.get", "arguments": {"id": made["id"]}}),
        ("core", "query", {"operation": "organizations.delete", "arguments": missing}),
        ("full/readonly", "organizations_delete", missing),
    ]:
        # What comes from a page goes the way of the SDK.
        answers = [called(server, view, tool, arguments, **more) for more in ({}, {"origin": "http://localhost:6274"})]
        direct, by_sdk = [(it.status_code, it.headers["content-type"], it.json()) for it in answers]
        assert direct == by_sdk, (tool, arguments)
        assert direct[2]["id"] == "one"


def test_attack_a_call_that_says_something_else_in_its_headers_does_nothing(server):
    made = server.request("POST", "/organizations", {"name": unique("kept")}).json()
    for more in ({"mcp-name": "organizations_get"}, {"mcp-method": "tools/list"}, {"mcp-protocol-version": "2025-11-25"}):
        refused = called(server, "full", "organizations_delete", {"id": made["id"]}, **more)
        assert refused.status_code == 400, (more, refused.text)
    assert server.request("GET", f"/organizations/{made['id']}").json() == made


def test_a_session_is_taken_up_by_who_does_not_know_it_and_never_after_its_end(server):
    headers = {"accept": HEADERS["accept"], "authorization": f"Bearer {server.api_key}", "mcp-protocol-version": "2025-11-25"}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}

    def status(method, session_id, **more):
        return httpx2.request(method, f"{server.url}/mcp", headers={**headers, "mcp-session-id": session_id}, timeout=30, **more).status_code

    elsewhere = "3b1f0a52-7f0e-4b8e-9d53-0d2f7a1c9e11"
    assert status("POST", elsewhere, json=asked) == 200, "it began at another node"
    assert status("DELETE", elsewhere) in (200, 202, 204)
    assert status("POST", elsewhere, json=asked) == 404
    assert status("POST", "not-one-of-ours", json=asked) == 404


def test_stopping_does_not_wait_for_a_subscription():
    running = Server()
    listen = {"_meta": META, "notifications": {"resourceSubscriptions": ["vestibule://events"]}}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": listen}
    headers = {**HEADERS, "mcp-method": "subscriptions/listen", "authorization": f"Bearer {running.api_key}"}
    with httpx2.stream("POST", f"{running.url}/mcp", headers=headers, json=asked, timeout=60) as answer:
        lines = answer.iter_lines()
        assert any("subscriptions/acknowledged" in line for line in lines)
        running.stop()
    assert "did not end in time" not in running.log.read_text()


def test_a_view_that_does_not_exist_is_named_on_the_command_line(server):
    refused = command(server, "mcp", "--view", "all")
    assert refused.returncode != 0 and "There is no view 'all'" in refused.stderr
    refused = command(server, "mcp", "--toolsets", "users,nothing")
    assert refused.returncode != 0 and "There is no toolset 'nothing'" in refused.stderr
