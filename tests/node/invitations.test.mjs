import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GenericServerException, NotFoundException, OauthException } from '@workos-inc/node';
import { assertId, claims, goodPassword, refused, unique, uniqueEmail } from '../harness/expect.mjs';
import { startServer } from '../harness/server.mjs';

let server, workos, users;

before(async () => {
  server = await startServer();
  workos = server.sdk();
  users = workos.userManagement;
});
after(() => server.stop());

const newOrganization = () => workos.organizations.createOrganization({ name: unique('Inviting') });

test('an invitation is mailed, read by id and token, and listed', async () => {
  const email = uniqueEmail('invited');
  const organization = await newOrganization();
  const inviter = await users.createUser({ email: uniqueEmail('inviter') });
  const invitation = await users.sendInvitation({ email, organizationId: organization.id, roleSlug: 'admin', inviterUserId: inviter.id, expiresInDays: 3 });
  assertId(invitation.id, 'invitation');
  assert.equal(invitation.object, 'invitation');
  assert.equal(invitation.email, email);
  assert.equal(invitation.state, 'pending');
  assert.equal(invitation.organizationId, organization.id);
  assert.equal(invitation.inviterUserId, inviter.id);
  assert.equal(invitation.roleSlug, 'admin');
  assert.deepEqual([invitation.acceptedAt, invitation.revokedAt, invitation.acceptedUserId], [null, null, null]);
  const days = (new Date(invitation.expiresAt) - new Date(invitation.createdAt)) / 86_400_000;
  assert.equal(Math.round(days), 3);
  const url = new URL(invitation.acceptInvitationUrl);
  assert.equal(url.searchParams.get('invitation_token'), invitation.token);
  const mail = await server.mail(email);
  assert.ok(mail.text.includes(invitation.token), 'the mail carries the link');

  assert.deepEqual(await users.getInvitation(invitation.id), invitation);
  assert.deepEqual(await users.findInvitationByToken(invitation.token), invitation);
  const byEmail = await users.listInvitations({ email: email.toUpperCase() });
  assert.deepEqual(byEmail.data.map((one) => one.id), [invitation.id]);
  const byOrganization = await users.listInvitations({ organizationId: organization.id });
  assert.deepEqual(byOrganization.data.map((one) => one.id), [invitation.id]);
  const created = await server.event('invitation.created', (one) => one.data.id === invitation.id);
  assert.equal('token' in created.data || 'accept_invitation_url' in created.data, false, 'events carry no tokens');
});

test('an invitation without an organization has no role and lasts seven days', async () => {
  const invitation = await users.sendInvitation({ email: uniqueEmail() });
  assert.deepEqual([invitation.organizationId, invitation.roleSlug, invitation.inviterUserId], [null, null, null]);
  const days = (new Date(invitation.expiresAt) - new Date(invitation.createdAt)) / 86_400_000;
  assert.equal(Math.round(days), 7);
});

test('invitations that make no sense are refused, each with its code', async () => {
  const organization = await newOrganization();
  const member = await users.createUser({ email: uniqueEmail('member') });
  await users.createOrganizationMembership({ userId: member.id, organizationId: organization.id });
  const invited = await users.sendInvitation({ email: uniqueEmail(), organizationId: organization.id });
  const invitedToApp = await users.sendInvitation({ email: uniqueEmail() });
  const cases = [
    [{ email: member.email, organizationId: organization.id }, 'user_already_organization_member'],
    [{ email: invited.email.toUpperCase(), organizationId: organization.id }, 'email_already_invited_to_organization'],
    [{ email: invitedToApp.email }, 'email_already_invited'],
    [{ email: member.email }, 'user_already_exists'],
    [{ email: uniqueEmail(), organizationId: organization.id, roleSlug: 'no-such-role' }, 'invalid_role'],
    [{ email: uniqueEmail(), expiresInDays: 0 }, 'expires_in_days_too_short'],
    [{ email: uniqueEmail(), expiresInDays: 31 }, 'expires_in_days_too_long'],
  ];
  for (const [options, code] of cases) {
    await refused(users.sendInvitation(options), GenericServerException, { status: 400, code });
  }
  await refused(users.sendInvitation({ email: uniqueEmail(), organizationId: 'org_01ARZ3NDEKTSV4RRFFQ69G5FAV' }), NotFoundException);
});

test('accepting makes the user a member with the role of the invitation', async () => {
  const organization = await newOrganization();
  const user = await users.createUser({ email: uniqueEmail('accepts') });
  const invitation = await users.sendInvitation({ email: user.email, organizationId: organization.id, roleSlug: 'admin' });
  const accepted = await users.acceptInvitation(invitation.id);
  assert.equal(accepted.state, 'accepted');
  assert.equal(accepted.acceptedUserId, user.id);
  assert.ok(accepted.acceptedAt);
  const { data } = await users.listOrganizationMemberships({ userId: user.id });
  assert.deepEqual(data.map((one) => [one.organizationId, one.status, one.role.slug]), [[organization.id, 'active', 'admin']]);
  await server.event('invitation.accepted', (one) => one.data.id === invitation.id);
  await refused(users.acceptInvitation(invitation.id), GenericServerException, { status: 400, code: 'invite_not_pending' });
  await refused(users.revokeInvitation(invitation.id), GenericServerException, { status: 400, code: 'invite_not_pending' });
  await refused(users.resendInvitation(invitation.id), GenericServerException, { status: 400, code: 'invite_accepted' });
});

test('a revoked invitation opens nothing', async () => {
  const organization = await newOrganization();
  const email = uniqueEmail('revoked');
  const invitation = await users.sendInvitation({ email, organizationId: organization.id });
  const revoked = await users.revokeInvitation(invitation.id);
  assert.equal(revoked.state, 'revoked');
  assert.ok(revoked.revokedAt);
  await server.event('invitation.revoked', (one) => one.data.id === invitation.id);
  await refused(users.acceptInvitation(invitation.id), GenericServerException, { status: 400, code: 'invite_not_pending' });
  await refused(users.resendInvitation(invitation.id), GenericServerException, { status: 400, code: 'invite_revoked' });
  await users.createUser({ email, password: goodPassword, emailVerified: true });
  const login = users.authenticateWithPassword({ email, password: goodPassword, invitationToken: invitation.token });
  await refused(login, OauthException, { status: 400, error: 'invitation_invalid' });
  await users.sendInvitation({ email, organizationId: organization.id });
});

test('resending mails again with a fresh expiry', async () => {
  const email = uniqueEmail('resent');
  const invitation = await users.sendInvitation({ email, organizationId: (await newOrganization()).id });
  const resent = await users.resendInvitation(invitation.id);
  assert.equal(resent.id, invitation.id);
  assert.equal(resent.state, 'pending');
  assert.ok(resent.expiresAt >= invitation.expiresAt);
  const mail = await server.mail(email, 2);
  assert.ok(mail.text.includes(resent.token));
  await server.event('invitation.resent', (one) => one.data.id === invitation.id);
});

test('signing in with the token joins the organization and is scoped to it', async () => {
  const organization = await newOrganization();
  const email = uniqueEmail('token');
  const user = await users.createUser({ email, password: goodPassword, emailVerified: true });
  const invitation = await users.sendInvitation({ email, organizationId: organization.id, roleSlug: 'admin' });
  const session = await users.authenticateWithPassword({ email, password: goodPassword, invitationToken: invitation.token });
  assert.equal(session.organizationId, organization.id);
  assert.deepEqual([claims(session.accessToken).org_id, claims(session.accessToken).role], [organization.id, 'admin']);
  const accepted = await users.getInvitation(invitation.id);
  assert.deepEqual([accepted.state, accepted.acceptedUserId], ['accepted', user.id]);
});

test('a failed login does not use up the invitation', async () => {
  const organization = await newOrganization();
  const email = uniqueEmail('failing');
  await users.createUser({ email, password: goodPassword, emailVerified: true });
  const { id, token } = await users.sendInvitation({ email, organizationId: organization.id });
  const wrong = users.authenticateWithPassword({ email, password: 'not the password', invitationToken: token });
  await refused(wrong, GenericServerException, { code: 'invalid_credentials' });
  assert.equal((await users.getInvitation(id)).state, 'pending');
});

test('an organization invitation is not for another domain', async () => {
  const organization = await newOrganization();
  const { id, token } = await users.sendInvitation({ email: `${unique('a')}@corporate-one.example`, organizationId: organization.id });
  const stranger = await users.createUser({ email: `${unique('b')}@corporate-two.example`, password: goodPassword, emailVerified: true });
  const login = users.authenticateWithPassword({ email: stranger.email, password: goodPassword, invitationToken: token });
  await refused(login, OauthException, { status: 400, error: 'invitation_cannot_be_used_for_email' });
  assert.equal((await users.getInvitation(id)).state, 'pending');
});

test('unknown invitations are not found', async () => {
  await refused(users.getInvitation('invitation_01ARZ3NDEKTSV4RRFFQ69G5FAV'), NotFoundException);
  await refused(users.findInvitationByToken('no-such-token'), NotFoundException);
  await refused(users.acceptInvitation('invitation_01ARZ3NDEKTSV4RRFFQ69G5FAV'), NotFoundException);
});
