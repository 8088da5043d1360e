// How people may sign in is set for the environment; each switch shows in what the official SDK gets.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { AuthenticationException, GenericServerException, OauthException } from '@workos-inc/node';
import { claims, goodPassword, refused, unique, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';
import { totp } from '../harness/totp.mjs';
import { Visitor } from '../harness/visitor.mjs';

let server, workos, users, usual;

before(async () => {
  server = await startServer();
  workos = server.sdk();
  users = workos.userManagement;
  usual = (await workos.get('/vestibule/v1/sign_in_policy')).data;
});
beforeEach(() => set({ ...usual }));
after(() => server.stop());

const set = ({ object, ...policy }) => workos.put('/vestibule/v1/sign_in_policy', policy);
const newUser = (fields = {}) => users.createUser({ email: uniqueEmail(), password: goodPassword, emailVerified: true, ...fields });
const signIn = (user) => users.authenticateWithPassword({ email: user.email, password: goodPassword });

test('passwords can be switched off', async () => {
  const user = await newUser();
  await set({ password: false });
  const disabled = { status: 403, code: 'email_password_auth_disabled' };
  await refused(signIn(user), GenericServerException, disabled);
  await refused(users.createPasswordReset({ email: user.email }), GenericServerException, disabled);
  await set({ password: true });
  await signIn(user);
});

test('codes by mail can be switched off', async () => {
  const user = await newUser();
  const { code } = await users.createMagicAuth({ email: user.email });
  await set({ magic_auth: false });
  await refused(users.createMagicAuth({ email: user.email }), OauthException, { status: 400, error: 'authentication_method_not_allowed' });
  await assert.rejects(users.authenticateWithMagicAuth({ email: user.email, code }), { status: 403 });
});

test('without sign-up, only an invitation lets a newcomer in', async () => {
  await set({ sign_up: 'closed' });
  const email = uniqueEmail('newcomer');
  await refused(users.createMagicAuth({ email }), OauthException, { status: 400, error: 'sign_up_not_allowed' });
  assert.deepEqual((await users.listUsers({ email })).data, []);
  const organization = await workos.organizations.createOrganization({ name: unique('Hosts') });
  const { token: invitationToken } = await users.sendInvitation({ email, organizationId: organization.id });
  const { code } = await users.createMagicAuth({ email, invitationToken });
  const session = await users.authenticateWithMagicAuth({ email, code, invitationToken });
  assert.deepEqual([session.user.email, session.organizationId], [email, organization.id]);
});

test('verification of addresses can be switched off', async () => {
  const user = await newUser({ emailVerified: false });
  await refused(signIn(user), AuthenticationException, { code: 'email_verification_required' });
  await set({ email_verification: false });
  const session = await signIn(user);
  assert.equal(session.user.emailVerified, false);
});

test('where a second factor is required, who has none enrols one on the way in', async () => {
  const user = await newUser();
  await set({ second_factor: 'required' });
  const error = await refused(signIn(user), AuthenticationException, { status: 403, code: 'mfa_enrollment' });
  assert.equal(error.rawData.user.id, user.id);
  const { pendingAuthenticationToken } = error;
  const enrolled = await workos.multiFactorAuth.createUserAuthFactor({ userId: user.id, type: 'totp' });
  const session = await users.authenticateWithTotp({
    code: totp(enrolled.authenticationFactor.totp.secret),
    pendingAuthenticationToken,
    authenticationChallengeId: enrolled.authenticationChallenge.id,
  });
  assert.equal(session.user.id, user.id);
  await refused(signIn(user), AuthenticationException, { status: 403, code: 'mfa_challenge' });
});

test('second factors can be switched off, even for those who have one', async () => {
  const user = await newUser();
  const enrolled = await workos.multiFactorAuth.createUserAuthFactor({ userId: user.id, type: 'totp' });
  const code = totp(enrolled.authenticationFactor.totp.secret);
  await workos.multiFactorAuth.verifyChallenge({ authenticationChallengeId: enrolled.authenticationChallenge.id, code });
  await refused(signIn(user), AuthenticationException, { code: 'mfa_challenge' });
  await set({ second_factor: 'disabled' });
  assert.equal((await signIn(user)).user.id, user.id);
});

test('tokens and sessions last as long as they are told to', async () => {
  await set({ access_token_seconds: 120, session_seconds: 7_200 });
  const user = await newUser();
  const token = claims((await signIn(user)).accessToken);
  assert.equal(token.exp - token.iat, 120);
  const [session] = (await users.listSessions(user.id)).data;
  assert.equal(new Date(session.expiresAt) - new Date(session.createdAt), 7_200_000);
});

test('the environment tells what it allows', async () => {
  const { data } = await workos.get('/environments/current');
  assert.ok(Array.isArray(data.auth_methods));
  assert.equal(data.mfa_policy, 'optional');
});

const cookiePassword = 'a-cookie-password-of-at-least-32-characters';

/** A member of a new organization with this policy of its own; answers both. */
async function memberUnder(policy) {
  const organization = await workos.organizations.createOrganization({ name: unique('Strict') });
  const user = await newUser();
  await users.createOrganizationMembership({ userId: user.id, organizationId: organization.id });
  const session = await signIn(user);
  await workos.put(`/vestibule/v1/organizations/${organization.id}/sign_in_policy`, policy);
  return { organization, user, session };
}

test('an organization that requires single sign-on lets no password in, and ends what a sealed session was', async () => {
  const { organization, user, session } = await memberUnder({ sso_required: true });
  const error = await refused(signIn(user), AuthenticationException, { status: 400, code: 'sso_required' });
  assert.deepEqual([error.rawData.connection_ids, error.rawData.email], [[], user.email]);
  assert.ok(error.pendingAuthenticationToken);
  await refused(users.authenticateWithRefreshToken({ refreshToken: session.refreshToken }), AuthenticationException, { status: 400, code: 'sso_required' });
  assert.equal(session.organizationId, organization.id);
});

test('an organization that requires a second factor tells a sealed session so at its refresh', async () => {
  const { user } = await memberUnder({});
  const sealed = await users.authenticateWithPassword({ email: user.email, password: goodPassword, session: { sealSession: true, cookiePassword } });
  await workos.put(`/vestibule/v1/organizations/${sealed.organizationId}/sign_in_policy`, { second_factor: 'required' });
  const cookie = users.loadSealedSession({ sessionData: sealed.sealedSession, cookiePassword });
  const refreshed = await cookie.refresh();
  assert.deepEqual([refreshed.authenticated, refreshed.reason], [false, 'mfa_enrollment']);
});

test('an organization that lets no passwords in tells which methods it does', async () => {
  const { user } = await memberUnder({ password: false, social: false });
  const error = await refused(signIn(user), OauthException, { status: 403, error: 'organization_authentication_methods_required' });
  assert.deepEqual(error.rawData.auth_methods, {
    apple_oauth: false, github_oauth: false, google_oauth: false, magic_auth: true, microsoft_oauth: false, password: false,
  });
});

test('somebody acts as a user by a link, and whoever reads the session sees it', async () => {
  const redirectUri = 'http://localhost:3000/impersonated';
  const { data: made } = await workos.post('/user_management/redirect_uris', { uri: redirectUri });
  await workos.put(`/vestibule/v1/redirect_uris/${made.id}/default`, {});
  const user = await newUser();
  const { data: link } = await workos.post('/vestibule/v1/impersonations', {
    user_id: user.id, impersonator_email: 'grace@lighthouse.test', reason: 'Ticket 4100',
  });
  const visitor = new Visitor(server);
  await visitor.open(link.url);
  assert.match(visitor.html, /grace@lighthouse\.test/);
  await visitor.submit({});
  assert.ok(visitor.left.href.startsWith(redirectUri), visitor.left.href);
  const session = await users.authenticateWithCode({
    code: visitor.left.searchParams.get('code'), session: { sealSession: true, cookiePassword },
  });
  const impersonator = { email: 'grace@lighthouse.test', reason: 'Ticket 4100' };
  assert.deepEqual([session.impersonator, session.authenticationMethod], [impersonator, 'Impersonation']);
  assert.deepEqual(claims(session.accessToken).act, { sub: impersonator.email });
  const cookie = users.loadSealedSession({ sessionData: session.sealedSession, cookiePassword });
  const seen = await cookie.authenticate();
  assert.deepEqual([seen.authenticated, seen.impersonator], [true, impersonator]);
  const [listed] = (await users.listSessions(user.id)).data;
  assert.deepEqual([listed.authMethod, listed.impersonator], ['impersonation', impersonator]);
  await visitor.open(link.url);
  assert.equal(visitor.status, 410);
});

test('a token without the claims that grow keeps the role', async () => {
  const { user } = await memberUnder({});
  await workos.put('/vestibule/v1/token_claims', { roles: false, permissions: false });
  try {
    const token = claims((await signIn(user)).accessToken);
    assert.deepEqual([token.role, token.roles, token.permissions], ['member', undefined, undefined]);
  } finally {
    await workos.put('/vestibule/v1/token_claims', { roles: true, permissions: true });
  }
});
