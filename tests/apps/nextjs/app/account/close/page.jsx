import { checkRecentAuth, withAuth } from '@workos-inc/authkit-nextjs';

/** What nobody may do who has not proved for a while who they are. */
export default async function ClosePage() {
  const { user } = await withAuth({ ensureSignedIn: true });
  const { isStale } = await checkRecentAuth({ maxAge: 300 });
  if (!isStale) return <h1>Close the account of {user.email}</h1>;
  return (
    <>
      <h1>Confirm that it is you</h1>
      <a href="/confirm">Continue</a>
    </>
  );
}
