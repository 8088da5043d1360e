// Every call that a test makes, through an SDK or not, is held to the rules that hold for all answers:
// no 5xx, a request id, and errors as JSON. Secrets that pass by are remembered, so that the log can be searched for them.

const secretKeys = new Set([
  'access_token',
  'client_secret',
  'code_verifier',
  'new_password',
  'password',
  'password_reset_token',
  'pending_authentication_token',
  'refresh_token',
  'secret',
  'token',
]);
const secretCharactersMin = 12;
const servers = new Map();

export const unwatchedFetch = globalThis.fetch.bind(globalThis);

export function watch(server) {
  servers.set(new URL(server.url).host, server);
}

globalThis.fetch = async function watchedFetch(input, init = {}) {
  const url = new URL(input.url ?? input);
  const response = await unwatchedFetch(input, init);
  const server = servers.get(url.host);
  if (!server) return response;
  const what = `${init.method ?? 'GET'} ${url.pathname} answered ${response.status}`;
  const text = await response.clone().text();
  if (response.status >= 500) throw new Error(`${what}: ${text}`);
  if (!response.headers.get('x-request-id')) throw new Error(`${what} without X-Request-ID`);
  const type = response.headers.get('content-type') ?? '';
  if (response.status >= 400 && !type.startsWith('application/json')) throw new Error(`${what} with content-type '${type}': ${text}`);
  if (response.status >= 400) JSON.parse(text);
  remember(server, typeof init.body === 'string' ? init.body : '');
  if (type.startsWith('application/json')) remember(server, text);
  return response;
};

function remember(server, text) {
  if (!text.startsWith('{')) return;
  try {
    JSON.parse(text, (key, value) => {
      if (typeof value !== 'string' || value.length < secretCharactersMin) return value;
      if (secretKeys.has(key) || value.startsWith('sk_')) server.secrets.add(value);
      return value;
    });
  } catch {
    // A test may send malformed JSON on purpose; there is nothing to remember then.
  }
}
