import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Api, apiWith } from '../../support/api.ts';
import type { Deployment, Home } from '../../support/deployment.ts';
import { inForce, newId, payment, RULES, SUSPICIOUS_MINOR, WAITING } from '../../support/payments.ts';

const CANDIDATE = RULES.replace('count_1h >= 3', 'count_1h >= 1');

/** On any deployment. */
export function backtestingSuite(newHome: () => Home): void {
  let home: Home;
  let server: Deployment;
  let submitter: Api;
  let operator: Api;
  let reader: Api;
  let sent = 0;

  beforeAll(async () => {
    home = newHome();
    server = await home.start();
    [submitter, operator, reader] = (['submit', 'operate', 'read'] as const).map((key) =>
      apiWith(server, server.keys[key]),
    ) as [Api, Api, Api];
    await inForce(operator, RULES);
    await load(600);
  }, 60_000);
  afterAll(() => home.remove());

  async function load(count: number): Promise<void> {
    const batch = Array.from({ length: count }, (_, i) =>
      payment({ accountId: newId('a'), amountMinor: i % 7 === 0 ? SUSPICIOUS_MINOR : 100 + i }),
    );
    expect((await submitter.post('/v1/transactions/batch', batch)).status).toBe(200);
    sent += count;
  }
  async function ended(id: string) {
    for (;;) {
      const { body } = await reader.get(`/v1/backtests/${id}`);
      if (body.endedAt !== null) return body;
      await sleep(100);
    }
  }

  test('a rule set is tried on history while decisions go on, and nothing but the report comes of it', async () => {
    const before = (await reader.get('/v1/status')).body.position;
    const asked = { rules: [{ source: CANDIDATE }, { name: 'acceptance', version: 1 }], against: 'active' };
    const { status, headers, body: taken } = await operator.post('/v1/backtests', asked);
    expect([status, headers.get('location')]).toEqual([202, `/v1/backtests/${taken.id}`]);
    let isOver = false;
    const job = ended(taken.id).finally(() => {
      isOver = true;
    });
    let decided = 0;
    while (!isOver) {
      const { body } = await submitter.post('/v1/transactions', payment(), WAITING);
      expect(body.degraded).toBe(false);
      decided++;
    }
    expect(decided).toBeGreaterThan(1);
    const { state, problem, progress, report } = await job;
    expect([state, problem, progress]).toEqual(['done', null, 1]);
    expect(report.transactions).toBeGreaterThanOrEqual(sent);
    expect(report.transactions).toBeLessThanOrEqual(sent + decided);
    const [candidate, same, active] = report.sets;
    expect([candidate.name, same.name, active.name]).toEqual(['acceptance', 'acceptance 1', 'in force']);
    expect(candidate.alerts).toBeGreaterThan(active.alerts);
    expect(same.alerts).toBe(active.alerts);
    const facts = Number((await reader.get('/v1/status')).body.position) - Number(before);
    expect(facts).toBeGreaterThanOrEqual(decided);
    expect(
      (await reader.get('/v1/rulesets')).body.ruleSets.filter((each: { active: boolean }) => each.active),
    ).toHaveLength(1);
  }, 60_000);

  test('one that is cancelled ends at once; a bad one is refused by its field', async () => {
    const asked = { rules: [{ source: CANDIDATE }] };
    const taken = await Promise.all([1, 2].map(() => operator.post('/v1/backtests', asked)));
    for (const { body } of taken) {
      const { status, body: job } = await operator.delete(`/v1/backtests/${body.id}`);
      expect([status, job.state, job.problem]).toEqual([200, 'cancelled', 'it was cancelled']);
    }
    const wrong = await operator.post('/v1/backtests', { rules: [{ source: 'name: x' }] });
    expect([wrong.status, wrong.body.type]).toEqual([400, 'https://shrike.dev/problems/invalid-rule-set']);
    expect((await reader.post('/v1/backtests', asked)).status).toBe(403);
  }, 30_000);
}
