// The page of the test identity provider of a sandbox, in a browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WorkOS } from '@workos-inc/node';
import { startServer } from '../harness/server.mjs';
import { openBrowser } from './browser.mjs';

const seed = `
organizations:
  - { id: org_acme, name: Acme }
connections:
  - name: Acme Okta
    organization: Acme
    domains: [acme.test]
    profiles:
      - { email: ada@acme.test, first_name: Ada, last_name: Lovelace, groups: [Engineering] }
      - { email: grace@acme.test, first_name: Grace, last_name: Hopper }
`;

let server, window;

before(async () => {
  server = await startServer({ dev: false, args: ['--sandbox'], files: { 'workos-emulate.config.yaml': seed } });
  const { hostname, port } = new URL(server.url);
  const workos = new WorkOS('sk_test_default', { apiHostname: hostname, port: Number(port), https: false });
  await workos.put('/vestibule/v1/sandbox', { auto_sign_in: false });
  await workos.put('/vestibule/v1/organizations/org_acme/sign_in_policy', { sso_required: true });
  window = await openBrowser(server);
});
after(async () => {
  await window.close();
  await server.stop();
});

test('an address leads to the page, where one chooses who it is', async () => {
  const person = await window.person();
  await person.visits(window.app.signInUrl());
  await person.sees('Sign in');
  await person.fills({ Email: 'ada@acme.test' }, 'Continue');
  await person.sees('Test identity provider');
  await person.page.getByRole('button', { name: /Grace Hopper/ }).click();
  const session = await person.arrives();
  assert.deepEqual([session.email, session.method], ['grace@acme.test', 'SSO']);
  await person.leaves();
});

test('somebody else is typed, by keyboard, without JavaScript and in a small window', async () => {
  const person = await window.person({ javaScriptEnabled: false, viewport: { width: 320, height: 640 } });
  await person.visits(window.app.signInUrl());
  await person.page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  await person.fills({ Email: 'mary@acme.test' }, 'Continue');
  await person.page.getByRole('heading', { level: 1, name: 'Test identity provider' }).waitFor();
  assert.equal(await person.field('Email address').inputValue(), 'mary@acme.test');
  await person.field('First name').fill('Mary');
  await person.page.keyboard.press('Enter');
  const session = await person.arrives();
  assert.equal(session.email, 'mary@acme.test');
});
