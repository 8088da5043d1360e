// The admin portal in a browser: single sign-on is set up, tested and then signed in by. The identity provider is the
// `oidc-provider` package.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { client, startProvider } from '../harness/provider.mjs';
import { startServer } from '../harness/server.mjs';
import { openBrowser } from './browser.mjs';

const domain = 'portal.example';
let server, provider, window, organization;

before(async () => {
  server = await startServer({ args: ['--webhook-allow-private'] });
  provider = await startProvider();
  const body = { name: 'Portal', domain_data: [{ domain, state: 'verified' }] };
  organization = (await server.request('POST', '/organizations', { body })).body;
  window = await openBrowser(server);
});
after(async () => {
  await window.close();
  provider.stop();
  await server.stop();
});

async function generate(options) {
  const { link } = await server.sdk().adminPortal.generateLink({ organization: organization.id, ...options });
  server.secrets.add(link.split('/').pop());
  return link;
}

async function opens(options, profile) {
  const person = await window.person(profile);
  await person.visits(await generate(options));
  // Whoever looks a page over needs scripts.
  if (profile?.javaScriptEnabled !== false) await person.sees('Set up Portal');
  await person.button('Open the portal').click();
  return person;
}

async function atProvider(person, id) {
  await person.page.getByRole('heading', { name: 'The provider' }).waitFor();
  await person.page.getByLabel('Account').fill(id);
  await person.page.getByRole('button', { name: 'Go on' }).click();
}

test('an administrator sets single sign-on up, tests it, and their people sign in by it', async () => {
  const email = `ada@${domain}`;
  provider.accounts.ada = { email, name: 'Ada Lovelace', given_name: 'Ada', family_name: 'Lovelace' };
  const person = await opens({ intent: 'sso', successUrl: `${window.app.origin}/done` });
  await person.sees('Single sign-on');
  await person.page.getByLabel('Identity provider').selectOption({ label: 'Another one, by OpenID Connect' });
  await person.button('Continue').click();
  await person.sees('Portal');
  const redirectUri = await person.page.locator('dd').first().innerText();
  assert.ok(redirectUri.startsWith(`${server.url}/sso/oidc/`), redirectUri);
  provider.redirectUris.push(redirectUri);
  provider.renew();
  await person.field('Client authentication').selectOption('client_secret_post');
  await person.fills({ Issuer: provider.issuer, 'Client ID': client.client_id, 'Client secret': client.client_secret }, 'Save');
  await person.page.getByRole('status').filter({ hasText: 'It was saved.' }).waitFor();
  await person.sees('Portal');
  await person.photographs('portal-connection');
  await person.button('Test the sign-in').click();
  await atProvider(person, 'ada');
  await person.sees('What came back');
  await person.page.getByText(email).first().waitFor();
  await person.link('Back').click();
  await person.page.getByText('On', { exact: true }).waitFor();
  await person.button('Finish').click();
  await person.page.waitForURL((url) => url.origin === window.app.origin && url.pathname === '/done');
  await person.leaves();

  const user = await window.person();
  await user.visits(window.app.signInUrl({ organizationId: organization.id }));
  await user.sees('Sign in');
  await user.fills({ Email: email }, 'Continue');
  const other = user.link('Continue with single sign-on');
  const there = user.page.getByRole('heading', { name: 'The provider' });
  await other.or(there).first().waitFor();
  if (await other.isVisible()) await other.click();
  await atProvider(user, 'ada');
  const session = await user.arrives();
  assert.deepEqual([session.email, session.method, session.organizationId], [email, 'SSO', organization.id]);
  await user.leaves();
});

test('its pages are read in a small window and by their roles, and work without JavaScript', async () => {
  const person = await opens({}, { viewport: { width: 320, height: 640 } });
  await person.sees('Set up Portal');
  for (const [area, heading] of [
    ['Domains', 'Domains'],
    ['Certificates', 'Certificates'],
    ['Audit log', 'Audit log'],
    ['Log streams', 'Log streams'],
  ]) {
    await person.page.getByRole('link', { name: area }).first().click();
    await person.sees(heading);
    await person.link('Back').click();
    await person.sees('Set up Portal');
  }
  await person.leaves();

  const plain = await opens({ intent: 'domain_verification' }, { javaScriptEnabled: false });
  await plain.page.getByRole('heading', { level: 1, name: 'Domains' }).waitFor();
  await plain.fills({ Domain: 'added.example' }, 'Add a domain');
  await plain.page.getByRole('status').waitFor();
  await plain.page.getByText('added.example').first().waitFor();
  await plain.leaves();
});
