import { index, route } from '@react-router/dev/routes';

export default [
  index('routes/home.jsx'),
  route('account', 'routes/account.jsx'),
  route('callback', 'routes/callback.js'),
  route('sign-in', 'routes/sign-in.js'),
];
