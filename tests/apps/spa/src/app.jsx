import { getClaims, useAuth } from '@workos-inc/authkit-react';
import { useEffect, useState } from 'react';

export function App() {
  const { isLoading, user, signIn, signUp } = useAuth();

  // Where flows that begin elsewhere are sent, such as impersonation.
  const asked = window.location.pathname === '/login';
  useEffect(() => {
    if (asked && !isLoading && !user) signIn();
  }, [asked, isLoading, user, signIn]);

  if (isLoading) return <p>Loading…</p>;
  if (user) return <Account />;
  return (
    <>
      <h1>Welcome</h1>
      <button type="button" onClick={() => signIn()}>
        Sign in
      </button>
      <button type="button" onClick={() => signUp()}>
        Sign up
      </button>
    </>
  );
}

function Account() {
  const { user, organizationId, role, permissions, impersonator, getAccessToken, switchToOrganization, signOut } = useAuth();
  const [organization, setOrganization] = useState('');
  const [token, setToken] = useState('');

  // The token changes with each refresh; the organization tells that one has happened.
  useEffect(() => {
    getAccessToken().then(setToken, () => setToken(''));
  }, [getAccessToken, organizationId]);

  const change = (event) => {
    event.preventDefault();
    switchToOrganization({ organizationId: organization });
  };

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
        <dd>{token && getClaims(token).sid}</dd>
        <dt>Impersonator</dt>
        <dd>{impersonator?.email}</dd>
      </dl>
      <button type="button" onClick={() => getAccessToken({ forceRefresh: true }).then(setToken)}>
        Refresh
      </button>
      <form onSubmit={change}>
        <label>
          Organization ID <input required value={organization} onChange={(event) => setOrganization(event.target.value)} />
        </label>
        <button>Switch organization</button>
      </form>
      <button type="button" onClick={() => signOut({ returnTo: import.meta.env.VITE_SIGNED_OUT_URL })}>
        Sign out
      </button>
      <button type="button" onClick={() => signOut({ navigate: false }).then(() => window.location.reload())}>
        Sign out in place
      </button>
    </>
  );
}
