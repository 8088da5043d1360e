import { AuthKitProvider, Impersonation } from '@workos-inc/authkit-nextjs/components';
import { withAuth } from '@workos-inc/authkit-nextjs';

export const metadata = { title: 'Next.js application' };

export default async function RootLayout({ children }) {
  const { accessToken, ...initialAuth } = await withAuth();
  return (
    <html lang="en">
      <body>
        <AuthKitProvider initialAuth={initialAuth}>
          <Impersonation />
          <main>{children}</main>
        </AuthKitProvider>
      </body>
    </html>
  );
}
