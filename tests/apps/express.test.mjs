import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { uniqueEmail } from '../harness/expect.mjs';
import { setUp, signToken, startProvider } from '../harness/provider.mjs';
import { express } from './applications.mjs';
import { tokenInIron } from './sealed.mjs';
import { walk, walkWithSealedCookie, walkWithTerminalReasons } from './walks.mjs';

const all = walk(express, {
  refused: (person, reason) => person.isTold(reason),
  // The provider is on this machine.
  serverOptions: () => ({ args: ['--webhook-allow-private'] }),
});

walkWithSealedCookie(all, { tokenIn: tokenInIron });
walkWithTerminalReasons(all);

test('an account at a provider signs up and signs in', async () => {
  const provider = await startProvider();
  after(() => provider.stop());
  await setUp(all.server, provider, 'GoogleOAuth');
  // The provider goes by the clock of this machine, which the walks before have left behind.
  const ahead = all.clock.aheadSeconds;
  provider.tamper = (claims) => signToken(provider.key, { ...claims, iat: claims.iat + ahead, exp: claims.exp + ahead });
  const email = uniqueEmail('social');
  provider.accounts.ada = { email, email_verified: true, name: 'Ada Lovelace', given_name: 'Ada', family_name: 'Lovelace' };
  for (const way of ['Sign up', 'Sign in']) {
    const person = await all.window.person();
    await person.goesTo(way);
    await person.link('Continue with Google').click();
    await person.field('Account').fill('ada');
    await person.button('Go on').click();
    const facts = await person.arrives();
    const { data: [user] } = await all.users.listUsers({ email });
    const session = (await all.sessions(user)).find((one) => one.id === facts.Session);
    assert.deepEqual([facts.Email, session.authMethod], [email, 'oauth']);
    await person.leaves();
  }
});
