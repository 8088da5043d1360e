import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ConflictException, GenericServerException, NotFoundException } from '@workos-inc/node';
import { assertId, assertTimestamp, refused, unique } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';
import { startNameServer } from '../harness/name_server.mjs';
import { eventually } from '../harness/waiting.mjs';

let server, workos, names, organization;

before(async () => {
  names = await startNameServer();
  server = await startServer({ args: ['--dns-server', names.address] });
  workos = server.sdk();
  organization = await workos.organizations.createOrganization({ name: 'Domains' });
});
after(async () => {
  await server.stop();
  names.stop();
});

const newDomain = () => `${unique('domain')}.example`;

test('a new domain is pending and says what to put into the DNS', async () => {
  const domain = newDomain();
  const made = await workos.organizationDomains.createOrganizationDomain({ domain: domain.toUpperCase(), organizationId: organization.id });
  assertId(made.id, 'org_domain');
  assert.equal(made.object, 'organization_domain');
  assert.equal(made.domain, domain);
  assert.equal(made.organizationId, organization.id);
  assert.equal(made.state, 'pending');
  assert.equal(made.verificationStrategy, 'dns');
  assert.match(made.verificationToken, /^[A-Za-z0-9]{16,}$/);
  assert.ok(made.verificationPrefix.length > 0);
  assertTimestamp(made.createdAt);
  assert.deepEqual(await workos.organizationDomains.getOrganizationDomain(made.id), made);
  const { domains } = await workos.organizations.getOrganization(organization.id);
  assert.ok(domains.some((one) => one.id === made.id));
});

test('a domain that the DNS does not confirm stays pending', async () => {
  const made = await workos.organizationDomains.createOrganizationDomain({ domain: newDomain(), organizationId: organization.id });
  const asked = await workos.organizationDomains.verifyOrganizationDomain(made.id);
  assert.equal(asked.id, made.id);
  assert.equal(asked.state, 'pending');
  await eventually(() => names.asked.includes(made.domain), 'a question for the domain');
  assert.equal((await workos.organizationDomains.getOrganizationDomain(made.id)).state, 'pending');
});

test('a domain becomes verified by its TXT record, and says so with an event', async () => {
  const made = await workos.organizationDomains.createOrganizationDomain({ domain: newDomain(), organizationId: organization.id });
  names.setText(made.domain, ['v=spf1 -all', `${made.verificationPrefix}=${made.verificationToken}`]);
  // The check that began when the domain was made may have been faster than this call.
  await workos.organizationDomains.verifyOrganizationDomain(made.id).catch((error) => assert.equal(error.code, 'domain_already_verified'));
  const verified = await eventually(async () => {
    const now = await workos.organizationDomains.getOrganizationDomain(made.id);
    return now.state === 'verified' && now;
  }, 'the verified domain');
  assert.equal(verified.verificationStrategy, 'dns');
  const event = await server.event('organization_domain.verified', (one) => JSON.stringify(one.data).includes(made.id));
  assertId(event.id, 'event');
  await refused(workos.organizationDomains.verifyOrganizationDomain(made.id), GenericServerException, {
    status: 400,
    code: 'domain_already_verified',
  });
});

test('the record of one domain does not verify another', async () => {
  const one = await workos.organizationDomains.createOrganizationDomain({ domain: newDomain(), organizationId: organization.id });
  const other = await workos.organizationDomains.createOrganizationDomain({ domain: newDomain(), organizationId: organization.id });
  const questions = names.asked.length;
  names.setText(other.domain, [`${one.verificationPrefix}=${one.verificationToken}`]);
  await workos.organizationDomains.verifyOrganizationDomain(other.id);
  await eventually(() => names.asked.slice(questions).includes(other.domain), 'a question for the domain');
  assert.equal((await workos.organizationDomains.getOrganizationDomain(other.id)).state, 'pending');
});

test('the same domain twice in one organization is refused', async () => {
  const domain = newDomain();
  await workos.organizationDomains.createOrganizationDomain({ domain, organizationId: organization.id });
  await refused(workos.organizationDomains.createOrganizationDomain({ domain, organizationId: organization.id }), ConflictException, {
    code: 'domain_already_exists',
  });
});

test('a deleted domain is gone', async () => {
  const made = await workos.organizationDomains.createOrganizationDomain({ domain: newDomain(), organizationId: organization.id });
  await workos.organizationDomains.deleteOrganizationDomain(made.id);
  await refused(workos.organizationDomains.getOrganizationDomain(made.id), NotFoundException, { message: new RegExp(made.id) });
  await refused(workos.organizationDomains.deleteOrganizationDomain(made.id), NotFoundException);
  await server.event('organization_domain.deleted', (one) => one.data.id === made.id);
});
