// An identity provider that speaks SAML: pysaml2, as a process.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const python = process.env.PYTHON ?? fileURLToPath(new URL('../.venv/bin/python', import.meta.url));

/** Starts one at which the person of this address signs in. */
export async function startSamlProvider(email) {
  const program = fileURLToPath(new URL('saml_program.py', import.meta.url));
  const running = spawn(python, [program, email], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: running.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the identity provider has ended');
    return value;
  };
  const { metadata_url: metadataUrl } = JSON.parse(await next());
  return {
    metadataUrl,
    /** Has it read how a service provider describes itself. */
    async trust(url) {
      running.stdin.write(`${url}\n`);
      await next();
    },
    stop: () => running.kill(),
  };
}
