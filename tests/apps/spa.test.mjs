import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unique } from '../harness/expect.mjs';
import { spa } from './applications.mjs';
import { Customer } from './customer.mjs';
import { walk, walkToAStricterOrganization } from './walks.mjs';
import { walkTheAuditLogStream } from './widgets.mjs';

const all = walk(spa('storage'), { refused: (person) => person.control('Sign in').waitFor() });

walkToAStricterOrganization(all);
walkTheAuditLogStream(all);

test('a page that stays open renews its token by itself', async () => {
  const { user, organizations: [organization] } = await all.member(unique('Open'));
  const person = await all.window.person();
  await person.page.clock.install();
  await person.goesTo('Sign in');
  await person.signsIn(user);
  const facts = await person.arrives();
  assert.deepEqual([facts.Organization, facts.Role], [organization.id, 'member']);
  const { data: [membership] } = await all.users.listOrganizationMemberships({ userId: user.id, organizationId: organization.id });
  await all.users.updateOrganizationMembership(membership.id, { roleSlug: 'admin' });
  await person.page.clock.fastForward('05:00');
  await person.isShown('Role', 'admin');
  assert.equal((await person.facts()).Session, facts.Session);
  await person.leaves();
});

test('a page whose session was ended elsewhere sends its user to sign in again', async () => {
  const user = await all.user();
  const { person } = await all.signedIn(user);
  const other = new Customer(await person.page.context().newPage(), all.app);
  await other.account();
  await other.facts();
  await person.signsOut();
  await other.button('Refresh').click();
  await other.sees('Sign in');
  await person.leaves();
});
