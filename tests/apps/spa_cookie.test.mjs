// The single-page application as it is in production: no token is in any storage of the page, and the refresh token is in
// a cookie that no script can read. The cookie is of the API's host, so both are on one site here, as a custom domain has it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePort, spa } from './applications.mjs';
import { walk } from './walks.mjs';

const all = walk(spa('cookie'), async () => {
  const port = await freePort();
  return { bind: `127.0.0.1:${port}`, args: ['--public-url', `http://localhost:${port}`] };
});

test('no script finds the refresh token', async () => {
  const { person } = await all.signedIn(await all.user());
  const seen = await person.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  const cookie = (await person.page.context().cookies()).find((one) => one.name.startsWith('workos-refresh-'));
  assert.ok(cookie.httpOnly);
  assert.ok(!seen.includes(cookie.value), seen);
  assert.ok(seen.includes('workos-has-session'), seen);
  await person.leaves();
});
