import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GenericServerException, UnprocessableEntityException } from '@workos-inc/node';
import { assertId, assertTimestamp, ids, refused, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';
import { eventually } from '../harness/waiting.mjs';

let server, workos, organizations;
const events = ['organization.created'];

before(async () => {
  server = await startServer({ dev: false });
  workos = server.sdk();
  organizations = [];
  for (let number = 1; number <= 7; number += 1) {
    organizations.push(await workos.organizations.createOrganization({ name: `Number ${number}` }));
  }
  await eventually(async () => (await workos.events.listEvents({ events, limit: 100 })).data.length >= 7, 'seven events');
});
after(() => server.stop());

const names = (list) => list.data.map((one) => one.data.name);

test('events come oldest first, and each page names the next', async () => {
  const seen = [];
  let after;
  do {
    const page = await workos.events.listEvents({ events, limit: 3, after });
    assert.ok(page.data.length <= 3);
    seen.push(...names(page));
    after = page.listMetadata.after;
  } while (after);
  assert.deepEqual(seen, organizations.map((one) => one.name));
});

test('an event has an id, a time and the object as it was', async () => {
  const { data } = await workos.events.listEvents({ events, limit: 1 });
  assertId(data[0].id, 'event');
  assertTimestamp(data[0].createdAt);
  assert.deepEqual(data[0].data, organizations[0]);
  const raw = await server.request('GET', '/events?events=organization.created&limit=1');
  assert.equal(raw.body.data[0].object, 'event');
});

test('the newest come first when asked for, and paging goes on to older ones', async () => {
  const first = await workos.events.listEvents({ events, order: 'desc', limit: 2 });
  assert.deepEqual(names(first), ['Number 7', 'Number 6']);
  const second = await workos.events.listEvents({ events, order: 'desc', limit: 2, after: first.data[1].id });
  assert.deepEqual(names(second), ['Number 5', 'Number 4']);
});

test('new events follow after the last one that was read', async () => {
  const { data } = await workos.events.listEvents({ events, limit: 100 });
  const last = data.at(-1).id;
  assert.deepEqual((await workos.events.listEvents({ events, after: last })).data, []);
  const made = await workos.organizations.createOrganization({ name: 'Number 8' });
  organizations.push(made);
  const next = await eventually(async () => {
    const page = await workos.events.listEvents({ events, after: last });
    return page.data.length > 0 && page;
  }, 'the new event');
  assert.deepEqual(next.data.map((one) => one.data.id), [made.id]);
});

test('events are chosen by name, by organization and by time', async () => {
  const user = await workos.userManagement.createUser({ email: uniqueEmail() });
  await server.event('user.created', (one) => one.data.id === user.id);
  const both = await workos.events.listEvents({ events: ['organization.created', 'user.created'], limit: 100 });
  assert.deepEqual(new Set(both.data.map((one) => one.event)), new Set(['organization.created', 'user.created']));
  const [, second] = organizations;
  const ofOne = await workos.events.listEvents({ events, organizationId: second.id });
  assert.deepEqual(ofOne.data.map((one) => one.data.id), [second.id]);
  const hour = 3_600_000;
  const past = await workos.events.listEvents({ events, rangeStart: new Date(Date.now() - hour).toISOString(), rangeEnd: new Date().toISOString(), limit: 100 });
  assert.equal(past.data.length, organizations.length);
  const earlier = await workos.events.listEvents({ events, rangeStart: new Date(Date.now() - 2 * hour).toISOString(), rangeEnd: new Date(Date.now() - hour).toISOString() });
  assert.deepEqual(earlier.data, []);
});

test('names that do not exist, and a cursor together with a range, are refused', async () => {
  await refused(workos.events.listEvents({ events: ['no.such.event'] }), UnprocessableEntityException);
  const { body } = await server.request('GET', '/events?events=no.such.event');
  assert.equal(body.message, 'Validation failed.');
  assert.ok(body.errors.length > 0);
  const { data } = await workos.events.listEvents({ events, limit: 1 });
  const both = workos.events.listEvents({ events, after: data[0].id, rangeStart: new Date().toISOString() });
  await refused(both, GenericServerException, { status: 400 });
});

test('events written by many at once are all there, in one order, without gaps for a reader', async () => {
  const last = (await workos.events.listEvents({ events: ['user.created'], order: 'desc', limit: 1 })).data[0]?.id;
  const made = await Promise.all(Array.from({ length: 60 }, () => workos.userManagement.createUser({ email: uniqueEmail() })));
  const wanted = new Set(ids(made));
  const seen = [];
  let cursor = last;
  await eventually(async () => {
    const page = await workos.events.listEvents({ events: ['user.created'], limit: 7, after: cursor });
    seen.push(...page.data.map((one) => one.data.id));
    cursor = page.data.at(-1)?.id ?? cursor;
    return seen.filter((id) => wanted.has(id)).length >= wanted.size;
  }, 'all sixty events');
  assert.equal(new Set(seen).size, seen.length, 'no event twice');
});
