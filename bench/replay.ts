/**
 * Replay from the store through the fold, as a share of only scanning the store and parsing what it holds, taken in
 * turns in one run. What is rebuilt is thrown away, so that the fold is measured and not the disk it writes to.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { admit } from '../domain/door/admit.ts';
import { transactionSubmitted } from '../domain/facts.ts';
import type { RiskRebuild } from '../domain/ports.ts';
import { scoringPlan } from '../domain/risk-fold.ts';
import { defaultFile } from '../infra/default-files.ts';
import { type ReadingStore, readingStore } from '../infra/event-store/reading-store.ts';
import type { StoreClient } from '../infra/event-store/store-client.ts';
import { startStore } from '../infra/event-store/store-thread.ts';
import { activateRuleSet, publishRuleSet } from '../infra/server/services/rule-set-publishing.ts';
import { replay } from '../processors/replay.ts';
import { paymentJson } from './payments.ts';
import { median, report } from './report.ts';
import { TEN_RULES } from './rules.ts';

const quick = process.argv.includes('--quick');
const ACCOUNTS = 20_000;
const TRANSACTIONS = quick ? 60_000 : 300_000;
const ROUNDS = quick ? 2 : 5;
const IN_FLIGHT = 1_000;
const PAGE = 1_000;
const DAY_MS = 86_400_000;

const DISCARDING: RiskRebuild = {
  begin: async () => {},
  append: async () => {},
  swap: async () => true,
};

async function activate(store: StoreClient, source: string): Promise<void> {
  const answer = await publishRuleSet(store, source, 'bench');
  if (answer.kind === 'refused') throw new Error(JSON.stringify(answer.problems));
  await activateRuleSet(store, answer.summary, 'bench');
}

/** Thirty days of payments of accounts chosen at random. */
async function fill(store: StoreClient): Promise<void> {
  const startMs = Date.now() - 31 * DAY_MS;
  for (let from = 0; from < TRANSACTIONS; from += IN_FLIGHT) {
    const batch = Array.from({ length: IN_FLIGHT }, (_, i) => {
      const occurredAtMs = startMs + Math.floor(((from + i) / TRANSACTIONS) * 30 * DAY_MS);
      const account = Math.floor(Math.random() ** 2 * ACCOUNTS);
      return store.submit(submissionOf(paymentJson(randomUUID(), account, occurredAtMs)));
    });
    await Promise.all(batch);
  }
}

function submissionOf(json: string) {
  const admitted = admit(JSON.parse(json), {
    receivedAtMs: Date.now(),
    rates: { version: 1, base: 'EUR', rates: {} },
    latenessMs: 0,
    futureMs: 0,
    origin: 'import',
    eventId: randomUUID(),
    cardNumberFields: new Set(),
  });
  if ('problems' in admitted) throw new Error(JSON.stringify(admitted.problems));
  return admitted.submission;
}

/** By this thread's processor time: what else the machine does is not counted. */
function perSecond(start: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(start);
  return (TRANSACTIONS / (user + system)) * 1e6;
}

function scan({ reader }: ReadingStore): number {
  const start = process.threadCpuUsage();
  for (let after = 0; ; ) {
    const facts = reader.readAll(after, PAGE);
    for (const fact of facts) if (fact.type === 'TransactionSubmitted') transactionSubmitted(fact);
    if (facts.length < PAGE) return perSecond(start);
    after = facts.at(-1)!.position;
  }
}

async function fold(store: ReadingStore): Promise<number> {
  const start = process.threadCpuUsage();
  const risk = { checkpoint: async () => ({ partition: 0, position: 0, eventId: null }) };
  const { decisions } = await replay({ store, risk, rebuild: DISCARDING, compile: scoringPlan });
  if (decisions !== TRANSACTIONS) throw new Error(`${decisions} decisions of ${TRANSACTIONS}`);
  return perSecond(start);
}

async function measure(name: string, rules: string): Promise<void> {
  // In the working folder, not in the system's for temporary files: that may be memory.
  const folder = mkdtempSync('data-bench-replay-');
  try {
    const path = join(folder, 'facts.db');
    const thread = await startStore(path);
    await activate(thread.client, rules);
    await fill(thread.client);
    await thread.close();
    const store = readingStore(path);
    const scans: number[] = [];
    const folds: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      scans.push(scan(store));
      folds.push(await fold(store));
    }
    store.close();
    const ratio = median(folds.map((rate, i) => rate / scans[i]!));
    report({ name: `replay, ${name}`, value: median(folds), unit: '1/s', ratio, against: 'scan and parse' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await measure('12 features and 10 rules', TEN_RULES);
await measure('the rule set that ships', readFileSync(defaultFile('card-payments.yaml'), 'utf8'));
