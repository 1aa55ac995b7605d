import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { TOKENS } from '../testing/fake-services.ts';
import { type RawClient, rawClient } from '../testing/raw-client.ts';
import { payment, type TestServer, testServer } from '../testing/test-server.ts';

let server: TestServer;
let clients: RawClient[];

beforeEach(async () => {
  server = testServer({ heartbeatMs: 40, liveListeners: 2 });
  clients = [];
  await server.app.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(async () => {
  for (const { socket } of clients) socket.destroy();
  await server.app.close();
});

const submit = (count: number) => {
  for (let i = 0; i < count; i++) server.services.controls.log.submit(payment(), { origin: 'live' });
};
async function listen(extra = '', query = ''): Promise<RawClient> {
  const client = await rawClient(server.app);
  clients.push(client);
  client.send(
    `GET /v1/live${query} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKENS.read}\r\n${extra}\r\n`,
  );
  return client;
}
const ids = (text: string): number[] => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
const upTo = (n: number, from = 1): number[] => Array.from({ length: n - from + 1 }, (_, i) => from + i);

describe('GET /v1/live', () => {
  test('tells what happens from now on, each with its position as id', async () => {
    submit(3);
    const client = await listen();
    await client.until(': from 3');
    submit(2);
    const text = await client.until(/id: 5\n/);
    expect(text).toMatch(/content-type: text\/event-stream/i);
    expect(text).toMatch(/id: 4\nevent: TransactionSubmitted\ndata: \{.*\}\n\n/);
    expect(ids(text)).toEqual([4, 5]);
  });

  test('resumes after Last-Event-ID without a gap, and that comes before ?after=', async () => {
    submit(600);
    const first = await listen('', '?after=0');
    await first.until(/id: 600\n/);
    expect(ids(first.received())).toEqual(upTo(600));
    first.socket.destroy();
    submit(5);
    const second = await listen('Last-Event-ID: 599\r\n', '?after=0');
    await second.until(/id: 605\n/);
    submit(1);
    await second.until(/id: 606\n/);
    expect(ids(second.received())).toEqual(upTo(606, 600));
  });

  test('beats while nothing happens, and ends when its key is revoked', async () => {
    const client = await listen();
    await client.until(': heartbeat\n\n');
    server.services.controls.keys.delete(TOKENS.read);
    await client.ended;
    expect(client.received()).toMatch(/0\r\n\r\n$/);
  });

  test('a revoked key hears no more, however much happens', async () => {
    const client = await listen();
    const timer = setInterval(() => submit(1), 5);
    await client.until(/id: \d/);
    server.services.controls.keys.delete(TOKENS.read);
    await client.ended;
    clearInterval(timer);
  });

  test('leaves nothing behind when its client goes', async () => {
    const client = await listen();
    await client.until(': from');
    expect(server.services.controls.log.listeners).toBe(1);
    client.socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(server.services.controls.log.listeners).toBe(0);
  });

  test('has room for so many, then 503; room comes back', async () => {
    const [first] = [await listen(), await listen()];
    await Promise.all(clients.map((client) => client.until(': from')));
    const third = await listen();
    await third.until('503 Service Unavailable');
    expect(third.received()).toMatch(/retry-after: 5/i);
    first.socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await (await listen()).until(': from');
  });

  test('ends when the server closes', async () => {
    const client = await listen();
    await client.until(': from');
    const atMs = performance.now();
    await server.app.close();
    await client.ended;
    expect(performance.now() - atMs).toBeLessThan(1_000);
  });

  test.each(['Last-Event-ID: x', 'Last-Event-ID: -1'])('%s is 400', async (header) => {
    await (await listen(`${header}\r\n`)).until('400 Bad Request');
  });
});

test('a client that does not read holds little, hinders nobody, and is dropped', async () => {
  await server.app.close();
  server = testServer({ idleMs: 300, heartbeatMs: 50 });
  await server.app.listen({ port: 0, host: '127.0.0.1' });
  const { log } = server.services.controls;
  for (let i = 0; i < 3_000; i++) log.append('x', 'Big', { text: 'x'.repeat(10_000) });
  let read = 0;
  const { liveAfter } = server.services;
  server.services.liveAfter = async (position, limit) => {
    if (position < 2_990) read = Math.max(read, position);
    return liveAfter(position, limit);
  };
  const slow = await listen('', '?after=0');
  slow.socket.pause();
  const quick = await listen('', '?after=2990');
  await quick.until(/id: 3000\n/);
  for (let waited = 0; log.listeners > 1 && waited < 3_000; waited += 10) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(log.listeners).toBe(1);
  expect(read).toBeLessThan(1_500);
});
