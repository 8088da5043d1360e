import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AuthenticationException, NotFoundException } from '@workos-inc/node';
import { assertId, goodPassword, refused, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';
import { eventually } from '../harness/waiting.mjs';

const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
let server, workos, radar;

before(async () => {
  server = await startServer();
  workos = server.sdk();
  radar = workos.radar;
});
after(() => server.stop());

const setPolicy = (policy) => workos.put('/vestibule/v1/radar_policy', policy);
const attempt = (otherwise) =>
  radar.createAttempt({ ipAddress: '198.51.100.42', userAgent, email: uniqueEmail(), authMethod: 'Password', action: 'sign-in', ...otherwise });

test('an entry of a list is added, there already, and removed', async () => {
  const entry = { type: 'ip_address', action: 'block', entry: '198.51.100.7' };
  assert.deepEqual(await radar.addListEntry(entry), { message: 'Entry added to list' });
  assert.deepEqual(await radar.addListEntry(entry), { message: 'Entry already present in list' });
  const judged = await attempt({ ipAddress: '198.51.100.7' });
  assert.equal(judged.verdict, 'block');
  assert.equal(judged.control, 'restriction');
  assert.equal(judged.blocklistType, 'ip_address');
  assert.equal(judged.reason, 'Detected enabled Radar control');
  await radar.removeListEntry(entry);
  assert.equal((await attempt({ ipAddress: '198.51.100.7' })).verdict, 'allow');
  await refused(radar.removeListEntry(entry), NotFoundException);
});

test('an entry that its list is not about is refused', async () => {
  await assert.rejects(radar.addListEntry({ type: 'email', action: 'allow', entry: 'nobody' }), (error) => {
    assert.equal(error.status, 400);
    assert.match(error.message, /must be an e-mail address/);
    return true;
  });
});

test('an attempt is judged, and told of its success', async () => {
  const allowed = await attempt({});
  assertId(allowed.attemptId, 'radar_att');
  assert.deepEqual([allowed.verdict, allowed.control, allowed.blocklistType], ['allow', undefined, undefined]);
  await radar.updateAttempt({ id: allowed.attemptId, attemptStatus: 'success' });
  await refused(radar.updateAttempt({ id: 'radar_att_unknown', attemptStatus: 'success' }), NotFoundException);
  await setPolicy({ bot_detection: 'challenge' });
  const challenged = await attempt({ userAgent: 'curl/8.5.0', action: 'sign-up', authMethod: 'Email_OTP' });
  assert.deepEqual([challenged.verdict, challenged.control], ['challenge', 'bot_detection']);
  await radar.updateAttempt({ id: challenged.attemptId, challengeStatus: 'success' });
});

const judge = (policy) => setPolicy({ sign_in: true, challenge: 'email', bot_detection: 'challenge', ...policy });
const signIn = (email, userAgent) => workos.userManagement.authenticateWithPassword({ email, password: goodPassword, userAgent });
const bot = 'python-requests/2.32.3';

async function person(more) {
  const email = uniqueEmail('risky');
  const user = await workos.userManagement.createUser({ email, password: goodPassword, emailVerified: true, ...more });
  return { email, user };
}

test('a risky sign-in goes on by the code that was mailed', async () => {
  await judge();
  const { email, user } = await person();
  await signIn(email, userAgent);
  const told = await refused(signIn(email, bot), AuthenticationException, { code: 'radar_email_challenge' });
  assertId(told.radarChallengeId, 'radar_challenge');
  assert.equal(told.rawData.code, 'radar_challenge');
  assert.equal(told.rawData.user.id, user.id);
  const challenge = (await workos.get(`/user_management/radar_challenges/${told.radarChallengeId}`)).data;
  assert.deepEqual([challenge.object, challenge.type, challenge.user_id, challenge.email], ['radar_challenge', 'email', user.id, email]);
  const redeem = (code) =>
    workos.userManagement.authenticateWithRadarEmailChallenge({
      code,
      radarChallengeId: told.radarChallengeId,
      pendingAuthenticationToken: told.pendingAuthenticationToken,
    });
  const wrong = challenge.code === '000000' ? '111111' : '000000';
  await assert.rejects(redeem(wrong), (error) => error.status === 400 && error.rawData.code === 'invalid_one_time_code');
  const done = await redeem(challenge.code);
  assert.equal(done.user.id, user.id);
  assert.equal(done.authenticationMethod, 'Password');
  await assert.rejects(redeem(challenge.code), (error) => error.rawData.code === 'invalid_pending_authentication_token');
  const events = await workos.events.listEvents({ events: ['authentication.radar_risk_detected'], limit: 100 });
  const risk = events.data.find((one) => one.data.userId === user.id);
  assert.deepEqual([risk.data.control, risk.data.action, risk.data.userAgent], ['bot_detection', 'login', bot]);
});

test('a blocked sign-in is refused alike with an account and without one', async () => {
  await judge({ bot_detection: 'block' });
  const { email } = await person();
  const answers = [];
  for (const address of [email, uniqueEmail('nobody')]) {
    await assert.rejects(signIn(address, bot), (error) => {
      assert.equal(error.status, 403);
      answers.push(error.rawData);
      return true;
    });
  }
  assert.deepEqual(answers[0], answers[1]);
  assert.equal(answers[0].code, 'access_denied');
});

test('a risky sign-up goes on by a code to a telephone', async () => {
  await judge({ challenge: 'sms' });
  const email = uniqueEmail('new');
  const magic = (await workos.post('/user_management/magic_auth', { email, user_agent: bot })).data;
  assertId(magic.radar_auth_attempt_id, 'radar_auth_attempt');
  const told = await refused(
    workos.userManagement.authenticateWithMagicAuth({ email, code: magic.code, userAgent: bot, radarAuthAttemptId: magic.radar_auth_attempt_id }),
    AuthenticationException,
    { code: 'radar_sms_challenge' },
  );
  assert.equal(told.rawData.code, 'radar_sign_up_challenge');
  const { pendingAuthenticationToken } = told;
  const sent = await workos.userManagement.sendRadarSmsChallenge({ userId: told.rawData.user.id, pendingAuthenticationToken, phoneNumber: '+15555550123' });
  assert.equal(sent.phoneNumber, '+15555550123');
  assertId(sent.verificationId, 'vrf');
  const message = await eventually(async () => (await server.inbox('+15555550123'))[0], 'the message');
  const [code] = message.text.match(/\d{6}/);
  const done = await workos.userManagement.authenticateWithRadarSmsChallenge({ code, verificationId: sent.verificationId, phoneNumber: sent.phoneNumber, pendingAuthenticationToken });
  assert.equal(done.user.email, email);
});
