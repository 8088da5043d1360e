import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BadRequestException, GenericServerException, NotFoundException, UnprocessableEntityException } from '@workos-inc/node';
import { assertId, assertTimestamp, goodPassword, refused, unique, uniqueEmail } from '../harness/expect.mjs';
import { demoPassword, startServer } from '../harness/server.mjs';

let server, workos, users;

before(async () => {
  server = await startServer();
  workos = server.sdk();
  users = workos.userManagement;
});
after(() => server.stop());

test('a user comes back as it was made, without a word about the password', async () => {
  const email = `${unique('Marcelina')}@Example.test`;
  const externalId = unique('external');
  const user = await users.createUser({
    email: `  ${email} `,
    password: goodPassword,
    firstName: 'Marcelina',
    lastName: 'Davis',
    emailVerified: true,
    externalId,
    metadata: { timezone: 'America/New_York' },
  });
  assertId(user.id, 'user');
  assert.equal(user.object, 'user');
  assert.equal(user.email, email, 'case is kept, blanks around are not');
  assert.equal(user.emailVerified, true);
  assert.equal(user.firstName, 'Marcelina');
  assert.equal(user.lastName, 'Davis');
  assert.equal(user.externalId, externalId);
  assert.deepEqual(user.metadata, { timezone: 'America/New_York' });
  assert.equal(user.lastSignInAt, null);
  assert.equal(user.profilePictureUrl, null);
  assertTimestamp(user.createdAt);
  assert.deepEqual(await users.getUser(user.id), user);
  assert.deepEqual(await users.getUserByExternalId(externalId), user);
  const raw = await server.request('GET', `/user_management/users/${user.id}`);
  assert.ok(!/password/.test(JSON.stringify(raw.body)));
});

test('a user needs nothing but an email', async () => {
  const user = await users.createUser({ email: uniqueEmail() });
  assert.equal(user.emailVerified, false);
  assert.deepEqual([user.firstName, user.lastName, user.externalId], [null, null, null]);
  assert.deepEqual(user.metadata, {});
  assert.deepEqual(await users.getUserIdentities(user.id), []);
});

test('an email is taken whatever its case', async () => {
  const email = uniqueEmail('Taken');
  await users.createUser({ email });
  const error = await refused(users.createUser({ email: email.toUpperCase() }), BadRequestException, { code: 'user_creation_error' });
  assert.deepEqual(error.errors.map((one) => one.code), ['email_not_available']);
});

test('an address that is none is refused', async () => {
  for (const email of ['', 'nobody', 'a@', '@b.test', 'a b@c.test', 'a@b@c.test']) {
    await refused(users.createUser({ email }), UnprocessableEntityException);
  }
});

test('a weak password is refused with its reasons', async () => {
  const email = `${unique('melisandre')}@example.test`;
  const cases = {
    short: ['a1B!', 'password_too_short'],
    long: ['Long-Enough-'.repeat(100), 'password_too_long'],
    weak: ['aaaaaaaaaaaaaaaa', 'password_too_weak'],
    email: [email, 'password_contains_email'],
  };
  for (const [name, [password, code]] of Object.entries(cases)) {
    const error = await refused(users.createUser({ email, password }), BadRequestException, { code: 'password_strength_error' });
    assert.ok(error.errors.some((one) => one.code === code), `${name}: ${JSON.stringify(error.errors)}`);
    assert.ok(error.errors.every((one) => one.message.length > 0));
    assert.ok(!JSON.stringify(error.errors).includes(password), 'the password is not repeated');
  }
  assert.deepEqual((await users.listUsers({ email })).data, []);
});

test('an update changes what it names and nothing else', async () => {
  const email = uniqueEmail('Update');
  const user = await users.createUser({ email, firstName: 'Before', lastName: 'Stays', metadata: { keep: 'k', drop: 'd' } });
  const updated = await users.updateUser({ userId: user.id, firstName: 'After', metadata: { drop: null, add: 'a' }, locale: 'de-DE' });
  assert.equal(updated.firstName, 'After');
  assert.equal(updated.lastName, 'Stays');
  assert.equal(updated.email, email);
  assert.deepEqual(updated.metadata, { keep: 'k', add: 'a' });
  assert.equal(updated.locale, 'de-DE');
  assert.ok(updated.updatedAt >= user.updatedAt);
  assert.deepEqual(await users.getUser(user.id), updated);
  await refused(users.updateUser({ userId: user.id, locale: 'no-such-locale' }), GenericServerException, { status: 400, code: 'invalid_locale' });
});

test('a changed email is unverified until someone vouches for it', async () => {
  const user = await users.createUser({ email: uniqueEmail('Old'), emailVerified: true });
  const changed = await users.updateUser({ userId: user.id, email: uniqueEmail('New') });
  assert.equal(changed.emailVerified, false);
  const vouched = await users.updateUser({ userId: user.id, email: uniqueEmail('Newer'), emailVerified: true });
  assert.equal(vouched.emailVerified, true);
});

test('a changed email must be free and an address', async () => {
  const other = await users.createUser({ email: uniqueEmail('Other') });
  const user = await users.createUser({ email: uniqueEmail('Mover') });
  await refused(users.updateUser({ userId: user.id, email: other.email.toUpperCase() }), GenericServerException, {
    status: 400,
    code: 'email_not_available',
  });
  await refused(users.updateUser({ userId: user.id, email: 'none' }), GenericServerException, { status: 400, code: 'invalid_email' });
  assert.equal((await users.getUser(user.id)).email, user.email);
});

test('an external id is unique among users and clearable', async () => {
  const externalId = unique('external');
  const first = await users.createUser({ email: uniqueEmail(), externalId });
  const taken = { status: 400, code: 'external_id_already_used' };
  await refused(users.createUser({ email: uniqueEmail(), externalId }), GenericServerException, taken);
  const second = await users.createUser({ email: uniqueEmail() });
  await refused(users.updateUser({ userId: second.id, externalId }), GenericServerException, taken);
  assert.equal((await users.updateUser({ userId: first.id, externalId: null })).externalId, null);
  assert.equal((await users.updateUser({ userId: second.id, externalId })).externalId, externalId);
});

test('the list is filtered by email, whatever its case, and by organization', async () => {
  const email = uniqueEmail('Listed');
  const user = await users.createUser({ email });
  const organization = await workos.organizations.createOrganization({ name: 'Listed' });
  await users.createOrganizationMembership({ userId: user.id, organizationId: organization.id });
  assert.deepEqual((await users.listUsers({ email: email.toUpperCase() })).data.map((one) => one.id), [user.id]);
  assert.deepEqual((await users.listUsers({ organizationId: organization.id })).data.map((one) => one.id), [user.id]);
  assert.deepEqual((await users.listUsers({ email: uniqueEmail(), organizationId: organization.id })).data, []);
});

test('a new password takes the place of the old one', async () => {
  const email = uniqueEmail('Password');
  const user = await users.createUser({ email, password: goodPassword, emailVerified: true });
  const next = 'Violet-Harbour-Quince-31';
  await users.updateUser({ userId: user.id, password: next });
  await refused(users.authenticateWithPassword({ email, password: goodPassword }), GenericServerException, { code: 'invalid_credentials' });
  const { user: signedIn } = await users.authenticateWithPassword({ email, password: next });
  assert.equal(signedIn.id, user.id);
});

test('a deleted user is gone, with memberships and sessions', async () => {
  const email = uniqueEmail('Gone');
  const user = await users.createUser({ email, password: goodPassword, emailVerified: true });
  const organization = await workos.organizations.createOrganization({ name: 'Left behind' });
  const membership = await users.createOrganizationMembership({ userId: user.id, organizationId: organization.id });
  const { refreshToken } = await users.authenticateWithPassword({ email, password: goodPassword });
  await users.deleteUser(user.id);
  await refused(users.getUser(user.id), NotFoundException, { message: new RegExp(user.id) });
  await refused(users.getOrganizationMembership(membership.id), NotFoundException);
  await refused(users.authenticateWithPassword({ email, password: goodPassword }), GenericServerException, { code: 'invalid_credentials' });
  await assert.rejects(users.authenticateWithRefreshToken({ refreshToken }), { error: 'invalid_grant' });
  await refused(users.deleteUser(user.id), NotFoundException);
  const deleted = await server.event('organization_membership.deleted', (one) => one.data.id === membership.id);
  assert.equal(deleted.data.user_id, user.id);
  await server.event('user.deleted', (one) => one.data.id === user.id);
  await users.createUser({ email });
});

test('the demo users can sign in', async () => {
  for (const email of ['ada@acme.test', 'grace@acme.test']) {
    const { user } = await users.authenticateWithPassword({ email, password: demoPassword });
    assert.equal(user.email, email);
  }
});
