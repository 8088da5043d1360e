// Someone without a browser on the hosted pages: keeps cookies, fills in forms, follows redirects. The pages work without
// JavaScript, so this is all it takes. Fields are found by what they are (type, autocomplete), never by our names for them.

import assert from 'node:assert/strict';
import { demoRedirect } from './server.mjs';
import { unwatchedFetch } from './watched_fetch.mjs';

const pagesMax = 12;

const isField = {
  email: (input) => input.type === 'email' || input.name === 'email',
  password: (input) => input.type === 'password',
  code: (input) => input.autocomplete === 'one-time-code' || input.name === 'code',
};

export class Visitor {
  constructor(server) {
    this.origin = new URL(server.url).origin;
    this.cookies = new Map();
  }

  async open(url) {
    return this.#go(new URL(url, this.origin), { method: 'GET' });
  }

  /** Fills in the form that has all these fields and sends it. */
  async submit(values, button) {
    const form = this.forms.find((one) => Object.keys(values).every((field) => one.inputs.some(isField[field])));
    assert.ok(form, `no form with ${Object.keys(values)} on ${this.url}:\n${this.html}`);
    const body = new URLSearchParams();
    for (const input of form.inputs) {
      if (!input.name || (input.type === 'checkbox' && !('checked' in input))) continue;
      const field = Object.keys(values).find((one) => isField[one](input));
      body.append(input.name, field ? values[field] : (input.value ?? ''));
    }
    const buttons = form.buttons.filter((one) => one.type !== 'button');
    const pressed = button ? buttons.find((one) => one.text === button) : buttons[0];
    if (pressed?.name) body.append(pressed.name, pressed.value ?? '');
    const target = new URL(form.action || this.url, this.url);
    if ((form.method ?? 'get').toLowerCase() === 'get') {
      target.search = body;
      return this.#go(target, { method: 'GET' });
    }
    return this.#go(target, {
      method: 'POST',
      body: body.toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: this.origin, referer: this.url.href },
    });
  }

  /** Goes through sign-in pages with these values until the browser is sent back to the application; answers that URL. */
  async walk(values) {
    const used = new Set();
    for (let page = 0; page < pagesMax; page += 1) {
      if (this.left) return this.left;
      const fields = ['password', 'code', 'email'].filter((field) => field in values && this.#asks(field));
      const filled = {};
      for (const field of fields) filled[field] = typeof values[field] === 'function' ? await values[field]() : values[field];
      assert.ok(fields.length > 0, `nothing to fill in on ${this.url} (${this.status}):\n${this.html}`);
      const step = JSON.stringify(filled);
      assert.ok(!used.has(step), `${this.url} asks again for ${fields}:\n${this.html}`);
      used.add(step);
      await this.submit(filled);
    }
    throw new Error(`still on ${this.url} after ${pagesMax} pages`);
  }

  #asks(field) {
    return this.forms.some((form) => form.inputs.some((input) => input.type !== 'hidden' && isField[field](input)));
  }

  async #go(url, init) {
    this.left = undefined;
    for (let hop = 0; hop < 10; hop += 1) {
      if (url.origin !== this.origin) {
        this.left = url;
        return this;
      }
      const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await unwatchedFetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, ...(cookie ? { cookie } : {}) } });
      for (const line of response.headers.getSetCookie()) this.#keep(line);
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || !location) {
        this.url = url;
        this.status = response.status;
        this.headers = response.headers;
        this.html = await response.text();
        this.forms = readForms(this.html);
        assert.ok(this.status < 500, `${url} answered ${this.status}: ${this.html}`);
        const refresh = /<meta http-equiv="refresh" content="0; url=([^"]*)"/.exec(this.html);
        if (!refresh) return this;
        init = { method: 'GET' };
        url = new URL(decode(refresh[1]), url);
        continue;
      }
      init = { method: 'GET' };
      url = new URL(location, url);
    }
    throw new Error(`too many redirects, last to ${url}`);
  }

  #keep(line) {
    const [pair, ...attributes] = line.split(';').map((part) => part.trim());
    const at = pair.indexOf('=');
    const expired = attributes.some((one) => /^max-age=(0|-\d+)$/i.test(one));
    if (expired) this.cookies.delete(pair.slice(0, at));
    else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
  }
}

/** Signs in on the hosted pages and answers the parameters of the callback. */
export async function signInOnPages(server, url, values, visitor = new Visitor(server)) {
  await visitor.open(url);
  const left = await visitor.walk(values);
  assert.ok(left.href.startsWith(demoRedirect), `sent to ${left}`);
  return left.searchParams;
}

function readForms(html) {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, attributes, inside]) => ({
    ...readAttributes(attributes),
    inputs: [...inside.matchAll(/<input\b([^>]*)>/gi)].map((found) => ({ type: 'text', ...readAttributes(found[1]) })),
    buttons: [...inside.matchAll(/<button\b([^>]*)>([\s\S]*?)<\/button>/gi)].map((found) => ({
      ...readAttributes(found[1]),
      text: decode(found[2].replace(/<[^>]*>/g, '')).trim(),
    })),
  }));
}

function readAttributes(text) {
  const found = text.matchAll(/([a-z][a-z0-9-]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/gi);
  return Object.fromEntries([...found].map(([, name, double, single, bare]) => [name.toLowerCase(), decode(double ?? single ?? bare ?? '')]));
}

function decode(text) {
  const named = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (decimal) return String.fromCodePoint(Number(decimal));
    if (hex) return String.fromCodePoint(parseInt(hex, 16));
    return named[name] ?? whole;
  });
}
