import { redirect } from 'react-router';
import { getSignInUrl } from '@workos-inc/authkit-react-router';

/** Where flows that begin elsewhere are sent, such as impersonation. */
export const loader = async () => redirect(await getSignInUrl('/account'));
