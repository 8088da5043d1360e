// Assertions that many tests share.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

/** A password that every policy takes. */
export const goodPassword = 'Tangerine-Umbrella-Waltz-72';

/** A word that no other test uses. */
export function unique(word = 'thing') {
  return `${word}-${randomBytes(5).toString('hex')}`;
}

export function uniqueEmail(word = 'person') {
  return `${unique(word)}@example.test`;
}

/** The promise must be refused with this exception class and these properties; answers the exception. */
export async function refused(promise, ExceptionClass, properties = {}) {
  let error;
  try {
    const answer = await promise;
    assert.fail(`was not refused but answered ${JSON.stringify(answer)}`);
  } catch (caught) {
    error = caught;
  }
  if (error instanceof assert.AssertionError) throw error;
  const shown = `${error.name}: ${error.message} ${JSON.stringify(error.rawData ?? {})}`;
  assert.ok(error instanceof ExceptionClass, `wanted ${ExceptionClass.name}, got ${shown}`);
  for (const [name, wanted] of Object.entries(properties)) {
    if (wanted instanceof RegExp) assert.match(String(error[name]), wanted, shown);
    else assert.deepEqual(error[name], wanted, `${name} of ${shown}`);
  }
  return error;
}

/** ISO 8601 in UTC with three fractional digits. */
export function assertTimestamp(value) {
  const text = value instanceof Date ? value.toISOString() : value;
  assert.match(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
}

export function assertId(value, prefix) {
  assert.match(value, new RegExp(`^${prefix}_[0-9A-HJKMNP-TV-Z]{26}$`));
}

export function claims(accessToken) {
  return JSON.parse(Buffer.from(accessToken.split('.')[1], 'base64url').toString());
}

/** All names that these items have, in their order. */
export function ids(items) {
  return items.map((item) => item.id);
}
