// People whom the application does not let in, and newcomers who get no account.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { goodPassword, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';
import { openBrowser } from './browser.mjs';

const words = 'Your contract has ended. <b>Write</b> to help@acme.test & ask for Ada.';
let server, workos, window, asked;

before(async () => {
  server = await startServer({ args: ['--webhook-allow-private'] });
  workos = server.sdk();
  window = await openBrowser(server);
  asked = createServer(async (request, response) => {
    await request.toArray();
    const type = request.url.slice(1);
    const answer = await workos.actions.signResponse({ type, verdict: 'Deny', errorMessage: words }, asked.secrets[type]);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  asked.secrets = {};
  asked.listen(0, '127.0.0.1');
  await once(asked, 'listening');
});
after(async () => {
  await window.close();
  await server.stop();
  asked.closeAllConnections();
  asked.close();
});

async function denies(type, context) {
  const { data } = await workos.put(`/vestibule/v1/actions/${type}`, { endpoint_url: `http://127.0.0.1:${asked.address().port}/${type}` });
  asked.secrets[type] = data.secret;
  context.after(() => workos.delete(`/vestibule/v1/actions/${type}`));
}

async function isDenied(person) {
  await person.sees('You cannot continue');
  assert.ok(await person.page.getByText(words, { exact: true }).isVisible(), 'the words are shown as they were written');
  const back = new URL(await person.link('Go back').getAttribute('href'));
  assert.deepEqual([back.searchParams.get('error'), back.searchParams.get('error_description')], ['access_denied', words]);
}

test('someone who is not let in reads why, and is led back to the application', async (context) => {
  const email = uniqueEmail('denied');
  await workos.userManagement.createUser({ email, password: goodPassword, emailVerified: true });
  await denies('authentication', context);
  const person = await window.person();
  await person.visits(window.app.signInUrl());
  await person.signsIn({ email, password: goodPassword });
  await isDenied(person);
  await person.photographs('denied');
  await person.leaves();
});

test('a newcomer who gets no account reads why', async (context) => {
  await denies('user_registration', context);
  const email = uniqueEmail('newcomer');
  const person = await window.person({ javaScriptEnabled: false });
  await person.visits(window.app.signInUrl({ screenHint: 'sign-up' }));
  await person.fills({ Email: email, Password: goodPassword }, 'Create account');
  await person.page.getByRole('heading', { level: 1, name: 'You cannot continue' }).waitFor();
  assert.ok(await person.page.getByText(words, { exact: true }).isVisible());
  assert.deepEqual((await workos.userManagement.listUsers({ email })).data, []);
  await person.leaves();
});
