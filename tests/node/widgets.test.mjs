// Widget tokens through the official SDK, and the endpoint that a widget asks with one.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NotFoundException, UnprocessableEntityException } from '@workos-inc/node';
import { claims, refused, unique, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';

const scope = 'widgets:audit-log-streaming:manage';
let server, workos, organizationId, userId, membershipId;

before(async () => {
  server = await startServer();
  workos = server.sdk();
  organizationId = (await workos.organizations.createOrganization({ name: 'Audited' })).id;
  userId = (await workos.userManagement.createUser({ email: uniqueEmail('auditor') })).id;
  const role = unique('auditor');
  await workos.authorization.createEnvironmentRole({ slug: role, name: 'Auditor' });
  await workos.authorization.addEnvironmentRolePermission(role, { permissionSlug: scope });
  membershipId = (await workos.userManagement.createOrganizationMembership({ userId, organizationId, roleSlug: role })).id;
});
after(() => server.stop());

const stream = (token) => server.request('GET', '/_widgets/admin-portal/audit-log-stream', { key: token });

test('a widget token shows the stream of the organization for which it was made', async () => {
  const { token } = await workos.widgets.createToken({ userId, organizationId, scopes: [scope] });
  server.secrets.add(token);
  const { sub, org_id, permissions, iat, exp } = claims(token);
  assert.deepEqual([sub, org_id, permissions, exp - iat], [userId, organizationId, [scope], 3600]);
  assert.deepEqual(await stream(token).then(({ status, body }) => [status, body]), [200, {}]);
  const made = await workos.post('/vestibule/v1/audit_logs/streams', {
    organization_id: organizationId,
    splunk: { url: 'https://splunk.example', token: 'a-token-of-splunk' },
  });
  const shown = await stream(token);
  assert.deepEqual([shown.body.id, shown.body.type, shown.body.state], [made.data.id, 'Splunk', 'Active']);
  await workos.userManagement.deactivateOrganizationMembership(membershipId);
  assert.equal((await stream(token)).status, 403);
  await workos.userManagement.reactivateOrganizationMembership(membershipId);
  assert.equal((await stream(token)).status, 200);
});

test('no token is made for what its user may not do, or for nobody', async () => {
  const ask = (changes) => workos.widgets.createToken({ userId, organizationId, scopes: [scope], ...changes });
  await refused(ask({ scopes: ['widgets:sso:manage'] }), UnprocessableEntityException);
  await refused(ask({ userId: 'user_nobody' }), NotFoundException, { message: "User not found: 'user_nobody'." });
  await refused(ask({ organizationId: 'org_nothing' }), NotFoundException, { message: "Organization not found: 'org_nothing'." });
  await assert.rejects(ask({ organizationId: undefined }), { status: 400 });
  await assert.rejects(ask({ userId: undefined }), { status: 400 });
});
