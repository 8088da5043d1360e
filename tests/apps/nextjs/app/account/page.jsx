import { getSignInUrl, signOut, switchToOrganization, withAuth } from '@workos-inc/authkit-nextjs';
import { redirect } from 'next/navigation';
import { Account } from './account';

async function leave() {
  'use server';
  await signOut({ returnTo: process.env.SIGNED_OUT_URL });
}

async function change(form) {
  'use server';
  const organizationId = form.get('organization');
  try {
    await switchToOrganization(organizationId, { returnTo: '/account' });
  } catch (error) {
    // The library looks for these two by a property that the exceptions of its SDK no longer have.
    if (!['mfa_enrollment', 'sso_required'].includes(error.cause?.code)) throw error;
    redirect(await getSignInUrl({ organizationId, returnTo: '/account' }));
  }
}

export default async function AccountPage() {
  const { user, sessionId, organizationId, role, permissions, impersonator } = await withAuth({ ensureSignedIn: true });
  return (
    <>
      <h1>Account</h1>
      <dl>
        <dt>Email</dt>
        <dd>{user.email}</dd>
        <dt>Organization</dt>
        <dd>{organizationId}</dd>
        <dt>Role</dt>
        <dd>{role}</dd>
        <dt>Permissions</dt>
        <dd>{permissions?.join(' ')}</dd>
        <dt>Session</dt>
        <dd>{sessionId}</dd>
        <dt>Impersonator</dt>
        <dd>{impersonator?.email}</dd>
      </dl>
      <Account />
      <form action={change}>
        <label>
          Organization ID <input name="organization" required />
        </label>
        <button>Switch organization</button>
      </form>
      <form action={leave}>
        <button>Sign out</button>
      </form>
    </>
  );
}
