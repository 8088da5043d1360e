import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AuthenticationException, GenericServerException, NotFoundException, UnprocessableEntityException } from '@workos-inc/node';
import { assertId, assertTimestamp, goodPassword, refused, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';
import { totp, wrongTotp } from '../harness/totp.mjs';

let server, workos, users, mfa;

before(async () => {
  server = await startServer();
  workos = server.sdk();
  users = workos.userManagement;
  mfa = workos.multiFactorAuth;
});
after(() => server.stop());

const newUser = () => users.createUser({ email: uniqueEmail('mfa'), password: goodPassword, emailVerified: true });
const signIn = (user) => users.authenticateWithPassword({ email: user.email, password: goodPassword });

/** A user whose authenticator app has proved itself once, by the code of now: the next may come at once. */
async function enrolledUser() {
  const user = await newUser();
  const enrolled = await mfa.createUserAuthFactor({ userId: user.id, type: 'totp' });
  const { secret } = enrolled.authenticationFactor.totp;
  const verified = await mfa.verifyChallenge({ authenticationChallengeId: enrolled.authenticationChallenge.id, code: totp(secret) });
  assert.equal(verified.valid, true);
  return { user, secret, factor: enrolled.authenticationFactor };
}

test('a factor of a user is enrolled with everything an app needs, which is shown once', async () => {
  const user = await newUser();
  const { authenticationFactor: factor, authenticationChallenge: challenge } = await mfa.createUserAuthFactor({
    userId: user.id,
    type: 'totp',
    totpIssuer: 'Acme Tests',
    totpUser: 'someone@example.test',
  });
  assertId(factor.id, 'auth_factor');
  assertId(challenge.id, 'auth_challenge');
  assert.equal(factor.userId, user.id);
  assert.equal(factor.type, 'totp');
  assert.equal(challenge.authenticationFactorId, factor.id);
  assert.deepEqual([factor.totp.issuer, factor.totp.user], ['Acme Tests', 'someone@example.test']);
  assert.match(factor.totp.secret, /^[A-Z2-7]{16,}$/);
  const picture = Buffer.from(factor.totp.qrCode.replace('data:image/png;base64,', ''), 'base64');
  assert.equal(picture.subarray(1, 4).toString(), 'PNG');
  const uri = new URL(factor.totp.uri);
  assert.equal(uri.protocol, 'otpauth:');
  assert.deepEqual([uri.searchParams.get('secret'), uri.searchParams.get('issuer')], [factor.totp.secret, 'Acme Tests']);

  const { data } = await mfa.listUserAuthFactors({ userId: user.id });
  assert.deepEqual(data.map((one) => [one.id, one.totp]), [[factor.id, { issuer: 'Acme Tests', user: 'someone@example.test' }]]);
  const read = await server.request('GET', `/auth/factors/${factor.id}`);
  assert.ok(!JSON.stringify(read.body).includes(factor.totp.secret), 'the secret is not shown again');
});

test('issuer and account have defaults, and a secret may be brought along', async () => {
  const user = await newUser();
  const totpSecret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
  const { authenticationFactor, authenticationChallenge } = await mfa.createUserAuthFactor({ userId: user.id, type: 'totp', totpSecret });
  assert.equal(authenticationFactor.totp.secret, totpSecret);
  assert.equal(authenticationFactor.totp.user, user.email);
  assert.ok(authenticationFactor.totp.issuer.length > 0);
  const { valid } = await mfa.verifyChallenge({ authenticationChallengeId: authenticationChallenge.id, code: totp(totpSecret) });
  assert.equal(valid, true);
});

test('a challenge takes the right code once and says valid: false to a wrong one', async () => {
  const factor = await mfa.enrollFactor({ type: 'totp', issuer: 'Standalone', user: 'someone' });
  assertId(factor.id, 'auth_factor');
  const challenge = await mfa.challengeFactor({ authenticationFactorId: factor.id });
  assertId(challenge.id, 'auth_challenge');
  assertTimestamp(challenge.createdAt);
  const wrong = await mfa.verifyChallenge({ authenticationChallengeId: challenge.id, code: wrongTotp(factor.totp.secret) });
  assert.equal(wrong.valid, false);
  assert.equal(wrong.challenge.id, challenge.id);
  const right = await mfa.verifyChallenge({ authenticationChallengeId: challenge.id, code: totp(factor.totp.secret) });
  assert.equal(right.valid, true);
  await refused(mfa.verifyChallenge({ authenticationChallengeId: challenge.id, code: totp(factor.totp.secret, 1) }), UnprocessableEntityException);
});

test('the same code does not pass twice', async () => {
  const factor = await mfa.enrollFactor({ type: 'totp', issuer: 'Replay', user: 'someone' });
  const code = totp(factor.totp.secret);
  const challenges = [await mfa.challengeFactor({ authenticationFactorId: factor.id }), await mfa.challengeFactor({ authenticationFactorId: factor.id })];
  const answers = [];
  for (const challenge of challenges) answers.push((await mfa.verifyChallenge({ authenticationChallengeId: challenge.id, code })).valid);
  assert.deepEqual(answers, [true, false]);
});

test('guessing a challenge ends it', async () => {
  const factor = await mfa.enrollFactor({ type: 'totp', issuer: 'Guess', user: 'someone' });
  const challenge = await mfa.challengeFactor({ authenticationFactorId: factor.id });
  const code = wrongTotp(factor.totp.secret);
  let error;
  for (let attempt = 0; attempt < 20 && !error; attempt += 1) {
    await mfa.verifyChallenge({ authenticationChallengeId: challenge.id, code }).catch((caught) => (error = caught));
  }
  assert.deepEqual([error?.status, error?.code], [400, 'one_time_code_too_many_attempts']);
  await assert.rejects(mfa.verifyChallenge({ authenticationChallengeId: challenge.id, code: totp(factor.totp.secret) }));
});

test('factors are read and deleted, and unknown ones are not found', async () => {
  const factor = await mfa.enrollFactor({ type: 'totp', issuer: 'Deleted', user: 'someone' });
  assert.equal((await mfa.getFactor(factor.id)).id, factor.id);
  await mfa.deleteFactor(factor.id);
  await refused(mfa.getFactor(factor.id), NotFoundException);
  await refused(mfa.deleteFactor(factor.id), NotFoundException);
  await refused(mfa.challengeFactor({ authenticationFactorId: factor.id }), NotFoundException);
  await refused(mfa.verifyChallenge({ authenticationChallengeId: 'auth_challenge_01ARZ3NDEKTSV4RRFFQ69G5FAV', code: '123456' }), NotFoundException);
});

test('a request that no factor can be made of is refused', async () => {
  for (const body of [{}, { type: 'pigeon' }, { type: 'sms' }, { type: 'totp' }]) {
    const { status } = await server.request('POST', '/auth/factors/enroll', { body });
    assert.equal(status, 422, JSON.stringify(body));
  }
});

test('a user with a factor is challenged after the password', async () => {
  const { user, secret, factor } = await enrolledUser();
  const error = await refused(signIn(user), AuthenticationException, { status: 403, code: 'mfa_challenge' });
  assert.equal(error.rawData.user.id, user.id);
  assert.deepEqual(error.rawData.authentication_factors, [{ id: factor.id, type: 'totp' }]);
  const { pendingAuthenticationToken } = error;
  const challenge = await mfa.challengeFactor({ authenticationFactorId: factor.id });
  const attempt = (code) => users.authenticateWithTotp({ code, pendingAuthenticationToken, authenticationChallengeId: challenge.id });
  await refused(attempt(wrongTotp(secret)), GenericServerException, { status: 400, code: 'invalid_one_time_code' });
  const session = await attempt(totp(secret, 1));
  assert.equal(session.user.id, user.id);
  assert.equal(session.authenticationMethod, 'Password');
  await server.event('authentication.mfa_succeeded', (one) => one.data.user_id === user.id);
  await refused(attempt(totp(secret, 1)), GenericServerException, { status: 400, code: 'invalid_pending_authentication_token' });
});

test("another user's factor does not open the session", async () => {
  const { user } = await enrolledUser();
  const other = await enrolledUser();
  const { pendingAuthenticationToken } = await refused(signIn(user), AuthenticationException, { code: 'mfa_challenge' });
  const challenge = await mfa.challengeFactor({ authenticationFactorId: other.factor.id });
  const attempt = users.authenticateWithTotp({ code: totp(other.secret, 1), pendingAuthenticationToken, authenticationChallengeId: challenge.id });
  await refused(attempt, GenericServerException, { status: 400, code: 'user_mismatch' });
});

test('a user whose factor was deleted signs in with the password alone', async () => {
  const { user, factor } = await enrolledUser();
  await mfa.deleteFactor(factor.id);
  const session = await signIn(user);
  assert.equal(session.user.id, user.id);
});

/** A number that no other test sends to. */
let numbers = 0;
const newNumber = () => `+1555${String(process.pid % 1000).padStart(3, '0')}${String((numbers += 1)).padStart(4, '0')}`;

test('a telephone gets the code in the words of the template, and it works once', async () => {
  const phoneNumber = newNumber();
  const factor = await mfa.enrollFactor({ type: 'sms', phoneNumber });
  assert.deepEqual([factor.type, factor.sms], ['sms', { phoneNumber }]);
  const challenge = await mfa.challengeFactor({ authenticationFactorId: factor.id, smsTemplate: 'Acme says {{code}}.' });
  assertTimestamp(challenge.expiresAt);
  assert.equal(challenge.code, undefined, 'the code is for the telephone alone');
  const message = await server.mail(phoneNumber);
  assert.match(message.text, /^Acme says \d{6}\.$/);
  const code = await server.codeFromMail(phoneNumber);
  const verify = () => mfa.verifyChallenge({ authenticationChallengeId: challenge.id, code });
  assert.equal((await verify()).valid, true);
  await refused(verify(), UnprocessableEntityException);
});

test('a number gets so many messages and no more', async () => {
  const factor = await mfa.enrollFactor({ type: 'sms', phoneNumber: newNumber() });
  const challenge = () => mfa.challengeFactor({ authenticationFactorId: factor.id });
  for (let sent = 0; sent < 5; sent += 1) await challenge();
  const error = await challenge().catch((caught) => caught);
  assert.deepEqual([error.status, error.retryAfter > 0], [429, true]);
});

test('a code that the application delivers is in the reply', async () => {
  const { body: factor } = await server.request('POST', '/auth/factors/enroll', { body: { type: 'generic_otp' } });
  const challenge = await mfa.challengeFactor({ authenticationFactorId: factor.id });
  assert.match(challenge.code, /^\d{6}$/);
  assert.equal((await mfa.verifyChallenge({ authenticationChallengeId: challenge.id, code: challenge.code })).valid, true);
});

test('a user signs in with a code by text message', async () => {
  const user = await newUser();
  const phoneNumber = newNumber();
  // The SDK leaves the user of a telephone out.
  const enrolled = await server.request('POST', '/auth/factors/enroll', { body: { type: 'sms', phone_number: phoneNumber, user_id: user.id } });
  const factor = enrolled.body;
  const first = await mfa.challengeFactor({ authenticationFactorId: factor.id });
  await mfa.verifyChallenge({ authenticationChallengeId: first.id, code: await server.codeFromMail(phoneNumber) });
  const error = await refused(signIn(user), AuthenticationException, { code: 'mfa_challenge' });
  assert.deepEqual(error.rawData.authentication_factors, [{ id: factor.id, type: 'sms' }]);
  const challenge = await mfa.challengeFactor({ authenticationFactorId: factor.id });
  const session = await users.authenticateWithTotp({
    code: await server.codeFromMail(phoneNumber, 2),
    pendingAuthenticationToken: error.pendingAuthenticationToken,
    authenticationChallengeId: challenge.id,
  });
  assert.equal(session.user.id, user.id);
});

test('a recovery code takes the second step, once', async () => {
  const { user } = await enrolledUser();
  const path = `/vestibule/v1/users/${user.id}/recovery_codes`;
  const { data: made } = await workos.post(path, {});
  assert.equal(made.codes.length, 10);
  for (const code of made.codes) server.secrets.add(code);
  const redeem = async (code) => {
    const { pendingAuthenticationToken } = await refused(signIn(user), AuthenticationException, { code: 'mfa_challenge' });
    return server.request('POST', '/user_management/authenticate', {
      body: {
        grant_type: 'urn:vestibule:oauth:grant-type:recovery-code',
        client_id: server.clientId,
        client_secret: server.apiKey,
        pending_authentication_token: pendingAuthenticationToken,
        code,
      },
    });
  };
  const session = await redeem(made.codes[0]);
  assert.deepEqual([session.status, session.body.user.id], [200, user.id]);
  const again = await redeem(made.codes[0]);
  assert.deepEqual([again.status, again.body.code], [400, 'invalid_one_time_code']);
  const { data: left } = await workos.get(path);
  assert.deepEqual([left.total, left.left], [10, 9]);
});
