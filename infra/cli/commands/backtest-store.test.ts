import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  accountStream,
  FACT_SCHEMA_VERSIONS,
  type FactDraft,
  type FactType,
  type Label,
  NO_STREAM,
  type TransactionSubmitted,
} from '../../../domain/facts.ts';
import { shrike } from '../../../tests/support/shrike.ts';
import { startStore } from '../../event-store/store-thread.ts';
import { activateRuleSet, publishRuleSet } from '../../server/services/rule-set-publishing.ts';

const rulesFrom = (minor: number) => `
name: small
semantics: 1
features:
  sum_24h: { aggregate: sum, of: amountBaseMinor, window: 24h }
rules:
  - { id: much, when: sum_24h >= ${minor}, points: 60, reason: MUCH }
thresholds: { review: 50, decline: 80 }
`;

let folder: string;
let rules: string;

function draft(type: FactType, data: object, key: string | null = null): FactDraft {
  const schemaVersion = FACT_SCHEMA_VERSIONS[type];
  return {
    eventId: randomUUID(),
    type,
    schemaVersion,
    key,
    data: JSON.stringify(data),
    personal: null,
    metadata: null,
  };
}

/** Of 100 minor units on a day of March. */
function submission(transactionId: string, day: number): TransactionSubmitted {
  const occurredAt = new Date(Date.UTC(2026, 2, day)).toISOString();
  const transaction = { transactionId, accountId: 'a', amountMinor: 100, currency: 'EUR', occurredAt };
  return { transaction, amountBaseMinor: 100, ratesVersion: null, receivedAtMs: 0, origin: 'live' };
}

const payment = (transactionId: string, day: number) =>
  draft('TransactionSubmitted', submission(transactionId, day), transactionId);

/** Of a payment by its revision, position and day. */
function label([about, position, paid]: [number, number, number], says: Label, day: number) {
  const knownAt = new Date(Date.UTC(2026, 2, day)).toISOString();
  const submitted = submission(`t${paid - 1}`, paid);
  const learnt = { about, position, submitted, by: 'x', at: knownAt };
  return draft('TransactionLabelled', { ...learnt, label: says, source: 'issuer', knownAt });
}

/** Two payments before any rule set, one under version 1, two under version 2; labels come late. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shrike-backtest-store-'));
  rules = join(folder, 'candidate.yaml');
  writeFileSync(rules, rulesFrom(100));
  const store = await startStore(join(folder, 'facts.db'));
  const activate = async (source: string) => {
    const answer = await publishRuleSet(store.client, source, 'x');
    if (answer.kind === 'refused') throw new Error('refused');
    await activateRuleSet(store.client, answer.summary, 'x');
  };
  const account = accountStream('a');
  await store.client.append(account, NO_STREAM, [payment('t0', 1), payment('t1', 2)]);
  await activate(rulesFrom(1_000));
  await store.client.append(account, 1, [payment('t2', 3)]);
  await activate(rulesFrom(100));
  await store.client.append(account, 2, [payment('t3', 4), label([2, 5, 3], 'fraud', 10), payment('t4', 5)]);
  await store.client.append(account, 5, [
    label([3, 8, 4], 'genuine', 20),
    label([0, 1, 1], 'fraud', 20),
    label([2, 5, 3], 'genuine', 25),
  ]);
  await store.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function backtest(...args: string[]) {
  const { code, stdout, stderr } = await shrike([
    'backtest',
    '--rules',
    rules,
    '--data',
    folder,
    '--json',
    ...args,
  ]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

test('history is decided by the candidate all through, beside the rule sets as they were in force', async () => {
  const report = await backtest('--against', 'active');
  expect(report).toMatchObject({
    transactions: 5,
    baseCurrency: 'EUR',
    source: { kind: 'store', through: 13 },
  });
  const [candidate, inForce] = report.sets;
  expect(candidate).toMatchObject({
    name: 'small',
    alerts: 5,
    definitions: [{ version: null, transactions: 5 }],
  });
  expect(inForce).toMatchObject({
    name: 'in force',
    alerts: 2,
    definitions: [
      { name: 'none', version: 0, transactions: 2 },
      { name: 'small', version: 1, transactions: 1 },
      { name: 'small', version: 2, transactions: 2 },
    ],
  });
  expect(report.limits.join('\n')).toContain(
    'in force changed within the period: no rule set decided 2, small version 1 decided 1, small version 2 decided 2',
  );
  expect(report.changes).toEqual([
    {
      from: 'in force',
      to: 'small',
      ways: [expect.objectContaining({ from: 'approve', to: 'review', transactions: 3, frauds: 1 })],
    },
  ]);
});

test('labels are the latest, or those known at the end of the period', async () => {
  const latest = await backtest();
  expect(latest.labels).toMatchObject({
    used: 'as-known',
    fraud: 1,
    genuine: 2,
    asOf: '2026-03-25T00:00:00.000Z',
  });
  // Young without a label: it may still come.
  expect(latest.labels).toMatchObject({ notRipe: 2, unknown: 0 });
  const early = await backtest('--to', '2026-03-11');
  expect(early.labels).toMatchObject({ fraud: 1, genuine: 0, notRipe: 4, asOf: '2026-03-11T00:00:00.000Z' });
  const afterwards = await backtest('--to', '2026-03-11', '--labels', 'final', '--ripe-after', '22d');
  expect(afterwards.labels).toMatchObject({ used: 'final', fraud: 1, genuine: 2, notRipe: 1, unknown: 1 });
});

test('nothing of the folder is written', async () => {
  const before = contents();
  await backtest('--against', 'active');
  expect(contents()).toEqual(before);
});

/** Every file that is no memory shared by readers, and what it holds. */
function contents(): [string, string][] {
  return readdirSync(folder)
    .filter((name) => !name.endsWith('-shm'))
    .sort()
    .map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]);
}
