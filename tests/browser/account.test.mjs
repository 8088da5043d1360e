import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { goodPassword, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';
import { eventually } from '../harness/waiting.mjs';
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

for (const javaScriptEnabled of [true, false]) {
  test(`whoever is signed in changes their address, ${javaScriptEnabled ? 'with' : 'without'} scripts`, async () => {
    const [former, email] = [uniqueEmail('former'), uniqueEmail('present')];
    const user = await workos.userManagement.createUser({ email: former, password: goodPassword, emailVerified: true });
    const person = await window.person({ javaScriptEnabled });
    await person.visits(`${server.url}/account`);
    await person.fills({ Email: former }, 'Continue');
    await person.fills({ Password: goodPassword }, 'Sign in');
    await person.page.getByRole('heading', { name: 'Your passkeys' }).waitFor();
    await person.page.locator('summary', { hasText: 'Change my email' }).click();
    await person.fills({ 'New email': email }, 'Change my email');
    await person.page.getByText('is on its way there').waitFor();
    await person.photographs('account-email');
    const letter = await eventually(async () => (await server.inbox(email))[0], 'the mail to the new address');
    assert.equal((await workos.userManagement.getUser(user.id)).email, former, 'not before the link was followed');
    await person.visits(letter.url);
    await person.button('Change my email').click();
    await person.page.getByText('Email changed').first().waitFor();
    const changed = await workos.userManagement.getUser(user.id);
    assert.deepEqual([changed.email, changed.emailVerified], [email, true]);
    await person.leaves();
  });
}
