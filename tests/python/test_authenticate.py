"""Every grant and step-up of the first domains, and sessions, through the official Python SDK."""

import pytest
from cryptography.fernet import Fernet
from concurrent.futures import ThreadPoolExecutor
from vestibule import DEMO_PASSWORD, DEMO_REDIRECT, GOOD_PASSWORD, claims, totp, unique, unique_email
from visitor import Visitor
from urllib.parse import parse_qs, urlsplit
from workos._errors import (
    BadRequestError,
    EmailVerificationRequiredError,
    MfaChallengeError,
    NotFoundError,
    OrganizationSelectionRequiredError,
    PasskeyProgressiveEnrollmentError,
)
from workos.session import seal_session_from_auth_response
from workos.user_management._resource import PasswordPlaintext

ADA = {"email": "ada@acme.test", "password": DEMO_PASSWORD}


@pytest.fixture(scope="module")
def users(workos):
    return workos.user_management


def new_user(users, email_verified=True):
    password = PasswordPlaintext(password=GOOD_PASSWORD)
    return users.create_user(email=unique_email("python"), email_verified=email_verified, password=password)


def join(workos, user, count):
    organizations = [workos.organizations.create_organization(name=unique("Joined")) for _ in range(count)]
    for organization in organizations:
        workos.organization_membership.create_organization_membership(user_id=user.id, organization_id=organization.id)
    return organizations


def test_a_password_signs_in(users):
    session = users.authenticate_with_password(**ADA, ip_address="203.0.113.42", user_agent="Test/1.0")
    assert (session.organization_id, session.authentication_method) == ("org_demo_acme", "Password")
    assert claims(session.access_token)["org_id"] == "org_demo_acme"


def test_a_wrong_password_is_refused(users):
    with pytest.raises(BadRequestError) as wrong:
        users.authenticate_with_password(email="grace@acme.test", password="Not-The-Password-55")
    assert (wrong.value.code, wrong.value.message) == ("invalid_credentials", "Invalid credentials for 'grace@acme.test'.")


def test_an_unverified_address_needs_its_code(server, users):
    user = new_user(users, email_verified=False)
    with pytest.raises(EmailVerificationRequiredError) as step:
        users.authenticate_with_password(email=user.email, password=GOOD_PASSWORD)
    assert step.value.email == user.email
    assert users.get_email_verification(step.value.email_verification_id).email == user.email
    token = step.value.pending_authentication_token
    session = users.authenticate_with_email_verification(
        code=server.code_from_mail(user.email), pending_authentication_token=token
    )
    assert session.user.email_verified is True


def test_one_of_several_organizations_is_chosen(workos, users):
    user = new_user(users)
    organizations = join(workos, user, 2)
    with pytest.raises(OrganizationSelectionRequiredError) as step:
        users.authenticate_with_password(email=user.email, password=GOOD_PASSWORD)
    assert {one["id"] for one in step.value.organizations} == {one.id for one in organizations}
    assert step.value.user["id"] == user.id
    session = users.authenticate_with_organization_selection(
        pending_authentication_token=step.value.pending_authentication_token, organization_id=organizations[0].id
    )
    assert session.organization_id == organizations[0].id


def test_a_passkey_is_offered_and_can_be_declined(server, users):
    user = new_user(users)
    server.request("PUT", "/vestibule/v1/passkey_settings", {"progressive_enrollment": "everywhere"})
    with pytest.raises(PasskeyProgressiveEnrollmentError) as step:
        users.authenticate_with_password(email=user.email, password=GOOD_PASSWORD)
    server.request("PUT", "/vestibule/v1/passkey_settings", {"progressive_enrollment": "hosted_pages"})
    token = step.value.pending_authentication_token
    session = server.request("POST", "/vestibule/v1/passkeys/enrollment/verify", {"pending_authentication_token": token}).json()
    assert (session["user"]["id"], session["authentication_method"]) == (user.id, "Password")


def test_a_second_factor_is_enrolled_and_asked_for(workos, users):
    user = new_user(users)
    mfa = workos.multi_factor_auth
    enrolled = mfa.create_user_auth_factor(user.id, type="totp", totp_issuer="Tests", totp_user=user.email)
    secret = enrolled.authentication_factor.totp.secret
    assert mfa.verify_challenge(enrolled.authentication_challenge.id, code=totp(secret)).valid is True
    factor_id = enrolled.authentication_factor.id
    assert mfa.get_factor(factor_id).id == factor_id
    assert [one.id for one in mfa.list_user_auth_factors(user.id)] == [factor_id]
    with pytest.raises(MfaChallengeError) as step:
        users.authenticate_with_password(email=user.email, password=GOOD_PASSWORD)
    assert step.value.authentication_factors == [{"id": factor_id, "type": "totp"}]
    challenge = mfa.challenge_factor(factor_id)
    session = users.authenticate_with_totp(
        code=totp(secret, 1),
        pending_authentication_token=step.value.pending_authentication_token,
        authentication_challenge_id=challenge.id,
    )
    assert session.user.id == user.id
    mfa.delete_factor(factor_id)
    with pytest.raises(NotFoundError):
        mfa.get_factor(factor_id)


def test_a_factor_without_a_user(workos):
    mfa = workos.multi_factor_auth
    factor = mfa.enroll_factor(type="totp", totp_issuer="Tests", totp_user="someone")
    challenge = mfa.challenge_factor(factor.id)
    assert mfa.verify_challenge(challenge.id, code=totp(factor.totp.secret)).valid is True


def test_a_telephone_gets_a_code(workos, server):
    mfa = workos.multi_factor_auth
    factor = mfa.enroll_factor(type="sms", phone_number="+15555550177")
    assert factor.sms.phone_number == "+15555550177"
    challenge = mfa.challenge_factor(factor.id, sms_template="{{code}} from Acme")
    code = server.code_from_mail("+15555550177")
    assert mfa.verify_challenge(challenge.id, code="000000" if code != "000000" else "111111").valid is False
    assert mfa.verify_challenge(challenge.id, code=code).valid is True


def code_from_pages(server, url):
    left = Visitor(server).open(url).walk(**ADA)
    assert left.startswith(DEMO_REDIRECT)
    return {name: values[0] for name, values in parse_qs(urlsplit(left).query).items()}


def test_a_code_from_the_pages_is_redeemed(server, users):
    url = users.get_authorization_url(provider="authkit", redirect_uri=DEMO_REDIRECT, state="some state")
    callback = code_from_pages(server, url)
    assert callback["state"] == "some state"
    assert users.authenticate_with_code(code=callback["code"]).user.email == ADA["email"]
    with pytest.raises(BadRequestError) as used:
        users.authenticate_with_code(code=callback["code"])
    assert used.value.error == "invalid_grant"


def test_a_public_client_redeems_with_pkce(server):
    users = server.public_sdk().user_management
    pair = users.get_authorization_url_with_pkce(redirect_uri=DEMO_REDIRECT, provider="authkit")
    callback = code_from_pages(server, pair["url"])
    assert callback["state"] == pair["state"]
    session = users.authenticate_with_code_pkce(code=callback["code"], code_verifier=pair["code_verifier"])
    assert session.user.email == ADA["email"]


def test_fifty_refreshes_at_once_get_one_successor(users):
    session = users.authenticate_with_password(**ADA)
    refresh = lambda _: users.authenticate_with_refresh_token(refresh_token=session.refresh_token)  # noqa: E731
    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(refresh, range(50)))
    assert len({one.refresh_token for one in answers}) == 1
    assert {claims(one.access_token)["sid"] for one in answers} == {claims(session.access_token)["sid"]}


def test_sessions_are_listed_and_revoked(users):
    user = new_user(users)
    session = users.authenticate_with_password(email=user.email, password=GOOD_PASSWORD)
    session_id = claims(session.access_token)["sid"]
    (listed,) = users.list_sessions(user.id).data
    assert (listed.id, listed.status, listed.auth_method) == (session_id, "active", "password")
    users.revoke_session(session_id=session_id)
    assert users.list_sessions(user.id).data == []
    with pytest.raises(BadRequestError) as ended:
        users.authenticate_with_refresh_token(refresh_token=session.refresh_token)
    assert ended.value.error == "invalid_grant"


def test_a_sealed_session_is_authenticated_and_refreshed(server):
    issuer = f"{server.url}/user_management/{server.client_id}"
    workos = server.sdk(jwt_issuer=issuer)
    session = workos.user_management.authenticate_with_password(**ADA)
    password = Fernet.generate_key().decode()
    sealed = seal_session_from_auth_response(
        access_token=session.access_token,
        refresh_token=session.refresh_token,
        user=session.user.to_dict(),
        cookie_password=password,
    )
    loaded = workos.user_management.load_sealed_session(session_data=sealed, cookie_password=password)
    authenticated = loaded.authenticate()
    assert authenticated.authenticated, authenticated
    assert authenticated.organization_id == "org_demo_acme"
    refreshed = loaded.refresh()
    assert refreshed.authenticated, refreshed
    assert refreshed.session_id == authenticated.session_id
    assert loaded.get_logout_url().startswith(f"{server.url}/user_management/sessions/logout?session_id=")


def test_the_keys_have_every_field(server, users):
    for key in users.get_jwks(server.client_id).keys:
        assert (key.alg, key.kty, key.use) == ("RS256", "RSA", "sig")
