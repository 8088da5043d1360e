import { Links, Meta, Outlet, Scripts } from 'react-router';
import { authkitLoader } from '@workos-inc/authkit-react-router';

export const loader = (args) => authkitLoader(args);

export default function Root() {
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <link rel="icon" href="data:," />
        <title>React Router application</title>
        <Meta />
        <Links />
      </head>
      <body>
        <main>
          <Outlet />
        </main>
        <Scripts />
      </body>
    </html>
  );
}
