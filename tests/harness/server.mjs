// Starts a real `vestibule serve` for a test file, and stops it again.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { WorkOS } from '@workos-inc/node';
import { eventually } from './waiting.mjs';
import { watch, unwatchedFetch } from './watched_fetch.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const program = process.env.VESTIBULE_TEST_PROGRAM ?? join(root, 'target/debug/vestibule');
const logs = process.env.VESTIBULE_TEST_LOGS ?? join(tmpdir(), 'vestibule-test-logs');
const startWithinMs = 60_000;
const stopWithinMs = 30_000;
let started = 0;

export const engine = process.env.VESTIBULE_TEST_ENGINE ?? 'sqlite';
export const demoPassword = 'correct-horse-battery-staple-4100';
export const demoRedirect = 'http://localhost:3000/callback';

/** Starts a server on an empty data folder and, on PostgreSQL, a database of its own or that of a server that it `shares`. */
export async function startServer(options = {}) {
  const server = new Server(options);
  await server.start();
  return server;
}

export class Server {
  constructor({ args = [], dev = true, bind = '127.0.0.1:0', env = {}, files = {}, shares } = {}) {
    this.files = files;
    this.extra = [...(dev ? ['--dev'] : []), ...args];
    this.folder = mkdtempSync(join(tmpdir(), 'vestibule-server-'));
    this.bind = bind;
    this.env = { PATH: process.env.PATH, HOME: this.folder, RUST_BACKTRACE: '1', ...env };
    this.shares = shares;
    this.database = shares?.database ?? (engine === 'postgres' ? createDatabase() : undefined);
    this.secrets = new Set();
    for (const [name, text] of Object.entries(this.files)) writeFileSync(join(this.folder, name), text);
    mkdirSync(logs, { recursive: true });
    started += 1;
    const test = basename(process.argv[1] ?? 'test').replace(/\.test\.mjs$/, '');
    this.log = join(logs, `server-${engine}-${test}-${process.pid}-${started}.log`);
  }

  async start() {
    const args = ['serve', '--json', ...this.#storage(), '--bind', this.bind, ...this.extra];
    const stderr = openSync(this.log, 'a');
    this.process = spawn(program, args, {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', stderr],
      env: this.env,
    });
    closeSync(stderr);
    this.exited = new Promise((resolve) => {
      this.process.once('exit', (code, signal) => resolve({ code, signal }));
      this.process.once('error', (error) => resolve({ code: -1, signal: null, error }));
    });
    const ready = await this.#readyLine();
    this.url = ready.url;
    this.apiKey = ready.api_key;
    this.clientId = ready.client_id;
    this.dashboard = ready.dashboard;
    this.inboxUrl = ready.inbox;
    this.bind = new URL(this.url).host;
    this.secrets.add(this.apiKey);
    watch(this);
    return ready;
  }

  #storage() {
    return ['--data-dir', join(this.folder, 'data'), ...(this.database ? ['--database', this.database] : [])];
  }

  /** Runs a command of the program beside the server, as its operator does; answers what it printed. */
  command(...words) {
    return execFileSync(program, [...words, ...this.#storage()], { env: this.env, encoding: 'utf8' });
  }

  #readyLine() {
    const lines = createInterface({ input: this.process.stdout });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(this.#failed(`printed no line within ${startWithinMs} ms`)), startWithinMs);
      lines.once('line', (line) => {
        clearTimeout(timer);
        try {
          resolve(JSON.parse(line));
        } catch {
          reject(this.#failed(`printed something else than one JSON line: ${line}`));
        }
      });
      this.exited.then(({ code, signal, error }) => {
        clearTimeout(timer);
        reject(this.#failed(error ? String(error) : `ended at start (code ${code}, signal ${signal})`));
      });
    });
  }

  #failed(what) {
    this.process.kill('SIGKILL');
    return new Error(`the server ${what}\n${readFileSync(this.log, 'utf8').slice(-4000)}`);
  }

  /** Stops it as an operator would, and holds it to what every stop must show. */
  async stop() {
    this.process.kill('SIGTERM');
    const end = await Promise.race([this.exited, after(stopWithinMs, 'late')]);
    if (end === 'late') this.process.kill('SIGKILL');
    this.#remove();
    const log = readFileSync(this.log, 'utf8');
    assert.notEqual(end, 'late', `the server did not stop within ${stopWithinMs} ms of SIGTERM`);
    assert.deepEqual([end.code, end.signal], [0, null], `a stop must end with code 0\n${log.slice(-2000)}`);
    assert.ok(!log.includes('panicked at'), `the server panicked, see ${this.log}`);
    for (const secret of this.secrets) {
      assert.ok(!log.includes(secret), `the log holds a secret (${secret.slice(0, 6)}…), see ${this.log}`);
    }
  }

  async kill() {
    this.process.kill('SIGKILL');
    await this.exited;
  }

  #remove() {
    rmSync(this.folder, { recursive: true, force: true });
    if (this.database && !this.shares) dropDatabase(this.database);
  }

  /** An SDK client with the secret key. `maxRetries: 0`, or a failure that heals would go unseen. */
  sdk(options = {}) {
    return new WorkOS({ ...this.#connection(), apiKey: this.apiKey, clientId: this.clientId, ...options });
  }

  /** An SDK client without a secret key, as a browser or a command line has it. */
  publicSdk(options = {}) {
    delete process.env.WORKOS_API_KEY;
    return new WorkOS({ ...this.#connection(), clientId: this.clientId, ...options });
  }

  #connection() {
    const { hostname, port } = new URL(this.url);
    return { apiHostname: hostname, port: Number(port), https: false, maxRetries: 0, timeout: 30_000 };
  }

  /** A call without the SDK, for what the SDK cannot say. Answers { status, headers, body }. */
  async request(method, path, { body, headers = {}, key = this.apiKey, raw } = {}) {
    const response = await fetch(this.url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(key ? { authorization: `Bearer ${key}` } : {}),
        ...(body !== undefined || raw !== undefined ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('application/json');
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
  }

  /** Mail and messages that were sent to an address, newest first. */
  async inbox(address) {
    const response = await unwatchedFetch(`${this.url}/dev/inbox.json`);
    assert.equal(response.status, 200, 'the inbox must answer with --dev');
    const { data } = await response.json();
    return data.filter((message) => String(message.to).toLowerCase().includes(address.toLowerCase()));
  }

  /** Waits until `count` messages for an address are there and answers the newest. */
  async mail(address, count = 1) {
    const messages = await eventually(async () => {
      const found = await this.inbox(address);
      return found.length >= count && found;
    }, `${count} message(s) for ${address}`);
    return messages[0];
  }

  /** The six digits in the newest message for an address. */
  async codeFromMail(address, count = 1) {
    const message = await this.mail(address, count);
    const found = /(?<!\d)\d{6}(?!\d)/.exec(message.text);
    assert.ok(found, `no six digits in: ${message.text}`);
    return found[0];
  }

  /** Every event of these names, oldest first. */
  async events(names, query = {}) {
    const all = [];
    let after;
    do {
      const parameters = new URLSearchParams({ events: names.join(','), limit: '100', ...query, ...(after ? { after } : {}) });
      const { status, body } = await this.request('GET', `/events?${parameters}`);
      assert.equal(status, 200, JSON.stringify(body));
      all.push(...body.data);
      after = body.list_metadata.after;
    } while (after);
    return all;
  }

  /** Waits for the first event that satisfies `test`; events appear once the relay has passed them on. */
  async event(name, test = () => true) {
    return eventually(async () => (await this.events([name])).find(test), `an event ${name}`);
  }
}

function after(ms, value) {
  return new Promise((resolve) => setTimeout(resolve, ms, value).unref());
}

function postgresUrl() {
  const url = process.env.VESTIBULE_TEST_POSTGRES;
  assert.ok(url, 'VESTIBULE_TEST_POSTGRES must name a PostgreSQL server; ./test starts one');
  return new URL(url);
}

function createDatabase() {
  const url = postgresUrl();
  const name = `vestibule_${randomBytes(8).toString('hex')}`;
  psql(url, `CREATE DATABASE ${name}`);
  url.pathname = `/${name}`;
  return url.href;
}

function dropDatabase(database) {
  psql(postgresUrl(), `DROP DATABASE IF EXISTS ${new URL(database).pathname.slice(1)} WITH (FORCE)`);
}

function psql(url, statement) {
  execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', url.href, '-c', statement], { stdio: ['ignore', 'ignore', 'pipe'] });
}
