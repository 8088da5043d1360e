import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ConflictException, GenericServerException, NotFoundException, UnprocessableEntityException } from '@workos-inc/node';
import { assertId, assertTimestamp, refused, unique } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';

let server, workos;

before(async () => {
  server = await startServer();
  workos = server.sdk();
});
after(() => server.stop());

test('an organization comes back as it was made', async () => {
  const name = unique('Foo Corp');
  const domain = `${unique('foo')}.example`;
  const externalId = unique('external');
  const organization = await workos.organizations.createOrganization({
    name,
    domainData: [{ domain: domain.toUpperCase(), state: 'pending' }],
    externalId,
    metadata: { tier: 'gold', region: 'eu' },
  });
  assertId(organization.id, 'org');
  assert.equal(organization.object, 'organization');
  assert.equal(organization.name, name);
  assert.equal(organization.externalId, externalId);
  assert.deepEqual(organization.metadata, { tier: 'gold', region: 'eu' });
  assert.equal(organization.allowProfilesOutsideOrganization, false);
  assert.equal('stripeCustomerId' in organization, false);
  assertTimestamp(organization.createdAt);
  assert.equal(organization.updatedAt, organization.createdAt);
  assert.equal(organization.domains.length, 1);
  const [made] = organization.domains;
  assertId(made.id, 'org_domain');
  assert.equal(made.domain, domain, 'domains are kept in lower case');
  assert.equal(made.state, 'pending');
  assert.equal(made.organizationId, organization.id);
  assert.deepEqual(await workos.organizations.getOrganization(organization.id), organization);
  assert.deepEqual(await workos.organizations.getOrganizationByExternalId(externalId), organization);
});

test('an organization needs nothing but a name', async () => {
  const organization = await workos.organizations.createOrganization({ name: 'Minimal' });
  assert.deepEqual(organization.domains, []);
  assert.deepEqual(organization.metadata, {});
  assert.equal(organization.externalId, null);
  const again = await workos.organizations.createOrganization({ name: 'Minimal' });
  assert.notEqual(again.id, organization.id, 'names are not unique');
});

test('an update changes what it names and nothing else', async () => {
  const externalId = unique('external');
  const organization = await workos.organizations.createOrganization({ name: 'Before', externalId, metadata: { a: '1', b: '2' } });
  const renamed = await workos.organizations.updateOrganization({ organization: organization.id, name: 'After' });
  assert.equal(renamed.name, 'After');
  assert.equal(renamed.externalId, externalId);
  assert.deepEqual(renamed.metadata, { a: '1', b: '2' });
  assert.equal(renamed.createdAt, organization.createdAt);
  assert.ok(renamed.updatedAt >= organization.updatedAt);
});

test('metadata is merged, a null removes its key, and a null as a whole removes all', async () => {
  const { id } = await workos.organizations.createOrganization({ name: 'Metadata', metadata: { keep: 'k', change: 'old', drop: 'd' } });
  const merged = await workos.organizations.updateOrganization({ organization: id, metadata: { change: 'new', drop: null, add: 'a' } });
  assert.deepEqual(merged.metadata, { keep: 'k', change: 'new', add: 'a' });
  const cleared = await workos.organizations.updateOrganization({ organization: id, metadata: null });
  assert.deepEqual(cleared.metadata, {});
});

test('an external id is unique and can be cleared and taken again', async () => {
  const externalId = unique('external');
  const first = await workos.organizations.createOrganization({ name: 'First', externalId });
  const taken = { status: 400, code: 'external_id_already_used' };
  await refused(workos.organizations.createOrganization({ name: 'Second', externalId }), GenericServerException, taken);
  const second = await workos.organizations.createOrganization({ name: 'Second' });
  await refused(workos.organizations.updateOrganization({ organization: second.id, externalId }), GenericServerException, taken);
  const cleared = await workos.organizations.updateOrganization({ organization: first.id, externalId: null });
  assert.equal(cleared.externalId, null);
  await refused(workos.organizations.getOrganizationByExternalId(externalId), NotFoundException);
  const moved = await workos.organizations.updateOrganization({ organization: second.id, externalId });
  assert.equal(moved.externalId, externalId);
});

test('an external id with awkward characters is found again', async () => {
  const externalId = `${unique('a')}/b?c=d&e #%2F`;
  const organization = await workos.organizations.createOrganization({ name: 'Awkward', externalId });
  assert.equal((await workos.organizations.getOrganizationByExternalId(externalId)).id, organization.id);
});

test('a Stripe customer belongs to one organization', async () => {
  const stripeCustomerId = `cus_${unique('x').replace('-', '')}`;
  const one = await workos.organizations.createOrganization({ name: 'One' });
  const two = await workos.organizations.createOrganization({ name: 'Two' });
  const updated = await workos.organizations.updateOrganization({ organization: one.id, stripeCustomerId });
  assert.equal(updated.stripeCustomerId, stripeCustomerId);
  await refused(workos.organizations.updateOrganization({ organization: two.id, stripeCustomerId }), GenericServerException, {
    status: 400,
    code: 'stripe_customer_id_already_used',
  });
});

test('metadata outside the limits is refused as invalid_metadata', async () => {
  const tooMany = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`key${index}`, 'v']));
  for (const metadata of [tooMany, { ['k'.repeat(41)]: 'v' }, { key: 'v'.repeat(601) }]) {
    await refused(workos.organizations.createOrganization({ name: 'Metadata', metadata }), GenericServerException, {
      status: 400,
      code: 'invalid_metadata',
    });
  }
  const most = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`key${index}`.padEnd(40, 'x'), 'v'.repeat(600)]));
  const organization = await workos.organizations.createOrganization({ name: 'Metadata', metadata: most });
  assert.deepEqual(organization.metadata, most);
});

test('an empty or missing name is refused', async () => {
  await refused(workos.organizations.createOrganization({ name: '' }), UnprocessableEntityException);
  await refused(workos.organizations.createOrganization({}), UnprocessableEntityException);
  const { id } = await workos.organizations.createOrganization({ name: 'Named' });
  await refused(workos.organizations.updateOrganization({ organization: id, name: null }), UnprocessableEntityException);
  assert.equal((await workos.organizations.getOrganization(id)).name, 'Named');
});

test('domain data replaces the whole set and keeps what stays', async () => {
  const [kept, dropped, added] = ['kept', 'dropped', 'added'].map((word) => `${unique(word)}.example`);
  const organization = await workos.organizations.createOrganization({
    name: 'Domains',
    domainData: [
      { domain: kept, state: 'pending' },
      { domain: dropped, state: 'pending' },
    ],
  });
  const before = organization.domains.find((one) => one.domain === kept);
  const updated = await workos.organizations.updateOrganization({
    organization: organization.id,
    domainData: [
      { domain: kept, state: 'verified' },
      { domain: added, state: 'pending' },
    ],
  });
  assert.deepEqual(updated.domains.map((one) => one.domain).sort(), [added, kept].sort());
  const after = updated.domains.find((one) => one.domain === kept);
  assert.equal(after.id, before.id);
  assert.equal(after.verificationToken, before.verificationToken);
  assert.equal(after.state, 'verified');
});

test('a verified domain belongs to one organization', async () => {
  const domain = `${unique('owned')}.example`;
  await workos.organizations.createOrganization({ name: 'Owner', domainData: [{ domain, state: 'verified' }] });
  const error = await refused(
    workos.organizations.createOrganization({ name: 'Other', domainData: [{ domain, state: 'verified' }] }),
    ConflictException,
  );
  assert.ok(error.message.length > 0);
  assert.ok(error.requestID);
});

test('a domain of a public mail provider is refused', async () => {
  await refused(
    workos.organizations.createOrganization({ name: 'Mail', domainData: [{ domain: 'gmail.com', state: 'pending' }] }),
    UnprocessableEntityException,
  );
});

test('the list can be filtered by domain and by name', async () => {
  const word = unique('Searchable');
  const domain = `${unique('listed')}.example`;
  const wanted = await workos.organizations.createOrganization({ name: `The ${word} Company`, domainData: [{ domain, state: 'pending' }] });
  await workos.organizations.createOrganization({ name: 'Another one' });
  const byDomain = await workos.organizations.listOrganizations({ domains: [domain, 'nobody.example'] });
  assert.deepEqual(byDomain.data.map((one) => one.id), [wanted.id]);
  const byName = await workos.organizations.listOrganizations({ search: word.toUpperCase() });
  assert.deepEqual(byName.data.map((one) => one.id), [wanted.id]);
  const none = await workos.organizations.listOrganizations({ domains: [domain], search: 'no such name' });
  assert.deepEqual(none.data, []);
});

test('a deleted organization is gone, with its domains', async () => {
  const domain = `${unique('gone')}.example`;
  const externalId = unique('gone');
  const organization = await workos.organizations.createOrganization({ name: 'Gone', externalId, domainData: [{ domain, state: 'verified' }] });
  await workos.organizations.deleteOrganization(organization.id);
  await refused(workos.organizations.getOrganization(organization.id), NotFoundException, { message: new RegExp(organization.id) });
  await refused(workos.organizationDomains.getOrganizationDomain(organization.domains[0].id), NotFoundException);
  await refused(workos.organizations.deleteOrganization(organization.id), NotFoundException);
  await workos.organizations.createOrganization({ name: 'Next', externalId, domainData: [{ domain, state: 'verified' }] });
});

test('the same idempotency key answers the same organization, and refuses another body', async () => {
  const idempotencyKey = unique('key');
  const name = unique('Once');
  const first = await workos.organizations.createOrganization({ name }, { idempotencyKey });
  const second = await workos.organizations.createOrganization({ name }, { idempotencyKey });
  assert.deepEqual(second, first);
  const found = await workos.organizations.listOrganizations({ search: name });
  assert.equal(found.data.length, 1);
  const other = await server.request('POST', '/organizations', { body: { name: 'Other' }, headers: { 'idempotency-key': idempotencyKey } });
  assert.ok([409, 422].includes(other.status), `answered ${other.status}`);
});

test('each change leaves one event with the organization as it then was', async () => {
  const organization = await workos.organizations.createOrganization({ name: 'Watched' });
  const updated = await workos.organizations.updateOrganization({ organization: organization.id, name: 'Watched closely' });
  await workos.organizations.deleteOrganization(organization.id);
  const deleted = await server.event('organization.deleted', (one) => one.data.id === organization.id);
  assertId(deleted.id, 'event');
  const { data } = await workos.events.listEvents({
    events: ['organization.created', 'organization.updated', 'organization.deleted'],
    organizationId: organization.id,
    limit: 100,
  });
  assert.deepEqual(data.map((one) => one.event), ['organization.created', 'organization.updated', 'organization.deleted']);
  assert.deepEqual(data[0].data, organization);
  assert.deepEqual(data[1].data, updated);
});
