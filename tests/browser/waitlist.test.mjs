import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';
import { openBrowser } from './browser.mjs';

let server, window;

before(async () => {
  server = await startServer();
  await server.sdk().put('/vestibule/v1/sign_in_policy', { sign_up: 'waitlist' });
  window = await openBrowser(server);
});
after(async () => {
  await window.close();
  await server.stop();
});

test('a newcomer joins the waitlist in place of signing up, and signs up once invited', async () => {
  const email = uniqueEmail('newcomer');
  const person = await window.person();
  await person.visits(window.app.signInUrl());
  await person.sees('Sign in');
  assert.equal(await person.link('Create an account').count(), 0);
  await person.link('Join the waitlist').click();
  await person.sees('Join the waitlist');
  await person.photographs('waitlist');
  await person.fills({ Email: email }, 'Join the waitlist');
  await person.sees('Thank you');
  await person.photographs('waitlist-joined');
  const mail = await server.mail(email);
  assert.match(mail.subject, /waitlist/);

  const { data } = await server.sdk().userManagement.listWaitlistEntries('default', { email });
  assert.equal(data[0].state, 'pending');
  await server.sdk().userManagement.approveWaitlistEntry(data[0].id);
  await server.mail(email, 2);
  const [invitation] = (await server.sdk().userManagement.listInvitations({ email })).data;
  server.secrets.add(invitation.token);
  await person.visits(window.app.signInUrl({ invitationToken: invitation.token }));
  await person.sees('Create your account');
  await person.leaves();
});

test('without JavaScript, in the dark and on a phone it is the same', async () => {
  const person = await window.person({ javaScriptEnabled: false, colorScheme: 'dark', viewport: { width: 320, height: 640 } });
  await person.visits(window.app.signInUrl({ screenHint: 'sign-up' }));
  await person.fills({ Email: uniqueEmail('phone') }, 'Join the waitlist');
  await person.page.getByRole('heading', { level: 1, name: 'Thank you' }).waitFor();
  await person.leaves();
});
