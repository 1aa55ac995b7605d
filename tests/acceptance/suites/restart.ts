import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { apiWith } from '../../support/api.ts';
import type { Deployment, Home } from '../../support/deployment.ts';
import { inForce, minutesAgo, newId, payment, RULES, WAITING } from '../../support/payments.ts';

/** On any deployment. */
export function restartSuite(newHome: () => Home): void {
  const DAY_MINUTES = 24 * 60;

  let home: Home;
  let server: Deployment;

  beforeAll(() => {
    home = newHome();
  });
  afterAll(() => home.remove());

  test('what was accepted is answered for ever, after a kill and under stricter checks too', async () => {
    server = await home.start('--allow-card-numbers-in', 'accountId');
    let submitter = apiWith(server, server.keys.submit);
    await inForce(apiWith(server, server.keys.operate), RULES);
    const old = payment({
      occurredAt: minutesAgo(3 * DAY_MINUTES),
      amountMinor: 150_000,
      ipAddress: '192.0.2.1',
    });
    const cardLike = payment({ accountId: '4111111111111111' });
    const first = await submitter.post('/v1/transactions', old, WAITING);
    const firstCardLike = await submitter.post('/v1/transactions', cardLike);
    expect([first.status, firstCardLike.status]).toEqual([200, 202]);
    await server.kill();

    // Three days late is too late by now, as day 8 would be by default; and the account looks like a card number.
    server = await home.start('--lateness-ms', '86400000');
    submitter = apiWith(server, server.keys.submit);
    const again = await submitter.post('/v1/transactions', old, WAITING);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect([again.status, again.body]).toEqual([200, first.body]);
    const againCardLike = await submitter.post('/v1/transactions', cardLike);
    expect([againCardLike.status, againCardLike.body]).toEqual([202, firstCardLike.body]);
    const conflict = await submitter.post('/v1/transactions', { ...old, ipAddress: '192.0.2.2' });
    expect([conflict.status, conflict.body.differing]).toEqual([409, ['ipAddress']]);

    const newAndOld = await submitter.post('/v1/transactions', { ...old, transactionId: newId('t') });
    expect([newAndOld.status, newAndOld.body.errors[0].field]).toEqual([400, 'occurredAt']);
    const newCardLike = await submitter.post('/v1/transactions', { ...cardLike, transactionId: newId('t') });
    expect([newCardLike.status, newCardLike.body.errors[0].field]).toEqual([400, 'accountId']);
    expect(JSON.stringify(newCardLike.body)).not.toContain('4111111111111111');
  });

  test('a second start goes on where the first stopped: revisions, windows, alerts, rules, rates', async () => {
    const submitter = () => apiWith(server, server.keys.submit);
    const reader = () => apiWith(server, server.keys.read);
    await apiWith(server, server.keys.operate).put('/v1/rates', { base: 'EUR', rates: { USD: '0.5' } });
    const accountId = newId('a');
    const sent = payment({ accountId, amountMinor: 100_002, currency: 'USD' });
    const before = await submitter().post('/v1/transactions', sent, WAITING);
    await server.stop();

    server = await home.start();
    const next = payment({ accountId, amountMinor: 100_000, currency: 'USD' });
    const { body } = await submitter().post('/v1/transactions', next, WAITING);
    expect(body).toMatchObject({
      revision: 1,
      score: 60,
      reasons: ['MUCH'],
      ruleSet: { name: 'acceptance', version: 1 },
    });
    expect(Number(body.position)).toBeGreaterThan(Number(before.body.position));
    const account = await reader().get(`/v1/accounts/${accountId}?after=${body.position}`);
    // 100002 and 100000 cents of USD at 0.5.
    expect(account.body.features).toMatchObject({ count_1h: 2, sum_24h: 100_001 });
    const alerts = await reader().get(`/v1/alerts?account=${accountId}&after=${body.position}`);
    expect(alerts.body.alerts).toMatchObject([
      { transactionId: next.transactionId, state: 'open', decision: 'review' },
    ]);
  });
}
