// Opens the sealed cookies of the applications, as the libraries that made them do, and answers the access token inside.

import { createDecipheriv } from 'node:crypto';
import { WorkOS } from '@workos-inc/node';

/** That of the Node SDK and of AuthKit for Next.js. */
export async function tokenInIron({ value }, cookiePassword) {
  const { userManagement } = new WorkOS('sk_unused', { clientId: 'client_unused' });
  const session = await userManagement.getSessionFromCookie({ sessionData: value, cookiePassword });
  return session.accessToken;
}

/** That of AuthKit for React Router: the same, in the signed JSON of the framework's cookies. */
export async function tokenInReactRouter({ value }, cookiePassword) {
  const [data] = decodeURIComponent(value).split('.');
  const { jwt } = JSON.parse(Buffer.from(data, 'base64').toString());
  return tokenInIron({ value: jwt }, cookiePassword);
}

/** That of the Python SDK: Fernet, whose key is 16 bytes to sign and 16 to encrypt. */
export function tokenInFernet({ value }, key) {
  const sealed = Buffer.from(value, 'base64url');
  const [initial, text] = [sealed.subarray(9, 25), sealed.subarray(25, -32)];
  const decipher = createDecipheriv('aes-128-cbc', Buffer.from(key, 'base64url').subarray(16), initial);
  return JSON.parse(Buffer.concat([decipher.update(text), decipher.final()])).access_token;
}
