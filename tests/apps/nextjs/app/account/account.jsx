'use client';

import { useAccessToken, useAuth } from '@workos-inc/authkit-nextjs/components';

/** The part of the page that runs in the browser, with the hooks of the library. */
export function Account() {
  const { user, role, loading, refreshAuth } = useAuth();
  const { accessToken, error } = useAccessToken();
  if (loading) return <p>Loading…</p>;
  return (
    <>
      <p role="status">
        {user?.email}, {role}, {accessToken ? 'with an access token' : 'without an access token'}
        {error ? `: ${error.message}` : ''}
      </p>
      <button type="button" onClick={() => refreshAuth()}>
        Refresh
      </button>
    </>
  );
}
