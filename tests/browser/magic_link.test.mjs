import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';
import { openBrowser } from './browser.mjs';

let server, workos, window;

before(async () => {
  server = await startServer();
  workos = server.sdk();
  window = await openBrowser(server);
});
after(async () => {
  await window.close();
  await server.stop();
});

test('a link in a mail signs in at the press of a button, once, and without JavaScript', async () => {
  for (const javaScriptEnabled of [true, false]) {
    const email = uniqueEmail('link');
    const { id } = await workos.passwordless.createSession({ type: 'MagicLink', email, redirectURI: window.app.redirectUri, state: 'kept' });
    await workos.passwordless.sendSession(id);
    const link = /https?:\/\/\S*\/passwordless\/\S+/.exec((await server.mail(email)).text)[0];
    server.secrets.add(link);
    const person = await window.person({ javaScriptEnabled });
    await person.visits(link);
    if (javaScriptEnabled) await person.sees('Sign in');
    else await person.page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    await person.photographs('magic-link');
    await person.page.getByText(email).waitFor();
    await person.button('Sign in').click();
    const session = await person.arrives();
    assert.deepEqual([session.email, session.emailVerified, session.method, session.state], [email, true, 'MagicAuth', 'kept']);
    await person.visits(link);
    await person.page.getByRole('heading', { level: 1 }).waitFor();
    assert.equal(await person.button('Sign in').count(), 0, 'the link works once');
    await person.leaves();
  }
});
