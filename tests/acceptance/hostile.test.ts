import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { apiWith } from '../support/api.ts';
import { type Deployment, type Home, newHome } from '../support/deployment.ts';
import { payment } from '../support/payments.ts';

let home: Home;
let server: Deployment;

beforeAll(async () => {
  home = newHome();
  server = await home.start();
});
// It ends in order only if it has not complained of anything.
afterAll(async () => {
  await server.stop();
  await home.remove();
});

/** After each: a good request works. */
async function isWell(): Promise<void> {
  const { status } = await apiWith(server, server.keys.submit).post('/v1/transactions', payment());
  expect(status).toBe(202);
}

const with_ = (fields: string) =>
  `{"transactionId":"h","accountId":"h","amountMinor":1,"currency":"EUR","occurredAt":"${new Date().toISOString()}",${fields}}`;

const BODIES: Record<string, string> = {
  empty: '',
  'half of it': '{"transactionId":"h"',
  'no JSON': 'transactionId=h',
  'single quotes': "{'transactionId':'h'}",
  'a byte order mark': `\uFEFF${with_('"type":"capture"')}`,
  'nothing but depth': '['.repeat(60_000),
  'depth in attributes': with_(`"attributes":${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}`),
  'more than 64 KiB': with_(`"deviceId":"${'x'.repeat(70_000)}"`),
  null: 'null',
  'a list': '[]',
  'a text': '"h"',
  'an unknown field': with_('"colour":"red"'),
  __proto__: with_('"__proto__":{"isAdmin":true}'),
  constructor: with_('"constructor":{"prototype":{"x":1}}'),
  '__proto__ in attributes': with_('"attributes":{"__proto__":{"x":1}}'),
  'a name twice': with_('"currency":"USD"'),
  'a huge number': with_('"latitude":1e309'),
  'an amount past 2^53': with_('"latitude":1').replace('"amountMinor":1', '"amountMinor":9007199254740993'),
  'an amount of many digits': with_('"latitude":1').replace(
    '"amountMinor":1',
    `"amountMinor":${'9'.repeat(40_000)}`,
  ),
  'a fraction of a cent': with_('"latitude":1').replace('"amountMinor":1', '"amountMinor":1.5'),
  'an amount below zero': with_('"latitude":1').replace('"amountMinor":1', '"amountMinor":-1'),
  'an amount as text': with_('"latitude":1').replace('"amountMinor":1', '"amountMinor":"1"'),
  NaN: with_('"latitude":NaN'),
  NUL: with_('"attributes":{"a":"\\u0000"}'),
  'half a surrogate pair': with_('"attributes":{"a":"\\ud800"}'),
  'a card number': with_('"cardToken":"4111 1111 1111 1111"'),
  'too many attributes': with_(`"attributes":{${Array.from({ length: 33 }, (_, i) => `"a${i}":1`)}}`),
};

test.each(Object.keys(BODIES))('a body of %s is refused by 4xx problem+json', async (name) => {
  for (const path of ['/v1/transactions', '/v1/score']) {
    const { status, headers, body } = await apiWith(server, server.keys.submit).post(path, BODIES[name]!);
    expect([path, Math.floor(status / 100), mediaType(headers)]).toEqual([
      path,
      4,
      'application/problem+json',
    ]);
    expect(body).toMatchObject({
      type: expect.any(String),
      title: expect.any(String),
      status,
      detail: expect.any(String),
    });
    expect(JSON.stringify(body)).not.toContain('4111');
  }
  await isWell();
});

test('each of them in a batch is answered for itself', async () => {
  const lines = Object.values(BODIES).filter((body) => body !== '');
  const good = JSON.stringify(payment());
  const text = [good, ...lines, good].join('\n');
  const ndjson = { 'content-type': 'application/x-ndjson' };
  const { body } = await apiWith(server, server.keys.submit).post('/v1/transactions/batch', text, ndjson);
  const statuses = (body as string)
    .trim()
    .split('\n')
    .map((line) => Math.floor(JSON.parse(line).status / 100));
  expect(statuses).toEqual([2, ...lines.map(() => 4), 2]);
});

test('wrong methods, types, encodings, queries and paths are refused by 4xx problem+json', async () => {
  const { submit, read, work, operate } = server.keys;
  const tries: [string, string, string, RequestInit][] = [
    ['DELETE', '/v1/transactions', submit, {}],
    ['GET', '/v1/nowhere', read, {}],
    ['GET', '/v1/transactions/%zz', read, {}],
    ['GET', `/v1/transactions/${'x'.repeat(600)}`, read, {}],
    ['GET', '/v1/transactions/a%00b', read, {}],
    ['GET', '/v1/alerts?limit=1e99', read, {}],
    ['GET', '/v1/alerts?after=-1', read, {}],
    ['GET', '/v1/alerts?__proto__[x]=1', read, {}],
    ['GET', '/v1/live?after=x', read, {}],
    ['POST', '/v1/transactions', submit, { body: 'x', headers: { 'content-type': 'text/plain' } }],
    [
      'POST',
      '/v1/transactions',
      submit,
      { body: 'x', headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } },
    ],
    [
      'POST',
      '/v1/rulesets',
      operate,
      { body: 'a: &a [*a]', headers: { 'content-type': 'application/yaml' } },
    ],
    [
      'POST',
      '/v1/rulesets',
      operate,
      { body: `${'a: {'.repeat(5_000)}`, headers: { 'content-type': 'application/yaml' } },
    ],
    [
      'POST',
      '/v1/rulesets',
      operate,
      { body: 'x'.repeat(300_000), headers: { 'content-type': 'application/yaml' } },
    ],
    [
      'POST',
      '/v1/rulesets/__proto__/activate',
      operate,
      { body: '{"version":1}', headers: { 'content-type': 'application/json' } },
    ],
    [
      'PUT',
      '/v1/rates',
      operate,
      { body: '{"base":"EUR","rates":{"__proto__":"1"}}', headers: { 'content-type': 'application/json' } },
    ],
    ['POST', '/v1/alerts/x/claim', work, { body: '[1]', headers: { 'content-type': 'application/json' } }],
  ];
  for (const [method, path, key, init] of tries) {
    const response = await fetch(server.url + path, {
      ...init,
      method,
      headers: { ...init.headers, authorization: `Bearer ${key}` },
    });
    const type = mediaType(response.headers);
    expect([method, path, Math.floor(response.status / 100), type]).toEqual([
      method,
      path,
      4,
      'application/problem+json',
    ]);
    await response.body?.cancel();
  }
  await isWell();
});

test('what is no HTTP, and clients that send half a request and wait, do not keep others from being served', async () => {
  const port = Number(new URL(server.url).port);
  const slow = Array.from({ length: 50 }, () => {
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `POST /v1/transactions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.keys.submit}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
    );
    return socket;
  });
  expect(await said(port, 'hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*application\/problem\+json/);
  expect(await said(port, `GET / HTTP/1.1\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  await isWell();
  for (const socket of slow) socket.destroy();
});

const mediaType = (headers: Headers) => headers.get('content-type')?.split(';')[0];

/** What the server answers to these bytes before it closes. */
function said(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.on('close', () => resolve(text)).on('error', () => resolve(text));
  });
}
