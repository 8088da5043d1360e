import { AuthKitProvider } from '@workos-inc/authkit-react';
import { createRoot } from 'react-dom/client';
import { App } from './app.jsx';

const api = new URL(import.meta.env.VITE_WORKOS_BASE_URL ?? 'https://api.workos.com');

createRoot(document.getElementById('root')).render(
  <AuthKitProvider
    clientId={import.meta.env.VITE_WORKOS_CLIENT_ID}
    apiHostname={api.hostname}
    port={api.port ? Number(api.port) : undefined}
    https={api.protocol === 'https:'}
    devMode={import.meta.env.VITE_TOKENS === 'cookie' ? false : undefined}
    onRefreshFailure={({ signIn }) => signIn()}
  >
    <App />
  </AuthKitProvider>,
);
