import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ConflictException, NotFoundException, UnprocessableEntityException } from '@workos-inc/node';
import { assertId, assertTimestamp, claims, goodPassword, refused, unique, uniqueEmail } from '../harness/expect.mjs';
import { demoRedirect, startServer } from '../harness/server.mjs';
import { unwatchedFetch } from '../harness/watched_fetch.mjs';

let server, workos, users;

before(async () => {
  server = await startServer();
  workos = server.sdk();
  users = workos.userManagement;
});
after(() => server.stop());

const addRedirect = (uri) => workos.post('/user_management/redirect_uris', { uri });
const addOrigin = (origin) => workos.post('/user_management/cors_origins', { origin });

test('a redirect URI is added, listed, refused twice and removed', async () => {
  const uri = `https://app.example/${unique('callback')}`;
  const { data } = await addRedirect(uri);
  assertId(data.id, 'redir');
  assert.deepEqual([data.object, data.uri, data.default], ['redirect_uri', uri, false]);
  assertTimestamp(data.created_at);
  const listed = await workos.get('/user_management/redirect_uris', { query: { limit: 100 } });
  assert.ok(listed.data.data.some((one) => one.id === data.id));
  await refused(addRedirect(uri), UnprocessableEntityException, { message: `Redirect URI '${uri}' already exists.` });
  await workos.delete(`/user_management/redirect_uris/${data.id}`);
  await refused(workos.delete(`/user_management/redirect_uris/${data.id}`), NotFoundException);
});

test('the default redirect URI stays', async () => {
  const { data } = await workos.get('/user_management/redirect_uris', { query: { limit: 100 } });
  const standard = data.data.filter((one) => one.default);
  assert.equal(standard.length, 1);
  await refused(workos.delete(`/user_management/redirect_uris/${standard[0].id}`), ConflictException);
});

test('a browser is sent only to a redirect URI that is registered, letter by letter', async () => {
  const status = async (redirectUri) => {
    const url = users.getAuthorizationUrl({ provider: 'authkit', redirectUri, state: 's' });
    const response = await unwatchedFetch(url, { redirect: 'manual' });
    const location = response.headers.get('location');
    assert.ok(!location || new URL(location, server.url).origin === server.url, `${redirectUri} was sent to ${location}`);
    return response.status;
  };
  assert.equal(await status(demoRedirect), 302);
  for (const hostile of [
    'https://evil.example/callback',
    `${demoRedirect}/`,
    `${demoRedirect}?next=https://evil.example`,
    'http://localhost:3000/callback#x',
    'http://localhost:3000@evil.example/callback',
    'http://LOCALHOST.evil.example:3000/callback',
    'javascript:alert(1)',
    'data:text/html,x',
    '//evil.example',
    '',
  ]) {
    assert.equal(await status(hostile), 400, `${hostile} was taken`);
  }
});

test('hostile redirect URIs are not registered', async () => {
  for (const uri of ['javascript:alert(1)', 'data:text/html,x', 'vbscript:x', 'not a uri', '', 'https://', 'https://a.example/\r\nx', 'https://*', 'https://*.com/callback', 'https://a.*.example/callback']) {
    const { status, body } = await server.request('POST', '/user_management/redirect_uris', { body: { uri } });
    assert.equal(status, 422, `${JSON.stringify(uri)} answered ${status}`);
    assert.ok(body.message.startsWith(`Redirect URI '${uri}' cannot be registered: `), body.message);
  }
});

test('a wildcard stands for one left-most label', async () => {
  await addRedirect('https://app-*.wild.example/callback');
  const shown = async (redirectUri) => (await unwatchedFetch(users.getAuthorizationUrl({ provider: 'authkit', redirectUri }), { redirect: 'manual' })).status === 302;
  assert.equal(await shown('https://app-preview-1.wild.example/callback'), true);
  assert.equal(await shown('https://app-a.b.wild.example/callback'), false);
  assert.equal(await shown('https://other.wild.example/callback'), false);
  assert.equal(await shown('https://app-x.wild.example/other'), false);
});

test('an origin is allowed once, and then browsers may call', async () => {
  const origin = `https://${unique('origin')}.example`;
  const preflight = async (from) => {
    const response = await unwatchedFetch(`${server.url}/user_management/authenticate`, {
      method: 'OPTIONS',
      headers: { origin: from, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
    });
    return [response.headers.get('access-control-allow-origin'), response.headers.get('access-control-allow-credentials')];
  };
  assert.notEqual((await preflight(origin))[0], origin);
  const { data } = await addOrigin(origin);
  assertId(data.id, 'cors_origin');
  assert.deepEqual([data.object, data.origin], ['cors_origin', origin]);
  assert.deepEqual(await preflight(origin), [origin, 'true']);
  assert.notEqual((await preflight('https://evil.example'))[0], 'https://evil.example');
  assert.notEqual((await preflight('null'))[0], 'null');
  await refused(addOrigin(origin), ConflictException, { code: 'duplicate_cors_origin' });
  const listed = await workos.get('/user_management/cors_origins', { query: { limit: 100 } });
  assert.ok(listed.data.data.some((one) => one.origin === origin));
  for (const bad of ['', 'not an origin', 'https://a.example/path', 'javascript:alert(1)']) {
    const { status, body } = await server.request('POST', '/user_management/cors_origins', { body: { origin: bad } });
    assert.equal(status, 422, bad);
    assert.ok(body.errors.every((one) => one.property && one.constraints), JSON.stringify(body));
  }
});

test('a JWT template puts its claims into access tokens', async () => {
  const set = (template) => workos.put('/user_management/jwt_template', { content: typeof template === 'string' ? template : JSON.stringify(template) });
  await refused(workos.get('/user_management/jwt_template'), NotFoundException);
  const template = {
    'urn:example:email': '{{ user.email }}',
    greeting: 'Hello {{ user.first_name || \'friend\' }}',
    organization_name: '{{ organization.name }}',
    plan: '{{ organization.metadata.plan }}',
    verified: '{{ user.email_verified }}',
  };
  const { data } = await set(template);
  assert.equal(data.object, 'jwt_template');
  assert.deepEqual(JSON.parse(data.content), template);
  assertTimestamp(data.updated_at);
  assert.equal((await workos.get('/user_management/jwt_template')).data.content, data.content);

  const user = await users.createUser({ email: uniqueEmail('template'), password: goodPassword, emailVerified: true });
  const organization = await workos.organizations.createOrganization({ name: 'Templated', metadata: { plan: 'gold' } });
  await users.createOrganizationMembership({ userId: user.id, organizationId: organization.id });
  const { accessToken } = await users.authenticateWithPassword({ email: user.email, password: goodPassword });
  const token = claims(accessToken);
  assert.deepEqual(
    [token['urn:example:email'], token.greeting, token.organization_name, token.plan, token.verified],
    [user.email, 'Hello friend', 'Templated', 'gold', true],
  );
  assert.equal(token.sub, user.id);

  const refusedTemplates = ['not json', '[]', '{}', { sub: 'x' }, { iss: 'x' }, { a: '{{ user.email' }, { a: '{{ }}' }, { a: '{{ user..email }}' }];
  for (const bad of refusedTemplates) await refused(set(bad), UnprocessableEntityException);
  assert.equal((await workos.get('/user_management/jwt_template')).data.content, data.content, 'a refused template changes nothing');
});
