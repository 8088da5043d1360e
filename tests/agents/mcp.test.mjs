// The official MCP client of the TypeScript SDK, which holds each structured result against the tool's output schema,
// walks the domains as an agent would: over stdio and over HTTP.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { goodPassword, unique, uniqueEmail } from '../harness/expect.mjs';
import { demoPassword, demoRedirect, startServer } from '../harness/server.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = process.env.VESTIBULE_TEST_PROGRAM ?? join(root, 'target/debug/vestibule');
/** Lists of environments of another kind than this one. */
const ofSandboxes = ['error_hooks_list', 'sandbox_messages_list'];
/** Lists that want to know of what, in one of several ways. */
const ofOrganizations = ['authorization_resources_list', 'organization_memberships_list'];
let server;

before(async () => {
  server = await startServer();
});
after(() => server.stop());

function overStdio() {
  const env = { PATH: process.env.PATH, WORKOS_BASE_URL: server.url, WORKOS_API_KEY: server.apiKey };
  return new StdioClientTransport({ command: program, args: ['mcp', '--view', 'full'], env });
}

function overHttp(key = server.apiKey) {
  const headers = key ? { authorization: `Bearer ${key}` } : {};
  return new StreamableHTTPClientTransport(new URL('/mcp/full', server.url), { requestInit: { headers } });
}

async function connect(transport) {
  const client = new Client({ name: 'vestibule-tests', version: '1.0.0' });
  await client.connect(transport);
  return client;
}

for (const [name, open] of [
  ['stdio', overStdio],
  ['http', overHttp],
]) {
  describe(`an agent over ${name}`, () => {
    let client;
    before(async () => {
      client = await connect(open());
      // From here on the client knows the output schemas and refuses a result that is not as they say.
      assert.ok((await client.listTools()).tools.length > 100);
    });
    after(() => client.close());

    async function call(tool, values = {}) {
      const result = await client.callTool({ name: tool, arguments: values });
      assert.ok(!result.isError, `${tool} ${JSON.stringify(values)}: ${JSON.stringify(result.content)}`);
      assert.deepEqual(JSON.parse(result.content[0].text), result.structuredContent);
      return result.structuredContent;
    }

    async function refusal(tool, values = {}) {
      const result = await client.callTool({ name: tool, arguments: values });
      assert.ok(result.isError, `${tool} was not refused: ${JSON.stringify(result.content)}`);
      assert.equal(result.structuredContent, undefined);
      return JSON.parse(result.content[0].text);
    }

    test('organizations, domains and members', async () => {
      const made = await call('organizations_create', { name: 'Łódź 🏭', domain_data: [{ domain: `${unique()}.example`, state: 'pending' }] });
      assert.equal(made.name, 'Łódź 🏭');
      assert.deepEqual(await call('organizations_get', { id: made.id }), made);
      const domain = made.domains[0];
      assert.equal((await call('organization_domains_get', { id: domain.id })).domain, domain.domain);
      const user = await call('users_create', { email: uniqueEmail(), password: goodPassword, first_name: 'Ada' });
      const member = await call('organization_memberships_create', { user_id: user.id, organization_id: made.id });
      const members = await call('organization_memberships_list', { organization_id: made.id });
      assert.deepEqual(members.data.map((one) => one.id), [member.id]);
      const group = await call('groups_create', { organization_id: made.id, name: 'Crew' });
      await call('groups_add_member', { organization_id: made.id, group_id: group.id, organization_membership_id: member.id });
      assert.equal((await call('groups_list_members', { organization_id: made.id, group_id: group.id })).data.length, 1);
      assert.deepEqual(await call('users_list_identities', { id: user.id }), { data: [] });
      assert.deepEqual(await call('users_delete', { id: user.id }), { done: true });
      assert.equal((await refusal('users_get', { id: user.id })).code, 'entity_not_found');
    });

    test('signing in, and what comes of it', async () => {
      const known = { client_id: server.clientId, client_secret: server.apiKey };
      const ada = { ...known, grant_type: 'password', email: 'ada@acme.test' };
      const signedIn = await call('user_management_authenticate', { ...ada, password: demoPassword });
      assert.equal(signedIn.user.email, 'ada@acme.test');
      const renewed = await call('user_management_authenticate', { ...known, grant_type: 'refresh_token', refresh_token: signedIn.refresh_token });
      assert.ok(renewed.access_token);
      assert.ok((await call('sessions_list', { id: signedIn.user.id })).data.length > 0);
      assert.equal((await refusal('user_management_authenticate', { ...ada, password: 'Wrong-4100' })).code, 'invalid_credentials');
      const { location } = await call('user_management_authorize', {
        client_id: server.clientId,
        redirect_uri: demoRedirect,
        response_type: 'code',
        provider: 'authkit',
      });
      assert.ok(location.startsWith(server.url), location);
    });

    test('codes, factors, keys and webhooks, which are sensitive', async () => {
      const { tools } = await client.listTools();
      const sensitive = (tool) => tools.find((one) => one.name === tool)._meta?.['vestibule/sensitive'];
      const email = uniqueEmail();
      const user = await call('users_create', { email });
      const magic = await call('magic_auth_create', { email });
      assert.match(magic.code, /^\d{6}$/);
      assert.deepEqual(sensitive('magic_auth_create'), ['code']);
      assert.equal((await call('magic_auth_get', { id: magic.id })).code, magic.code);
      const enrolled = await call('auth_factors_create', { user_id: user.id, type: 'totp', totp_issuer: 'Me', totp_user: email });
      assert.ok(enrolled.authentication_factor.totp.secret);
      const verified = await call('auth_challenges_verify', { id: enrolled.authentication_challenge.id, code: '012345' }).catch((error) => error);
      assert.ok(!/invalid_type/.test(JSON.stringify(verified)), 'a code stays text');
      const key = await call('organization_api_keys_create', { organization_id: 'org_demo_acme', name: 'Agent' });
      assert.deepEqual(sensitive('organization_api_keys_create'), ['value']);
      assert.equal((await call('api_keys_validate', { value: key.value })).api_key.id, key.id);
      const hook = await call('webhook_endpoints_create', { endpoint_url: `https://${unique()}.example/h`, events: ['user.created'] });
      assert.ok(hook.secret);
      assert.equal(sensitive('organizations_get'), undefined);
      assert.deepEqual(await call('api_keys_delete', { id: key.id }), { done: true });
    });

    test('every list, read to its end', async () => {
      const { tools } = await client.listTools();
      const lists = tools.filter((tool) => /_list$/.test(tool.name) && !tool.inputSchema.required?.length && !ofSandboxes.includes(tool.name));
      for (const tool of ofSandboxes) assert.equal((await refusal(tool)).code, 'sandbox_required');
      assert.ok(lists.length > 8, lists.map((tool) => tool.name).join());
      for (const tool of lists) {
        const filter = ofOrganizations.includes(tool.name) ? { organization_id: 'org_demo_acme' } : {};
        const paged = 'limit' in (tool.inputSchema.properties ?? {});
        const seen = new Set();
        for (let after; ; ) {
          const page = await call(tool.name, { ...filter, ...(paged ? { limit: 2 } : {}), ...(after ? { after } : {}) });
          assert.ok(Array.isArray(page.data), `${tool.name} answers no list: ${JSON.stringify(page)}`);
          for (const one of page.data) assert.ok(!seen.has(one.id ?? one.slug) && seen.add(one.id ?? one.slug), tool.name);
          after = page.list_metadata?.after;
          // Long pages are cut at an item, which is sound only where cursors are the ids of items.
          if (after) assert.equal(after, page.data.at(-1).id, tool.name);
          if (!after) break;
        }
      }
    });
  });
}

test('without a key there is no session over HTTP', async () => {
  for (const key of [null, 'sk_wrong']) {
    await assert.rejects(connect(overHttp(key)), (error) => error.code === 401 && /Unauthorized/.test(error.message));
  }
});
