"""What is tried with the pieces of a sign-in: each gets the contract's error, and nothing is used up that should not be."""

from __future__ import annotations

import base64
import hashlib
import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from checks import assert_refused, nothing_changes
from vestibule import DEMO_PASSWORD, DEMO_REDIRECT, GOOD_PASSWORD, unique, unique_email
from visitor import Visitor

MAGIC_AUTH = "urn:workos:oauth:grant-type:magic-auth:code"
EMAIL_VERIFICATION = "urn:workos:oauth:grant-type:email-verification:code"
ORGANIZATION = "urn:workos:oauth:grant-type:organization-selection"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
ADA = "ada@acme.test"


def grant(server, kind, secret=True, **fields):
    body = {"client_id": server.client_id, "grant_type": kind, **fields}
    if secret:
        body["client_secret"] = server.api_key
    return server.request("POST", "/user_management/authenticate", body, key=None)


def oauth(response, error, status=400):
    body = assert_refused(response, status)
    assert (body["error"], type(body["error_description"])) == (error, str), body


def coded(response, code, status=400):
    assert assert_refused(response, status)["code"] == code


def new_user(server, verified=True, **more):
    body = {"email": unique_email("attacked"), "password": GOOD_PASSWORD, "email_verified": verified, **more}
    made = server.request("POST", "/user_management/users", body)
    assert made.status_code == 201, made.text
    return made.json()


def sessions(server, user):
    return server.request("GET", f"/user_management/users/{user['id']}/sessions").json()["data"]


def pkce():
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    return verifier, challenge


def authorize(server, **parameters):
    query = {"client_id": server.client_id, "redirect_uri": DEMO_REDIRECT, "response_type": "code", "provider": "authkit", **parameters}
    return f"{server.url}/user_management/authorize?{urlencode({key: value for key, value in query.items() if value is not None})}"


def code_for(server, email=ADA, password=DEMO_PASSWORD, **parameters):
    """Signs in on the hosted pages, and answers what the application gets."""
    left = Visitor(server).open(authorize(server, **parameters)).walk(email=email, password=password)
    return {name: values[0] for name, values in parse_qs(urlsplit(left).query).items()}


class TestAuthorizationCodes:
    def test_a_code_that_comes_again_is_refused_and_ends_its_session(self, server):
        user = new_user(server)
        code = code_for(server, user["email"], GOOD_PASSWORD)["code"]
        first = grant(server, "authorization_code", code=code)
        assert first.status_code == 200
        again = grant(server, "authorization_code", code=code)
        oauth(again, "invalid_grant")
        assert again.json()["error_description"] == f"The code '{code}' has expired or is invalid."
        assert sessions(server, user) == []
        oauth(grant(server, "refresh_token", refresh_token=first.json()["refresh_token"]), "invalid_grant")

    def test_a_code_is_no_use_to_another_client_and_is_not_used_up_by_it(self, server):
        code = code_for(server)["code"]
        for secret in [server.api_key, "sk_wrong"]:
            body = {"client_id": "client_01ARZ3NDEKTSV4RRFFQ69G5FAV", "client_secret": secret, "grant_type": "authorization_code", "code": code}
            oauth(server.request("POST", "/user_management/authenticate", body, key=None), "invalid_client")
        wrong_secret = server.request(
            "POST",
            "/user_management/authenticate",
            {"client_id": server.client_id, "client_secret": "sk_wrong", "grant_type": "authorization_code", "code": code},
            key=None,
        )
        oauth(wrong_secret, "invalid_client")
        oauth(grant(server, "authorization_code", secret=False, code=code), "invalid_request")
        assert grant(server, "authorization_code", code=code).status_code == 200

    def test_a_wrong_verifier_gets_nothing_and_takes_nothing(self, server):
        verifier, challenge = pkce()
        code = code_for(server, code_challenge=challenge, code_challenge_method="S256")["code"]
        for wrong in [pkce()[0], challenge, verifier[:-1], verifier + "x", verifier.swapcase(), "x" * 42, "x" * 129, verifier[:-1] + "é"]:
            for secret in [True, False]:
                oauth(grant(server, "authorization_code", secret=secret, code=code, code_verifier=wrong), "invalid_grant")
        missing = grant(server, "authorization_code", code=code)
        oauth(missing, "invalid_request")
        assert missing.json()["error_description"] == "code_verifier is required."
        assert grant(server, "authorization_code", secret=False, code=code, code_verifier=verifier).status_code == 200

    def test_a_verifier_for_a_code_that_had_no_challenge_is_refused(self, server):
        """A code that was stolen from a client with a secret, injected into one that has none (RFC 9700 §4.8.2)."""
        code = code_for(server)["code"]
        coded(grant(server, "authorization_code", secret=False, code=code, code_verifier=pkce()[0]), "code_challenge_not_found")
        assert grant(server, "authorization_code", code=code).status_code == 200

    def test_a_plain_challenge_or_none_that_is_one_is_refused_before_anybody_signs_in(self, server):
        verifier, challenge = pkce()
        for parameters in [
            {"code_challenge": verifier, "code_challenge_method": "plain"},
            {"code_challenge": challenge},
            {"code_challenge": "short", "code_challenge_method": "S256"},
            {"code_challenge_method": "S256"},
        ]:
            response = httpx2.get(authorize(server, **parameters, state="kept"), follow_redirects=False, timeout=30)
            if response.status_code == 302:
                told = parse_qs(urlsplit(response.headers["location"]).query)
                assert told["error"] == ["invalid_request"] and told["state"] == ["kept"] and "code" not in told
            else:
                assert response.status_code in (400, 422) and "location" not in response.headers

    def test_what_was_never_a_code_is_refused_in_the_same_words(self, server):
        for code in ["x", "x" * 256, "x" * 10_000, "' OR 1=1 --", "🔑", "%00"]:
            response = grant(server, "authorization_code", code=code)
            oauth(response, "invalid_grant")
            assert "has expired or is invalid" in response.json()["error_description"]
        oauth(grant(server, "authorization_code", code=""), "invalid_request")

    def test_the_state_comes_back_letter_by_letter_and_does_nothing_else(self, server):
        for state in ["a&code=forged&error=access_denied", "\"><script>", "x\r\nset-cookie: a=b", "🏛️ %2e%2e", "s" * 8000]:
            told = code_for(server, state=state)
            assert told["state"] == state and len(told["code"]) > 20 and "error" not in told
        too_long = httpx2.get(authorize(server, state="s" * 20_000), follow_redirects=False, timeout=30)
        assert 400 <= too_long.status_code < 500 and "location" not in too_long.headers


class TestPendingTokens:
    def step_up(self, server, user, code):
        response = grant(server, "password", email=user["email"], password=GOOD_PASSWORD)
        coded(response, code, 403)
        return response.json()["pending_authentication_token"]

    def organizations(self, server, user, count):
        made = [server.request("POST", "/organizations", {"name": unique("Joined")}).json()["id"] for _ in range(count)]
        for one in made:
            member = {"user_id": user["id"], "organization_id": one}
            assert server.request("POST", "/user_management/organization_memberships", member).status_code == 201
        return made

    def test_a_token_works_once(self, server):
        user = new_user(server)
        one, other = self.organizations(server, user, 2)
        token = self.step_up(server, user, "organization_selection_required")
        choose = lambda organization: grant(server, ORGANIZATION, pending_authentication_token=token, organization_id=organization)  # noqa: E731
        strange = server.request("POST", "/organizations", {"name": unique("Strange")}).json()["id"]
        coded(choose(strange), "invalid_organization_id")
        assert choose(one).status_code == 200, "an organization of others did not use it up"
        for organization in [one, other]:
            coded(choose(organization), "invalid_pending_authentication_token")
        assert len(sessions(server, user)) == 1

    def test_a_token_of_one_step_is_none_for_another_and_none_for_another_user(self, server):
        victim, attacker = new_user(server, verified=False), new_user(server, verified=False)
        token = self.step_up(server, victim, "email_verification_required")
        own = self.step_up(server, attacker, "email_verification_required")
        code = server.code_from_mail(attacker["email"])
        coded(grant(server, EMAIL_VERIFICATION, pending_authentication_token=token, code=code), "invalid_one_time_code")
        for wrong in ["x", "x" * 5000, token[:-1], own + "x"]:
            coded(grant(server, EMAIL_VERIFICATION, pending_authentication_token=wrong, code=code), "invalid_pending_authentication_token")
        assert sessions(server, victim) == []
        right = grant(server, EMAIL_VERIFICATION, pending_authentication_token=own, code=code)
        assert right.status_code == 200 and right.json()["user"]["id"] == attacker["id"]

    def test_a_public_client_takes_no_step(self, server):
        user = new_user(server, verified=False)
        token = self.step_up(server, user, "email_verification_required")
        fields = {"pending_authentication_token": token, "code": server.code_from_mail(user["email"])}
        oauth(grant(server, EMAIL_VERIFICATION, secret=False, **fields), "unauthorized_client")
        assert grant(server, EMAIL_VERIFICATION, **fields).status_code == 200


class TestOneTimeCodes:
    def send(self, server, email):
        made = server.request("POST", "/user_management/magic_auth", {"email": email})
        assert made.status_code == 201, made.text
        return made.json()["code"]

    def test_a_code_works_once_and_only_for_its_address(self, server):
        user, other = new_user(server), new_user(server)
        code, others = self.send(server, user["email"]), self.send(server, other["email"])
        if code != others:
            coded(grant(server, MAGIC_AUTH, email=user["email"], code=others), "invalid_one_time_code")
        coded(grant(server, MAGIC_AUTH, email=unique_email("nobody"), code=code), "invalid_one_time_code")
        assert grant(server, MAGIC_AUTH, email=user["email"], code=code).status_code == 200
        coded(grant(server, MAGIC_AUTH, email=user["email"], code=code), "one_time_code_previously_used")

    def test_a_newer_code_takes_the_place_of_the_one_before(self, server):
        user = new_user(server)
        first = self.send(server, user["email"])
        second = self.send(server, user["email"])
        if first != second:
            coded(grant(server, MAGIC_AUTH, email=user["email"], code=first), "invalid_one_time_code")
        assert grant(server, MAGIC_AUTH, email=user["email"], code=second).status_code == 200

    def test_a_code_is_over_after_ten_wrong_ones(self, server):
        user = new_user(server)
        code = self.send(server, user["email"])
        wrong = "000000" if code != "000000" else "111111"
        for _ in range(10):
            coded(grant(server, MAGIC_AUTH, email=user["email"], code=wrong), "invalid_one_time_code")
        coded(grant(server, MAGIC_AUTH, email=user["email"], code=code), "one_time_code_too_many_attempts")
        assert grant(server, MAGIC_AUTH, email=user["email"], code=self.send(server, user["email"])).status_code == 200

    def test_a_code_that_is_none_uses_none_up(self, server):
        user = new_user(server)
        code = self.send(server, user["email"])
        for wrong in ["0", "x" * 5000, code[:5], code + "0", "٠١٢٣٤٥", "' OR 1=1"]:
            coded(grant(server, MAGIC_AUTH, email=user["email"], code=wrong), "invalid_one_time_code")
        oauth(grant(server, MAGIC_AUTH, email=user["email"], code=""), "invalid_request")
        oauth(grant(server, MAGIC_AUTH, secret=False, email=user["email"], code=code), "unauthorized_client")
        assert grant(server, MAGIC_AUTH, email=user["email"], code=code).status_code == 200


ALMOST = [
    "http://localhost:3000/CALLBACK", "http://LOCALHOST:3000/callback", "HTTP://localhost:3000/callback", "http://localhost:3001/callback",
    "http://localhost/callback", "http://localhost:03000/callback", "http://localhost:3000/callback/", "http://localhost:3000/callback/x",
    "http://localhost:3000/callback.evil", "http://localhost:3000//callback", "http://localhost:3000/./callback", "http://localhost:3000/x/../callback",
    "http://localhost:3000/%63allback", "http://localhost:3000/callback?", "http://localhost:3000/callback#", "http://localhost:3000/callback;x",
    "http://user:password@localhost:3000/callback", "http://localhost:3000@evil.example/callback", "http://localhost:3000\\@evil.example/callback",
    "http://localhost:3000\\callback", "http:\\\\localhost:3000\\callback", "http:/localhost:3000/callback", "http:localhost:3000/callback",
    "https://localhost:3000/callback", "http://localhost.:3000/callback", "http://localhost.evil.example:3000/callback", "http://evil-localhost:3000/callback",
    "http://ｌocalhost:3000/callback", "http://locaⅼhost:3000/callback", "http://xn--localhost-x9a:3000/callback", "http://localhost:3000/ｃallback",
    "http://[::1]:3000/callback", "http://127.1:3000/callback", "http://0x7f000001:3000/callback", " http://localhost:3000/callback",
    "http://localhost:3000/callback ", "http://localhost:3000/callback\t", "http://localhost:3000/call\nback", "//localhost:3000/callback",
    "javascript://localhost:3000/callback",
]  # fmt: skip


@pytest.mark.parametrize("uri", ALMOST, ids=lambda uri: repr(uri))
def test_a_redirect_uri_that_almost_matches_leads_nowhere(server, uri):
    assert uri != DEMO_REDIRECT
    response = httpx2.get(authorize(server, redirect_uri=uri), follow_redirects=False, timeout=30)
    assert (response.status_code, response.headers.get("location")) == (400, None)
    assert "is not registered with this environment." in response.text
    code = code_for(server)["code"]
    oauth(grant(server, "authorization_code", code=code, redirect_uri=uri), "invalid_grant")
    assert grant(server, "authorization_code", code=code, redirect_uri=DEMO_REDIRECT).status_code == 200


# Addresses of their own, which only look like Ada's.
LOOK_ALIKES = ["аda@acme.test", "ada@аcme.test", "ada@acme.teѕt", "ａda@acme.test", "ada@ⓐcme.test", "áda@acme.test", "ada\u200b@acme.test"]
# What no mail could be sent to.
NO_ADDRESSES = ["ada＠acme.test", "ada@acme。test", "ada@acme.test\u202e", "ada@\u202eacme.test", "ada@acme.test\u200b"]
escaped = lambda email: email.encode("unicode_escape").decode()  # noqa: E731


@pytest.mark.parametrize("email", LOOK_ALIKES, ids=escaped)
def test_an_address_that_looks_like_anothers_is_never_theirs(server, email):
    """Neither by a password, nor by a code that is mailed, nor as an account beside theirs that would be taken for it."""
    coded(grant(server, "password", email=email, password=DEMO_PASSWORD), "invalid_credentials")
    theirs = server.inbox(ADA)
    unknown = assert_refused(server.request("POST", "/user_management/password_reset", {"email": email}), 404)
    assert unknown == {"code": "entity_not_found", "message": f"User not found: '{email}'."}
    ada = server.request("GET", "/user_management/users", params={"email": ADA}).json()["data"][0]["id"]
    made = server.request("POST", "/user_management/users", {"email": email, "email_verified": True})
    assert (made.status_code, made.json()["email"]) == (201, email)
    assert made.json()["id"] != ada
    mailed = server.request("POST", "/user_management/magic_auth", {"email": email})
    assert (mailed.status_code, mailed.json()["email"], mailed.json()["user_id"]) == (201, email, made.json()["id"])
    oauth_code = grant(server, MAGIC_AUTH, email=ADA, code=mailed.json()["code"])
    coded(oauth_code, "invalid_one_time_code")
    assert server.inbox(ADA) == theirs, "nothing was mailed to the owner of the true address"


@pytest.mark.parametrize("email", NO_ADDRESSES, ids=escaped)
def test_what_looks_like_an_address_and_is_none_is_refused(server, email):
    coded(grant(server, "password", email=email, password=DEMO_PASSWORD), "invalid_credentials")
    coded(server.request("POST", "/user_management/password_reset", {"email": email}), "entity_not_found", 404)
    with nothing_changes(server):
        for path in ["/user_management/magic_auth", "/user_management/users"]:
            body = assert_refused(server.request("POST", path, {"email": email}), 422)
            assert body["code"] == "invalid_request_parameters", body
            assert [(it["field"], it["code"]) for it in body["errors"]] == [("email", "invalid_email")], body


class TestSizes:
    def test_names_and_passwords_have_a_length(self, server):
        coded(grant(server, "password", email="x" * 400 + "@acme.test", password="x"), "invalid_request_parameters", 422)
        coded(grant(server, "password", email=ADA, password="p" * 5000), "invalid_request_parameters", 422)
        coded(grant(server, "x" * 300), "invalid_request_parameters", 422)
        coded(grant(server, "password", email=ADA, password=DEMO_PASSWORD, user_agent="u" * 3000), "invalid_request_parameters", 422)
        page = Visitor(server).open(authorize(server, screen_hint="sign-up"))
        fields = {"email": unique_email("long"), "password": GOOD_PASSWORD, "last_name": "L"}
        page.send(**fields, first_name="n" * 300)
        assert page.status == 422 and "too long" in page.html
        page.send(**fields, first_name="n" * 255)
        assert page.status == 200 and "Verify your email" in page.html

    def test_a_form_that_no_page_could_fill_in_is_refused(self, server):
        page = Visitor(server).open(authorize(server))
        page.send(email="e" * 100_000)
        assert page.status == 413


class TestDeviceCodes:
    def test_what_is_no_device_code_yields_nothing(self, server):
        for code in ["x", "x" * 5000, "🔑"]:
            oauth(grant(server, DEVICE_CODE, secret=False, device_code=code), "invalid_grant")
        oauth(grant(server, DEVICE_CODE, secret=False), "invalid_request")
        codes = server.request("POST", "/user_management/authorize/device", {"client_id": server.client_id}, key=None).json()
        oauth(grant(server, DEVICE_CODE, secret=False, device_code=codes["user_code"]), "invalid_grant")
        body = {"client_id": "client_01ARZ3NDEKTSV4RRFFQ69G5FAV", "grant_type": DEVICE_CODE, "device_code": codes["device_code"]}
        oauth(server.request("POST", "/user_management/authenticate", body, key=None), "invalid_client")
        oauth(grant(server, DEVICE_CODE, secret=False, device_code=codes["device_code"]), "authorization_pending")


class TestRefreshTokens:
    def test_what_is_no_refresh_token_ends_no_session(self, server):
        user = new_user(server)
        first = grant(server, "password", email=user["email"], password=GOOD_PASSWORD).json()
        token = first["refresh_token"]
        for wrong in ["x", token[:-1], token + "x", token[::-1], "x" * 65, "x" * 5000]:
            oauth(grant(server, "refresh_token", secret=False, refresh_token=wrong), "invalid_grant")
        oauth(grant(server, "refresh_token", secret=False, refresh_token=first["access_token"]), "invalid_grant")
        oauth(grant(server, "refresh_token", secret=False), "invalid_request")
        assert grant(server, "refresh_token", secret=False, refresh_token=token).status_code == 200
