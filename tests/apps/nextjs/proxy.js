import { authkitProxy } from '@workos-inc/authkit-nextjs';

export default authkitProxy({
  middlewareAuth: { enabled: true, unauthenticatedPaths: ['/', '/sign-in', '/sign-up'] },
});

export const config = { matcher: ['/', '/account/:path*', '/confirm', '/sign-in', '/sign-up'] };
