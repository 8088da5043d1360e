import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ConflictException, NotFoundException, UnprocessableEntityException } from '@workos-inc/node';
import { assertId, assertTimestamp, claims, goodPassword, refused, unique, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';

let server, workos, authorization;

before(async () => {
  server = await startServer();
  workos = server.sdk();
  authorization = workos.authorization;
});
after(() => server.stop());

const newPermission = (word = 'posts') => authorization.createPermission({ slug: unique(`${word}:read`), name: 'Read posts' });
const newOrganization = () => workos.organizations.createOrganization({ name: unique('Roles') });

test('a permission is made, read, changed, listed and deleted', async () => {
  const slug = unique('posts:read.all_of-them');
  const permission = await authorization.createPermission({ slug, name: 'Read posts', description: 'All of them' });
  assertId(permission.id, 'perm');
  assert.deepEqual(
    [permission.object, permission.slug, permission.name, permission.description, permission.system, permission.resourceTypeSlug],
    ['permission', slug, 'Read posts', 'All of them', false, 'organization'],
  );
  assertTimestamp(permission.createdAt);
  assert.deepEqual(await authorization.getPermission(slug), permission);
  const updated = await authorization.updatePermission(slug, { name: 'Read every post', description: null });
  assert.deepEqual([updated.name, updated.description], ['Read every post', null]);
  const listed = await (await authorization.listPermissions()).autoPagination();
  assert.ok(listed.some((one) => one.slug === slug));
  await refused(authorization.createPermission({ slug, name: 'Again' }), ConflictException, { code: 'permission_slug_conflict' });
  await authorization.deletePermission(slug);
  await refused(authorization.getPermission(slug), NotFoundException);
  for (const name of ['permission.created', 'permission.updated', 'permission.deleted']) {
    await server.event(name, (one) => one.data.slug === slug);
  }
});

test('slugs outside the alphabet or too long are refused', async () => {
  for (const slug of ['', 'Upper', 'a b', 'ä', 's'.repeat(49)]) {
    await refused(authorization.createPermission({ slug, name: 'Bad' }), UnprocessableEntityException);
  }
  await refused(authorization.createPermission({ slug: unique('p') }), UnprocessableEntityException);
});

test('the permissions of the widgets are there and cannot be changed', async () => {
  const all = await (await authorization.listPermissions()).autoPagination();
  const system = all.find((one) => one.system);
  assert.ok(system, 'an environment has system permissions');
  await assert.rejects(authorization.deletePermission(system.slug), { status: 403 });
  await assert.rejects(authorization.updatePermission(system.slug, { name: 'Mine' }), { status: 403 });
});

test('an environment role is made, read, changed and listed, with its permissions', async () => {
  const [one, two, three] = await Promise.all([newPermission(), newPermission(), newPermission()]);
  const slug = unique('editor');
  const role = await authorization.createEnvironmentRole({ slug, name: 'Editor', description: 'Edits' });
  assertId(role.id, 'role');
  assert.deepEqual(
    [role.object, role.slug, role.name, role.description, role.type, role.resourceTypeSlug, role.permissions],
    ['role', slug, 'Editor', 'Edits', 'EnvironmentRole', 'organization', []],
  );
  const set = await authorization.setEnvironmentRolePermissions(slug, { permissions: [one.slug, two.slug] });
  assert.deepEqual([...set.permissions].sort(), [one.slug, two.slug].sort());
  await authorization.addEnvironmentRolePermission(slug, { permissionSlug: three.slug });
  const added = await authorization.addEnvironmentRolePermission(slug, { permissionSlug: three.slug });
  assert.equal(added.permissions.length, 3, 'adding twice changes nothing');
  const replaced = await authorization.setEnvironmentRolePermissions(slug, { permissions: [two.slug] });
  assert.deepEqual(replaced.permissions, [two.slug]);
  const updated = await authorization.updateEnvironmentRole(slug, { name: 'Chief editor' });
  assert.deepEqual([updated.name, updated.description], ['Chief editor', 'Edits']);
  assert.deepEqual(await authorization.getEnvironmentRole(slug), updated);
  const { data } = await authorization.listEnvironmentRoles();
  assert.ok(data.some((listed) => listed.slug === slug) && data.some((listed) => listed.slug === 'member'));
  await refused(authorization.createEnvironmentRole({ slug, name: 'Again' }), ConflictException, { code: 'role_slug_conflict' });
  await assert.rejects(authorization.addEnvironmentRolePermission(slug, { permissionSlug: 'no:such' }), (error) => [404, 422].includes(error.status));
  await refused(authorization.getEnvironmentRole('no-such-role'), NotFoundException);
});

test('deleting a permission takes it from its roles', async () => {
  const permission = await newPermission();
  const { slug } = await authorization.createEnvironmentRole({ slug: unique('reader'), name: 'Reader' });
  await authorization.setEnvironmentRolePermissions(slug, { permissions: [permission.slug] });
  await authorization.deletePermission(permission.slug);
  assert.deepEqual((await authorization.getEnvironmentRole(slug)).permissions, []);
});

test('an organization has roles of its own beside those of the environment', async () => {
  const { id } = await newOrganization();
  const permission = await newPermission();
  const slug = unique('org-support');
  const role = await authorization.createOrganizationRole(id, { slug, name: 'Support' });
  assert.deepEqual([role.slug, role.type, role.permissions], [slug, 'OrganizationRole', []]);
  const named = await authorization.createOrganizationRole(id, { name: 'Night Watch' });
  assert.match(named.slug, /^org-night-watch/);
  const set = await authorization.setOrganizationRolePermissions(id, slug, { permissions: [permission.slug] });
  assert.deepEqual(set.permissions, [permission.slug]);
  await authorization.removeOrganizationRolePermission(id, slug, { permissionSlug: permission.slug });
  assert.deepEqual((await authorization.getOrganizationRole(id, slug)).permissions, []);
  const added = await authorization.addOrganizationRolePermission(id, slug, { permissionSlug: permission.slug });
  assert.deepEqual(added.permissions, [permission.slug]);
  const updated = await authorization.updateOrganizationRole(id, slug, { name: 'First line', description: 'Answers' });
  assert.deepEqual([updated.name, updated.description], ['First line', 'Answers']);
  const { data } = await authorization.listOrganizationRoles(id);
  assert.ok([slug, named.slug, 'member'].every((wanted) => data.some((listed) => listed.slug === wanted)));
  assert.equal((await authorization.getOrganizationRole(id, 'member')).type, 'EnvironmentRole');
  await refused(authorization.createOrganizationRole(id, { slug, name: 'Again' }), ConflictException, { code: 'organization_role_slug_conflict' });
  await assert.rejects(authorization.createOrganizationRole(id, { slug: unique('support'), name: 'No prefix' }), (error) => [400, 422].includes(error.status));
  await assert.rejects(authorization.updateOrganizationRole(id, 'member', { name: 'Mine' }), (error) => [400, 404].includes(error.status));
  const other = await newOrganization();
  await refused(authorization.getOrganizationRole(other.id, slug), NotFoundException);
  await authorization.deleteOrganizationRole(id, slug);
  await refused(authorization.getOrganizationRole(id, slug), NotFoundException);
  await server.event('organization_role.deleted', (one) => one.data.slug === slug);
});

test('an organization role that someone holds is not deleted', async () => {
  const { id } = await newOrganization();
  const { slug } = await authorization.createOrganizationRole(id, { slug: unique('org-held'), name: 'Held' });
  const user = await workos.userManagement.createUser({ email: uniqueEmail() });
  const membership = await workos.userManagement.createOrganizationMembership({ userId: user.id, organizationId: id, roleSlug: slug });
  assert.deepEqual(membership.role, { slug });
  await refused(authorization.deleteOrganizationRole(id, slug), ConflictException, { code: 'role_has_assignments' });
  await workos.userManagement.updateOrganizationMembership(membership.id, { roleSlug: 'member' });
  await authorization.deleteOrganizationRole(id, slug);
});

test('a token carries role and permissions, and a refresh brings their changes', async () => {
  const users = workos.userManagement;
  const organization = await newOrganization();
  const [first, second] = await Promise.all([newPermission(), newPermission()]);
  const { slug } = await authorization.createEnvironmentRole({ slug: unique('author'), name: 'Author' });
  await authorization.setEnvironmentRolePermissions(slug, { permissions: [first.slug] });
  const user = await users.createUser({ email: uniqueEmail(), password: goodPassword, emailVerified: true });
  await users.createOrganizationMembership({ userId: user.id, organizationId: organization.id, roleSlug: slug });
  const session = await users.authenticateWithPassword({ email: user.email, password: goodPassword });
  const before = claims(session.accessToken);
  assert.deepEqual([before.role, before.permissions], [slug, [first.slug]]);
  await authorization.setEnvironmentRolePermissions(slug, { permissions: [second.slug] });
  const refreshed = await users.authenticateWithRefreshToken({ refreshToken: session.refreshToken });
  assert.deepEqual(claims(refreshed.accessToken).permissions, [second.slug]);
});
