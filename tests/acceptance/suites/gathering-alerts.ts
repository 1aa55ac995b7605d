import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Api, apiWith } from '../../support/api.ts';
import type { Deployment, Home } from '../../support/deployment.ts';
import { inForce, minutesAgo, newId, payment, SUSPICIOUS_MINOR } from '../../support/payments.ts';

const RULES = `
name: gathering
features:
  known_frauds: { aggregate: count, window: 1d, where: 'label == "fraud"' }
rules:
  - { id: large, when: amountBaseMinor >= ${SUSPICIOUS_MINOR}, points: 60, reason: LARGE, coolDown: 10m }
  - { id: abroad, when: country == "BR", points: 55, reason: ABROAD, family: place }
thresholds: { review: 50, decline: 80 }
alerts: { group: 1h }
`;

const LEARNT_WITHIN_MS = 20_000;

/** On any deployment. */
export function gatheringAlertsSuite(newHome: () => Home): void {
  let home: Home;
  let server: Deployment;
  let submitter: Api;
  let worker: Api;
  let reader: Api;

  beforeAll(async () => {
    home = newHome();
    server = await home.start();
    connect();
    await inForce(apiWith(server, server.keys.operate), RULES);
  });
  afterAll(() => home.remove());

  function connect(): void {
    [submitter, worker, reader] = (['submit', 'work', 'read'] as const).map((key) =>
      apiWith(server, server.keys[key]),
    ) as [Api, Api, Api];
  }

  /** Large payments of an account, so many minutes ago each. @returns its alerts, once they show */
  async function paid(accountId: string, minutes: number[], fields: object = {}) {
    let after = '';
    for (const ago of minutes) {
      const sent = payment({
        accountId,
        amountMinor: SUSPICIOUS_MINOR,
        occurredAt: minutesAgo(ago),
        ...fields,
      });
      after = (await submitter.post('/v1/transactions', sent)).body.position;
    }
    return (await reader.get(`/v1/alerts?account=${accountId}&after=${after}`)).body.alerts;
  }

  async function alertIds(accountId: string): Promise<string[]> {
    const { alerts } = (await reader.get(`/v1/alerts?account=${accountId}`)).body;
    const { body } = await reader.get(`/v1/alerts/${alerts[0].alertId}`);
    return body.suspicions.map((each: { alertId: string }) => each.alertId);
  }

  test('a flood of suspicions is one alert, with all of them in it', async () => {
    const accountId = newId('a');
    const alerts = await paid(accountId, [300, 170, 150, 100, 50, 49]);
    expect(alerts.map(({ suspicionCount }: { suspicionCount: number }) => suspicionCount)).toEqual([1, 5]);
    const [, gathered] = alerts;
    expect(gathered).toMatchObject({ accountId, score: 60, reasons: ['LARGE'], state: 'open' });
    const { body, headers } = await reader.get(`/v1/alerts/${gathered.alertId}`);
    expect(headers.get('etag')).toBe('"0-5"');
    expect(body.suspicions.map(({ heldBack }: { heldBack: boolean }) => heldBack)).toEqual(
      Array(5).fill(false),
    );
    expect(Date.parse(body.lastOccurredAt)).toBe(Date.parse(body.suspicions[4].occurredAt));
    const byAnother = await reader.get(`/v1/alerts/${body.suspicions[3].alertId}`);
    expect(byAnother.body.alertId).toBe(gathered.alertId);
  });

  test('another family of reasons is another alert', async () => {
    const accountId = newId('a');
    await paid(accountId, [50]);
    const alerts = await paid(accountId, [40, 35], { amountMinor: 5, country: 'BR' });
    expect(alerts).toMatchObject([
      { reasons: ['LARGE'], suspicionCount: 1 },
      { reasons: ['ABROAD'], suspicionCount: 2 },
    ]);
    // Both at once: the alert that was opened first has it.
    expect(await paid(accountId, [30], { country: 'BR' })).toMatchObject([
      { reasons: ['LARGE', 'ABROAD'], score: 100, decision: 'decline', suspicionCount: 2 },
      { suspicionCount: 2 },
    ]);
  });

  test('what is gathered cannot be worked by itself; the alert that has it is named', async () => {
    const accountId = newId('a');
    const [{ alertId }] = await paid(accountId, [30, 20]);
    const [, gathered] = await alertIds(accountId);
    for (const name of ['claim', 'release']) {
      const { status, body } = await worker.post(`/v1/alerts/${gathered}/${name}`, {});
      expect([status, body.type, body.current.alertId]).toEqual([
        409,
        'https://shrike.dev/problems/alert-gathered',
        alertId,
      ]);
    }
    expect((await worker.post(`/v1/alerts/${alertId}/claim`, {})).status).toBe(200);
  });

  test('closing labels what was seen; what was not goes on as an alert of its own', async () => {
    const accountId = newId('a');
    const [{ alertId }] = await paid(accountId, [40, 38]);
    const seen = (await reader.get(`/v1/alerts/${alertId}`)).headers.get('etag')!;
    expect(seen).toBe('"0-2"');
    await paid(accountId, [37]);
    const [, , unseen] = await alertIds(accountId);
    const closed = await worker.post(
      `/v1/alerts/${alertId}/close`,
      { disposition: 'fraud' },
      { 'if-match': seen },
    );
    expect([closed.status, closed.body.state]).toEqual([200, 'closed']);
    // Once the labels are learnt they count.
    let frauds = 0;
    for (const begun = Date.now(); frauds < 2 && Date.now() - begun < LEARNT_WITHIN_MS; await delay(20)) {
      const { body } = await submitter.post('/v1/score', payment({ accountId }));
      frauds = body.features.known_frauds;
    }
    expect(frauds).toBe(2);
    const alerts = await paid(accountId, [5]);
    expect(alerts).toMatchObject([
      { alertId, state: 'closed', suspicionCount: 2 },
      { alertId: unseen, state: 'open', suspicionCount: 2 },
    ]);
  });

  test('a rule that cools down is not heard again at once, though its alert was closed', async () => {
    const accountId = newId('a');
    const [{ alertId }] = await paid(accountId, [40]);
    await worker.post(`/v1/alerts/${alertId}/close`, { disposition: 'genuine' });
    const alerts = await paid(accountId, [35, 31, 30]);
    expect(alerts).toMatchObject([
      { alertId, state: 'closed', suspicionCount: 3 },
      { state: 'open', suspicionCount: 1 },
    ]);
    const { body } = await reader.get(`/v1/alerts/${alertId}`);
    expect(body.suspicions.map(({ heldBack }: { heldBack: boolean }) => heldBack)).toEqual([
      false,
      true,
      true,
    ]);
  });

  test('after a kill alerts gather as if nothing had been', async () => {
    const accountId = newId('a');
    const [{ alertId }] = await paid(accountId, [30, 20]);
    await server.kill();
    server = await home.start();
    connect();
    expect(await paid(accountId, [10])).toMatchObject([{ alertId, suspicionCount: 3 }]);
  });
}
