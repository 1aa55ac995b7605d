/**
 * A backtest of one rule set on the store, figures included, as a share of only scanning the store and parsing what
 * it holds, on one thread; and the same shared out among two threads, in wall time. All taken in turns in one run.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { backtestReport } from '../domain/backtest/backtest-report.ts';
import type { RuleSet } from '../domain/rules/rule-set.ts';
import { parseRuleSet } from '../domain/rules/rule-set-parse.ts';
import type { HistoryAddress } from '../infra/backtest/history-store.ts';
import { tryInThreads } from '../infra/backtest/try-in-threads.ts';
import { defaultFile } from '../infra/default-files.ts';
import { type ReadingStore, readingStore } from '../infra/event-store/reading-store.ts';
import { startStore } from '../infra/event-store/store-thread.ts';
import { median, report } from './report.ts';
import { TEN_RULES } from './rules.ts';
import { activate, fill, scanAndParse } from './stored-history.ts';

const quick = process.argv.includes('--quick');
/** Threads take a while to become fast: of a short history two of them spare nothing. */
const TRANSACTIONS = quick ? 60_000 : 900_000;
const ROUNDS = quick ? 2 : 3;

const EVERYTHING = { fromMs: null, toMs: null };

interface Seconds {
  processor: number;
  wall: number;
}

async function timed(work: () => Promise<void> | void): Promise<Seconds> {
  const start = process.threadCpuUsage();
  const startMs = performance.now();
  await work();
  const wall = (performance.now() - startMs) / 1_000;
  const { user, system } = process.threadCpuUsage(start);
  return { processor: (user + system) / 1e6, wall };
}

async function backtest(address: HistoryAddress, definition: RuleSet, threads: number): Promise<void> {
  const sets = [{ name: 'bench', role: 'candidate', definition }] as const;
  const tried = await tryInThreads(
    address,
    { sets, period: EVERYTHING, labelsKnownByMs: Infinity },
    threads,
    () => undefined,
  );
  const { transactions } = backtestReport({
    source: { kind: 'store', text: 'bench', through: tried.through },
    ...EVERYTHING,
    ...tried,
    labelsUsed: 'final',
    policy: { unlabelled: 'genuine', ripeAfterMs: 0, asOfMs: tried.newestMs },
    cardsADay: 100,
    mostExamples: 10,
  });
  if (transactions !== TRANSACTIONS) throw new Error(`${transactions} transactions of ${TRANSACTIONS}`);
}

async function rounds(store: ReadingStore, address: HistoryAddress, definition: RuleSet) {
  const taken: { scan: Seconds; one: Seconds; two: Seconds }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    taken.push({
      scan: await timed(() => scanAndParse(store)),
      one: await timed(() => backtest(address, definition, 1)),
      two: await timed(() => backtest(address, definition, 2)),
    });
  }
  return taken;
}

async function measure(name: string, rules: string): Promise<void> {
  const parsed = parseRuleSet(rules);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  // In the working folder, not in the system's for temporary files: that may be memory.
  const folder = mkdtempSync('data-bench-backtest-');
  try {
    const path = join(folder, 'facts.db');
    const thread = await startStore(path);
    await activate(thread.client, rules);
    await fill(thread.client, TRANSACTIONS);
    await thread.close();
    const store = readingStore(path);
    const taken = await rounds(store, { kind: 'file', path }, parsed.ruleSet);
    store.close();
    report({
      name: `backtest, ${name}`,
      value: median(taken.map(({ one }) => TRANSACTIONS / one.processor)),
      unit: '1/s',
      ratio: median(taken.map(({ scan, one }) => scan.processor / one.processor)),
      against: 'scan and parse',
    });
    if (quick) return;
    report({
      name: `backtest, ${name}, two threads`,
      value: median(taken.map(({ two }) => TRANSACTIONS / two.wall)),
      unit: '1/s',
      ratio: median(taken.map(({ one, two }) => one.wall / two.wall)),
      against: 'one thread',
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await measure('12 features and 10 rules', TEN_RULES);
await measure('the rule set that ships', readFileSync(defaultFile('card-payments.yaml'), 'utf8'));
