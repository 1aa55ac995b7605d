import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Api, apiWith } from '../../support/api.ts';
import type { Deployment, Home } from '../../support/deployment.ts';
import { newId, payment, WAITING } from '../../support/payments.ts';

const source = (name: string, points: number) => `name: ${name}
rules:
  - { id: any, when: amountMinor >= 0, points: ${points}, reason: ANY }
thresholds: { review: 50, decline: 80 }
`;

/** On any deployment. */
export function ruleSetLifeSuite(newHome: () => Home): void {
  let home: Home;
  let server: Deployment;
  let operator: Api;
  let reader: Api;

  beforeAll(async () => {
    home = newHome();
    server = await home.start();
    operator = apiWith(server, server.keys.operate);
    reader = apiWith(server, server.keys.read);
  });
  afterAll(() => home.remove());

  async function published(name: string, ...points: number[]): Promise<void> {
    for (const each of points) {
      const { status } = await operator.post('/v1/rulesets', { source: source(name, each) });
      expect(status).toBe(201);
    }
  }
  const activate = (name: string, version: number, reason?: string) =>
    operator.post(`/v1/rulesets/${name}/activate`, { version, reason });
  const retire = (name: string, version: number) =>
    operator.post(`/v1/rulesets/${name}/retire`, { version, reason: 'superseded' });

  async function scored(): Promise<[number, unknown]> {
    const { body } = await apiWith(server, server.keys.submit).post('/v1/transactions', payment(), WAITING);
    return [body.score, body.ruleSet];
  }

  test('one command puts what was in force before back, and every step is told with who and why', async () => {
    const name = newId('life');
    await published(name, 10, 20);
    await activate(name, 1);
    await activate(name, 2, 'catches more');
    expect(await scored()).toEqual([20, { name, version: 2 }]);
    const back = await operator.post('/v1/rulesets/rollback', { reason: 'too many alerts' });
    expect([back.status, back.body]).toMatchObject([200, { name, version: 1 }]);
    expect(await scored()).toEqual([10, { name, version: 1 }]);
    expect((await operator.post('/v1/rulesets/rollback')).body).toMatchObject({ name, version: 2 });

    const { body } = await reader.get(`/v1/rulesets/${name}/history`);
    const by = 'first operate key';
    expect(body.steps).toMatchObject([
      { what: 'published', version: 1, by, reason: null },
      { what: 'published', version: 2, by, reason: null },
      { what: 'activated', version: 1, by, reason: null },
      { what: 'activated', version: 2, by, reason: 'catches more' },
      { what: 'activated', version: 1, by, reason: 'too many alerts' },
      { what: 'activated', version: 2, by, reason: null },
    ]);
    expect((await reader.get('/v1/rulesets/none/history')).status).toBe(404);
  });

  test('a version that is retired is not put in force again, and the one in force is not retired', async () => {
    const name = newId('life');
    await published(name, 10, 20, 30);
    for (const version of [1, 2, 3]) await activate(name, version);
    const inForce = await retire(name, 3);
    expect([inForce.status, inForce.body.type]).toEqual([
      409,
      'https://shrike.dev/problems/rule-set-conflict',
    ]);
    const retired = await retire(name, 2);
    expect(retired.status).toBe(200);
    expect((await retire(name, 2)).body).toEqual(retired.body);
    expect((await retire(name, 9)).status).toBe(404);
    const again = await activate(name, 2);
    expect([again.status, again.body.detail]).toEqual([
      409,
      expect.stringContaining('version 2 was retired'),
    ]);
    // What was in force before and may still be.
    expect((await operator.post('/v1/rulesets/rollback')).body).toMatchObject({ name, version: 1 });
    const { body } = await reader.get(`/v1/rulesets?after=${retired.body.position}`);
    const mine = body.ruleSets.filter((each: { name: string }) => each.name === name);
    expect(mine.map(({ retired }: { retired: boolean }) => retired)).toEqual([false, true, false]);
    const anew = await operator.post('/v1/rulesets', { source: source(name, 20) });
    expect([anew.status, anew.body.version]).toEqual([201, 4]);
  });

  test('two versions are compared in words', async () => {
    const name = newId('life');
    await published(name, 10, 20);
    const path = `/v1/rulesets/${name}/versions/2/difference`;
    expect((await reader.get(`${path}?from=1`)).body).toEqual({
      from: { name, version: 1 },
      to: { name, version: 2 },
      differences: ['rule any: points: 10 -> 20'],
    });
    expect((await reader.get(`${path}?from=2`)).body.differences).toEqual([]);
    expect((await reader.get(`${path}?from=3`)).status).toBe(404);
  });
}
