// An authenticator for passkeys, as the browser sees one.

/** The lock of a phone, which says yes to nothing until it is touched. */
export class Device {
  static async of(page) {
    const device = new Device();
    device.cdp = await page.context().newCDPSession(page);
    await device.cdp.send('WebAuthn.enable', { enableUI: false });
    const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: false };
    device.id = (await device.cdp.send('WebAuthn.addVirtualAuthenticator', { options })).authenticatorId;
    return device;
  }

  /** Does something while a finger lies on the lock. */
  async touching(work) {
    await this.cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: this.id, enabled: true });
    await work();
    await this.cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: this.id, enabled: false });
  }

  async credentials() {
    return (await this.cdp.send('WebAuthn.getCredentials', { authenticatorId: this.id })).credentials;
  }

  async restore(credential) {
    await this.cdp.send('WebAuthn.clearCredentials', { authenticatorId: this.id });
    await this.cdp.send('WebAuthn.addCredential', { authenticatorId: this.id, credential });
  }
}
