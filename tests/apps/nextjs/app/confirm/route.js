import { redirect } from 'next/navigation';
import { getSignInUrl } from '@workos-inc/authkit-nextjs';

export const GET = async () => redirect(await getSignInUrl({ maxAge: 300, returnTo: '/account/close' }));
