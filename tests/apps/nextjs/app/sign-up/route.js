import { redirect } from 'next/navigation';
import { getSignUpUrl } from '@workos-inc/authkit-nextjs';

export const GET = async () => redirect(await getSignUpUrl());
