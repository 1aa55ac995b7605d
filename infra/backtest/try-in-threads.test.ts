import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { backtestReport } from '../../domain/backtest/backtest-report.ts';
import {
  accountStream,
  FACT_SCHEMA_VERSIONS,
  type FactDraft,
  type FactType,
  type TransactionSubmitted,
} from '../../domain/facts.ts';
import type { RuleSet } from '../../domain/rules/rule-set.ts';
import { parseRuleSet } from '../../domain/rules/rule-set-parse.ts';
import { startStore } from '../event-store/store-thread.ts';
import { activateRuleSet, publishRuleSet } from '../server/services/rule-set-publishing.ts';
import type { HistoryAddress } from './history-store.ts';
import { IN_FORCE } from './tried-sets.ts';
import { tryInThreads } from './try-in-threads.ts';

/** Of the account, and of the merchant: the latter must see the transactions of every account. */
const RULES = `
name: threads
semantics: 1
features:
  own: { aggregate: count, window: 30d }
  of_merchant: { aggregate: count, window: 30d, per: merchant }
  frauds_of_merchant: { aggregate: count, window: 30d, per: merchant, where: 'label == "fraud"' }
rules:
  - { id: many, when: own >= 20, points: 40, reason: MANY }
  - { id: busy, when: of_merchant >= 40, points: 20, reason: BUSY }
  - { id: bad, when: frauds_of_merchant >= 3, points: 50, reason: BAD }
thresholds: { review: 50, decline: 80 }
`;

const ACCOUNTS = 23;
const MERCHANTS = 7;
const TRANSACTIONS = 600;

let folder: string;
let address: HistoryAddress;

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

function submission(i: number): TransactionSubmitted {
  const transaction = {
    transactionId: `t${i}`,
    accountId: `a${(i * 7) % ACCOUNTS}`,
    merchantId: `m${(i * 5) % MERCHANTS}`,
    amountMinor: i,
    currency: 'EUR',
    occurredAt: new Date(Date.UTC(2026, 0, 1) + i * 3_600_000).toISOString(),
    // Some cards pay for accounts of different parts.
    ...(i % 3 === 0 ? { cardToken: `c${i % 11}` } : {}),
  };
  return { transaction, amountBaseMinor: i, ratesVersion: null, receivedAtMs: 0, origin: 'import' };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shrike-try-in-threads-'));
  address = { kind: 'file', path: join(folder, 'facts.db') };
  const { client, close } = await startStore(address.path);
  const revisions = new Map<string, number>();
  const append = async (accountId: string, fact: FactDraft) => {
    const revision = revisions.get(accountId) ?? -1;
    const { position } = await client.append(accountStream(accountId), revision, [fact]);
    revisions.set(accountId, revision + 1);
    return { about: revision + 1, position };
  };
  for (let i = 0; i < TRANSACTIONS; i++) {
    if (i === 100) {
      const published = await publishRuleSet(client, RULES.replace('>= 20', '>= 10'), 'x');
      if (published.kind === 'refused') throw new Error('refused');
      await activateRuleSet(client, published.summary, 'x');
    }
    const submitted = submission(i);
    const { accountId, occurredAt } = submitted.transaction;
    const at = await append(accountId, draft('TransactionSubmitted', submitted, `t${i}`));
    if (i % 9 === 0) {
      const learnt = {
        ...at,
        submitted,
        label: 'fraud',
        source: 'x',
        knownAt: occurredAt,
        by: 'x',
        at: occurredAt,
      };
      await append(accountId, draft('TransactionLabelled', learnt));
    }
  }
  await close();
}, 30_000);
afterAll(() => rmSync(folder, { recursive: true }));

function definition(): RuleSet {
  const parsed = parseRuleSet(RULES);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.ruleSet;
}

async function reportOf(threads: number) {
  const told: number[] = [];
  const tried = await tryInThreads(
    address,
    {
      sets: [{ name: 'candidate', role: 'candidate', definition: definition() }, IN_FORCE],
      period: { fromMs: null, toMs: null },
      labelsKnownByMs: Infinity,
    },
    threads,
    (position, total) => told.push(position / total),
    1,
  );
  const report = backtestReport({
    source: { kind: 'store', text: 'x', through: tried.through },
    fromMs: null,
    toMs: null,
    ...tried,
    labelsUsed: 'final',
    policy: { unlabelled: 'genuine', ripeAfterMs: 0, asOfMs: tried.newestMs },
    cardsADay: 3,
    mostExamples: 1_000,
  });
  return { report, told };
}

test('shared out among threads, the report is to the letter what one thread says', async () => {
  const one = await reportOf(1);
  const three = await reportOf(3);
  expect(three.report).toEqual(one.report);
  expect(one.report.transactions).toBe(TRANSACTIONS);
  // It would not be if a part saw only its own transactions: both kinds of features decide something.
  const hits = one.report.sets[0]!.rules.map((rule) => rule.hits);
  expect(hits.every((count) => count > 0 && count < TRANSACTIONS)).toBe(true);
  for (const { told } of [one, three]) {
    expect(told.at(-1)).toBe(1);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
  }
}, 30_000);

test('what fails in a thread fails the whole, and says why', async () => {
  const path = join(folder, 'newer.db');
  const { client, close } = await startStore(path);
  const newer = { ...draft('TransactionSubmitted', submission(1), 't1'), schemaVersion: 99 };
  await client.append(accountStream('a'), -1, [newer, draft('TransactionSubmitted', submission(2), 't2')]);
  await close();
  const options = { sets: [IN_FORCE], period: { fromMs: null, toMs: null }, labelsKnownByMs: Infinity };
  await expect(tryInThreads({ kind: 'file', path }, options, 2, () => undefined, 1)).rejects.toThrow(
    /TransactionSubmitted at position 1 has schema version 99, newer than this version of Shrike reads/,
  );
});
