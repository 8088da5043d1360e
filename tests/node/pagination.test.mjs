import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ids } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';

let server, workos, oldestFirst, newestFirst;

before(async () => {
  server = await startServer({ dev: false });
  workos = server.sdk();
  oldestFirst = [];
  for (let number = 0; number < 25; number += 1) {
    oldestFirst.push((await workos.organizations.createOrganization({ name: `Page ${number}` })).id);
  }
  newestFirst = [...oldestFirst].reverse();
});
after(() => server.stop());

const list = (options) => workos.organizations.listOrganizations(options);

test('a page has ten items, newest first, and names its neighbours', async () => {
  const page = await list();
  assert.equal(page.object, 'list');
  assert.deepEqual(ids(page.data), newestFirst.slice(0, 10));
  assert.deepEqual(page.listMetadata, { before: null, after: newestFirst[9] });
});

test('following after walks through everything once', async () => {
  const seen = [];
  let page = await list({ limit: 7 });
  for (;;) {
    seen.push(...ids(page.data));
    if (!page.listMetadata.after) break;
    page = await list({ limit: 7, after: page.listMetadata.after });
  }
  assert.deepEqual(seen, newestFirst);
});

test('following before walks back, in the same order', async () => {
  const last = await list({ limit: 5, after: newestFirst[19] });
  assert.deepEqual(ids(last.data), newestFirst.slice(20));
  assert.equal(last.listMetadata.after, null);
  const back = await list({ limit: 5, before: last.listMetadata.before });
  assert.deepEqual(ids(back.data), newestFirst.slice(15, 20));
  assert.deepEqual(back.listMetadata, { before: newestFirst[15], after: newestFirst[19] });
  const first = await list({ limit: 100, before: newestFirst[5] });
  assert.deepEqual(ids(first.data), newestFirst.slice(0, 5));
  assert.equal(first.listMetadata.before, null);
});

test('the order may be turned round', async () => {
  const page = await list({ order: 'asc', limit: 3 });
  assert.deepEqual(ids(page.data), oldestFirst.slice(0, 3));
  const next = await list({ order: 'asc', limit: 3, after: page.listMetadata.after });
  assert.deepEqual(ids(next.data), oldestFirst.slice(3, 6));
  const back = await list({ order: 'asc', limit: 3, before: next.listMetadata.before });
  assert.deepEqual(ids(back.data), oldestFirst.slice(0, 3));
});

test('the SDK collects all pages by itself', async () => {
  const all = await (await list()).autoPagination();
  assert.deepEqual(ids(all), newestFirst);
  const limited = await (await list({ limit: 4 })).autoPagination();
  assert.deepEqual(ids(limited), newestFirst.slice(0, 4));
});

test('a cursor that names nothing is the end of the list', async () => {
  const page = await list({ after: 'org_01ARZ3NDEKTSV4RRFFQ69G5FAV' });
  assert.deepEqual(page.data, []);
  assert.equal(page.listMetadata.after, null);
});

test('a limit outside one to a hundred, an unknown order, and two cursors are refused', async () => {
  for (const query of ['limit=0', 'limit=101', 'limit=-1', 'limit=ten', 'limit=1.5', 'order=sideways', `after=${newestFirst[3]}&before=${newestFirst[1]}`]) {
    const { status, body } = await server.request('GET', `/organizations?${query}`);
    assert.ok([400, 422].includes(status), `${query} answered ${status}`);
    assert.ok(body.message.length > 0, query);
  }
  assert.equal((await list({ limit: 100 })).data.length, 25);
});

test('an array may be written in all three ways', async () => {
  const made = [];
  for (const domain of ['one.paging.example', 'two.paging.example', 'three.paging.example']) {
    made.push((await workos.organizations.createOrganization({ name: domain, domainData: [{ domain, state: 'pending' }] })).id);
  }
  const wanted = [made[1], made[0]];
  for (const query of [
    'domains=one.paging.example,two.paging.example',
    'domains=one.paging.example&domains=two.paging.example',
    'domains[]=one.paging.example&domains[]=two.paging.example',
    'domains%5B%5D=one.paging.example&domains%5B%5D=two.paging.example',
  ]) {
    const { body } = await server.request('GET', `/organizations?${query}`);
    assert.deepEqual(ids(body.data), wanted, query);
  }
});
