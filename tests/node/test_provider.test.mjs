// Single sign-on in a sandbox through the official Node SDK: the connections of a seed that was written for the WorkOS
// emulator, answered by the test identity provider, without a browser and by its page.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { WorkOS } from '@workos-inc/node';
import { claims } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';
import { Visitor } from '../harness/visitor.mjs';
import { unwatchedFetch } from '../harness/watched_fetch.mjs';

const callback = 'http://localhost:3000/callback';
const seed = `
organizations:
  - id: org_acme
    name: Acme
connections:
  - name: Acme Okta
    connection_type: OktaSAML
    organization: Acme
    state: active
    domains: [acme.test]
    profiles:
      - { email: ada@acme.test, first_name: Ada, last_name: Lovelace, idp_id: a-1, groups: [Engineering] }
      - { email: grace@acme.test, first_name: Grace, last_name: Hopper }
`;
const clientId = 'client_emulate';

let server, workos, connection;

before(async () => {
  server = await startServer({ dev: false, args: ['--sandbox'], files: { 'workos-emulate.config.yaml': seed } });
  const { hostname, port } = new URL(server.url);
  workos = new WorkOS('sk_test_default', { apiHostname: hostname, port: Number(port), https: false, clientId, maxRetries: 0 });
});
beforeEach(async () => {
  await workos.post('/vestibule/v1/sandbox/reset', {});
  const { data } = await workos.sso.listConnections({ organizationId: 'org_acme' });
  [connection] = data;
});
after(() => server.stop());

const signIn = (options) => workos.sso.getAuthorizationUrl({ clientId, redirectUri: callback, state: 'kept', ...options });

/** Follows the address as a suite for the emulator does: no cookies, no browser. */
async function sent(url) {
  const response = await unwatchedFetch(url, { redirect: 'manual' });
  assert.equal(response.status, 302);
  const back = new URL(response.headers.get('location'));
  assert.equal(back.origin + back.pathname, callback, back.href);
  assert.equal(back.searchParams.get('state'), 'kept');
  return Object.fromEntries(back.searchParams);
}

async function withPages(work) {
  await workos.put('/vestibule/v1/sandbox', { auto_sign_in: false });
  try {
    await work();
  } finally {
    await workos.put('/vestibule/v1/sandbox', { auto_sign_in: true });
  }
}

test('the connection of the seed is there, active, with its domain', () => {
  assert.deepEqual([connection.name, connection.state, connection.organizationId], ['Acme Okta', 'active', 'org_acme']);
  assert.deepEqual(connection.domains.map((one) => one.domain), ['acme.test']);
});

test('whom login_hint names is in, without a page, by connection, organization and domain', async () => {
  for (const selector of [{ connection: connection.id }, { organization: 'org_acme' }]) {
    const { code } = await sent(signIn({ ...selector, loginHint: 'ada@acme.test' }));
    const { profile, accessToken } = await workos.sso.getProfileAndToken({ clientId, code });
    assert.deepEqual(
      [profile.email, profile.firstName, profile.lastName, profile.idpId, profile.groups],
      ['ada@acme.test', 'Ada', 'Lovelace', 'a-1', ['Engineering']],
    );
    assert.deepEqual([profile.connectionId, profile.connectionType, profile.organizationId], [connection.id, 'OktaSAML', 'org_acme']);
    assert.equal((await workos.sso.getProfile({ accessToken })).id, profile.id);
  }
  const byDomain = new URL(signIn({ connection: connection.id, loginHint: 'grace@acme.test', domainHint: 'acme.test' }));
  byDomain.searchParams.delete('connection');
  const { code } = await sent(byDomain);
  assert.equal((await workos.sso.getProfileAndToken({ clientId, code })).profile.email, 'grace@acme.test');
});

test('an address outside of the domains of the organization is refused, as by WorkOS', async () => {
  const { error } = await sent(signIn({ connection: connection.id, loginHint: 'freelancer@elsewhere.test' }));
  assert.equal(error, 'profile_not_allowed_outside_organization');
});

test('AuthKit signs in by the connection, and makes a user and member', async () => {
  const url = workos.userManagement.getAuthorizationUrl({
    clientId, redirectUri: callback, state: 'kept', connectionId: connection.id, loginHint: 'ada@acme.test',
  });
  const visitor = await new Visitor(server).open(url);
  assert.ok(visitor.left?.href.startsWith(callback), visitor.html);
  const code = visitor.left.searchParams.get('code');
  const session = await workos.userManagement.authenticateWithCode({ clientId, code });
  assert.deepEqual([session.user.email, session.organizationId, session.authenticationMethod], ['ada@acme.test', 'org_acme', 'SSO']);
  assert.equal(claims(session.accessToken).org_id, 'org_acme');
});

test('where pages are wanted, the hosted pages lead an address of the domain to the page of the test identity provider', () =>
  withPages(async () => {
    await workos.put('/vestibule/v1/organizations/org_acme/sign_in_policy', { sso_required: true });
    const url = workos.userManagement.getAuthorizationUrl({ clientId, redirectUri: callback, state: 'kept', provider: 'authkit' });
    const visitor = await new Visitor(server).open(url);
    await visitor.submit({ email: 'ada@acme.test' });
    assert.match(visitor.html, /Test identity provider/);
    assert.match(visitor.html, /Ada Lovelace/);
    await visitor.submit({ email: 'mary@acme.test' });
    assert.ok(visitor.left?.href.startsWith(callback), visitor.html);
    const code = visitor.left.searchParams.get('code');
    const { user, organizationId } = await workos.userManagement.authenticateWithCode({ clientId, code });
    assert.deepEqual([user.email, organizationId], ['mary@acme.test', 'org_acme']);
  }));

test('a suite makes a connection without a seed', async () => {
  const { data: made } = await workos.post('/connections', {
    organization_id: 'org_acme',
    connection_type: 'TestIdp',
    test_options: { profiles: [{ id: 'prof_mary', email: 'mary@acme.test', groups: ['Pilots'] }] },
  });
  assert.deepEqual([made.connection_type, made.state], ['TestIdp', 'active']);
  const { code } = await sent(signIn({ connection: made.id }));
  const { profile } = await workos.sso.getProfileAndToken({ clientId, code });
  assert.deepEqual([profile.id, profile.email, profile.groups], ['prof_mary', 'mary@acme.test', ['Pilots']]);
});
