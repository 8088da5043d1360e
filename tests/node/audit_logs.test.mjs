// Audit logs through the official SDK: schemas, events, retention, exports.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BadRequestException, NotFoundException, UnprocessableEntityException } from '@workos-inc/node';
import { assertId, assertTimestamp, refused, unique } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';
import { eventually } from '../harness/waiting.mjs';

let server, workos, organization;

before(async () => {
  server = await startServer();
  workos = server.sdk();
  organization = (await workos.organizations.createOrganization({ name: 'Audited' })).id;
});
after(() => server.stop());

const day = 24 * 60 * 60 * 1000;

function told(action, changes = {}) {
  return {
    action,
    occurredAt: new Date(Date.now() - 60_000),
    actor: { id: 'user_1', type: 'user', name: 'Zoë ünïcödé ✓', metadata: { role: 'admin' } },
    targets: [{ id: 'invoice_1', type: 'invoice', metadata: { cost: 12.5 } }],
    context: { location: '192.0.2.1', userAgent: 'Test/1.0' },
    metadata: { reason: 'because', paid: true },
    ...changes,
  };
}

async function schema(action) {
  return workos.auditLogs.createSchema({
    action,
    actor: { metadata: { role: 'string' } },
    targets: [{ type: 'invoice', metadata: { cost: 'number' } }, { type: 'team' }],
    metadata: { reason: 'string', paid: 'boolean' },
  });
}

async function events(query) {
  const parameters = new URLSearchParams({ organization_id: organization, ...query });
  const response = await server.request('GET', `/vestibule/v1/audit_logs/events?${parameters}`);
  assert.equal(response.status, 200);
  return response.body.data;
}

test('an action begins with its first schema, and each further one is the next version', async () => {
  const action = unique('invoice.made');
  const first = await schema(action);
  assert.equal(first.object, 'audit_log_schema');
  assert.equal(first.version, 1);
  assert.deepEqual(first.targets, [{ type: 'invoice', metadata: { cost: 'number' } }, { type: 'team', metadata: undefined }]);
  assert.deepEqual([first.actor, first.metadata], [{ metadata: { role: 'string' } }, { reason: 'string', paid: 'boolean' }]);
  assertTimestamp(first.createdAt);
  const second = await workos.auditLogs.createSchema({ action, targets: [{ type: 'bill' }] });
  assert.equal(second.version, 2);
  const { data } = await workos.auditLogs.listSchemas(action);
  assert.deepEqual(data.map((one) => one.version), [2, 1]);
  await refused(workos.auditLogs.listSchemas('no.such'), NotFoundException, { message: "Audit Log action not found: 'no.such'." });
  await refused(workos.auditLogs.createSchema({ action, targets: [] }), UnprocessableEntityException);
});

test('an event is taken once for each key, and read as it was told', async () => {
  const action = unique('invoice.paid');
  await schema(action);
  const event = told(action);
  await workos.auditLogs.createEvent(organization, event);
  await workos.auditLogs.createEvent(organization, event, { idempotencyKey: 'mine' });
  await workos.auditLogs.createEvent(organization, event, { idempotencyKey: 'mine' });
  const data = await events({ actions: action });
  assert.equal(data.length, 2, 'the SDK gives each call a key of its own where none is given');
  assertId(data[0].id, 'audit_log_event');
  assert.equal(data[0].occurred_at, event.occurredAt.toISOString());
  assert.deepEqual(data[0].actor, event.actor);
  assert.deepEqual(data[0].targets, event.targets);
  assert.deepEqual(data[0].context, { location: '192.0.2.1', user_agent: 'Test/1.0' });
  assert.deepEqual(data[0].metadata, event.metadata);
  assert.deepEqual(await events({ target_id: 'invoice_1', text: action.toUpperCase() }), data);
});

test('an event that its schema does not know is refused', async () => {
  const action = unique('invoice.sent');
  const invalid = { code: 'invalid_audit_log_event', message: 'Invalid Audit Log event.' };
  const paths = (error) => error.errors.map((one) => one.instancePath);
  let error = await refused(workos.auditLogs.createEvent(organization, told(action)), BadRequestException, invalid);
  assert.deepEqual(paths(error), ['/action']);
  await schema(action);
  const stranger = told(action, { targets: [{ id: '1', type: 'stranger' }] });
  error = await refused(workos.auditLogs.createEvent(organization, stranger), BadRequestException, invalid);
  assert.deepEqual(paths(error), ['/targets']);
  const wrong = told(action, { metadata: { reason: 1 } });
  error = await refused(workos.auditLogs.createEvent(organization, wrong), BadRequestException, invalid);
  assert.deepEqual(paths(error), ['/metadata/reason']);
  await refused(workos.auditLogs.createEvent('org_none', told(action)), NotFoundException, { message: "Organization not found: 'org_none'." });
  const long = told(action, { metadata: { reason: 'x'.repeat(501) } });
  await refused(workos.auditLogs.createEvent(organization, long), UnprocessableEntityException);
  assert.deepEqual(await events({ actions: action }), []);
});

test('retention is set by a period and by days', async () => {
  const get = () => workos.auditLogs.getOrganizationAuditLogsRetention({ id: organization });
  assert.deepEqual(await get(), { retentionPeriodInDays: null });
  const set = await workos.auditLogs.updateOrganizationAuditLogsRetention({ id: organization, retentionPeriod: '3_MONTHS' });
  assert.deepEqual(set, { retentionPeriodInDays: 90 });
  assert.deepEqual(await get(), set);
  await refused(
    workos.auditLogs.updateOrganizationAuditLogsRetention({ id: organization, retentionPeriod: '13_MONTHS' }),
    UnprocessableEntityException,
  );
  await refused(workos.auditLogs.getOrganizationAuditLogsRetention({ id: 'org_none' }), NotFoundException);
  const { body: configuration } = await server.request('GET', `/organizations/${organization}/audit_log_configuration`);
  assert.deepEqual(configuration, { organization_id: organization, retention_period_in_days: 90, state: 'active' });
});

test('an export is made, downloaded and proved', async () => {
  const action = unique('invoice.exported');
  await schema(action);
  for (const name of ['=1+1', 'Ada', 'Bo']) {
    await workos.auditLogs.createEvent(organization, told(action, { actor: { id: `id ${name}`, type: 'user', name } }));
  }
  const made = await workos.auditLogs.createExport({
    organizationId: organization,
    rangeStart: new Date(Date.now() - day),
    rangeEnd: new Date(Date.now() + day),
    actions: [action],
    actorNames: ['=1+1', 'Ada'],
  });
  assert.equal(made.object, 'audit_log_export');
  assertId(made.id, 'audit_log_export');
  assert.deepEqual([made.state, made.url], ['pending', null]);
  const ready = await eventually(async () => {
    const now = await workos.auditLogs.getExport(made.id);
    return now.state === 'ready' && now;
  }, 'the export');
  assert.ok(ready.url.startsWith(`${server.url}/exports/audit_logs/`));
  const response = await fetch(ready.url);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/csv; charset=utf-8');
  assert.equal(response.headers.get('content-disposition'), `attachment; filename="${made.id}.csv"`);
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const text = await response.text();
  const lines = text.trim().split('\r\n');
  assert.equal(lines.length, 3);
  assert.ok(lines[1].includes(",'=1+1,"), 'a formula is made text');
  for (const url of [ready.url.replace('signature=', 'signature=0'), ready.url.replace(/expires=\d/, 'expires=9'), ready.url.split('?')[0]]) {
    assert.equal((await fetch(url)).status, 404, url);
  }
  const { body: progress } = await server.request('GET', `/vestibule/v1/audit_logs/exports/${made.id}`);
  assert.deepEqual([progress.events, progress.bytes], [2, Buffer.byteLength(text)]);
  const body = { organization_id: organization, token: progress.manifest };
  const { body: proved } = await server.request('POST', '/vestibule/v1/audit_logs/verify', { body });
  assert.deepEqual([proved.valid, proved.problem], [true, null]);
  const backwards = { organizationId: organization, rangeStart: new Date(), rangeEnd: new Date(Date.now() - day) };
  await assert.rejects(workos.auditLogs.createExport(backwards), { status: 400, message: /Invalid date range/ });
  await refused(workos.auditLogs.getExport('audit_log_export_none'), NotFoundException);
});
