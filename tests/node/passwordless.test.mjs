// Links that sign in by mail, through the official Node SDK.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ConflictException, NotFoundException, OauthException, UnprocessableEntityException } from '@workos-inc/node';
import { refused, uniqueEmail } from '../harness/expect.mjs';
import { demoRedirect, startServer } from '../harness/server.mjs';
import { Visitor } from '../harness/visitor.mjs';

let server, workos;

before(async () => {
  server = await startServer();
  workos = server.sdk();
});
after(() => server.stop());

async function makes(options = {}) {
  const session = await workos.passwordless.createSession({ type: 'MagicLink', email: uniqueEmail('link'), redirectURI: demoRedirect, state: 'kept', ...options });
  server.secrets.add(session.link);
  return session;
}

/** Presses the button of the page of a link; answers the parameters that the application gets. */
async function presses(link) {
  const visitor = await new Visitor(server).open(link);
  assert.equal(visitor.left, undefined, 'opening the link leads nowhere');
  await visitor.submit({});
  assert.ok(visitor.left?.href.startsWith(demoRedirect), visitor.html);
  return Object.fromEntries(visitor.left.searchParams);
}

test('a mailed link leads to a profile', async () => {
  const session = await makes();
  assert.equal(session.object, 'passwordless_session');
  const minutes = (new Date(session.expiresAt) - Date.now()) / 60_000;
  assert.ok(minutes > 14 && minutes <= 15, session.expiresAt);
  assert.deepEqual(await workos.passwordless.sendSession(session.id), { success: true });
  const mail = await server.mail(session.email);
  assert.ok(mail.text.includes(session.link), mail.text);
  const { code, state } = await presses(session.link);
  assert.equal(state, 'kept');
  const { profile, accessToken } = await workos.sso.getProfileAndToken({ clientId: server.clientId, code });
  server.secrets.add(accessToken);
  assert.deepEqual([profile.email, profile.connectionType, profile.organizationId], [session.email, 'MagicLink', null]);
  await server.event('authentication.sso_succeeded', (one) => one.data.email === session.email);
  await refused(workos.sso.getProfileAndToken({ clientId: server.clientId, code }), OauthException, { status: 400, error: 'invalid_grant' });
  const again = await new Visitor(server).open(session.link);
  assert.equal(again.status, 410);
  await refused(workos.passwordless.sendSession(session.id), ConflictException, { status: 409 });
});

test('the code is good for a session, too', async () => {
  const session = await makes({ expiresIn: 86_400 });
  const { code } = await presses(session.link);
  const { user, authenticationMethod, refreshToken } = await workos.userManagement.authenticateWithCode({ code });
  server.secrets.add(refreshToken);
  assert.deepEqual([user.email, user.emailVerified, authenticationMethod], [session.email, true, 'MagicAuth']);
});

test('what cannot be is refused', async () => {
  for (const wrong of [{ redirectURI: 'https://evil.example/' }, { expiresIn: 60 }, { email: 'nobody' }, { type: 'Other' }]) {
    await refused(makes(wrong), UnprocessableEntityException, { status: 422 });
  }
  await refused(workos.passwordless.sendSession('passwordless_session_01ARZ3NDEKTSV4RRFFQ69G5FAV'), NotFoundException, { status: 404 });
});
