import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Api, apiWith } from '../support/api.ts';
import { type Deployment, type Home, newHome } from '../support/deployment.ts';
import {
  inForce,
  minutesAgo,
  newId,
  payment,
  RULES,
  SUSPICIOUS_MINOR,
  WAITING,
} from '../support/payments.ts';
import { shrike } from '../support/shrike.ts';

let home: Home;
let server: Deployment;
let submitter: Api;
let same: string;
let stricter: string;

beforeAll(async () => {
  home = newHome();
  server = await home.start();
  submitter = apiWith(server, server.keys.submit);
  await inForce(apiWith(server, server.keys.operate), RULES);
  same = join(home.folder, 'same.yaml');
  stricter = join(home.folder, 'stricter.yaml');
  writeFileSync(same, RULES);
  writeFileSync(stricter, RULES.replace('count_1h >= 3', 'count_1h >= 1'));
});
afterAll(() => home.remove());

async function backtest(...args: string[]) {
  const { code, stdout, stderr } = await shrike(['backtest', '--data', home.folder, '--json', ...args]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** Three of an account: the second is large, the third comes late. */
async function pay(): Promise<string> {
  const accountId = newId('a');
  const amounts = [100, SUSPICIOUS_MINOR, 100];
  let last = '';
  for (const [i, amountMinor] of amounts.entries()) {
    const occurredAt = minutesAgo(i === 2 ? 50 : 30 - i);
    const { body } = await submitter.post(
      '/v1/transactions',
      payment({ accountId, amountMinor, occurredAt }),
      WAITING,
    );
    last = body.position;
  }
  return last;
}

test('beside a running server: what is in force decides again as it did, another set is compared with it', async () => {
  for (let i = 0; i < 5; i++) await pay();
  const paying = Promise.all(Array.from({ length: 5 }, pay));
  const report = await backtest('--rules', same, stricter, '--against', 'active');
  await paying;
  expect(report.transactions).toBeGreaterThanOrEqual(15);
  const [again, strict, active] = report.sets;
  expect(active.definitions).toEqual([{ name: 'acceptance', version: 1, transactions: report.transactions }]);
  const { name: _, role: __, definitions: ___, ...figures } = active;
  expect(again).toMatchObject(figures);
  expect(active.alerts).toBeGreaterThan(0);
  expect(strict.alerts).toBe(report.transactions);
  expect(active.alerts).toBeLessThan(report.transactions);
  expect(
    report.changes.map(({ to, ways }: { to: string; ways: unknown[] }) => [to, ways.length > 0]),
  ).toEqual([
    ['acceptance', false],
    ['acceptance (stricter.yaml)', true],
  ]);
});

test('nothing of it reaches the store, and the server goes on', async () => {
  const facts = join(home.folder, 'facts.db');
  const digest = () =>
    createHash('sha256')
      .update(readFileSync(facts))
      .update(readFileSync(`${facts}-wal`))
      .digest('hex');
  const before = digest();
  await backtest('--rules', stricter, '--against', 'active', '--out', join(home.folder, 'report.html'));
  expect(digest()).toBe(before);
  expect(readFileSync(join(home.folder, 'report.html'), 'utf8')).toContain('acceptance');
  const position = await pay();
  const { status } = await apiWith(server, server.keys.read).get(`/v1/alerts?after=${position}`);
  expect(status).toBe(200);
  expect((await shrike(['verify', '--data', home.folder])).code).toBe(0);
});
