"""The single sign-on API with a social provider, through the official Python SDK; the provider is the `oidc-provider` package."""

import json
import os
import subprocess
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2
import pytest
from vestibule import DEMO_REDIRECT, ROOT, Server, claims, unique_email
from visitor import Visitor
from workos._errors import BadRequestError

NODE = os.environ.get("NODE", str(ROOT / "tests/node_modules/.bin/node"))
EMAIL = unique_email("python-sso")
ADA = {"email": EMAIL, "email_verified": True, "name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace"}


@pytest.fixture(scope="module")
def server():
    running = Server("--webhook-allow-private")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def provider(server):
    """A provider that knows Ada."""
    program = [NODE, str(ROOT / "tests/harness/provider_program.mjs"), json.dumps({EMAIL: ADA})]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        told = json.loads(process.stdout.readline())
        settings = {
            "provider": "GoogleOAuth",
            "client_id": told["client_id"],
            "client_secret": told["client_secret"],
            "issuer": told["issuer"],
            "token_endpoint_auth_method": "client_secret_post",
        }
        reply = server.request("PUT", "/vestibule/v1/social_providers", settings)
        assert reply.status_code == 200, reply.text
        process.stdin.write(reply.json()["callback_url"] + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
        yield told
        process.stdin.close()


def passes(server, provider, url):
    """Goes from an address of ours over the provider; answers the parameters that the application gets."""
    visitor = Visitor(server).open(url)
    assert visitor.left and visitor.left.startswith(provider["issuer"]), visitor.left
    with httpx2.Client(follow_redirects=False, timeout=30) as client:
        place = visitor.left
        while place.startswith(provider["issuer"]):
            place = urljoin(place, client.get(place).headers["location"])
    visitor.open(place)
    assert visitor.left.startswith(DEMO_REDIRECT), visitor.left
    return {name: values[0] for name, values in parse_qs(urlsplit(visitor.left).query).items()}


def sign_in_url(workos):
    return workos.sso.get_authorization_url(
        provider="GoogleOAuth", redirect_uri=DEMO_REDIRECT, state="kept", login_hint=EMAIL
    )


def test_an_application_learns_who_somebody_is(server, provider, workos):
    back = passes(server, provider, sign_in_url(workos))
    assert back["state"] == "kept"
    answer = workos.sso.get_profile_and_token(code=back["code"])
    profile = answer.profile
    assert (profile.email, profile.idp_id, profile.first_name) == (EMAIL, EMAIL, "Ada")
    assert profile.connection_type == "GoogleOAuth"
    assert workos.sso.get_profile(access_token=answer.access_token).id == profile.id
    with pytest.raises(BadRequestError):
        workos.sso.get_profile_and_token(code=back["code"])


def test_the_code_is_good_for_a_session_too(server, provider, workos):
    back = passes(server, provider, sign_in_url(workos))
    session = workos.user_management.authenticate_with_code(code=back["code"])
    assert (session.user.email, session.user.email_verified) == (EMAIL, True)
    assert session.authentication_method == "GoogleOAuth"
    assert claims(session.access_token)["sub"] == session.user.id
    identities = workos.user_management.get_user_identities(session.user.id)
    assert [one.idp_id for one in identities] == [EMAIL]
