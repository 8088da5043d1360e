"""What every refusal must look like, and what it must not do."""

from __future__ import annotations

import json
import socket
from contextlib import contextmanager
from urllib.parse import urlsplit

# Words of the machinery inside. None of them belongs into an answer.
INSIDES = ["panicked", "sqlite", "postgres", "SELECT ", "INSERT ", "rusqlite", "tokio", "/crates/", ".rs:", "serde"]

CREATES = {
    "/organizations": {"name": "Valid"},
    "/organization_domains": {"domain": "valid.example", "organization_id": "org_demo_acme"},
    "/user_management/users": {"email": "valid@example.test"},
    "/user_management/organization_memberships": {"user_id": "user_x", "organization_id": "org_demo_acme"},
    "/user_management/invitations": {"email": "valid@example.test"},
    "/user_management/magic_auth": {"email": "valid@example.test"},
    "/user_management/password_reset": {"email": "valid@example.test"},
    "/user_management/password_reset/confirm": {"token": "x", "new_password": "y"},
    "/user_management/authenticate": {"grant_type": "password", "client_id": "x", "email": "a@b.test", "password": "x"},
    "/user_management/redirect_uris": {"uri": "https://valid.example/callback"},
    "/user_management/cors_origins": {"origin": "https://valid.example"},
    "/user_management/sessions/revoke": {"session_id": "session_x"},
    "/organizations/org_demo_acme/groups": {"name": "Valid"},
    "/organizations/org_demo_acme/api_keys": {"name": "Valid"},
    "/authorization/roles": {"slug": "valid", "name": "Valid"},
    "/authorization/permissions": {"slug": "valid", "name": "Valid"},
    "/authorization/organizations/org_demo_acme/roles": {"slug": "org-valid", "name": "Valid"},
    "/auth/factors/enroll": {"type": "totp", "totp_issuer": "Valid", "totp_user": "Valid"},
    "/api_keys/validations": {"value": "sk_valid"},
    "/vestibule/v1/feature_flags": {"slug": "valid", "name": "Valid"},
    "/webhook_endpoints": {"endpoint_url": "https://valid.example/hook", "events": ["user.created"]},
}

LISTS = [
    "/organizations",
    "/user_management/users",
    "/user_management/invitations",
    "/user_management/organization_memberships?organization_id=org_demo_acme&statuses=active,inactive,pending",
    "/user_management/redirect_uris",
    "/user_management/cors_origins",
    "/organizations/org_demo_acme/groups",
    "/organizations/org_demo_acme/api_keys",
    "/authorization/roles",
    "/authorization/permissions",
    "/authorization/organizations/org_demo_acme/roles",
    "/feature-flags",
    "/webhook_endpoints",
]

WRITTEN = [
    "organization.created", "organization.updated", "organization.deleted", "organization_domain.created",
    "organization_membership.created", "user.created", "user.updated", "invitation.created", "magic_auth.created",
    "password_reset.created", "group.created", "api_key.created", "role.created", "permission.created",
    "organization_role.created", "session.created", "session.revoked", "flag.created",
]  # fmt: skip


def assert_refused(response, *statuses: int) -> dict:
    """The contract's error body, as JSON, which tells nothing of the insides."""
    statuses = statuses or (400, 422)
    what = f"{response.request.method} {str(response.request.url)[:200]} answered {response.status_code}: {response.text[:500]}"
    assert response.status_code in statuses, what
    assert response.headers["content-type"].startswith("application/json"), what
    body = response.json()
    assert isinstance(body, dict) and (body.get("message") or body.get("error")), what
    assert not [word for word in INSIDES if word.lower() in response.text.lower()], what
    return body


def snapshot(server) -> dict:
    """Everything that a refused request could have changed."""
    state = {}
    for path in LISTS:
        joint = "&" if "?" in path else "?"
        page = server.request("GET", f"{path}{joint}limit=100" if "/roles" not in path else path).json()
        state[path] = sorted(json.dumps(one, sort_keys=True) for one in page["data"])
    return state


@contextmanager
def nothing_changes(server):
    before, told = snapshot(server), len(list(server.events(*WRITTEN)))
    yield
    assert snapshot(server) == before
    # An event comes after its write; a write of our own flushes out what the requests in between may have left.
    mark = server.request("POST", "/organizations", {"name": "Mark"}).json()["id"]
    server.event("organization.created", lambda data: data["id"] == mark)
    assert len(list(server.events(*WRITTEN))) == told + 1
    server.request("DELETE", f"/organizations/{mark}")
    server.event("organization.deleted", lambda data: data["id"] == mark)


def raw_exchange(server, head: bytes, body: bytes = b"", seconds: float = 20) -> tuple[int, dict[str, str], bytes]:
    """Sends these very bytes and reads one answer. A server may answer, and close, before it has read everything."""
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=seconds) as connection:
        connection.sendall(head)
        try:
            for start in range(0, len(body), 65536):
                connection.sendall(body[start : start + 65536])
        except OSError:
            pass
        answer = b""
        try:
            while chunk := connection.recv(65536):
                answer += chunk
                if complete(answer):
                    break
        except OSError:
            pass
    assert answer, "the connection was closed without an answer"
    head_part, _, rest = answer.partition(b"\r\n\r\n")
    lines = head_part.decode("latin-1").split("\r\n")
    headers = dict((name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:]))
    return int(lines[0].split()[1]), headers, rest


def complete(answer: bytes) -> bool:
    head, end, rest = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    for line in head.decode("latin-1").lower().split("\r\n"):
        if line.startswith("content-length:"):
            return len(rest) >= int(line.split(":")[1])
    return rest.endswith(b"0\r\n\r\n")
