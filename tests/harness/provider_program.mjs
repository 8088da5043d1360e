// A provider as a program, for tests that are not written in JavaScript. Its arguments are the accounts as JSON and the
// address that it may send browsers back to; it prints its issuer, and ends with its standard input.

import { startProvider } from './provider.mjs';

const provider = await startProvider(JSON.parse(process.argv[2]));
process.stdin.on('data', (line) => {
  provider.redirectUris.push(String(line).trim());
  provider.renew();
  process.stdout.write('ready\n');
});
process.stdin.on('end', () => provider.stop());
process.stdout.write(`${JSON.stringify({ issuer: provider.issuer, ...provider.client })}\n`);
