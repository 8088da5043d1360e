// The widgets of @workos-inc/widgets on a page of the application: unchanged but for the address of the API.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { unique } from '../harness/expect.mjs';
import { startReceiver } from '../harness/receiver.mjs';
import { eventually } from '../harness/waiting.mjs';

const scope = 'widgets:audit-log-streaming:manage';
const streams = '/vestibule/v1/audit_logs/streams';

/** Walks over the widget that shows how the stream of an organization's audit log fares. */
export function walkTheAuditLogStream(all) {
  let receiver;

  before(async () => {
    receiver = await startReceiver();
  });
  after(() => receiver?.stop());

  /** Somebody whose role in an organization of theirs lets them manage the streams of its audit log. */
  const auditor = async () => {
    const role = unique('auditor');
    await all.workos.authorization.createEnvironmentRole({ slug: role, name: 'Auditor' });
    await all.workos.authorization.addEnvironmentRolePermission(role, { permissionSlug: scope });
    const { user, organizations: [organization] } = await all.member(unique('Audited'));
    const { data: [membership] } = await all.users.listOrganizationMemberships({ userId: user.id, organizationId: organization.id });
    await all.users.updateOrganizationMembership(membership.id, { roleSlug: role });
    return { user, organization: organization.id, membership: membership.id };
  };
  const createStream = async (organization, destination) => (await all.workos.post(streams, { organization_id: organization, ...destination })).data;
  const change = (stream, changes) => all.server.request('PATCH', `${streams}/${stream.id}`, { body: changes });

  /** Opens the page of the widgets with a token that the backend of the application got. */
  const opens = async ({ user, organization }) => {
    const { token } = await all.workos.widgets.createToken({ userId: user.id, organizationId: organization, scopes: [scope] });
    all.server.secrets.add(token);
    const person = await all.window.person();
    await person.visits(`${all.app.origin}/widgets#token=${token}`);
    return person;
  };
  const shows = (person, words) => person.page.getByText(words, typeof words === 'string' ? { exact: true } : {}).waitFor();

  test('the widget says that there is no stream yet', async () => {
    const person = await opens(await auditor());
    await shows(person, "You haven't set up Log Streams yet.");
    await person.button('Set up Log Streams').waitFor();
    await person.photographs('widget-audit-log-stream-none');
    await person.leaves();
  });

  test('the widget shows that events are sent, and when the last one was', async () => {
    const member = await auditor();
    const stream = await createStream(member.organization, { generic_https: { url: `${receiver.url}/logs` }, batching: { age_seconds_max: 0 } });
    await all.workos.auditLogs.createSchema({ action: 'file.read', targets: [{ type: 'file' }] });
    await all.workos.auditLogs.createEvent(member.organization, {
      action: 'file.read',
      occurredAt: new Date(),
      actor: { id: member.user.id, type: 'user' },
      targets: [{ id: 'file_1', type: 'file' }],
      context: { location: '192.0.2.1' },
    });
    await eventually(async () => (await all.workos.get(`${streams}/${stream.id}`)).data.last_synced_event_id, 'an event at the receiver');
    const person = await opens(member);
    await shows(person, 'Streaming');
    await shows(person, 'Generic HTTPS');
    await shows(person, /^Last sync /);
    await person.photographs('widget-audit-log-stream-active');
    // The button leads to the portal, in a tab of its own, which shows the same stream.
    const opened = person.page.context().waitForEvent('page');
    await person.button('Manage').click();
    const portal = await opened;
    await portal.waitForURL('**/portal/open/*');
    await portal.getByRole('button').click();
    await portal.waitForURL('**/portal/log-streams');
    await portal.getByText(`${receiver.url}/logs`).waitFor();
    await portal.close();
    await shows(person, 'Streaming');
    await change(stream, { state: 'inactive' });
    await person.page.reload();
    await shows(person, 'Setup in progress');
    await person.leaves();
  });

  test('the widget shows that a receiver takes nothing', async () => {
    const member = await auditor();
    receiver.answerWith('/broken', ...Array(50).fill(500));
    const stream = await createStream(member.organization, { generic_https: { url: `${receiver.url}/broken` }, batching: { age_seconds_max: 0 } });
    await all.workos.auditLogs.createEvent(member.organization, {
      action: 'file.read',
      occurredAt: new Date(),
      actor: { id: member.user.id, type: 'user' },
      targets: [{ id: 'file_1', type: 'file' }],
      context: { location: '192.0.2.1' },
    });
    await eventually(async () => (await all.workos.get(`${streams}/${stream.id}`)).data.state === 'error', 'a failure of the stream');
    const person = await opens(member);
    await shows(person, 'Not streaming');
    await person.photographs('widget-audit-log-stream-error');
    await person.leaves();
  });

  test('the widget shows a stream to syslog by its name', async () => {
    const member = await auditor();
    await createStream(member.organization, { syslog: { host: 'logs.example' } });
    const person = await opens(member);
    await shows(person, 'Syslog');
    await shows(person, 'Streaming');
    await person.photographs('widget-audit-log-stream-syslog');
    await person.leaves();
  });

  test('the token of who is signed in takes the place of a widget token, while their role permits it', async () => {
    const member = await auditor();
    await createStream(member.organization, { datadog: { api_key: 'a-key-of-datadog-0123456789' } });
    const { person } = await all.signedIn(member.user);
    await person.visits(`${all.app.origin}/widgets`);
    await shows(person, 'Datadog');
    await shows(person, 'Streaming');
    await all.users.updateOrganizationMembership(member.membership, { roleSlug: 'member' });
    await person.page.reload();
    await shows(person, 'Incorrect permissions');
    await person.photographs('widget-audit-log-stream-refused');
    await person.leaves();
  });
}
