import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { goodPassword, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';
import { openBrowser } from './browser.mjs';

let server, users, window;
const otherPassword = 'Violet-Harbour-Quince-31';

before(async () => {
  server = await startServer();
  users = server.sdk().userManagement;
  window = await openBrowser(server);
});
after(async () => {
  await window.close();
  await server.stop();
});

const newUser = () => users.createUser({ email: uniqueEmail('forgetful'), password: goodPassword, emailVerified: true });

async function linkFromMail(email) {
  const mail = await server.mail(email);
  const found = /https?:\/\/\S*token=[^\s"<>)]+/.exec(mail.text);
  assert.ok(found, `no link in: ${mail.text}`);
  return found[0];
}

test('a forgotten password is replaced through the link in the mail', async () => {
  const user = await newUser();
  const person = await window.person();
  await person.visits(window.app.signInUrl());
  await person.fills({ Email: user.email }, 'Continue');
  await person.link('Forgot your password?').click();
  await person.sees('Reset your password');
  await person.photographs('forgotten-password');
  assert.equal(await person.field('Email').inputValue(), user.email, 'the address need not be typed again');
  await person.button('Send reset link').click();
  await person.sees('Check your email');
  await person.photographs('reset-sent');
  const link = await linkFromMail(user.email);
  server.secrets.add(new URL(link).searchParams.get('token'));

  await person.visits(link);
  await person.sees('Choose a new password');
  await person.photographs('reset-password');
  await person.fills({ 'New password': 'short' }, 'Set new password');
  await person.isTold(/password|characters/i);
  await person.fills({ 'New password': otherPassword }, 'Set new password');
  await person.sees('Password changed');
  await person.photographs('reset-done');

  await assert.rejects(users.authenticateWithPassword({ email: user.email, password: goodPassword }), { code: 'invalid_credentials' });
  await person.visits(window.app.signInUrl());
  await person.signsIn({ email: user.email, password: otherPassword });
  await person.arrives();

  await person.visits(link);
  await person.page.getByRole('heading', { level: 1 }).waitFor();
  assert.equal(await person.field('New password').count(), 0, 'the link works once');
  await person.leaves();
});

test('an address that nobody has gets the same page and no mail', async () => {
  const email = uniqueEmail('nobody');
  const person = await window.person();
  await person.visits(window.app.signInUrl());
  await person.fills({ Email: email }, 'Continue');
  await person.link('Forgot your password?').click();
  await person.sees('Reset your password');
  await person.fills({ Email: email }, 'Send reset link');
  await person.sees('Check your email');
  const other = await newUser();
  await users.sendVerificationEmail({ userId: (await users.createUser({ email: uniqueEmail('sentinel') })).id });
  assert.deepEqual(await server.inbox(email), []);
  assert.deepEqual(await server.inbox(other.email), []);
  await person.leaves();
});

test('a link from the API opens the same page', async () => {
  const user = await newUser();
  const { passwordResetUrl } = await users.createPasswordReset({ email: user.email });
  const person = await window.person();
  await person.visits(passwordResetUrl);
  await person.sees('Choose a new password');
  await person.fills({ 'New password': otherPassword }, 'Set new password');
  await person.sees('Password changed');
  await users.authenticateWithPassword({ email: user.email, password: otherPassword });
  await person.leaves();
});
