import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TOKENS } from '../testing/fake-services.ts';
import { rawClient } from '../testing/raw-client.ts';
import { payment, testServer } from '../testing/test-server.ts';

const { app, ask, services } = testServer();
beforeAll(() => app.listen({ port: 0, host: '127.0.0.1' }).then(() => undefined));
afterAll(() => app.close());

const ndjson = { 'content-type': 'application/x-ndjson' };
const post = (payload: string | Buffer | object, headers: Record<string, string> = ndjson, query = '') =>
  ask({ method: 'POST', url: `/v1/transactions/batch${query}`, payload, headers });
const lines = (items: unknown[]): string =>
  items.map((item) => `${typeof item === 'string' ? item : JSON.stringify(item)}\n`).join('');
const answers = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('NDJSON', () => {
  test('each line is answered for itself, in order', async () => {
    const repeated = payment();
    const body = lines([
      repeated,
      '{"bad"',
      payment({ accountId: '' }),
      '',
      repeated,
      { ...repeated, amountMinor: 9 },
      '[]',
      payment(),
    ]);
    const { status, headers, text } = await post(body);
    expect([status, headers['content-type']]).toEqual([200, 'application/x-ndjson']);
    expect(
      answers(text).map(({ line, status, problem }) => [line, status, problem?.type.split('/').at(-1)]),
    ).toEqual([
      [1, 202, undefined],
      [2, 400, 'malformed-json'],
      [3, 400, 'invalid-transaction'],
      [5, 202, undefined],
      [6, 409, 'transaction-conflict'],
      [7, 400, 'invalid-transaction'],
      [8, 202, undefined],
    ]);
    expect(answers(text)[3]).toMatchObject({
      replayed: true,
      transactionId: repeated.transactionId,
      revision: 0,
    });
  });

  test('accounts keep the order of the file, through overloads too', async () => {
    services.controls.overloads = 3;
    const items = Array.from({ length: 3_000 }, (_, i) =>
      payment({ accountId: `order-${i % 7}`, amountMinor: i }),
    );
    const { text } = await post(lines(items));
    expect(answers(text)).toHaveLength(3_000);
    for (let account = 0; account < 7; account++) {
      const stored = services.controls.log
        .transactions()
        .filter((fact) => fact.stream === `account-order-${account}`);
      const amounts = stored.map((fact) => JSON.parse(fact.data).transaction.amountMinor);
      expect(amounts).toEqual(
        items.filter((item) => item.accountId === `order-${account}`).map((item) => item.amountMinor),
      );
    }
    expect(services.controls.overloads).toBe(0);
  });

  test('a line that is too long is refused by its number, and what follows is taken', async () => {
    const { text } = await post(
      `${JSON.stringify(payment())}\n"${'x'.repeat(70_000)}"\n${JSON.stringify(payment())}`,
    );
    expect(answers(text).map(({ line, status }) => [line, status])).toEqual([
      [1, 202],
      [2, 413],
      [3, 202],
    ]);
  });
});

describe('NDJSON, otherwise', () => {
  test('return=minimal tells what was not stored, and counts', async () => {
    const known = payment();
    await post(lines([known]));
    const { text, headers } = await post(lines([known, payment(), '{', payment()]), {
      ...ndjson,
      prefer: 'return=minimal',
    });
    expect(headers['preference-applied']).toBe('return=minimal');
    expect(answers(text)).toEqual([
      { line: 3, status: 400, problem: expect.anything() },
      { summary: { lines: 4, stored: 2, replayed: 1, failed: 1 } },
    ]);
  });

  test('an import is history: it may be of any age, and its facts say so', async () => {
    const old = payment({ occurredAt: '2020-01-01T00:00:00Z' });
    expect(answers((await post(lines([old]))).text)[0].status).toBe(400);
    expect(answers((await post(lines([old]), ndjson, '?origin=import')).text)[0].status).toBe(202);
    expect(JSON.parse(services.controls.log.facts.at(-1)!.data).origin).toBe('import');
  });

  test('what stops a batch is its last line', async () => {
    services.controls.failure = new Error('disk gone');
    const { status, text } = await post(lines([payment()]));
    expect(status).toBe(200);
    expect(answers(text)).toEqual([
      { status: 500, problem: expect.objectContaining({ title: 'Something went wrong in Shrike' }) },
    ]);
    expect(text).not.toContain('disk');
  });

  test('an empty stream has no answers', async () => {
    expect((await post('')).text).toBe('');
    expect((await post('\n\r\n\n')).text).toBe('');
  });
});

describe('NDJSON on a connection', () => {
  const head = (extra = '') =>
    `POST /v1/transactions/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKENS.submit}\r\n` +
    `Content-Type: application/x-ndjson\r\n${extra}Transfer-Encoding: chunked\r\n\r\n`;
  const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

  test('a line is answered while the stream goes on', async () => {
    const client = await rawClient(app);
    client.send(head());
    for (const transactionId of ['live-1', 'live-2', 'live-3']) {
      const line = `${JSON.stringify(payment({ transactionId }))}\n`;
      client.send(chunk(line.slice(0, 20)));
      client.send(chunk(line.slice(20)));
      await client.until(`"transactionId":"${transactionId}"`);
    }
    client.send('0\r\n\r\n');
    await client.until('0\r\n\r\n');
    client.socket.destroy();
  });

  test('a client that sends everything before it reads anything is served', async () => {
    const client = await rawClient(app);
    client.socket.pause();
    const many = Array.from({ length: 60_000 }, (_, i) =>
      payment({ transactionId: `unread-${i}`, accountId: `u-${i % 50}` }),
    );
    client.send(head());
    const wanted = services.controls.log.head + many.length;
    client.send(`${chunk(lines(many))}0\r\n\r\n`);
    expect(await services.controls.log.reaches(wanted, 8_000)).toBe(true);
    client.socket.resume();
    await client.until('"line":60000,', 20_000);
    client.socket.destroy();
  });

  test('a client that goes away stops its batch; what was acknowledged stays', async () => {
    const client = await rawClient(app);
    client.send(head());
    client.send(chunk(lines([payment({ transactionId: 'gone-1' })])));
    await client.until('gone-1');
    services.controls.overloads = Number.POSITIVE_INFINITY;
    client.send(chunk(lines([payment({ transactionId: 'gone-2' })])));
    client.socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    services.controls.overloads = 0;
    await new Promise((resolve) => setTimeout(resolve, 60));
    const keys = services.controls.log.facts.map(({ key }) => key);
    expect([keys.includes('gone-1'), keys.includes('gone-2')]).toEqual([true, false]);
  });
});

describe('a JSON array', () => {
  const json = { 'content-type': 'application/json' };

  test('is answered by an array', async () => {
    const { status, body } = await post([payment(), 7, payment()], json);
    expect(status).toBe(200);
    expect(body.map(({ index, status }: { index: number; status: number }) => [index, status])).toEqual([
      [0, 202],
      [1, 400],
      [2, 202],
    ]);
    expect((await post([], json)).body).toEqual([]);
  });

  test('is refused as a whole where it is malformed, and nothing is stored', async () => {
    const { head } = services.controls.log;
    for (const text of [
      `[${JSON.stringify(payment())},{"a"]`,
      `[${JSON.stringify(payment())}`,
      JSON.stringify(payment()),
      `[${'['.repeat(100_000)}`,
      '[{"__proto__":1}]',
    ]) {
      const { status, body } = await post(text, json);
      expect([text.slice(0, 10), status, body.type]).toEqual([
        text.slice(0, 10),
        400,
        'https://shrike.dev/problems/malformed-json',
      ]);
    }
    expect(services.controls.log.head).toBe(head);
  });

  test('has bounds, and says what has none', async () => {
    const { status, body } = await post(`[${'1,'.repeat(10_000)}1]`, json);
    expect([status, body.detail]).toEqual([413, 'Send at most 10000 items, or NDJSON, which has no limit.']);
    expect((await post(Buffer.alloc(8 * 1024 * 1024 + 1, ' '), json)).status).toBe(413);
  });

  test('a large one does not hold the event loop', async () => {
    const items = Array.from({ length: 10_000 }, () => payment({ accountId: 'large' }));
    let longestMs = 0;
    let lastMs = performance.now();
    const timer = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - lastMs);
      lastMs = performance.now();
    }, 1);
    services.submitAll = async (values) => values.map(() => ({ kind: 'refused', problems: [] }));
    const { body } = await post(JSON.stringify(items), json);
    clearInterval(timer);
    expect(body).toHaveLength(10_000);
    expect(longestMs).toBeLessThan(100);
  });
});
