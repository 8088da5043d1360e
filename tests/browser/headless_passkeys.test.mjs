// Passkeys on pages that an application builds itself, by the operations under /vestibule/v1/passkeys and no script of ours.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { claims, goodPassword, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';
import { launch } from './browser.mjs';
import { Device } from './device.mjs';

let server, workos, browser, app;

before(async () => {
  server = await startServer();
  workos = server.sdk();
  app = await startApplication();
  const { status, body } = await server.request('PUT', '/vestibule/v1/passkey_settings', { body: { origins: [app.origin], progressive_enrollment: 'everywhere' } });
  assert.equal(status, 200);
  assert.ok(body.effective_origins.includes(app.origin));
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await app?.stop();
  await server.stop();
});

/** The application: its page does nothing but hand options to the browser, and the browser's answer to its server. */
async function startApplication() {
  const page = `<!doctype html><title>App</title><script>
    const post = async (path, body) => (await fetch(path, { method: 'POST', body: JSON.stringify(body) })).json();
    async function make(user) {
      const asked = await post('/registration/options', { user_id: user });
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked.public_key);
      const made = await navigator.credentials.create({ publicKey });
      return { challenge: asked.challenge, credential: made.toJSON() };
    }
    async function enter(user) {
      const asked = await post('/authentication/options', user ? { user_id: user } : {});
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked.public_key);
      const used = await navigator.credentials.get({ publicKey });
      return { challenge: asked.challenge, credential: used.toJSON() };
    }
    const register = async (user, name) => post('/registration/verify', { ...(await make(user)), name });
    const signIn = async (user) => post('/authentication/verify', await enter(user));
    const enroll = async (user, token) => post('/enrollment/verify', { ...(await make(user)), pending_authentication_token: token });
  </script>`;
  const http = createServer(async (request, response) => {
    if (request.method === 'GET') return response.setHeader('content-type', 'text/html').end(page);
    let text = '';
    for await (const part of request) text += part;
    const { status, body } = await server.request('POST', `/vestibule/v1/passkeys${request.url}`, { body: JSON.parse(text) });
    return response.setHeader('content-type', 'application/json').end(JSON.stringify({ status, ...body }));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const origin = `http://localhost:${http.address().port}`;
  return { origin, stop: () => new Promise((resolve) => http.close(resolve)) };
}

const newUser = () => workos.userManagement.createUser({ email: uniqueEmail('headless'), password: goodPassword, emailVerified: true });

/** A fresh browser on the page of the application, with an authenticator. */
async function visitor() {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${app.origin}/`);
  const device = await Device.of(page);
  const touching = async (...call) => {
    let answer;
    await device.touching(async () => {
      answer = await page.evaluate(([name, ...given]) => globalThis.eval(name)(...given), call);
    });
    return answer;
  };
  return { device, touching, leaves: () => context.close() };
}

test('an application registers a passkey and signs in with it, with and without a name', async () => {
  const user = await newUser();
  const { device, touching, leaves } = await visitor();
  const made = await touching('register', user.id, 'My laptop');
  assert.deepEqual([made.status, made.name, made.user_id], [201, 'My laptop', user.id], JSON.stringify(made));
  const [credential] = await device.credentials();
  assert.deepEqual([credential.rpId, credential.isResidentCredential], ['localhost', true]);
  for (const named of [undefined, user.id]) {
    const signedIn = await touching('signIn', named);
    assert.deepEqual([signedIn.status, signedIn.user?.id, signedIn.authentication_method], [200, user.id, 'Passkey'], JSON.stringify(signedIn));
    assert.equal(claims(signedIn.access_token).sub, user.id);
    assert.ok(signedIn.refresh_token);
  }
  await leaves();
});

test('the offer after a password is taken on the page of the application', async () => {
  const user = await newUser();
  const { touching, leaves } = await visitor();
  const { status, body } = await server.request('POST', '/user_management/authenticate', {
    body: { grant_type: 'password', client_id: server.clientId, client_secret: server.apiKey, email: user.email, password: goodPassword },
  });
  assert.deepEqual([status, body.code], [403, 'passkey_progressive_enrollment']);
  const signedIn = await touching('enroll', user.id, body.pending_authentication_token);
  assert.deepEqual([signedIn.status, signedIn.authentication_method], [200, 'Password'], JSON.stringify(signedIn));
  assert.equal((await touching('signIn')).authentication_method, 'Passkey');
  await leaves();
});

test('a copied authenticator, a removed passkey and a page elsewhere are refused', async () => {
  const user = await newUser();
  const { device, touching, leaves } = await visitor();
  const made = await touching('register', user.id, undefined);
  const [copy] = await device.credentials();
  await touching('signIn');
  await device.restore(copy);
  const cloned = await touching('signIn');
  assert.deepEqual([cloned.status, cloned.code], [400, 'passkey_cloned'], JSON.stringify(cloned));
  const removed = await server.request('DELETE', `/auth/factors/${made.id}`);
  assert.equal(removed.status, 204);
  const refused = await touching('signIn');
  assert.deepEqual([refused.status, refused.code], [400, 'passkey_not_registered'], JSON.stringify(refused));

  await server.request('PUT', '/vestibule/v1/passkey_settings', { body: { origins: [] } });
  const elsewhere = await touching('register', user.id, undefined);
  assert.deepEqual([elsewhere.status, elsewhere.code], [400, 'invalid_passkey_credential'], JSON.stringify(elsewhere));
  await leaves();
});
