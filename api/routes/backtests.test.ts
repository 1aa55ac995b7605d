import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { buildServer } from '../server.ts';
import { fakeServices, TOKENS } from '../testing/fake-services.ts';

let app: FastifyInstance;
beforeEach(() => {
  app = buildServer(fakeServices(), { version: '0', report: () => undefined });
});
afterEach(() => app.close());

async function ask(method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object, token = TOKENS.all) {
  const { statusCode, headers, body } = await app.inject({
    method,
    url,
    headers: { authorization: `Bearer ${token}` },
    ...(payload !== undefined && { payload }),
  });
  return { status: statusCode, headers, body: JSON.parse(body) };
}

const RULES = { rules: [{ source: 'name: x' }] };

describe('backtests', () => {
  test('are taken, told how far they are, and cancelled', async () => {
    const taken = await ask('POST', '/v1/backtests', { ...RULES, against: 'active', from: '2026-03-01' });
    expect([taken.status, taken.headers.location]).toEqual([202, `/v1/backtests/${taken.body.id}`]);
    const { body } = await ask('GET', taken.headers.location as string, undefined, TOKENS.read);
    expect(body).toMatchObject({
      state: 'running',
      by: 'every scope',
      progress: 0.25,
      decisions: 20,
      report: null,
    });
    expect(body.etaMs).toBeGreaterThanOrEqual(3_000);
    expect((await ask('GET', '/v1/backtests')).body.backtests).toHaveLength(1);
    const ended = await ask('DELETE', `/v1/backtests/${taken.body.id}`);
    expect(ended.body).toMatchObject({ state: 'cancelled', problem: 'it was cancelled', etaMs: null });
    expect((await ask('GET', `/v1/backtests/${taken.body.id}`)).status).toBe(404);
  });

  test('are refused where too many wait, with when to ask again', async () => {
    for (let i = 0; i < 2; i++) await ask('POST', '/v1/backtests', RULES);
    const { status, headers, body } = await ask('POST', '/v1/backtests', RULES);
    expect([status, headers['retry-after'], body.type]).toEqual([
      503,
      '30',
      'https://shrike.dev/problems/too-many-backtests',
    ]);
  });

  test.each<[string, object, number, string]>([
    ['no rules', { rules: [] }, 400, 'rules'],
    ['a time that is none', { ...RULES, from: 'yesterday' }, 400, 'from must be a day such as 2026-03-01'],
    [
      'a period that ends before it begins',
      { ...RULES, from: '2026-03-02', to: '2026-03-01' },
      400,
      'to must be later than from',
    ],
    [
      'a duration that is none',
      { ...RULES, ripeAfter: '3 weeks' },
      400,
      'ripeAfter must be a duration such as 90d',
    ],
    ['labels that are none', { ...RULES, labels: 'x' }, 400, 'labels'],
    ['rules that are none', { rules: [{ source: 'x' }] }, 400, 'rules.0.source: Line 1: name is missing'],
    [
      'a version that was never published',
      { rules: [{ name: 'x', version: 3 }] },
      404,
      'rules.0: no rule set',
    ],
  ])('name what is wrong: %s', async (_what, payload, status, detail) => {
    const answer = await ask('POST', '/v1/backtests', payload);
    expect([answer.status, answer.body.detail]).toEqual([status, expect.stringContaining(detail)]);
  });
});
