import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Api, apiWith } from '../../support/api.ts';
import type { Deployment, Home } from '../../support/deployment.ts';
import { inForce, newId, payment, RULES, WAITING } from '../../support/payments.ts';

/** On any deployment. */
export function rulesAndRatesSuite(newHome: () => Home): void {
  let home: Home;
  let server: Deployment;
  let submitter: Api;
  let reader: Api;
  let operator: Api;

  beforeAll(async () => {
    home = newHome();
    server = await home.start();
    submitter = apiWith(server, server.keys.submit);
    reader = apiWith(server, server.keys.read);
    operator = apiWith(server, server.keys.operate);
  });
  afterAll(() => home.remove());

  const alwaysScores = (points: number) =>
    `name: level
rules:
  - { id: always, when: amountMinor >= 0, points: ${points}, reason: ALWAYS }
thresholds: { review: 101, decline: 101 }
`.replaceAll('101', '100');

  test('a rule set is in force exactly after its activation, and every decision names its version', async () => {
    const first = await inForce(operator, alwaysScores(1));
    let isOver = false;
    const sent: { transactionId: string; position: number }[] = [];
    const paying = Array.from({ length: 4 }, async () => {
      while (!isOver) {
        const { body } = await submitter.post('/v1/transactions', payment());
        sent.push({ transactionId: body.transactionId, position: Number(body.position) });
      }
    });
    const activations = [Number(first)];
    for (const points of [2, 3]) activations.push(Number(await inForce(operator, alwaysScores(points))));
    await new Promise((resolve) => setTimeout(resolve, 50));
    isOver = true;
    await Promise.all(paying);

    const newest = Math.max(...sent.map(({ position }) => position));
    const seen = new Set<number>();
    for (const { transactionId, position } of sent) {
      const { body } = await reader.get(`/v1/transactions/${transactionId}?after=${newest}`);
      const version = activations.filter((activation) => activation < position).length;
      expect([body.ruleSet, body.score]).toEqual([{ name: 'level', version }, version]);
      seen.add(version);
    }
    expect([...seen].sort()).toEqual([1, 2, 3]);
  });

  test('publishing twice is publishing once; what is wrong is told all at once; only what was published is activated', async () => {
    const source = RULES.replace('name: acceptance', 'name: twice');
    const first = await operator.post('/v1/rulesets', source, { 'content-type': 'application/yaml' });
    const second = await operator.post('/v1/rulesets', { source });
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body).toEqual(first.body);
    const listed = await reader.get(`/v1/rulesets?after=${first.body.position}`);
    expect(listed.body.ruleSets).toContainEqual(first.body);
    const shown = await reader.get('/v1/rulesets/twice/versions/1');
    expect(shown.body).toMatchObject({ name: 'twice', version: 1, source, active: false });

    const faulty = source
      .replace('aggregate: count', 'aggregate: cout')
      .replace('count_1h >= 3', 'cuont_1h >= 3');
    const refused = await operator.post('/v1/rulesets', { source: faulty });
    expect(refused.status).toBe(400);
    expect(
      refused.body.errors.map(({ line, suggestion }: { line: number; suggestion: string }) => [
        line,
        suggestion,
      ]),
    ).toEqual([
      [3, expect.stringContaining('count')],
      [9, expect.stringContaining('count_1h')],
    ]);
    expect((await operator.post('/v1/rulesets/twice/activate', { version: 2 })).status).toBe(404);
  });

  test('shadow rules and named scores are recorded with each decision, and change none', async () => {
    const source = RULES.replace('name: acceptance', 'name: beside').replace(
      'thresholds:',
      `  - { id: quiet, when: count_1h >= 2, points: 90, reason: QUIET, shadow: true }
scores: { pace: 10 * count_1h, jump: amountBaseMinor / mean_before }
thresholds:`,
    );
    await inForce(operator, source);
    const accountId = newId('a');
    const path = ({ transactionId, position }: Record<string, string>) =>
      `/v1/transactions/${transactionId}?after=${position}`;
    const submit = () => submitter.post('/v1/transactions', payment({ accountId }), WAITING);
    const [first, second] = [(await submit()).body, (await submit()).body];
    expect((await reader.get(path(first))).body).toMatchObject({
      ...{ decision: 'approve', shadowHits: [], scores: { pace: 10, jump: null } },
    });
    const read = (await reader.get(path(second))).body;
    expect(read).toMatchObject({ score: 0, decision: 'approve', reasons: [], hits: [] });
    expect(read).toMatchObject({ shadowHits: ['quiet'], scores: { pace: 20, jump: 1 } });
    const explained = await reader.get(`/v1/transactions/${second.transactionId}/explanation`);
    expect(explained.body).toMatchObject({
      differences: [],
      shadowHits: ['quiet'],
      scores: { pace: 20, jump: 1 },
    });
    const asked = await submitter.post('/v1/score', payment({ accountId }));
    expect(asked.body).toMatchObject({ shadowHits: ['quiet'], scores: { pace: 30, jump: 1 } });
    await inForce(operator, RULES);
    const later = (await submit()).body;
    expect((await reader.get(path(later))).body).toMatchObject({ shadowHits: [], scores: {} });
  });

  test('amounts are converted by the table in force, half to even; without a rate they are missing, and counted', async () => {
    await inForce(operator, RULES);
    const published = await operator.put('/v1/rates', { base: 'EUR', rates: { USD: '0.5', JPY: '0.0061' } });
    expect(published.status).toBe(200);
    const table = await reader.get(`/v1/rates?after=${published.body.position}`);
    expect(table.body).toMatchObject({
      version: published.body.version,
      base: 'EUR',
      rates: { USD: '0.5', JPY: '0.0061' },
    });

    const accountId = newId('a');
    const converted = async (amountMinor: number, currency: string) => {
      const { body } = await submitter.post(
        '/v1/transactions',
        payment({ accountId, amountMinor, currency }),
        WAITING,
      );
      const read = await reader.get(`/v1/transactions/${body.transactionId}?after=${body.position}`);
      return [read.body.amountBaseMinor, read.body.ratesVersion, read.body.features.sum_24h];
    };
    const { version } = published.body;
    expect(await converted(5, 'USD')).toEqual([2, version, 2]);
    expect(await converted(7, 'USD')).toEqual([4, version, 6]);
    // 1000 yen have no minor unit: 6.10 euro.
    expect(await converted(1_000, 'JPY')).toEqual([610, version, 616]);
    expect(await converted(84, 'EUR')).toEqual([84, null, 700]);
    expect(await converted(999, 'GBP')).toEqual([null, null, 700]);
    const { body: metrics } = await reader.get('/metrics');
    expect(metrics).toMatch(/^shrike_\w*rate\w*(\{[^}]*\})? [1-9]/m);

    const refused = await operator.put('/v1/rates', { base: 'EUR', rates: { USD: 0.5, XXX: '1' } });
    expect(refused.status).toBe(400);
    expect(refused.body.errors.map(({ field }: { field: string }) => field)).toContain('rates.USD');
  });
}
