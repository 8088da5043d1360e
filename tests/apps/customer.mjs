// A customer of an application: signs in through the hosted pages and reads what the application shows.

import assert from 'node:assert/strict';
import { Person } from '../browser/browser.mjs';

export class Customer extends Person {
  /** Opens the application and follows the link or button with this name to the hosted pages. */
  async goesTo(name) {
    await this.visits(this.app.origin);
    await this.control(name).click();
  }

  control(name) {
    return this.link(name).or(this.button(name));
  }

  /** Waits for the account page of the application; answers the facts on it. */
  async arrives() {
    await this.page.waitForURL((url) => url.origin === this.app.origin);
    await this.page.getByRole('heading', { level: 1, name: 'Account' }).waitFor();
    return this.facts();
  }

  /** What the account page says; waits until it says who is signed in. */
  async facts() {
    await this.page.locator('dt:text-is("Session") + dd:not(:empty)').waitFor();
    const pairs = await this.page.locator('dt').evaluateAll((names) => names.map((one) => [one.textContent, one.nextElementSibling.textContent.trim()]));
    return Object.fromEntries(pairs);
  }

  /** Waits until the account page shows this fact. */
  async isShown(name, value) {
    await this.page.locator(`dt:text-is("${name}") + dd:text-is("${value}")`).waitFor();
  }

  async switchesTo(organizationId) {
    await this.fills({ 'Organization ID': organizationId }, 'Switch organization');
  }

  /** Signs out; the application's own page tells that it is over. */
  async signsOut() {
    await this.button('Sign out').click();
    await this.page.waitForURL(`${this.app.origin}/`);
    await this.control('Sign in').waitFor();
  }

  /** Waits until the components of the page have what they ask for: who leaves breaks it off, and they complain. */
  async settles() {
    await this.page.waitForLoadState('networkidle');
  }

  async account() {
    await this.visits(`${this.app.origin}/account`);
  }

  /** The browser loses the cookies of the hosted pages, which then ask again who it is. Ports share cookies, names do not. */
  async isForgottenByThePages() {
    await this.page.context().clearCookies({ name: /^(vestibule|workos)-/ });
  }

  async cookie(name) {
    const found = (await this.page.context().cookies(this.app.origin)).find((one) => one.name === name);
    assert.ok(found, `the application has set no cookie ${name}`);
    return found;
  }
}
