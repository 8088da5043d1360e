// Delivery under fire: a thousand endpoints, of which a tenth hang, a tenth answer 500 and a tenth close the connection;
// a node is killed with -9 in the middle, twice. Every event must reach every healthy endpoint, in order where no attempt
// failed. With two nodes on PostgreSQL.
//
// VESTIBULE_TEST_FIRE_EVENTS sets the number of events.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { Agent, request as send } from 'node:http';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { unique } from '../harness/expect.mjs';
import { Server, engine } from '../harness/server.mjs';
import { eventually } from '../harness/waiting.mjs';
import { behaviour } from './sink.mjs';

const eventsWanted = Number(process.env.VESTIBULE_TEST_FIRE_EVENTS ?? 2_000);
const environmentCount = 40;
const endpointsOfEach = 25;
const writers = 24;
/** After the last event: leases of nodes that were killed end, and the rest is delivered at this rate at the least. */
const finishWithinMs = 120_000 + (eventsWanted * 5 * 1000) / 200;
const names = ['organization.created', 'organization.updated', 'user.created', 'user.updated', 'permission.created'];
const sealingKey = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** A call without all that tests otherwise look at, because there are many. */
function call(server, key, method, path, body) {
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  return new Promise((resolve, reject) => {
    const outgoing = send(server.url + path, { method, agent, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const answer = Buffer.concat(chunks).toString('utf8');
        if (response.statusCode >= 300) reject(new Error(`${method} ${path}: ${response.statusCode} ${answer}`));
        else resolve(JSON.parse(answer));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}

async function startSink() {
  const child = spawn(process.execPath, [fileURLToPath(new URL('sink.mjs', import.meta.url)), 'serve'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [url] = await new Promise((resolve) => createInterface({ input: child.stdout }).once('line', (line) => resolve([line])));
  const ask = async (path) => (await fetch(url + path)).json();
  return { url, ask, stop: () => child.kill() };
}

async function startNodes() {
  const args = ['--webhook-allow-private', '--log', 'warn', '--sealing-key', sealingKey];
  const first = new Server({ args, dev: false });
  await first.start();
  if (engine !== 'postgres') return [first];
  const second = new Server({ args, dev: false, shares: first });
  await second.start();
  return [first, second];
}

/** Environments with their endpoints: `number` counts over all of them, `name` is the event that it subscribes to. */
async function makeEnvironments(node, sinkUrl) {
  const environments = [];
  for (let n = 0; n < environmentCount; n += 1) {
    const [, key] = /WORKOS_API_KEY=(\S+)/.exec(node.command('env', 'create', `Fire ${n}`, '--sealing-key', sealingKey));
    node.secrets.add(key);
    const limit = 1_000_000_000;
    await call(node, key, 'PUT', '/vestibule/v1/rate_limits', { calls: limit, reads: limit, writes: limit, tries: limit, failures: limit });
    const endpoints = [];
    for (let m = 0; m < endpointsOfEach; m += 1) {
      const number = n * endpointsOfEach + m;
      const name = names[(number + Math.floor(number / 10)) % names.length];
      const made = await call(node, key, 'POST', '/webhook_endpoints', { endpoint_url: `${sinkUrl}/hook/${number}`, events: [name] });
      endpoints.push({ id: made.id, number, name });
    }
    environments.push({ key, endpoints });
  }
  return environments;
}

/** Lets five events happen in an environment, one of each name. */
async function makeEvents(node, key) {
  const organization = await call(node, key, 'POST', '/organizations', { name: unique('fire') });
  await call(node, key, 'PUT', `/organizations/${organization.id}`, { name: unique('fire') });
  const user = await call(node, key, 'POST', '/user_management/users', { email: `${unique('fire')}@example.test` });
  await call(node, key, 'PUT', `/user_management/users/${user.id}`, { first_name: unique('fire') });
  await call(node, key, 'POST', '/authorization/permissions', { slug: unique('fire'), name: 'Fire' });
}

/** Writers go on until enough has been acknowledged, by whichever node is there. */
async function makeAllEvents(nodes, environments, progress) {
  let turn = 0;
  const write = async () => {
    while (progress.acknowledged < eventsWanted) {
      turn += 1;
      const node = nodes[turn % nodes.length];
      const { key } = environments[turn % environments.length];
      try {
        await makeEvents(node, key);
        progress.acknowledged += names.length;
      } catch (error) {
        // The node was killed; what it did not acknowledge may have happened, and the events list tells.
        assert.ok(error.code, error);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
}

/** Kills a node with -9 at a third and at two thirds of the events, and starts it again. */
async function killTwice(nodes, progress) {
  for (const [n, share] of [1 / 3, 2 / 3].entries()) {
    await eventually(() => progress.acknowledged >= eventsWanted * share, `${share} of the events`, finishWithinMs);
    const node = nodes[n % nodes.length];
    await node.kill();
    await node.start();
    progress.kills += 1;
  }
}

/** The ids of all events of an environment by name, in the order of the list. */
async function listEvents(node, key) {
  const listed = new Map(names.map((name) => [name, []]));
  let after;
  do {
    const page = await call(node, key, 'GET', `/events?limit=100&events=${names.join(',')}${after ? `&after=${after}` : ''}`);
    for (const event of page.data) listed.get(event.event).push(event.id);
    after = page.list_metadata.after;
  } while (after);
  return listed;
}

/** The events that came to an endpoint after one that is behind them in the list. */
function late(order, listed) {
  const place = new Map(listed.map((id, at) => [id, at]));
  let furthest = -1;
  return order.filter((id) => {
    const at = place.get(id);
    const isLate = at < furthest;
    furthest = Math.max(furthest, at);
    return isLate;
  });
}

async function hasFailedBefore(node, key, endpoint, event) {
  const page = await call(node, key, 'GET', `/vestibule/v1/webhook_deliveries?webhook_endpoint_id=${endpoint.id}&event_id=${event}`);
  return page.data[0].attempts.some((attempt) => attempt.error !== null);
}

test('every event reaches every healthy endpoint, in order where no attempt failed', { timeout: finishWithinMs * 3 }, async (t) => {
  const sink = await startSink();
  t.after(() => sink.stop());
  t.after(() => agent.destroy());
  const nodes = await startNodes();
  t.after(() => nodes.forEach((node) => node.process.kill('SIGKILL')));
  const environments = await makeEnvironments(nodes[0], sink.url);
  const progress = { acknowledged: 0, kills: 0 };
  const began = Date.now();
  await Promise.all([makeAllEvents(nodes, environments, progress), killTwice(nodes, progress)]);
  const written = Date.now();
  assert.equal(progress.kills, 2);

  const expected = [];
  let events = 0;
  for (const { key, endpoints } of environments) {
    const listed = await listEvents(nodes[0], key);
    events += [...listed.values()].reduce((sum, ids) => sum + ids.length, 0);
    for (const endpoint of endpoints) expected.push({ key, endpoint, ids: listed.get(endpoint.name) });
  }
  const healthy = expected.filter(({ endpoint }) => behaviour(endpoint.number) === 'take');
  const wanted = healthy.reduce((sum, { ids }) => sum + ids.length, 0);
  assert.ok(events >= eventsWanted);
  await eventually(async () => (await sink.ask('/totals')).distinct >= wanted, `${wanted} deliveries`, finishWithinMs).catch(async (error) => {
    throw new Error(`${error.message}; the sink has ${JSON.stringify(await sink.ask('/totals'))}`);
  });
  const finished = Date.now();

  let inOrder = 0;
  let lateAfterFailure = 0;
  for (const { key, endpoint, ids } of healthy) {
    const order = await sink.ask(`/received/${endpoint.number}`);
    assert.deepEqual([...order].sort(), [...ids].sort(), `endpoint ${endpoint.number} must get each event that it subscribes to, and no other`);
    const lateOnes = late(order, ids);
    if (lateOnes.length === 0) inOrder += 1;
    for (const event of lateOnes) {
      assert.ok(await hasFailedBefore(nodes[0], key, endpoint, event), `${event} came late to endpoint ${endpoint.number} though no attempt had failed`);
      lateAfterFailure += 1;
    }
  }
  const totals = await sink.ask('/totals');
  console.log(
    [
      `${engine}, ${nodes.length} node(s), ${progress.kills} times kill -9`,
      `${expected.length} endpoints: ${healthy.length} healthy, ${expected.length - healthy.length} hang, fail or close`,
      `${events} events, ${expected.reduce((sum, { ids }) => sum + ids.length, 0)} deliveries to make`,
      `${wanted} of them to healthy endpoints: ${totals.distinct} arrived, ${totals.take - totals.distinct} more than once`,
      `${inOrder} of ${healthy.length} healthy endpoints got all in order; ${lateAfterFailure} deliveries came late after a failed attempt`,
      `attempts at the others: ${totals.hang} hang, ${totals.fail} fail, ${totals.close} close`,
      `events written in ${(written - began) / 1000} s, all delivered ${(finished - written) / 1000} s after that`,
    ].join('\n'),
  );
  for (const node of nodes.toReversed()) await node.stop();
});
