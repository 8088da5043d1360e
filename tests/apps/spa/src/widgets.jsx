import '@radix-ui/themes/styles.css';
import '@workos-inc/widgets/styles.css';
import { useAuth } from '@workos-inc/authkit-react';
import { AdminPortalAuditLogStreaming, WorkOsWidgets } from '@workos-inc/widgets';
import { api } from './api.js';

// The token that the backend of an application got; without one, that of who is signed in.
const given = new URLSearchParams(window.location.hash.slice(1)).get('token');

export default function Widgets() {
  const { isLoading, getAccessToken } = useAuth();

  if (isLoading) return <p>Loading…</p>;
  return (
    <>
      <h1>Widgets</h1>
      <WorkOsWidgets apiHostname={api.hostname} port={api.port ? Number(api.port) : undefined} https={api.protocol === 'https:'}>
        <AdminPortalAuditLogStreaming authToken={given ?? getAccessToken} />
      </WorkOsWidgets>
    </>
  );
}
