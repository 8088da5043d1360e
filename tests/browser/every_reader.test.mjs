// The pages for those who have no JavaScript, no mouse, a small window, or the lights out.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { goodPassword, uniqueEmail } from '../harness/expect.mjs';
import { demoPassword, startServer } from '../harness/server.mjs';
import { openBrowser } from './browser.mjs';

let server, window;
const ada = { email: 'ada@acme.test', password: demoPassword };

before(async () => {
  server = await startServer();
  window = await openBrowser(server);
});
after(async () => {
  await window.close();
  await server.stop();
});

test('without JavaScript, signing up and signing in work', async () => {
  const email = uniqueEmail('script-free');
  const person = await window.person({ javaScriptEnabled: false });
  await person.visits(window.app.signInUrl({ screenHint: 'sign-up' }));
  await person.fills({ Email: email, Password: goodPassword }, 'Create account');
  await person.fills({ Code: await server.codeFromMail(email) }, 'Verify');
  assert.equal((await person.arrives()).email, email);
  await person.page.context().clearCookies();
  await person.visits(window.app.signInUrl());
  await person.fills({ Email: email }, 'Continue');
  await person.fills({ Password: goodPassword }, 'Sign in');
  assert.equal((await person.arrives()).email, email);
  await person.leaves();
});

test('by keyboard alone: type, Enter, type, Enter', async () => {
  const person = await window.person();
  const { keyboard } = person.page;
  await person.visits(window.app.signInUrl());
  await person.sees('Sign in');
  await keyboard.type(ada.email);
  await keyboard.press('Enter');
  await person.field('Password').waitFor();
  await keyboard.type('Not-The-Password-55');
  await keyboard.press('Enter');
  await person.isTold(/password/i);
  await keyboard.type(ada.password);
  await keyboard.press('Enter');
  assert.equal((await person.arrives()).email, ada.email);
  await person.leaves();
});

test('by keyboard alone, every control is reached, in the order of the page, and shows that it is', async () => {
  const person = await window.person();
  await person.visits(window.app.signInUrl({ screenHint: 'sign-up' }));
  await person.sees('Create your account');
  const reachable = 'a[href], button:not([hidden]), input:not([type=hidden]):not([hidden])';
  const wanted = await person.page.locator(reachable).evaluateAll((all) => all.filter((one) => one.checkVisibility()).length);
  // From the top of the page: what had the focus would stay the place that Tab goes on from.
  await person.page.evaluate(() => {
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute('tabindex');
  });
  const places = [];
  for (let step = 0; step < wanted; step += 1) {
    await person.page.keyboard.press('Tab');
    places.push(
      await person.page.evaluate((selector) => {
        const one = document.activeElement;
        const style = getComputedStyle(one);
        const shown = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
        return { at: [...document.querySelectorAll(selector)].indexOf(one), shown, what: one.outerHTML.slice(0, 80) };
      }, reachable),
    );
  }
  assert.ok(places.every((one) => one.at >= 0 && one.shown), JSON.stringify(places.filter((one) => one.at < 0 || !one.shown)));
  assert.equal(new Set(places.map((one) => one.at)).size, wanted);
  await person.leaves();
});

test('in a narrow window nothing is cut off', async () => {
  const person = await window.person({ viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true });
  await person.visits(window.app.signInUrl());
  await person.sees('Sign in');
  await person.photographs('sign-in-narrow');
  await person.link('Create an account').click();
  await person.sees('Create your account');
  await person.visits(window.app.signInUrl());
  await person.signsIn(ada);
  await person.arrives();
  await person.leaves();
});

test('in the dark the pages are dark, and readable in both', async () => {
  const colours = {};
  for (const colorScheme of ['light', 'dark']) {
    const person = await window.person({ colorScheme });
    await person.visits(window.app.signInUrl());
    await person.sees('Sign in');
    await person.photographs(`sign-in-${colorScheme}`);
    colours[colorScheme] = await person.page.evaluate(readColours);
    await person.leaves();
  }
  assert.ok(colours.light.background > 0.5, JSON.stringify(colours));
  assert.ok(colours.dark.background < 0.2, JSON.stringify(colours));
  for (const [scheme, seen] of Object.entries(colours)) {
    for (const [what, ratio] of Object.entries(seen.contrasts)) {
      assert.ok(ratio >= 4.5, `${what} has a contrast of ${ratio.toFixed(2)} in the ${scheme}`);
    }
  }
});

/** Runs in the page: how bright it is, and how much its words stand out (WCAG 2 contrast). */
function readColours() {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const paint = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const luminance = (colour) => {
    const [r, g, b] = [...paint(colour)].slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (paint(colour)[3] > 250) return colour;
    }
    return 'white';
  };
  const contrast = (element) => {
    const [one, other] = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((a, b) => b - a);
    return (one + 0.05) / (other + 0.05);
  };
  const elements = { heading: 'h1', lead: '.lead, p', label: 'label', button: 'button[type=submit]', link: 'main a' };
  const contrasts = {};
  for (const [what, selector] of Object.entries(elements)) {
    const element = document.querySelector(selector);
    if (element) contrasts[what] = contrast(element);
  }
  return { background: luminance(behind(document.body)), contrasts };
}
