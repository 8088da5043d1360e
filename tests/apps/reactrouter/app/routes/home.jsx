import { useLoaderData } from 'react-router';
import { authkitLoader, getSignInUrl, getSignUpUrl } from '@workos-inc/authkit-react-router';

export const loader = (args) =>
  authkitLoader(args, async () => ({ signInUrl: await getSignInUrl('/account'), signUpUrl: await getSignUpUrl('/account') }));

export default function Home() {
  const { user, signInUrl, signUpUrl } = useLoaderData();
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
      <a href={signInUrl}>Sign in</a> <a href={signUpUrl}>Sign up</a>
    </>
  );
}
