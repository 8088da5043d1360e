import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { goodPassword, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';
import { openBrowser } from './browser.mjs';

// A browser without a screen says so of itself, and passes for a program.
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

const newUser = () => workos.userManagement.createUser({ email: uniqueEmail('risky'), password: goodPassword, emailVerified: true });
const judge = (policy) => workos.put('/vestibule/v1/radar_policy', { sign_in: true, ...policy });

test('someone whose sign-in looks risky confirms it by the code that was mailed', async () => {
  await judge({ bot_detection: 'challenge' });
  const user = await newUser();
  const person = await window.person();
  await person.visits(window.app.signInUrl());
  await person.signsIn({ email: user.email, password: goodPassword });
  await person.sees('Confirm that it is you');
  await person.photographs('challenge');
  const code = await server.codeFromMail(user.email);
  await person.fills({ Code: code === '000000' ? '111111' : '000000' }, 'Verify');
  await person.isTold(/code/i);
  await person.fills({ Code: code }, 'Verify');
  const session = await person.arrives();
  assert.deepEqual([session.email, session.method], [user.email, 'Password']);
  await person.leaves();
});

test('someone who is kept out is told so, and led back to the application', async () => {
  await judge({ bot_detection: 'block' });
  const person = await window.person();
  await person.visits(window.app.signInUrl());
  await person.signsIn({ email: (await newUser()).email, password: goodPassword });
  await person.sees('You cannot sign in from here');
  await person.photographs('blocked');
  const back = new URL(await person.link('Go back').getAttribute('href'));
  assert.equal(back.searchParams.get('error'), 'access_denied');
  assert.ok(back.searchParams.get('state'), 'the application knows its request again');
  await person.leaves();
});
