// A provider of accounts: the `oidc-provider` package, as it is, with pages of its own. What it must never do (tokens for
// somebody else, without a signature …) is done by a hook that a test sets.

import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

export const client = { client_id: 'vestibule', client_secret: 'a-secret-between-provider-and-vestibule' };

/** A key that signs tokens, with its private part. */
export function newKey(kid) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' };
}

/** A token of these claims, signed by a key of `newKey`. */
export function signToken(key, claims, header = { alg: 'RS256', kid: key.kid }) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const message = `${part(header)}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(message), createPrivateKey({ key, format: 'jwk' }));
  return `${message}.${signature.toString('base64url')}`;
}

/** Starts a provider. `accounts` are claims by account id; an account signs in by its id, typed or as `login_hint`. */
export async function startProvider(accounts = {}) {
  const http = createServer((request, response) => made.handler(request, response));
  http.listen(0, 'localhost');
  await once(http, 'listening');
  const issuer = `http://localhost:${http.address().port}`;
  const made = { issuer, client, accounts, key: newKey('first'), redirectUris: [], tamper: undefined };

  /** Takes up what was changed: redirect URIs, or keys, of which the first one signs. */
  made.renew = (keys = [made.key]) => {
    [made.key] = keys;
    const provider = new Provider(issuer, configuration(made, keys));
    provider.use(interactions(provider, made));
    provider.use(async (context, next) => {
      await next();
      if (made.tamper && context.path === '/token' && context.body?.id_token) {
        const claims = JSON.parse(Buffer.from(context.body.id_token.split('.')[1], 'base64url'));
        context.body.id_token = made.tamper(claims, context.body.id_token);
      }
    });
    made.handler = provider.callback();
  };
  made.stop = () => {
    http.close();
    http.closeAllConnections();
  };

  /** Goes from our redirect through the provider, as the account that `login_hint` names; answers the way back. */
  made.passes = async (url) => {
    const cookies = new Map();
    let next = new URL(url);
    for (let hop = 0; next.origin === issuer; hop += 1) {
      if (hop > 8) throw new Error(`the provider goes round in circles, last at ${next}`);
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(next, { redirect: 'manual', headers: cookie ? { cookie } : {} });
      for (const line of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
        cookies.set(name, value);
      }
      const location = response.headers.get('location');
      if (!location) throw new Error(`${next} answered ${response.status}: ${await response.text()}`);
      next = new URL(location, next);
    }
    return next.href;
  };
  made.renew();
  return made;
}

function configuration(made, keys) {
  return {
    clients: [{ ...client, redirect_uris: made.redirectUris, token_endpoint_auth_method: 'client_secret_post' }],
    jwks: { keys },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'given_name', 'family_name', 'picture'] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (context, interaction) => `/interaction/${interaction.uid}` },
    pkce: { required: () => true },
    findAccount: (context, id) => made.accounts[id] && { accountId: id, claims: () => ({ sub: id, ...made.accounts[id] }) },
    // Whoever signs in also agrees.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  };
}

/** The one page of the provider: who is it? */
function interactions(provider, made) {
  return async (context, next) => {
    if (!context.path.startsWith('/interaction/')) return next();
    const { params, prompt } = await provider.interactionDetails(context.req, context.res);
    const answers = (result) => provider.interactionResult(context.req, context.res, result, { mergeWithLastSubmission: false });
    const goesOn = async (result) => context.redirect(await answers(result));
    const hinted = made.accounts[params.login_hint] && prompt.name === 'login';
    if (hinted) return goesOn({ login: { accountId: params.login_hint } });
    if (context.method === 'POST') {
      const form = new URLSearchParams(await text(context.req));
      if (form.has('cancel')) return goesOn({ error: 'access_denied', error_description: 'turned back' });
      return goesOn({ login: { accountId: form.get('account') } });
    }
    context.type = 'html';
    context.body = `<!doctype html><html lang="en"><title>Provider</title><main><h1>The provider</h1>
      <form method="post"><label>Account <input name="account"></label>
      <button name="go">Go on</button> <button name="cancel" value="yes">Turn back</button></form></main></html>`;
  };
}

async function text(stream) {
  let all = '';
  for await (const chunk of stream) all += chunk;
  return all;
}

/** Sets a provider up with a server, under the name of one that everybody knows or of one's own. */
export async function setUp(server, provider, name, settings = {}) {
  const { status, body } = await server.request('PUT', '/vestibule/v1/social_providers', {
    body: { provider: name, ...client, issuer: provider.issuer, token_endpoint_auth_method: 'client_secret_post', ...settings },
  });
  if (status !== 200) throw new Error(`the provider cannot be set up: ${status} ${JSON.stringify(body)}`);
  server.secrets.add(client.client_secret);
  if (!provider.redirectUris.includes(body.callback_url)) {
    provider.redirectUris.push(body.callback_url);
    provider.renew();
  }
  return body;
}

/** Makes a connection of an organization, to a provider of ours where there is one; the organization has proved `domain`. */
export async function connect(server, provider, { domain, name = 'Acme', organization = {}, connection = {} }) {
  const made = await server.request('POST', '/organizations', {
    body: { name, domain_data: [{ domain, state: 'verified' }], ...organization },
  });
  if (made.status !== 201) throw new Error(`no organization: ${made.status} ${JSON.stringify(made.body)}`);
  const options = provider && { oidc_options: { ...client, discovery_endpoint: provider.issuer, token_authentication_method: 'client_secret_post' } };
  const connected = await server.request('POST', '/connections', {
    body: { organization_id: made.body.id, ...options, ...connection },
  });
  if (connected.status !== 201) throw new Error(`no connection: ${connected.status} ${JSON.stringify(connected.body)}`);
  server.secrets.add(client.client_secret);
  const { body } = await server.request('GET', `/vestibule/v1/connections/${connected.body.id}/configuration`);
  if (provider) {
    provider.redirectUris.push(body.oidc.redirect_uri);
    provider.renew();
  }
  return { organization: made.body, connection: connected.body, configuration: body };
}
