import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BadRequestException, NotFoundException, WorkOS } from '@workos-inc/node';
import { assertId, claims, goodPassword, refused, unique, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';
import { eventually } from '../harness/waiting.mjs';
import { unwatchedFetch } from '../harness/watched_fetch.mjs';

let server, workos, users, flags;

before(async () => {
  server = await startServer();
  workos = server.sdk();
  users = workos.userManagement;
  flags = workos.featureFlags;
});
after(() => server.stop());

/** WorkOS makes flags in its dashboard alone. */
async function newFlag(more = {}) {
  const slug = unique('flag');
  return (await workos.post('/vestibule/v1/feature_flags', { slug, name: slug, ...more })).data;
}

const slugs = (list) => list.data.map((one) => one.slug);

async function newMember() {
  const organization = await workos.organizations.createOrganization({ name: unique('Flags') });
  const user = await users.createUser({ email: uniqueEmail('flags'), password: goodPassword, emailVerified: true });
  await users.createOrganizationMembership({ userId: user.id, organizationId: organization.id });
  return { organization, user };
}

test('a flag is read, enabled and disabled', async () => {
  const owner = { email: 'ada@acme.test', first_name: 'Ada', last_name: null };
  const made = await newFlag({ name: 'Analytics', description: 'Graphs', tags: ['reports'], owner });
  assertId(made.id, 'flag');
  assert.deepEqual(made.owner, owner);
  const read = await flags.getFeatureFlag(made.slug);
  assert.deepEqual(read, {
    object: 'feature_flag',
    id: made.id,
    slug: made.slug,
    name: 'Analytics',
    description: 'Graphs',
    tags: ['reports'],
    enabled: false,
    defaultValue: false,
    createdAt: made.created_at,
    updatedAt: made.updated_at,
  });
  const enabled = await flags.enableFeatureFlag(made.slug);
  assert.equal(enabled.enabled, true);
  assert.notEqual(enabled.updatedAt, read.updatedAt);
  assert.deepEqual(await flags.enableFeatureFlag(made.slug), enabled, 'the second time changes nothing');
  assert.equal((await flags.disableFeatureFlag(made.slug)).enabled, false);
  for (const call of ['getFeatureFlag', 'enableFeatureFlag', 'disableFeatureFlag']) {
    const error = await refused(flags[call]('no-such-flag'), NotFoundException);
    assert.match(error.message, /Feature flag not found: 'no-such-flag'\./);
  }
});

test('flags are listed newest first, page by page', async () => {
  const made = [];
  for (let number = 0; number < 3; number += 1) made.push((await newFlag()).slug);
  const first = await flags.listFeatureFlags({ limit: 2 });
  assert.deepEqual(slugs(first), [made[2], made[1]]);
  const second = await flags.listFeatureFlags({ limit: 2, after: first.listMetadata.after });
  assert.equal(slugs(second)[0], made[0]);
  const all = await (await flags.listFeatureFlags({ order: 'asc' })).autoPagination();
  assert.deepEqual(all.map((one) => one.slug).slice(-3), made);
});

test('a flag is on for its targets, and for a user by each of their organizations', async () => {
  const { organization, user } = await newMember();
  const [ofUser, ofOrganization, off] = [await newFlag({ enabled: true }), await newFlag({ enabled: true }), await newFlag()];
  for (let again = 0; again < 2; again += 1) {
    await flags.addFlagTarget({ slug: ofUser.slug, targetId: user.id });
    await flags.addFlagTarget({ slug: ofOrganization.slug, targetId: organization.id });
    await flags.addFlagTarget({ slug: off.slug, targetId: user.id });
  }
  const [organizationId, userId] = [organization.id, user.id];
  assert.deepEqual(slugs(await flags.listOrganizationFeatureFlags({ organizationId })), [ofOrganization.slug]);
  assert.deepEqual(slugs(await flags.listUserFeatureFlags({ userId })), [ofOrganization.slug, ofUser.slug]);
  const listed = (await workos.get(`/vestibule/v1/feature_flags/${ofUser.slug}/targets`)).data.data;
  assert.deepEqual(listed.map((one) => [one.object, one.id, one.type]), [['feature_flag_target', user.id, 'user']]);
  for (let again = 0; again < 2; again += 1) await flags.removeFlagTarget({ slug: ofUser.slug, targetId: user.id });
  assert.deepEqual(slugs(await flags.listUserFeatureFlags({ userId })), [ofOrganization.slug]);
  await refused(flags.listOrganizationFeatureFlags({ organizationId: 'org_none' }), NotFoundException);
  await refused(flags.listUserFeatureFlags({ userId: 'user_none' }), NotFoundException);
});

test('a target that is neither a user nor an organization is refused', async () => {
  const { slug } = await newFlag();
  for (const call of ['addFlagTarget', 'removeFlagTarget']) {
    await assert.rejects(flags[call]({ slug, targetId: 'om_01' }), (error) => {
      assert.equal(error.status, 400);
      assert.equal(error.message, 'Invalid resource id');
      assert.ok(!(error instanceof BadRequestException), 'it has a code and no list of errors');
      return true;
    });
    await refused(flags[call]({ slug, targetId: 'user_none' }), NotFoundException);
    await refused(flags[call]({ slug, targetId: 'org_none' }), NotFoundException);
    await refused(flags[call]({ slug: 'no-such-flag', targetId: 'org_demo_acme' }), NotFoundException);
  }
  const { status, body } = await server.request('POST', `/feature-flags/${slug}/targets/om_01`, {});
  assert.deepEqual([status, body], [400, { message: 'Invalid resource id', code: 'invalid_resource_id_format', statusCode: 400 }]);
});

test('a session says which flags are on and what its organization is entitled to, from each refresh on', async () => {
  const { organization, user } = await newMember();
  const cookiePassword = 'a-cookie-password-of-at-least-32-characters';
  const sealed = { session: { sealSession: true, cookiePassword } };
  const first = await users.authenticateWithPassword({ email: user.email, password: goodPassword, ...sealed });
  assert.equal(claims(first.accessToken).entitlements, undefined);
  const flag = await newFlag({ enabled: true });
  await flags.addFlagTarget({ slug: flag.slug, targetId: organization.id });
  const path = `/vestibule/v1/organizations/${organization.id}/entitlements`;
  const set = await workos.put(path, { entitlements: ['sso', 'audit-logs'] });
  const shown = { object: 'organization_entitlements', organization_id: organization.id, entitlements: ['audit-logs', 'sso'] };
  assert.deepEqual([set.data, (await workos.get(path)).data], [shown, shown]);
  const session = users.loadSealedSession({ sessionData: first.sealedSession, cookiePassword });
  const refreshed = await session.refresh();
  assert.ok(refreshed.authenticated, refreshed.reason);
  assert.deepEqual([refreshed.featureFlags, refreshed.entitlements], [[flag.slug], ['audit-logs', 'sso']]);
  await workos.put('/vestibule/v1/token_claims', { feature_flags: false, entitlements: false });
  try {
    const without = await users.loadSealedSession({ sessionData: refreshed.sealedSession, cookiePassword }).refresh();
    assert.deepEqual([without.featureFlags, without.entitlements], [undefined, undefined]);
  } finally {
    await workos.put('/vestibule/v1/token_claims', { feature_flags: true, entitlements: true });
  }
});

test('the runtime client decides by itself what is on for whom', async () => {
  const { organization, user } = await newMember();
  const [beta, everybody, off] = [
    await newFlag({ enabled: true }),
    await newFlag({ enabled: true, default_value: true }),
    await newFlag({ default_value: true }),
  ];
  await flags.addFlagTarget({ slug: beta.slug, targetId: organization.id });
  await flags.addFlagTarget({ slug: beta.slug, targetId: user.id });
  const client = flags.createRuntimeClient({ pollingIntervalMs: 5000 });
  try {
    await client.waitUntilReady({ timeoutMs: 10_000 });
    assert.deepEqual(client.getFlag(beta.slug), {
      slug: beta.slug,
      enabled: true,
      default_value: false,
      targets: { users: [{ id: user.id, enabled: true }], organizations: [{ id: organization.id, enabled: true }] },
    });
    const asked = (flag, context) => client.isEnabled(flag.slug, context);
    assert.equal(asked(beta, { userId: user.id }), true);
    assert.equal(asked(beta, { organizationId: organization.id }), true);
    assert.equal(asked(beta, { user: { id: user.id } }), true);
    assert.equal(asked(beta, { userId: 'user_other', organizationId: 'org_other' }), false);
    assert.deepEqual([asked(everybody, {}), asked(off, { userId: user.id })], [true, false]);
    assert.equal(client.isEnabled('no-such-flag', {}, true), true);
    // What the client decides is what a token says.
    const token = claims((await users.authenticateWithPassword({ email: user.email, password: goodPassword })).accessToken);
    const all = client.getAllFlags({ userId: user.id, organizationId: organization.id });
    const on = Object.keys(all).filter((slug) => all[slug]);
    assert.deepEqual(token.feature_flags, on.sort());
    const changes = [];
    client.on('change', (change) => changes.push(change));
    await flags.disableFeatureFlag(beta.slug);
    await eventually(() => changes.some((one) => one.key === beta.slug && one.current.enabled === false), 'the next poll');
    assert.equal(asked(beta, { userId: user.id }), false);
  } finally {
    client.close();
  }
});

test('a runtime client with a wrong key is told so and stops', async () => {
  const { hostname, port } = new URL(server.url);
  const other = new WorkOS('sk_wrong', { apiHostname: hostname, port: Number(port), https: false, fetchFn: unwatchedFetch });
  const client = other.featureFlags.createRuntimeClient();
  const failed = new Promise((resolve) => client.on('failed', resolve));
  client.on('error', () => {});
  await assert.rejects(client.waitUntilReady({ timeoutMs: 10_000 }), /Unauthorized|not authorize/i);
  assert.equal((await failed).status, 401);
  client.close();
});

test('what happens to a flag is told in events with who did it', async () => {
  const { user } = await newMember();
  const flag = await newFlag();
  await flags.enableFeatureFlag(flag.slug);
  await flags.addFlagTarget({ slug: flag.slug, targetId: user.id });
  await workos.put(`/vestibule/v1/feature_flags/${flag.slug}`, { name: 'Renamed', default_value: true });
  await workos.delete(`/vestibule/v1/feature_flags/${flag.slug}`);
  const events = ['flag.created', 'flag.updated', 'flag.rule_updated', 'flag.deleted'];
  let told;
  await eventually(async () => {
    const { data } = await workos.events.listEvents({ events, limit: 100, order: 'desc' });
    told = data.filter((one) => one.data.id === flag.id).reverse();
    return told.length === 6;
  }, 'six events');
  const names = ['flag.created', 'flag.updated', 'flag.rule_updated', 'flag.updated', 'flag.rule_updated', 'flag.deleted'];
  assert.deepEqual(told.map((one) => one.event), names);
  for (const { data, context } of told) {
    assert.equal(data.slug, flag.slug);
    assert.equal(context.client_id, server.clientId);
    assert.equal(context.actor.source, 'api');
  }
  const [, enabled, added, renamed] = told.map((one) => one.context);
  assert.deepEqual(enabled.previous_attributes, { data: { enabled: false } });
  assert.equal(added.access_type, 'some');
  assert.deepEqual(added.configured_targets, { organizations: [], users: [{ id: user.id, email: user.email }] });
  assert.deepEqual(renamed.previous_attributes.data, { name: flag.name, default_value: false });
  await refused(flags.getFeatureFlag(flag.slug), NotFoundException);
});
