import { afterAll, describe, expect, test } from '@jest/globals';
import { TOKENS } from '../testing/fake-services.ts';
import { payment, testServer } from '../testing/test-server.ts';

const { app, ask, services, reported } = testServer();
afterAll(() => app.close());

const submit = (payload: unknown, headers: Record<string, string> = {}) =>
  ask({ method: 'POST', url: '/v1/transactions', payload: payload as object, headers });

describe('POST /v1/transactions', () => {
  test('answers 202 with where it was stored', async () => {
    const sent = payment({ accountId: 'acc-202' });
    const { status, body, headers } = await submit(sent);
    expect([status, headers['content-type']]).toEqual([202, 'application/json; charset=utf-8']);
    expect(body).toEqual({
      transactionId: sent.transactionId,
      accountId: 'acc-202',
      revision: 0,
      position: String(services.controls.log.head),
    });
    expect((await submit(payment({ accountId: 'acc-202' }))).body.revision).toBe(1);
  });

  test('a retry gets the first answer and stores nothing', async () => {
    const sent = payment();
    const first = await submit(sent);
    const { head } = services.controls.log;
    const again = await submit(sent);
    expect(again.status).toBe(202);
    expect(again.body).toEqual(first.body);
    expect([first.headers['idempotent-replayed'], again.headers['idempotent-replayed']]).toEqual([
      undefined,
      'true',
    ]);
    const waited = await submit(sent, { prefer: 'wait=1' });
    expect([waited.status, waited.body.decision]).toEqual([200, 'approve']);
    expect(services.controls.log.head).toBe(head);
  });

  test('other content under the same id is 409 and names what differs', async () => {
    const sent = payment();
    const { body: first } = await submit(sent);
    const { status, body } = await submit({ ...sent, amountMinor: 1, deviceId: 'd' });
    expect(status).toBe(409);
    expect(body).toMatchObject({ type: 'https://shrike.dev/problems/transaction-conflict', ...first });
    expect(body.differing.sort()).toEqual(['amountMinor', 'deviceId']);
  });

  test('with Prefer: wait it has the decision', async () => {
    const { status, body, headers } = await submit(payment({ amountMinor: 100_000 }), { prefer: 'wait=0.5' });
    expect([status, headers['preference-applied']]).toEqual([200, 'wait=0.5']);
    expect(body).toMatchObject({
      degraded: false,
      score: 90,
      decision: 'decline',
      reasons: ['LARGE_AMOUNT'],
      ruleSet: { name: 'fake', version: 1 },
    });
  });

  test('a wait that ran out is 202, degraded, with the fallback of the key; the decision comes all the same', async () => {
    services.controls.holdsDecisions = true;
    const sent = payment();
    const atMs = performance.now();
    const late = await submit(sent, { prefer: 'wait=0.05' });
    expect(performance.now() - atMs).toBeGreaterThanOrEqual(49);
    expect([late.status, late.headers['preference-applied'], late.body.degraded, late.body.decision]).toEqual(
      [202, 'wait=0.05', true, 'decline'],
    );
    const other = await submit(payment(), { authorization: `Bearer ${TOKENS.submit}`, prefer: 'wait=0' });
    expect(other.body).toMatchObject({ degraded: true, decision: 'review' });
    services.controls.holdsDecisions = false;
    expect((await submit(sent, { prefer: 'wait=0' })).body).toMatchObject({
      degraded: false,
      decision: 'approve',
    });
  });
});

describe('POST /v1/transactions, refused', () => {
  test('what the door refuses is 400 and names every field at fault', async () => {
    const { status, body, headers } = await submit({ ...payment(), amountMinor: '12', curency: 'EUR' });
    expect([status, headers['content-type']]).toEqual([400, 'application/problem+json; charset=utf-8']);
    expect(body.type).toBe('https://shrike.dev/problems/invalid-transaction');
    expect(body.errors.map(({ field }: { field: string }) => field).sort()).toEqual([
      'amountMinor',
      'curency',
    ]);
    expect(body.detail).toMatch(/^amountMinor must be .*, and 1 more\.$/);
  });

  test('a card number is not repeated, wherever it was sent', async () => {
    const number = '4111111111111111';
    for (const fields of [
      { cardToken: number },
      { accountId: number },
      { deviceId: number },
      { attributes: { note: `card ${number}` } },
    ]) {
      const { status, text } = await submit(payment(fields));
      expect(status).toBe(400);
      expect(text).not.toContain(number);
    }
  });
});

describe('POST /v1/transactions, when things go wrong', () => {
  test('no room in the store is 503 with Retry-After', async () => {
    services.controls.overloads = 1;
    const { status, headers, body } = await submit(payment());
    expect([status, headers['retry-after'], body.type]).toEqual([
      503,
      '1',
      'https://shrike.dev/problems/overloaded',
    ]);
    expect((await submit(payment())).status).toBe(202);
  });

  test('what nobody foresaw is 500 with an id and no details, and is reported', async () => {
    services.controls.failure = new Error('disk at /secret/path is gone');
    const { status, body, text } = await submit(payment());
    expect([status, body.type]).toEqual([500, 'https://shrike.dev/problems/internal-error']);
    expect(body.correlationId).toMatch(/^\w+-\w+$/);
    expect(text).not.toContain('secret');
    expect(reported).toEqual([expect.objectContaining({ message: 'disk at /secret/path is gone' })]);
  });

  test('is counted', async () => {
    const { text } = await ask({ url: '/metrics' });
    expect(text).toMatch(/shrike_submissions_total\{outcome="known"\} 3/);
    expect(text).toMatch(/shrike_submissions_total\{outcome="conflict"\} 1/);
    expect(text).toMatch(/shrike_submissions_total\{outcome="overloaded"\} 1/);
    expect(text).toMatch(/shrike_refused_fields_total\{field="cardToken"\} 1/);
    expect(text).toMatch(/shrike_degraded_answers_total 2/);
    expect(text).toMatch(/shrike_submit_seconds_count \d+/);
    expect(text).toMatch(
      /shrike_http_requests_total\{route="\/v1\/transactions",method="POST",status="409"\} 1/,
    );
  });
});

describe('GET /v1/transactions/{id}', () => {
  test('tells it with its decision, and what it reflects', async () => {
    const sent = payment({ accountId: 'acc-get', amountMinor: 123_456, ipAddress: '192.0.2.7' });
    const { body: stored } = await submit(sent);
    const { status, body, headers } = await ask({
      url: `/v1/transactions/${sent.transactionId}?after=${stored.position}`,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...stored,
      score: 90,
      decision: 'decline',
      hits: [{ rule: 'large' }],
      features: { amount: 123_456 },
    });
    expect(body.transaction).toMatchObject({ accountId: 'acc-get', amountMinor: 123_456 });
    expect(headers['shrike-position']).toBe(body.asOf);
    expect(Number(body.asOf)).toBeGreaterThanOrEqual(Number(stored.position));
  });

  test('one that is not decided yet says so', async () => {
    const sent = payment();
    await submit(sent);
    services.controls.holdsDecisions = true;
    const { body } = await ask({ url: `/v1/transactions/${sent.transactionId}` });
    services.controls.holdsDecisions = false;
    expect(body).toMatchObject({ decision: null, score: null, ruleSet: null, features: {} });
  });

  test('an id that several accounts have is 409 and names them', async () => {
    const sent = payment({ accountId: 'acc-a' });
    await submit(sent);
    await submit({ ...sent, accountId: 'acc/b' });
    const both = await ask({ url: `/v1/transactions/${sent.transactionId}` });
    expect([both.status, both.body.accountIds]).toEqual([409, ['acc-a', 'acc/b']]);
    const one = await ask({ url: `/v1/transactions/${sent.transactionId}?accountId=acc%2Fb` });
    expect([one.status, one.body.accountId]).toEqual([200, 'acc/b']);
    expect((await ask({ url: `/v1/transactions/${sent.transactionId}?accountId=acc-c` })).status).toBe(404);
  });

  test('every id the door takes can be asked for', async () => {
    for (const transactionId of [
      'a/b',
      'a%41b',
      '%2F',
      'a?b#c',
      '..%2f',
      '%',
      '+',
      'a;b',
      '!"$&\'()*,-.:<=>@[\\]^_`{|}~',
      'x'.repeat(128),
      '%'.repeat(128),
    ]) {
      await submit(payment({ transactionId }));
      const { status, body } = await ask({ url: `/v1/transactions/${encodeURIComponent(transactionId)}` });
      expect([transactionId, status, body.transactionId]).toEqual([transactionId, 200, transactionId]);
    }
  });
});

describe('?after=', () => {
  test('waits until the view is there', async () => {
    const { log } = services.controls;
    const wanted = log.head + 1;
    const asked = ask({ url: `/v1/status` }).then(() =>
      ask({ url: `/v1/accounts/acc-after?after=${wanted}` }),
    );
    setTimeout(() => void submit(payment({ accountId: 'acc-after' })), 30);
    const { status, body } = await asked;
    expect([status, Number(body.asOf)]).toEqual([200, wanted]);
  });

  test('gives up in time with 503', async () => {
    const { head } = services.controls.log;
    const { status, body, headers } = await ask({
      url: `/v1/alerts?after=${head + 1}`,
      headers: { prefer: 'wait=0.02' },
    });
    expect([status, body.type, headers['retry-after']]).toEqual([
      503,
      'https://shrike.dev/problems/view-behind',
      '1',
    ]);
  });

  test.each(['-1', '1.5', 'x', '', '99999999999999999'])('%j is no position', async (after) => {
    const { status, body } = await ask({ url: `/v1/alerts?after=${after}` });
    expect([status, body.errors[0].field]).toEqual([400, 'after']);
  });
});

describe('POST /v1/score', () => {
  test('says what would be said, and stores nothing', async () => {
    await submit(payment({ accountId: 'acc-score' }));
    const { head } = services.controls.log;
    const { status, body } = await ask({
      method: 'POST',
      url: '/v1/score',
      payload: payment({ accountId: 'acc-score', amountMinor: 500_000 }),
    });
    expect([status, body.decision, body.revision]).toEqual([200, 'decline', 0]);
    expect(services.controls.log.head).toBe(head);
    const refused = await ask({ method: 'POST', url: '/v1/score', payload: {} });
    expect([refused.status, refused.body.type]).toEqual([
      400,
      'https://shrike.dev/problems/invalid-transaction',
    ]);
  });
});

describe('accounts', () => {
  test('have their current risk, and their transactions in order, page by page', async () => {
    for (let i = 0; i < 7; i++) await submit(payment({ accountId: 'acc-list', amountMinor: i }));
    const { body } = await ask({ url: '/v1/accounts/acc-list' });
    expect(body).toMatchObject({
      accountId: 'acc-list',
      revision: 6,
      decision: 'approve',
      features: { amount: 6 },
    });
    for (const [order, revisions] of [
      ['newest', [6, 5, 4, 3, 2, 1, 0]],
      ['oldest', [0, 1, 2, 3, 4, 5, 6]],
    ] as const) {
      const seen: number[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const page = await ask({
          url: `/v1/accounts/acc-list/transactions?limit=3&order=${order}${cursor && `&cursor=${cursor}`}`,
        });
        seen.push(...page.body.transactions.map(({ revision }: { revision: number }) => revision));
        cursor = page.body.nextCursor;
      }
      expect(seen).toEqual(revisions);
    }
    expect((await ask({ url: '/v1/accounts/nobody' })).status).toBe(404);
  });
});
