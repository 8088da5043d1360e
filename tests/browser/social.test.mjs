// Accounts elsewhere, in a browser: the provider is the `oidc-provider` package.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { goodPassword, uniqueEmail } from '../harness/expect.mjs';
import { newKey, setUp, signToken, startProvider } from '../harness/provider.mjs';
import { startServer } from '../harness/server.mjs';
import { openBrowser } from './browser.mjs';

let server, provider, workos, window;

before(async () => {
  server = await startServer({ args: ['--webhook-allow-private'] });
  provider = await startProvider();
  await setUp(server, provider, 'GoogleOAuth');
  workos = server.sdk();
  window = await openBrowser(server);
});
afterEach(() => {
  provider.tamper = undefined;
});
after(async () => {
  await window.close();
  provider.stop();
  await server.stop();
});

/** An account at the provider; answers its id. */
function account(claims = {}) {
  const email = claims.email ?? uniqueEmail('social');
  const id = email.split('@')[0];
  provider.accounts[id] = { email, email_verified: true, name: 'Ada Lovelace', given_name: 'Ada', family_name: 'Lovelace', ...claims };
  return { id, email };
}

async function atProvider(person, id, button = 'Go on') {
  await person.page.getByRole('heading', { name: 'The provider' }).waitFor();
  if (id) await person.page.getByLabel('Account').fill(id);
  await person.page.getByRole('button', { name: button }).click();
}

/** By the button on the first page. */
async function signsInWithGoogle(person, id, button) {
  await person.visits(window.app.signInUrl());
  await person.sees('Sign in');
  await person.link('Continue with Google').click();
  await atProvider(person, id, button);
}

const identities = async (userId) => (await workos.get(`/user_management/users/${userId}/identities`)).data;
const userOf = async (email) => (await workos.userManagement.listUsers({ email })).data[0];

test('somebody new signs up with an account elsewhere, and signs in with it the next time', async () => {
  const { id, email } = account();
  const person = await window.person();
  await person.visits(window.app.signInUrl({ screenHint: 'sign-up' }));
  await person.sees('Create your account');
  await person.photographs('sign-up-providers');
  await person.link('Continue with Google').click();
  await atProvider(person, id);
  const session = await person.arrives();
  assert.deepEqual([session.email, session.emailVerified, session.firstName, session.method], [email, true, 'Ada', 'GoogleOAuth']);
  assert.equal(session.state, 'kept');
  await person.leaves();

  const again = await window.person();
  await signsInWithGoogle(again, id);
  assert.equal((await again.arrives()).email, email);
  await again.leaves();
  const user = await userOf(email);
  assert.deepEqual(await identities(user.id), [{ idp_id: id, type: 'OAuth', provider: 'GoogleOAuth' }]);
  await server.event('authentication.oauth_succeeded', (one) => one.data.user_id === user.id);
});

test('it works without JavaScript, by keyboard and in a small window', async () => {
  const { id, email } = account();
  const person = await window.person({ javaScriptEnabled: false, viewport: { width: 320, height: 640 } });
  await person.visits(window.app.signInUrl());
  await person.page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  await person.link('Continue with Google').focus();
  await person.page.keyboard.press('Enter');
  await atProvider(person, id);
  assert.equal((await person.arrives()).email, email);
  await person.leaves();
});

test('an application that names the provider shows no page of ours', async () => {
  const { id, email } = account();
  const person = await window.person();
  await person.visits(window.app.signInUrl({ provider: 'GoogleOAuth' }));
  await atProvider(person, id);
  assert.equal((await person.arrives()).email, email);
  await person.leaves();
});

test('a proved address links the account to the user who has it', async () => {
  const { id, email } = account();
  const user = await workos.userManagement.createUser({ email, password: goodPassword, emailVerified: true });
  const person = await window.person();
  await signsInWithGoogle(person, id);
  await person.arrives();
  assert.equal((await identities(user.id))[0].idp_id, id);
  await person.leaves();
  const other = await window.person();
  await other.visits(window.app.signInUrl());
  await other.signsIn({ email, password: goodPassword });
  assert.equal((await other.arrives()).method, 'Password');
  await other.leaves();
});

test('an address that the provider has not seen proved is proved by a code', async () => {
  const { id, email } = account({ email_verified: false });
  const user = await workos.userManagement.createUser({ email, password: goodPassword, emailVerified: true });
  const person = await window.person();
  await signsInWithGoogle(person, id);
  await person.page.getByLabel('Code', { exact: true }).waitFor();
  assert.deepEqual(await identities(user.id), []);
  await person.fills({ Code: '000000' }, 'Verify');
  await person.isTold(/code/i);
  await person.fills({ Code: await server.codeFromMail(email) }, 'Verify');
  assert.equal((await person.arrives()).method, 'GoogleOAuth');
  assert.equal((await identities(user.id)).length, 1);
  await person.leaves();
});

test('whoever turns back is told so, and can sign in in another way', async () => {
  const { email } = account();
  await workos.userManagement.createUser({ email, password: goodPassword, emailVerified: true });
  const person = await window.person();
  await signsInWithGoogle(person, undefined, 'Turn back');
  await person.isTold('Nobody signed in there.');
  await person.photographs('sign-in-turned-back');
  await person.signsIn({ email, password: goodPassword });
  assert.equal((await person.arrives()).email, email);
  await person.visits(window.app.signInUrl({ provider: 'GoogleOAuth' }));
  await atProvider(person, undefined, 'Turn back');
  await person.page.waitForURL((url) => url.origin === window.app.origin);
  assert.equal(JSON.parse(await person.page.locator('#session').textContent()).error, 'access_denied');
  await person.leaves();
});

test('a tampered state, and an answer that comes a second time, sign nobody in', async () => {
  const { id } = account();
  const person = await window.person();
  await person.visits(window.app.signInUrl());
  // The way over the provider is gone outside of the window, with its cookies, so that the way back can be held.
  const button = new URL(await person.link('Continue with Google').getAttribute('href'), person.page.url());
  const away = await person.page.request.get(button.href, { maxRedirects: 0 });
  const answer = await provider.passes(`${away.headers().location}&login_hint=${id}`);
  const tampered = new URL(answer);
  tampered.searchParams.set('state', tampered.searchParams.get('state').slice(0, -1));
  await person.visits(tampered.href);
  await person.sees('This is over');
  const stranger = await window.person();
  await stranger.visits(answer);
  await stranger.sees('You cannot go on from here');
  await stranger.leaves();
  await person.visits(answer);
  await person.arrives();
  await person.visits(answer);
  await person.sees('This is over');
  await person.leaves();
});

test('a token without a good signature, or of another sign-in, audience or issuer, signs nobody in', async () => {
  const foreign = newKey('first');
  const { id } = account();
  const hostile = {
    'without a signature': (claims) => signToken(provider.key, claims, { alg: 'none' }).replace(/[^.]*$/, ''),
    'signed by a stranger': (claims) => signToken(foreign, claims),
    'signed with the public key as a shared one': (claims) => {
      const message = signToken(provider.key, claims, { alg: 'HS256', kid: 'first' }).replace(/\.[^.]*$/, '');
      return `${message}.${createHmac('sha256', provider.key.n).update(message).digest('base64url')}`;
    },
    'of another sign-in': (claims) => signToken(provider.key, { ...claims, nonce: 'another' }),
    'for another client': (claims) => signToken(provider.key, { ...claims, aud: 'another' }),
    'for us and another client': (claims) => signToken(provider.key, { ...claims, aud: [claims.aud, 'another'] }),
    'of another issuer': (claims) => signToken(provider.key, { ...claims, iss: 'http://localhost:1' }),
    'that has expired': (claims) => signToken(provider.key, { ...claims, exp: claims.iat - 3600 }),
    'about somebody else than the access token': (claims) => signToken(provider.key, { ...claims, sub: 'another' }),
  };
  for (const [what, tamper] of Object.entries(hostile)) {
    provider.tamper = tamper;
    const person = await window.person();
    await signsInWithGoogle(person, id);
    await person.isTold('Signing in there did not work.').catch((error) => assert.fail(`a token ${what}: ${error}`));
    await person.leaves();
  }
  provider.tamper = (claims) => signToken(provider.key, claims);
  const person = await window.person();
  await signsInWithGoogle(person, id);
  await person.arrives();
  await person.leaves();
});

test('the provider may rotate its keys', async () => {
  const { id, email } = account();
  provider.renew([newKey('second'), provider.key]);
  const person = await window.person();
  await signsInWithGoogle(person, id);
  assert.equal((await person.arrives()).email, email);
  await person.leaves();
});

test('where nobody may sign up, an account elsewhere makes no user', async () => {
  await workos.put('/vestibule/v1/sign_in_policy', { sign_up: 'closed' });
  const { id, email } = account();
  const person = await window.person();
  await signsInWithGoogle(person, id);
  await person.isTold(/invitation/);
  assert.equal(await userOf(email), undefined);
  await person.leaves();
  await workos.put('/vestibule/v1/sign_in_policy', { sign_up: 'open' });
});
