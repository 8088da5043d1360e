// Chromium for the browser tests, and the tiny application that sends people to the hosted pages and takes them back.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const screenshots = process.env.VESTIBULE_TEST_SCREENSHOTS;
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Starts the browser alone. */
export function launch() {
  return chromium.launch({ executablePath, headless: true, args: quiet });
}

/** What axe-core finds wrong with a page: each rule with where it is broken. */
export async function axeFaults(page) {
  // Run in the page's world but not as one of its scripts, which its policy would refuse.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
  );
  return violations.map((it) => `${it.id} (${it.help}): ${it.nodes.map((node) => `${node.target} ${node.html.slice(0, 120)}`).join(' | ')}`);
}

/** Starts the browser for one test file, and the application, where the test does not bring its own. */
export async function openBrowser(server, { app: own, Visitor = Person } = {}) {
  const browser = await launch();
  const app = own ?? (await startApplication(server));
  return {
    app,
    browser,
    /** A person with a fresh profile. */
    async person(options = {}) {
      const context = await browser.newContext(options);
      context.setDefaultTimeout(30_000);
      const page = await context.newPage();
      return new Visitor(page, app);
    },
    async close() {
      await browser.close();
      await app.stop();
    },
  };
}

/** Someone in front of a browser, who knows a page by its words and never by our markup. */
export class Person {
  constructor(page, app) {
    this.page = page;
    this.app = app;
    this.complaints = [];
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (/content security policy/i.test(message.text())) this.complaints.push(message.text());
    });
  }

  field(label) {
    return this.page.getByLabel(label, { exact: true });
  }

  button(name) {
    return this.page.getByRole('button', { name, exact: true });
  }

  link(name) {
    return this.page.getByRole('link', { name, exact: typeof name === 'string' });
  }

  /** Waits for the page with this heading and looks it over. */
  async sees(heading) {
    await this.page.getByRole('heading', { level: 1, name: heading }).waitFor();
    // The heading comes first; the rest of the page must be there before it is measured.
    await this.page.waitForLoadState();
    await this.#lookOver();
  }

  /** Waits for the words of what went wrong, which a screen reader announces by itself. */
  async isTold(words) {
    await this.page.getByRole('alert').filter({ hasText: words }).waitFor();
    await this.#lookOver();
  }

  async visits(url) {
    await this.page.goto(url);
  }

  async fills(fields, button) {
    for (const [label, value] of Object.entries(fields)) await this.field(label).fill(value);
    await this.button(button).click();
  }

  async signsIn({ email, password }) {
    await this.sees('Sign in');
    await this.fills({ Email: email }, 'Continue');
    await this.fills({ Password: password }, 'Sign in');
  }

  /** Looks at the recovery codes, downloads them without a script, and goes on; answers them. */
  async savesRecoveryCodes(server) {
    await this.sees('Save your recovery codes');
    await this.photographs('recovery-codes');
    const codes = await this.page.locator('#codes li').allInnerTexts();
    assert.equal(new Set(codes).size, 10);
    for (const code of codes) server.secrets.add(code);
    const href = await this.link('Download them as a file').getAttribute('href');
    const file = decodeURIComponent(href.replace('data:text/plain;charset=utf-8,', ''));
    assert.deepEqual(file.trim().split('\r\n'), codes);
    await this.link('I have saved them').click();
    return codes;
  }

  /** Waits until the application has redeemed the code; answers the session as the application sees it. */
  async arrives() {
    await this.page.waitForURL((url) => url.origin === this.app.origin && url.pathname === '/callback');
    const answer = JSON.parse(await this.page.locator('#session').textContent());
    assert.equal(answer.error, undefined, `the application was refused: ${JSON.stringify(answer)}`);
    assert.deepEqual(this.complaints, []);
    return answer;
  }

  /** Writes a picture of the page where pictures are wanted. */
  async photographs(name) {
    if (!screenshots) return;
    mkdirSync(screenshots, { recursive: true });
    await this.page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
  }

  async leaves() {
    assert.deepEqual(this.complaints, []);
    await this.page.context().close();
  }

  /** What holds on every page: one heading, a title, a language, labels on every field, nothing wider than the window. */
  async #lookOver() {
    const seen = await this.page.evaluate(() => ({
      headings: document.querySelectorAll('h1').length,
      title: document.title,
      language: document.documentElement.lang,
      landmark: document.querySelectorAll('main').length,
      unlabelled: [...document.querySelectorAll('input:not([type=hidden]):not([hidden]), select, textarea')].filter((one) => one.labels.length === 0).length,
      unnamed: [...document.querySelectorAll('button, a')].filter((one) => !one.textContent.trim() && !one.getAttribute('aria-label')).length,
      overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    }));
    assert.equal(seen.headings, 1, this.page.url());
    assert.ok(seen.title.length > 0 && seen.language.length > 0, JSON.stringify(seen));
    assert.deepEqual([seen.landmark, seen.unlabelled, seen.unnamed], [1, 0, 0], JSON.stringify(seen));
    assert.ok(seen.overflow <= 0, `${this.page.url()} is ${seen.overflow} pixels wider than its window`);
    assert.deepEqual(await axeFaults(this.page), [], this.page.url());
  }
}

/** An application with one page, which redeems the code with the Node SDK. */
async function startApplication(server) {
  const users = server.sdk().userManagement;
  const http = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://localhost');
    const answer = url.pathname === '/callback' ? await redeem(users, url.searchParams) : {};
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    const text = JSON.stringify(answer).replace(/</g, '\\u003c');
    response.end(`<!doctype html><html lang="en"><title>App</title><main><h1>The application</h1><pre id="session">${text}</pre></main></html>`);
  });
  http.listen(0, 'localhost');
  await once(http, 'listening');
  const origin = `http://localhost:${http.address().port}`;
  const redirectUri = `${origin}/callback`;
  await server.sdk().post('/user_management/redirect_uris', { uri: redirectUri });
  return {
    origin,
    redirectUri,
    signInUrl: (options = {}) => users.getAuthorizationUrl({ provider: 'authkit', redirectUri, state: 'kept', ...options }),
    stop: () => {
      http.close();
      http.closeAllConnections();
    },
  };
}

async function redeem(users, parameters) {
  if (parameters.get('error')) return { error: parameters.get('error'), description: parameters.get('error_description') };
  try {
    const session = await users.authenticateWithCode({ code: parameters.get('code') });
    return {
      email: session.user.email,
      emailVerified: session.user.emailVerified,
      firstName: session.user.firstName,
      organizationId: session.organizationId ?? null,
      method: session.authenticationMethod,
      sessionId: JSON.parse(Buffer.from(session.accessToken.split('.')[1], 'base64url').toString()).sid,
      state: parameters.get('state'),
    };
  } catch (error) {
    return { error: error.message };
  }
}
