import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { goodPassword, uniqueEmail } from '../harness/expect.mjs';
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

test('a newcomer makes an account, verifies the address and arrives', async () => {
  const email = uniqueEmail('newcomer');
  const person = await window.person();
  await person.visits(window.app.signInUrl());
  await person.sees('Sign in');
  await person.link('Create an account').click();
  await person.sees('Create your account');
  await person.photographs('sign-up');
  await person.fills({ Email: email, 'First name': 'Nell', 'Last name': 'Comer', Password: goodPassword }, 'Create account');
  await person.sees('Verify your email');
  await person.photographs('verify-email');
  const code = await server.codeFromMail(email);
  await person.fills({ Code: code === '000000' ? '111111' : '000000' }, 'Verify');
  await person.isTold(/code/i);
  await person.fills({ Code: code }, 'Verify');
  const session = await person.arrives();
  assert.deepEqual([session.email, session.emailVerified, session.firstName], [email, true, 'Nell']);
  await person.leaves();
});

test('an application may send people to the sign-up page', async () => {
  const person = await window.person();
  await person.visits(window.app.signInUrl({ screenHint: 'sign-up', loginHint: 'hinted@example.test' }));
  await person.sees('Create your account');
  assert.equal(await person.field('Email').inputValue(), 'hinted@example.test');
  await person.leaves();
});

test('a new code can be asked for, and the older one is void', async () => {
  const email = uniqueEmail('again');
  const person = await window.person();
  await person.visits(window.app.signInUrl({ screenHint: 'sign-up' }));
  await person.fills({ Email: email, Password: goodPassword }, 'Create account');
  await person.sees('Verify your email');
  const first = await server.codeFromMail(email);
  await person.button('Send a new code').click();
  const second = await server.codeFromMail(email, 2);
  await person.page.getByRole('status').waitFor();
  if (first !== second) {
    await person.fills({ Code: first }, 'Verify');
    await person.isTold(/code/i);
  }
  await person.fills({ Code: second }, 'Verify');
  await person.arrives();
  await person.leaves();
});

test('a weak password is explained, and what was typed beside it stays', async () => {
  const email = uniqueEmail('weak');
  const person = await window.person();
  await person.visits(window.app.signInUrl({ screenHint: 'sign-up' }));
  await person.fills({ Email: email, 'First name': 'Wim', Password: 'aaaaaaaaaaaa' }, 'Create account');
  await person.isTold(/password|guess|characters/i);
  await person.photographs('sign-up-weak-password');
  assert.equal(await person.field('Email').inputValue(), email);
  assert.equal(await person.field('First name').inputValue(), 'Wim');
  assert.equal(await person.field('Password').inputValue(), '');
  assert.deepEqual((await workos.userManagement.listUsers({ email })).data, []);
  await person.leaves();
});

test('an address that is taken makes no second account', async () => {
  const user = await workos.userManagement.createUser({ email: uniqueEmail('taken'), password: goodPassword, emailVerified: true });
  const person = await window.person();
  await person.visits(window.app.signInUrl({ screenHint: 'sign-up' }));
  await person.fills({ Email: user.email.toUpperCase(), Password: 'Violet-Harbour-Quince-31' }, 'Create account');
  await person.page.getByRole('heading', { level: 1 }).waitFor();
  assert.equal(new URL(person.page.url()).origin, new URL(server.url).origin, 'nobody is signed in by this');
  await workos.userManagement.authenticateWithPassword({ email: user.email, password: goodPassword });
  await person.leaves();
});

test('words that look like markup stay words', async () => {
  const person = await window.person();
  const name = '<img src=x onerror=alert(1)>';
  await person.visits(window.app.signInUrl({ screenHint: 'sign-up', state: name }));
  await person.fills({ Email: uniqueEmail('markup'), 'First name': name, 'Last name': '"\'>&', Password: 'short' }, 'Create account');
  await person.isTold(/password|characters/i);
  assert.equal(await person.field('First name').inputValue(), name);
  assert.equal(await person.page.locator('img[src=x]').count(), 0);
  await person.leaves();
});

test('where sign-up is switched off, nothing leads to it', async () => {
  await workos.put('/vestibule/v1/sign_in_policy', { sign_up: 'closed' });
  const person = await window.person();
  await person.visits(window.app.signInUrl());
  await person.sees('Sign in');
  assert.equal(await person.link('Create an account').count(), 0);
  await person.visits(window.app.signInUrl({ screenHint: 'sign-up' }));
  await person.page.getByRole('heading', { level: 1 }).waitFor();
  assert.equal(await person.button('Create account').count(), 0);
  await workos.put('/vestibule/v1/sign_in_policy', { sign_up: 'open' });
  await person.leaves();
});
