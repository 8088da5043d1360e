import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { goodPassword, unique, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';
import { eventually } from '../harness/waiting.mjs';
import { openBrowser } from './browser.mjs';

let server, workos, users, window;

before(async () => {
  server = await startServer();
  workos = server.sdk();
  users = workos.userManagement;
  window = await openBrowser(server);
});
after(async () => {
  await window.close();
  await server.stop();
});

async function memberOf(...names) {
  const user = await users.createUser({ email: uniqueEmail('member'), password: goodPassword, emailVerified: true });
  const organizations = [];
  for (const name of names) {
    const organization = await workos.organizations.createOrganization({ name });
    await users.createOrganizationMembership({ userId: user.id, organizationId: organization.id });
    organizations.push(organization);
  }
  return { user, organizations };
}

test('a member of several organizations chooses one', async () => {
  const [one, two] = [unique('North'), unique('South')];
  const { user, organizations } = await memberOf(one, two);
  const person = await window.person();
  await person.visits(window.app.signInUrl());
  await person.signsIn({ email: user.email, password: goodPassword });
  await person.sees('Choose an organization');
  await person.photographs('organization-choice');
  await person.page.getByRole('button', { name: two }).click();
  const session = await person.arrives();
  assert.equal(session.organizationId, organizations[1].id);
  await person.leaves();
});

test('an application may ask for one organization, and nothing is asked then', async () => {
  const { user, organizations } = await memberOf(unique('East'), unique('West'));
  const person = await window.person();
  await person.visits(window.app.signInUrl({ organizationId: organizations[0].id }));
  await person.signsIn({ email: user.email, password: goodPassword });
  const session = await person.arrives();
  assert.equal(session.organizationId, organizations[0].id);
  await person.leaves();
});

test('an invited newcomer makes an account and arrives in the organization', async () => {
  const organization = await workos.organizations.createOrganization({ name: unique('Hosts') });
  const email = uniqueEmail('guest');
  const invitation = await users.sendInvitation({ email, organizationId: organization.id, roleSlug: 'member' });
  const mail = await server.mail(email);
  assert.ok(mail.text.includes(invitation.acceptInvitationUrl));
  const person = await window.person();
  await person.visits(invitation.acceptInvitationUrl);
  await person.sees(`Join ${organization.name}`);
  await person.photographs('invitation');
  await person.button('Accept invitation').click();
  await person.sees('Create your account');
  assert.equal(await person.field('Email').inputValue(), email);
  await person.fills({ Password: goodPassword }, 'Create account');
  // The link was mailed to this very address, so nothing more is asked.
  const accepted = await eventually(async () => {
    const now = await users.getInvitation(invitation.id);
    return now.state === 'accepted' && now;
  }, 'the accepted invitation');
  const { data } = await users.listOrganizationMemberships({ userId: accepted.acceptedUserId, statuses: ['active'] });
  assert.deepEqual(data.map((one) => [one.organizationId, one.role.slug]), [[organization.id, 'member']]);
  const user = await users.getUser(accepted.acceptedUserId);
  assert.deepEqual([user.email, user.emailVerified], [email, true]);
  await person.page.context().close();
});

test('an invitation in the link of the application is redeemed on the way', async () => {
  const organization = await workos.organizations.createOrganization({ name: unique('Hosts') });
  const user = await users.createUser({ email: uniqueEmail('friend'), password: goodPassword, emailVerified: true });
  const { id, token } = await users.sendInvitation({ email: user.email, organizationId: organization.id });
  const person = await window.person();
  await person.visits(window.app.signInUrl({ invitationToken: token }));
  const accept = person.button('Accept invitation');
  await person.page.getByRole('heading', { level: 1 }).waitFor();
  if (await accept.isVisible()) await accept.click();
  if (await person.field('Email').isVisible()) await person.fills({ Email: user.email }, 'Continue');
  await person.fills({ Password: goodPassword }, 'Sign in');
  const session = await person.arrives();
  assert.equal(session.organizationId, organization.id);
  assert.equal((await users.getInvitation(id)).state, 'accepted');
  await person.leaves();
});
