import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Api, apiWith } from '../../support/api.ts';
import type { Deployment, Home } from '../../support/deployment.ts';
import { inForce, minutesAgo, newId, payment, RULES, WAITING } from '../../support/payments.ts';
import { shrike } from '../../support/shrike.ts';

/** On any deployment. */
export function submittingSuite(newHome: () => Home): void {
  let home: Home;
  let server: Deployment;
  let submitter: Api;
  let reader: Api;

  beforeAll(async () => {
    home = newHome();
    server = await home.start();
    submitter = apiWith(server, server.keys.submit);
    reader = apiWith(server, server.keys.read);
    await inForce(apiWith(server, server.keys.operate), RULES);
  });
  afterAll(() => home.remove());

  test('decisions are those computed by hand', async () => {
    const accountId = newId('a');
    let newest = '';
    const pay = async (minutes: number, amountMinor: number, deviceId?: string) => {
      const occurredAt = minutesAgo(minutes);
      const { body } = await submitter.post(
        '/v1/transactions',
        payment({ accountId, amountMinor, occurredAt, ...(deviceId && { deviceId }) }),
        WAITING,
      );
      newest = body.position;
      return [body.revision, body.score, body.decision, body.reasons, body.lateByMs > 0];
    };
    expect(await pay(120, 1_000, 'phone')).toEqual([0, 0, 'approve', [], false]);
    // One within the hour; 10 * 1000 is not exceeded.
    expect(await pay(50, 10_000, 'phone')).toEqual([1, 0, 'approve', [], false]);
    // The mean of 1000 and 10000 is 5500; 55001 is more than ten times that.
    expect(await pay(40, 55_001, 'laptop')).toEqual([2, 30, 'approve', ['JUMP'], false]);
    // Three within the hour, 1000 + 10000 + 55001 + 34000 = 100001 within the day.
    expect(await pay(30, 34_000)).toEqual([3, 100, 'decline', ['MANY', 'MUCH'], false]);
    // Late: at its own time there were 2 hours of nothing before it, and the day held 1000 and this.
    expect(await pay(60, 500)).toEqual([4, 0, 'approve', [], true]);
    // In the hour that ends now: 10000, 55001, 34000 and this; the late one, an hour old and a little, is out.
    expect(await pay(0, 1)).toEqual([5, 100, 'decline', ['MANY', 'MUCH'], false]);
    const { body } = await reader.get(`/v1/accounts/${accountId}?after=${newest}`);
    expect(body).toMatchObject({
      revision: 5,
      decision: 'decline',
      features: { count_1h: 4, sum_24h: 100_502, mean_before: 20_100.2, new_device: null },
    });
    // 30 minutes since the fourth, give or take what the calls took.
    expect(Math.abs(body.features.since - 1_800)).toBeLessThan(5);
  });

  test('a retry gets the first answer; other content under the id is a conflict that names what differs', async () => {
    const sent = payment({ deviceId: 'phone', attributes: { shop: 'north' } });
    const first = await submitter.post('/v1/transactions', sent);
    expect(first.status).toBe(202);
    expect(first.body).toEqual({
      transactionId: sent.transactionId,
      accountId: sent.accountId,
      revision: 0,
      position: expect.stringMatching(/^\d+$/),
    });
    const again = await submitter.post('/v1/transactions', sent);
    expect([again.status, again.body]).toEqual([202, first.body]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const other = { ...sent, amountMinor: sent.amountMinor + 1, attributes: { shop: 'south' } };
    const conflict = await submitter.post('/v1/transactions', other);
    expect(conflict.status).toBe(409);
    expect(conflict.body.differing.sort()).toEqual(['amountMinor', 'attributes.shop']);
  });

  test('a known id with content that no check lets through is refused, not an error', async () => {
    const sent = payment();
    await submitter.post('/v1/transactions', sent);
    const { occurredAt: _, ...undated } = sent;
    for (const faulty of [
      undated,
      { ...sent, occurredAt: 5 },
      { ...sent, occurredAt: 'x' },
      { ...sent, attributes: null },
    ])
      expect((await submitter.post('/v1/transactions', faulty)).status).toBe(400);
  });

  test('concurrent submissions to one account get distinct consecutive revisions', async () => {
    const accountId = newId('a');
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => submitter.post('/v1/transactions', payment({ accountId }))),
    );
    const revisions = answers.map(({ body }) => body.revision as number).sort((a, b) => a - b);
    expect(revisions).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  test('of concurrent submissions of one transaction, all get the same answer', async () => {
    const sent = payment();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => submitter.post('/v1/transactions', sent)),
    );
    const positions = new Set(answers.map(({ body }) => body.position));
    expect(positions.size).toBe(1);
    expect(answers.filter(({ headers }) => !headers.has('idempotent-replayed'))).toHaveLength(1);
  });

  test('a wait that is too short is answered by the key’s fallback, and the decision is made all the same', async () => {
    const created = await shrike([
      'keys',
      'create',
      '--data',
      home.folder,
      '--name',
      'open',
      '--scopes',
      'submit',
      '--fallback',
      'approve',
    ]);
    const openly = apiWith(server, created.stdout.trim());
    let degraded: { sent: ReturnType<typeof payment>; body: Record<string, unknown> } | undefined;
    for (let i = 0; i < 200 && degraded === undefined; i++) {
      const sent = payment({ amountMinor: 200_000 });
      const answer = await openly.post('/v1/transactions', sent, { prefer: 'wait=0' });
      if (answer.status === 202) degraded = { sent, body: answer.body };
      else await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(degraded!.body).toMatchObject({ degraded: true, decision: 'approve', revision: 0 });
    const retry = await openly.post('/v1/transactions', degraded!.sent, WAITING);
    expect(retry.body).toMatchObject({ degraded: false, decision: 'review', score: 60, reasons: ['MUCH'] });
  });

  test('what would be said is said, and nothing is stored', async () => {
    const stored = payment({ amountMinor: 60_000 });
    const { body: first } = await submitter.post('/v1/transactions', stored, WAITING);
    const hypothetical = payment({ accountId: stored.accountId, amountMinor: 60_000 });
    for (let i = 0; i < 2; i++) {
      const { status, body } = await submitter.post('/v1/score', hypothetical);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        score: 60,
        decision: 'review',
        features: { sum_24h: 120_000, count_1h: 2 },
      });
    }
    expect((await reader.get(`/v1/transactions/${hypothetical.transactionId}`)).status).toBe(404);
    const account = await reader.get(`/v1/accounts/${stored.accountId}?after=${first.position}`);
    expect(account.body).toMatchObject({ revision: 0, features: { sum_24h: 60_000 } });
  });

  test('each line of a batch is answered for itself, and an account’s in their order', async () => {
    const accountId = newId('a');
    const [one, two, three] = [payment({ accountId }), payment({ accountId }), payment({ accountId })];
    const lines = [one, { ...two, amountMinor: -1 }, 'nonsense', one, { ...one, currency: 'USD' }, three];
    const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
    const { status, body } = await submitter.post('/v1/transactions/batch', text, {
      'content-type': 'application/x-ndjson',
    });
    const answers = (body as string)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(status).toBe(200);
    expect(answers.map((answer) => [answer.line, answer.status, answer.revision ?? null])).toEqual([
      [1, 202, 0],
      [2, 400, null],
      [3, 400, null],
      [4, 202, 0],
      [5, 409, null],
      [6, 202, 1],
    ]);
    expect(answers[1].problem.errors).toEqual([{ field: 'amountMinor', problem: 'must be at least 0' }]);
    const array = await submitter.post('/v1/transactions/batch', [three, two]);
    expect(
      array.body.map((answer: { index: number; revision: number }) => [answer.index, answer.revision]),
    ).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });
}
