import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TOKENS } from './testing/fake-services.ts';
import { rawClient } from './testing/raw-client.ts';
import { payment, testServer } from './testing/test-server.ts';

const { app, ask, reported } = testServer({ headersMs: 200, bodyMs: 200, idleMs: 2_000, connections: 20 });
beforeAll(() => app.listen({ port: 0, host: '127.0.0.1' }).then(() => undefined));
afterAll(() => app.close());

const head = (token: string, extra = '') =>
  `POST /v1/transactions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n${extra}`;

/** Sends a byte every few milliseconds until the connection ends. */
async function drip(text: string): Promise<string> {
  const client = await rawClient(app);
  let at = 0;
  const timer = setInterval(() => client.send(text[at++ % text.length]!), 10);
  await client.ended;
  clearInterval(timer);
  return client.received();
}

test('headers that drip in are ended with 408', async () => {
  expect(await drip(`GET /v1/status HTTP/1.1\r\n${'X-Slow: yes\r\n'.repeat(1_000)}`)).toMatch(
    /^HTTP\/1.1 408 .*[\s\S]*request-timeout/,
  );
});

test('a body that drips in is ended with 408, and others are served meanwhile', async () => {
  const client = await rawClient(app);
  client.send(`${head(TOKENS.submit)}Content-Length: 5000\r\n\r\n`);
  const timer = setInterval(() => client.send('x'), 10);
  for (let i = 0; i < 5; i++) {
    const atMs = performance.now();
    expect((await ask({ method: 'POST', url: '/v1/transactions', payload: payment() })).status).toBe(202);
    expect(performance.now() - atMs).toBeLessThan(100);
  }
  await client.ended;
  clearInterval(timer);
  expect(client.received()).toMatch(/^HTTP\/1.1 408 .*[\s\S]*request-timeout/);
});

test('a body that drips in after it was refused is cut off', async () => {
  const client = await rawClient(app);
  client.send(`${head('shk_wrong_s')}Transfer-Encoding: chunked\r\n\r\n`);
  await client.until('401 Unauthorized');
  const timer = setInterval(() => client.send('1\r\nx\r\n'), 10);
  await client.ended;
  clearInterval(timer);
});

test('a client that is refused before its body was read can go on with its connection', async () => {
  const client = await rawClient(app);
  const body = JSON.stringify(payment());
  client.send(`${head('shk_wrong_s')}Content-Length: ${body.length}\r\n\r\n${body}`);
  await client.until('401 Unauthorized');
  client.send(`${head(TOKENS.submit)}Content-Length: ${body.length}\r\n\r\n${body}`);
  await client.until('202 Accepted');
  client.socket.destroy();
});

test('nothing of it was unexpected', () => {
  expect(reported).toEqual([]);
});
