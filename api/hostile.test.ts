import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TOKENS } from './testing/fake-services.ts';
import { rawClient } from './testing/raw-client.ts';
import { payment, testServer } from './testing/test-server.ts';

const { app, ask, reported, services } = testServer();
beforeAll(async () => {
  await app.listen({ port: 0, host: '127.0.0.1' });
  // The first request pays for what is loaded late.
  await ask({ method: 'POST', url: '/v1/transactions', payload: {} });
});
afterAll(() => app.close());

const POSTS = [
  '/v1/transactions',
  '/v1/score',
  '/v1/transactions/batch',
  '/v1/rulesets',
  '/v1/alerts/a/notes',
  '/v1/rulesets/a/activate',
];
const json = 'application/json';
const good = JSON.stringify(payment());

const HOSTILE: [string, string | Buffer, string][] = [
  ['no JSON', '{"transactionId"', json],
  ['an empty body', '', json],
  ['a depth bomb', '['.repeat(60_000), json],
  ['a depth bomb of objects', '{"a":'.repeat(13_000), json],
  ['too much', `{"a":"${'x'.repeat(300 * 1024)}"`, json],
  ['a name twice', `${good.slice(0, -1)},"amountMinor":1}`, json],
  ['__proto__', `${good.slice(0, -1)},"__proto__":{"isAdmin":true}}`, json],
  ['constructor.prototype', `${good.slice(0, -1)},"constructor":{"prototype":{"isAdmin":true}}}`, json],
  ['a number beyond doubles', good.replace('1250', '1e999'), json],
  ['a number beyond 2^53', good.replace('1250', '9007199254740993'), json],
  ['2^53', good.replace('1250', '9007199254740992'), json],
  ['a fraction', good.replace('1250', '0.1'), json],
  ['a negative amount', good.replace('1250', '-1'), json],
  ['a lone surrogate', good.replace('acc-1', '\\ud800'), json],
  ['a lone surrogate in attributes', `${good.slice(0, -1)},"attributes":{"a":"\\udc00"}}`, json],
  ['NUL', good.replace('acc-1', 'a\\u0000'), json],
  ['a raw NUL', good.replace('acc-1', 'a\0'), json],
  ['a byte order mark', `\ufeff${good}`, json],
  ['UTF-16', Buffer.from(good, 'utf16le'), json],
  [
    'bytes that are no UTF-8',
    Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
    json,
  ],
  ['null', 'null', json],
  ['an array of arrays', '[[[]]]', json],
  ['a string', '"x"', json],
  ['text', good, 'text/plain'],
  ['a form', 'transactionId=1', 'application/x-www-form-urlencoded'],
  ['a multipart form', 'x', 'multipart/form-data; boundary=x'],
  ['XML', '<a/>', 'application/xml'],
  ['a nonsensical content type', good, ';;'],
];

describe.each(POSTS)('%s', (url) => {
  test.each(HOSTILE)('answers %s with a problem, quickly, and goes on', async (_what, payload, type) => {
    const atMs = performance.now();
    const { status, headers, text, body } = await ask({
      method: 'POST',
      url,
      payload,
      headers: { 'content-type': type },
    });
    expect(performance.now() - atMs).toBeLessThan(50);
    if (url.endsWith('/batch') && status === 200) {
      for (const { status: each } of body) expect(each).toBe(400);
    } else {
      expect([status, String(headers['content-type'])]).toEqual([
        expect.any(Number),
        expect.stringMatching(/^application\/problem\+json/),
      ]);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
    expect(text).not.toMatch(/ at .*\.(ts|js):\d/);
  });
});

test('a compressed body is refused before it is read', async () => {
  const { status, headers } = await ask({
    method: 'POST',
    url: '/v1/transactions',
    payload: good,
    headers: { 'content-type': json, 'content-encoding': 'gzip' },
  });
  expect([status, headers['accept-encoding']]).toEqual([415, 'identity']);
});

test('no prototype was touched, nothing was stored of it, and nothing was unexpected', async () => {
  expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined();
  expect(services.controls.log.transactions()).toEqual([]);
  expect(reported).toEqual([]);
  expect((await ask({ method: 'POST', url: '/v1/transactions', payload: payment() })).status).toBe(202);
});

test.each([
  '/v1/transactions/%',
  '/v1/transactions/%zz',
  '/v1/transactions/%ff',
  `/v1/accounts/${'x'.repeat(600)}`,
  '/%00',
  '/v1/accounts/a%00b',
  '/v1/accounts/%E2%82%AC',
  '/v1/alerts?after[]=1',
  '/v1/alerts?__proto__=1',
  `/v1/alerts?${'a=1&'.repeat(2_000)}`,
])('GET %.60s is a problem below 500', async (url) => {
  const { status, headers } = await ask({ url });
  expect([status >= 400 && status < 500, headers['content-type']]).toEqual([
    true,
    expect.stringMatching(/^application\/problem\+json/),
  ]);
});

test('a bad path without a key is 401', async () => {
  const { statusCode } = await app.inject({ url: '/v1/transactions/%zz' });
  expect(statusCode).toBe(401);
});

describe('on the bare connection', () => {
  const auth = `Host: x\r\nAuthorization: Bearer ${TOKENS.all}\r\n`;

  test.each([
    ['no HTTP', 'HELLO\r\n\r\n', '400 '],
    ['a header without end', `GET /v1/status HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, '431 '],
    [
      'two lengths',
      `POST /v1/transactions HTTP/1.1\r\n${auth}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      '400 ',
    ],
    [
      'a wrong chunk',
      `POST /v1/transactions HTTP/1.1\r\n${auth}Content-Type: ${json}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      '400 ',
    ],
    [
      'too long a body',
      `POST /v1/transactions HTTP/1.1\r\n${auth}Content-Type: ${json}\r\nContent-Length: 99999999\r\n\r\n{`,
      '413 ',
    ],
    [
      'too long a body in chunks',
      `POST /v1/transactions HTTP/1.1\r\n${auth}Content-Type: ${json}\r\nTransfer-Encoding: chunked\r\n\r\n11000\r\n${'x'.repeat(0x11000)}\r\n0\r\n\r\n`,
      '413 ',
    ],
    [
      'a compressed transfer',
      `POST /v1/transactions HTTP/1.1\r\n${auth}Content-Type: ${json}\r\nTransfer-Encoding: gzip\r\n\r\n`,
      '400 ',
    ],
  ])('%s is a problem', async (_what, bytes, status) => {
    const client = await rawClient(app);
    client.send(bytes);
    expect(await client.until(/^HTTP\/1.1 4[\s\S]*problem\+json[\s\S]*\}/)).toContain(`HTTP/1.1 ${status}`);
    client.socket.destroy();
  });
});
