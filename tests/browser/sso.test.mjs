// Single sign-on on the hosted pages, in a browser: the identity provider is the `oidc-provider` package.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect, startProvider } from '../harness/provider.mjs';
import { startSamlProvider } from '../harness/saml.mjs';
import { startServer } from '../harness/server.mjs';
import { openBrowser } from './browser.mjs';

const domain = 'sso.example';
let server, provider, window, acme;

before(async () => {
  server = await startServer({ args: ['--webhook-allow-private', '--trusted-proxies', '1'] });
  provider = await startProvider();
  acme = await connect(server, provider, { domain });
  await server.request('POST', `/connections/${acme.connection.id}/activate`, { body: {} });
  window = await openBrowser(server);
});
after(async () => {
  await window.close();
  provider.stop();
  await server.stop();
});

let people = 0;
/** Somebody with a fresh profile, at a place of their own: a place is led to identity providers three times a minute. */
const newPerson = (options) => window.person({ extraHTTPHeaders: { 'x-forwarded-for': `198.51.100.${(people += 1)}` }, ...options });

function account(name) {
  const email = `${name}@${domain}`;
  provider.accounts[name] = { email, name: 'Ada Lovelace', given_name: 'Ada', family_name: 'Lovelace' };
  return email;
}

const require = (required) =>
  server.request('PUT', `/vestibule/v1/organizations/${acme.organization.id}/sign_in_policy`, { body: { sso_required: required } });

/** Types the address on our first page, and the account at the identity provider. */
async function types(person, email) {
  await person.visits(window.app.signInUrl());
  await person.sees('Sign in');
  await person.fills({ Email: email }, 'Continue');
}

async function atProvider(person, id, button = 'Go on') {
  await person.page.getByRole('heading', { name: 'The provider' }).waitFor();
  if (id) await person.page.getByLabel('Account').fill(id);
  await person.page.getByRole('button', { name: button }).click();
}

test('an address leads to the sign-in of its organization, and back into the application', async () => {
  await require(true);
  const email = account('ada');
  const person = await newPerson();
  await types(person, 'other-address@sso.example');
  await atProvider(person, 'ada');
  const session = await person.arrives();
  assert.deepEqual([session.email, session.emailVerified, session.method], [email, true, 'SSO']);
  assert.equal(session.state, 'kept');
  await person.leaves();
});

test('it works without JavaScript, by keyboard and in a small window', async () => {
  await require(true);
  const email = account('grace');
  const person = await newPerson({ javaScriptEnabled: false, viewport: { width: 320, height: 640 } });
  await person.visits(window.app.signInUrl());
  await person.page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  await person.field('Email').focus();
  await person.page.keyboard.type(email);
  await person.page.keyboard.press('Enter');
  await person.page.getByRole('heading', { name: 'The provider' }).waitFor();
  await person.page.getByLabel('Account').fill('grace');
  await person.page.keyboard.press('Enter');
  assert.equal((await person.arrives()).email, email);
  await person.leaves();
});

test('an identity provider that speaks SAML is another site, and its answer is taken all the same', async () => {
  const email = 'ada@saml-in-a-browser.example';
  const idp = await startSamlProvider(email);
  try {
    const options = { saml_options: { idp_metadata_url: idp.metadataUrl } };
    const { connection, configuration } = await connect(server, undefined, { domain: email.split('@')[1], name: 'Saml', connection: options });
    await idp.trust(configuration.saml.sp_metadata_url);
    await server.request('POST', `/connections/${connection.id}/activate`, { body: {} });
    const person = await newPerson();
    await types(person, email);
    await person.page.getByText('These ways are open to you').waitFor();
    await person.link('Continue with single sign-on').click();
    await person.page.getByRole('button', { name: `Sign in as ${email}` }).click();
    const session = await person.arrives();
    assert.deepEqual([session.email, session.emailVerified, session.method], [email, true, 'SSO']);
    await person.leaves();
  } finally {
    idp.stop();
  }
});

test('who has other ways is asked which, and who turns back can take another', async () => {
  await require(false);
  const email = account('choose');
  const person = await newPerson();
  await types(person, email);
  await person.page.getByText('These ways are open to you').waitFor();
  await person.sees('Sign in');
  await person.photographs('another-way-choice');
  await person.link('Continue with single sign-on').click();
  await atProvider(person, null, 'Turn back');
  await person.isTold('Nobody signed in there. Try again, or sign in another way.');
  await person.leaves();
});
