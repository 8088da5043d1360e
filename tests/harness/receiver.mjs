// An application that receives webhooks. It answers as it is told and keeps what it got.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { eventually } from './waiting.mjs';

export async function startReceiver() {
  const deliveries = [];
  const answers = new Map();
  const http = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const status = answers.get(request.url)?.shift() ?? 200;
      deliveries.push({
        path: request.url,
        method: request.method,
        headers: request.headers,
        signature: request.headers['workos-signature'],
        payload: Buffer.concat(chunks).toString('utf8'),
        answered: status,
      });
      response.writeHead(status).end();
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `http://127.0.0.1:${http.address().port}`,
    deliveries,
    /** The next deliveries to a path are answered with these statuses, later ones with 200. */
    answerWith: (path, ...statuses) => answers.set(path, statuses),
    /** Waits for deliveries to a path until `test` holds for one of them. */
    delivery: (path, test = () => true) =>
      eventually(() => deliveries.find((one) => one.path === path && test(JSON.parse(one.payload), one)), `a delivery to ${path}`, 60_000),
    to: (path) => deliveries.filter((one) => one.path === path),
    stop: () => {
      http.close();
      http.closeAllConnections();
    },
  };
}
