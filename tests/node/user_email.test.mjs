import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BadRequestException, GenericServerException, NotFoundException } from '@workos-inc/node';
import { assertId, assertTimestamp, goodPassword, refused, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';

let server, workos, users;
const otherPassword = 'Violet-Harbour-Quince-31';
const wrongCode = (code) => (code === '000000' ? '111111' : '000000');

before(async () => {
  server = await startServer();
  workos = server.sdk();
  users = workos.userManagement;
});
after(() => server.stop());

test('a verification code comes by mail and verifies the address', async () => {
  const email = uniqueEmail('verify');
  const user = await users.createUser({ email });
  const sent = await users.sendVerificationEmail({ userId: user.id });
  assert.equal(sent.user.id, user.id);
  const code = await server.codeFromMail(email);
  const created = await server.event('email_verification.created', (one) => one.data.user_id === user.id);
  assertId(created.data.id, 'email_verification');
  assert.equal('code' in created.data, false, 'events carry no codes');
  const verification = await users.getEmailVerification(created.data.id);
  assert.equal(verification.code, code);
  assert.equal(verification.email, email);
  const minutes = (new Date(verification.expiresAt) - new Date(verification.createdAt)) / 60_000;
  assert.equal(minutes, 10);

  const incorrect = { status: 400, code: 'email_verification_code_incorrect' };
  await refused(users.verifyEmail({ userId: user.id, code: wrongCode(code) }), GenericServerException, incorrect);
  const verified = await users.verifyEmail({ userId: user.id, code });
  assert.equal(verified.user.emailVerified, true);
  await server.event('authentication.email_verification_succeeded', (one) => one.data.user_id === user.id);
  await refused(users.verifyEmail({ userId: user.id, code }), GenericServerException, { status: 400 });
  await refused(users.sendVerificationEmail({ userId: user.id }), GenericServerException, { status: 400, code: 'email_already_verified' });
});

test('a newer verification code makes the older one void', async () => {
  const email = uniqueEmail('newer');
  const user = await users.createUser({ email });
  await users.sendVerificationEmail({ userId: user.id });
  const first = await server.codeFromMail(email);
  await users.sendVerificationEmail({ userId: user.id });
  const second = await server.codeFromMail(email, 2);
  if (first !== second) await refused(users.verifyEmail({ userId: user.id, code: first }), GenericServerException, { status: 400 });
  assert.equal((await users.verifyEmail({ userId: user.id, code: second })).user.emailVerified, true);
});

test('an email change is confirmed with the code from the new address', async () => {
  const user = await users.createUser({ email: uniqueEmail('old'), emailVerified: true });
  const newEmail = uniqueEmail('new');
  const sent = await workos.post(`/user_management/users/${user.id}/email_change/send`, { new_email: newEmail });
  assert.equal(sent.data.object, 'email_change');
  assert.equal(sent.data.new_email, newEmail);
  assert.equal(sent.data.user.id, user.id);
  assertTimestamp(sent.data.expires_at);
  assert.equal((await users.getUser(user.id)).email, user.email, 'nothing changes before the code is there');
  const code = await server.codeFromMail(newEmail);
  const confirm = (value) => workos.post(`/user_management/users/${user.id}/email_change/confirm`, { code: value });
  await refused(confirm(wrongCode(code)), GenericServerException, { status: 400, code: 'email_change_code_incorrect' });
  const confirmed = await confirm(code);
  assert.equal(confirmed.data.object, 'email_change_confirmation');
  assert.equal(confirmed.data.user.email, newEmail);
  assert.equal(confirmed.data.user.email_verified, true);
  await assert.rejects(confirm(code), { status: 409 });
});

test('an email change to the same or to a taken address is refused', async () => {
  const user = await users.createUser({ email: uniqueEmail('mover') });
  const other = await users.createUser({ email: uniqueEmail('other') });
  const send = (address) => workos.post(`/user_management/users/${user.id}/email_change/send`, { new_email: address });
  await assert.rejects(send(user.email.toUpperCase()), { status: 409, code: 'email_change_not_needed' });
  await assert.rejects(send(other.email), { status: 409, code: 'email_not_available' });
  await assert.rejects(send('none'), { status: 422, code: 'invalid_email' });
  const confirm = workos.post(`/user_management/users/${user.id}/email_change/confirm`, { code: '123456' });
  await assert.rejects(confirm, { status: 409, code: 'no_pending_email_change' });
});

test('a magic code signs in, verifies the address and works once', async () => {
  const email = uniqueEmail('magic');
  const user = await users.createUser({ email });
  const magic = await users.createMagicAuth({ email });
  assertId(magic.id, 'magic_auth');
  assert.equal(magic.userId, user.id);
  assert.match(magic.code, /^\d{6}$/);
  assert.equal(await server.codeFromMail(email), magic.code);
  assert.deepEqual(await users.getMagicAuth(magic.id), magic);
  const created = await server.event('magic_auth.created', (one) => one.data.id === magic.id);
  assert.equal('code' in created.data, false, 'events carry no codes');

  await refused(users.authenticateWithMagicAuth({ email, code: wrongCode(magic.code) }), GenericServerException, {
    status: 400,
    code: 'invalid_one_time_code',
  });
  const signedIn = await users.authenticateWithMagicAuth({ email: email.toUpperCase(), code: magic.code });
  assert.equal(signedIn.authenticationMethod, 'MagicAuth');
  assert.equal(signedIn.user.id, user.id);
  assert.equal(signedIn.user.emailVerified, true);
  await refused(users.authenticateWithMagicAuth({ email, code: magic.code }), GenericServerException, {
    status: 400,
    code: 'one_time_code_previously_used',
  });
});

test('a magic code for an unknown address makes its user', async () => {
  const email = uniqueEmail('stranger');
  const magic = await users.createMagicAuth({ email });
  const user = await users.getUser(magic.userId);
  assert.equal(user.email, email);
  assert.equal(user.emailVerified, false);
  const signedIn = await users.authenticateWithMagicAuth({ email, code: magic.code });
  assert.equal(signedIn.user.id, user.id);
});

test('guessing a magic code ends it', async () => {
  const email = uniqueEmail('guessed');
  const magic = await users.createMagicAuth({ email });
  const codes = new Set();
  for (let attempt = 0; attempt < 12 && !codes.has('one_time_code_too_many_attempts'); attempt += 1) {
    const error = await users.authenticateWithMagicAuth({ email, code: wrongCode(magic.code) }).catch((caught) => caught);
    codes.add(error.code ?? error.status);
  }
  assert.ok(codes.has('one_time_code_too_many_attempts') || codes.has(429), `only ${[...codes]}`);
  await assert.rejects(users.authenticateWithMagicAuth({ email, code: magic.code }));
});

test('a password reset sets the password, verifies the address, ends sessions and works once', async () => {
  const email = uniqueEmail('reset');
  const user = await users.createUser({ email, password: goodPassword, emailVerified: true });
  const session = await users.authenticateWithPassword({ email, password: goodPassword });
  const reset = await users.createPasswordReset({ email: email.toUpperCase() });
  assertId(reset.id, 'password_reset');
  assert.equal(reset.userId, user.id);
  assert.ok(reset.passwordResetUrl.includes(encodeURIComponent(reset.passwordResetToken)));
  assert.deepEqual(await users.getPasswordReset(reset.id), reset);
  const created = await server.event('password_reset.created', (one) => one.data.id === reset.id);
  assert.ok(!JSON.stringify(created.data).includes(reset.passwordResetToken), 'events carry no tokens');

  const done = await users.resetPassword({ token: reset.passwordResetToken, newPassword: otherPassword });
  assert.equal(done.user.id, user.id);
  assert.equal(done.user.emailVerified, true);
  await server.event('password_reset.succeeded', (one) => one.data.user_id === user.id);
  await refused(users.authenticateWithPassword({ email, password: goodPassword }), GenericServerException, { code: 'invalid_credentials' });
  await users.authenticateWithPassword({ email, password: otherPassword });
  await assert.rejects(users.authenticateWithRefreshToken({ refreshToken: session.refreshToken }), { error: 'invalid_grant' });
  await assert.rejects(users.resetPassword({ token: reset.passwordResetToken, newPassword: goodPassword }), (error) => [400, 404].includes(error.status));
});

test('a reset for nobody, with an unknown token, or to a weak password is refused', async () => {
  await refused(users.createPasswordReset({ email: uniqueEmail('nobody') }), NotFoundException);
  await refused(users.resetPassword({ token: 'unknown', newPassword: otherPassword }), NotFoundException);
  const email = uniqueEmail('weak');
  await users.createUser({ email, password: goodPassword, emailVerified: true });
  const reset = await users.createPasswordReset({ email });
  const error = await refused(users.resetPassword({ token: reset.passwordResetToken, newPassword: 'short' }), BadRequestException);
  assert.ok(error.errors.some((one) => one.code === 'password_too_short'));
  await users.authenticateWithPassword({ email, password: goodPassword });
  await users.resetPassword({ token: reset.passwordResetToken, newPassword: otherPassword });
});
