import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NotFoundException, UnauthorizedException } from '@workos-inc/node';
import { refused } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';

let server, workos;

before(async () => {
  server = await startServer();
  workos = server.sdk();
});
after(() => server.stop());

test('without a key, or with a wrong one, every call is unauthorized', async () => {
  for (const key of [null, 'sk_wrong', '', 'ä', `${server.apiKey}x`]) {
    const headers = key ? { authorization: `Bearer ${encodeURIComponent(key)}` } : {};
    const { status, body } = await server.request('GET', '/organizations', { key: null, headers });
    assert.deepEqual([status, body], [401, { message: 'Unauthorized' }], String(key));
  }
  const basic = await server.request('GET', '/organizations', { key: null, headers: { authorization: `Basic ${btoa(`${server.apiKey}:`)}` } });
  assert.equal(basic.status, 401);
  const error = await refused(server.sdk({ apiKey: 'sk_wrong' }).organizations.listOrganizations(), UnauthorizedException);
  assert.ok(error.requestID);
});

test('what does not exist is not found, and says what was asked for', async () => {
  const id = 'org_01ARZ3NDEKTSV4RRFFQ69G5FAV';
  const error = await refused(workos.organizations.getOrganization(id), NotFoundException, { message: `Organization not found: '${id}'.` });
  assert.ok(error.requestID);
  await refused(workos.userManagement.getUser('user_01ARZ3NDEKTSV4RRFFQ69G5FAV'), NotFoundException, { message: /^User not found/ });
  await refused(workos.organizations.getOrganization('user_01ARZ3NDEKTSV4RRFFQ69G5FAV'), NotFoundException);
  await refused(workos.organizations.getOrganization('nonsense'), NotFoundException);
});

test('a path that does not exist and a method that does not fit are answered in JSON', async () => {
  const unknown = await server.request('GET', '/no/such/path');
  assert.equal(unknown.status, 404);
  assert.ok(unknown.body.message);
  const method = await server.request('DELETE', '/organizations');
  assert.ok([404, 405].includes(method.status));
  assert.ok(method.body.message);
});

test('each answer has a request id of its own', async () => {
  const [one, two] = [await server.request('GET', '/organizations'), await server.request('GET', '/organizations')];
  assert.notEqual(one.headers.get('x-request-id'), two.headers.get('x-request-id'));
});

test('an empty body that claims to be JSON is no error where none is needed', async () => {
  const invitation = await workos.userManagement.sendInvitation({ email: 'empty-body@example.test' });
  const { status } = await server.request('POST', `/user_management/invitations/${invitation.id}/revoke`, {
    raw: '',
    headers: { 'content-type': 'application/json' },
  });
  assert.equal(status, 200);
});

test('an error never repeats the key that came with the request', async () => {
  const wrong = await server.request('GET', '/organizations', { key: 'sk_secret_that_is_wrong' });
  assert.ok(!JSON.stringify(wrong.body).includes('sk_secret'));
});

test('health is told to everyone', async () => {
  for (const path of ['/healthz', '/readyz', '/health']) {
    const { status } = await server.request('GET', path, { key: null });
    assert.equal(status, 200, path);
  }
  const document = await server.request('GET', '/openapi.json', { key: null });
  assert.equal(document.status, 200);
  assert.match(document.body.openapi, /^3\.1/);
  const metrics = await server.request('GET', '/metrics', { key: null });
  assert.equal(metrics.status, 200);
  assert.match(metrics.body, /^# (HELP|TYPE) /m);
});
