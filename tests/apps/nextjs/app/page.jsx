import { withAuth } from '@workos-inc/authkit-nextjs';

export default async function HomePage() {
  const { user } = await withAuth();
  if (user) {
    return (
      <>
        <h1>Welcome, {user.email}</h1>
        <a href="/account">Account</a>
      </>
    );
  }
  return (
    <>
      <h1>Welcome</h1>
      <a href="/sign-in">Sign in</a>
      <a href="/sign-up">Sign up</a>
    </>
  );
}
