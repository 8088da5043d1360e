import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GenericServerException, NotFoundException, UnprocessableEntityException } from '@workos-inc/node';
import { assertId, assertTimestamp, claims, goodPassword, refused, unique, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';

let server, workos, users;

before(async () => {
  server = await startServer();
  workos = server.sdk();
  users = workos.userManagement;
});
after(() => server.stop());

async function member(fields = {}) {
  const user = await users.createUser({ email: uniqueEmail(), password: goodPassword, emailVerified: true });
  const organization = await workos.organizations.createOrganization({ name: unique('Members') });
  const membership = await users.createOrganizationMembership({ userId: user.id, organizationId: organization.id, ...fields });
  return { user, organization, membership };
}

test('a membership is active, has the default role, and tells of its user and organization', async () => {
  const { user, organization, membership } = await member();
  assertId(membership.id, 'om');
  assert.equal(membership.object, 'organization_membership');
  assert.equal(membership.userId, user.id);
  assert.equal(membership.organizationId, organization.id);
  assert.equal(membership.organizationName, organization.name);
  assert.equal(membership.status, 'active');
  assert.deepEqual(membership.role, { slug: 'member' });
  assert.equal(membership.directoryManaged, false);
  assertTimestamp(membership.createdAt);
  assert.deepEqual(await users.getOrganizationMembership(membership.id), membership);
  const raw = await server.request('GET', `/user_management/organization_memberships/${membership.id}`);
  assert.equal(raw.body.user.id, user.id, 'the newest clients need the whole user');
  assert.deepEqual(raw.body.roles, [{ slug: 'member' }]);
  assert.deepEqual(raw.body.custom_attributes, {});
});

test('a role is given at the start and changed later', async () => {
  const { membership } = await member({ roleSlug: 'admin' });
  assert.deepEqual(membership.role, { slug: 'admin' });
  const updated = await users.updateOrganizationMembership(membership.id, { roleSlug: 'member' });
  assert.deepEqual(updated.role, { slug: 'member' });
  const same = await users.updateOrganizationMembership(membership.id, {});
  assert.deepEqual(same.role, { slug: 'member' });
});

test('roles that do not exist, or too many, are refused', async () => {
  const { membership } = await member();
  await refused(users.updateOrganizationMembership(membership.id, { roleSlug: 'no-such-role' }), UnprocessableEntityException, {
    code: 'invalid_role',
    message: /no-such-role/,
  });
  await refused(users.updateOrganizationMembership(membership.id, { roleSlugs: ['admin', 'member'] }), UnprocessableEntityException, {
    code: 'multiple_roles_not_enabled',
  });
  for (const both of [{ roleSlug: 'admin', roleSlugs: ['admin'] }, { roleSlugs: [] }]) {
    await refused(users.updateOrganizationMembership(membership.id, both), UnprocessableEntityException, { code: 'invalid_request_parameters' });
  }
  const updated = await users.updateOrganizationMembership(membership.id, { roleSlugs: ['admin'] });
  assert.deepEqual(updated.role, { slug: 'admin' });
});

test('a membership needs a user and an organization that exist', async () => {
  const { user, organization } = await member();
  const unknownUser = { userId: 'user_01ARZ3NDEKTSV4RRFFQ69G5FAV', organizationId: organization.id };
  const unknownOrganization = { userId: user.id, organizationId: 'org_01ARZ3NDEKTSV4RRFFQ69G5FAV' };
  await refused(users.createOrganizationMembership(unknownUser), NotFoundException);
  await refused(users.createOrganizationMembership(unknownOrganization), NotFoundException);
});

test('nobody is a member twice', async () => {
  const { user, organization } = await member();
  await assert.rejects(users.createOrganizationMembership({ userId: user.id, organizationId: organization.id }), (error) =>
    [400, 409, 422].includes(error.status),
  );
  const { data } = await users.listOrganizationMemberships({ userId: user.id });
  assert.equal(data.length, 1);
});

test('a deactivated membership signs nobody in and comes back with its role', async () => {
  const { user, organization, membership } = await member({ roleSlug: 'admin' });
  const credentials = { email: user.email, password: goodPassword };
  const active = await users.authenticateWithPassword(credentials);
  assert.equal(active.organizationId, organization.id);

  const inactive = await users.deactivateOrganizationMembership(membership.id);
  assert.equal(inactive.status, 'inactive');
  const again = await users.deactivateOrganizationMembership(membership.id);
  assert.equal(again.updatedAt, inactive.updatedAt, 'a second time changes nothing');
  await assert.rejects(users.authenticateWithRefreshToken({ refreshToken: active.refreshToken }), { error: 'invalid_grant' });
  const without = await users.authenticateWithPassword(credentials);
  assert.equal(without.organizationId, undefined);

  const back = await users.reactivateOrganizationMembership(membership.id);
  assert.equal(back.status, 'active');
  assert.deepEqual(back.role, { slug: 'admin' });
  const { accessToken } = await users.authenticateWithPassword(credentials);
  assert.equal(claims(accessToken).role, 'admin');
});

test('making the membership of an inactive member reactivates it', async () => {
  const { user, organization, membership } = await member({ roleSlug: 'admin' });
  await users.deactivateOrganizationMembership(membership.id);
  const again = await users.createOrganizationMembership({ userId: user.id, organizationId: organization.id, roleSlug: 'member' });
  assert.equal(again.id, membership.id);
  assert.equal(again.status, 'active');
  assert.deepEqual(again.role, { slug: 'member' });
});

test('a pending membership is neither deactivated nor reactivated', async () => {
  const user = await users.createUser({ email: uniqueEmail('pending') });
  const organization = await workos.organizations.createOrganization({ name: unique('Pending') });
  await users.sendInvitation({ email: user.email, organizationId: organization.id });
  const { data } = await users.listOrganizationMemberships({ userId: user.id, statuses: ['pending'] });
  assert.equal(data.length, 1, 'inviting someone who has an account makes a pending membership');
  const [pending] = data;
  await refused(users.deactivateOrganizationMembership(pending.id), GenericServerException, {
    status: 400,
    code: 'cannot_deactivate_pending_organization_membership',
  });
  await refused(users.reactivateOrganizationMembership(pending.id), GenericServerException, {
    status: 400,
    code: 'cannot_reactivate_pending_organization_membership',
  });
  await refused(users.createOrganizationMembership({ userId: user.id, organizationId: organization.id }), GenericServerException, {
    status: 400,
    code: 'cannot_reactivate_pending_organization_membership',
  });
});

test('the list wants a user or an organization, and shows active members unless told otherwise', async () => {
  const { user, organization, membership } = await member();
  await refused(users.listOrganizationMemberships({}), GenericServerException, { status: 400, code: 'missing_user_id_or_organization_id' });
  const ids = async (options) => (await users.listOrganizationMemberships(options)).data.map((one) => one.id);
  assert.deepEqual(await ids({ userId: user.id }), [membership.id]);
  assert.deepEqual(await ids({ organizationId: organization.id }), [membership.id]);
  await users.deactivateOrganizationMembership(membership.id);
  assert.deepEqual(await ids({ userId: user.id }), []);
  assert.deepEqual(await ids({ userId: user.id, statuses: ['inactive'] }), [membership.id]);
  assert.deepEqual(await ids({ userId: user.id, statuses: ['active', 'inactive', 'pending'] }), [membership.id]);
});

test('a deleted membership is gone and told of', async () => {
  const { user, membership } = await member();
  await users.deleteOrganizationMembership(membership.id);
  await refused(users.getOrganizationMembership(membership.id), NotFoundException);
  await refused(users.deleteOrganizationMembership(membership.id), NotFoundException);
  const deleted = await server.event('organization_membership.deleted', (one) => one.data.id === membership.id);
  assert.equal(deleted.data.user_id, user.id);
  assert.equal('user' in deleted.data, false, 'events carry no user object');
  assert.equal((await users.getUser(user.id)).id, user.id, 'the user stays');
});
