import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ConflictException, NotFoundException, SignatureVerificationException, UnprocessableEntityException } from '@workos-inc/node';
import { assertId, refused, unique, uniqueEmail } from '../harness/expect.mjs';
import { startReceiver } from '../harness/receiver.mjs';
import { startServer } from '../harness/server.mjs';
import { eventually } from '../harness/waiting.mjs';

let server, workos, receiver;

before(async () => {
  receiver = await startReceiver();
  server = await startServer({ args: ['--webhook-allow-private'] });
  workos = server.sdk();
});
after(async () => {
  await server.stop();
  receiver.stop();
});

async function subscribe(events) {
  const path = `/${unique('hook')}`;
  const endpoint = await workos.webhooks.createWebhookEndpoint({ endpointUrl: receiver.url + path, events });
  return { path, endpoint };
}

test('an endpoint is made, listed, changed and deleted', async () => {
  const endpointUrl = `https://hooks.example/${unique('made')}`;
  const endpoint = await workos.webhooks.createWebhookEndpoint({ endpointUrl, events: ['user.created', 'user.deleted'] });
  assertId(endpoint.id, 'we');
  assert.equal(endpoint.object, 'webhook_endpoint');
  assert.equal(endpoint.endpointUrl, endpointUrl);
  assert.deepEqual([...endpoint.events].sort(), ['user.created', 'user.deleted']);
  assert.equal(endpoint.status, 'enabled');
  assert.ok(endpoint.secret.length >= 20);
  const { data } = await workos.webhooks.listWebhookEndpoints();
  assert.deepEqual(data.find((one) => one.id === endpoint.id), endpoint, 'the secret is readable later, too');
  await refused(workos.webhooks.createWebhookEndpoint({ endpointUrl, events: ['user.created'] }), ConflictException, { code: 'duplicate_endpoint' });
  const updated = await workos.webhooks.updateWebhookEndpoint({ id: endpoint.id, status: 'disabled', events: ['user.updated'] });
  assert.deepEqual([updated.status, updated.events, updated.secret], ['disabled', ['user.updated'], endpoint.secret]);
  await workos.webhooks.deleteWebhookEndpoint({ id: endpoint.id });
  await refused(workos.webhooks.deleteWebhookEndpoint({ id: endpoint.id }), NotFoundException, { code: 'entity_not_found' });
  await refused(workos.webhooks.updateWebhookEndpoint({ id: endpoint.id, status: 'enabled' }), NotFoundException, { code: 'entity_not_found' });
});

test('an endpoint that nothing can be delivered to is refused', async () => {
  const events = ['user.created'];
  for (const endpointUrl of ['', 'not a url', 'ftp://hooks.example/', 'javascript:alert(1)']) {
    await refused(workos.webhooks.createWebhookEndpoint({ endpointUrl, events }), UnprocessableEntityException, { code: 'invalid_url' });
  }
  await refused(
    workos.webhooks.createWebhookEndpoint({ endpointUrl: 'https://hooks.example/unknown', events: ['no.such.event'] }),
    UnprocessableEntityException,
  );
});

test('a delivery carries the event, signed so that the SDK accepts it', async () => {
  const { path, endpoint } = await subscribe(['user.created']);
  const email = uniqueEmail('delivered');
  const user = await workos.userManagement.createUser({ email, firstName: 'Zoë ünïcödé ✓' });
  const delivery = await receiver.delivery(path);
  assert.equal(delivery.method, 'POST');
  assert.match(delivery.headers['content-type'], /^application\/json/);
  assert.match(delivery.signature, /^t=\d{13}, v1=[0-9a-f]{64}$/);
  const event = await workos.webhooks.constructEvent({ payload: delivery.payload, sigHeader: delivery.signature, secret: endpoint.secret });
  assertId(event.id, 'event');
  assert.equal(event.event, 'user.created');
  assert.deepEqual(event.data, user);
  const listed = await server.event('user.created', (one) => one.id === event.id);
  assert.equal(listed.created_at, event.createdAt, 'webhook and events list tell of the same event');
  assert.equal(receiver.to(path).length, 1);
});

test('a changed payload, another secret or an old timestamp does not pass the SDK', async () => {
  const { path, endpoint } = await subscribe(['organization.created']);
  await workos.organizations.createOrganization({ name: 'Signed' });
  const { payload, signature: sigHeader } = await receiver.delivery(path);
  const construct = (changes) => workos.webhooks.constructEvent({ payload, sigHeader, secret: endpoint.secret, ...changes });
  await construct({});
  await refused(construct({ payload: payload.replace('Signed', 'Forged') }), SignatureVerificationException);
  await refused(construct({ secret: 'another secret' }), SignatureVerificationException);
  await refused(construct({ tolerance: -1_000 }), SignatureVerificationException);
});

test('an endpoint gets what it subscribed to and nothing else', async () => {
  const one = await subscribe(['organization.created']);
  const other = await subscribe(['organization.updated', 'organization.deleted']);
  const { id } = await workos.organizations.createOrganization({ name: 'Chosen' });
  await workos.organizations.updateOrganization({ organization: id, name: 'Chosen again' });
  await workos.organizations.deleteOrganization(id);
  await receiver.delivery(other.path, (event) => event.event === 'organization.deleted');
  await receiver.delivery(other.path, (event) => event.event === 'organization.updated');
  await receiver.delivery(one.path, (event) => event.event === 'organization.created');
  const names = receiver.to(one.path).map((delivery) => JSON.parse(delivery.payload).event);
  assert.deepEqual(names, ['organization.created']);
});

test('a failed delivery is tried again with a fresh signature', async () => {
  const { path, endpoint } = await subscribe(['permission.created']);
  receiver.answerWith(path, 500);
  await workos.authorization.createPermission({ slug: unique('retried'), name: 'Retried' });
  await receiver.delivery(path, (event, delivery) => delivery.answered === 200);
  const [first, second] = receiver.to(path);
  assert.equal(first.answered, 500);
  assert.equal(second.payload, first.payload);
  assert.notEqual(second.signature, first.signature);
  await workos.webhooks.constructEvent({ payload: second.payload, sigHeader: second.signature, secret: endpoint.secret });
});

test('a disabled endpoint gets nothing until it is enabled', async () => {
  const { path, endpoint } = await subscribe(['role.created']);
  const watched = await subscribe(['role.created']);
  await workos.webhooks.updateWebhookEndpoint({ id: endpoint.id, status: 'disabled' });
  const slug = unique('quiet');
  await workos.authorization.createEnvironmentRole({ slug, name: 'Quiet' });
  await receiver.delivery(watched.path, (event) => event.data.slug === slug);
  await workos.webhooks.updateWebhookEndpoint({ id: endpoint.id, status: 'enabled' });
  const loud = unique('loud');
  await workos.authorization.createEnvironmentRole({ slug: loud, name: 'Loud' });
  await receiver.delivery(path, (event) => event.data.slug === loud);
  assert.deepEqual(receiver.to(path).map((delivery) => JSON.parse(delivery.payload).data.slug), [loud]);
});

test('deliveries are in the log, and are made again one by one and all together', async () => {
  const { path, endpoint } = await subscribe(['group.created']);
  const started = new Date(Date.now() - 60_000).toISOString();
  const { id } = await workos.organizations.createOrganization({ name: 'Replayed' });
  const group = await workos.groups.createGroup({ organizationId: id, name: 'Replayed' });
  const first = await receiver.delivery(path);
  const log = `/vestibule/v1/webhook_deliveries?webhook_endpoint_id=${endpoint.id}`;
  const logged = await eventually(async () => {
    const { body } = await server.request('GET', `${log}&status=succeeded&event=group.created`);
    return body.data[0];
  }, 'a delivery that succeeded');
  assert.deepEqual([logged.event_id, logged.attempts.length, logged.attempts[0].status_code], [JSON.parse(first.payload).id, 1, 200]);

  const again = await server.request('POST', `/vestibule/v1/webhook_deliveries/${logged.id}/replay`);
  assert.deepEqual([again.status, again.body.status], [200, 'pending']);
  await eventually(async () => {
    const { body } = await server.request('GET', `/vestibule/v1/webhook_deliveries/${logged.id}`);
    return body.status === 'succeeded' && body.attempts.length === 2;
  }, 'a second delivery');
  assert.equal(receiver.to(path).length, 2);

  const asked = { webhook_endpoint_id: endpoint.id, range_start: started, statuses: ['succeeded', 'missed'] };
  const replay = await server.request('POST', '/vestibule/v1/webhook_replays', { body: asked });
  assert.equal(replay.status, 201, JSON.stringify(replay.body));
  await eventually(async () => (await server.request('GET', `/vestibule/v1/webhook_replays/${replay.body.id}`)).body.state === 'completed', 'the end of the replay');
  await eventually(() => receiver.to(path).length === 3, 'a third delivery');
  for (const { payload, signature: sigHeader } of receiver.to(path)) {
    const event = await workos.webhooks.constructEvent({ payload, sigHeader, secret: endpoint.secret });
    assert.equal(event.data.id, group.id);
  }
});

test('a test event is sent at once, and the SDK accepts it', async () => {
  const { path, endpoint } = await subscribe(['organization.created']);
  const { status, body } = await server.request('POST', `/vestibule/v1/webhook_endpoints/${endpoint.id}/test`, { body: {} });
  assert.deepEqual([status, body.delivered, body.status_code], [200, true, 200]);
  const [{ payload, signature: sigHeader }] = receiver.to(path);
  const event = await workos.webhooks.constructEvent({ payload, sigHeader, secret: endpoint.secret });
  assert.deepEqual([event.id, event.event], [body.event.id, 'organization.created']);
});

test('without the flag for it, nothing is delivered to a private address', async () => {
  const careful = await startServer();
  try {
    const client = careful.sdk();
    const path = `/${unique('private')}`;
    // Refusing the address at once and never delivering to it are both good answers.
    await client.webhooks.createWebhookEndpoint({ endpointUrl: receiver.url + path, events: ['user.created'] }).catch((error) => {
      assert.equal(error.status, 422);
    });
    await client.userManagement.createUser({ email: uniqueEmail() });
    await careful.event('user.created');
    const { path: sentinel } = await subscribe(['user.created']);
    await workos.userManagement.createUser({ email: uniqueEmail() });
    await receiver.delivery(sentinel);
    assert.deepEqual(receiver.to(path), []);
  } finally {
    await careful.stop();
  }
});
