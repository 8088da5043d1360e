// An agent that nobody gave a key: it learns at /mcp whom to ask, a person lets it in on a page, and it renews what it got.
// The official clients of the TypeScript SDK, of both generations, do the whole of it, and the official conformance suite
// looks at the authorization server.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client as NewClient, StreamableHTTPClientTransport as NewTransport } from '@modelcontextprotocol/client';
import { UnauthorizedError, auth } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { startServer } from '../harness/server.mjs';
import { Visitor } from '../harness/visitor.mjs';
import { unwatchedFetch } from '../harness/watched_fetch.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const suite = join(root, 'tests/node_modules/@modelcontextprotocol/conformance/dist/index.js');
const callback = 'http://127.0.0.1:3118/callback';
let server;
let approver;

/** A server for the tests beside: from one place, keys are tried ten times a minute. */
function ofItsOwn() {
  before(async () => {
    server = await startServer({ args: ['--webhook-allow-private'] });
    const made = await server.request('POST', '/vestibule/v1/approvers', { body: { name: 'Grace' } });
    approver = made.body;
    server.secrets.add(approver.value);
  });
  after(() => server.stop());
}

/** What a client keeps, in memory, and where it sends its person. */
class Provider {
  redirectUrl = callback;
  clientMetadata = { client_name: 'A helper', redirect_uris: [callback], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'none' };
  state = () => this.sent ?? (this.sent = randomBytes(8).toString('hex'));
  clientInformation = () => this.information;
  saveClientInformation = (it) => (this.information = it);
  tokens = () => this.kept;
  saveTokens = (it) => (this.kept = it);
  saveCodeVerifier = (it) => (this.verifier = it);
  codeVerifier = () => this.verifier;
  redirectToAuthorization = (url) => (this.asks = url);
}

/** The person answers on the page; the parameters with which the client is called back. */
async function answer(url, { key = approver.value, button = 'Let it in' } = {}) {
  const visitor = new Visitor(server);
  await visitor.open(url);
  assert.equal(visitor.status, 200, visitor.html);
  assert.match(visitor.html, /Let this agent in\?/);
  await visitor.submit({ password: key }, button);
  assert.ok(visitor.left, visitor.html);
  assert.ok(visitor.left.href.startsWith(callback), visitor.left.href);
  return visitor.left.searchParams;
}

async function freePort() {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address();
  taken.close();
  await once(taken, 'close');
  return port;
}

const generations = {
  'the official client, 1.x': [Client, StreamableHTTPClientTransport, UnauthorizedError],
  'the official client, 2.x': [NewClient, NewTransport, undefined],
};

for (const [name, [AnyClient, AnyTransport, Unauthorized]] of Object.entries(generations)) {
  describe(name, () => {
    ofItsOwn();
    for (const view of ['/mcp', '/mcp/full', '/mcp/x/users,organizations']) {
      test(`gets in at ${view} from nothing, asks for more when it needs more, and renews what it has`, async () => {
        const provider = new Provider();
        const transport = () => new AnyTransport(new URL(view, server.url), { authProvider: provider });
        const client = () => new AnyClient({ name: 'vestibule-tests', version: '1.0.0' });
        const first = transport();
        await assert.rejects(client().connect(first), (error) => (Unauthorized ? error instanceof Unauthorized : /nauthorized/.test(String(error))));
        assert.equal(provider.asks.searchParams.get('scope'), 'read', 'the least is asked for at first');
        assert.ok(provider.asks.searchParams.get('resource').startsWith(`${server.url}/mcp`));
        const back = await answer(provider.asks);
        assert.equal(back.get('state'), provider.sent);
        await first.finishAuth(back.get('code'), back.get('iss') ?? undefined);
        assert.match(provider.kept.access_token, /^agt_/);

        const second = transport();
        const connected = client();
        await connected.connect(second);
        const list = { name: 'organizations_list', arguments: {} };
        assert.ok(!(await connected.callTool(list)).isError);
        // The call that needs more is refused with what to ask for, and the client asks.
        const create = { name: 'organizations_create', arguments: { name: `By ${name}` } };
        await assert.rejects(connected.callTool(create));
        if (Unauthorized) {
          // This generation renews its token where it should ask, and gives up; its application asks.
          provider.kept = undefined;
          await auth(provider, { serverUrl: new URL(view, server.url), scope: 'read write' });
        }
        assert.deepEqual(provider.asks.searchParams.get('scope').split(' ').sort(), ['read', 'write']);
        const wider = await answer(provider.asks);
        await second.finishAuth(wider.get('code'), wider.get('iss') ?? undefined);
        await connected.close();

        const last = client();
        await last.connect(transport());
        const made = await last.callTool(create);
        assert.ok(!made.isError, JSON.stringify(made));
        // A token that is over is renewed without asking anybody.
        const before = provider.kept;
        provider.asks = undefined;
        provider.kept = { ...before, access_token: 'agt_over' };
        assert.ok(!(await last.callTool(list)).isError);
        assert.equal(provider.asks, undefined);
        assert.notEqual(provider.kept.refresh_token, before.refresh_token);
        await last.close();
        for (const kept of [before, provider.kept]) for (const secret of [kept.access_token, kept.refresh_token]) server.secrets.add(secret);

        // The operator sees who let it in, and ends it.
        const { body } = await server.request('GET', '/vestibule/v1/agent_tokens');
        const grant = body.data.find((one) => one.client?.id === provider.information.client_id && one.effects.includes('write'));
        assert.deepEqual([grant.client.name, grant.created_by, grant.state], ['A helper', approver.id, 'active']);
        const passed = await server.request('GET', '/organizations', { key: provider.kept.access_token });
        assert.deepEqual([passed.status, passed.body.code], [401, 'agent_token_of_other_resource']);
        await server.request('POST', `/vestibule/v1/agent_tokens/${grant.id}/revoke`);
        await assert.rejects(client().connect(transport()));
      });
    }
  });
}

describe('the authorization server', () => {
  ofItsOwn();

  test('a client that names itself by a document needs no registration', async () => {
    const host = createServer((request, response) => {
      const document = { client_id: id, client_name: 'App of a document', redirect_uris: ['http://127.0.0.1/callback'], token_endpoint_auth_method: 'none' };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(document));
    });
    host.listen(0, '127.0.0.1');
    await once(host, 'listening');
    const id = `http://127.0.0.1:${host.address().port}/client.json`;
    const verifier = randomBytes(32).toString('base64url');
    const asked = new URLSearchParams({
      response_type: 'code',
      client_id: id,
      redirect_uri: callback,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      state: 'x',
      resource: `${server.url}/mcp`,
    });
    const back = await answer(`${server.url}/agents/authorize?${asked}`, { key: server.apiKey });
    assert.equal(back.get('iss'), server.url);
    const form = new URLSearchParams({ grant_type: 'authorization_code', client_id: id, code: back.get('code'), redirect_uri: callback, code_verifier: verifier });
    const answered = await fetch(`${server.url}/agents/token`, { method: 'POST', body: form });
    const tokens = await answered.json();
    assert.deepEqual([answered.status, tokens.token_type, tokens.scope], [200, 'Bearer', 'read'], JSON.stringify(tokens));
    host.close();
  });

  test('somebody who keeps an agent out sends it away with nothing', async () => {
    const provider = new Provider();
    const transport = new StreamableHTTPClientTransport(new URL('/mcp', server.url), { authProvider: provider });
    await assert.rejects(new Client({ name: 'x', version: '1' }).connect(transport), UnauthorizedError);
    const back = await answer(provider.asks, { key: '', button: 'Keep it out' });
    assert.deepEqual([back.get('error'), back.get('code')], ['access_denied', null]);
  });

  test('the conformance suite finds nothing wrong with the authorization server', async (t) => {
    const port = await freePort();
    const mine = `http://127.0.0.1:${port}/callback`;
    const made = await server.request('POST', '/agents/register', { key: null, body: { client_name: 'Conformance', redirect_uris: [mine] } });
    const asked = ['authorization', '--url', server.url, '--client-id', made.body.client_id, '--resource', `${server.url}/mcp`, '-p', String(port)];
    const child = spawn(process.execPath, [suite, ...asked], { stdio: ['ignore', 'pipe', 'pipe'] });
    t.after(() => child.kill());
    let written = '';
    child.stderr.on('data', (chunk) => (written += chunk));
    const ended = once(child, 'close');
    let asks;
    for await (const line of createInterface({ input: child.stdout })) {
      written += `${line}\n`;
      if (line.startsWith(`${server.url}/agents/authorize?`)) asks = line.trim();
      // It shows the address to open, and listens a moment later.
      if (!asks || !line.startsWith('Callback server started')) continue;
      const visitor = new Visitor(server);
      await visitor.open(asks);
      await visitor.submit({ password: approver.value }, 'Let it in');
      assert.ok(visitor.left, visitor.html);
      await unwatchedFetch(visitor.left);
    }
    const [code] = await ended;
    assert.equal(code, 0, written);
    assert.match(written, /authorization-code-grant/);
    assert.doesNotMatch(written, /WARNING|SKIPPED|FAILURE/, written);
  });
});
