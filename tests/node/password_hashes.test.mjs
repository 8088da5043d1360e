import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { goodPassword, uniqueEmail } from '../harness/expect.mjs';
import { importableHashes } from '../harness/hashes.mjs';
import { startServer } from '../harness/server.mjs';

let server, users;

before(async () => {
  server = await startServer();
  users = server.sdk().userManagement;
});
after(() => server.stop());

for (const [name, fields] of Object.entries(importableHashes)) {
  test(`a user with an imported hash signs in, twice, for it is hashed again at the first: ${name}`, async () => {
    const email = uniqueEmail('imported');
    const { status, body } = await server.request('POST', '/user_management/users', { body: { email, email_verified: true, ...fields } });
    assert.equal(status, 201, JSON.stringify(body));
    assert.ok(!JSON.stringify(body).includes(fields.password_hash));
    const wrong = { email, password: `${goodPassword}x` };
    await assert.rejects(users.authenticateWithPassword(wrong), { code: 'invalid_credentials' });
    for (const attempt of ['as it was imported', 'hashed again']) {
      const { user } = await users.authenticateWithPassword({ email, password: goodPassword });
      assert.equal(user.id, body.id, attempt);
    }
    await assert.rejects(users.authenticateWithPassword(wrong), { code: 'invalid_credentials' });
  });
}

test('the SDK imports a hash on create and on update', async () => {
  const { password_hash: passwordHash } = importableHashes['bcrypt 2b'];
  const email = uniqueEmail('sdk');
  const user = await users.createUser({ email, emailVerified: true, passwordHash, passwordHashType: 'bcrypt' });
  await users.authenticateWithPassword({ email, password: goodPassword });
  await users.updateUser({ userId: user.id, password: 'Violet-Harbour-Quince-31' });
  await users.updateUser({ userId: user.id, passwordHash, passwordHashType: 'bcrypt' });
  await users.authenticateWithPassword({ email, password: goodPassword });
});

test('hashes that contradict their fields are refused, each with its code', async () => {
  const { password_hash } = importableHashes['bcrypt 2b'];
  const cases = [
    [{ password_hash: 'nonsense', password_hash_type: 'bcrypt' }, 'invalid_password_hash'],
    [{ password_hash, password_hash_type: 'argon2' }, 'invalid_password_hash'],
    [{ password: goodPassword, password_hash, password_hash_type: 'bcrypt' }, 'password_and_password_hash_provided'],
    [{ password: goodPassword, password_hash_type: 'bcrypt' }, 'password_and_password_hash_type_provided'],
    [{ password_salt_position: 'prefix' }, 'password_salt_position_requires_password_hash'],
  ];
  for (const [fields, code] of cases) {
    const email = uniqueEmail('refused');
    const { status, body } = await server.request('POST', '/user_management/users', { body: { email, ...fields } });
    assert.deepEqual([status, body.code], [400, code], JSON.stringify(body));
    assert.deepEqual((await users.listUsers({ email })).data, []);
  }
});
