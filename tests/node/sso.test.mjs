// The single sign-on API with a social provider, through the official Node SDK; the provider is the `oidc-provider` package.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OauthException, UnauthorizedException } from '@workos-inc/node';
import { refused, uniqueEmail } from '../harness/expect.mjs';
import { setUp, signToken, startProvider } from '../harness/provider.mjs';
import { demoRedirect, startServer } from '../harness/server.mjs';
import { Visitor } from '../harness/visitor.mjs';

let server, provider, workos, connection;

before(async () => {
  server = await startServer({ args: ['--webhook-allow-private'] });
  provider = await startProvider();
  connection = await setUp(server, provider, 'GoogleOAuth', { return_tokens: true });
  workos = server.sdk();
});
after(async () => {
  provider.stop();
  await server.stop();
});

function account() {
  const email = uniqueEmail('sso');
  provider.accounts[email] = { email, email_verified: true, name: 'Ada Lovelace', given_name: 'Ada', family_name: 'Lovelace' };
  return email;
}

/** Goes from an address of ours over the provider; answers the parameters that the application gets. */
async function passes(url) {
  const visitor = await new Visitor(server).open(url);
  assert.equal(visitor.left.origin, provider.issuer, visitor.left.href);
  await visitor.open(await provider.passes(visitor.left));
  assert.ok(visitor.left.href.startsWith(demoRedirect), visitor.left.href);
  return Object.fromEntries(visitor.left.searchParams);
}

const signInUrl = (loginHint, options = {}) =>
  workos.sso.getAuthorizationUrl({ clientId: server.clientId, provider: 'GoogleOAuth', redirectUri: demoRedirect, state: 'kept', loginHint, ...options });

test('an application learns who somebody is', async () => {
  const email = account();
  const { code, state } = await passes(signInUrl(email));
  assert.equal(state, 'kept');
  const { accessToken, profile, oauthTokens } = await workos.sso.getProfileAndToken({ clientId: server.clientId, code });
  assert.deepEqual(
    [profile.email, profile.idpId, profile.firstName, profile.lastName, profile.connectionType, profile.connectionId],
    [email, email, 'Ada', 'Lovelace', 'GoogleOAuth', connection.id],
  );
  assert.deepEqual(oauthTokens.scopes, ['openid', 'email', 'profile']);
  server.secrets.add(accessToken).add(oauthTokens.accessToken);
  assert.equal((await workos.sso.getProfile({ accessToken })).id, profile.id);
  await refused(workos.sso.getProfileAndToken({ clientId: server.clientId, code }), OauthException, { status: 400, error: 'invalid_grant' });
  await refused(workos.sso.getProfile({ accessToken }), UnauthorizedException, { status: 401 });
  await server.event('authentication.sso_succeeded', (one) => one.data.email === email);
});

test('the connection may be named in the place of the provider, and somebody keeps their profile', async () => {
  const email = account();
  const ids = [];
  for (const selector of [{}, { provider: undefined, connection: connection.id }]) {
    const { code } = await passes(signInUrl(email, selector));
    ids.push((await workos.sso.getProfileAndToken({ clientId: server.clientId, code })).profile.id);
  }
  assert.equal(ids[0], ids[1]);
});

test('the code is good for a session, too', async () => {
  const email = account();
  const { code } = await passes(signInUrl(email));
  const session = await workos.userManagement.authenticateWithCode({ code });
  assert.deepEqual([session.user.email, session.user.emailVerified, session.authenticationMethod], [email, true, 'GoogleOAuth']);
  assert.ok(session.oauthTokens.accessToken);
  server.secrets.add(session.refreshToken).add(session.oauthTokens.accessToken);
  const { data } = await workos.get(`/user_management/users/${session.user.id}/identities`);
  assert.deepEqual(data, [{ idp_id: email, type: 'OAuth', provider: 'GoogleOAuth' }]);
});

test('a sign-in with a provider through AuthKit passes hints and scopes on', async () => {
  const email = account();
  const url = workos.userManagement.getAuthorizationUrl({
    provider: 'GoogleOAuth', clientId: server.clientId, redirectUri: demoRedirect, loginHint: email, domainHint: 'example.test',
    providerScopes: ['https://example.test/one', 'https://example.test/two'], providerQueryParams: { access_type: 'offline' },
  });
  const visitor = await new Visitor(server).open(url);
  const sent = Object.fromEntries(visitor.left.searchParams);
  assert.deepEqual([sent.login_hint, sent.hd, sent.access_type], [email, 'example.test', 'offline']);
  assert.equal(sent.scope, 'openid profile email https://example.test/one https://example.test/two');
  const { code } = await passes(workos.userManagement.getAuthorizationUrl({
    provider: 'GoogleOAuth', clientId: server.clientId, redirectUri: demoRedirect, loginHint: email,
  }));
  assert.equal((await workos.userManagement.authenticateWithCode({ code })).user.email, email);
});

test('a provider is told how old a sign-in may be, and one that is older is refused', async () => {
  const email = account();
  const url = workos.userManagement.getAuthorizationUrl({
    provider: 'GoogleOAuth', clientId: server.clientId, redirectUri: demoRedirect, loginHint: email, maxAge: 600,
  });
  const { code } = await passes(url);
  assert.equal((await workos.userManagement.authenticateWithCode({ code })).user.email, email);
  provider.tamper = (claims) => {
    assert.ok(Math.abs(claims.auth_time - Date.now() / 1000) < 60, 'it says when it was, because it was asked');
    return signToken(provider.key, { ...claims, auth_time: claims.auth_time - 3600 });
  };
  try {
    assert.equal((await passes(url)).error, 'oauth_failed');
  } finally {
    provider.tamper = undefined;
  }
});

test('the token endpoint takes a form, JSON and a query', async () => {
  const email = account();
  const parameters = async () => new URLSearchParams({
    client_id: server.clientId, client_secret: server.apiKey, grant_type: 'authorization_code', code: (await passes(signInUrl(email))).code,
  });
  const json = await server.request('POST', '/sso/token', { key: null, body: Object.fromEntries(await parameters()) });
  const query = await server.request('POST', `/sso/token?${await parameters()}`, { key: null });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const form = await server.request('POST', '/sso/token', { key: null, headers, raw: String(await parameters()) });
  for (const answer of [json, query, form]) assert.deepEqual([answer.status, answer.body.profile?.email], [200, email], JSON.stringify(answer.body));
});

test('what an application got wrong is told at its redirect URI, and nobody is sent to another', async () => {
  const visitor = await new Visitor(server).open(signInUrl('x', { provider: 'GitHubOAuth' }));
  assert.equal(visitor.left.searchParams.get('error'), 'connection_invalid');
  const elsewhere = await new Visitor(server).open(signInUrl('x', { redirectUri: 'https://evil.test/callback' }));
  assert.deepEqual([elsewhere.left, elsewhere.status], [undefined, 400]);
});
