import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AuthenticationException, GenericServerException, OauthException } from '@workos-inc/node';
import { assertId, claims, goodPassword, refused, unique, uniqueEmail } from '../harness/expect.mjs';
import { demoPassword, demoRedirect, startServer } from '../harness/server.mjs';
import { signInOnPages, Visitor } from '../harness/visitor.mjs';

let server, workos, users;
const ada = { email: 'ada@acme.test', password: demoPassword };

before(async () => {
  server = await startServer();
  workos = server.sdk();
  users = workos.userManagement;
});
after(() => server.stop());

const newUser = (fields = {}) => users.createUser({ email: uniqueEmail(), password: goodPassword, emailVerified: true, ...fields });

async function join(user, count) {
  const organizations = [];
  for (let number = 0; number < count; number += 1) {
    const organization = await workos.organizations.createOrganization({ name: unique('Joined') });
    await users.createOrganizationMembership({ userId: user.id, organizationId: organization.id });
    organizations.push(organization);
  }
  return organizations;
}

test('a password signs in, and the answer has what an application needs', async () => {
  const user = await newUser();
  const [organization] = await join(user, 1);
  const session = await users.authenticateWithPassword({
    email: user.email.toUpperCase(),
    password: goodPassword,
    ipAddress: '203.0.113.42',
    userAgent: 'Test/1.0',
  });
  assert.equal(session.user.id, user.id);
  assert.equal(session.organizationId, organization.id, 'the only membership is chosen');
  assert.equal(session.authenticationMethod, 'Password');
  assert.ok(session.refreshToken.length >= 20);
  assert.ok(session.user.lastSignInAt, 'the sign-in is stamped');
  const token = claims(session.accessToken);
  assert.equal(token.sub, user.id);
  assertId(token.sid, 'session');
  assert.match(token.jti, /^[0-9A-HJKMNP-TV-Z]{26}$/);
  assert.equal(token.org_id, organization.id);
  assert.equal(token.role, 'member');
  assert.equal(token.client_id, server.clientId);
  assert.equal(token.iss, `${server.url}/user_management/${server.clientId}`);
  assert.ok(token.exp > token.iat && token.auth_time <= token.iat);
  const { data } = await users.listSessions(user.id);
  assert.deepEqual(data.map((one) => [one.id, one.authMethod, one.status, one.ipAddress, one.userAgent]), [
    [token.sid, 'password', 'active', '203.0.113.42', 'Test/1.0'],
  ]);
  await server.event('session.created', (one) => one.data.id === token.sid);
  const succeeded = await server.event('authentication.password_succeeded', (one) => one.data.user_id === user.id);
  assert.deepEqual([succeeded.data.status, succeeded.data.type, succeeded.data.ip_address], ['succeeded', 'password', '203.0.113.42']);
  await server.request('GET', `/user_management/users/${user.id}`).then(({ body }) => assert.ok(body.last_sign_in_at));
});

test('a user without organizations signs in without one', async () => {
  const user = await newUser();
  const session = await users.authenticateWithPassword({ email: user.email, password: goodPassword });
  assert.equal(session.organizationId, undefined);
  assert.equal('org_id' in claims(session.accessToken), false);
});

test('a wrong password, an unknown address and a user without password get the same answer', async () => {
  const user = await newUser();
  const passwordless = await users.createUser({ email: uniqueEmail(), emailVerified: true });
  for (const email of [user.email, passwordless.email, uniqueEmail('nobody')]) {
    await refused(users.authenticateWithPassword({ email, password: 'Not-The-Password-55' }), GenericServerException, {
      status: 400,
      code: 'invalid_credentials',
      message: `Invalid credentials for '${email}'.`,
    });
  }
  const failed = await server.event('authentication.password_failed', (one) => one.data.user_id === user.id);
  assert.equal(failed.data.status, 'failed');
});

test('an unverified address needs the code from its mail', async () => {
  const user = await newUser({ emailVerified: false });
  const error = await refused(users.authenticateWithPassword({ email: user.email, password: goodPassword }), AuthenticationException, {
    status: 403,
    code: 'email_verification_required',
  });
  assert.equal(error.rawData.email, user.email);
  const verification = await users.getEmailVerification(error.rawData.email_verification_id);
  const code = await server.codeFromMail(user.email);
  assert.equal(verification.code, code);
  const { pendingAuthenticationToken } = error;
  const wrong = { code: code === '000000' ? '111111' : '000000', pendingAuthenticationToken };
  await refused(users.authenticateWithEmailVerification(wrong), GenericServerException, { status: 400, code: 'invalid_one_time_code' });
  const session = await users.authenticateWithEmailVerification({ code, pendingAuthenticationToken });
  assert.equal(session.user.emailVerified, true);
  assert.equal(session.authenticationMethod, 'Password', 'the first method is the one that counts');
  await refused(users.authenticateWithEmailVerification({ code, pendingAuthenticationToken }), GenericServerException, {
    status: 400,
    code: 'invalid_pending_authentication_token',
  });
  await users.authenticateWithPassword({ email: user.email, password: goodPassword });
});

test('a member of several organizations chooses one of them', async () => {
  const user = await newUser();
  const organizations = await join(user, 2);
  const error = await refused(users.authenticateWithPassword({ email: user.email, password: goodPassword }), AuthenticationException, {
    status: 403,
    code: 'organization_selection_required',
  });
  const offered = error.rawData.organizations.map(({ id, name }) => [id, name]).sort();
  assert.deepEqual(offered, organizations.map(({ id, name }) => [id, name]).sort());
  assert.equal(error.rawData.user.id, user.id);
  const { pendingAuthenticationToken } = error;
  const foreign = await workos.organizations.createOrganization({ name: 'Foreign' });
  await assert.rejects(users.authenticateWithOrganizationSelection({ pendingAuthenticationToken, organizationId: foreign.id }), { status: 400 });
  const session = await users.authenticateWithOrganizationSelection({ pendingAuthenticationToken, organizationId: organizations[1].id });
  assert.equal(session.organizationId, organizations[1].id);
  assert.equal(claims(session.accessToken).org_id, organizations[1].id);
  await refused(
    users.authenticateWithOrganizationSelection({ pendingAuthenticationToken, organizationId: organizations[0].id }),
    GenericServerException,
    { status: 400, code: 'invalid_pending_authentication_token' },
  );
});

test('steps follow each other: first the address, then the organization', async () => {
  const user = await newUser({ emailVerified: false });
  const [organization] = await join(user, 2);
  const first = await refused(users.authenticateWithPassword({ email: user.email, password: goodPassword }), AuthenticationException, {
    code: 'email_verification_required',
  });
  const { code } = await users.getEmailVerification(first.rawData.email_verification_id);
  const second = await refused(
    users.authenticateWithEmailVerification({ code, pendingAuthenticationToken: first.pendingAuthenticationToken }),
    AuthenticationException,
    { code: 'organization_selection_required' },
  );
  assert.notEqual(second.pendingAuthenticationToken, first.pendingAuthenticationToken);
  const session = await users.authenticateWithOrganizationSelection({
    pendingAuthenticationToken: second.pendingAuthenticationToken,
    organizationId: organization.id,
  });
  assert.equal(session.organizationId, organization.id);
});

test('a code from the hosted pages is redeemed with the secret key', async () => {
  const state = 'opaque state/with?odd&characters=%';
  const url = users.getAuthorizationUrl({ provider: 'authkit', redirectUri: demoRedirect, state });
  const callback = await signInOnPages(server, url, ada);
  assert.equal(callback.get('state'), state);
  const session = await users.authenticateWithCode({ code: callback.get('code') });
  assert.equal(session.user.email, ada.email);
  assert.equal(session.organizationId, 'org_demo_acme');
  assert.equal(session.authenticationMethod, 'Password');
  const again = users.authenticateWithCode({ code: callback.get('code') });
  await refused(again, OauthException, { status: 400, error: 'invalid_grant' });
});

test('a code with a PKCE challenge is redeemed by a public client', async () => {
  const client = server.publicSdk().userManagement;
  const { url, state, codeVerifier } = await client.getAuthorizationUrlWithPKCE({ provider: 'authkit', redirectUri: demoRedirect });
  const callback = await signInOnPages(server, url, ada);
  assert.equal(callback.get('state'), state);
  const session = await client.authenticateWithCodeAndVerifier({ code: callback.get('code'), codeVerifier });
  assert.equal(session.user.email, ada.email);
  const refreshed = await client.authenticateWithRefreshToken({ refreshToken: session.refreshToken });
  assert.equal(claims(refreshed.accessToken).sid, claims(session.accessToken).sid);
});

test('a code with a PKCE challenge needs the right verifier', async () => {
  const client = server.publicSdk().userManagement;
  const { url } = await client.getAuthorizationUrlWithPKCE({ provider: 'authkit', redirectUri: demoRedirect });
  const wrong = await signInOnPages(server, url, ada);
  const codeVerifier = 'a-verifier-that-nobody-made-a-challenge-of-000';
  await refused(client.authenticateWithCodeAndVerifier({ code: wrong.get('code'), codeVerifier }), OauthException, {
    status: 400,
    error: 'invalid_grant',
  });
  const { url: second } = await client.getAuthorizationUrlWithPKCE({ provider: 'authkit', redirectUri: demoRedirect });
  const missing = await signInOnPages(server, second, ada);
  await refused(users.authenticateWithCode({ code: missing.get('code') }), OauthException, { status: 400, error: 'invalid_request' });
});

test('a public client without a verifier redeems nothing', async () => {
  const url = users.getAuthorizationUrl({ provider: 'authkit', redirectUri: demoRedirect });
  const callback = await signInOnPages(server, url, ada);
  const { status, body } = await server.request('POST', '/user_management/authenticate', {
    key: null,
    body: { grant_type: 'authorization_code', client_id: server.clientId, code: callback.get('code') },
  });
  assert.equal(status, 400);
  assert.ok(['invalid_client', 'invalid_request', 'unauthorized_client'].includes(body.error), JSON.stringify(body));
  await users.authenticateWithCode({ code: callback.get('code') });
});

test('a browser that is signed in already gets a code for the same session, unless asked to sign in again', async () => {
  const visitor = new Visitor(server);
  const url = users.getAuthorizationUrl({ provider: 'authkit', redirectUri: demoRedirect });
  const first = await signInOnPages(server, url, ada, visitor);
  const one = await users.authenticateWithCode({ code: first.get('code') });
  await visitor.open(url);
  assert.ok(visitor.left, `no pages for someone who is signed in, but ${visitor.url}`);
  const two = await users.authenticateWithCode({ code: visitor.left.searchParams.get('code') });
  assert.equal(claims(two.accessToken).sid, claims(one.accessToken).sid);
  await visitor.open(users.getAuthorizationUrl({ provider: 'authkit', redirectUri: demoRedirect, prompt: 'login' }));
  assert.equal(visitor.left, undefined, 'prompt=login shows the pages');
});

test('every grant may come as a form', async () => {
  const { status, headers, body } = await server.request('POST', '/user_management/authenticate', {
    key: null,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    raw: new URLSearchParams({ grant_type: 'password', client_id: server.clientId, client_secret: server.apiKey, ...ada }).toString(),
  });
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.user.email, ada.email);
  assert.equal('organization_id' in body, true);
  assert.match(headers.get('cache-control') ?? '', /no-store/);
});

test('the second path of the browser libraries behaves the same', async () => {
  const { status, body } = await server.request('POST', '/x/authkit/users/authenticate', {
    body: { grant_type: 'password', client_id: server.clientId, client_secret: server.apiKey, ...ada },
  });
  assert.equal(status, 200, JSON.stringify(body));
});

test('what a client gets wrong is answered in the OAuth form', async () => {
  const call = (body, key = null) => server.request('POST', '/user_management/authenticate', { key, body });
  const confidential = { client_id: server.clientId, client_secret: server.apiKey };
  const cases = [
    [{ ...confidential, grant_type: 'no-such-grant' }, 'invalid_request'],
    [{ ...confidential }, 'invalid_request'],
    [{ ...confidential, grant_type: 'authorization_code' }, 'invalid_request'],
    [{ ...confidential, grant_type: 'authorization_code', code: 'no-such-code' }, 'invalid_grant'],
    [{ ...confidential, grant_type: 'refresh_token', refresh_token: 'no-such-token' }, 'invalid_grant'],
    [{ ...confidential, client_id: 'client_01ARZ3NDEKTSV4RRFFQ69G5FAV', grant_type: 'password', ...ada }, 'invalid_client'],
    [{ ...confidential, client_secret: 'sk_wrong_secret_key_000', grant_type: 'password', ...ada }, 'invalid_client'],
  ];
  for (const [body, error] of cases) {
    const answer = await call(body);
    assert.deepEqual([answer.status, answer.body.error], [400, error], JSON.stringify([body.grant_type, answer.body]));
    assert.ok(answer.body.error_description.length > 0);
  }
  const withoutSecret = await call({ client_id: server.clientId, grant_type: 'password', ...ada });
  assert.equal(withoutSecret.status, 400);
  assert.ok(['invalid_client', 'unauthorized_client', 'invalid_request'].includes(withoutSecret.body.error));
});

test('guessing passwords is slowed down for one address, not for others', async () => {
  const user = await newUser();
  const statuses = [];
  for (let attempt = 0; attempt < 12; attempt += 1) {
    const { status, headers } = await server.request('POST', '/user_management/authenticate', {
      body: { grant_type: 'password', client_id: server.clientId, client_secret: server.apiKey, email: user.email, password: `wrong-${attempt}` },
    });
    statuses.push(status);
    if (status === 429) assert.match(headers.get('retry-after'), /^\d+$/);
  }
  assert.deepEqual(statuses.slice(0, 10), Array(10).fill(400));
  assert.equal(statuses.at(-1), 429);
  await users.authenticateWithPassword(ada);
});
