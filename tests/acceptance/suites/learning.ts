import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Api, apiWith } from '../../support/api.ts';
import type { Deployment, Home } from '../../support/deployment.ts';
import { inForce, newId, payment, SUSPICIOUS_MINOR, WAITING } from '../../support/payments.ts';

const RULES = `
name: learning
features:
  at_merchant: { aggregate: count, window: 90d, per: merchant }
  merchant_frauds: { aggregate: count, window: 30d, per: merchant, where: &fraud 'label == "fraud"' }
  own_frauds: { aggregate: count, window: 30d, where: *fraud }
  declined: { aggregate: count, window: 1h, where: 'outcome == "declined"' }
  kept: { aggregate: sum, window: 1d, where: not reversed }
rules:
  - { id: large, when: amountBaseMinor >= ${SUSPICIOUS_MINOR}, points: 60, reason: LARGE }
  - { id: bad_merchant, when: merchant_frauds >= 1, points: 90, reason: BAD_MERCHANT }
thresholds: { review: 50, decline: 80 }
`;

/** On any deployment. */
export function learningSuite(newHome: () => Home): void {
  let home: Home;
  let server: Deployment;
  let submitter: Api;
  let worker: Api;
  let reader: Api;

  beforeAll(async () => {
    home = newHome();
    server = await home.start();
    [submitter, worker, reader] = (['submit', 'work', 'read'] as const).map((key) =>
      apiWith(server, server.keys[key]),
    ) as [Api, Api, Api];
    await inForce(apiWith(server, server.keys.operate), RULES);
  });
  afterAll(() => home.remove());

  const merchantId = newId('merchant');
  /** @returns the transaction, with its decision and features */
  async function paid(fields: object = {}) {
    const sent = payment({ merchantId: newId('merchant'), ...fields });
    const { status, body } = await submitter.post('/v1/transactions', sent, WAITING);
    expect([status, body.degraded]).toEqual([200, false]);
    const path = `/v1/transactions/${body.transactionId}?accountId=${body.accountId}&after=${body.position}`;
    return (await reader.get(path)).body;
  }
  const label = (transactionId: string, fields: object = {}) => ({
    transactionId,
    label: 'fraud',
    source: 'chargeback',
    knownAt: '2026-03-01T00:00:00Z',
    ...fields,
  });

  test('a merchant is one over all accounts: what each pays there is stamped with what all paid before', async () => {
    const [first, second] = [await paid({ merchantId }), await paid({ merchantId })];
    expect([first.features.at_merchant, second.features.at_merchant]).toEqual([1, 2]);
    expect(first.accountId).not.toBe(second.accountId);
  });

  test('a label counts for the merchant and the account from its position on, and can be corrected', async () => {
    const shop = newId('shop');
    const bad = await paid({ merchantId: shop });
    const { accountId, transactionId } = bad;
    const { status, body } = await submitter.post('/v1/labels', label(transactionId, { accountId }));
    expect([status, body]).toEqual([
      202,
      { transactionId, accountId, revision: 1, position: expect.stringMatching(/^\d+$/) },
    ]);
    const other = await paid({ merchantId: shop });
    expect(other).toMatchObject({ decision: 'decline', reasons: ['BAD_MERCHANT'] });
    expect(other.features).toMatchObject({ merchant_frauds: 1, own_frauds: 0 });
    expect((await paid({ accountId })).features).toMatchObject({ merchant_frauds: 0, own_frauds: 1 });

    const again = await submitter.post('/v1/labels', label(transactionId));
    expect([again.status, again.body, again.headers.get('idempotent-replayed')]).toEqual([202, body, 'true']);
    const conflict = await worker.post('/v1/labels', label(transactionId, { label: 'genuine' }));
    expect([conflict.status, conflict.body.type]).toEqual([409, expect.stringContaining('label-conflict')]);
    const corrected = label(transactionId, { label: 'genuine', knownAt: '2026-03-02T00:00:00Z' });
    expect((await worker.post('/v1/labels', corrected)).body.revision).toBe(3);
    expect((await paid({ merchantId: shop })).features.merchant_frauds).toBe(0);
    // What was decided stays.
    const seen = await reader.get(`/v1/transactions/${other.transactionId}?accountId=${other.accountId}`);
    expect(seen.body.features.merchant_frauds).toBe(1);
  });

  test('labels are refused by name where their transaction is not known, or not one, or they are not as they must be', async () => {
    const { transactionId } = await paid();
    await paid({ transactionId });
    const answers = await Promise.all([
      submitter.post('/v1/labels', label('never-seen')),
      submitter.post('/v1/labels', label(transactionId)),
      submitter.post('/v1/labels', label(transactionId, { label: 'maybe', source: 'Chargeback' })),
      reader.post('/v1/labels', label(transactionId)),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([404, 409, 400, 403]);
    expect(answers[0]!.body.detail).toContain('never-seen');
    expect(answers[1]!.body.accountIds).toHaveLength(2);
    expect(answers[2]!.body.errors.map(({ field }: { field: string }) => field)).toEqual(['label', 'source']);
    expect(answers[3]!.body.neededScope).toBe('submit or work');
  });

  test('a batch of labels is answered item by item', async () => {
    const known = await Promise.all([paid(), paid(), paid()]);
    const items = [
      label('never-seen'),
      ...known.map(({ transactionId }) => label(transactionId)),
      { label: 1 },
    ];
    const { status, body } = await submitter.post('/v1/labels/batch', items);
    expect(status).toBe(200);
    expect(body.map(({ status }: { status: number }) => status)).toEqual([404, 202, 202, 202, 400]);
    expect(body[1]).toMatchObject({ index: 1, accountId: known[0]!.accountId, revision: 1 });
  });

  test('outcomes and reversals are learnt the same way', async () => {
    const { accountId, transactionId } = await paid({ amountMinor: 700 });
    const path = `/v1/transactions/${transactionId}`;
    const declined = await submitter.post(`${path}/outcome?accountId=${accountId}`, { outcome: 'declined' });
    expect([declined.status, declined.body.revision]).toEqual([202, 1]);
    expect((await submitter.post(`${path}/outcome`, { outcome: 'declined' })).body).toEqual(declined.body);
    expect((await paid({ accountId, amountMinor: 20 })).features).toMatchObject({ declined: 1, kept: 720 });
    const reversed = await submitter.post(`${path}/reversal`, { reason: 'goods sent back' });
    expect([reversed.status, reversed.body.revision]).toEqual([202, 3]);
    expect((await submitter.post(`${path}/reversal`)).body).toEqual(reversed.body);
    expect((await paid({ accountId, amountMinor: 20 })).features).toMatchObject({ declined: 1, kept: 40 });
    const wrong = await submitter.post(`${path}/outcome`, { outcome: 'maybe' });
    expect([wrong.status, wrong.body.errors[0].field]).toEqual([400, 'outcome']);
  });

  test('what an analyst closes as fraud becomes a label', async () => {
    const shop = newId('shop');
    const { accountId, position } = await paid({ merchantId: shop, amountMinor: SUSPICIOUS_MINOR });
    const { body } = await reader.get(`/v1/alerts?account=${accountId}&after=${position}`);
    const { alertId } = body.alerts[0];
    const closed = await worker.post(`/v1/alerts/${alertId}/close`, { disposition: 'fraud' });
    expect(closed.status).toBe(200);
    for (let tries = 0; ; tries++) {
      const { features } = await paid({ merchantId: shop });
      if (features.merchant_frauds === 1) break;
      expect(tries).toBeLessThan(100);
    }
  });

  test('what would be said of a transaction knows its merchant, and changes nothing', async () => {
    const next = payment({ merchantId });
    const before = (await submitter.post('/v1/score', next)).body.features.at_merchant;
    expect((await submitter.post('/v1/score', next)).body.features.at_merchant).toBe(before);
    expect((await paid({ merchantId })).features.at_merchant).toBe(before);
  });

  test('after a kill the merchants are as they were', async () => {
    const before = (await paid({ merchantId })).features.at_merchant as number;
    await server.kill();
    server = await home.start();
    [submitter, worker, reader] = (['submit', 'work', 'read'] as const).map((key) =>
      apiWith(server, server.keys[key]),
    ) as [Api, Api, Api];
    expect((await paid({ merchantId })).features.at_merchant).toBe(before + 1);
  });
}
