"""Device authorization through the official Python SDK, with somebody at the hosted page."""

import re

import pytest
from vestibule import DEMO_PASSWORD, claims
from visitor import Visitor
from workos._errors import AuthorizationError, BadRequestError

ADA = "ada@acme.test"


def decide(server, codes, answer):
    """Types the code, signs in and says yes or no; answers the last page."""
    visitor = Visitor(server).open(codes.verification_uri_complete)
    assert codes.user_code in visitor.html, "the link fills in the code"
    visitor.send(user_code=codes.user_code)
    visitor.send(email=ADA)
    visitor.send(password=DEMO_PASSWORD)
    assert codes.user_code in visitor.html and ADA in visitor.html
    return visitor.press(answer)


@pytest.fixture()
def users(server):
    return server.sdk().user_management


def test_a_device_is_let_in(server, users):
    codes = users.create_device(client_id=server.client_id)
    assert re.fullmatch(r"[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}", codes.user_code)
    assert codes.verification_uri == f"{server.url}/device"
    assert (codes.expires_in, codes.interval) == (300, 5)
    with pytest.raises(BadRequestError) as early:
        users.authenticate_with_device_code(device_code=codes.device_code)
    assert early.value.error == "authorization_pending"
    page = decide(server, codes, "approve")
    assert "Your device is signed in" in page.html
    session = users.authenticate_with_device_code(device_code=codes.device_code)
    assert (session.user.email, session.organization_id) == (ADA, "org_demo_acme")
    session_id = claims(session.access_token)["sid"]
    made = server.event("session.created", lambda data: data["id"] == session_id)
    assert made["data"]["user_id"] == session.user.id
    with pytest.raises(BadRequestError) as again:
        users.authenticate_with_device_code(device_code=codes.device_code)
    assert again.value.error == "invalid_grant"


def test_a_device_is_kept_out(server, users):
    codes = users.create_device(client_id=server.client_id)
    assert "The device stays out" in decide(server, codes, "deny").html
    with pytest.raises(BadRequestError) as denied:
        users.authenticate_with_device_code(device_code=codes.device_code)
    assert denied.value.error == "access_denied"


def test_an_unknown_client_and_a_closed_door_have_the_words_of_the_contract(server, users):
    with pytest.raises(BadRequestError) as unknown:
        users.create_device(client_id="client_nobody")
    assert unknown.value.error == "invalid_client"
    server.request("PUT", "/vestibule/v1/device_policy", {"enabled": False})
    try:
        with pytest.raises(AuthorizationError) as closed:
            users.create_device(client_id=server.client_id)
        assert closed.value.error == "access_denied"
        assert "Device authorization grant is not enabled for this team" in str(closed.value)
    finally:
        server.request("PUT", "/vestibule/v1/device_policy", {"enabled": True})


def test_forms_are_taken_as_oauth_clients_send_them(server):
    """An OAuth client that was not made for this API (RFC 8628 §3.1 and §3.4)."""
    codes = server.http.post(f"{server.url}/user_management/authorize/device", data={"client_id": server.client_id}).json()
    grant = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "client_id": server.client_id,
        "device_code": codes["device_code"],
    }
    answers = [server.http.post(f"{server.url}/user_management/authenticate", data=grant) for _ in range(2)]
    assert [one.json()["error"] for one in answers] == ["authorization_pending", "slow_down"]
    assert all(one.status_code == 400 for one in answers)
