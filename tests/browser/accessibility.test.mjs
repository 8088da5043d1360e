// Every screen of the hosted pages against axe-core: light and dark, on a phone, and in languages with long words and
// with lines that begin on the right. The screens are those of the preview, so that each state is looked at.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, extname, join, normalize } from 'node:path';
import { after, before, test } from 'node:test';
import { program } from '../harness/server.mjs';
import { axeFaults, launch } from './browser.mjs';

const preview = process.env.VESTIBULE_TEST_PREVIEW ?? join(dirname(program), 'examples/preview');
const types = { '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '': 'text/html' };
const folder = mkdtempSync(join(tmpdir(), 'vestibule-preview-'));
const languages = ['en', 'de', 'ar'];
let browser, http, origin;

before(async () => {
  for (const language of languages) execFileSync(preview, [join(folder, language), language]);
  http = createServer((request, response) => {
    const [, language] = (request.headers.cookie ?? 'language=en').split('language=');
    const path = normalize(new URL(request.url, 'http://localhost').pathname);
    try {
      let content = readFileSync(join(folder, language, path));
      // A page that leads on by itself would lead away from here.
      if (path.endsWith('.html')) content = String(content).replace(/<meta http-equiv="refresh"[^>]*>/, '');
      response.writeHead(200, { 'content-type': types[extname(path)] ?? 'text/plain' }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  origin = `http://127.0.0.1:${http.address().port}`;
  browser = await launch();
});
after(async () => {
  await browser?.close();
  http?.close();
  http?.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens each screen in turn, in one language, as `options` say. */
async function each(language, options, look) {
  const context = await browser.newContext(options);
  await context.addCookies([{ name: 'language', value: language, url: origin }]);
  const page = await context.newPage();
  const screens = readdirSync(join(folder, language)).filter((name) => name.endsWith('.html'));
  assert.ok(screens.length > 15, 'the preview wrote the screens');
  for (const screen of screens) {
    await page.goto(`${origin}/${screen}`, { waitUntil: 'domcontentloaded' });
    await look(page, screen);
  }
  await context.close();
}

/** Screens of which a script or a reader opens a part. */
const folded = /^(account|another-way|device|factor|other-ways|passkey|recovery|sign-in|sms|telephone|totp)/;

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing wrong with what is opened later: passkeys, the account, devices, factors, ${colorScheme}`, async () => {
    const [faults, seen] = [[], []];
    await each('en', { viewport: { width: 390, height: 844 }, colorScheme, reducedMotion: 'reduce' }, async (page, screen) => {
      if (!folded.test(screen)) return;
      seen.push(screen);
      await page.evaluate(() => {
        for (const one of document.querySelectorAll('details')) one.open = true;
        for (const one of document.querySelectorAll('[hidden]:not(input)')) one.hidden = false;
      });
      faults.push(...(await axeFaults(page)).map((it) => `${screen}: ${it}`));
    });
    for (const kind of ['account', 'device', 'factor', 'passkey']) assert.ok(seen.some((it) => it.startsWith(kind)), kind);
    assert.deepEqual(faults, []);
  });
}

for (const language of languages) {
  for (const colorScheme of ['light', 'dark']) {
    test(`axe finds nothing wrong on any screen, in ${language}, ${colorScheme}`, async () => {
      const faults = [];
      const phone = { viewport: { width: 390, height: 844 }, colorScheme, reducedMotion: 'reduce' };
      await each(language, phone, async (page, screen) => {
        faults.push(...(await axeFaults(page)).map((it) => `${screen}: ${it}`));
      });
      assert.deepEqual(faults, []);
    });
  }

  test(`at 320 pixels no screen is wider than its window, in ${language}`, async () => {
    const wide = [];
    await each(language, { viewport: { width: 320, height: 640 } }, async (page, screen) => {
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (over > 0) wide.push(`${screen}: ${over}`);
    });
    assert.deepEqual(wide, []);
  });
}

test('with forced colours every button and field keeps an edge, and with reduced motion nothing moves', async () => {
  const faults = [];
  await each('en', { forcedColors: 'active', reducedMotion: 'reduce' }, async (page, screen) => {
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

test('where lines begin on the right, the keyboard goes through a page in the order of its text', async () => {
  await each('ar', {}, async (page, screen) => {
    if (screen !== 'sign-up.html') return;
    const order = [];
    for (let step = 0; step < 4; step += 1) {
      order.push(await page.evaluate(() => document.activeElement.id));
      await page.keyboard.press('Tab');
    }
    assert.deepEqual(order.slice(0, 3), ['email', 'first_name', 'last_name']);
  });
});
