"""Memberships, groups, invitations, roles and permissions through the official Python SDK."""

import pytest
from vestibule import unique, unique_email
from workos import ConflictError, NotFoundError, UnprocessableEntityError
from workos._errors import AuthorizationError, BadRequestError
from workos.organization_membership._resource import RoleMultiple, RoleSingle


@pytest.fixture(scope="module")
def organization(workos):
    return workos.organizations.create_organization(name="Members")


@pytest.fixture()
def membership(workos, organization):
    user = workos.user_management.create_user(email=unique_email("member"))
    return workos.organization_membership.create_organization_membership(user_id=user.id, organization_id=organization.id)


def test_a_membership_has_its_user_and_roles(workos, organization, membership):
    assert (membership.status, membership.role.slug, [one.slug for one in membership.roles]) == ("active", "member", ["member"])
    assert membership.user.id == membership.user_id
    read = workos.organization_membership.get_organization_membership(membership.id)
    assert (read.id, read.organization_name, read.directory_managed) == (membership.id, organization.name, False)
    listed = workos.organization_membership.list_organization_memberships(user_id=membership.user_id)
    assert [one.id for one in listed] == [membership.id]


def test_a_membership_changes_its_role_and_status(workos, membership):
    service = workos.organization_membership
    assert service.update_organization_membership(membership.id, role=RoleSingle(role_slug="admin")).role.slug == "admin"
    assert service.update_organization_membership(membership.id, role=RoleMultiple(role_slugs=["member"])).role.slug == "member"
    with pytest.raises(UnprocessableEntityError) as unknown:
        service.update_organization_membership(membership.id, role=RoleSingle(role_slug="no-such-role"))
    assert unknown.value.code == "invalid_role"
    assert service.deactivate_organization_membership(membership.id).status == "inactive"
    inactive = service.list_organization_memberships(user_id=membership.user_id, statuses=["inactive", "pending"])
    assert [one.id for one in inactive] == [membership.id]
    assert service.reactivate_organization_membership(membership.id).status == "active"
    service.delete_organization_membership(membership.id)
    with pytest.raises(NotFoundError):
        service.get_organization_membership(membership.id)


def test_a_list_of_memberships_needs_a_user_or_an_organization(workos):
    with pytest.raises(BadRequestError) as nothing:
        workos.organization_membership.list_organization_memberships()
    assert nothing.value.code == "missing_user_id_or_organization_id"


def test_a_group_and_its_members(workos, organization, membership):
    group = workos.groups.create_organization_group(organization.id, name="Engineers", description="They build")
    assert workos.groups.get_organization_group(organization.id, group.id) == group
    renamed = workos.groups.update_organization_group(organization.id, group.id, name="Builders")
    assert (renamed.name, renamed.description) == ("Builders", "They build")
    added = workos.groups.create_group_organization_membership(
        organization.id, group.id, organization_membership_id=membership.id
    )
    assert added.id == group.id
    members = workos.groups.list_group_organization_memberships(organization.id, group.id)
    assert [(one.id, one.user.id) for one in members] == [(membership.id, membership.user_id)]
    groups = workos.organization_membership.list_organization_membership_groups(membership.id)
    assert [one.id for one in groups] == [group.id]
    assert group.id in [one.id for one in workos.groups.list_organization_groups(organization.id, limit=100)]
    workos.groups.delete_group_organization_membership(organization.id, group.id, membership.id)
    assert workos.groups.list_group_organization_memberships(organization.id, group.id).data == []
    workos.groups.delete_organization_group(organization.id, group.id)
    with pytest.raises(NotFoundError):
        workos.groups.get_organization_group(organization.id, group.id)


def test_an_invitation_from_sending_to_accepting(server, workos, organization):
    users = workos.user_management
    user = users.create_user(email=unique_email("invited"))
    invitation = users.send_invitation(email=user.email, organization_id=organization.id, role_slug="admin", expires_in_days=2)
    assert (invitation.state, invitation.role_slug) == ("pending", "admin")
    assert users.get_invitation(invitation.id) == invitation
    assert users.find_invitation_by_token(invitation.token) == invitation
    assert [one.id for one in users.list_invitations(email=user.email)] == [invitation.id]
    assert users.resend_invitation(invitation.id).state == "pending"
    accepted = users.accept_invitation(invitation.id)
    assert (accepted.state, accepted.accepted_user_id) == ("accepted", user.id)
    with pytest.raises(BadRequestError) as again:
        users.revoke_invitation(invitation.id)
    assert again.value.code == "invite_not_pending"


def test_an_invitation_is_revoked(workos):
    users = workos.user_management
    invitation = users.send_invitation(email=unique_email("revoked"))
    assert (invitation.organization_id, invitation.role_slug) == (None, None)
    assert users.revoke_invitation(invitation.id).state == "revoked"


def test_permissions(workos):
    authorization = workos.authorization
    slug = unique("python:read")
    permission = authorization.create_permission(slug=slug, name="Read", description="All")
    assert (permission.slug, permission.system, permission.resource_type_slug) == (slug, False, "organization")
    assert authorization.get_permission(slug).id == permission.id
    assert authorization.update_permission(slug, name="Read more").name == "Read more"
    everything = list(authorization.list_permissions(limit=50).auto_paging_iter())
    assert slug in [one.slug for one in everything]
    with pytest.raises(ConflictError) as taken:
        authorization.create_permission(slug=slug, name="Again")
    assert taken.value.code == "permission_slug_conflict"
    with pytest.raises(AuthorizationError):
        authorization.delete_permission(next(one.slug for one in everything if one.system))
    authorization.delete_permission(slug)
    with pytest.raises(NotFoundError):
        authorization.get_permission(slug)


def test_roles_of_the_environment(workos):
    authorization = workos.authorization
    permission = authorization.create_permission(slug=unique("python:write"), name="Write")
    slug = unique("editor")
    role = authorization.create_environment_role(slug=slug, name="Editor", description="Edits")
    assert (role.slug, role.type, role.permissions) == (slug, "EnvironmentRole", [])
    assert authorization.add_environment_role_permission(slug, body_slug=permission.slug).permissions == [permission.slug]
    assert authorization.set_environment_role_permissions(slug, permissions=[]).permissions == []
    assert authorization.update_environment_role(slug, name="Chief").name == "Chief"
    assert authorization.get_environment_role(slug).name == "Chief"
    assert slug in [one.slug for one in authorization.list_environment_roles().data]


def test_roles_of_an_organization(workos, organization):
    authorization = workos.authorization
    permission = authorization.create_permission(slug=unique("python:own"), name="Own")
    slug = unique("org-support")
    role = authorization.create_organization_role(organization.id, slug=slug, name="Support")
    assert (role.slug, role.type) == (slug, "OrganizationRole")
    added = authorization.add_organization_role_permission(organization.id, slug, body_slug=permission.slug)
    assert added.permissions == [permission.slug]
    removed = authorization.remove_organization_role_permission(organization.id, slug, permission.slug)
    assert removed is None or removed.permissions == []
    assert authorization.set_organization_role_permissions(organization.id, slug, permissions=[permission.slug]).slug == slug
    assert authorization.update_organization_role(organization.id, slug, name="First line").name == "First line"
    slugs = [one.slug for one in authorization.list_organization_roles(organization.id).data]
    assert {slug, "member"} <= set(slugs)
    authorization.delete_organization_role(organization.id, slug)
    with pytest.raises(NotFoundError):
        authorization.get_organization_role(organization.id, slug)
