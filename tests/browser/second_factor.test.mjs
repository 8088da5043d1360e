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
