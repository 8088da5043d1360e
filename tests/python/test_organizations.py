"""Organizations and their domains through the official Python SDK, whose models raise when a required key is missing."""

import pytest
from vestibule import unique
from workos import ConflictError, NotFoundError, UnprocessableEntityError
from workos._errors import BadRequestError
from workos.organizations.models import OrganizationDomainData


def test_an_organization_comes_back_as_it_was_made(workos):
    domain, external_id = f"{unique('python')}.example", unique("external")
    organization = workos.organizations.create_organization(
        name="Foo Corp",
        domain_data=[OrganizationDomainData(domain=domain, state="pending")],
        metadata={"tier": "gold"},
        external_id=external_id,
    )
    assert organization.id.startswith("org_")
    assert organization.name == "Foo Corp"
    assert organization.metadata == {"tier": "gold"}
    assert [one.domain for one in organization.domains] == [domain]
    assert workos.organizations.get_organization(organization.id) == organization
    assert workos.organizations.get_organization_by_external_id(external_id) == organization


def test_an_update_knows_absent_from_null(workos):
    external_id = unique("external")
    made = workos.organizations.create_organization(name="Before", external_id=external_id, metadata={"a": "1"})
    renamed = workos.organizations.update_organization(made.id, name="After")
    assert (renamed.name, renamed.external_id, renamed.metadata) == ("After", external_id, {"a": "1"})
    cleared = workos.organizations.update_organization(made.id, external_id=None, metadata=None)
    assert (cleared.name, cleared.external_id, cleared.metadata) == ("After", None, {})
    customer = f"cus_{unique('python')}"
    assert workos.organizations.update_organization(made.id, stripe_customer_id=customer).stripe_customer_id == customer


def test_pages_follow_each_other(workos):
    word = unique("Paged")
    made = [workos.organizations.create_organization(name=f"{word} {number}").id for number in range(5)]
    page = workos.organizations.list_organizations(search=word, limit=2)
    assert [one.id for one in page] == made[:2:-1]
    assert [one.id for one in page.auto_paging_iter()] == made[::-1]
    assert [one.id for one in workos.organizations.list_organizations(search=word, order="asc", limit=3)] == made[:3]


def test_a_domain_is_added_asked_for_and_removed(workos):
    organization = workos.organizations.create_organization(name="Domains")
    name = f"{unique('python')}.example"
    domain = workos.organization_domains.create_organization_domain(domain=name, organization_id=organization.id)
    assert (domain.domain, domain.state, domain.organization_id) == (name, "pending", organization.id)
    assert domain.verification_token
    assert workos.organization_domains.verify_organization_domain(domain.id).id == domain.id
    assert workos.organization_domains.get_organization_domain(domain.id).id == domain.id
    with pytest.raises(ConflictError) as refused:
        workos.organization_domains.create_organization_domain(domain=name, organization_id=organization.id)
    assert refused.value.code == "domain_already_exists"
    workos.organization_domains.delete_organization_domain(domain.id)
    with pytest.raises(NotFoundError):
        workos.organization_domains.get_organization_domain(domain.id)


def test_a_deleted_organization_is_gone(workos):
    organization = workos.organizations.create_organization(name="Gone")
    workos.organizations.delete_organization(organization.id)
    with pytest.raises(NotFoundError) as missing:
        workos.organizations.get_organization(organization.id)
    assert missing.value.message == f"Organization not found: '{organization.id}'."
    assert missing.value.request_id


def test_refusals_come_as_the_right_exceptions(workos):
    external_id = unique("external")
    workos.organizations.create_organization(name="First", external_id=external_id)
    with pytest.raises(BadRequestError) as taken:
        workos.organizations.create_organization(name="Second", external_id=external_id)
    assert taken.value.code == "external_id_already_used"
    with pytest.raises(UnprocessableEntityError):
        workos.organizations.create_organization(name="")
    with pytest.raises(UnprocessableEntityError):
        workos.organizations.list_organizations(limit=101)


def test_the_sdk_may_repeat_a_request_with_its_idempotency_key(workos):
    options = {"idempotency_key": unique("key")}
    name = unique("Once")
    first = workos.organizations.create_organization(name=name, request_options=options)
    assert workos.organizations.create_organization(name=name, request_options=options) == first
    assert len(workos.organizations.list_organizations(search=name).data) == 1
