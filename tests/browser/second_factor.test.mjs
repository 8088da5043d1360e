import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { goodPassword, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';
import { totp, wrongTotp } from '../harness/totp.mjs';
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

const newUser = () => workos.userManagement.createUser({ email: uniqueEmail('factor'), password: goodPassword, emailVerified: true });

test('someone with an authenticator app is asked for its code', async () => {
  const user = await newUser();
  const enrolled = await workos.multiFactorAuth.createUserAuthFactor({ userId: user.id, type: 'totp' });
  const { secret } = enrolled.authenticationFactor.totp;
  await workos.multiFactorAuth.verifyChallenge({ authenticationChallengeId: enrolled.authenticationChallenge.id, code: totp(secret) });
  const person = await window.person();
  await person.visits(window.app.signInUrl());
  await person.signsIn({ email: user.email, password: goodPassword });
  await person.sees('Two-step sign-in');
  await person.photographs('totp-challenge');
  await person.fills({ Code: wrongTotp(secret) }, 'Verify');
  await person.isTold(/code/i);
  await person.fills({ Code: totp(secret, 1) }, 'Verify');
  const session = await person.arrives();
  assert.deepEqual([session.email, session.method], [user.email, 'Password']);
  await person.leaves();
});

test('where a second factor is required, who has none sets one up on the way in', async () => {
  const user = await newUser();
  await workos.put('/vestibule/v1/sign_in_policy', { second_factor: 'required' });
  const person = await window.person();
  await person.visits(window.app.signInUrl());
  await person.signsIn({ email: user.email, password: goodPassword });
  await person.sees('Set up two-step sign-in');
  await person.photographs('totp-enrolment');
  await person.page.getByRole('img').first().waitFor();
  const link = await person.page.locator('a[href^="otpauth:"]').getAttribute('href');
  const secret = new URL(link).searchParams.get('secret');
  const typed = (await person.page.locator('#secret').innerText()).replace(/\s/g, '');
  assert.equal(typed, secret, 'the key to type is the key of the picture');
  server.secrets.add(secret);
  await person.fills({ Code: wrongTotp(secret) }, 'Verify');
  await person.isTold(/code/i);
  assert.equal(await person.page.locator('a[href^="otpauth:"]').getAttribute('href'), link, 'a wrong code does not change the key');
  await person.fills({ Code: totp(secret) }, 'Verify');
  await person.savesRecoveryCodes(server);
  assert.equal((await person.arrives()).email, user.email);
  await workos.put('/vestibule/v1/sign_in_policy', { second_factor: 'optional' });
  await person.leaves();

  const again = await window.person();
  await again.visits(window.app.signInUrl());
  await again.signsIn({ email: user.email, password: goodPassword });
  await again.sees('Two-step sign-in');
  await again.fills({ Code: totp(secret, 1) }, 'Verify');
  await again.arrives();
  await again.leaves();
});

/** Has the second step required, of these kinds, while `work` is done. */
async function requiring(types, work) {
  await workos.put('/vestibule/v1/factor_policy', { types });
  await workos.put('/vestibule/v1/sign_in_policy', { second_factor: 'required' });
  try {
    await work();
  } finally {
    await workos.put('/vestibule/v1/sign_in_policy', { second_factor: 'optional' });
    await workos.put('/vestibule/v1/factor_policy', { types: ['totp'] });
  }
}

test('someone sets up their telephone, and is sent a code from then on', async () => {
  const user = await newUser();
  const number = '+15555550142';
  await requiring(['totp', 'sms'], async () => {
    const person = await window.person();
    await person.visits(window.app.signInUrl());
    await person.signsIn({ email: user.email, password: goodPassword });
    await person.sees('Set up two-step sign-in');
    await person.photographs('factor-choice');
    await person.link(/Text message/).click();
    await person.sees('Set up your phone');
    await person.fills({ 'Phone number': '555 555 0142' }, 'Send a code');
    await person.isTold(/no phone number that we can send/);
    await person.fills({ 'Phone number': '+1 (555) 555-0142' }, 'Send a code');
    await person.sees('Confirm your phone');
    await person.photographs('sms-enrolment');
    await person.fills({ Code: await server.codeFromMail(number) }, 'Verify');
    await person.savesRecoveryCodes(server);
    assert.equal((await person.arrives()).email, user.email);
    await person.leaves();
  });

  const again = await window.person();
  await again.visits(window.app.signInUrl());
  await again.signsIn({ email: user.email, password: goodPassword });
  await again.sees('Two-step sign-in');
  await server.mail(number, 2);
  await again.button('Send a new code').click();
  await again.page.getByRole('status').filter({ hasText: 'A new code is on its way.' }).waitFor();
  await again.fills({ Code: await server.codeFromMail(number, 3) }, 'Verify');
  await again.arrives();
  await again.leaves();
});

test('someone who has lost the telephone gets in with a recovery code, and saves new ones', async () => {
  const user = await newUser();
  let codes;
  await requiring(['sms'], async () => {
    const person = await window.person();
    await person.visits(window.app.signInUrl());
    await person.signsIn({ email: user.email, password: goodPassword });
    await person.sees('Set up your phone');
    await person.fills({ 'Phone number': '+15555550143' }, 'Send a code');
    await person.sees('Confirm your phone');
    await person.fills({ Code: await server.codeFromMail('+15555550143') }, 'Verify');
    codes = await person.savesRecoveryCodes(server);
    await person.arrives();
    await person.leaves();
  });
  const lost = await window.person();
  await lost.visits(window.app.signInUrl());
  await lost.signsIn({ email: user.email, password: goodPassword });
  await lost.sees('Two-step sign-in');
  await lost.link('Try another way').click();
  await lost.sees('Try another way');
  await lost.photographs('other-ways');
  await lost.link('Use a recovery code').click();
  await lost.sees('Use a recovery code');
  await lost.fills({ 'Recovery code': 'aaaa-bbbb-cccc-dddd' }, 'Verify');
  await lost.isTold(/none of your recovery codes/);
  await lost.page.getByLabel(/Make me new recovery codes/).check();
  await lost.fills({ 'Recovery code': codes[0].toUpperCase() }, 'Verify');
  const renewed = await lost.savesRecoveryCodes(server);
  assert.ok(renewed.every((code) => !codes.includes(code)));
  assert.equal((await lost.arrives()).email, user.email);
  await lost.leaves();
});
