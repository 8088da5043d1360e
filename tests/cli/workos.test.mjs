// The official command line, each command as its own process, with a home folder of its own.
// It finds the server through an environment that `workos env add` stores, as its users do.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { goodPassword, unique, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';

const program = fileURLToPath(new URL('node_modules/workos/dist/bin.js', import.meta.url));
let server, home, users;

before(async () => {
  server = await startServer();
  users = server.sdk().userManagement;
  home = mkdtempSync(join(tmpdir(), 'vestibule-cli-'));
  const added = await ok('env', 'add', 'local', server.apiKey, '--client-id', server.clientId, '--endpoint', server.url);
  assert.equal(added.status, 'ok');
});
after(async () => {
  rmSync(home, { recursive: true, force: true });
  await server.stop();
});

function run(args) {
  const env = { PATH: process.env.PATH, HOME: home, CI: 'true', WORKOS_TELEMETRY: 'false', WORKOS_API_BASE_URL: server.url, WORKOS_API_URL: server.url };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...args, '--insecure-storage'], { env, cwd: home, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? (error.code ?? error.signal) : 0, stdout, stderr }),
    );
    child.stdin.end();
  });
}

/** Runs a command that must succeed and answers the JSON that it prints. */
async function ok(...args) {
  const { code, stdout, stderr } = await run(args);
  assert.equal(code, 0, `workos ${args.join(' ')}\n${stdout}${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

/** Runs a command that must fail and answers the error that it prints. */
async function failing(...args) {
  const { code, stdout, stderr } = await run(args);
  assert.notEqual(code, 0, `workos ${args.join(' ')} did not fail\n${stdout}`);
  return JSON.parse(stderr.trim().split('\n').at(-1)).error;
}

const newUser = () => users.createUser({ email: uniqueEmail('cli'), password: goodPassword, emailVerified: true });
const newOrganization = async () => (await ok('organization', 'create', unique('Cli'))).data;

test('organizations are made, read, listed, changed and deleted', async () => {
  const domain = `${unique('cli')}.example`;
  const { data: made } = await ok('organization', 'create', 'From the CLI', `${domain}:verified`);
  assert.equal(made.domains[0].domain, domain);
  assert.equal((await ok('organization', 'get', made.id)).name, 'From the CLI');
  const listed = await ok('organization', 'list', '--domain', domain);
  assert.deepEqual(listed.data.map((one) => one.id), [made.id]);
  assert.equal((await ok('organization', 'list', '--limit', '1')).data.length, 1);
  assert.equal((await ok('organization', 'update', made.id, 'Renamed')).data.name, 'Renamed');
  await ok('organization', 'delete', made.id);
  assert.match((await failing('organization', 'get', made.id)).message, /not found/i);
});

test('users are read, listed, changed and deleted', async () => {
  const user = await newUser();
  assert.equal((await ok('user', 'get', user.id)).email, user.email);
  assert.deepEqual((await ok('user', 'list', '--email', user.email)).data.map((one) => one.id), [user.id]);
  const updated = await ok('user', 'update', user.id, '--first-name', 'Cleo', '--external-id', unique('cli'));
  assert.equal(updated.data.firstName, 'Cleo');
  await ok('user', 'delete', user.id);
  assert.match((await failing('user', 'get', user.id)).message, /not found/i);
});

test('permissions and roles are made and joined', async () => {
  const permission = unique('cli:read');
  const role = unique('cli-role');
  await ok('permission', 'create', '--slug', permission, '--name', 'Read');
  assert.equal((await ok('permission', 'get', permission)).slug, permission);
  await ok('permission', 'update', permission, '--name', 'Read all');
  assert.ok((await ok('permission', 'list', '--limit', '100')).data.some((one) => one.slug === permission));
  await ok('role', 'create', '--slug', role, '--name', 'Role');
  await ok('role', 'set-permissions', role, '--permissions', permission);
  assert.deepEqual((await ok('role', 'get', role)).permissions, [permission]);
  await ok('role', 'update', role, '--name', 'Renamed');
  assert.ok((await ok('role', 'list')).data.some((one) => one.slug === role));
  await ok('permission', 'delete', permission);
  assert.deepEqual((await ok('role', 'get', role)).permissions, []);
});

test('an organization has roles of its own', async () => {
  const organization = await newOrganization();
  const [permission, role] = [unique('cli:own'), unique('org-cli')];
  await ok('permission', 'create', '--slug', permission, '--name', 'Own');
  await ok('role', 'create', '--org', organization.id, '--slug', role, '--name', 'Own');
  await ok('role', 'add-permission', role, permission, '--org', organization.id);
  assert.deepEqual((await ok('role', 'get', role, '--org', organization.id)).permissions, [permission]);
  await ok('role', 'remove-permission', role, permission, '--org', organization.id);
  await ok('role', 'delete', role, '--org', organization.id);
  assert.match((await failing('role', 'get', role, '--org', organization.id)).message, /not found/i);
});

test('memberships are made, changed, switched off and on, and deleted', async () => {
  const [organization, user] = [await newOrganization(), await newUser()];
  const { data: made } = await ok('membership', 'create', '--org', organization.id, '--user', user.id, '--role', 'member');
  assert.equal((await ok('membership', 'get', made.id)).status, 'active');
  assert.deepEqual((await ok('membership', 'list', '--org', organization.id)).data.map((one) => one.id), [made.id]);
  assert.equal((await ok('membership', 'update', made.id, '--role', 'admin')).data.role.slug, 'admin');
  assert.equal((await ok('membership', 'deactivate', made.id)).data.status, 'inactive');
  assert.equal((await ok('membership', 'reactivate', made.id)).data.status, 'active');
  await ok('membership', 'delete', made.id);
  assert.match((await failing('membership', 'get', made.id)).message, /not found/i);
});

test('invitations are sent, resent and revoked', async () => {
  const organization = await newOrganization();
  const email = uniqueEmail('cli-invited');
  const { data: sent } = await ok('invitation', 'send', '--email', email, '--org', organization.id, '--role', 'member', '--expires-in-days', '3');
  assert.equal((await ok('invitation', 'get', sent.id)).state, 'pending');
  assert.deepEqual((await ok('invitation', 'list', '--org', organization.id)).data.map((one) => one.id), [sent.id]);
  assert.equal((await ok('invitation', 'resend', sent.id)).data.state, 'pending');
  assert.equal((await ok('invitation', 'revoke', sent.id)).data.state, 'revoked');
  assert.match((await failing('invitation', 'revoke', sent.id)).message, /pending/);
  const onboarded = await ok('onboard-user', uniqueEmail('cli-onboarded'), '--org', organization.id, '--role', 'member');
  assert.match(onboarded.invitationId, /^invitation_/);
});

test('sessions are listed and revoked', async () => {
  const user = await newUser();
  await users.authenticateWithPassword({ email: user.email, password: goodPassword });
  const { data } = await ok('session', 'list', user.id);
  assert.equal(data.length, 1);
  await ok('session', 'revoke', data[0].id);
  assert.deepEqual((await ok('session', 'list', user.id)).data, []);
});

test('events are listed', async () => {
  const organization = await newOrganization();
  await server.event('organization.created', (one) => one.data.id === organization.id);
  const { data } = await ok('event', 'list', '--events', 'organization.created', '--org', organization.id);
  assert.deepEqual(data.map((one) => one.data.id), [organization.id]);
});

test('webhook endpoints are made, listed and deleted', async () => {
  const url = `https://hooks.example/${unique('cli')}`;
  const { data: made } = await ok('webhook', 'create', '--url', url, '--events', 'user.created,user.deleted');
  assert.ok(made.secret);
  assert.ok((await ok('webhook', 'list')).data.some((one) => one.id === made.id && one.endpoint_url === url));
  await ok('webhook', 'delete', made.id);
  assert.ok(!(await ok('webhook', 'list')).data.some((one) => one.id === made.id));
});

test('redirect URIs, origins and the homepage are set, twice without harm', async () => {
  const uri = `http://localhost:3000/${unique('cli')}`;
  const origin = `http://${unique('cli')}.localhost:3000`;
  assert.match((await ok('config', 'redirect', 'add', uri)).message, /^Added/);
  assert.match((await ok('config', 'redirect', 'add', uri)).message, /already exists/);
  assert.match((await ok('config', 'cors', 'add', origin)).message, /^Added/);
  assert.match((await ok('config', 'cors', 'add', origin)).message, /already exists/);
  await ok('config', 'homepage-url', 'set', 'http://localhost:3000');
});

test('API keys of an organization are made, validated, listed and deleted', async () => {
  const organization = await newOrganization();
  const { data: made } = await ok('api-key', 'create', '--org', organization.id, '--name', 'From the CLI');
  server.secrets.add(made.value);
  assert.equal((await ok('api-key', 'validate', made.value)).apiKey.id, made.id);
  assert.deepEqual((await ok('api-key', 'list', '--org', organization.id)).data.map((one) => one.id), [made.id]);
  await ok('api-key', 'delete', made.id);
  assert.equal((await ok('api-key', 'validate', made.value)).apiKey, null);
});

test('domains are made, asked for and deleted', async () => {
  const organization = await newOrganization();
  const { data: made } = await ok('org-domain', 'create', `${unique('cli')}.example`, '--org', organization.id);
  assert.equal((await ok('org-domain', 'get', made.id)).state, 'pending');
  assert.equal((await ok('org-domain', 'verify', made.id)).data.id, made.id);
  await ok('org-domain', 'delete', made.id);
  assert.match((await failing('org-domain', 'get', made.id)).message, /not found/i);
});

test('one command sets up an organization with a domain and roles', async () => {
  const role = unique('org-setup');
  const done = await ok('setup-org', unique('Setup'), '--domain', `${unique('setup')}.example`, '--roles', role);
  assert.match(done.organizationId, /^org_/);
  assert.match(done.domainId, /^org_domain_/);
  assert.deepEqual(done.roles, [role]);
});

test('a seed file is applied twice without harm, and cleaned up', async () => {
  const [permission, role, domain] = [unique('seed:read'), unique('seeded'), `${unique('seed')}.example`];
  const file = join(home, 'seed.yml');
  writeFileSync(
    file,
    [
      'permissions:',
      `  - { name: Read, slug: "${permission}" }`,
      'roles:',
      `  - { name: Seeded, slug: "${role}", permissions: ["${permission}"] }`,
      'organizations:',
      `  - { name: Seeded, domains: ["${domain}"] }`,
      'config:',
      '  redirect_uris: ["http://localhost:3000/seeded"]',
      '  cors_origins: ["http://seeded.localhost:3000"]',
      '  homepage_url: http://localhost:3000',
    ].join('\n'),
  );
  const first = await ok('seed', '--file', file);
  assert.equal(first.state.organizations.length, 1);
  const clean = first.state;
  assert.deepEqual((await ok('role', 'get', role)).permissions, [permission]);
  const second = await ok('seed', '--file', file);
  assert.deepEqual([second.state.permissions, second.state.roles, second.state.organizations], [[], [], []]);
  await ok('organization', 'delete', clean.organizations[0].id);
});

test('any operation is called by its path', async () => {
  const { id } = await newOrganization();
  assert.equal((await ok('api', `/organizations/${id}`)).id, id);
  const made = await ok('api', '/organizations', '-X', 'POST', '-d', '{"name":"By path"}', '--yes');
  assert.equal(made.name, 'By path');
});

test('a wrong key is told as such', async () => {
  const error = await failing('organization', 'list', '--api-key', 'sk_test_wrong');
  assert.match(error.message, /Invalid API key/);
});
