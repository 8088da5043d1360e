"""Nobody is ever sent to an address that was not registered, and nothing is slipped into the answer on the way."""

from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from checks import assert_refused, nothing_changes
from vestibule import DEMO_PASSWORD, DEMO_REDIRECT
from visitor import Visitor

HOSTILE = [
    "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "https:evil.example", "javascript:alert(1)",
    "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "", " ", "\x00", "http://localhost:3000/callback/../../x",
    "http://localhost:3000/callback%00", "http://localhost:3000/callback\r\nLocation: https://evil.example", "http://localhost:3000/CALLBACK",
    "http://localhost:3000/callback?x=1", "http://localhost:3000/callback#f", "http://user@localhost:3000/callback",
    "http://localhost:3000@evil.example/callback", "http://localhost:30000/callback", "http://localhost.evil.example:3000/callback",
    "https://localhost:3000/callback", "http://127.0.0.1:3000/callback", "http://localhost:3000/callbackx", "x" * 10_000,
]  # fmt: skip


def authorize(server, **parameters):
    query = {"client_id": server.client_id, "redirect_uri": DEMO_REDIRECT, "response_type": "code", "provider": "authkit", **parameters}
    query = {name: value for name, value in query.items() if value is not None}
    return httpx2.get(f"{server.url}/user_management/authorize?{urlencode(query)}", follow_redirects=False, timeout=30)


def stays_here(server, response):
    location = response.headers.get("location")
    return location is None or location.startswith("/") and not location.startswith("//") or location.startswith(server.url + "/")


@pytest.mark.parametrize("uri", HOSTILE, ids=lambda uri: repr(uri[:50]))
def test_a_hostile_redirect_uri_shows_an_error_page(server, uri):
    response = authorize(server, redirect_uri=uri)
    # What cannot be text, or is longer than any address, does not come to be compared.
    status = 422 if "\x00" in uri or len(uri) > 2048 else 400
    assert (response.status_code, response.headers.get("location")) == (status, None)
    assert status == 422 or "is not registered with this environment." in response.text
    assert response.headers["content-type"].startswith("text/html")
    assert "<script>alert" not in response.text and "javascript:" not in response.text.lower().replace("javascript:alert(1)", "")
    assert 'href="javascript' not in response.text.lower()
    assert response.headers["x-request-id"] in response.text, "the page names the request"


@pytest.mark.parametrize("uri", [uri for uri in HOSTILE if uri], ids=lambda uri: repr(uri[:50]))
def test_no_link_that_signs_in_leads_to_a_hostile_redirect_uri(server, uri):
    body = {"type": "MagicLink", "email": "ada@example.com", "redirect_uri": uri}
    assert_refused(server.request("POST", "/passwordless/sessions", body))


def test_an_unknown_client_shows_an_error_page(server):
    for client_id in ["client_01ARZ3NDEKTSV4RRFFQ69G5FAV", "", "\x00", "<script>alert(1)</script>", None]:
        response = authorize(server, client_id=client_id)
        assert 400 <= response.status_code < 500
        assert "location" not in response.headers
        assert "<script>alert" not in response.text


def test_other_wrong_parameters_are_told_to_the_application(server):
    for parameters, errors in [
        ({"provider": None}, ["invalid_connection_selector"]),
        ({"provider": "authkit", "connection_id": "conn_01ARZ3NDEKTSV4RRFFQ69G5FAV"}, ["invalid_connection_selector"]),
        ({"provider": None, "organization_id": "org_01ARZ3NDEKTSV4RRFFQ69G5FAV"}, ["organization_invalid", "connection_invalid"]),
    ]:
        response = authorize(server, **parameters, state="kept")
        assert response.status_code in (302, 303), (parameters, response.status_code)
        location = urlsplit(response.headers["location"])
        assert f"{location.scheme}://{location.netloc}{location.path}" == DEMO_REDIRECT
        query = parse_qs(location.query)
        assert query["error"][0] in errors and query["state"] == ["kept"], query


def test_only_s256_challenges_are_taken(server):
    digest = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
    for challenge, method, told in [
        (digest, None, "code_challenge_method must be S256."),
        (None, "S256", "code_challenge_method is given without code_challenge."),
        ("x" * 44, "S256", "code_challenge must be a SHA-256 digest in base64url."),
        (digest + "=", "S256", "code_challenge must be a SHA-256 digest in base64url."),
    ]:
        response = authorize(server, code_challenge=challenge, code_challenge_method=method)
        query = parse_qs(urlsplit(response.headers["location"]).query)
        assert (query["error"], query["error_description"]) == (["invalid_request"], [told])
        assert "code" not in query
    for challenge, method in [(digest, "plain"), (digest, "s256"), ("\x00", "S256")]:
        response = authorize(server, code_challenge=challenge, code_challenge_method=method)
        assert (response.status_code, response.headers.get("location")) == (422, None)


def test_a_state_comes_back_letter_by_letter_and_slips_nothing_in(server):
    for state in ["a\r\nset-cookie: x=1", "<script>alert(1)</script>", "ä&code=forged", "x" * 3_000, "%0d%0a", "🦀"]:
        query = {"client_id": server.client_id, "redirect_uri": DEMO_REDIRECT, "response_type": "code", "provider": "authkit", "state": state}
        visitor = Visitor(server).open(f"/user_management/authorize?{urlencode(query)}")
        left = visitor.walk(email="ada@acme.test", password=DEMO_PASSWORD)
        query = parse_qs(urlsplit(left).query)
        assert query["state"] == [state]
        assert len(query["code"]) == 1 and "forged" not in query["code"]
        assert not [name for name in visitor.client.cookies if name == "x"]


def test_a_form_from_another_site_is_refused(server):
    query = {"client_id": server.client_id, "redirect_uri": DEMO_REDIRECT, "response_type": "code", "provider": "authkit"}
    visitor = Visitor(server).open(f"/user_management/authorize?{urlencode(query)}")
    form = visitor.forms[0]
    target = httpx2.URL(visitor.url).join(form["attributes"].get("action") or visitor.url)
    fields = {one["name"]: one.get("value", "") for one in form["inputs"] if one.get("name")}
    fields.update({one["name"]: "ada@acme.test" for one in form["inputs"] if one.get("type") == "email"})
    forged = httpx2.post(target, data=fields, headers={"origin": "https://evil.example"}, follow_redirects=False, timeout=30)
    assert 400 <= forged.status_code < 500, "without the cookies and from another origin, a form is nothing"


@pytest.mark.parametrize("uri", [one for one in HOSTILE if not one.startswith(("https://", "http://"))], ids=lambda uri: repr(uri[:50]))
def test_a_hostile_redirect_uri_is_not_registered(server, uri):
    with nothing_changes(server):
        assert_refused(server.request("POST", "/user_management/redirect_uris", {"uri": uri}))


def test_logging_out_leads_nowhere_else(server):
    for target in HOSTILE:
        query = urlencode({"session_id": "session_01ARZ3NDEKTSV4RRFFQ69G5FAV", "return_to": target})
        response = httpx2.get(f"{server.url}/user_management/sessions/logout?{query}", follow_redirects=False, timeout=30)
        assert response.status_code < 500
        assert stays_here(server, response) or response.headers["location"].startswith("http://localhost:3000"), target
