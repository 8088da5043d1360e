// A fast application with many webhook endpoints, as a process of its own: some hang, some answer 500, some close the
// connection, the others take what they get and remember the order. Prints its address on one line.

import { createServer } from 'node:http';
import process from 'node:process';

/** What becomes of what is sent to `/hook/N`: a tenth each hangs, fails and breaks off. */
export function behaviour(number) {
  return ['hang', 'fail', 'close'][number % 10] ?? 'take';
}

const acts = {
  hang: () => {},
  fail: (response) => response.writeHead(500).end(),
  close: (response) => response.socket.destroy(),
  take: (response) => response.writeHead(200).end(),
};

function serve() {
  const received = new Map();
  const totals = { hang: 0, fail: 0, close: 0, take: 0 };
  let distinct = 0;

  function note(number, body) {
    const id = /"id":"(event_[0-9A-Z]+)"/.exec(body)[1];
    if (!received.has(number)) received.set(number, { order: [], known: new Set() });
    const { order, known } = received.get(number);
    if (known.has(id)) return;
    known.add(id);
    order.push(id);
    distinct += 1;
  }

  const http = createServer((request, response) => {
    const [, what, number] = request.url.split('/');
    if (request.method === 'GET') {
      const answer = what === 'totals' ? { ...totals, distinct } : (received.get(Number(number))?.order ?? []);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      return;
    }
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', () => {
      const kind = behaviour(Number(number));
      totals[kind] += 1;
      if (kind === 'take') note(Number(number), Buffer.concat(chunks).toString('utf8'));
      acts[kind](response);
    });
  });
  http.requestTimeout = 0;
  http.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${http.address().port}`));
}

if (process.argv[2] === 'serve') serve();
