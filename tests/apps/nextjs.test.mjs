import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unique } from '../harness/expect.mjs';
import { nextjs } from './applications.mjs';
import { tokenInIron } from './sealed.mjs';
import { walk, walkToAStricterOrganization, walkWithSealedCookie } from './walks.mjs';

// The library sends whoever has no session to sign in.
const all = walk(nextjs, {
  refused: (person) => person.sees('Sign in'),
  showsActing: (person, user, organization) => person.page.getByText(`You are impersonating ${user.email} within the ${organization.name} organization`).waitFor(),
});

walkWithSealedCookie(all, { tokenIn: tokenInIron });
walkToAStricterOrganization(all);

test('components in the browser know the user, hold an access token, and refresh', async () => {
  const { user, organizations: [organization] } = await all.member(unique('Growing'));
  const { person, facts } = await all.signedIn(user);
  const status = person.page.getByRole('status');
  await status.filter({ hasText: `${user.email}, member, with an access token` }).waitFor();
  const { data: [membership] } = await all.users.listOrganizationMemberships({ userId: user.id, organizationId: organization.id });
  await all.users.updateOrganizationMembership(membership.id, { roleSlug: 'admin' });
  await person.button('Refresh').click();
  await status.filter({ hasText: `${user.email}, admin, with an access token` }).waitFor();
  assert.equal((await person.facts()).Session, facts.Session);
  await person.leaves();
});

test('who wants to close the account proves anew who they are, in the same session', async () => {
  const user = await all.user();
  const { person, facts } = await all.signedIn(user);
  const close = `${all.app.origin}/account/close`;
  const allowed = person.page.getByRole('heading', { name: `Close the account of ${user.email}` });
  await person.visits(close);
  await allowed.waitFor();
  all.clock.advance({ minutes: 10 });
  await person.visits(close);
  await person.link('Continue').click();
  await person.signsIn(user);
  await allowed.waitFor();
  await person.account();
  assert.equal((await person.facts()).Session, facts.Session);
  await person.leaves();
});
