// A test suite that was written for the WorkOS emulator, against `vestibule serve --sandbox`: its seed file is found, its
// key and any client id open it, and what it did by other means (codes, errors, time, a fresh start) is a call.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { GenericServerException, NotFoundException, RateLimitExceededException, WorkOS } from '@workos-inc/node';
import { claims, refused } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';
import { unwatchedFetch } from '../harness/watched_fetch.mjs';

const password = 'Violet-Harbour-Quince-31';
const callback = 'http://localhost:5173/auth/callback';
const seed = `
users:
  - id: user_alice
    email: alice@acme.test
    first_name: Alice
    password: ${password}
    email_verified: true
  - email: bob@acme.test
    email_verified: true
organizations:
  - id: org_acme
    name: Acme Corp
    domains: [{ domain: acme.test, state: verified }]
    memberships: [{ email: alice@acme.test, role: admin }]
roles:
  - { slug: admin, name: Admin, type: EnvironmentRole, permissions: ["posts:read"] }
permissions:
  - { slug: "posts:read", name: Read posts }
webhookEndpoints:
  - { endpoint_url: "https://hooks.acme.test/", events: [], enabled: false }
errorHooks:
  - { method: POST, path: /organizations, status: 503, count: 1 }
  - method: GET
    path: /groups/*
    status: 418
`;

let server, workos, users;

before(async () => {
  server = await startServer({ dev: false, args: ['--sandbox'], files: { 'workos-emulate.config.yaml': seed } });
  // What such a suite has in its environment: nothing but the base URL is ours.
  workos = client();
  users = workos.userManagement;
});
beforeEach(() => workos.post('/vestibule/v1/sandbox/reset', {}));
after(() => server.stop());

function client(options = {}) {
  const { hostname, port } = new URL(server.url);
  const given = { apiHostname: hostname, port: Number(port), https: false, clientId: 'client_emulate', maxRetries: 0 };
  return new WorkOS('sk_test_default', { ...given, ...options });
}

async function messages(to) {
  return (await workos.get('/vestibule/v1/sandbox/messages', { query: { to } })).data.data;
}
const move = (seconds) => workos.post('/vestibule/v1/sandbox/clock', { seconds });

/** An error that was asked for is no fault of the server, so it is not held against it. */
async function hooked(method, path) {
  const response = await unwatchedFetch(server.url + path, { method, headers: { authorization: 'Bearer sk_test_default' } });
  return [response.status, await response.json()];
}

test('the start prints what scripts for the emulator read', async () => {
  const line = await (await unwatchedFetch(`${server.url}/health`)).json();
  assert.deepEqual(line, { status: 'ok' });
  assert.equal(server.apiKey, 'sk_test_default');
});

test('the seed of the working directory is there, with its pinned ids', async () => {
  const alice = await users.getUser('user_alice');
  assert.equal(alice.firstName, 'Alice');
  const session = await users.authenticateWithPassword({ email: 'alice@acme.test', password });
  assert.equal(session.organizationId, 'org_acme');
  assert.deepEqual(claims(session.accessToken).permissions, ['posts:read']);
  assert.equal(claims(session.accessToken).client_id, 'client_emulate', 'whatever client id a suite has is taken');
});

test('authorize signs in whom login_hint names, and the code is exchanged', async () => {
  const url = users.getAuthorizationUrl({ provider: 'authkit', redirectUri: callback, loginHint: 'bob@acme.test', state: 'xyz' });
  const response = await unwatchedFetch(url, { redirect: 'manual' });
  assert.equal(response.status, 302);
  const back = new URL(response.headers.get('location'));
  assert.equal(back.origin + back.pathname, callback);
  assert.equal(back.searchParams.get('state'), 'xyz');
  const { user, refreshToken } = await users.authenticateWithCode({ code: back.searchParams.get('code') });
  assert.equal(user.email, 'bob@acme.test');
  await users.authenticateWithRefreshToken({ refreshToken });
});

test('pages come where a suite turns them on', async () => {
  await workos.put('/vestibule/v1/sandbox', { auto_sign_in: false });
  const url = users.getAuthorizationUrl({ provider: 'authkit', redirectUri: callback, loginHint: 'bob@acme.test' });
  const response = await unwatchedFetch(url, { redirect: 'manual' });
  assert.match(response.headers.get('location'), /^\/authkit\//);
  await workos.put('/vestibule/v1/sandbox', { auto_sign_in: true });
});

test('a reset between tests takes back what a test did', async () => {
  const user = await users.createUser({ email: 'temporary@acme.test' });
  await users.updateUser({ userId: 'user_alice', firstName: 'Changed' });
  await workos.post('/vestibule/v1/sandbox/reset', {});
  await refused(users.getUser(user.id), NotFoundException, { status: 404 });
  assert.equal((await users.getUser('user_alice')).firstName, 'Alice');
  const session = await users.authenticateWithPassword({ email: 'alice@acme.test', password });
  const events = await server.events(['authentication.password_succeeded']);
  assert.equal(events.length, 1, 'events of sign-in go on after a reset');
  assert.ok(session.accessToken);
});

test('a code is read from the inbox and signs in, until the clock is moved past it', async () => {
  await users.createMagicAuth({ email: 'bob@acme.test' });
  const [mail] = await messages('bob@acme.test');
  assert.match(mail.code, /^\d{6}$/);
  await users.authenticateWithMagicAuth({ email: 'bob@acme.test', code: mail.code });
  await users.createMagicAuth({ email: 'bob@acme.test' });
  const [newer] = await messages('bob@acme.test');
  const { data } = await move(601);
  assert.equal(data.ahead_seconds, 601);
  const late = users.authenticateWithMagicAuth({ email: 'bob@acme.test', code: newer.code });
  await assert.rejects(late, (error) => {
    assert.equal(error.rawData?.code ?? error.code, 'one_time_code_expired');
    return true;
  });
});

test('a session ends when the clock is moved past it', async () => {
  const { refreshToken, accessToken } = await users.authenticateWithPassword({ email: 'alice@acme.test', password });
  await move(3600);
  const later = await users.authenticateWithRefreshToken({ refreshToken });
  const passed = claims(later.accessToken).iat - claims(accessToken).iat;
  assert.ok(passed >= 3600 && passed < 3660, `tokens have the time of the sandbox: ${passed}`);
  await move(31 * 24 * 3600);
  await assert.rejects(users.authenticateWithRefreshToken({ refreshToken: later.refreshToken }), { error: 'invalid_grant' });
});

test('errors come where they are asked for, by seed and by call, as often as was said', async () => {
  assert.deepEqual(await hooked('POST', '/organizations'), [503, { message: 'Service Unavailable', code: 'service_unavailable' }]);
  const organization = await workos.organizations.createOrganization({ name: 'After' });
  assert.equal(organization.name, 'After');
  assert.equal((await hooked('GET', '/groups/of/whatever'))[0], 404, 'hooks answer for what there is');

  const hook = { method: 'GET', path: '/user_management/users', status: 429, body: { message: 'Slow down', code: 'rate_limit_exceeded' } };
  const { data: made } = await workos.post('/_emulate/hooks', hook);
  assert.deepEqual({ ...made, id: undefined }, { ...hook, id: undefined });
  const { data: listed } = await workos.get('/_emulate/hooks');
  assert.ok(listed.some((it) => it.id === made.id));
  await refused(users.listUsers(), RateLimitExceededException, { status: 429, message: 'Slow down' });
  await workos.delete(`/_emulate/hooks/${made.id}`);
  await users.listUsers();
});

test('none of it opens without a key of the sandbox', async () => {
  for (const [method, path] of [
    ['POST', '/vestibule/v1/sandbox/reset'],
    ['GET', '/vestibule/v1/sandbox/messages'],
    ['POST', '/vestibule/v1/sandbox/clock'],
    ['GET', '/_emulate/hooks'],
    ['POST', '/_emulate/hooks'],
  ]) {
    const { status } = await server.request(method, path, { key: null, body: method === 'GET' ? undefined : {} });
    assert.equal(status, 401, `${method} ${path}`);
  }
});

test('an ordinary server refuses all of it', async () => {
  const ordinary = await startServer();
  try {
    const sdk = ordinary.sdk();
    const refusal = { status: 403, code: 'sandbox_required' };
    await refused(sdk.post('/vestibule/v1/sandbox/reset', {}), GenericServerException, refusal);
    await refused(sdk.post('/_emulate/hooks', { method: '*', path: '*', status: 500 }), GenericServerException, refusal);
    await assert.rejects(sdk.post('/vestibule/v1/sandbox', {}), { status: 409 });
    const unknown = await ordinary.request('GET', '/sso/jwks/client_emulate', { key: null });
    assert.equal(unknown.status, 404, 'an unknown client id is nobody');
    const { status } = await ordinary.request('GET', '/organizations', { key: 'sk_test_default' });
    assert.equal(status, 401);
  } finally {
    await ordinary.stop();
  }
});
