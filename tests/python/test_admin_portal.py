"""Links to the admin portal, through the official Python SDK."""

import pytest
from visitor import Visitor
from workos._errors import NotFoundError, UnprocessableEntityError


@pytest.fixture(scope="module")
def organization(workos):
    return workos.organizations.create_organization(name="Portal").id


def test_a_link_opens_the_portal_once(server, workos, organization):
    link = workos.admin_portal.generate_link(organization=organization, intent="domain_verification").link
    visitor = Visitor(server).open(link)
    visitor.send()
    assert "Domains" in visitor.html, visitor.html
    again = Visitor(server)
    again.open(link)
    assert again.status == 410


def test_revoking_ends_links_and_sessions(server, workos, organization):
    link = workos.admin_portal.generate_link(organization=organization, external_user_id="u-1").link
    visitor = Visitor(server).open(link)
    visitor.send()
    assert workos.admin_portal.revoke_link(organization=organization, external_user_id="u-1") is None
    visitor.open(f"{server.url}/portal")
    assert visitor.status == 410


def test_what_cannot_be_opened_is_refused(workos, organization):
    with pytest.raises(NotFoundError):
        workos.admin_portal.generate_link(organization="org_none")
    with pytest.raises(UnprocessableEntityError):
        workos.admin_portal.generate_link(organization=organization, intent="dsync")
    with pytest.raises(NotFoundError):
        workos.admin_portal.revoke_link(organization="org_none", external_user_id="u-1")
