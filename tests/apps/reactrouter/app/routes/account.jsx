import { Form, useLoaderData } from 'react-router';
import { authkitLoader, signOut, switchToOrganization } from '@workos-inc/authkit-react-router';

export const loader = (args) => authkitLoader(args, { ensureSignedIn: true });

export async function action({ request }) {
  const form = await request.formData();
  if (form.get('wish') === 'switch') return switchToOrganization(request, form.get('organization'), { returnTo: '/account' });
  return signOut(request, { returnTo: process.env.SIGNED_OUT_URL });
}

export default function Account() {
  const { user, organizationId, role, permissions, sessionId, impersonator } = useLoaderData();
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
      <Form method="post">
        <label>
          Organization ID <input name="organization" required />
        </label>
        <button name="wish" value="switch">
          Switch organization
        </button>
      </Form>
      <Form method="post">
        <button name="wish" value="leave">
          Sign out
        </button>
      </Form>
    </>
  );
}
