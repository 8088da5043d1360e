import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { goodPassword, uniqueEmail } from '../harness/expect.mjs';
import { demoPassword, startServer } from '../harness/server.mjs';
import { openBrowser } from './browser.mjs';

let server, workos, window;
const ada = { email: 'ada@acme.test', password: demoPassword };

before(async () => {
  server = await startServer();
  workos = server.sdk();
  window = await openBrowser(server);
});
after(async () => {
  await window.close();
  await server.stop();
});

test('email, then password, leads back to the application', async () => {
  const person = await window.person();
  await person.visits(window.app.signInUrl());
  await person.sees('Sign in');
  await person.photographs('sign-in');
  await person.fills({ Email: ada.email }, 'Continue');
  await person.field('Password').waitFor();
  await person.photographs('password');
  await person.fills({ Password: ada.password }, 'Sign in');
  const session = await person.arrives();
  assert.deepEqual([session.email, session.organizationId, session.method, session.state], [ada.email, 'org_demo_acme', 'Password', 'kept']);
  await person.leaves();
});

test('a login hint fills in the email', async () => {
  const person = await window.person();
  await person.visits(window.app.signInUrl({ loginHint: ada.email }));
  const email = person.page.getByText(ada.email).or(person.page.locator(`input[value="${ada.email}"]:visible`));
  await email.first().waitFor();
  await person.leaves();
});

test('a wrong password is told in words, and the right one then works', async () => {
  const person = await window.person();
  await person.visits(window.app.signInUrl());
  await person.signsIn({ email: ada.email, password: 'Not-The-Password-55' });
  await person.isTold(/password/i);
  await person.photographs('wrong-password');
  assert.equal(await person.field('Password').inputValue(), '', 'a password is never sent back');
  await person.fills({ Password: ada.password }, 'Sign in');
  await person.arrives();
  await person.leaves();
});

test('an address that nobody has gets the words of a wrong password', async () => {
  const words = [];
  for (const email of [ada.email, uniqueEmail('nobody')]) {
    const person = await window.person();
    await person.visits(window.app.signInUrl());
    await person.signsIn({ email, password: 'Not-The-Password-55' });
    await person.isTold(/password/i);
    words.push(await person.page.getByRole('alert').textContent());
    await person.leaves();
  }
  assert.equal(words[0], words[1]);
});

test('a code by mail signs in without a password', async () => {
  const user = await workos.userManagement.createUser({ email: uniqueEmail('magic'), password: goodPassword, emailVerified: true });
  const person = await window.person();
  await person.visits(window.app.signInUrl());
  await person.fills({ Email: user.email }, 'Continue');
  await person.button('Email me a code instead').click();
  await person.sees('Check your email');
  await person.photographs('code');
  await person.fills({ Code: await server.codeFromMail(user.email) }, 'Verify');
  const session = await person.arrives();
  assert.deepEqual([session.email, session.method], [user.email, 'MagicAuth']);
  await person.leaves();
});

test('a wrong code is told in words', async () => {
  const user = await workos.userManagement.createUser({ email: uniqueEmail('wrong-code'), emailVerified: true });
  const person = await window.person();
  await person.visits(window.app.signInUrl());
  await person.fills({ Email: user.email }, 'Continue');
  await person.button('Email me a code instead').click();
  const code = await server.codeFromMail(user.email);
  await person.fills({ Code: code === '000000' ? '111111' : '000000' }, 'Verify');
  await person.isTold(/code/i);
  await person.fills({ Code: code }, 'Verify');
  await person.arrives();
  await person.leaves();
});

test('someone who is signed in goes straight through, to the same session', async () => {
  const person = await window.person();
  await person.visits(window.app.signInUrl());
  await person.signsIn(ada);
  const first = await person.arrives();
  await person.visits(window.app.signInUrl());
  const second = await person.arrives();
  assert.equal(second.sessionId, first.sessionId);
  await person.visits(window.app.signInUrl({ prompt: 'login' }));
  await person.page.getByRole('heading', { level: 1 }).waitFor();
  assert.equal(new URL(person.page.url()).origin, new URL(server.url).origin, 'prompt=login asks again');
  await person.leaves();
});

test('signing out ends the session here and in the browser', async () => {
  const person = await window.person();
  await person.visits(window.app.signInUrl());
  await person.signsIn(ada);
  const { sessionId } = await person.arrives();
  await person.visits(workos.userManagement.getLogoutUrl({ sessionId }));
  await person.sees('You are signed out');
  await person.photographs('signed-out');
  await person.visits(window.app.signInUrl());
  await person.sees('Sign in');
  await person.leaves();
});

test('a link that leads nowhere shows a page with a request id to quote', async () => {
  const person = await window.person();
  const url = new URL(window.app.signInUrl());
  url.searchParams.set('redirect_uri', 'https://evil.example/');
  const response = await person.page.goto(url.href);
  assert.equal(response.status(), 400);
  await person.page.getByText(response.headers()['x-request-id']).waitFor();
  await person.photographs('error');
  await person.leaves();
});
