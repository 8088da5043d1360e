// An agent with a token of its own, over REST and over MCP: what it may do, what a person approves, what is written down.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { unique, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';
import { Visitor } from '../harness/visitor.mjs';
import { eventually } from '../harness/waiting.mjs';

let server;

before(async () => {
  server = await startServer();
});
after(() => server.stop());

async function send(key, method, path, options = {}) {
  const answer = await server.request(method, path, { key, ...options });
  return { ...answer, text: JSON.stringify(answer.body) };
}

async function owner(method, path, body) {
  const answer = await send(server.apiKey, method, path, { body });
  assert.ok(answer.status < 300, `${path}: ${answer.text}`);
  return answer.body;
}

async function token(policy) {
  const made = await owner('POST', '/vestibule/v1/agent_tokens', { name: unique('helper'), ...policy });
  server.secrets.add(made.value);
  return made;
}

async function overMcp({ value }) {
  const client = new Client({ name: 'vestibule-tests', version: '1.0.0' });
  const headers = { authorization: `Bearer ${value}` };
  await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', server.url), { requestInit: { headers } }));
  return client;
}

test('a token that reads no secrets is shown none, over REST, a replay and MCP', async () => {
  const agent = await token({ effects: ['read', 'write'] });
  const email = uniqueEmail();
  const headers = { 'idempotency-key': unique() };
  const whole = await send(server.apiKey, 'POST', '/user_management/invitations', { body: { email }, headers });
  const again = await send(agent.value, 'POST', '/user_management/invitations', { body: { email }, headers });
  assert.deepEqual([again.status, again.body.id], [201, whole.body.id]);
  const client = await overMcp(agent);
  const tool = await client.callTool({ name: 'invitations_get', arguments: { id: whole.body.id } });
  const listed = await send(agent.value, 'GET', '/user_management/invitations');
  for (const text of [again.text, listed.text, JSON.stringify(tool)]) {
    assert.ok(!text.includes(whole.body.token), text);
    assert.ok(text.includes('[redacted]'), text);
  }
  await client.close();
});

test('a person approves on a page, and the same call goes through once, over MCP', async () => {
  const agent = await token({ effects: ['read', 'destructive'] });
  const approver = await owner('POST', '/vestibule/v1/approvers', { name: 'Grace' });
  server.secrets.add(approver.value);
  const organization = await owner('POST', '/organizations', { name: unique() });
  const client = await overMcp(agent);
  const ask = () => client.callTool({ name: 'organizations_delete', arguments: { id: organization.id } });
  const refusal = JSON.parse((await ask()).content[0].text);
  assert.equal(refusal.code, 'approval_required');

  const visitor = new Visitor(server);
  await visitor.open(refusal.approval.url);
  assert.match(visitor.html, /May this agent do this\?/);
  assert.ok(visitor.html.includes(organization.id) && visitor.html.includes(agent.name));
  await visitor.submit({ password: agent.value }, 'Approve this call');
  assert.equal(visitor.status, 422);
  assert.equal(JSON.parse((await ask()).content[0].text).approval.state, 'pending');
  await visitor.submit({ password: approver.value }, 'Approve this call');
  assert.match(visitor.html, /The call is approved/);

  assert.ok(!(await ask()).isError);
  assert.equal((await send(server.apiKey, 'GET', `/organizations/${organization.id}`)).status, 404);
  assert.ok((await ask()).isError);
  await client.close();
});

test('the address of an approval shows nothing to who has changed it, and decides nothing by being opened', async () => {
  const agent = await token({ effects: ['write'], approvals: ['write'] });
  const asked = await send(agent.value, 'POST', '/organizations', { body: { name: unique() } });
  const { id, url } = asked.body.approval;
  const visitor = new Visitor(server);
  await visitor.open(url);
  assert.equal(visitor.status, 200);
  await visitor.open(url.replace(/.$/, (last) => (last === '0' ? '1' : '0')));
  assert.equal(visitor.status, 410);
  await visitor.open(url.replace(/token=.*/, ''));
  assert.equal(visitor.status, 410);
  assert.equal((await owner('GET', `/vestibule/v1/approvals/${id}`)).state, 'pending');
});

test('over REST the approved call names its approval in a header, and no other call goes through', async () => {
  const agent = await token({ effects: ['read', 'write'], approvals: ['write'] });
  const body = { name: unique() };
  const asked = await send(agent.value, 'POST', '/organizations', { body });
  assert.deepEqual([asked.status, asked.body.code], [403, 'approval_required']);
  const headers = { 'vestibule-approval': asked.body.approval.id };
  const early = await send(agent.value, 'POST', '/organizations', { body, headers });
  assert.equal(early.body.code, 'approval_pending');
  const self = await send(agent.value, 'POST', `/vestibule/v1/approvals/${asked.body.approval.id}/approve`);
  assert.equal(self.body.code, 'agent_operation_not_allowed');
  await owner('POST', `/vestibule/v1/approvals/${asked.body.approval.id}/approve`);
  const other = await send(agent.value, 'POST', '/organizations', { body: { name: `${body.name}!` }, headers });
  assert.equal(other.body.code, 'approval_mismatch');
  assert.equal((await send(agent.value, 'POST', '/organizations', { body, headers })).status, 201);
  assert.equal((await send(agent.value, 'POST', '/organizations', { body, headers })).body.code, 'approval_used');
});

test('every call is written down with its run, what was refused and what was read too', async () => {
  const agent = await token({ effects: ['read'], operations: ['users.*'] });
  const headers = { 'vestibule-run': unique('run') };
  await send(agent.value, 'GET', '/user_management/users?limit=1', { headers });
  await send(agent.value, 'GET', '/organizations', { headers });
  await send(agent.value, 'POST', '/user_management/users', { body: { email: uniqueEmail() }, headers });
  const path = `/vestibule/v1/agent_calls?order=asc&run_id=${headers['vestibule-run']}`;
  const calls = await eventually(async () => {
    const { data } = await owner('GET', path);
    return data.length === 3 && data;
  }, 'the record of three calls');
  const seen = calls.map((call) => [call.operation, call.outcome, call.code, call.agent_token_id]);
  assert.deepEqual(seen, [
    ['users.list', 'done', null, agent.id],
    ['organizations.list', 'refused', 'agent_operation_not_allowed', agent.id],
    ['users.create', 'refused', 'agent_effect_not_allowed', agent.id],
  ]);
  assert.deepEqual(calls[0].arguments, { limit: 1 });
});

test('a token says when to come again, and that it is over', async () => {
  const agent = await token({ effects: ['read'], calls_per_minute: 1 });
  const read = () => send(agent.value, 'GET', '/organizations?limit=1');
  const answers = [await read(), await read(), await read()];
  const late = answers.find((it) => it.status === 429);
  assert.ok(Number(late.headers.get('retry-after')) >= 1, late.text);
  await owner('POST', `/vestibule/v1/agent_tokens/${agent.id}/revoke`);
  assert.deepEqual([(await read()).status, (await read()).body.code], [401, 'agent_token_revoked']);
});

for (const [how, end, kept] of [
  ['kill -9', 'SIGKILL', ['organizations.create']],
  ['a stop', 'SIGTERM', ['organizations.create', 'organizations.list']],
]) {
  test(`what is written down of a call outlives ${how} right after its answer`, async () => {
    const other = await startServer();
    try {
      const input = { name: 'helper', effects: ['read', 'write'] };
      const { body: agent } = await other.request('POST', '/vestibule/v1/agent_tokens', { body: input });
      const key = agent.value;
      assert.equal((await other.request('GET', '/organizations?limit=1', { key })).status, 200);
      assert.equal((await other.request('POST', '/organizations', { key, body: { name: unique() } })).status, 201);
      other.process.kill(end);
      await other.exited;
      await other.start();
      const { body } = await other.request('GET', '/vestibule/v1/agent_calls');
      const seen = body.data.map((call) => call.operation);
      for (const operation of kept) assert.ok(seen.includes(operation), `${operation} is not among ${seen}`);
    } finally {
      await other.stop();
    }
  });
}
