// What a script or a reader opens later; and screens as people with other needs set them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axeFindsNothing, screensIn } from './screens.mjs';

const each = screensIn('en');

/** Screens of which a script or a reader opens a part. */
const folded = /^(account|another-way|device|factor|other-ways|passkey|recovery|sign-in|sms|telephone|test|totp)/;

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing wrong with what is opened later: passkeys, the account, devices, factors, ${colorScheme}`, async () => {
    const seen = [];
    await axeFindsNothing(each, colorScheme, async (page, screen) => {
      if (!folded.test(screen)) return false;
      seen.push(screen);
      await page.evaluate(() => {
        for (const one of document.querySelectorAll('details')) one.open = true;
        for (const one of document.querySelectorAll('[hidden]:not(input)')) one.hidden = false;
      });
      return true;
    });
    for (const kind of ['account', 'device', 'factor', 'passkey']) assert.ok(seen.some((it) => it.startsWith(kind)), kind);
  });
}

test('with forced colours every button and field keeps an edge, and with reduced motion nothing moves', async () => {
  const faults = [];
  await each({ forcedColors: 'active', reducedMotion: 'reduce' }, async (page, screen) => {
    const found = await page.evaluate(() => {
      const controls = [...document.querySelectorAll('.primary, .secondary, .control input, .choice')];
      const bare = controls.filter((one) => {
        const style = getComputedStyle(one);
        return one.checkVisibility() && (style.borderTopStyle === 'none' || parseFloat(style.borderTopWidth) === 0);
      });
      const moving = [...document.querySelectorAll('*')].filter((one) => {
        const style = getComputedStyle(one);
        return style.transitionDuration.split(',').some((it) => parseFloat(it) > 0) && style.transitionProperty !== 'none';
      });
      return { bare: bare.length, moving: moving.length };
    });
    if (found.bare + found.moving > 0) faults.push(`${screen}: ${JSON.stringify(found)}`);
  });
  assert.deepEqual(faults, []);
});
