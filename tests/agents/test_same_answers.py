"""One operation, four ways to run it, one answer."""

import asyncio
import json

import pytest
from surfaces import Catalogue, body_of, command, session
from vestibule import DEMO_PASSWORD, unique, unique_email

WAYS = ["rest", "command line", "mcp over stdio", "mcp over http"]
# What differs from one run of a write to the next.
VARYING = {"id", "created_at", "updated_at", "value", "token", "accept_invitation_url", "expires_at", "secret", "code",
           "password_reset_token", "password_reset_url", "obfuscated_value", "access_token", "refresh_token", "qr_code", "uri",
           "last_sign_in_at", "authentication_factor_id", "user_id", "inviter_user_id", "email", "slug", "name", "external_id",
           "endpoint_url"}  # fmt: skip

SAME_EACH_TIME = [
    ("organizations.get", {"id": "org_demo_acme"}),
    ("organizations.get", {"id": "org_nobody"}),
    ("organizations.get", {"id": "a/b?c#d e%2F..é"}),
    ("organizations.list", {"limit": 2, "order": "asc"}),
    ("organizations.list", {"limit": 0}),
    ("organizations.list", {"limit": 101, "order": "sideways"}),
    ("organizations.list", {"before": "a", "after": "b"}),
    ("organizations.list", {"domains": ["acme.test", "nobody.test"], "search": "Ac%_me é&=+"}),
    ("organizations.create", {}),
    ("organizations.create", {"name": ""}),
    ("organizations.create", {"name": "x", "external_id": "é"}),
    ("organizations.update", {"id": "org_demo_acme", "name": "Acme"}),
    ("organizations.update", {"id": "org_demo_acme", "metadata": {"k" * 41: "v"}}),
    ("organizations.delete", {"id": "org_nobody"}),
    ("organization_domains.create", {"organization_id": "org_nobody", "domain": "x.example"}),
    ("users.list", {"email": "ADA@acme.test"}),
    ("users.create", {"email": "ada@acme.test"}),
    ("users.create", {"email": "not an address"}),
    ("users.list_identities", {"id": "user_nobody"}),
    ("roles.list", {}),
    ("permissions.list", {}),
    ("organization_memberships.list", {}),
    ("organization_memberships.list", {"organization_id": "org_demo_acme", "statuses": ["active", "pending"]}),
    ("organization_memberships.list", {"organization_id": "org_demo_acme", "statuses": ["sleeping"]}),
    ("events.list", {"events": ["organization.created"], "limit": 1}),
    ("events.list", {"events": ["no.such.event"]}),
    ("invitations.get_by_token", {"token": "nobody"}),
    ("webhook_endpoints.create", {"endpoint_url": "https://x.example", "events": ["no.such.event"]}),
    ("api_keys.validate", {"value": "sk_nobody"}),
    ("auth_challenges.verify", {"id": "auth_challenge_nobody", "code": "012345"}),
    ("user_management.authenticate", {"grant_type": "password", "email": "ada@acme.test", "password": "Wrong-4100"}),
]


@pytest.fixture(scope="module")
def catalogue(server):
    return Catalogue(server)


def run(server, catalogue, operation, values):
    """What each way answers: whether it is a refusal, and the body."""
    return [
        by_rest(catalogue.request(server, operation, values)),
        by_command(server, catalogue, operation, values),
        *(by_mcp(server, transport, operation, values) for transport in ("stdio", "http")),
    ]


def by_rest(response):
    return response.status_code >= 400, response.json() if response.content else None


def by_command(server, catalogue, operation, values):
    yes = ["--yes"] if catalogue.operations[operation]["x-effect"] == "destructive" else []
    done = command(server, *operation.split("."), "--data", json.dumps(values), *yes)
    assert done.returncode in (0, 1, 4), done.stderr
    if done.returncode == 0:
        return False, json.loads(done.stdout) if done.stdout else None
    return True, json.loads(done.stderr)["error"]["details"]


def by_mcp(server, transport, operation, values):
    async def call():
        async with session(server, transport) as client:
            await client.list_tools()  # so that the client holds the result against the tool's output schema
            return await client.call_tool(operation.replace(".", "_"), values)

    result = asyncio.run(call())
    body = body_of(result)
    if not result.is_error and body == {"done": True}:
        return False, None
    if not result.is_error and isinstance(body.get("data"), list) and "object" not in body:
        return False, body["data"]
    return result.is_error, body


@pytest.mark.parametrize("operation,values", SAME_EACH_TIME, ids=[f"{name} {sorted(values)}" for name, values in SAME_EACH_TIME])
def test_every_way_gives_the_same_body(server, catalogue, operation, values):
    if operation == "user_management.authenticate":
        values = {**values, "client_id": server.client_id, "client_secret": server.api_key}
    answers = run(server, catalogue, operation, values)
    for way, answer in zip(WAYS, answers):
        assert answer == answers[0], f"{operation} by {way}"


def test_every_way_writes_the_same(server, catalogue):
    organization = {"organization_id": "org_demo_acme"}
    user = server.request("POST", "/user_management/users", {"email": unique_email()}).json()["id"]
    writes = [
        ("organizations.create", lambda: {"name": "Four · 組織", "metadata": {"plan": "gold"}}),
        ("users.create", lambda: {"email": unique_email(), "first_name": "Zoë", "email_verified": True}),
        ("groups.create", lambda: {**organization, "name": unique("group")}),
        ("permissions.create", lambda: {"slug": unique("slug"), "name": "Read"}),
        ("roles.create", lambda: {"slug": unique("slug"), "name": "Editor"}),
        ("organization_api_keys.create", lambda: {**organization, "name": "Key", "expires_at": "2099-01-01T00:00:00.000Z"}),
        ("invitations.create", lambda: {"email": unique_email(), **organization, "expires_in_days": 3}),
        ("magic_auth.create", lambda: {"email": unique_email()}),
        ("webhook_endpoints.create", lambda: {"endpoint_url": f"https://{unique()}.example/h", "events": ["user.created"]}),
        ("auth_factors.create", lambda: {"user_id": user, "type": "totp", "totp_issuer": "Ü", "totp_user": "u"}),
        ("user_management.authenticate", lambda: sign_in(server)),
    ]
    for operation, values in writes:
        given = [values() for _ in WAYS]
        answers = [run_one(server, catalogue, way, operation, one) for way, one in zip(WAYS, given)]
        for way, one, (refused, body) in zip(WAYS, given, answers):
            assert not refused, (operation, way, body)
            for name, value in one.items():
                if name in body and isinstance(value, str):
                    assert body[name] == value, (operation, way, name)
            assert shape(body) == shape(answers[0][1]), (operation, way)


def sign_in(server):
    known = {"client_id": server.client_id, "client_secret": server.api_key}
    return {**known, "grant_type": "password", "email": "grace@acme.test", "password": DEMO_PASSWORD}


def run_one(server, catalogue, way, operation, values):
    if way == "rest":
        return by_rest(catalogue.request(server, operation, values))
    if way == "command line":
        return by_command(server, catalogue, operation, values)
    return by_mcp(server, way.split()[-1], operation, values)


def shape(value, name=""):
    """A body without what differs from run to run: what was given by us, ids, times, secrets."""
    if isinstance(value, dict):
        return {key: shape(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value]
    if name in VARYING or value is None:
        return type(value).__name__
    return value


def test_every_way_deletes_the_same(server, catalogue):
    for way in WAYS:
        made = server.request("POST", "/organizations", {"name": way}).json()["id"]
        assert run_one(server, catalogue, way, "organizations.delete", {"id": made}) == (False, None), way
        assert server.request("GET", f"/organizations/{made}").status_code == 404, way
        refused, body = run_one(server, catalogue, way, "organizations.delete", {"id": made})
        assert refused and body["code"] == "entity_not_found", way


def test_every_way_redirects_to_the_same_place(server, catalogue):
    values = {"client_id": server.client_id, "redirect_uri": "http://localhost:3000/callback", "response_type": "code",
              "provider": "authkit", "state": "ä b"}  # fmt: skip
    done = command(server, "user-management", "authorize", "--data", json.dumps(values))
    assert done.returncode == 0, done.stderr
    places = [json.loads(done.stdout)["location"]]
    for transport in ("stdio", "http"):
        refused, body = by_mcp(server, transport, "user_management.authorize", values)
        assert not refused and set(body) == {"location"}
        places.append(body["location"])
    assert all(place.startswith(f"{server.url}/authkit/") for place in places), places
