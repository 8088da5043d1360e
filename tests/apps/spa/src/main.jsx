import { AuthKitProvider } from '@workos-inc/authkit-react';
import { lazy, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { api } from './api.js';
import { App } from './app.jsx';

// A page of its own, with the styles of the widgets.
const Widgets = lazy(() => import('./widgets.jsx'));

createRoot(document.getElementById('root')).render(
  <AuthKitProvider
    clientId={import.meta.env.VITE_WORKOS_CLIENT_ID}
    apiHostname={api.hostname}
    port={api.port ? Number(api.port) : undefined}
    https={api.protocol === 'https:'}
    devMode={import.meta.env.VITE_TOKENS === 'cookie' ? false : undefined}
    onRefreshFailure={({ signIn }) => signIn()}
  >
    {window.location.pathname === '/widgets' ? (
      <Suspense fallback={<p>Loading…</p>}>
        <Widgets />
      </Suspense>
    ) : (
      <App />
    )}
  </AuthKitProvider>,
);
