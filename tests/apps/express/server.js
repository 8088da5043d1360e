import { once } from 'node:events';
import { WorkOS } from '@workos-inc/node';
import cookieParser from 'cookie-parser';
import express from 'express';
import { accountPage, homePage } from './pages.js';

const api = new URL(process.env.WORKOS_BASE_URL ?? 'https://api.workos.com');
const clientId = process.env.WORKOS_CLIENT_ID;
const cookiePassword = process.env.WORKOS_COOKIE_PASSWORD;
const redirectUri = process.env.WORKOS_REDIRECT_URI;
const cookie = { httpOnly: true, path: '/', sameSite: 'lax', secure: redirectUri.startsWith('https:') };

const workos = new WorkOS(process.env.WORKOS_API_KEY, {
  clientId,
  apiHostname: api.hostname,
  port: api.port ? Number(api.port) : undefined,
  https: api.protocol === 'https:',
  issuer: `${api.origin}/user_management/${clientId}`,
});

const app = express();
app.use(cookieParser());
app.use(express.urlencoded());

app.get('/', (request, response) => response.send(homePage()));

for (const [path, screenHint] of [['/sign-in', 'sign-in'], ['/sign-up', 'sign-up']]) {
  app.get(path, async (request, response) => {
    const { url, state, codeVerifier } = await workos.userManagement.getAuthorizationUrlWithPKCE({
      provider: 'authkit',
      clientId,
      redirectUri,
      screenHint,
    });
    response.cookie('flow', `${state}.${codeVerifier}`, { ...cookie, maxAge: 600_000 });
    response.redirect(url);
  });
}

app.get('/callback', async (request, response) => {
  const [state, codeVerifier] = (request.cookies.flow ?? '').split('.');
  response.clearCookie('flow', cookie);
  if (!state || state !== request.query.state || !request.query.code) return response.redirect('/');
  const { sealedSession } = await workos.userManagement.authenticateWithCode({
    clientId,
    code: request.query.code,
    codeVerifier,
    session: { sealSession: true, cookiePassword },
  });
  response.cookie('wos-session', sealedSession, cookie);
  response.redirect('/account');
});

app.get('/account', signedIn, (request, response) => response.send(accountPage(request.auth)));

app.post('/switch', signedIn, async (request, response) => {
  const result = await request.session.refresh({ organizationId: request.body.organization });
  if (!result.authenticated) return response.status(403).send(homePage(result.reason));
  response.cookie('wos-session', result.sealedSession, cookie);
  response.redirect('/account');
});

app.post('/sign-out', signedIn, async (request, response) => {
  const url = await request.session.getLogoutUrl({ returnTo: process.env.SIGNED_OUT_URL });
  response.clearCookie('wos-session', cookie);
  response.redirect(url);
});

/** Lets a request pass that has a session, and renews the session where its access token has expired. */
async function signedIn(request, response, next) {
  const sessionData = request.cookies['wos-session'];
  if (!sessionData) return response.redirect('/sign-in');
  const session = workos.userManagement.loadSealedSession({ sessionData, cookiePassword });
  let auth = await session.authenticate();
  if (!auth.authenticated) {
    const refreshed = await session.refresh();
    if (refreshed.retryable) return response.status(503).send(homePage(refreshed.reason));
    if (!refreshed.authenticated) {
      response.clearCookie('wos-session', cookie);
      return response.status(401).send(homePage(refreshed.reason));
    }
    response.cookie('wos-session', refreshed.sealedSession, cookie);
    auth = refreshed;
  }
  Object.assign(request, { session, auth });
  next();
}

const server = app.listen(Number(process.env.PORT ?? 3000), 'localhost');
await once(server, 'listening');
