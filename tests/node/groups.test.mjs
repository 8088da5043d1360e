import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NotFoundException, UnprocessableEntityException } from '@workos-inc/node';
import { assertId, assertTimestamp, refused, unique, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';

let server, workos, users, organization, organizationId;

before(async () => {
  server = await startServer();
  workos = server.sdk();
  users = workos.userManagement;
  organization = await workos.organizations.createOrganization({ name: 'Groups' });
  organizationId = organization.id;
});
after(() => server.stop());

async function newMembership(inOrganization = organizationId) {
  const user = await users.createUser({ email: uniqueEmail() });
  return users.createOrganizationMembership({ userId: user.id, organizationId: inOrganization });
}

test('a group is made, read, changed and deleted', async () => {
  const group = await workos.groups.createGroup({ organizationId, name: 'Engineers', description: 'They build' });
  assertId(group.id, 'group');
  assert.equal(group.object, 'group');
  assert.equal(group.organizationId, organizationId);
  assert.equal(group.name, 'Engineers');
  assert.equal(group.description, 'They build');
  assertTimestamp(group.createdAt);
  assert.deepEqual(await workos.groups.getGroup({ organizationId, groupId: group.id }), group);
  const updated = await workos.groups.updateGroup({ organizationId, groupId: group.id, name: 'Builders', description: 'They still build' });
  assert.deepEqual([updated.name, updated.description], ['Builders', 'They still build']);
  const cleared = await workos.groups.updateGroup({ organizationId, groupId: group.id, name: 'Builders' });
  assert.equal(cleared.description, null, 'the SDK sends null when it has no description');
  const { data } = await workos.groups.listGroups({ organizationId });
  assert.ok(data.some((one) => one.id === group.id));
  await workos.groups.deleteGroup({ organizationId, groupId: group.id });
  await refused(workos.groups.getGroup({ organizationId, groupId: group.id }), NotFoundException);
  for (const name of ['group.created', 'group.updated', 'group.deleted']) {
    await server.event(name, (one) => one.data.id === group.id);
  }
});

test('a group wants a name of at most 256 characters and a description of at most 150', async () => {
  await refused(workos.groups.createGroup({ organizationId }), UnprocessableEntityException);
  await refused(workos.groups.createGroup({ organizationId, name: '' }), UnprocessableEntityException);
  await refused(workos.groups.createGroup({ organizationId, name: 'n'.repeat(257) }), UnprocessableEntityException);
  await refused(workos.groups.createGroup({ organizationId, name: 'Name', description: 'd'.repeat(151) }), UnprocessableEntityException);
  await workos.groups.createGroup({ organizationId, name: 'n'.repeat(256), description: 'd'.repeat(150) });
});

test('members come and go, twice without harm', async () => {
  const { id: groupId } = await workos.groups.createGroup({ organizationId, name: unique('Team') });
  const membership = await newMembership();
  const add = { organizationId, groupId, organizationMembershipId: membership.id };
  assert.equal((await workos.groups.addOrganizationMembership(add)).id, groupId);
  assert.equal((await workos.groups.addOrganizationMembership(add)).id, groupId);
  const members = await workos.groups.listOrganizationMemberships({ organizationId, groupId });
  assert.deepEqual(members.data.map((one) => one.id), [membership.id]);
  assert.equal(members.data[0].userId, membership.userId);
  const groups = await users.listGroupsForOrganizationMembership({ organizationMembershipId: membership.id });
  assert.deepEqual(groups.data.map((one) => one.id), [groupId]);
  const added = await server.event('group.member_added', (one) => one.data.group_id === groupId);
  assert.equal(added.data.organization_membership_id, membership.id);

  await workos.groups.removeOrganizationMembership(add);
  assert.deepEqual((await workos.groups.listOrganizationMemberships({ organizationId, groupId })).data, []);
  await server.event('group.member_removed', (one) => one.data.group_id === groupId);
});

test('members of another organization stay outside', async () => {
  const { id: groupId } = await workos.groups.createGroup({ organizationId, name: unique('Team') });
  const other = await workos.organizations.createOrganization({ name: 'Other' });
  const foreign = await newMembership(other.id);
  await assert.rejects(workos.groups.addOrganizationMembership({ organizationId, groupId, organizationMembershipId: foreign.id }), (error) =>
    [404, 422].includes(error.status),
  );
  await refused(workos.groups.getGroup({ organizationId: other.id, groupId }), NotFoundException);
});

test('a member who leaves the organization leaves its groups', async () => {
  const { id: groupId } = await workos.groups.createGroup({ organizationId, name: unique('Team') });
  const membership = await newMembership();
  await workos.groups.addOrganizationMembership({ organizationId, groupId, organizationMembershipId: membership.id });
  await users.deleteOrganizationMembership(membership.id);
  assert.deepEqual((await workos.groups.listOrganizationMemberships({ organizationId, groupId })).data, []);
});
