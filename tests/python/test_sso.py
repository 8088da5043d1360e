"""The single sign-on API with a social provider, through the official Python SDK; the provider is the `oidc-provider` package."""

import json
import os
import subprocess
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2
import pytest
from vestibule import DEMO_REDIRECT, ROOT, Server, claims, unique_email
from visitor import Visitor
from workos._errors import BadRequestError, NotFoundError
from workos.sso._resource import CreateProtocolOptionsOIDC
from workos.sso.models import CreateConnectionOIDCOptions

NODE = os.environ.get("NODE", str(ROOT / "tests/node_modules/.bin/node"))
EMAIL = unique_email("python-sso")
GRACE = "grace@python-connected.example"
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


@pytest.fixture(scope="module")
def corporate():
    """A provider that knows Grace, whose organization has it."""
    grace = {"email": GRACE, "name": "Grace Hopper", "given_name": "Grace", "family_name": "Hopper"}
    program = [NODE, str(ROOT / "tests/harness/provider_program.mjs"), json.dumps({GRACE: grace})]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        told = json.loads(process.stdout.readline())

        def allow(redirect_uri):
            process.stdin.write(redirect_uri + "\n")
            process.stdin.flush()
            assert process.stdout.readline() == "ready\n"

        yield told, allow
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


def test_a_connection_is_made_and_its_people_come_by_it(server, corporate, workos):
    provider, allow = corporate
    domain = {"domain": GRACE.split("@")[1], "state": "verified"}
    organization = server.request("POST", "/organizations", {"name": "Acme", "domain_data": [domain]}).json()
    options = CreateConnectionOIDCOptions(
        discovery_endpoint=provider["issuer"] + "/.well-known/openid-configuration",
        client_id=provider["client_id"],
        client_secret=provider["client_secret"],
        token_authentication_method="client_secret_post",
    )
    connection = workos.sso.create_connection(
        organization_id=organization["id"],
        external_id="python",
        protocol_options=CreateProtocolOptionsOIDC(oidc_options=options),
    )
    assert (connection.state.value, connection.connection_type.value) == ("validating", "GenericOIDC")
    assert [one.domain for one in connection.domains] == [domain["domain"]]
    renamed = workos.sso.update_connection(connection.id, name="Renamed")
    assert (renamed.id, renamed.name) == (connection.id, "Renamed")
    configuration = server.request("GET", f"/vestibule/v1/connections/{connection.id}/configuration").json()
    allow(configuration["oidc"]["redirect_uri"])

    url = workos.sso.get_authorization_url(
        organization=organization["id"], redirect_uri=DEMO_REDIRECT, state="kept", login_hint=GRACE
    )
    profile = workos.sso.get_profile_and_token(code=passes(server, provider, url)["code"]).profile
    assert (profile.email, profile.organization_id, profile.connection_id) == (GRACE, organization["id"], connection.id)
    assert profile.role.slug == "member"
    assert workos.sso.get_connection(connection.id).state.value == "active"
    assert [one.id for one in workos.sso.list_connections(organization_id=organization["id"])] == [connection.id]

    logout = workos.sso.authorize_logout(profile_id=profile.id)
    assert logout.logout_token in logout.logout_url
    workos.sso.delete_connection(connection.id)
    with pytest.raises(NotFoundError):
        workos.sso.get_connection(connection.id)
