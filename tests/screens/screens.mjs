// Every screen of the hosted pages, as the preview writes them, so that each state is looked at. They are files: no
// server and no database stands behind them.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, extname, join, normalize } from 'node:path';
import { after, before, test } from 'node:test';
import { axeFaults, launch } from '../browser/browser.mjs';
import { program } from '../harness/server.mjs';

const preview = process.env.VESTIBULE_TEST_PREVIEW ?? join(dirname(program), 'examples/preview');
const types = { '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '': 'text/html' };
const phone = { viewport: { width: 390, height: 844 }, reducedMotion: 'reduce' };
const folder = mkdtempSync(join(tmpdir(), 'vestibule-preview-'));

/** For a test file: the screens in one language. Gives a function that opens each of them in turn, as `options` say. */
export function screensIn(language) {
  let browser, http, origin;
  before(async () => {
    execFileSync(preview, [folder, language]);
    http = createServer((request, response) => {
      const path = normalize(new URL(request.url, 'http://localhost').pathname);
      try {
        let content = readFileSync(join(folder, path));
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

  return async (options, look) => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const screens = readdirSync(folder).filter((name) => name.endsWith('.html'));
    assert.ok(screens.length > 15, 'the preview wrote the screens');
    for (const screen of screens) {
      await page.goto(`${origin}/${screen}`, { waitUntil: 'domcontentloaded' });
      await look(page, screen);
    }
    await context.close();
  };
}

/** Opens each screen on a telephone, and expects that axe-core finds nothing wrong with it. */
export async function axeFindsNothing(each, colorScheme, prepare = async () => true) {
  const faults = [];
  await each({ ...phone, colorScheme }, async (page, screen) => {
    if (await prepare(page, screen)) faults.push(...(await axeFaults(page)).map((it) => `${screen}: ${it}`));
  });
  assert.deepEqual(faults, []);
}

/** What must hold for every screen in every language. */
export function fitsInEach(language) {
  const each = screensIn(language);
  for (const colorScheme of ['light', 'dark']) {
    test(`axe finds nothing wrong on any screen, in ${language}, ${colorScheme}`, () => axeFindsNothing(each, colorScheme));
  }

  test(`at 320 pixels no screen is wider than its window, in ${language}`, async () => {
    const wide = [];
    await each({ viewport: { width: 320, height: 640 } }, async (page, screen) => {
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (over > 0) wide.push(`${screen}: ${over}`);
    });
    assert.deepEqual(wide, []);
  });
  return each;
}
