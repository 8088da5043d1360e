// The single-page application as it is in production: no token is in any storage of the page, and the refresh token is in
// a cookie that no script can read. The cookie is of the API's host, so both are on one site here, as a custom domain has it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { freePort, spa } from './applications.mjs';
import { walk } from './walks.mjs';

const all = walk(spa('cookie'), { refused: (person) => person.control('Sign in').waitFor() });

test('no script finds the refresh token', async () => {
  const { person } = await all.signedIn(await all.user());
  const seen = await person.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  const cookie = (await person.page.context().cookies()).find((one) => one.name.startsWith('workos-refresh-'));
  assert.ok(cookie.httpOnly);
  assert.ok(!seen.includes(cookie.value), seen);
  assert.ok(seen.includes('workos-has-session'), seen);
  await person.leaves();
});

test('a page that the environment does not allow cannot use the cookie, though it is on the same site', async () => {
  const { person, facts } = await all.signedIn(await all.user());
  const kept = async () => (await person.page.context().cookies()).find((one) => one.name.startsWith('workos-refresh-')).value;
  const before = await kept();
  const neighbour = createServer((request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Neighbour</title>'));
  neighbour.listen(await freePort(), 'localhost');
  await once(neighbour, 'listening');
  const foreign = await person.page.context().newPage();
  await foreign.goto(`http://localhost:${neighbour.address().port}/`);
  const answers = await foreign.evaluate(
    async ([url, clientId]) => {
      const body = JSON.stringify({ client_id: clientId, grant_type: 'refresh_token' });
      const ask = (options) =>
        fetch(url, { method: 'POST', credentials: 'include', body, ...options }).then(
          (response) => `${response.type} ${response.status}`,
          (error) => error.name,
        );
      return [
        await ask({ headers: { 'content-type': 'application/json' } }),
        // Without a preflight; nobody can read the answer, but the token must not be used up either.
        await ask({ mode: 'no-cors', headers: { 'content-type': 'text/plain' } }),
        await ask({ mode: 'no-cors', body: new URLSearchParams(JSON.parse(body)) }),
      ];
    },
    [`${all.server.url}/user_management/authenticate`, all.server.clientId],
  );
  neighbour.closeAllConnections();
  neighbour.close();
  assert.deepEqual(answers, ['TypeError', 'opaque 0', 'opaque 0'], 'the browser shows it no answer');
  assert.equal(await kept(), before, 'the refresh token was not exchanged');
  await person.account();
  assert.equal((await person.facts()).Session, facts.Session);
  await person.leaves();
});

test('signing out without leaving the page ends the session and the cookie', async () => {
  const user = await all.user();
  const { person } = await all.signedIn(user);
  const told = [];
  person.page.on('console', (message) => told.push(message.text()));
  await person.button('Sign out in place').click();
  await person.control('Sign in').waitFor();
  assert.deepEqual(told, []);
  assert.deepEqual(await all.sessions(user), []);
  const names = (await person.page.context().cookies()).map((one) => one.name);
  assert.deepEqual(names.filter((one) => /^workos-/.test(one)), []);
  await person.leaves();
});
