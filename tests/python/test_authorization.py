"""Roles on resources, walked with the official Python SDK: every operation that it has for them."""

import pytest
from vestibule import unique, unique_email
from workos import ConflictError, NotFoundError, UnprocessableEntityError
from workos._errors import AuthorizationError, BadRequestError
from workos.authorization._resource import (
    ParentByExternalId,
    ParentById,
    ParentResourceByExternalId,
    ParentResourceById,
    ResourceTargetByExternalId,
    ResourceTargetById,
)
from workos.authorization.models import ReplaceGroupRoleAssignmentEntry

PROJECT = ResourceTargetByExternalId(resource_external_id="p1", resource_type_slug="project")


@pytest.fixture(scope="module")
def tree(server, workos):
    """A workspace with a project in it, and roles for both."""
    for body in ({"slug": "workspace", "name": "Workspace"}, {"slug": "project", "name": "Project", "parents": ["workspace", "project"]}):
        made = server.request("POST", "/vestibule/v1/resource_types", body)
        assert made.status_code == 201, made.text
    service = workos.authorization
    for slug, kind in (("workspace:edit", "workspace"), ("project:read", "project"), ("project:edit", "project")):
        service.create_permission(slug=slug, name=slug, resource_type_slug=kind)
    for slug, kind, permissions in (
        ("workspace-lead", "workspace", ["workspace:edit", "project:read", "project:edit"]),
        ("project-guest", "project", ["project:read"]),
        ("auditor", "organization", ["project:read"]),
    ):
        service.create_environment_role(slug=slug, name=slug, resource_type_slug=kind)
        service.set_environment_role_permissions(slug, permissions=permissions)
    organization = workos.organizations.create_organization(name="Trees")
    workspace = service.create_resource(
        organization_id=organization.id, resource_type_slug="workspace", external_id="w1", name="Workspace"
    )
    project = service.create_resource(
        organization_id=organization.id,
        resource_type_slug="project",
        external_id="p1",
        name="Project",
        parent_resource=ParentResourceById(parent_resource_id=workspace.id),
    )
    return organization, workspace, project


@pytest.fixture()
def member(workos, tree):
    user = workos.user_management.create_user(email=unique_email("member"))
    return workos.organization_membership.create_organization_membership(user_id=user.id, organization_id=tree[0].id)


def may(workos, member, permission, target=PROJECT):
    return workos.authorization.check(member.id, permission_slug=permission, resource_target=target).authorized


def test_a_resource_is_made_read_moved_listed_and_deleted(workos, tree):
    organization, workspace, project = tree
    service = workos.authorization
    external_id = unique("app")
    made = service.create_resource(
        organization_id=organization.id,
        resource_type_slug="project",
        external_id=external_id,
        name="App",
        description="An application",
        parent_resource=ParentResourceByExternalId(parent_resource_type_slug="workspace", parent_resource_external_id="w1"),
    )
    assert (made.external_id, made.description, made.parent_resource_id) == (external_id, "An application", workspace.id)
    named = (organization.id, "project", external_id)
    assert service.get_resource(made.id) == made == service.get_resource_by_external_id(*named)
    moved = service.update_resource(made.id, name="Moved", parent_resource=ParentResourceById(parent_resource_id=project.id))
    assert (moved.name, moved.parent_resource_id) == ("Moved", project.id)
    back = ParentResourceByExternalId(parent_resource_type_slug="workspace", parent_resource_external_id="w1")
    assert service.update_resource_by_external_id(*named, description=None, parent_resource=back).parent_resource_id == workspace.id
    listed = service.list_resources(organization_id=organization.id, parent=ParentById(parent_resource_id=workspace.id))
    assert {made.id, project.id} <= {one.id for one in listed}
    by_name = ParentByExternalId(parent_resource_type_slug="workspace", parent_external_id="w1")
    listed = service.list_resources(organization_id=organization.id, resource_external_id=external_id, parent=by_name)
    assert [one.id for one in listed] == [made.id]
    service.delete_resource_by_external_id(*named)
    with pytest.raises(NotFoundError):
        service.get_resource(made.id)
    with pytest.raises(ConflictError) as dependents:
        service.delete_resource(workspace.id)
    assert dependents.value.code == "resource_has_dependents"
    root = service.get_resource_by_external_id(organization.id, "organization", organization.id)
    with pytest.raises(AuthorizationError):
        service.delete_resource(root.id, cascade_delete=True)


def test_a_role_on_a_resource_reaches_what_is_below_it(workos, tree, member):
    organization, workspace, project = tree
    service = workos.authorization
    assert not may(workos, member, "project:edit")
    target = ResourceTargetById(resource_id=workspace.id)
    given = service.assign_role(member.id, role_slug="workspace-lead", resource_target=target)
    assert (given.role.slug, given.resource.external_id, given.source.type) == ("workspace-lead", "w1", "direct")
    assert may(workos, member, "project:edit")
    assert [one.id for one in service.list_role_assignments(member.id, resource_id=workspace.id)] == [given.id]
    assert given.id in [one.id for one in service.list_role_assignments_for_resource(workspace.id, role_slug="workspace-lead")]
    assert given.id in [
        one.id for one in service.list_role_assignments_for_resource_by_external_id(organization.id, "workspace", "w1")
    ]
    under = service.list_resources_for_membership(
        member.id, permission_slug="project:edit", parent_resource=ParentResourceById(parent_resource_id=workspace.id)
    )
    assert project.id in [one.id for one in under]
    permissions = service.list_effective_permissions(member.id, project.id)
    assert sorted(one.slug for one in permissions) == ["project:edit", "project:read"]
    permissions = service.list_effective_permissions_by_external_id(member.id, "project", "p1")
    assert sorted(one.slug for one in permissions) == ["project:edit", "project:read"]
    direct = service.list_memberships_for_resource(project.id, permission_slug="project:edit")
    assert member.id not in [one.id for one in direct]
    indirect = service.list_memberships_for_resource_by_external_id(
        organization.id, "project", "p1", permission_slug="project:edit", assignment="indirect"
    )
    assert member.id in [one.id for one in indirect]
    service.remove_role(member.id, role_slug="workspace-lead", resource_target=target)
    assert not may(workos, member, "project:edit")
    second = service.assign_role(member.id, role_slug="project-guest", resource_target=PROJECT)
    assert may(workos, member, "project:read")
    service.remove_role_assignment(member.id, second.id)
    assert not may(workos, member, "project:read")


def test_what_a_group_holds_its_members_hold(workos, tree, member):
    organization, workspace, project = tree
    service = workos.authorization
    group = workos.groups.create_organization_group(organization.id, name=unique("Crew"))
    given = service.create_group_role_assignment(group.id, role_slug="project-guest", resource_id=project.id)
    assert service.get_group_role_assignment(group.id, given.id) == given
    with pytest.raises(ConflictError) as twice:
        service.create_group_role_assignment(group.id, role_slug="project-guest", resource_id=project.id)
    assert twice.value.code == "duplicate_group_role_assignment"
    workos.groups.create_group_organization_membership(organization.id, group.id, organization_membership_id=member.id)
    assert may(workos, member, "project:read")
    derived = next(one for one in service.list_role_assignments(member.id) if one.source.type == "group")
    assert derived.source.group_role_assignment_id == given.id
    lead = ReplaceGroupRoleAssignmentEntry(role_slug="workspace-lead", resource_external_id="w1", resource_type_slug="workspace")
    auditor = ReplaceGroupRoleAssignmentEntry(role_slug="auditor")
    replaced = service.update_group_role_assignments(group.id, role_assignments=[lead, auditor])
    assert sorted(one.role.slug for one in replaced.data) == ["auditor", "workspace-lead"]
    guest = ReplaceGroupRoleAssignmentEntry(role_slug="project-guest", resource_id=project.id)
    service.patch_group_role_assignments(group.id, add=[guest], remove=[lead])
    assert sorted(one.role.slug for one in service.list_group_role_assignments(group.id)) == ["auditor", "project-guest"]
    service.delete_group_role_assignments(group.id, role_slug="auditor")
    (left,) = service.list_group_role_assignments(group.id)
    service.delete_group_role_assignment(group.id, left.id)
    assert not may(workos, member, "project:read")


def test_what_makes_no_sense_is_refused_each_with_its_error(workos, tree, member):
    organization, workspace, project = tree
    service = workos.authorization
    other = workos.organizations.create_organization(name="Others")
    theirs = service.create_resource(organization_id=other.id, resource_type_slug="workspace", external_id="x", name="X")
    with pytest.raises(NotFoundError):
        may(workos, member, "workspace:edit", ResourceTargetById(resource_id=theirs.id))
    with pytest.raises(NotFoundError):
        may(workos, member, "no:such", PROJECT)
    with pytest.raises(UnprocessableEntityError):
        service.assign_role(member.id, role_slug="workspace-lead", resource_target=PROJECT)
    with pytest.raises(BadRequestError) as cycle:
        service.update_resource(project.id, parent_resource=ParentResourceById(parent_resource_id=project.id))
    assert cycle.value.code == "bad_request"
    with pytest.raises(BadRequestError) as missing:
        service.list_resources()
    assert missing.value.code == "missing_organization_id_or_resource_type_slug"
    with pytest.raises(UnprocessableEntityError):
        service.create_resource(organization_id=organization.id, resource_type_slug="workspace", external_id="ÿ", name="X")


def test_whoever_is_excluded_may_not_whatever_they_hold(server, workos, tree, member):
    organization, workspace, project = tree
    service = workos.authorization
    target = ResourceTargetById(resource_id=workspace.id)
    service.assign_role(member.id, role_slug="workspace-lead", resource_target=target)
    assert may(workos, member, "project:edit") and may(workos, member, "project:read")
    excluded = {"organization_membership_id": member.id, "permission_slug": "project:edit", "resource_id": project.id}

    refused = server.request("POST", "/vestibule/v1/authorization/exclusions", excluded)
    assert (refused.status_code, refused.json()["code"]) == (400, "exclusions_not_enabled"), refused.text
    assert server.request("PUT", "/vestibule/v1/authorization/settings", {"exclusions": True}).status_code == 200
    try:
        made = server.request("POST", "/vestibule/v1/authorization/exclusions", excluded)
        assert made.status_code == 201, made.text
        assert not may(workos, member, "project:edit")
        assert may(workos, member, "project:read"), "only one permission was taken away"
        effective = service.list_effective_permissions(member.id, project.id)
        assert [one.slug for one in effective] == ["project:read"]
        holders = service.list_memberships_for_resource(project.id, permission_slug="project:edit", assignment="indirect")
        assert member.id not in [one.id for one in holders]
        why = server.request(
            "POST",
            "/vestibule/v1/authorization/explain",
            {"organization_membership_id": member.id, "permission_slug": "project:edit", "resource_id": project.id},
        )
        assert why.status_code == 200 and why.json()["authorized"] is False, why.text
        listed = server.request("GET", f"/vestibule/v1/authorization/exclusions?organization_id={organization.id}").json()["data"]
        assert [one["id"] for one in listed] == [made.json()["id"]]
        assert server.request("DELETE", f"/vestibule/v1/authorization/exclusions/{made.json()['id']}").status_code == 204
        assert may(workos, member, "project:edit")
    finally:
        assert server.request("PUT", "/vestibule/v1/authorization/settings", {"exclusions": False}).status_code == 200
