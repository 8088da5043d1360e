"""The official MCP client holds sessions with `vestibule mcp` and with `/mcp`, in both eras of the protocol."""

import asyncio
import re

import httpx2
import pytest
from mcp import MCPError
from surfaces import ERAS, Catalogue, body_of, command, session, tool_call
from vestibule import unique

SESSIONS = [(transport, era) for transport in ("stdio", "http") for era in ERAS]
UNICODE = "Zażółć gęślą jaźń · 組織 · 🏛️ · \u2028 · ‮rtl · \"quoted\" \\ 'single'"


@pytest.mark.parametrize("transport,era", SESSIONS)
def test_a_whole_session(server, transport, era):
    async def hold():
        async with session(server, transport, era) as client:
            assert client.protocol_version == ERAS[era]
            assert client.server_info.name == "vestibule" and "domain_verb" in client.instructions
            assert len((await client.list_tools()).tools) > 100
            made = body_of(await client.call_tool("organizations_create", {"name": UNICODE, "metadata": {"plan": "gold"}}))
            assert made["name"] == UNICODE, "text must survive the round trip"
            read = body_of(await client.call_tool("organizations_get", {"id": made["id"]}))
            assert read == made == server.request("GET", f"/organizations/{made['id']}").json()
            changed = body_of(await client.call_tool("organizations_update", {"id": made["id"], "name": "Plain"}))
            assert (changed["name"], changed["metadata"]) == ("Plain", {"plan": "gold"})
            listed = body_of(await client.call_tool("organizations_list", {"limit": 1}))
            assert [one["id"] for one in listed["data"]] == [made["id"]]
            assert body_of(await client.call_tool("organizations_delete", {"id": made["id"]})) == {"done": True}
            gone = await client.call_tool("organizations_get", {"id": made["id"]})
            assert gone.is_error
            assert body_of(gone) == {"code": "entity_not_found", "message": f"Organization not found: '{made['id']}'."}

    asyncio.run(hold())


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_every_operation_is_a_tool(server, transport):
    async def tools():
        async with session(server, transport) as client:
            return (await client.list_tools()).tools

    listed = asyncio.run(tools())
    operations = Catalogue(server).operations
    assert {tool.name for tool in listed} == {name.replace(".", "_") for name in operations}
    assert len({tool.name for tool in listed}) == len(listed)
    by_name = {name.replace(".", "_"): operation for name, operation in operations.items()}
    for tool in listed:
        operation = by_name[tool.name]
        assert re.fullmatch(r"[a-z0-9_]{1,64}", tool.name)
        assert tool.description, tool.name
        assert tool.input_schema["type"] == tool.output_schema["type"] == "object", tool.name
        for name, field in tool.input_schema.get("properties", {}).items():
            assert field.get("description"), f"{tool.name}: {name}"
        hints = tool.annotations
        assert hints.read_only_hint == (operation["x-effect"] == "read"), tool.name
        assert hints.destructive_hint == (operation["x-effect"] == "destructive"), tool.name
        assert hints.idempotent_hint or hints.read_only_hint is False, tool.name
        assert hints.open_world_hint is False, tool.name
        marked = (tool.meta or {}).get("vestibule/sensitive")
        assert marked == operation.get("x-sensitive"), tool.name


REFUSALS = [
    ("organizations_get", {"id": "org_nobody"}, "entity_not_found", None),
    ("organizations_get", {}, "invalid_request_parameters", "id"),
    ("organizations_get", {"id": 5}, "invalid_request_parameters", "id"),
    ("organizations_list", {"limit": 0}, "invalid_request_parameters", "limit"),
    ("organizations_create", {}, "invalid_request_parameters", "name"),
    ("organizations_create", {"name": None}, "invalid_request_parameters", "name"),
    ("organizations_create", {"name": ["x"]}, "invalid_request_parameters", "name"),
    ("organizations_create", {"name": "x", "external_id": "x" * 129}, "invalid_request_parameters", "external_id"),
]


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_a_refusal_is_an_error_with_the_body_of_the_contract(server, transport):
    async def refusals():
        async with session(server, transport) as client:
            return [await client.call_tool(name, arguments) for name, arguments, _, _ in REFUSALS]

    for (name, arguments, code, field), result in zip(REFUSALS, asyncio.run(refusals())):
        assert result.is_error, (name, arguments)
        body = body_of(result)
        assert body["code"] == code and body["message"], (name, arguments, body)
        assert field is None or [one["field"] for one in body["errors"]] == [field], (name, arguments, body)


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_an_unknown_tool_is_an_error_of_the_protocol(server, transport):
    with pytest.raises((MCPError, ExceptionGroup)) as refused:
        tool_call(server, transport, "no_such_tool", {})
    assert "no_such_tool" in str(innermost(refused.value))


def innermost(error):
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_a_sensitive_result_is_given_once(server, transport):
    name = unique("key")
    arguments = {"organization_id": "org_demo_acme", "name": name}
    made = body_of(tool_call(server, transport, "organization_api_keys_create", arguments))
    assert made["value"].startswith("sk_")
    checked = body_of(tool_call(server, transport, "api_keys_validate", {"value": made["value"]}))
    assert checked["api_key"]["id"] == made["id"]
    listed = body_of(tool_call(server, transport, "organization_api_keys_list", {"organization_id": "org_demo_acme"}))
    assert made["value"] not in str(listed)


@pytest.mark.parametrize("key", [None, "sk_wrong", "sk_wrong é".encode().decode("latin-1")])
def test_without_a_key_http_answers_401(server, key):
    headers = {"authorization": f"Bearer {key}".encode("latin-1")} if key else {}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    accept = {"accept": "application/json, text/event-stream"}
    answer = httpx2.post(f"{server.url}/mcp", headers={**headers, **accept}, json=asked, timeout=30)
    assert answer.status_code == 401 and answer.json() == {"message": "Unauthorized"}
    assert answer.headers["www-authenticate"].startswith("Bearer") and answer.headers["x-request-id"]


REVISION = "2026-07-28"
# A call that would be done, calls that would be refused, one that anybody may make elsewhere, and tools that call nothing.
WITHOUT_A_KEY = [
    ("full", "organizations_create", {"name": "Made by nobody"}),
    ("full", "organizations_create", {"name": 1}),
    ("full", "organizations_no_such", {}),
    ("full/readonly", "organizations_create", {"name": "Made by nobody"}),
    ("full", "user_management_authenticate", {"grant_type": "refresh_token", "client_id": "client_x", "refresh_token": "x"}),
    ("core", "query", {"operation": "organizations.get", "arguments": {"id": "org_demo_acme"}}),
    ("core", "mutate", {"operation": "organizations.create", "arguments": {"name": "Made by nobody"}}),
    ("core", "query", {"operation": "organizations.create", "arguments": {"name": "Made by nobody"}}),
    ("core", "list_operations", {}),
    ("core", "whoami", {}),
    ("nowhere", "organizations_list", {}),
]


@pytest.mark.parametrize("view,name,arguments", WITHOUT_A_KEY)
def test_attack_a_call_in_order_with_a_key_that_opens_nothing_learns_nothing_and_does_nothing(server, view, name, arguments):
    meta = {"io.modelcontextprotocol/protocolVersion": REVISION, "io.modelcontextprotocol/clientCapabilities": {}}
    params = {"name": name, "arguments": arguments, "_meta": meta}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    headers = {"accept": "application/json, text/event-stream", "mcp-protocol-version": REVISION,
               "mcp-method": "tools/call", "mcp-name": name}  # fmt: skip
    organization = server.request("POST", "/organizations", {"name": unique("revoked")}).json()
    made = server.request("POST", f"/organizations/{organization['id']}/api_keys", {"name": unique("key")}).json()
    before = len(server.request("GET", "/organizations?limit=100").json()["data"])
    # A key of nobody, one that opens other doors alone, and none.
    for key in ["sk_wrong", made["value"], None]:
        more = {} if key is None else {"authorization": f"Bearer {key}"}
        answer = httpx2.post(f"{server.url}/mcp/{view}", headers={**headers, **more}, json=asked, timeout=30)
        assert answer.status_code == 401 and answer.json() == {"message": "Unauthorized"}, (key, answer.text)
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert len(server.request("GET", "/organizations?limit=100").json()["data"]) == before


@pytest.mark.parametrize("key", [None, "sk_wrong"])
def test_without_a_key_each_tool_over_stdio_says_so(server, key):
    result = tool_call(server, "stdio", "organizations_list", {}, key=key)
    assert result.is_error and body_of(result) == {"message": "Unauthorized"}


def test_a_server_that_is_not_there_is_named(server):
    class Nowhere:
        url, api_key = "http://127.0.0.1:1", "sk_any"

    result = tool_call(Nowhere, "stdio", "organizations_list", {})
    assert result.is_error and "http://127.0.0.1:1" in body_of(result)["message"]


def test_what_is_no_request_is_refused_and_harms_nothing(server):
    headers = {
        "authorization": f"Bearer {server.api_key}",
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
    }
    for body in (b"{", b"", b"[]", b"null", b'{"jsonrpc":"1.0"}', b"\xff", b"[" * 100_000):
        answer = httpx2.post(f"{server.url}/mcp", headers=headers, content=body, timeout=30)
        assert 400 <= answer.status_code < 500, (body[:20], answer.status_code, answer.text)
    large = httpx2.post(f"{server.url}/mcp", headers=headers, content=b" " * (8 * 1024 * 1024), timeout=30)
    assert large.status_code == 413 and large.json()["code"] == "request_too_large"
    assert body_of(tool_call(server, "http", "organizations_get", {"id": "org_demo_acme"}))["name"] == "Acme"


def test_one_endpoint_tells_callers_apart_by_their_keys(server):
    folder = ["--data-dir", str(server.folder / "data")]
    database = ["--database", server.database] if server.database else []
    made = command(server, "env", "create", "Other", *folder, *database).stdout
    other = dict(line.split("=", 1) for line in made.split() if "=" in line)["WORKOS_API_KEY"]
    ours = tool_call(server, "http", "organizations_get", {"id": "org_demo_acme"})
    theirs = tool_call(server, "http", "organizations_get", {"id": "org_demo_acme"}, key=other)
    assert body_of(ours)["name"] == "Acme"
    assert theirs.is_error and body_of(theirs)["code"] == "entity_not_found"
    assert body_of(tool_call(server, "http", "organizations_list", {}, key=other))["data"] == []
