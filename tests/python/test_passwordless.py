"""Links that sign in by mail, through the official Python SDK."""

from urllib.parse import parse_qs, urlsplit

import pytest
from vestibule import DEMO_REDIRECT, eventually, unique_email
from visitor import Visitor
from workos._errors import ConflictError, NotFoundError, UnprocessableEntityError


def make(workos, **options):
    return workos.passwordless.create_session(
        **{"email": unique_email("link"), "type": "MagicLink", "redirect_uri": DEMO_REDIRECT, "state": "kept", **options}
    )


def press(server, link):
    """Presses the button of the page of a link; answers the parameters that the application gets."""
    visitor = Visitor(server).open(link)
    assert visitor.left is None, "opening the link leads nowhere"
    visitor.send()
    assert visitor.left and visitor.left.startswith(DEMO_REDIRECT), visitor.left
    return {name: values[0] for name, values in parse_qs(urlsplit(visitor.left).query).items()}


def test_a_mailed_link_leads_to_a_profile(server, workos):
    session = make(workos, expires_in=3600)
    assert session.object == "passwordless_session"
    assert workos.passwordless.send_session(session.id) is True
    mail = eventually(lambda: server.inbox(session.email), "the mail")
    assert session.link in mail[0]["text"]
    back = press(server, session.link)
    assert back["state"] == "kept"
    answer = workos.sso.get_profile_and_token(code=back["code"])
    assert (answer.profile.email, answer.profile.connection_type) == (session.email, "MagicLink")
    assert workos.sso.get_profile(access_token=answer.access_token).id == answer.profile.id
    with pytest.raises(ConflictError):
        workos.passwordless.send_session(session.id)


def test_what_cannot_be_is_refused(workos):
    for wrong in [{"redirect_uri": "https://evil.example/"}, {"expires_in": 60}, {"email": "nobody"}]:
        with pytest.raises(UnprocessableEntityError):
            make(workos, **wrong)
    with pytest.raises(NotFoundError):
        workos.passwordless.send_session("passwordless_session_01ARZ3NDEKTSV4RRFFQ69G5FAV")
