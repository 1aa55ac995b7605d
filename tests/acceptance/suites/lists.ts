import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Transaction } from '../../../domain/transaction.ts';
import { type Api, apiWith } from '../../support/api.ts';
import type { Deployment, Home } from '../../support/deployment.ts';
import { inForce, minutesAgo, newId, pages, payment, WAITING } from '../../support/payments.ts';
import { type Ended, shrike } from '../../support/shrike.ts';

/** Beside features of the account and of the merchant: all three come to the same decision. */
const RULES = `name: listed
features:
  own: { aggregate: count, window: 1h }
  bad_shop: { aggregate: listed, list: bad-shops, of: merchantId }
  at_shop: { aggregate: count, window: 30d, per: merchant }
  bad_address: { aggregate: listed, list: bad-addresses, of: ipAddress }
rules:
  - { id: shop, when: bad_shop, points: 60, reason: BAD_SHOP }
  - { id: address, when: bad_address, points: 30, reason: BAD_ADDRESS }
thresholds: { review: 50, decline: 80 }
`;

const LONGEST_MS = 120_000;

/** Where a text stands in a source, lines and columns from 1. */
function placeIn(source: string, text: string): { line: number; column: number } {
  const before = source.slice(0, source.indexOf(text)).split('\n');
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

/** On any deployment. @param verify the command line about it */
export function listsSuite<H extends Home>(
  newHome: () => H,
  verify: (home: H, args: readonly string[]) => Promise<Ended>,
): void {
  let home: H;
  let server: Deployment;
  const api = {} as Record<'submit' | 'read' | 'work' | 'operate', Api>;

  async function start() {
    server = await home.start();
    for (const [scope, key] of Object.entries(server.keys)) {
      api[scope as keyof typeof api] = apiWith(server, key);
    }
  }
  beforeAll(async () => {
    home = newHome();
    await start();
    for (const [name, of] of [
      ['bad-shops', 'merchantId'],
      ['bad-addresses', 'ipAddress'],
    ]) {
      expect((await api.operate.put(`/v1/lists/${name}`, { of })).status).toBe(200);
    }
    await inForce(api.operate, RULES);
  });
  afterAll(() => home.remove());

  const put = (list: string, entry: unknown) => api.work.post(`/v1/lists/${list}/entries`, entry);

  /** What is decided of a payment: score, bad_shop, at_shop, bad_address. */
  async function seen(fields: Partial<Transaction>) {
    const { body } = await api.submit.post('/v1/transactions', payment(fields), WAITING);
    const { transactionId, position } = body;
    const { body: read } = await api.read.get(`/v1/transactions/${transactionId}?after=${position}`);
    const { bad_shop, at_shop, bad_address } = read.features;
    return [read.score, bad_shop, at_shop, bad_address];
  }

  test('a value is listed for what is stored after it was put there, until it is taken off', async () => {
    const merchantId = newId('m');
    expect(await seen({ merchantId })).toEqual([0, false, 1, null]);
    const added = await put('bad-shops', { value: merchantId, note: 'chargebacks' });
    expect(added.body).toMatchObject({ name: 'bad-shops', added: 1, removed: 0 });
    expect(await seen({ merchantId })).toEqual([60, true, 2, null]);
    const score = async () => (await api.submit.post('/v1/score', payment({ merchantId }))).body;
    expect(await score()).toMatchObject({ score: 60, reasons: ['BAD_SHOP'] });
    const removed = await api.work.delete(`/v1/lists/bad-shops/entries/${merchantId}`);
    expect(removed.body).toMatchObject({ added: 0, removed: 1, version: added.body.version + 1 });
    expect(await seen({ merchantId })).toEqual([0, false, 3, null]);
    // Said again it is answered as it stands.
    const again = await api.work.delete(`/v1/lists/bad-shops/entries/${merchantId}`);
    expect(again.body).toEqual({ ...removed.body, removed: 0 });
    expect((await api.work.post('/v1/lists/bad-shops/removals', [merchantId])).body.removed).toBe(0);
  });

  test('it expires by the time that transactions occurred, also of those that come late', async () => {
    const merchantId = newId('m');
    const expiresAt = minutesAgo(30);
    await put('bad-shops', [{ value: merchantId, expiresAt }, { value: newId('m') }]);
    expect(await seen({ merchantId, occurredAt: minutesAgo(20) })).toEqual([0, false, 1, null]);
    expect(await seen({ merchantId, occurredAt: expiresAt })).toEqual([0, false, 1, null]);
    expect(await seen({ merchantId, occurredAt: minutesAgo(40) })).toEqual([60, true, 1, null]);
    const expired = await api.operate.post('/v1/lists/bad-shops/removals', { expiredBefore: expiresAt });
    expect(expired.body.removed).toBe(1);
    expect(await seen({ merchantId, occurredAt: minutesAgo(40) })).toEqual([0, false, 2, null]);
  });

  test(
    'what is decided is explained by the list as it stood, and verified after it changed',
    async () => {
      const merchantId = newId('m');
      const ipAddress = '192.0.2.77';
      await put('bad-addresses', { value: ipAddress, expiresAt: '2099-01-01T00:00:00Z', note: 'bots' });
      await put('bad-shops', { value: merchantId });
      const { body } = await api.submit.post('/v1/transactions', payment({ merchantId, ipAddress }), WAITING);
      expect(body).toMatchObject({ decision: 'decline', reasons: ['BAD_SHOP', 'BAD_ADDRESS'] });
      await api.work.post('/v1/lists/bad-addresses/removals', [ipAddress]);
      await api.work.delete(`/v1/lists/bad-shops/entries/${merchantId}`);

      const { body: explained } = await api.read.get(
        `/v1/transactions/${body.transactionId}/explanation?after=${body.position}`,
      );
      expect(explained.differences).toEqual([]);
      const address = explained.features.find(({ name }: { name: string }) => name === 'bad_address');
      expect(address).toMatchObject({ value: true, key: ipAddress, readBy: ['address'], count: 0 });
      expect(address.list).toMatchObject({
        name: 'bad-addresses',
        entry: { expiresAt: '2099-01-01T00:00:00Z', note: 'bots', by: 'first work key' },
      });

      await server.kill();
      await start();
      expect(await seen({ merchantId, ipAddress })).toEqual([0, false, 2, false]);
      await server.stop();
      const verified = await verify(home, ['verify']);
      expect([verified.code, verified.stdout]).toEqual([
        0,
        expect.stringMatching(/[1-9]\d* decisions.* 0 differ/s),
      ]);
      await start();
    },
    LONGEST_MS,
  );

  test('a list is shown as it is and as it was, value by value and page by page', async () => {
    const name = 'shown';
    expect((await api.read.get(`/v1/lists/${name}`)).status).toBe(404);
    const defined = await api.operate.put(`/v1/lists/${name}`, { of: 'deviceId', description: 'to look at' });
    const first = await put(
      name,
      ['a', 'b', 'c'].map((value) => ({ value })),
    );
    const { body: second } = await put(name, { value: 'b', expiresAt: '2026-01-01T00:00:00Z' });
    const path = `/v1/lists/${name}?after=${second.position}`;
    const { body: now } = await api.read.get(path);
    expect(now.list).toMatchObject({
      name,
      of: 'deviceId',
      description: 'to look at',
      version: 3,
      entries: 3,
      changedBy: 'first work key',
    });
    expect(await pages(api.read, `${path}&limit=2`, 'entries')).toMatchObject([
      { value: 'a' },
      { value: 'c' },
      { value: 'b', version: 3 },
    ]);
    const { body: was } = await api.read.get(`${path}&at=${first.body.position}`);
    expect([was.list.version, was.entries.map(({ value }: { value: string }) => value)]).toEqual([
      2,
      ['a', 'b', 'c'],
    ]);
    const { body: one } = await api.read.get(`${path}&value=b&at=${first.body.position}`);
    expect(one.entries).toMatchObject([{ value: 'b', expiresAt: null }]);
    expect((await api.read.get(`/v1/lists/${name}?at=${Number(defined.body.position) - 1}`)).status).toBe(
      404,
    );
    const { body: all } = await api.read.get(`/v1/lists?after=${second.position}`);
    expect(all.lists.map((list: { name: string }) => list.name)).toEqual([
      'bad-addresses',
      'bad-shops',
      'shown',
    ]);
  });

  test('what is wrong is said, and nothing of it is done', async () => {
    const path = '/v1/lists/bad-shops/entries';
    const { body: before } = await api.read.get('/v1/lists/bad-shops');
    const refused = await api.work.post(path, [
      { value: 'fine' },
      { value: 'not fine', until: 1 },
      { value: 'fine' },
    ]);
    expect([refused.status, refused.body.errors]).toEqual([
      400,
      [
        { field: '[1].value', problem: 'must be 1 to 128 printable ASCII characters without spaces' },
        { field: '[1].until', problem: expect.stringContaining('expiresAt') },
        { field: '[2].value', problem: expect.stringContaining('named before') },
      ],
    ]);
    const lines = await api.work.post(path, '{"value":"x"}\n{"value":', {
      'content-type': 'application/x-ndjson',
    });
    expect([lines.status, lines.body.detail]).toEqual([400, expect.stringContaining('in line 2')]);
    const card = await api.operate
      .put('/v1/lists/devices', { of: 'deviceId' })
      .then(() => put('devices', { value: '4111111111111111' }));
    expect([card.status, card.body.errors[0].field]).toEqual([400, '[0].value']);
    expect(JSON.stringify(card.body)).not.toContain('4111111111111111');
    expect((await put('nothing', { value: 'x' })).status).toBe(404);
    expect((await api.operate.put('/v1/lists/bad-shops', { of: 'deviceId' })).status).toBe(409);
    expect((await api.operate.put('/v1/lists/amounts', { of: 'amountMinor' })).status).toBe(400);
    expect((await api.operate.put('/v1/lists/Bad_Shops', { of: 'deviceId' })).status).toBe(400);
    for (const [who, status] of [
      ['read', 403],
      ['submit', 403],
      ['operate', 200],
    ] as const) {
      expect((await api[who].post('/v1/lists/devices/entries', { value: 'd' })).status).toBe(status);
    }
    expect((await api.work.put('/v1/lists/bad-shops', { of: 'merchantId' })).status).toBe(403);
    const { body: after } = await api.read.get(`/v1/lists/bad-shops`);
    expect(after.list).toEqual(before.list);
  });

  test('a rule set that asks a list which is not there, or of another field, is refused', async () => {
    const source = RULES.replace('list: bad-shops', 'list: bad-shop').replace(
      'of: ipAddress',
      'of: counterpartyId',
    );
    const refused = await api.operate.post('/v1/rulesets', { source });
    expect([refused.status, refused.body.errors]).toMatchObject([
      400,
      [
        {
          ...placeIn(source, 'bad-shop,'),
          path: 'features.bad_shop.list',
          problem: 'there is no list bad-shop',
        },
        {
          ...placeIn(source, 'counterpartyId'),
          path: 'features.bad_address.of',
          problem: 'the list bad-addresses is of ipAddress, not of counterpartyId',
        },
      ],
    ]);
  });

  test('nor is it tried on history', async () => {
    const source = RULES.replace('list: bad-shops', 'list: bad-shop');
    const refused = await api.operate.post('/v1/backtests', { rules: [{ source }] });
    expect([refused.status, refused.body.errors]).toMatchObject([
      400,
      [
        {
          ...placeIn(source, 'bad-shop,'),
          path: 'features.bad_shop.list',
          problem: 'there is no list bad-shop',
        },
      ],
    ]);
  });

  test('those who add the same at once add it once', async () => {
    const values = Array.from({ length: 40 }, () => newId('m'));
    const answers = await Promise.all(
      values.flatMap((value) => [put('bad-shops', { value }), put('bad-shops', { value })]),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(answers.reduce((sum, { body }) => sum + body.added, 0)).toBe(values.length);
    const position = Math.max(...answers.map(({ body }) => Number(body.position)));
    const listed = await pages(api.read, `/v1/lists/bad-shops?after=${position}&limit=500`, 'entries');
    expect(listed).toEqual(expect.arrayContaining(values.map((value) => expect.objectContaining({ value }))));
  });

  test(
    'the command line defines, fills, shows and empties a list',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'shrike-lists-'));
      const file = join(folder, 'entries');
      const to = (scope: keyof typeof api) => ['--url', server.url, '--key', server.keys[scope]];
      const run = async (scope: keyof typeof api, ...args: string[]) => {
        const { code, stdout, stderr } = await shrike(['lists', ...args, ...to(scope)]);
        return [code, stdout + stderr] as const;
      };
      try {
        const entries = Array.from({ length: 1_500 }, (_, i) =>
          JSON.stringify({ value: `shop-${i}`, note: 'import' }),
        );
        writeFileSync(file, entries.join('\n'));
        expect(await run('operate', 'put', 'many', '--of', 'merchantId', '--description', 'a lot')).toEqual([
          0,
          expect.stringMatching(/^many version 1: 0 added/),
        ]);
        expect(await run('work', 'add', 'many', '--file', file)).toEqual([
          0,
          expect.stringMatching(/^many version 2: 1000 added.*\nmany version 3: 500 added/),
        ]);
        const [code, text] = await run('work', 'add', 'many', 'one', 'shop-1', '--expires', minutesAgo(1));
        expect([code, text]).toEqual([
          0,
          expect.stringMatching(/^many version 4: 2 added, 0 removed; seen after position \d+\n$/),
        ]);
        await api.read.get(`/v1/lists/many?after=${/\d+\n$/.exec(text)![0].trim()}`);
        const [, shown] = await run('read', 'show', 'many');
        expect(shown.split('\n').length).toBe(2 + 1_501 + 1);
        expect(await run('read', 'show', 'many', '--value', 'one')).toEqual([
          0,
          expect.stringContaining('  one  by first work'),
        ]);
        expect((await run('read', 'show', 'many', '--value', 'shop'))[0]).toBe(1);
        expect(await run('work', 'remove', 'many', '--expired-before', minutesAgo(0))).toEqual([
          0,
          expect.stringContaining('version 5: 0 added, 2 removed'),
        ]);
        expect(await run('work', 'remove', 'many', 'shop-2', 'shop-1')).toEqual([
          0,
          expect.stringContaining('version 6: 0 added, 1 removed'),
        ]);
        expect(await run('work', 'add', 'many', 'not fine')).toEqual([
          1,
          expect.stringContaining('[0].value must be'),
        ]);
        expect((await run('work', 'add', 'many'))[0]).toBe(2);
        expect(await run('read', 'show')).toEqual([0, expect.stringContaining('many: 1498 of merchantId')]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    LONGEST_MS,
  );
}
