// A device without a browser is let in by somebody who has one.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { demoPassword, startServer } from '../harness/server.mjs';
import { openBrowser } from './browser.mjs';

let server, window;
const ada = { email: 'ada@acme.test', password: demoPassword };

before(async () => {
  server = await startServer();
  window = await openBrowser(server);
});
after(async () => {
  await window.close();
  await server.stop();
});

const ask = async () => (await server.request('POST', '/user_management/authorize/device', { key: null, body: { client_id: server.clientId } })).body;

async function poll(codes) {
  const body = { client_id: server.clientId, grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: codes.device_code };
  return (await server.request('POST', '/user_management/authenticate', { key: null, body })).body;
}

async function approves(person, codes) {
  await person.visits(codes.verification_uri);
  await person.sees('Connect a device');
  await person.photographs('device-code');
  await person.fills({ 'Device code': codes.user_code.replace('-', '').toLowerCase() }, 'Continue');
  await person.signsIn(ada);
  await person.sees('Let this device sign in?');
  for (const shown of [codes.user_code, ada.email, 'Acme', '127.0.0.1']) await person.page.getByText(shown, { exact: true }).waitFor();
  await person.photographs('device-approval');
  await person.button('Yes, this is my device').click();
  await person.sees('Your device is signed in');
  await person.photographs('device-approved');
}

test('a code, a sign-in and a yes let the device in', async () => {
  const codes = await ask();
  const person = await window.person();
  await approves(person, codes);
  const reply = await poll(codes);
  assert.deepEqual([reply.user.email, reply.organization_id], [ada.email, 'org_demo_acme']);
  await person.leaves();
});

test('without JavaScript, in a small window and in the dark it works the same', async () => {
  const codes = await ask();
  const person = await window.person({ javaScriptEnabled: false, viewport: { width: 320, height: 640 }, colorScheme: 'dark' });
  await person.visits(codes.verification_uri_complete);
  assert.equal(await person.field('Device code').inputValue(), codes.user_code);
  await person.button('Continue').click();
  await person.fills({ Email: ada.email }, 'Continue');
  await person.fills({ Password: ada.password }, 'Sign in');
  await person.button('No, do not let it in').click();
  await person.page.getByRole('heading', { level: 1, name: 'The device stays out' }).waitFor();
  assert.equal((await poll(codes)).error, 'access_denied');
  await person.page.context().close();
});

test('a link that somebody sent signs nobody in by being opened, and the page warns of it', async () => {
  const person = await window.person();
  await approves(person, await ask());
  const codes = await ask();
  await person.visits(codes.verification_uri_complete);
  await person.sees('Connect a device');
  assert.equal((await poll(codes)).error, 'authorization_pending');
  await person.button('Continue').click();
  await person.sees('Let this device sign in?');
  await person.page.getByText(/somebody send you this code/).waitFor();
  await person.leaves();
});

test('a code that is wrong is told in words, and by keyboard alone the right one works', async () => {
  const codes = await ask();
  const person = await window.person();
  await person.visits(codes.verification_uri);
  await person.field('Device code').waitFor();
  await person.page.keyboard.type('BBBB-BBBB');
  await person.page.keyboard.press('Enter');
  await person.isTold(/No device waits for this code/);
  await person.photographs('device-code-refused');
  await person.page.keyboard.press('ControlOrMeta+A');
  await person.page.keyboard.type(codes.user_code);
  await person.page.keyboard.press('Enter');
  await person.sees('Sign in');
  await person.leaves();
});
