import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GenericServerException, NotFoundException, OauthException } from '@workos-inc/node';
import { assertId, assertTimestamp, claims, goodPassword, refused, unique, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';
import { unwatchedFetch } from '../harness/watched_fetch.mjs';

let server, workos, users;
const cookiePassword = 'a-cookie-password-of-at-least-32-characters';

before(async () => {
  server = await startServer();
  workos = server.sdk();
  users = workos.userManagement;
});
after(() => server.stop());

async function signedIn(options = {}) {
  const user = await users.createUser({ email: uniqueEmail('session'), password: goodPassword, emailVerified: true });
  const session = await users.authenticateWithPassword({ email: user.email, password: goodPassword, ...options });
  return { user, ...session };
}

const sealed = { session: { sealSession: true, cookiePassword } };

test('fifty refreshes at once all get the same successor', async () => {
  const { user, refreshToken, accessToken } = await signedIn();
  const answers = await Promise.all(Array.from({ length: 50 }, () => users.authenticateWithRefreshToken({ refreshToken })));
  const successors = new Set(answers.map((one) => one.refreshToken));
  assert.equal(successors.size, 1);
  assert.ok(!successors.has(refreshToken), 'the token is rotated');
  assert.deepEqual([...new Set(answers.map((one) => claims(one.accessToken).sid))], [claims(accessToken).sid]);
  assert.deepEqual([...new Set(answers.map((one) => one.authenticationMethod))], ['Password']);
  const [successor] = successors;
  const next = await users.authenticateWithRefreshToken({ refreshToken: successor });
  assert.equal(next.user.id, user.id);
  assert.equal(claims(next.accessToken).auth_time, claims(accessToken).auth_time);
  const { data } = await users.listSessions(user.id);
  assert.equal(data.length, 1, 'a refresh makes no session');
});

test('the event of a session warns of the cookie that it will not fit into, as long as the library makes it', async () => {
  const slugs = Array.from({ length: 40 }, (_, n) => unique(`a-permission-of-some-length-${n}`));
  for (const slug of slugs) await workos.authorization.createPermission({ slug, name: slug });
  const role = await workos.authorization.createEnvironmentRole({ slug: unique('busy'), name: 'Busy' });
  await workos.authorization.setEnvironmentRolePermissions(role.slug, { permissions: slugs });
  const organization = await workos.organizations.createOrganization({ name: unique('Large') });
  const user = await users.createUser({ email: uniqueEmail('large'), password: goodPassword, emailVerified: true });
  await users.createOrganizationMembership({ userId: user.id, organizationId: organization.id, roleSlug: role.slug });
  const { accessToken, sealedSession } = await users.authenticateWithPassword({ email: user.email, password: goodPassword, ...sealed });
  assert.ok(accessToken.length < 4096, 'the token alone would fit');
  const bytes = `wos-session${sealedSession}`.length;
  assert.ok(bytes > 4096, `the cookie would not, with ${bytes} bytes`);
  const { context } = await server.event('session.created', (one) => one.data.user_id === user.id);
  const [warning] = context.warnings;
  assert.equal(warning.code, 'session_exceeds_cookie');
  const told = Number(warning.message.match(/about (\d+) bytes/)[1]);
  assert.ok(Math.abs(told - bytes) < bytes / 20, `told ${told} of ${bytes} bytes`);
});

test('an old refresh token after the replay window ends the session', async () => {
  const strict = await startServer({ args: ['--refresh-replay-window', '0'] });
  try {
    const client = strict.sdk().userManagement;
    const user = await client.createUser({ email: uniqueEmail(), password: goodPassword, emailVerified: true });
    const { refreshToken } = await client.authenticateWithPassword({ email: user.email, password: goodPassword });
    const second = await client.authenticateWithRefreshToken({ refreshToken });
    await refused(client.authenticateWithRefreshToken({ refreshToken }), OauthException, { status: 400, error: 'invalid_grant' });
    await refused(client.authenticateWithRefreshToken({ refreshToken: second.refreshToken }), OauthException, { error: 'invalid_grant' });
    assert.deepEqual((await client.listSessions(user.id)).data, []);
    await strict.event('session.revoked', (one) => one.data.user_id === user.id);
  } finally {
    await strict.stop();
  }
});

test('a refresh changes to another organization of the user, and to no other', async () => {
  const user = await users.createUser({ email: uniqueEmail(), password: goodPassword, emailVerified: true });
  const session = await users.authenticateWithPassword({ email: user.email, password: goodPassword });
  const organization = await workos.organizations.createOrganization({ name: unique('Switch') });
  const foreign = await workos.organizations.createOrganization({ name: unique('Foreign') });
  await users.createOrganizationMembership({ userId: user.id, organizationId: organization.id, roleSlug: 'admin' });
  const switched = await users.authenticateWithRefreshToken({ refreshToken: session.refreshToken, organizationId: organization.id });
  assert.equal(switched.organizationId, organization.id);
  assert.deepEqual([claims(switched.accessToken).org_id, claims(switched.accessToken).role], [organization.id, 'admin']);
  const kept = await users.authenticateWithRefreshToken({ refreshToken: switched.refreshToken });
  assert.equal(kept.organizationId, organization.id, 'the last organization is kept');
  const wrong = users.authenticateWithRefreshToken({ refreshToken: kept.refreshToken, organizationId: foreign.id });
  await assert.rejects(wrong, { status: 400 });
  await users.authenticateWithRefreshToken({ refreshToken: kept.refreshToken });
});

test('sessions are listed, newest first, and revoked one by one', async () => {
  const { user, accessToken, refreshToken } = await signedIn();
  const second = await users.authenticateWithPassword({ email: user.email, password: goodPassword });
  const { data } = await users.listSessions(user.id);
  assert.deepEqual(data.map((one) => one.id), [claims(second.accessToken).sid, claims(accessToken).sid]);
  const [session] = data;
  assertId(session.id, 'session');
  assert.deepEqual([session.object, session.userId, session.status, session.endedAt], ['session', user.id, 'active', null]);
  assertTimestamp(session.expiresAt);
  await users.revokeSession({ sessionId: claims(accessToken).sid });
  assert.deepEqual((await users.listSessions(user.id)).data.map((one) => one.id), [claims(second.accessToken).sid]);
  await refused(users.authenticateWithRefreshToken({ refreshToken }), OauthException, { status: 400, error: 'invalid_grant' });
  await users.revokeSession({ sessionId: claims(accessToken).sid });
  await refused(users.revokeSession({ sessionId: 'session_01ARZ3NDEKTSV4RRFFQ69G5FAV' }), GenericServerException, { status: 400 });
  await refused(users.listSessions('user_01ARZ3NDEKTSV4RRFFQ69G5FAV'), NotFoundException);
});

test('a sealed session is loaded, authenticated against our keys, and refreshed', async () => {
  const { user, sealedSession, accessToken } = await signedIn(sealed);
  const session = users.loadSealedSession({ sessionData: sealedSession, cookiePassword });
  const authenticated = await session.authenticate();
  assert.equal(authenticated.authenticated, true, JSON.stringify(authenticated));
  assert.equal(authenticated.sessionId, claims(accessToken).sid);
  assert.equal(authenticated.user.id, user.id);
  const refreshed = await session.refresh();
  assert.equal(refreshed.authenticated, true, JSON.stringify(refreshed));
  assert.equal(refreshed.sessionId, authenticated.sessionId);
  assert.notEqual(refreshed.sealedSession, sealedSession);
  const cookie = await users.authenticateWithSessionCookie({ sessionData: refreshed.sealedSession, cookiePassword });
  assert.equal(cookie.authenticated, true);
});

test('a sealed session whose issuer is checked passes with our issuer and fails with another', async () => {
  const { sealedSession } = await signedIn(sealed);
  const authenticate = (issuer) => server.sdk({ issuer }).userManagement.loadSealedSession({ sessionData: sealedSession, cookiePassword }).authenticate();
  const ours = await authenticate(`${server.url}/user_management/${server.clientId}`);
  assert.equal(ours.authenticated, true, JSON.stringify(ours));
  const other = await authenticate('https://elsewhere.example');
  assert.deepEqual([other.authenticated, other.reason], [false, 'invalid_jwt']);
});

test('a sealed session with a forged token is refused', async () => {
  const { sealedSession } = await signedIn(sealed);
  const content = await users.getSessionFromCookie({ sessionData: sealedSession, cookiePassword });
  const [header, payload, signature] = content.accessToken.split('.');
  const forged = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(payload, 'base64url')), role: 'owner' })).toString('base64url');
  const sealedAgain = await users.sealSessionDataFromAuthenticationResponse({
    authenticationResponse: { ...content, accessToken: [header, forged, signature].join('.') },
    cookiePassword,
  });
  const answer = await users.loadSealedSession({ sessionData: sealedAgain, cookiePassword }).authenticate();
  assert.deepEqual([answer.authenticated, answer.reason], [false, 'invalid_jwt']);
});

test('a revoked sealed session says invalid_grant at refresh', async () => {
  const { sealedSession, accessToken } = await signedIn(sealed);
  await users.revokeSession({ sessionId: claims(accessToken).sid });
  const refreshed = await users.loadSealedSession({ sessionData: sealedSession, cookiePassword }).refresh();
  assert.deepEqual([refreshed.authenticated, refreshed.reason, refreshed.retryable], [false, 'invalid_grant', false]);
});

test('the logout URL ends the session and goes to the homepage of the application', async () => {
  await workos.put('/user_management/app_homepage_url', { url: 'http://localhost:3000/home' });
  const { user, sealedSession, refreshToken } = await signedIn(sealed);
  const url = await users.loadSealedSession({ sessionData: sealedSession, cookiePassword }).getLogoutUrl();
  const response = await unwatchedFetch(url, { redirect: 'manual' });
  assert.equal(response.status, 302, await response.text());
  assert.equal(response.headers.get('location'), 'http://localhost:3000/home');
  assert.deepEqual((await users.listSessions(user.id)).data, []);
  await refused(users.authenticateWithRefreshToken({ refreshToken }), OauthException, { error: 'invalid_grant' });
  const again = await unwatchedFetch(url, { redirect: 'manual' });
  assert.equal(again.status, 302, 'it works when the session has ended');
});

test('the logout URL goes nowhere that was not configured', async () => {
  const { accessToken } = await signedIn();
  const url = users.getLogoutUrl({ sessionId: claims(accessToken).sid, returnTo: 'https://evil.example/' });
  const response = await unwatchedFetch(url, { redirect: 'manual' });
  assert.equal(response.status, 422);
  assert.equal(response.headers.get('location'), null);
});

test('the keys are published with everything that a verifier may ask for', async () => {
  const { accessToken } = await signedIn();
  const header = JSON.parse(Buffer.from(accessToken.split('.')[0], 'base64url'));
  assert.equal(header.alg, 'RS256');
  for (const path of [`/sso/jwks/${server.clientId}`, '/sso/jwks', `/user_management/sessions/jwks/${server.clientId}`]) {
    const { status, body } = await server.request('GET', path, { key: null });
    assert.equal(status, 200, path);
    const key = body.keys.find((one) => one.kid === header.kid);
    assert.ok(key, path);
    for (const name of ['alg', 'kty', 'use', 'x5c', 'n', 'e', 'kid', 'x5t#S256']) assert.ok(key[name], name);
    for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi']) assert.equal(key[name], undefined, `${name} is private`);
  }
  assert.equal(users.getJwksUrl(server.clientId), `${server.url}/sso/jwks/${server.clientId}`);
  const unknown = await server.request('GET', '/sso/jwks/client_01ARZ3NDEKTSV4RRFFQ69G5FAV', { key: null });
  assert.equal(unknown.status, 404);
});
