"""Radar through the newest official Python SDK, which raises when a required key is missing."""

import pytest
from vestibule import GOOD_PASSWORD, Server, unique_email
from workos import BadRequestError, NotFoundError
from workos._errors import RadarChallengeError
from workos.user_management._resource import PasswordPlaintext

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


@pytest.fixture(scope="module")
def fresh():
    running = Server()
    yield running
    running.stop()


def attempt(sdk, **otherwise):
    usual = dict(ip_address="198.51.100.42", user_agent=BROWSER, email=unique_email("radar"))
    usual |= dict(auth_method="Password", action="sign-in")
    return sdk.radar.create_attempt(**(usual | otherwise))


def test_lists_and_attempts(fresh):
    sdk = fresh.sdk()
    assert sdk.radar.add_list_entry("domain", "block", entry="Rogue.test").message == "Entry added to list"
    assert sdk.radar.add_list_entry("domain", "block", entry="rogue.test").message == "Entry already present in list"
    judged = attempt(sdk, email="ada@mail.rogue.test")
    assert (judged.verdict, judged.control, judged.blocklist_type) == ("block", "restriction", "domain")
    sdk.radar.add_list_entry("email", "allow", entry="ada@mail.rogue.test")
    assert attempt(sdk, email="ada@mail.rogue.test").verdict == "allow", "the allow list has the last word"
    sdk.radar.remove_list_entry("domain", "block", entry="rogue.test")
    with pytest.raises(NotFoundError):
        sdk.radar.remove_list_entry("domain", "block", entry="rogue.test")
    with pytest.raises(BadRequestError):
        sdk.radar.add_list_entry("ip_address", "block", entry="rogue.test")

    judged = attempt(sdk)
    assert (judged.verdict, judged.control) == ("allow", None)
    assert judged.attempt_id.startswith("radar_att_")
    sdk.radar.update_attempt(judged.attempt_id, attempt_status="success", challenge_status="success")
    with pytest.raises(NotFoundError):
        sdk.radar.update_attempt("radar_att_unknown", attempt_status="success")


def person(sdk):
    email = unique_email("risky")
    sdk.user_management.create_user(email=email, password=PasswordPlaintext(password=GOOD_PASSWORD), email_verified=True)
    return email


def test_a_risky_sign_in_goes_on_by_its_challenge(fresh):
    sdk = fresh.sdk()
    fresh.request("PUT", "/vestibule/v1/radar_policy", {"sign_in": True, "bot_detection": "challenge"})
    email = person(sdk)

    def sign_in(agent):
        return sdk.user_management.authenticate_with_password(email=email, password=GOOD_PASSWORD, user_agent=agent)

    sign_in(BROWSER)
    with pytest.raises(RadarChallengeError) as told:
        sign_in("python-requests/2.32.3")
    challenge = sdk.user_management.get_radar_challenge(told.value.response_json["radar_challenge_id"])
    assert (challenge.object, challenge.type, challenge.email) == ("radar_challenge", "email", email)
    token = told.value.pending_authentication_token

    def redeem(code):
        return sdk.user_management.authenticate_with_radar_email_challenge(
            code=code, radar_challenge_id=challenge.id, pending_authentication_token=token
        )

    with pytest.raises(BadRequestError):
        redeem("000000" if challenge.code != "000000" else "111111")
    assert redeem(challenge.code).user.email == email
    with pytest.raises(BadRequestError) as again:
        redeem(challenge.code)
    assert again.value.code == "invalid_pending_authentication_token"
