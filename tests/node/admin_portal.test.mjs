// Links to the admin portal, through the official Node SDK.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NotFoundException, UnprocessableEntityException } from '@workos-inc/node';
import { refused } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';
import { Visitor } from '../harness/visitor.mjs';
import { unwatchedFetch } from '../harness/watched_fetch.mjs';

let server, workos, organization;

before(async () => {
  server = await startServer();
  workos = server.sdk();
  organization = (await workos.organizations.createOrganization({ name: 'Portal' })).id;
});
after(() => server.stop());

async function generate(options = {}) {
  const { link } = await workos.adminPortal.generateLink({ organization, ...options });
  server.secrets.add(link.split('/').pop());
  return link;
}

const listed = async () => (await server.request('GET', `/portal_links?organization_id=${organization}`)).body.data;

test('a link opens the portal once, and its list tells so', async () => {
  const link = await generate({
    intent: 'sso',
    returnUrl: 'https://app.example/settings',
    successUrl: 'https://app.example/done',
    intentOptions: { sso: { bookmarkSlug: 'acme' } },
    adminEmails: ['it@acme.test'],
  });
  assert.ok(link.startsWith(server.url), link);
  const visitor = await new Visitor(server).open(link);
  assert.equal((await listed())[0].state, 'issued');
  await visitor.submit({});
  const [made] = await listed();
  assert.deepEqual([made.state, made.intent, made.it_contact_emails], ['opened', 'sso', ['it@acme.test']]);
  const { body } = await server.request('GET', `/portal_links/${made.id}`);
  assert.deepEqual(body, made);
});

test('revoking ends the links of one user', async () => {
  // The SDK has no names for these yet.
  const input = { organization, external_user_id: 'user-of-the-application' };
  const { data } = await workos.post('/portal/generate_link', input);
  server.secrets.add(data.link.split('/').pop());
  assert.equal((await unwatchedFetch(data.link)).status, 200);
  await workos.post('/portal/revoke_link', input);
  assert.equal((await listed())[0].state, 'revoked');
  assert.equal((await unwatchedFetch(data.link)).status, 410);
});

test('what cannot be opened is refused by the exceptions of the SDK', async () => {
  await refused(workos.adminPortal.generateLink({ organization: 'org_none', intent: 'sso' }), NotFoundException);
  await refused(workos.adminPortal.generateLink({ organization, intent: 'dsync' }), UnprocessableEntityException);
  await refused(workos.adminPortal.generateLink({ organization, returnUrl: 'javascript:alert(1)' }), UnprocessableEntityException);
});
