// Single sign-on by the connection of an organization, through the official Node SDK; the identity provider is the
// `oidc-provider` package.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NotFoundException } from '@workos-inc/node';
import { refused } from '../harness/expect.mjs';
import { client, connect, startProvider } from '../harness/provider.mjs';
import { demoRedirect, startServer } from '../harness/server.mjs';
import { Visitor } from '../harness/visitor.mjs';

const domain = 'connected.example';
let server, provider, workos, acme;

before(async () => {
  server = await startServer({ args: ['--webhook-allow-private'] });
  provider = await startProvider();
  acme = await connect(server, provider, { domain });
  workos = server.sdk();
});
after(async () => {
  provider.stop();
  await server.stop();
});

/** An account at the identity provider; its id is its address. */
function account(name, of = domain) {
  const email = `${name}@${of}`;
  provider.accounts[email] = { email, name: 'Ada Lovelace', given_name: 'Ada', family_name: 'Lovelace' };
  return email;
}

/** Goes from an address of ours over the identity provider; answers the parameters that the application gets. */
async function passes(url) {
  const visitor = await new Visitor(server).open(url);
  assert.equal(visitor.left.origin, provider.issuer, visitor.left.href);
  await visitor.open(await provider.passes(visitor.left));
  assert.ok(visitor.left.href.startsWith(demoRedirect), visitor.left.href);
  return Object.fromEntries(visitor.left.searchParams);
}

const signInUrl = (options) =>
  workos.sso.getAuthorizationUrl({ clientId: server.clientId, redirectUri: demoRedirect, state: 'kept', ...options });

test('a connection is shown and listed, and becomes active when somebody signs in by it', async () => {
  const { connection, organization } = acme;
  const shown = await workos.sso.getConnection(connection.id);
  assert.deepEqual(
    [shown.object, shown.id, shown.organizationId, shown.name, shown.type ?? shown.connectionType, shown.state],
    ['connection', connection.id, organization.id, 'Acme', 'GenericOIDC', 'validating'],
  );
  assert.deepEqual(shown.domains.map((one) => one.domain), [domain]);
  for (const filter of [{ organizationId: organization.id }, { domain }, { connectionType: 'GenericOIDC' }]) {
    const { data } = await workos.sso.listConnections(filter);
    assert.deepEqual(data.map((one) => one.id), [connection.id]);
  }
  const email = account('first');
  const { code, state } = await passes(signInUrl({ organization: organization.id, loginHint: email }));
  assert.equal(state, 'kept');
  const { accessToken, profile } = await workos.sso.getProfileAndToken({ clientId: server.clientId, code });
  server.secrets.add(accessToken);
  assert.deepEqual(
    [profile.email, profile.idpId, profile.organizationId, profile.connectionId, profile.connectionType, profile.role],
    [email, email, organization.id, connection.id, 'GenericOIDC', { slug: 'member' }],
  );
  assert.equal((await workos.sso.getConnection(connection.id)).state, 'active');
  await server.event('connection.activated', (one) => one.data.id === connection.id && one.data.external_key);
  await server.event('authentication.sso_succeeded', (one) => one.data.sso.organization_id === organization.id);
});

test('who comes by it gets a session in the organization, as its member', async () => {
  const email = account('member');
  const url = workos.userManagement.getAuthorizationUrl({
    connectionId: acme.connection.id, clientId: server.clientId, redirectUri: demoRedirect, loginHint: email,
  });
  const { code } = await passes(url);
  const session = await workos.userManagement.authenticateWithCode({ code });
  server.secrets.add(session.refreshToken);
  assert.deepEqual(
    [session.user.email, session.user.emailVerified, session.authenticationMethod, session.organizationId],
    [email, true, 'SSO', acme.organization.id],
  );
  const { data } = await workos.userManagement.listOrganizationMemberships({ userId: session.user.id });
  assert.deepEqual(data.map((one) => [one.organizationId, one.status]), [[acme.organization.id, 'active']]);
  // The code of the single sign-on API does the same.
  const again = await passes(signInUrl({ connection: acme.connection.id, loginHint: email }));
  assert.equal((await workos.userManagement.authenticateWithCode({ code: again.code })).user.id, session.user.id);
});

test('an address of others is not let in', async () => {
  const email = account('stranger', 'elsewhere.example');
  const told = await passes(signInUrl({ connection: acme.connection.id, loginHint: email }));
  assert.deepEqual([told.error, told.state, told.code], ['profile_not_allowed_outside_organization', 'kept', undefined]);
});

test('a connection is made, changed, switched off and deleted', async () => {
  const { organization } = await connect(server, provider, { domain: 'made.example', name: 'Made' });
  const options = { ...client, discovery_endpoint: provider.issuer };
  const body = { organization_id: organization.id, name: 'Second', external_id: 'second', connection_type: 'OktaOIDC', oidc_options: options };
  const { data: made } = await workos.post('/connections', body);
  assert.equal((await workos.post('/connections', body)).data.id, made.id);
  const { status, body: changed } = await server.request('PATCH', `/connections/${made.id}`, { body: { name: 'Renamed', external_id: null } });
  assert.deepEqual([status, changed.name, changed.connection_type], [200, 'Renamed', 'OktaOIDC']);
  await workos.post(`/connections/${made.id}/activate`, {});
  await workos.post(`/connections/${made.id}/deactivate`, {});
  await server.event('connection.deactivated', (one) => one.data.id === made.id);
  const told = new URL((await new Visitor(server).open(signInUrl({ connection: made.id }))).left);
  assert.equal(told.searchParams.get('error'), 'connection_unlinked');
  await workos.sso.deleteConnection(made.id);
  await server.event('connection.deleted', (one) => one.data.id === made.id);
  await refused(workos.sso.getConnection(made.id), NotFoundException, { status: 404 });
});

test('people are led to sign out at their identity provider', async () => {
  const email = account('leaves');
  const { code } = await passes(signInUrl({ connection: acme.connection.id, loginHint: email }));
  const { profile } = await workos.sso.getProfileAndToken({ clientId: server.clientId, code });
  const { data } = await workos.post('/sso/logout/authorize', { profile_id: profile.id });
  server.secrets.add(data.logout_token);
  const { left } = await new Visitor(server).open(data.logout_url);
  assert.deepEqual([left.origin, left.pathname, left.searchParams.get('logout_hint')], [provider.issuer, '/session/end', email]);
});
