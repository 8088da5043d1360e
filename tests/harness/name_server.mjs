// A DNS server for tests: answers TXT questions from a table, over UDP and TCP, and keeps what it was asked.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

const typeTxt = 16;
const noSuchName = 3;

export async function startNameServer() {
  const records = new Map();
  const asked = [];
  const respond = (question) => answer(question, records, asked);

  const tcp = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const reply = respond(chunk.subarray(2));
      socket.end(Buffer.concat([number16(reply.length), reply]));
    });
  });
  const { port, udp } = await bindBoth(tcp);
  udp.on('message', (message, from) => udp.send(respond(message), from.port, from.address));

  return {
    address: `127.0.0.1:${port}`,
    asked,
    setText: (name, texts) => records.set(name.toLowerCase(), texts),
    stop: () => {
      udp.close();
      tcp.close();
    },
  };
}

/** Takes a port that is free over TCP and over UDP. */
async function bindBoth(tcp) {
  for (;;) {
    tcp.listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    const { port } = tcp.address();
    const udp = createSocket('udp4');
    udp.bind(port, '127.0.0.1');
    try {
      await once(udp, 'listening');
      return { port, udp };
    } catch (error) {
      if (error.code !== 'EADDRINUSE') throw error;
      tcp.close();
      await once(tcp, 'close');
    }
  }
}

function answer(message, records, asked) {
  const { name, end } = readName(message, 12);
  const type = message.readUInt16BE(end);
  asked.push(name);
  const texts = type === typeTxt ? (records.get(name) ?? []) : [];
  const header = Buffer.alloc(12);
  header.writeUInt16BE(message.readUInt16BE(0), 0);
  header.writeUInt16BE(0x8180 | (records.has(name) ? 0 : noSuchName), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(texts.length, 6);
  const answers = texts.map((text) => {
    const data = Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)]);
    const pointerToName = Buffer.from([0xc0, 12]);
    const oneSecond = Buffer.from([0, 0, 0, 1]);
    return Buffer.concat([pointerToName, number16(typeTxt), number16(1), oneSecond, number16(data.length), data]);
  });
  return Buffer.concat([header, message.subarray(12, end + 4), ...answers]);
}

function readName(message, start) {
  const labels = [];
  let at = start;
  while (message[at] !== 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + message[at]));
    at += 1 + message[at];
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

function number16(value) {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
