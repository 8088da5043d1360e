"""Paths, queries and headers that name nothing, or that are no text at all."""

import socket
import time
from urllib.parse import urlsplit

import pytest
from checks import assert_refused, raw_exchange

UNKNOWN_ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
ODD_IDS = [
    "x", "org", "org_", "-1", "0", "null", "undefined", "..%2f..%2fetc", "%2e%2e", "%00", "org_%00", "%ff%fe", "%c3%28",
    "' OR 1=1 --", "org_'; DROP TABLE organizations; --", "%F0%9F%92%A9", "a%0d%0ax: y", "{id}", "*", "org_" + UNKNOWN_ULID.lower(),
    "x" * 4000,
]  # fmt: skip

BY_ID = {
    "GET /organizations/{}": "org",
    "PUT /organizations/{}": "org",
    "DELETE /organizations/{}": "org",
    "GET /organizations/external_id/{}": "external",
    "GET /organization_domains/{}": "org_domain",
    "DELETE /organization_domains/{}": "org_domain",
    "POST /organization_domains/{}/verify": "org_domain",
    "GET /organizations/{}/groups": "org",
    "GET /organizations/org_demo_acme/groups/{}": "group",
    "PATCH /organizations/org_demo_acme/groups/{}": "group",
    "DELETE /organizations/org_demo_acme/groups/{}": "group",
    "GET /organizations/{}/api_keys": "org",
    "GET /user_management/users/{}": "user",
    "PUT /user_management/users/{}": "user",
    "DELETE /user_management/users/{}": "user",
    "GET /user_management/users/external_id/{}": "external",
    "GET /user_management/users/{}/identities": "user",
    "GET /user_management/users/{}/sessions": "user",
    "GET /user_management/users/{}/api_keys": "user",
    "POST /user_management/users/{}/email_verification/send": "user",
    "GET /user_management/email_verification/{}": "email_verification",
    "GET /user_management/magic_auth/{}": "magic_auth",
    "GET /user_management/password_reset/{}": "password_reset",
    "GET /user_management/organization_memberships/{}": "om",
    "PUT /user_management/organization_memberships/{}": "om",
    "PUT /user_management/organization_memberships/{}/deactivate": "om",
    "PUT /user_management/organization_memberships/{}/reactivate": "om",
    "DELETE /user_management/organization_memberships/{}": "om",
    "GET /user_management/invitations/{}": "invitation",
    "GET /user_management/invitations/by_token/{}": "token",
    "POST /user_management/invitations/{}/accept": "invitation",
    "POST /user_management/invitations/{}/resend": "invitation",
    "DELETE /user_management/redirect_uris/{}": "redir",
    "GET /authorization/roles/{}": "role",
    "PATCH /authorization/roles/{}": "role",
    "GET /authorization/permissions/{}": "perm",
    "PATCH /authorization/permissions/{}": "perm",
    "DELETE /authorization/permissions/{}": "perm",
    "GET /authorization/organizations/{}/roles": "org",
    "GET /authorization/organizations/org_demo_acme/roles/{}": "role",
    "DELETE /authorization/organizations/org_demo_acme/roles/{}": "role",
    "GET /auth/factors/{}": "auth_factor",
    "DELETE /auth/factors/{}": "auth_factor",
    "POST /auth/factors/{}/challenge": "auth_factor",
    "DELETE /api_keys/{}": "api_key",
    "POST /api_keys/{}/expire": "api_key",
    "PATCH /webhook_endpoints/{}": "we",
    "DELETE /webhook_endpoints/{}": "we",
}
NEEDS_NO_BODY = ("GET", "DELETE")


def call(server, operation, id):
    method, path = operation.split(" ")
    body = None if method in NEEDS_NO_BODY else {}
    return server.request(method, path.format(id), body)


@pytest.mark.parametrize("operation", BY_ID)
class TestIds:
    """Each operation, with ids that name nothing."""

    def test_an_unknown_id_is_not_found(self, unchanged, operation):
        body = assert_refused(call(unchanged, operation, f"{BY_ID[operation]}_{UNKNOWN_ULID}"), 404)
        assert body["message"]

    def test_an_id_that_is_none_is_refused(self, unchanged, operation):
        for id in ODD_IDS:
            assert_refused(call(unchanged, operation, id), 400, 404, 405, 414, 422)


@pytest.mark.parametrize("path", ["/organizations", "/user_management/users", "/user_management/invitations", "/webhook_endpoints"])
def test_a_bad_cursor_is_an_empty_page_or_refused(server, path):
    for side in ("after", "before"):
        for cursor in [*ODD_IDS[:-1], f"org_{UNKNOWN_ULID}", f"user_{UNKNOWN_ULID}", ""]:
            response = server.request("GET", f"{path}?{side}={cursor.replace('#', '%23').replace(' ', '%20')}")
            if response.status_code == 200:
                assert response.json()["object"] == "list"
                if cursor:
                    assert response.json()["data"] == [], cursor
            else:
                assert_refused(response)


def test_queries_that_are_no_text_are_no_server_error(server):
    for query in ["search=%ff", "search=%00", "search=%", "search=%zz", "limit=%00", "domains=%ff&domains=a", "domains[]=", "&&&", "=", "search=" + "x" * 4_000]:
        response = server.request("GET", f"/organizations?{query}")
        assert response.status_code in (200, 400, 414, 422), (query[:40], response.text[:200])
        if response.status_code == 200:
            assert response.json()["object"] == "list"


def test_search_words_are_words_and_no_pattern(server):
    server.request("POST", "/organizations", {"name": "Percent % and under_score"})
    for word in ["%", "_", "\\", "'", '"', "%25%25", "[a-z]", "*", ".*", "NULL"]:
        response = server.request("GET", "/organizations", params={"search": word})
        assert response.status_code == 200
        for found in response.json()["data"]:
            assert word.lower() in found["name"].lower(), (word, found["name"])


@pytest.mark.parametrize(
    "head",
    [
        b"GET /organizations/\xff\xfe HTTP/1.1\r\nhost: x\r\n",
        b"GET /organizations?search=\xff HTTP/1.1\r\nhost: x\r\n",
        b"GET /organizations HTTP/1.1\r\nhost: x\r\nx-odd: \xff\xfe\r\n",
        b"GET /organizations HTTP/1.1\r\nhost: \xff\r\n",
        b"GET organizations HTTP/1.1\r\nhost: x\r\n",
        b"GET http://elsewhere.example/organizations HTTP/1.1\r\nhost: x\r\n",
        b"NOSUCHMETHOD /organizations HTTP/1.1\r\nhost: x\r\n",
        b"GET /organizations HTTP/1.1\r\n",
        b"GET /" + b"a/" * 20_000 + b" HTTP/1.1\r\nhost: x\r\n",
        b"GET /organizations HTTP/1.1\r\nhost: x\r\nx-long: " + b"y" * 200_000 + b"\r\n",
    ],
    ids=lambda head: head[:40].decode("latin-1"),
)
def test_raw_bytes_in_the_head_are_no_server_error(server, head):
    authorization = f"authorization: Bearer {server.api_key}\r\nconnection: close\r\n\r\n".encode()
    status, _, _ = raw_exchange(server, head + authorization)
    assert status < 500
    assert server.request("GET", "/organizations").status_code == 200


def test_credentials_that_are_none_are_unauthorized(server):
    for value in [b"Bearer", b"Bearer ", b"bearer x y", b"Bearer \xff\xfe", b"Basic !!!", b"sk_x", b"Bearer " + b"s" * 50_000]:
        head = b"GET /organizations HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: " + value + b"\r\n\r\n"
        status, headers, body = raw_exchange(server, head)
        assert status in (401, 431), (value[:20], status)
        if status == 401:
            assert headers["content-type"].startswith("application/json")
            assert body == b'{"message":"Unauthorized"}'


def test_an_idempotency_key_may_be_odd(server):
    for key in ["", "k" * 5_000, "käse", "a,b;c=d"]:
        headers = {"idempotency-key": key.encode()}
        response = server.request("POST", "/organizations", {"name": "Odd key"}, headers=headers)
        assert response.status_code in (201, 400, 422), response.text


@pytest.mark.parametrize("path", ["/organizations/%ff%fe", "/no/such/path", "/organizations/x", "/healthz", "/user_management/authorize"])
def test_a_refusal_leaves_the_connection_usable_or_says_that_it_ends(server, path):
    """A client that sends its body a moment later must not find the connection broken at its next request."""
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        head = f"POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {server.api_key}\r\ncontent-type: application/json\r\n"
        connection.sendall(f"{head}content-length: 2\r\n\r\n".encode())
        time.sleep(0.05)
        connection.sendall(b"{}")
        answer = connection.recv(65536).lower()
        assert answer.startswith(b"http/1.1 4")
        if b"connection: close" in answer:
            return
        time.sleep(0.05)
        connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")


def test_methods_that_do_not_fit_are_refused(server):
    for method, path in [("PATCH", "/organizations"), ("PUT", "/events"), ("POST", "/organizations/org_demo_acme"), ("DELETE", "/healthz")]:
        assert_refused(server.request(method, path), 404, 405)
