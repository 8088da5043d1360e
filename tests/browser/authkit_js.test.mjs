// A page without a server of its own, signed in by the real @workos-inc/authkit-js: in its development mode, where the page
// keeps the refresh token, and as it is in production, where a cookie of ours keeps it that no script reads. Page and server
// are on one host name at two ports, which is as far as plain http lets cookies go.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { demoPassword, startServer } from '../harness/server.mjs';
import { openBrowser } from './browser.mjs';

const library = readFileSync(join(dirname(createRequire(import.meta.url).resolve('@workos-inc/authkit-js')), 'index.mjs'));
const ada = { email: 'ada@acme.test', password: demoPassword };
let server, window, app, stranger;

/** The application: one page, at /development and /production. */
function page(clientId, url) {
  const { hostname, port } = new URL(url);
  const options = JSON.stringify({ apiHostname: hostname, port: Number(port), https: false });
  return `<!doctype html><html lang="en"><title>App</title><main><h1>The application</h1><p id="who">…</p></main>
<script type="module">
import { createClient } from '/authkit.mjs';
const redirectUri = location.origin + location.pathname;
const devMode = location.pathname === '/development';
window.failures = 0;
window.client = await createClient('${clientId}', { ...${options}, redirectUri, devMode, onRefreshFailure: () => { window.failures += 1; } });
document.getElementById('who').textContent = window.client.getUser()?.email ?? 'nobody';
</script>`;
}

async function serve(answer) {
  const http = createServer((request, response) => {
    const script = request.url === '/authkit.mjs';
    response.writeHead(200, { 'content-type': script ? 'text/javascript' : 'text/html; charset=utf-8' });
    response.end(script ? library : answer());
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const origin = `http://127.0.0.1:${http.address().port}`;
  return { origin, stop: () => { http.close(); http.closeAllConnections(); } };
}

before(async () => {
  server = await startServer();
  window = await openBrowser(server);
  app = await serve(() => page(server.clientId, server.url));
  stranger = await serve(() => '<!doctype html><html lang="en"><title>Stranger</title><h1>Stranger</h1>');
  for (const mode of ['development', 'production']) {
    const { status } = await server.request('POST', '/user_management/redirect_uris', { body: { uri: `${app.origin}/${mode}` } });
    assert.equal(status, 201);
  }
  const { status } = await server.request('POST', '/user_management/cors_origins', { body: { origin: app.origin } });
  assert.equal(status, 201);
});
after(async () => {
  await window.close();
  app.stop();
  stranger.stop();
  await server.stop();
});

/** Somebody who has signed in to the application, and what went over the wire to authenticate. */
async function signedIn(mode) {
  const person = await window.person();
  const exchanges = [];
  person.page.on('response', (response) => {
    if (new URL(response.url()).pathname !== '/user_management/authenticate' || response.request().method() !== 'POST') return;
    // A page that goes away takes the body along, which a test misses only if it looks at it.
    const body = response.json().catch(() => ({}));
    exchanges.push({ sent: JSON.parse(response.request().postData() ?? '{}'), status: response.status(), body });
  });
  await person.visits(`${app.origin}/${mode}`);
  await shows(person, 'nobody');
  await person.page.evaluate(() => window.client.signIn({ state: { returnTo: '/inbox' } }));
  await person.signsIn(ada);
  await shows(person, ada.email);
  return { person, exchanges };
}

async function shows(person, who) {
  await person.page.locator('#who').filter({ hasText: who }).waitFor();
}

const refresh = (person) => person.page.evaluate(() => window.client.getAccessToken({ forceRefresh: true }));
const claims = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());

/** Our cookies, as the browser keeps them. */
async function kept(person) {
  const cookies = await person.page.context().cookies(server.url);
  return Object.fromEntries(cookies.map((one) => [one.name, one]));
}

test('in production the refresh token is in a cookie that no script reads', async () => {
  const { person, exchanges } = await signedIn('production');
  assert.equal(exchanges[0].sent.grant_type, 'authorization_code');
  assert.equal((await exchanges[0].body).refresh_token, '', 'the browser has it, so the page need not');
  const before = (await kept(person))[`workos-refresh-${server.clientId}`];
  assert.ok(before.httpOnly && before.value.length > 40, JSON.stringify(before));
  const readable = await person.page.evaluate(() => document.cookie);
  assert.ok(readable.includes(`workos-has-session=${server.clientId}`) && !readable.includes(before.value), readable);
  assert.equal(await person.page.evaluate(() => JSON.stringify({ ...localStorage }).includes('refresh-token')), false);

  const token = await refresh(person);
  const last = exchanges.at(-1);
  assert.equal(last.sent.grant_type, 'refresh_token');
  assert.ok(!('refresh_token' in last.sent), 'the page names no token');
  assert.deepEqual([last.status, (await last.body).refresh_token], [200, '']);
  const now = (await kept(person))[`workos-refresh-${server.clientId}`];
  assert.notEqual(now.value, before.value, 'it is rotated');

  await person.page.reload();
  await shows(person, ada.email);
  assert.equal(claims(await refresh(person)).sid, claims(token).sid, 'it is the same session');
  await person.leaves();
});

test('in development the page keeps the refresh token, and sends it', async () => {
  const { person, exchanges } = await signedIn('development');
  assert.notEqual((await exchanges[0].body).refresh_token, '');
  await refresh(person);
  assert.ok(exchanges.at(-1).sent.refresh_token.length > 40);
  assert.equal((await kept(person))[`workos-refresh-${server.clientId}`], undefined, 'cookies are not sent, so none are kept');
  await person.page.reload();
  await shows(person, ada.email);
  await person.leaves();
});

test('two tabs that refresh at once both stay signed in', async () => {
  for (const mode of ['production', 'development']) {
    const { person } = await signedIn(mode);
    const other = await person.page.context().newPage();
    await other.goto(`${app.origin}/${mode}`);
    await other.locator('#who').filter({ hasText: ada.email }).waitFor();
    for (let round = 0; round < 3; round += 1) {
      const tokens = await Promise.all([person.page, other].map((tab) => tab.evaluate(() => window.client.getAccessToken({ forceRefresh: true }))));
      assert.equal(claims(tokens[0]).sid, claims(tokens[1]).sid);
    }
    assert.equal(await person.page.evaluate(() => window.failures), 0);
    await person.leaves();
  }
});

test('another site gets nothing by having the browser send its cookie', async () => {
  const { person } = await signedIn('production');
  const before = (await kept(person))[`workos-refresh-${server.clientId}`].value;
  const tab = await person.page.context().newPage();
  await tab.goto(stranger.origin);
  const tried = await tab.evaluate(async ({ url, clientId }) => {
    const fields = { client_id: clientId, grant_type: 'refresh_token' };
    const call = async (init) => fetch(`${url}/user_management/authenticate`, { method: 'POST', credentials: 'include', ...init }).then(
      (response) => response.type,
      () => 'blocked',
    );
    return [
      await call({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(fields) }),
      await call({ body: new URLSearchParams(fields) }),
      await call({ mode: 'no-cors', body: new URLSearchParams(fields) }),
    ];
  }, { url: server.url, clientId: server.clientId });
  assert.deepEqual(tried, ['blocked', 'blocked', 'opaque']);
  assert.equal((await kept(person))[`workos-refresh-${server.clientId}`].value, before, 'nothing was used up');
  await refresh(person);
  await person.leaves();
});

test('signing out ends the session and clears the cookies, by a link and in the background', async () => {
  for (const navigate of [true, false]) {
    const { person } = await signedIn('production');
    const sid = claims(await refresh(person)).sid;
    if (navigate) {
      await person.page.evaluate(() => window.client.signOut());
      await person.sees('You are signed out');
    } else {
      await person.page.evaluate(() => window.client.signOut({ navigate: false }));
    }
    await server.event('session.revoked', (event) => event.data.id === sid);
    const cookies = await kept(person);
    assert.equal(cookies[`workos-refresh-${server.clientId}`], undefined);
    assert.equal(cookies['workos-has-session'], undefined);
    await person.visits(`${app.origin}/production`);
    await shows(person, 'nobody');
    await person.leaves();
  }
});

test('a session that was revoked elsewhere is told to the page once, and signing in again works', async () => {
  const { person } = await signedIn('production');
  const sid = claims(await refresh(person)).sid;
  await server.request('POST', '/user_management/sessions/revoke', { body: { session_id: sid } });
  const name = await person.page.evaluate(() => window.client.getAccessToken({ forceRefresh: true }).catch((error) => error.constructor.name));
  assert.match(name, /Error$/);
  assert.equal(await person.page.evaluate(() => window.failures), 1);
  await person.page.evaluate(() => window.client.signIn());
  await person.signsIn(ada);
  await shows(person, ada.email);
  await person.leaves();
});
