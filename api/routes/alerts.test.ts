import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TOKENS } from '../testing/fake-services.ts';
import { payment, testServer } from '../testing/test-server.ts';

const { app, ask, services } = testServer();
afterAll(() => app.close());

const submit = (fields: Record<string, unknown>) =>
  ask({ method: 'POST', url: '/v1/transactions', payload: payment({ amountMinor: 200_000, ...fields }) });
const command = (id: string, name: string, payload?: object, headers: Record<string, string> = {}) =>
  ask({
    method: 'POST',
    url: `/v1/alerts/${id}/${name}`,
    headers,
    ...(payload === undefined ? {} : { payload }),
  });
const ids = ({ body }: { body: { alerts: { transactionId: string }[] } }) =>
  body.alerts.map((alert) => alert.transactionId);

beforeAll(async () => {
  for (let i = 0; i < 5; i++) {
    await submit({
      transactionId: `a${i}`,
      accountId: `acc-${i % 2}`,
      occurredAt: `2026-03-01T0${i}:00:00Z`,
    });
  }
});

describe('GET /v1/alerts', () => {
  test('lists them oldest first, or newest first', async () => {
    expect(ids(await ask({ url: '/v1/alerts' }))).toEqual(['a0', 'a1', 'a2', 'a3', 'a4']);
    expect(ids(await ask({ url: '/v1/alerts?order=newest&limit=2' }))).toEqual(['a4', 'a3']);
  });

  test.each([
    ['account=acc-1', ['a1', 'a3']],
    ['minScore=91', []],
    ['minScore=90&decision=decline&reason=LARGE_AMOUNT', ['a0', 'a1', 'a2', 'a3', 'a4']],
    ['decision=review', []],
    ['reason=OTHER', []],
    ['from=2026-03-01T01:00:00Z&to=2026-03-01T04:00:00%2B01:00', ['a1', 'a2']],
    ['state=closed', []],
    ['assignee=nobody', []],
  ])('%s', async (query, expected) => {
    expect(ids(await ask({ url: `/v1/alerts?${query}` }))).toEqual(expected);
  });

  test.each([
    'state=done',
    'minScore=x',
    'limit=0',
    'limit=501',
    'from=yesterday',
    'order=up',
    'stat=open',
    'cursor=xyz',
    'cursor=b2xkZXN0Og',
    'limit=1&limit=2',
  ])('%s is 400', async (query) => {
    const { status, body } = await ask({ url: `/v1/alerts?${query}` });
    expect([status, body.errors[0].field]).toEqual([400, query.split('=')[0]]);
  });

  test('a cursor of one order does not serve the other', async () => {
    const { body } = await ask({ url: '/v1/alerts?limit=1&order=newest' });
    expect((await ask({ url: `/v1/alerts?cursor=${body.nextCursor}&order=oldest` })).body.detail).toMatch(
      /order=newest/,
    );
  });
});

test.each(['oldest', 'newest'])('pages neither skip nor repeat while alerts arrive (%s)', async (order) => {
  const seen: string[] = [];
  const before = ids(await ask({ url: '/v1/alerts?limit=500' }));
  let cursor: string | null = '';
  for (let i = 0; cursor !== null; i++) {
    const page = await ask({ url: `/v1/alerts?limit=2&order=${order}${cursor && `&cursor=${cursor}`}` });
    seen.push(...ids(page));
    cursor = page.body.nextCursor;
    if (i < 3) await submit({ transactionId: `late-${order}-${i}` });
  }
  const after = ids(await ask({ url: '/v1/alerts?limit=500' }));
  expect(seen).toEqual(order === 'oldest' ? after : before.reverse());
  expect(after).toHaveLength(before.length + 3);
});

describe('working an alert', () => {
  const id = 'alert-of-a0';

  test('claim, note, close: each tells the alert as it then is, with its ETag', async () => {
    const claimed = await command(id, 'claim', { analyst: 'ann' });
    expect([claimed.status, claimed.headers.etag, claimed.body.state, claimed.body.assignee]).toEqual([
      200,
      '"1"',
      'claimed',
      'ann',
    ]);
    const noted = await command(
      id,
      'notes',
      { analyst: 'ann', text: 'called the customer' },
      { 'if-match': '"1"' },
    );
    expect([noted.status, noted.headers.etag]).toEqual([200, '"2"']);
    expect(ids(await ask({ url: '/v1/alerts?state=claimed&assignee=ann' }))).toEqual(['a0']);
    const closed = await command(id, 'close', { analyst: 'ann', disposition: 'fraud' });
    expect(closed.body).toMatchObject({ state: 'closed', disposition: 'fraud', revision: 3 });
    expect(closed.body.history.map(({ what, by }: { what: string; by: string }) => [what, by])).toEqual([
      ['claimed', 'ann'],
      ['noted', 'ann'],
      ['closed', 'ann'],
    ]);
    const read = await ask({ url: `/v1/alerts/${id}` });
    expect([read.status, read.headers.etag, read.body.state]).toEqual([200, '"3"', 'closed']);
  });

  test('someone else was first: 412 with the alert as it now is', async () => {
    await command('alert-of-a1', 'claim', { analyst: 'ann' }, { 'if-match': '"0"' });
    const { status, body, headers } = await command(
      'alert-of-a1',
      'claim',
      { analyst: 'bob' },
      { 'if-match': '"0"' },
    );
    expect([status, body.type, headers.etag]).toEqual([
      412,
      'https://shrike.dev/problems/alert-changed',
      '"1"',
    ]);
    expect(body.current).toMatchObject({ state: 'claimed', assignee: 'ann', revision: 1 });
  });

  test('a state that does not allow it: 409 with the alert as it now is', async () => {
    const { status, body } = await command('alert-of-a1', 'claim', { analyst: 'bob' });
    expect([status, body.type, body.current.assignee]).toEqual([
      409,
      'https://shrike.dev/problems/alert-conflict',
      'ann',
    ]);
    expect(body.detail).toMatch(/claimed by ann/);
    expect((await command('alert-of-a1', 'release', undefined, { 'if-match': '*' })).status).toBe(409);
  });
});

describe('an alert that gathered suspicions', () => {
  const { alertCommand, alert } = services;
  const heard: unknown[] = [];
  beforeAll(async () => {
    const { value } = await alert('alert-of-a3');
    const gatherer = {
      ...value!,
      suspicionCount: 2,
      suspicions: [
        { suspected: value!.suspected, isHeldBack: false },
        { suspected: { ...value!.suspected, alertId: 'gathered', transactionId: 'b' }, isHeldBack: true },
      ],
    };
    services.alert = async () => ({ asOf: 9, value: gatherer });
    services.alertCommand = async (id, given, seen) => {
      heard.push([id, given.type, seen]);
      if (id === 'gathered') return { kind: 'gathered', current: gatherer };
      return id === 'new' ? { kind: 'behind' } : { kind: 'done', alert: gatherer };
    };
  });
  afterAll(() => {
    Object.assign(services, { alert, alertCommand });
  });

  test('lists them, and its ETag says how many they are', async () => {
    const { body, headers } = await ask({ url: '/v1/alerts/gathered' });
    expect(headers.etag).toBe('"0-2"');
    expect(body).toMatchObject({ alertId: 'alert-of-a3', suspicionCount: 2 });
    expect(body.suspicions).toMatchObject([
      { alertId: 'alert-of-a3', heldBack: false },
      { alertId: 'gathered', transactionId: 'b', heldBack: true },
    ]);
    expect(body.suspicions[0]).not.toHaveProperty('features');
  });

  test('is what a command is to be given to, not what it gathered', async () => {
    const { status, body, headers } = await command('gathered', 'claim');
    expect([status, body.type, body.current.alertId, headers.etag]).toEqual([
      409,
      'https://shrike.dev/problems/alert-gathered',
      'alert-of-a3',
      '"0-2"',
    ]);
    expect(body.detail).toContain('alert-of-a3');
    const behind = await command('new', 'claim');
    expect([behind.status, behind.headers['retry-after']]).toEqual([503, '1']);
  });

  test('is closed as far as it was seen', async () => {
    heard.length = 0;
    const close = (condition: object) => command('x', 'close', { disposition: 'fraud' }, { ...condition });
    await close({ 'if-match': '"0-2"' });
    await close({ 'if-match': '"4"' });
    await close({});
    expect(heard).toEqual([
      ['x', 'close', { revision: 0, suspicionCount: 2 }],
      ['x', 'close', { revision: 4, suspicionCount: 1 }],
      ['x', 'close', undefined],
    ]);
  });
});

describe('commands', () => {
  test('where nobody is named, it is the key', async () => {
    const { body } = await command('alert-of-a2', 'claim', undefined, {
      authorization: `Bearer ${TOKENS.work}`,
    });
    expect(body.assignee).toBe('work key');
    expect(
      (await command('alert-of-a2', 'release', {}, { authorization: `Bearer ${TOKENS.work}` })).body.state,
    ).toBe('open');
  });

  test('an alert nobody knows is 404', async () => {
    expect((await command('alert-of-nothing', 'claim')).status).toBe(404);
    expect((await ask({ url: '/v1/alerts/alert-of-nothing' })).status).toBe(404);
  });

  test.each([
    ['close', {}, 'disposition'],
    ['close', { disposition: 'maybe' }, 'disposition'],
    ['notes', { text: ' ' }, 'text'],
    ['notes', {}, 'text'],
    ['notes', { text: 'x'.repeat(4001) }, 'text'],
    ['claim', { analyst: '' }, 'analyst'],
    ['claim', { analist: 'ann' }, 'analist'],
    ['notes', undefined, 'body'],
  ])('%s with %j is 400', async (name, payload, field) => {
    const { status, body } = await command('alert-of-a3', name, payload);
    expect([status, body.errors[0].field]).toEqual([400, field]);
  });

  test.each(['3', 'W/"0"', '"x"', '"0", "1"'])('If-Match: %s is 400', async (condition) => {
    expect((await command('alert-of-a3', 'claim', {}, { 'if-match': condition })).body.errors[0].field).toBe(
      'If-Match',
    );
  });
});
