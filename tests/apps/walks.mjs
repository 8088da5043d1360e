// The walks that every application must pass: the ways in, organizations, refresh, and the ways out.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from '../browser/browser.mjs';
import { Device } from '../browser/device.mjs';
import { goodPassword, unique, uniqueEmail } from '../harness/expect.mjs';
import { setUp, signToken, startProvider } from '../harness/provider.mjs';
import { Server } from '../harness/server.mjs';
import { totp } from '../harness/totp.mjs';
import { freePort, startApplication } from './applications.mjs';
import { Clock } from './clock.mjs';
import { Customer } from './customer.mjs';

/**
 * Starts a server, an application and a browser for one test file, and registers the walks; answers all of them. `refused`
 * looks at what the application does with somebody whose session is not good, for this reason; `showsActing` at what its
 * library shows of who acts as a user.
 */
export function walk(kind, { refused, showsActing = async () => {} }) {
  const all = { refused, showsActing };

  before(async () => {
    all.clock = new Clock();
    // Passkeys belong to a name, and browsers take http for safe at this one alone. The provider of accounts is on this machine.
    const port = await freePort();
    const args = ['--public-url', `http://localhost:${port}`, '--webhook-allow-private'];
    all.server = new Server({ bind: `127.0.0.1:${port}`, args, env: all.clock.env });
    await all.server.start();
    all.workos = all.server.sdk();
    all.users = all.workos.userManagement;
    all.app = await startApplication(kind, all.server, all.clock);
    all.window = await openBrowser(all.server, { app: all.app, Visitor: Customer });
  });
  after(async () => {
    await all.window?.close();
    await all.server?.stop();
    all.clock?.stop();
  });

  all.user = async (word = 'customer') => {
    const created = await all.users.createUser({ email: uniqueEmail(word), password: goodPassword, emailVerified: true });
    return { id: created.id, email: created.email, password: goodPassword };
  };
  all.member = async (...names) => {
    const user = await all.user('member');
    const organizations = [];
    for (const name of names) {
      const organization = await all.workos.organizations.createOrganization({ name });
      await all.users.createOrganizationMembership({ userId: user.id, organizationId: organization.id });
      organizations.push(organization);
    }
    return { user, organizations };
  };
  /** Somebody new in a browser of their own, who has signed in. */
  all.signedIn = async (user) => {
    const person = await all.window.person();
    await person.goesTo('Sign in');
    await person.signsIn(user);
    const facts = await person.arrives();
    return { person, facts };
  };
  all.sessions = async (user) => (await all.users.listSessions(user.id)).data;

  waysIn(all);
  organizations(all);
  invitations(all);
  refresh(all);
  waysOut(all);
  impersonation(all);
  return all;
}

function waysIn(all) {
  test('a newcomer signs up, proves the address and arrives', async () => {
    const email = uniqueEmail('newcomer');
    const person = await all.window.person();
    await person.goesTo('Sign up');
    await person.sees('Create your account');
    await person.fills({ Email: email, Password: goodPassword }, 'Create account');
    await person.sees('Verify your email');
    await person.fills({ Code: await all.server.codeFromMail(email) }, 'Verify');
    assert.equal((await person.arrives()).Email, email);
    await person.leaves();
  });

  test('a password signs in', async () => {
    const user = await all.user();
    const { person, facts } = await all.signedIn(user);
    const [session] = await all.sessions(user);
    assert.deepEqual([facts.Email, facts.Session, session.authMethod], [user.email, session.id, 'password']);
    await person.leaves();
  });

  test('a code by mail signs in', async () => {
    const user = await all.user();
    const person = await all.window.person();
    await person.goesTo('Sign in');
    await person.fills({ Email: user.email }, 'Continue');
    await person.button('Email me a code instead').click();
    await person.fills({ Code: await all.server.codeFromMail(user.email) }, 'Verify');
    const facts = await person.arrives();
    const [session] = await all.sessions(user);
    assert.deepEqual([facts.Email, facts.Session, session.authMethod], [user.email, session.id, 'magic_code']);
    await person.leaves();
  });

  test('an authenticator app is asked for its code', async () => {
    const user = await all.user();
    const enrolled = await all.workos.multiFactorAuth.createUserAuthFactor({ userId: user.id, type: 'totp' });
    const { secret } = enrolled.authenticationFactor.totp;
    await all.workos.multiFactorAuth.verifyChallenge({
      authenticationChallengeId: enrolled.authenticationChallenge.id,
      code: totp(secret, all.clock.steps),
    });
    const person = await all.window.person();
    await person.goesTo('Sign in');
    await person.signsIn(user);
    await person.sees('Two-step sign-in');
    await person.fills({ Code: totp(secret, all.clock.steps + 1) }, 'Verify');
    assert.equal((await person.arrives()).Email, user.email);
    await person.leaves();
  });

  test('a passkey is made on the way in, and signs in the next time', async () => {
    const user = await all.user();
    const person = await all.window.person();
    const device = await Device.of(person.page);
    await person.goesTo('Sign in');
    await person.sees('Sign in');
    await person.page.locator('input[name=passkeys][value=yes]').waitFor({ state: 'attached' });
    await person.signsIn(user);
    await person.sees('Sign in faster next time');
    await device.touching(async () => {
      await person.button('Create a passkey').click();
      assert.equal((await person.arrives()).Email, user.email);
    });
    await person.signsOut();
    await person.control('Sign in').click();
    await person.sees('Sign in');
    await device.touching(async () => {
      await person.button('Sign in with a passkey').click();
      const facts = await person.arrives();
      const [session] = await all.sessions(user);
      assert.deepEqual([facts.Email, facts.Session, session.authMethod], [user.email, session.id, 'passkey']);
    });
    await person.leaves();
  });

  test('an account at a provider signs up and signs in', async (context) => {
    const provider = await startProvider();
    context.after(() => provider.stop());
    await setUp(all.server, provider, 'GoogleOAuth');
    // The provider goes by the clock of this machine, which other walks may have left behind.
    const ahead = all.clock.aheadSeconds;
    provider.tamper = (claims) => signToken(provider.key, { ...claims, iat: claims.iat + ahead, exp: claims.exp + ahead });
    const email = uniqueEmail('social');
    provider.accounts.ada = { email, email_verified: true, name: 'Ada Lovelace', given_name: 'Ada', family_name: 'Lovelace' };
    for (const way of ['Sign up', 'Sign in']) {
      const person = await all.window.person();
      await person.goesTo(way);
      await person.link('Continue with Google').click();
      await person.field('Account').fill('ada');
      await person.button('Go on').click();
      const facts = await person.arrives();
      const { data: [user] } = await all.users.listUsers({ email });
      const session = (await all.sessions(user)).find((one) => one.id === facts.Session);
      assert.deepEqual([facts.Email, session.authMethod], [email, 'oauth']);
      await person.leaves();
    }
  });
}

function organizations(all) {
  test('a member of two organizations chooses one, and switches to the other', async () => {
    const south = unique('South');
    const { user, organizations: [north, chosen] } = await all.member(unique('North'), south);
    const person = await all.window.person();
    await person.goesTo('Sign in');
    await person.signsIn(user);
    await person.sees('Choose an organization');
    await person.page.getByRole('button', { name: south }).click();
    const before = await person.arrives();
    assert.deepEqual([before.Organization, before.Role], [chosen.id, 'member']);
    await person.switchesTo(north.id);
    await person.isShown('Organization', north.id);
    const afterwards = await person.facts();
    assert.equal(afterwards.Session, before.Session, 'a switch goes on in the same session');
    const [session, ...others] = await all.sessions(user);
    assert.deepEqual([session.organizationId, others], [north.id, []]);
    await person.leaves();
  });
}

function invitations(all) {
  test('an invited newcomer makes an account and arrives in the organization', async () => {
    const organization = await all.workos.organizations.createOrganization({ name: unique('Hosts') });
    const email = uniqueEmail('guest');
    const { acceptInvitationUrl } = await all.users.sendInvitation({ email, organizationId: organization.id, roleSlug: 'admin' });
    const person = await all.window.person();
    await person.visits(acceptInvitationUrl);
    await person.sees(`Join ${organization.name}`);
    await person.button('Accept invitation').click();
    await person.sees('Create your account');
    await person.fills({ Password: goodPassword }, 'Create account');
    const facts = await person.arrives();
    assert.deepEqual([facts.Email, facts.Organization, facts.Role], [email, organization.id, 'admin']);
    await person.leaves();
  });
}

function refresh(all) {
  test('an access token that has expired is renewed, with what has changed since', async () => {
    const { user, organizations: [organization] } = await all.member(unique('Growing'));
    const { person, facts } = await all.signedIn(user);
    assert.equal(facts.Role, 'member');
    const { data: [membership] } = await all.users.listOrganizationMemberships({ userId: user.id, organizationId: organization.id });
    await all.users.updateOrganizationMembership(membership.id, { roleSlug: 'admin' });
    all.clock.advance({ minutes: 10 });
    await person.account();
    await person.isShown('Role', 'admin');
    assert.equal((await person.facts()).Session, facts.Session);
    assert.equal((await all.sessions(user)).length, 1);
    await person.leaves();
  });

  test('two tabs that renew at once both stay signed in', async () => {
    const user = await all.user();
    const { person, facts } = await all.signedIn(user);
    const other = new Customer(await person.page.context().newPage(), all.app);
    all.clock.advance({ minutes: 10 });
    await Promise.all([person.account(), other.account()]);
    for (const tab of [person, other]) assert.equal((await tab.facts()).Session, facts.Session);
    // The cookie of whichever tab was last must be good for both.
    all.clock.advance({ minutes: 10 });
    for (const tab of [other, person]) {
      await tab.account();
      assert.equal((await tab.facts()).Session, facts.Session);
    }
    assert.equal((await all.sessions(user)).length, 1);
    await person.leaves();
  });
}

function waysOut(all) {
  test('signing out ends the session and comes back; the next sign-in asks again', async () => {
    const user = await all.user();
    const { person, facts } = await all.signedIn(user);
    await person.signsOut();
    assert.deepEqual(await all.sessions(user), []);
    await person.control('Sign in').click();
    await person.signsIn(user);
    assert.notEqual((await person.arrives()).Session, facts.Session);
    await person.leaves();
  });
}

function impersonation(all) {
  test('who acts as a user is shown as such, and not for more than an hour', async () => {
    const { user, organizations: [organization] } = await all.member(unique('Helped'));
    const body = { user_id: user.id, impersonator_email: 'support@vendor.test', reason: 'Ticket 4100' };
    const { data: link } = await all.workos.post('/vestibule/v1/impersonations', body);
    const person = await all.window.person();
    await person.visits(link.url);
    await person.sees(`Act as ${user.email}`);
    await person.button('Continue').click();
    const facts = await person.arrives();
    assert.deepEqual([facts.Email, facts.Impersonator, facts.Organization], [user.email, 'support@vendor.test', organization.id]);
    const [session] = await all.sessions(user);
    assert.deepEqual([session.id, session.authMethod, session.impersonator], [facts.Session, 'impersonation', { email: 'support@vendor.test', reason: 'Ticket 4100' }]);
    await all.showsActing(person, user, organization);
    await person.settles();
    all.clock.advance({ minutes: 10 });
    await person.account();
    assert.equal((await person.facts()).Impersonator, 'support@vendor.test');
    await person.settles();
    all.clock.advance({ minutes: 51 });
    assert.deepEqual(await all.sessions(user), []);
    await person.account();
    await all.refused(person, 'invalid_grant');
    await person.leaves();
  });
}

/** A session in one of two organizations, of which the other wants a second factor of everybody. */
async function besideAStricterOne(all) {
  const { user, organizations: [plain, strict] } = await all.member(unique('Plain'), unique('Strict'));
  await all.workos.put(`/vestibule/v1/organizations/${strict.id}/sign_in_policy`, { second_factor: 'required' });
  const person = await all.window.person();
  await person.goesTo('Sign in');
  await person.signsIn(user);
  await person.page.getByRole('button', { name: plain.name }).click();
  await person.arrives();
  return { user, person, plain, strict };
}

/** Of applications whose library sends people to the hosted pages for what is missing. */
export function walkToAStricterOrganization(all) {
  test('a switch to an organization that wants a second factor leads over a sign-in with its set-up', async () => {
    const { user, person, strict } = await besideAStricterOne(all);
    await person.switchesTo(strict.id);
    await person.signsIn(user);
    await person.sees('Set up two-step sign-in');
    const link = await person.page.locator('a[href^="otpauth:"]').getAttribute('href');
    const secret = new URL(link).searchParams.get('secret');
    all.server.secrets.add(secret);
    await person.fills({ Code: totp(secret, all.clock.steps) }, 'Verify');
    await person.savesRecoveryCodes(all.server);
    assert.equal((await person.arrives()).Organization, strict.id);
    await person.leaves();
  });
}

/** Of applications that are told the reason by their library. */
export function walkWithTerminalReasons(all) {
  test('a switch to an organization that wants more is refused with the reason, and the session goes on', async () => {
    const { person, plain, strict } = await besideAStricterOne(all);
    await person.switchesTo(strict.id);
    await person.isTold('mfa_enrollment');
    await all.workos.put(`/vestibule/v1/organizations/${strict.id}/sign_in_policy`, { second_factor: null, sso_required: true });
    await person.account();
    await person.switchesTo(strict.id);
    await person.isTold('sso_required');
    await person.account();
    assert.equal((await person.facts()).Organization, plain.id);
    await person.leaves();
  });
}

/**
 * What applications that keep the session in a sealed cookie must pass beside. `tokenIn` opens the cookie and answers the
 * access token.
 */
export function walkWithSealedCookie(all, { tokenIn }) {
  const token = async (person) => tokenIn(await person.cookie('wos-session'), all.app.cookiePassword);
  const keyOf = (accessToken) => JSON.parse(Buffer.from(accessToken.split('.')[0], 'base64url')).kid;

  test('a sealed cookie that somebody has changed signs nobody in', async () => {
    const user = await all.user();
    const { person } = await all.signedIn(user);
    const cookie = await person.cookie('wos-session');
    const middle = Math.floor(cookie.value.length / 2);
    const other = cookie.value[middle] === 'A' ? 'B' : 'A';
    const value = cookie.value.slice(0, middle) + other + cookie.value.slice(middle + 1);
    await person.page.context().addCookies([{ ...cookie, value }]);
    await person.isForgottenByThePages();
    await person.account();
    await all.refused(person, 'invalid_session_cookie');
    await person.leaves();
  });

  test('a session that was revoked ends at the next renewal', async () => {
    const user = await all.user();
    const { person, facts } = await all.signedIn(user);
    await all.users.revokeSession({ sessionId: facts.Session });
    await person.account();
    assert.equal((await person.facts()).Session, facts.Session, 'an access token lives until it expires');
    all.clock.advance({ minutes: 10 });
    await person.account();
    await all.refused(person, 'invalid_grant');
    await person.leaves();
  });

  test('keys are rotated while the application runs, and nobody notices', async () => {
    const { person, facts } = await all.signedIn(await all.user());
    const former = keyOf(await token(person));
    await all.workos.put('/vestibule/v1/sign_in_policy', { access_token_seconds: 24 * 60 * 60 });
    const { person: other, facts: theirs } = await all.signedIn(await all.user());
    await all.workos.put('/vestibule/v1/sign_in_policy', { access_token_seconds: 300 });
    const longToken = await token(other);

    all.server.command('keys', 'rotate');
    const { person: late } = await all.signedIn(await all.user());
    assert.equal(keyOf(await token(late)), former, 'a key is published before it signs');

    all.clock.advance({ minutes: 11 });
    for (let visit = 0; visit < 2; visit += 1) {
      await person.account();
      assert.equal((await person.facts()).Session, facts.Session);
    }
    assert.notEqual(keyOf(await token(person)), former);
    await other.account();
    assert.equal((await other.facts()).Session, theirs.Session);
    assert.equal(await token(other), longToken, 'a token of the former key stays good until it expires');
    for (const one of [person, other, late]) await one.leaves();
  });
}
