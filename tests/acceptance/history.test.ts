import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Api, apiWith } from '../support/api.ts';
import { type Deployment, type Home, newHome } from '../support/deployment.ts';
import {
  inForce,
  minutesAgo,
  newId,
  pages,
  payment,
  RULES,
  SUSPICIOUS_MINOR,
  WAITING,
} from '../support/payments.ts';
import { shrike } from '../support/shrike.ts';

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

const YEAR_MINUTES = 365 * 24 * 60;

test('imported history is scored and counted in windows, and raises no alerts', async () => {
  const accountId = newId('a');
  const lines = [YEAR_MINUTES, 3, 2, 1].map((minutes) =>
    JSON.stringify(payment({ accountId, amountMinor: SUSPICIOUS_MINOR, occurredAt: minutesAgo(minutes) })),
  );
  const file = join(home.folder, 'history.ndjson');
  writeFileSync(file, [lines[0], 'nonsense', ...lines.slice(1), ''].join('\n'));
  const imported = await shrike(['import', file, '--url', server.url, '--data', home.folder, '--json']);
  expect([imported.code, JSON.parse(imported.stdout)]).toEqual([1, { lines: 5, failed: 1 }]);
  expect(imported.stderr).toContain('line 2: ');
  const again = await shrike(['import', file, '--url', server.url, '--key', server.keys.operate]);
  expect([again.code, again.stdout]).toEqual([1, '4 of 5 transactions are stored, 1 refused\n']);

  const { body: live } = await submitter.post(
    '/v1/transactions',
    payment({ accountId, amountMinor: 1 }),
    WAITING,
  );
  expect(live).toMatchObject({ revision: 4, score: 100, decision: 'decline', reasons: ['MANY', 'MUCH'] });
  const { body } = await reader.get(
    `/v1/accounts/${accountId}/transactions?order=oldest&after=${live.position}`,
  );
  expect(body.transactions.map((each: Record<string, unknown>) => [each.origin, each.decision])).toEqual([
    ['import', 'review'],
    ['import', 'review'],
    ['import', 'review'],
    ['import', 'decline'],
    ['live', 'decline'],
  ]);
  const alerts = await reader.get(`/v1/alerts?account=${accountId}&after=${live.position}`);
  expect(alerts.body.alerts.map(({ transactionId }: { transactionId: string }) => transactionId)).toEqual([
    live.transactionId,
  ]);
});

test('backup, verify and replay beside a server under load: nothing differs, before, during and after', async () => {
  const accounts = Array.from({ length: 10 }, () => newId('a'));
  const sent = Array.from({ length: 300 }, (_, i) =>
    payment({ accountId: accounts[i % 10]!, amountMinor: i % 7 === 0 ? SUSPICIOUS_MINOR : 100 + i }),
  );
  const { body } = await submitter.post('/v1/transactions/batch', sent);
  const { position } = body.at(-1);
  const alerts = (await reader.get(`/v1/alerts?account=${accounts[0]}&after=${position}`)).body.alerts;
  await apiWith(server, server.keys.work).post(`/v1/alerts/${alerts[0].alertId}/claim`, { analyst: 'ann' });
  const settled = await reader.get('/v1/status');
  const before = await rows(accounts, settled.body.position);

  let isOver = false;
  let loaded = 0;
  const load = (async () => {
    while (!isOver) {
      const batch = Array.from({ length: 50 }, (_, i) =>
        payment({ accountId: newId('load'), amountMinor: i % 5 === 0 ? SUSPICIOUS_MINOR : 1 }),
      );
      loaded += (await submitter.post('/v1/transactions/batch', batch)).body.length;
    }
  })();
  const target = join(home.folder, 'backup');
  const backup = await shrike(['backup', target, '--data', home.folder, '--json']);
  const verified = await shrike(['verify', '--data', home.folder]);
  const replayed = await shrike(['replay', '--data', home.folder, '--json']);
  const loadedDuring = loaded;
  isOver = true;
  await load;
  expect(backup).toMatchObject({ code: 0, stdout: expect.stringContaining('"position"') });
  expect(verified).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+ decisions, 0 differ/) });
  expect(replayed).toMatchObject({ code: 0 });
  expect(JSON.parse(replayed.stdout).map(({ projection }: { projection: string }) => projection)).toEqual([
    'decisions',
    'alerts',
    'rule-sets',
    'rates',
    'lists',
  ]);
  expect(loadedDuring).toBeGreaterThan(100);
  expect(await rows(accounts, position)).toEqual(before);

  const end = await submitter.post('/v1/transactions', payment(), WAITING);
  await reader.get(`/v1/alerts?after=${end.body.position}`);
  const whole = await shrike(['verify', '--data', home.folder, '--json']);
  expect([whole.code, JSON.parse(whole.stdout)]).toEqual([
    0,
    expect.objectContaining({ differ: 0, first: null }),
  ]);
  expect(JSON.parse(whole.stdout).decisions).toBe(300 + 5 + loaded + 1);
});

/** What reads show of these accounts: every transaction with its decision, every alert with its work. */
async function rows(accounts: readonly string[], after: string): Promise<unknown[]> {
  const of = async (account: string) => [
    ...(await pages(reader, `/v1/accounts/${account}/transactions?after=${after}`, 'transactions')),
    ...(await pages(reader, `/v1/alerts?account=${account}&after=${after}`, 'alerts')),
  ];
  return (await Promise.all(accounts.map(of))).flat();
}
