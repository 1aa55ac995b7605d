import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Api, apiWith } from '../../support/api.ts';
import type { Deployment, Home } from '../../support/deployment.ts';
import { inForce, payment, RULES, SUSPICIOUS_MINOR } from '../../support/payments.ts';

/** On any deployment. */
export function workingAlertsSuite(newHome: () => Home): void {
  let home: Home;
  let server: Deployment;
  let worker: Api;
  let reader: Api;

  beforeAll(async () => {
    home = newHome();
    server = await home.start();
    worker = apiWith(server, server.keys.work);
    reader = apiWith(server, server.keys.read);
    await inForce(apiWith(server, server.keys.operate), RULES);
  });
  afterAll(() => home.remove());

  async function raised(): Promise<string> {
    const sent = payment({ amountMinor: SUSPICIOUS_MINOR });
    const { body } = await apiWith(server, server.keys.submit).post('/v1/transactions', sent);
    const alerts = await reader.get(`/v1/alerts?account=${sent.accountId}&after=${body.position}`);
    return alerts.body.alerts[0].alertId;
  }

  test('two analysts and one alert: If-Match lets the first have it, and tells the second how it is now', async () => {
    const alertId = await raised();
    const etag = (await reader.get(`/v1/alerts/${alertId}`)).headers.get('etag')!;
    const claim = (analyst: string) =>
      worker.post(`/v1/alerts/${alertId}/claim`, { analyst }, { 'if-match': etag });
    const answers = await Promise.all([claim('ann'), claim('bob')]);
    const [won, lost] = answers.sort((a, b) => a.status - b.status);
    expect([won!.status, lost!.status]).toEqual([200, 412]);
    const { assignee } = won!.body;
    expect(['ann', 'bob']).toContain(assignee);
    expect(lost!.body.current).toMatchObject({ alertId, state: 'claimed', assignee, revision: 1 });
    expect(lost!.headers.get('etag')).toBe(won!.headers.get('etag'));

    const loser = assignee === 'ann' ? 'bob' : 'ann';
    const taken = await worker.post(`/v1/alerts/${alertId}/claim`, { analyst: loser });
    expect([taken.status, taken.body.current.assignee]).toEqual([409, assignee]);
  });

  test('an alert goes from claim to close, each step with who and when, and is then at rest', async () => {
    const alertId = await raised();
    const step = (name: string, body: object, headers = {}) =>
      worker.post(`/v1/alerts/${alertId}/${name}`, body, headers);
    const startedMs = Date.now();
    expect((await step('claim', { analyst: 'ann' })).body).toMatchObject({
      state: 'claimed',
      assignee: 'ann',
    });
    expect((await step('notes', { analyst: 'ann', text: 'called the customer' })).status).toBe(200);
    expect((await step('release', { analyst: 'ann' })).body).toMatchObject({ state: 'open', assignee: null });
    expect((await step('claim', { analyst: 'bob' })).body).toMatchObject({
      state: 'claimed',
      assignee: 'bob',
    });
    const closed = await step('close', { analyst: 'bob', disposition: 'fraud', text: 'confirmed' });
    expect(closed.body).toMatchObject({ state: 'closed', disposition: 'fraud', revision: 5 });
    expect(closed.headers.get('etag')).toBe('"5"');
    const { history } = closed.body;
    expect(history.map(({ what, by, text }: Record<string, string>) => [what, by, text])).toEqual([
      ['claimed', 'ann', null],
      ['noted', 'ann', 'called the customer'],
      ['released', 'ann', null],
      ['claimed', 'bob', null],
      ['closed', 'bob', 'confirmed'],
    ]);
    const times = history.map(({ at }: { at: string }) => Date.parse(at));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(startedMs);
    expect(times).toEqual(times.toSorted());
    expect((await step('claim', { analyst: 'ann' })).status).toBe(409);
    await expect(viewed(alertId, 'closed')).resolves.toMatchObject({
      state: 'closed',
      disposition: 'fraud',
      history,
    });
  });

  test('what is no command, no alert or no right to work is refused', async () => {
    const alertId = await raised();
    const faulty: [string, unknown, Record<string, string>, number][] = [
      ['close', { disposition: 'maybe' }, {}, 400],
      ['close', {}, {}, 400],
      ['notes', { text: '' }, {}, 400],
      ['notes', { text: 'x', colour: 'red' }, {}, 400],
      ['claim', { analyst: 5 }, {}, 400],
      ['claim', {}, { 'if-match': '0' }, 400],
      ['claim', {}, { 'if-match': '"7"' }, 412],
    ];
    for (const [name, body, headers, status] of faulty)
      expect([
        name,
        body,
        (await worker.post(`/v1/alerts/${alertId}/${name}`, body, headers)).status,
      ]).toEqual([name, body, status]);
    expect((await worker.post('/v1/alerts/none/claim', {})).status).toBe(404);
    expect((await reader.post(`/v1/alerts/${alertId}/claim`, {})).status).toBe(403);
    // Without a name it was the key.
    const { body } = await worker.post(`/v1/alerts/${alertId}/claim`);
    expect(body).toMatchObject({ assignee: 'first work key', revision: 1 });
  });

  /** The alert as reads show it, once they do. */
  async function viewed(alertId: string, state: string): Promise<unknown> {
    for (;;) {
      const { body } = await reader.get(`/v1/alerts/${alertId}`);
      if (body.state === state) return body;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
