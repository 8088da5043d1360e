import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NotFoundException, UnauthorizedException, UnprocessableEntityException } from '@workos-inc/node';
import { assertId, assertTimestamp, ids, refused, unique, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';

let server, workos, users, organization;

before(async () => {
  server = await startServer();
  workos = server.sdk();
  users = workos.userManagement;
  organization = await workos.organizations.createOrganization({ name: 'Keys' });
});
after(() => server.stop());

const validate = (value) => workos.apiKeys.createValidation({ value });
const newKey = (fields = {}) => workos.apiKeys.createOrganizationApiKey({ organizationId: organization.id, name: unique('key'), ...fields });

async function member() {
  const user = await users.createUser({ email: uniqueEmail('keys') });
  const membership = await users.createOrganizationMembership({ userId: user.id, organizationId: organization.id });
  return { user, membership };
}

test('an organization key shows its value once and validates', async () => {
  const key = await newKey();
  assertId(key.id, 'api_key');
  assert.equal(key.object, 'api_key');
  assert.deepEqual(key.owner, { type: 'organization', id: organization.id });
  assert.match(key.value, /^sk_[A-Za-z0-9_-]{20,}$/);
  assert.equal(key.obfuscatedValue, `sk_...${key.value.slice(-4)}`);
  assert.deepEqual([key.lastUsedAt, key.permissions], [null, []]);
  assertTimestamp(key.createdAt);
  const { apiKey } = await validate(key.value);
  assert.equal(apiKey.id, key.id);
  const { data } = await workos.apiKeys.listOrganizationApiKeys({ organizationId: organization.id, limit: 100 });
  const listed = data.find((one) => one.id === key.id);
  assert.equal('value' in listed, false);
  assertTimestamp(listed.lastUsedAt);
  const created = await server.event('api_key.created', (one) => one.data.id === key.id);
  assert.ok(!JSON.stringify(created).includes(key.value));
});

test('what is no key validates to null, not to an error', async () => {
  for (const value of ['nonsense', 'sk_unknown_0000000000000000000000', server.apiKey]) {
    assert.deepEqual(await validate(value), { apiKey: null }, value);
  }
});

test("a customer's key does not open this API", async () => {
  const key = await newKey();
  const client = server.sdk({ apiKey: key.value });
  await refused(client.organizations.listOrganizations(), UnauthorizedException);
});

test('permissions of a key must exist', async () => {
  const { slug } = await workos.authorization.createPermission({ slug: unique('key:use'), name: 'Use' });
  const key = await newKey({ permissions: [slug] });
  assert.deepEqual(key.permissions, [slug]);
  assert.deepEqual((await validate(key.value)).apiKey.permissions, [slug]);
  await refused(newKey({ permissions: ['no:such'] }), UnprocessableEntityException);
});

test('a key needs a name and an organization that exists', async () => {
  await refused(newKey({ name: '' }), UnprocessableEntityException);
  await refused(workos.apiKeys.createOrganizationApiKey({ organizationId: 'org_01ARZ3NDEKTSV4RRFFQ69G5FAV', name: 'Lost' }), NotFoundException);
});

test('an expired key validates to null, and expires only once', async () => {
  const key = await newKey();
  const expire = (body) => workos.post(`/api_keys/${key.id}/expire`, body);
  const later = new Date(Date.now() + 3_600_000).toISOString();
  assert.equal((await expire({ expires_at: later })).data.expires_at, later);
  assert.equal((await validate(key.value)).apiKey.id, key.id, 'it lives until then');
  assert.equal((await expire({ expires_at: null })).data.expires_at, null, 'null takes the date away');
  const { data } = await expire({});
  assert.ok(new Date(data.expires_at) <= new Date());
  assert.deepEqual(await validate(key.value), { apiKey: null });
  await assert.rejects(expire({}), { status: 409, code: 'api_key_already_expired' });
  await server.event('api_key.updated', (one) => JSON.stringify(one.data).includes(key.id));
});

test('a deleted key validates to null and is gone', async () => {
  const key = await newKey();
  await workos.apiKeys.deleteApiKey(key.id);
  assert.deepEqual(await validate(key.value), { apiKey: null });
  await refused(workos.apiKeys.deleteApiKey(key.id), NotFoundException);
  await server.event('api_key.revoked', (one) => one.data.id === key.id);
});

test('a user key belongs to a member and dies with the membership', async () => {
  const { user, membership } = await member();
  const expiresAt = new Date(Date.now() + 86_400_000);
  const key = await users.createUserApiKey(user.id, { name: 'Laptop', organizationId: organization.id, expiresAt });
  assert.deepEqual(key.owner, { type: 'user', id: user.id, organizationId: organization.id });
  assert.match(key.value, /^sk_/);
  const { data } = await users.listUserApiKeys(user.id, { organizationId: organization.id });
  assert.deepEqual(ids(data), [key.id]);
  const ofOrganization = await workos.apiKeys.listOrganizationApiKeys({ organizationId: organization.id, limit: 100 });
  assert.ok(!ids(ofOrganization.data).includes(key.id), 'the organization lists its own keys only');
  assert.equal((await validate(key.value)).apiKey.id, key.id);
  await users.deleteOrganizationMembership(membership.id);
  assert.deepEqual(await validate(key.value), { apiKey: null });
});

test('a user key needs an active membership', async () => {
  const user = await users.createUser({ email: uniqueEmail() });
  await assert.rejects(users.createUserApiKey(user.id, { name: 'None', organizationId: organization.id }), (error) => [400, 422].includes(error.status));
  await refused(users.listUserApiKeys('user_01ARZ3NDEKTSV4RRFFQ69G5FAV'), NotFoundException);
});

test('a key of a deleted organization validates to null', async () => {
  const doomed = await workos.organizations.createOrganization({ name: 'Doomed' });
  const key = await workos.apiKeys.createOrganizationApiKey({ organizationId: doomed.id, name: 'Doomed' });
  await workos.organizations.deleteOrganization(doomed.id);
  assert.deepEqual(await validate(key.value), { apiKey: null });
});
