// Actions, with the helpers of the official SDK in the application that is asked.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { assertId, goodPassword, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';

let server, workos, application;

before(async () => {
  server = await startServer({ args: ['--webhook-allow-private'] });
  workos = server.sdk();
  application = await startApplication(workos);
});
after(async () => {
  application.stop();
  await server.stop();
});

/** The application: verifies each question and signs its answer, as the SDK's guide has it. */
async function startApplication(sdk) {
  const all = { secrets: {}, questions: [], verdict: () => ({ verdict: 'Allow' }), sign: {} };
  const http = createServer(async (request, response) => {
    const chunks = await request.toArray();
    const type = request.url.slice(1);
    const secret = all.secrets[type];
    try {
      const sigHeader = request.headers['workos-signature'];
      const action = await sdk.actions.constructAction({ payload: Buffer.concat(chunks).toString(), sigHeader, secret });
      all.questions.push(action);
      const answer = await sdk.actions.signResponse({ type, ...all.verdict(action) }, all.sign[type] ?? secret);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    } catch (error) {
      all.questions.push(error);
      response.writeHead(400).end(error.message);
    }
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  all.url = `http://127.0.0.1:${http.address().port}`;
  all.stop = () => {
    http.closeAllConnections();
    http.close();
  };
  return all;
}

/** Has the application asked from now on. */
async function asked(type, changes = {}) {
  const { data } = await workos.put(`/vestibule/v1/actions/${type}`, { endpoint_url: `${application.url}/${type}`, status: 'enabled', ...changes });
  server.secrets.add(data.secret);
  application.secrets[type] = data.secret;
  application.questions.length = 0;
  return data;
}

const off = (type) => workos.put(`/vestibule/v1/actions/${type}`, { status: 'disabled' });
const newUser = (email = uniqueEmail('asked')) => workos.userManagement.createUser({ email, password: goodPassword, emailVerified: true, firstName: 'Zoë ✓' });
const signIn = (email, more = {}) => workos.userManagement.authenticateWithPassword({ email, password: goodPassword, ...more });
const denied = (said) => (error) => {
  assert.deepEqual([error.status, error.rawData.code, error.rawData.message], [403, 'action_denied', said]);
  return true;
};

test('a sign-in is allowed by an application that verifies with the SDK and signs with it', async (context) => {
  context.after(() => off('authentication'));
  const action = await asked('authentication');
  assertId(action.id, 'action_endpoint');
  const user = await newUser();
  const organization = await workos.organizations.createOrganization({ name: 'Asked' });
  const membership = await workos.userManagement.createOrganizationMembership({ userId: user.id, organizationId: organization.id });
  const signedIn = await signIn(user.email, { ipAddress: '198.51.100.7', userAgent: 'Mozilla/5.0' });
  assert.equal(signedIn.user.id, user.id);
  const [question] = application.questions;
  assert.equal(question.object, 'authentication_action_context');
  assert.deepEqual(question.user, user);
  assert.deepEqual(question.organization, organization);
  assert.equal(question.organizationMembership.id, membership.id);
  assert.deepEqual([question.ipAddress, question.userAgent, question.authenticationMethod], ['198.51.100.7', 'Mozilla/5.0', 'Password']);
  assert.ok(question.issuer.endsWith(`/user_management/${server.clientId}`));
});

test('a denied sign-in tells what the application says, and the event fits the SDK', async (context) => {
  context.after(() => off('authentication'));
  await asked('authentication');
  const user = await newUser();
  application.verdict = () => ({ verdict: 'Deny', errorMessage: 'Geschlossen – 日曜日 😀 "heute" \\ </p>' });
  context.after(() => (application.verdict = () => ({ verdict: 'Allow' })));
  await assert.rejects(signIn(user.email), denied('Geschlossen – 日曜日 😀 "heute" \\ </p>'));
  const [question] = application.questions;
  const event = await server.event('action.authentication.denied', (one) => one.data.user_id === user.id);
  assert.equal(event.data.action_execution_id, question.id);
  assert.deepEqual((await workos.userManagement.listSessions(user.id)).data, []);
});

test('a newcomer who is denied gets no account', async (context) => {
  context.after(() => off('user_registration'));
  await asked('user_registration');
  application.verdict = (action) => (action.userData.email.startsWith('good') ? { verdict: 'Allow' } : { verdict: 'Deny', errorMessage: 'By invitation.' });
  context.after(() => (application.verdict = () => ({ verdict: 'Allow' })));
  const email = uniqueEmail('bad');
  await assert.rejects(workos.userManagement.createMagicAuth({ email }), denied('By invitation.'));
  assert.deepEqual((await workos.userManagement.listUsers({ email })).data, []);
  const [question] = application.questions;
  assert.deepEqual([question.object, question.userData.email, question.userData.name], ['user_registration_action_context', email, null]);
  const good = uniqueEmail('good');
  const made = await workos.userManagement.createMagicAuth({ email: good });
  assert.equal((await workos.userManagement.listUsers({ email: good })).data[0].id, made.userId);
});

test('an answer that was signed with another secret is none, and the default verdict holds', async (context) => {
  context.after(() => off('authentication'));
  const user = await newUser();
  application.sign.authentication = 'actsec_guessed';
  context.after(() => delete application.sign.authentication);
  await asked('authentication', { default_verdict: 'deny' });
  await assert.rejects(signIn(user.email), denied('The application does not let you in.'));
  await asked('authentication', { default_verdict: 'allow' });
  assert.equal((await signIn(user.email)).user.id, user.id);
  const { data: log } = await workos.get('/vestibule/v1/action_executions?limit=1&type=authentication');
  assert.deepEqual([log.data[0].verdict, log.data[0].decided_by], ['allow', 'default']);
  assert.match(log.data[0].error, /signature does not fit/);
});

test('an action is tried out before it is enabled', async () => {
  await asked('user_registration', { status: 'disabled' });
  const { data: tried } = await workos.post('/vestibule/v1/actions/user_registration/test', {});
  assert.deepEqual([tried.verdict, tried.decided_by, tried.test, tried.error], ['allow', 'endpoint', true, null]);
  assert.ok(tried.duration_millis >= 0);
  assert.equal(application.questions[0].id, tried.id);
});
