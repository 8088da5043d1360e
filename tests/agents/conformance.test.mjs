// The official conformance suite of MCP, for both revisions, against our transport and door with the suite's own
// fixtures beside our tools; and the official inspector, whose --strict wants schemas that every client takes.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startServer } from '../harness/server.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const modules = join(root, 'tests/node_modules');
const program = process.env.VESTIBULE_TEST_PROGRAM ?? join(root, 'target/debug/vestibule');
const fixtures = join(program, '../examples/mcp_conformance');
const suite = join(modules, '@modelcontextprotocol/conformance/dist/index.js');
const inspector = join(modules, '@modelcontextprotocol/inspector/clients/launcher/build/index.js');

/** Runs a program of Node and answers its exit code, its output and all it wrote. */
async function run(...args) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, written] = ['', ''];
  child.stdout.on('data', (chunk) => (output += chunk));
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (written += chunk));
  const [code] = await once(child, 'close');
  return { code, output, written };
}

describe('the conformance suite', () => {
  let child;
  let door;
  let folder;
  let url;

  before(async () => {
    child = spawn(fixtures, [], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    const server = JSON.parse(line);
    // The suite brings no credential, so this adds one. All else passes as it is.
    door = createServer((incoming, outgoing) => {
      const headers = { ...incoming.headers, authorization: `Bearer ${server.key}` };
      const on = request(server.url, { method: incoming.method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode, answer.headers);
        answer.pipe(outgoing);
      });
      on.on('error', () => outgoing.destroy());
      outgoing.on('close', () => on.destroy());
      incoming.pipe(on);
    });
    door.listen(0, '127.0.0.1');
    await once(door, 'listening');
    url = `http://127.0.0.1:${door.address().port}/mcp`;
    folder = await mkdtemp(join(tmpdir(), 'conformance-'));
  });
  after(async () => {
    door.closeAllConnections();
    door.close();
    child.stdin.end();
    await once(child, 'exit');
    await rm(folder, { recursive: true });
  });

  for (const revision of ['2026-07-28', '2025-11-25']) {
    test(`passes whole for ${revision}`, async () => {
      const { code, written } = await run(suite, 'server', '--url', url, '--requirements', revision, '-o', folder);
      assert.equal(code, 0, written);
      assert.match(written, /passed/);
    });
  }
});

describe('the inspector', () => {
  let server;
  before(async () => {
    server = await startServer();
  });
  after(() => server.stop());

  for (const view of ['core', 'code', 'full', 'x/users,organizations', 'core/readonly']) {
    for (const era of ['modern', 'legacy']) {
      test(`finds nothing wrong with ${view}, ${era}`, async () => {
        const header = `Authorization: Bearer ${server.apiKey}`;
        const asked = ['--transport', 'http', '--protocol-era', era, '--header', header, '--format', 'json'];
        const { code, output, written } = await run(inspector, '--cli', `${server.url}/mcp/${view}`, ...asked, '--method', 'tools/list', '--strict');
        assert.equal(code, 0, written.slice(0, 5000));
        assert.ok(output.split('"inputSchema"').length > 2, output.slice(0, 5000));
      });
    }
  }
});
