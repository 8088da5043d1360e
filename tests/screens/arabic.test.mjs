// Every screen in a language whose lines begin on the right.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitsInEach } from './screens.mjs';

const each = fitsInEach('ar');

test('where lines begin on the right, the keyboard goes through a page in the order of its text', async () => {
  let seen = false;
  await each({}, async (page, screen) => {
    if (screen !== 'sign-up.html') return;
    const order = [];
    for (let step = 0; step < 4; step += 1) {
      order.push(await page.evaluate(() => document.activeElement.id));
      await page.keyboard.press('Tab');
    }
    assert.deepEqual(order.slice(0, 3), ['email', 'first_name', 'last_name']);
    seen = true;
  });
  assert.ok(seen, 'the preview wrote the page to sign up');
});
