"""Widget tokens through the official Python SDK, and the endpoint that a widget asks with one."""

import pytest
from vestibule import claims, unique, unique_email
from workos import BadRequestError, NotFoundError, UnprocessableEntityError
from workos.organization_membership._resource import RoleSingle

SCOPE = "widgets:audit-log-streaming:manage"


@pytest.fixture(scope="module")
def organization(workos):
    return workos.organizations.create_organization(name="Audited").id


@pytest.fixture(scope="module")
def user(workos, organization):
    role = unique("auditor")
    workos.authorization.create_environment_role(slug=role, name="Auditor")
    workos.authorization.add_environment_role_permission(role, body_slug=SCOPE)
    made = workos.user_management.create_user(email=unique_email("auditor")).id
    workos.organization_membership.create_organization_membership(user_id=made, organization_id=organization, role=RoleSingle(role_slug=role))
    return made


def test_a_widget_token_shows_the_stream_of_its_organization(server, workos, organization, user):
    token = workos.widgets.create_token(user_id=user, organization_id=organization, scopes=[SCOPE]).token
    told = claims(token)
    assert (told["sub"], told["org_id"], told["permissions"]) == (user, organization, [SCOPE])
    shown = server.request("GET", "/_widgets/admin-portal/audit-log-stream", key=token)
    assert (shown.status_code, shown.json()) == (200, {})
    settings = server.request("GET", "/_widgets/settings", key=token).json()
    assert (settings["object"], settings["authkitOrigin"]) == ("settings", server.url)


def test_no_token_is_made_for_what_its_user_may_not_do(workos, organization, user):
    ask = workos.widgets.create_token
    with pytest.raises(UnprocessableEntityError):
        ask(user_id=user, organization_id=organization, scopes=["widgets:sso:manage"])
    with pytest.raises(NotFoundError):
        ask(user_id="user_nobody", organization_id=organization)
    with pytest.raises(BadRequestError):
        ask(user_id=user, scopes=[SCOPE])
    with pytest.raises(BadRequestError):
        ask(organization_id=organization)
