/**
 * Replay from the store through the fold, as a share of only scanning the store and parsing what it holds, taken in
 * turns in one run. What is rebuilt is thrown away, so that the fold is measured and not the disk it writes to.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RiskRebuild } from '../domain/ports.ts';
import { scoringPlan } from '../domain/risk-fold.ts';
import { defaultFile } from '../infra/default-files.ts';
import { type ReadingStore, readingStore } from '../infra/event-store/reading-store.ts';
import { startStore } from '../infra/event-store/store-thread.ts';
import { rebuildInThreads } from '../infra/history-threads/refold-in-threads.ts';
import { replay } from '../processors/replay.ts';
import { median, report } from './report.ts';
import { TEN_RULES } from './rules.ts';
import { activate, fill, scanAndParse } from './stored-history.ts';

const quick = process.argv.includes('--quick');
const TRANSACTIONS = quick ? 60_000 : 300_000;
const ROUNDS = quick ? 2 : 5;
const THREADS = 2;

const DISCARDING: RiskRebuild = {
  begin: async () => {},
  append: async () => {},
  swap: async () => true,
};

/** On the clock, in this thread alone and shared out among two. */
async function clocked(work: () => unknown): Promise<number> {
  const startMs = performance.now();
  await work();
  return (TRANSACTIONS / (performance.now() - startMs)) * 1_000;
}

/** By this thread's processor time: what else the machine does is not counted. */
function perSecond(start: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(start);
  return (TRANSACTIONS / (user + system)) * 1e6;
}

function scan(store: ReadingStore): number {
  const start = process.threadCpuUsage();
  scanAndParse(store);
  return perSecond(start);
}

async function fold(store: ReadingStore): Promise<number> {
  const start = process.threadCpuUsage();
  const risk = { checkpoint: async () => ({ partition: 0, position: 0, eventId: null }) };
  const { decisions } = await replay({ store, risk, rebuild: DISCARDING, compile: scoringPlan });
  if (decisions !== TRANSACTIONS) throw new Error(`${decisions} decisions of ${TRANSACTIONS}`);
  return perSecond(start);
}

async function foldInThreads(path: string, store: ReadingStore, threads: number): Promise<void> {
  const risk = { checkpoint: async () => ({ partition: 0, position: 0, eventId: null }) };
  const { decisions } = await rebuildInThreads({ kind: 'file', path }, threads, {
    store,
    risk,
    rebuild: DISCARDING,
  });
  if (decisions !== TRANSACTIONS) throw new Error(`${decisions} decisions of ${TRANSACTIONS}`);
}

async function measure(name: string, rules: string): Promise<void> {
  // In the working folder, not in the system's for temporary files: that may be memory.
  const folder = mkdtempSync('data-bench-replay-');
  try {
    const path = join(folder, 'facts.db');
    const thread = await startStore(path);
    await activate(thread.client, rules);
    await fill(thread.client, TRANSACTIONS);
    await thread.close();
    const store = readingStore(path);
    const scans: number[] = [];
    const folds: number[] = [];
    const threaded: number[] = [];
    const clockedScans: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      scans.push(scan(store));
      folds.push(await fold(store));
      clockedScans.push(await clocked(() => scanAndParse(store)));
      threaded.push(await clocked(() => foldInThreads(path, store, THREADS)));
    }
    store.close();
    const ratio = median(folds.map((rate, i) => rate / scans[i]!));
    report({ name: `replay, ${name}`, value: median(folds), unit: '1/s', ratio, against: 'scan and parse' });
    const onClock = median(threaded.map((rate, i) => rate / clockedScans[i]!));
    report({
      name: `replay by ${THREADS} threads on the clock, ${name}`,
      value: median(threaded),
      unit: '1/s',
      ratio: onClock,
      against: 'scan and parse on the clock',
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await measure('12 features and 10 rules', TEN_RULES);
await measure('the rule set that ships', readFileSync(defaultFile('card-payments.yaml'), 'utf8'));
