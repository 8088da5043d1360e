// Roles on resources, walked with the official SDK: every operation that it has for them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ConflictException, GenericServerException, NotFoundException, UnprocessableEntityException } from '@workos-inc/node';
import { assertId, assertTimestamp, refused, unique, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';

let server, workos, authorization, organization, organizationId, member, workspace, project;

before(async () => {
  server = await startServer();
  workos = server.sdk();
  authorization = workos.authorization;
  // The types are made in a dashboard elsewhere, and here by an API of our own.
  await workos.post('/vestibule/v1/resource_types', { slug: 'workspace', name: 'Workspace' });
  await workos.post('/vestibule/v1/resource_types', { slug: 'project', name: 'Project', parents: ['workspace'] });
  for (const [slug, resourceTypeSlug] of [['workspace:edit', 'workspace'], ['project:read', 'project'], ['project:edit', 'project']]) {
    await authorization.createPermission({ slug, name: slug, resourceTypeSlug });
  }
  for (const [slug, resourceTypeSlug, permissions] of [
    ['workspace-lead', 'workspace', ['workspace:edit', 'project:read', 'project:edit']],
    ['project-guest', 'project', ['project:read']],
    ['auditor', 'organization', ['project:read']],
  ]) {
    await authorization.createEnvironmentRole({ slug, name: slug, resourceTypeSlug });
    await authorization.setEnvironmentRolePermissions(slug, { permissions });
  }
  organization = await workos.organizations.createOrganization({ name: 'Trees' });
  organizationId = organization.id;
  member = await newMember();
  workspace = await newResource('workspace', 'w1', {});
  project = await newResource('project', 'p1', { parentResourceId: workspace.id });
});
after(() => server.stop());

async function newMember() {
  const user = await workos.userManagement.createUser({ email: uniqueEmail() });
  return workos.userManagement.createOrganizationMembership({ userId: user.id, organizationId });
}

function newResource(resourceTypeSlug, externalId, more) {
  return authorization.createResource({ organizationId, resourceTypeSlug, externalId, name: `The ${externalId}`, ...more });
}

const ids = (page) => page.data.map((one) => one.id);
const may = async (membership, permissionSlug, resource) =>
  (await authorization.check({ organizationMembershipId: membership.id, permissionSlug, resourceId: resource.id })).authorized;

test('a resource is made, read by both names, changed, listed and deleted', async () => {
  const externalId = unique('app');
  const made = await newResource('project', externalId, {
    description: 'An application',
    parentResourceExternalId: 'w1',
    parentResourceTypeSlug: 'workspace',
  });
  assertId(made.id, 'authz_resource');
  assert.deepEqual(
    [made.object, made.externalId, made.description, made.resourceTypeSlug, made.organizationId, made.parentResourceId],
    ['authorization_resource', externalId, 'An application', 'project', organizationId, workspace.id],
  );
  assertTimestamp(made.createdAt);
  const named = { organizationId, resourceTypeSlug: 'project', externalId };
  assert.deepEqual(await authorization.getResource(made.id), made);
  assert.deepEqual(await authorization.getResourceByExternalId(named), made);
  assert.equal((await authorization.updateResource({ resourceId: made.id, name: 'Renamed' })).name, 'Renamed');
  const cleared = await authorization.updateResourceByExternalId({ ...named, description: null });
  assert.deepEqual([cleared.name, cleared.description], ['Renamed', null]);
  assert.deepEqual(ids(await authorization.listResources({ organizationId, resourceTypeSlug: 'project' })), [made.id, project.id]);
  assert.ok(ids(await authorization.listResources({ organizationId, parentResourceId: workspace.id })).includes(made.id));
  await authorization.deleteResource({ resourceId: made.id });
  await refused(authorization.getResource(made.id), NotFoundException);
  const again = await newResource('project', externalId, { parentResourceId: workspace.id });
  await newResource('project', unique('other'), { parentResourceId: workspace.id });
  await authorization.deleteResourceByExternalId(named);
  await refused(authorization.getResource(again.id), NotFoundException);
});

test('the organization is a resource, and the parent of what has no other', async () => {
  const root = await authorization.getResourceByExternalId({ organizationId, resourceTypeSlug: 'organization', externalId: organizationId });
  assert.deepEqual([root.name, root.externalId, root.parentResourceId], ['Trees', organizationId, null]);
  assert.equal(workspace.parentResourceId, root.id);
  assert.ok(ids(await authorization.listResources({ resourceTypeSlug: 'organization' })).includes(root.id));
  await assert.rejects(authorization.deleteResource({ resourceId: root.id, cascadeDelete: true }), { status: 403 });
});

test('a role on a resource reaches what is below it', async () => {
  const someone = await newMember();
  assert.equal(await may(someone, 'project:read', project), false);
  const given = await authorization.assignRole({ organizationMembershipId: someone.id, roleSlug: 'workspace-lead', resourceId: workspace.id });
  assertId(given.id, 'role_assignment');
  assert.deepEqual(
    [given.organizationMembershipId, given.role.slug, given.resource, given.source],
    [
      someone.id,
      'workspace-lead',
      { id: workspace.id, externalId: 'w1', resourceTypeSlug: 'workspace' },
      { type: 'direct', groupRoleAssignmentId: null },
    ],
  );
  assert.equal(await may(someone, 'project:read', project), true);
  const named = { resourceExternalId: 'p1', resourceTypeSlug: 'project' };
  const asked = { organizationMembershipId: someone.id, permissionSlug: 'project:edit', ...named };
  assert.equal((await authorization.check(asked)).authorized, true);
  const assignments = await authorization.listRoleAssignments({ organizationMembershipId: someone.id });
  assert.deepEqual(assignments.data.map((one) => one.role.slug).sort(), ['member', 'workspace-lead']);
  const here = await authorization.listRoleAssignments({ organizationMembershipId: someone.id, resourceId: workspace.id });
  assert.deepEqual(ids(here), [given.id]);
  assert.ok(ids(await authorization.listRoleAssignmentsForResource({ resourceId: workspace.id, roleSlug: 'workspace-lead' })).includes(given.id));
  const byName = await authorization.listResourceRoleAssignments({ organizationId, resourceTypeSlug: 'workspace', externalId: 'w1' });
  assert.ok(ids(byName).includes(given.id));
  await authorization.removeRole({ organizationMembershipId: someone.id, roleSlug: 'workspace-lead', resourceId: workspace.id });
  assert.equal(await may(someone, 'project:read', project), false);
  const second = await authorization.assignRole({ organizationMembershipId: someone.id, roleSlug: 'project-guest', ...named });
  assert.equal(await may(someone, 'project:read', project), true);
  await authorization.removeRoleAssignment({ organizationMembershipId: someone.id, roleAssignmentId: second.id });
  assert.equal(await may(someone, 'project:read', project), false);
});

test('what a group holds its members hold', async () => {
  const someone = await newMember();
  const { id: groupId } = await workos.groups.createGroup({ organizationId, name: unique('Crew') });
  const held = { groupId, roleSlug: 'project-guest', resourceId: project.id };
  const given = await authorization.createGroupRoleAssignment(held);
  assertId(given.id, 'gra');
  assert.deepEqual([given.groupId, given.role.slug, given.resource.externalId], [groupId, 'project-guest', 'p1']);
  await refused(authorization.createGroupRoleAssignment(held), ConflictException, { code: 'duplicate_group_role_assignment' });
  assert.deepEqual(await authorization.getGroupRoleAssignment({ groupId, roleAssignmentId: given.id }), given);
  await workos.groups.addOrganizationMembership({ organizationId, groupId, organizationMembershipId: someone.id });
  assert.equal(await may(someone, 'project:read', project), true);
  const derived = (await authorization.listRoleAssignments({ organizationMembershipId: someone.id })).data.find((one) => one.source.type === 'group');
  assert.equal(derived.source.groupRoleAssignmentId, given.id);
  const replaced = await authorization.replaceGroupRoleAssignments({
    groupId,
    roleAssignments: [{ roleSlug: 'auditor' }, { roleSlug: 'workspace-lead', resourceExternalId: 'w1', resourceTypeSlug: 'workspace' }],
  });
  assert.deepEqual(replaced.data.map((one) => one.role.slug).sort(), ['auditor', 'workspace-lead']);
  assert.equal(await may(someone, 'workspace:edit', workspace), true);
  await workos.patch(`/authorization/groups/${groupId}/role_assignments`, {
    add: [{ role_slug: 'project-guest', resource_id: project.id }],
    remove: [{ role_slug: 'workspace-lead', resource_id: workspace.id }],
  });
  assert.equal(await may(someone, 'workspace:edit', workspace), false);
  await authorization.removeGroupRoleAssignments({ groupId, roleSlug: 'auditor' });
  const [left] = (await authorization.listGroupRoleAssignments({ groupId })).data;
  assert.equal(left.role.slug, 'project-guest');
  await authorization.removeGroupRoleAssignment({ groupId, roleAssignmentId: left.id });
  assert.deepEqual((await authorization.listGroupRoleAssignments({ groupId })).data, []);
  assert.equal(await may(someone, 'project:read', project), false);
});

test('discovery finds what checks would allow', async () => {
  const someone = await newMember();
  await authorization.assignRole({ organizationMembershipId: someone.id, roleSlug: 'workspace-lead', resourceId: workspace.id });
  const under = await authorization.listResourcesForMembership({
    organizationMembershipId: someone.id,
    permissionSlug: 'project:edit',
    parentResourceExternalId: 'w1',
    parentResourceTypeSlug: 'workspace',
  });
  assert.ok(ids(under).includes(project.id));
  const asked = { resourceId: project.id, permissionSlug: 'project:edit' };
  const direct = await authorization.listMembershipsForResource(asked);
  assert.ok(!ids(direct).includes(someone.id));
  const indirect = await authorization.listMembershipsForResource({ ...asked, assignment: 'indirect' });
  assert.equal(indirect.data.find((one) => one.id === someone.id).userId, someone.userId);
  const byName = await authorization.listMembershipsForResourceByExternalId({
    organizationId,
    resourceTypeSlug: 'project',
    externalId: 'p1',
    permissionSlug: 'project:edit',
    assignment: 'indirect',
  });
  assert.ok(ids(byName).includes(someone.id));
  const slugs = (page) => page.data.map((one) => one.slug).sort();
  const permissions = await authorization.listEffectivePermissions({ organizationMembershipId: someone.id, resourceId: project.id });
  assert.deepEqual(slugs(permissions), ['project:edit', 'project:read']);
  const permissionsByName = await authorization.listEffectivePermissionsByExternalId({
    organizationMembershipId: someone.id,
    resourceTypeSlug: 'project',
    externalId: 'p1',
  });
  assert.deepEqual(slugs(permissionsByName), ['project:edit', 'project:read']);
});

test('what contradicts itself, its types or another organization is refused, and changes nothing', async () => {
  const other = await workos.organizations.createOrganization({ name: 'Others' });
  const theirs = await authorization.createResource({ organizationId: other.id, resourceTypeSlug: 'workspace', externalId: 'x', name: 'X' });
  const of = { organizationMembershipId: member.id };
  await refused(authorization.check({ ...of, permissionSlug: 'workspace:edit', resourceId: theirs.id }), NotFoundException);
  await refused(authorization.assignRole({ ...of, roleSlug: 'workspace-lead', resourceId: theirs.id }), NotFoundException);
  await refused(authorization.assignRole({ ...of, roleSlug: 'workspace-lead', resourceId: project.id }), UnprocessableEntityException);
  await refused(authorization.check({ ...of, permissionSlug: 'project:read' }), UnprocessableEntityException);
  await refused(newResource('project', unique('x'), {}), GenericServerException, { status: 400, code: 'bad_request' });
  await refused(newResource('project', 'p1', { parentResourceId: workspace.id }), ConflictException, { code: 'authorization_resource_external_id_conflict' });
  await refused(authorization.listResources({ parentResourceId: workspace.id }), GenericServerException, { status: 400, code: 'missing_organization_id_or_resource_type_slug' });
  await refused(authorization.deleteResource({ resourceId: workspace.id }), ConflictException, { code: 'resource_has_dependents' });
  const moved = workos.patch(`/authorization/resources/${workspace.id}`, { parent_resource_id: project.id });
  await refused(moved, GenericServerException, { status: 400, code: 'bad_request' });
});

test('many checks are answered at once, and one is explained', async () => {
  const someone = await newMember();
  await authorization.assignRole({ organizationMembershipId: someone.id, roleSlug: 'project-guest', resourceId: project.id });
  const check = (permission) => ({ organization_membership_id: someone.id, permission_slug: permission, resource_id: project.id });
  const { data: many } = await workos.post('/vestibule/v1/authorization/check_many', { checks: ['project:read', 'project:edit'].map(check) });
  assert.deepEqual(many.data, [{ authorized: true }, { authorized: false }]);
  const { data: why } = await workos.post('/vestibule/v1/authorization/explain', check('project:read'));
  assert.deepEqual([why.authorized, why.reason, why.path[0].roles[0].grants], [true, 'granted', true]);
});
