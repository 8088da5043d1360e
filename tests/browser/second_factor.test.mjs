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
  await workos.multiFactorAuth.verifyChallenge({ authenticationChallengeId: enrolled.authenticationChallenge.id, code: totp(secret, -1) });
  const person = await window.person();
  await person.visits(window.app.signInUrl());
  await person.signsIn({ email: user.email, password: goodPassword });
  await person.sees('Two-step sign-in');
  await person.photographs('totp-challenge');
  await person.fills({ Code: wrongTotp(secret) }, 'Verify');
  await person.isTold(/code/i);
  await person.fills({ Code: totp(secret) }, 'Verify');
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
