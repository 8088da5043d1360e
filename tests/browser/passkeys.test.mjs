import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { goodPassword, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';
import { openBrowser } from './browser.mjs';
import { Device } from './device.mjs';

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

const newUser = () => workos.userManagement.createUser({ email: uniqueEmail('passkey'), password: goodPassword, emailVerified: true });
const named = (path) => `http://localhost:${new URL(server.url).port}${path}`;
const signInUrl = (options) => window.app.signInUrl(options).replace('127.0.0.1', 'localhost');
const failures = async () => (await workos.events.listEvents({ events: ['authentication.passkey_failed'] })).data;

/** Signs in with a password, in a browser that can make passkeys. */
async function signsIn(person, user) {
  await person.visits(signInUrl());
  await person.sees('Sign in');
  await person.page.locator('input[name=passkeys][value=yes]').waitFor({ state: 'attached' });
  await person.fills({ Email: user.email }, 'Continue');
  await person.fills({ Password: goodPassword }, 'Sign in');
}

/** Somebody with a passkey that was made on the pages. */
async function withPasskey() {
  const user = await newUser();
  const person = await window.person();
  const device = await Device.of(person.page);
  await signsIn(person, user);
  await person.sees('Sign in faster next time');
  await device.touching(async () => {
    await person.button('Create a passkey').click();
    await person.arrives();
  });
  return { user, person, device };
}

test('a passkey is offered after a password, made, and signs in from the list of the first field', async () => {
  const { user, person, device } = await withPasskey();
  await person.photographs('passkey-offer');
  const [credential] = await device.credentials();
  assert.equal(credential.rpId, 'localhost');
  assert.notEqual(Buffer.from(credential.userHandle, 'base64').toString(), user.id, 'authenticators do not learn the ID');
  await person.page.context().clearCookies();
  await device.touching(async () => {
    await person.visits(signInUrl());
    const session = await person.arrives();
    assert.deepEqual([session.email, session.method], [user.email, 'Passkey']);
  });
  await person.leaves();
});

test('the button of the first page signs in without an address', async () => {
  const { user, person, device } = await withPasskey();
  await person.page.context().clearCookies();
  await person.visits(signInUrl());
  await person.sees('Sign in');
  await person.photographs('sign-in-passkey');
  await device.touching(async () => {
    await person.button('Sign in with a passkey').click();
    assert.equal((await person.arrives()).email, user.email);
  });
  await person.leaves();
});

test('after the address, a passkey takes the place of the password', async () => {
  const { user, person, device } = await withPasskey();
  const sessions = await workos.userManagement.listSessions(user.id);
  assert.equal(sessions.data.length, 1);
  await person.page.context().clearCookies();
  await person.visits(signInUrl());
  await person.fills({ Email: user.email }, 'Continue');
  await person.sees('Welcome back');
  await device.touching(async () => {
    await person.button('Use a passkey instead').click();
    assert.equal((await person.arrives()).method, 'Passkey');
  });
  await person.leaves();
});

test('a passkey of another account than the one that was typed is refused, and says so', async () => {
  const { person, device } = await withPasskey();
  const other = await newUser();
  await person.page.context().clearCookies();
  await person.visits(signInUrl());
  await person.fills({ Email: other.email }, 'Continue');
  await person.sees('Welcome back');
  await device.touching(async () => {
    await person.button('Use a passkey instead').click();
    await person.isTold(/not accepted/);
  });
  await person.sees('Use your passkey');
  await person.photographs('passkey-refused');
  await person.link('Use your password instead').click();
  await person.fills({ Password: goodPassword }, 'Sign in');
  await person.sees('Sign in faster next time');
  await person.button('Not now').click();
  assert.equal((await person.arrives()).email, other.email);
  await person.leaves();
});

test('the offer can be declined, by keyboard, and does not come again at once', async () => {
  const user = await newUser();
  const person = await window.person();
  await Device.of(person.page);
  await signsIn(person, user);
  await person.sees('Sign in faster next time');
  await person.button('Not now').focus();
  await person.page.keyboard.press('Enter');
  assert.equal((await person.arrives()).email, user.email);
  await person.page.context().clearCookies();
  await signsIn(person, user);
  assert.equal((await person.arrives()).email, user.email);
  await person.leaves();
});

test('a browser without a lock is offered nothing', async () => {
  const user = await newUser();
  const person = await window.person();
  await person.visits(signInUrl());
  await person.fills({ Email: user.email }, 'Continue');
  await person.fills({ Password: goodPassword }, 'Sign in');
  assert.equal((await person.arrives()).email, user.email);
  await person.leaves();
});

test('in the account, passkeys are added, renamed and removed; one that was removed signs in no more', async () => {
  const { user, person, device } = await withPasskey();
  await person.visits(named('/account'));
  await person.sees('Your passkeys');
  await person.photographs('account');
  await person.page.getByText('Rename or remove').click();
  await person.fills({ Name: 'My phone' }, 'Save');
  await person.page.getByText('The passkey was renamed.').waitFor();
  await person.page.getByText('My phone', { exact: true }).first().waitFor();
  const factors = await workos.multiFactorAuth.listUserAuthFactors({ userId: user.id });
  assert.deepEqual(factors.data.map((it) => it.type), ['webauthn']);

  await person.page.getByText('Rename or remove').click();
  await person.button('Remove My phone').click();
  await person.page.getByText('You have no passkey yet.').waitFor();
  await person.page.context().clearCookies();
  await person.visits(signInUrl());
  await person.fills({ Email: user.email }, 'Continue');
  await person.sees('Welcome back');
  await device.touching(async () => {
    await person.button('Use a passkey instead').click();
    await person.isTold(/was removed/);
  });
  await person.link('Use your password instead').click();
  await person.fills({ Password: goodPassword }, 'Sign in');
  await person.arrives();
  await device.cdp.send('WebAuthn.clearCredentials', { authenticatorId: device.id });
  await person.visits(named('/account'));
  await device.touching(async () => {
    await person.button('Add a passkey').click();
    await person.page.getByText('The passkey was added.').waitFor();
  });
  assert.equal((await device.credentials()).length, 1);
  await person.leaves();
});

test('a copy of an authenticator is noticed', async () => {
  const { user, person, device } = await withPasskey();
  for (let count = 0; count < 2; count += 1) {
    await person.page.context().clearCookies();
    await device.touching(async () => {
      await person.visits(signInUrl());
      await person.arrives();
    });
  }
  const [credential] = await device.credentials();
  await device.restore({ ...credential, signCount: 1 });
  await person.page.context().clearCookies();
  await person.visits(signInUrl());
  await person.fills({ Email: user.email }, 'Continue');
  await person.sees('Welcome back');
  await device.touching(async () => {
    await person.button('Use a passkey instead').click();
    await person.isTold(/copy/);
  });
  const told = (await failures()).find((it) => it.data.email === user.email);
  assert.equal(told.data.error.code, 'passkey_cloned');
  await person.leaves();
});

test('an answer that was made on another origin signs nobody in', async () => {
  const { user, person, device } = await withPasskey();
  await person.page.context().clearCookies();
  await person.visits(signInUrl());
  await person.sees('Sign in');
  const form = person.page.locator('form[data-passkey]');
  const options = JSON.parse(await form.getAttribute('data-options'));
  const here = person.page.url();
  const challenge = await form.locator('input[name=challenge]').inputValue();
  // The application is a page of the same domain, and so the browser lets it ask.
  await person.visits(window.app.origin);
  let answer;
  await device.touching(async () => {
    answer = await person.page.evaluate(async (asked) => {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked);
      const { id, response } = (await navigator.credentials.get({ publicKey })).toJSON();
      return { id, response };
    }, options);
  });
  await person.visits(here);
  await person.sees('Sign in');
  await form.evaluate((it, sent) => {
    it.elements.challenge.value = sent.challenge;
    it.elements.credential.value = JSON.stringify(sent.answer);
    it.submit();
  }, { challenge, answer });
  await person.isTold(/not accepted/);
  const told = (await failures()).find((it) => it.data.email === user.email);
  assert.match(told.data.error.message, /no origin of this environment/);
  await person.leaves();
});

test('without a script, the pages work and ask for no passkey', async () => {
  const user = await newUser();
  const person = await window.person({ javaScriptEnabled: false });
  await person.visits(signInUrl());
  assert.equal(await person.button('Sign in with a passkey').isVisible(), false);
  await person.field('Email').fill(user.email);
  await person.button('Continue').click();
  await person.field('Password').fill(goodPassword);
  await person.button('Sign in').click();
  await person.page.waitForURL((url) => url.pathname === '/callback');
  await person.visits(named('/account'));
  await person.page.getByText('You have no passkey yet.').waitFor();
  await person.page.getByText('scripts are turned off').waitFor();
  await person.page.context().close();
});
