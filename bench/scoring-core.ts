/**
 * The scoring core alone: window update, 12 features over five window lengths and 10 rules for each transaction,
 * over the cost of JSON.parse of the same transactions. Then one hot account with a million events in a window.
 */
import type { TransactionSubmitted } from '../domain/facts.ts';
import { scoringPlan } from '../domain/risk-fold.ts';
import { median, report } from './report.ts';
import { parsed, TEN_RULES } from './rules.ts';

const CHANNELS = ['card_present', 'card_not_present', 'atm'] as const;
const START_MS = Date.parse('2026-01-01T00:00:00Z');

/** A linear congruential generator: the same traffic in every run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** Ranks of a Zipf distribution with exponent 1.1, by inverting its cumulative weights. */
function zipfOf(ranks: number): (uniform: number) => number {
  const cumulative: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= ranks; rank++) {
    sum += rank ** -1.1;
    cumulative.push(sum);
  }
  return (uniform) => {
    let low = 0;
    let high = ranks - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle]! < uniform * sum) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

function traffic(count: number, accounts: number, stepMs: number): string[] {
  const random = randomOf(42);
  const zipf = zipfOf(accounts);
  return Array.from({ length: count }, (_, i) => {
    const account = zipf(random());
    const submitted: TransactionSubmitted = {
      transaction: {
        transactionId: `tx-${String(i).padStart(10, '0')}`,
        accountId: `acct-${String(account).padStart(8, '0')}`,
        amountMinor: Math.floor(random() * 20_000),
        currency: 'EUR',
        occurredAt: new Date(START_MS + Math.floor(i * stepMs)).toISOString(),
        merchantId: `merchant-${Math.floor(random() * 2_000)}`,
        merchantCategory: '5411',
        merchantCountry: 'DE',
        country: 'DE',
        channel: CHANNELS[Math.floor(random() * 3)]!,
        cardToken: `card-${account}`,
        deviceId: `device-${account}`,
        outcome: random() < 0.05 ? 'declined' : 'authorised',
        type: 'authorization',
      },
      amountBaseMinor: Math.floor(random() * 20_000),
      ratesVersion: null,
      receivedAtMs: START_MS,
      origin: 'live',
    };
    return JSON.stringify(submitted);
  });
}

function planOf(rules: string) {
  const ruleSet = parsed(rules);
  return scoringPlan(ruleSet, { name: ruleSet.name, version: 1 });
}

/** Processor time of this thread: what else the machine does is not counted. */
function nsPer(count: number, work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return ((user + system) * 1_000) / count;
}

interface Account {
  state: ReturnType<ReturnType<typeof planOf>['open']>;
  next: number;
}

/** Accounts by id, opened where they are first met. */
function accountsOf(plan: ReturnType<typeof planOf>): (id: string) => Account {
  const accounts = new Map<string, Account>();
  return (id) => {
    let account = accounts.get(id);
    if (account === undefined) {
      account = { state: plan.open(), next: 0 };
      accounts.set(id, account);
    }
    return account;
  };
}

const HISTORY = 300_000;
const BATCH = 256;

/**
 * Transactions come in batches, as from the log: a batch is parsed, then scored, each timed for itself. The first
 * half of the traffic is history; the second counts.
 */
function scoringOverParsing(lines: readonly string[]): { parseNs: number; scoreNs: number } {
  const plan = planOf(TEN_RULES);
  const accountOf = accountsOf(plan);
  const batch: { submitted: TransactionSubmitted; account: Account }[] = [];
  let parseNs = 0;
  let scoreNs = 0;
  for (let at = 0; at < lines.length; at += BATCH) {
    const slice = lines.slice(at, at + BATCH);
    const parsed: TransactionSubmitted[] = [];
    const parse = nsPer(1, () => {
      for (const line of slice) parsed.push(JSON.parse(line) as TransactionSubmitted);
    });
    batch.length = 0;
    for (const submitted of parsed)
      batch.push({ submitted, account: accountOf(submitted.transaction.accountId) });
    const score = nsPer(1, () => {
      for (const { submitted, account } of batch) plan.apply(account.state, submitted, account.next++, 1);
    });
    if (at < HISTORY) continue;
    parseNs += parse;
    scoreNs += score;
  }
  return { parseNs: parseNs / (lines.length - HISTORY), scoreNs: scoreNs / (lines.length - HISTORY) };
}

/**
 * The same, one by one: parsed, its account found, and in every other pass scored at once. Scoring is what the second
 * pass takes longer, with what parsing and scoring cost each other in the processor's caches.
 */
function oneByOne(lines: readonly string[]): number {
  const plan = planOf(TEN_RULES);
  const accountOf = accountsOf(plan);
  const find = (line: string) => {
    const submitted = JSON.parse(line) as TransactionSubmitted;
    return { submitted, account: accountOf(submitted.transaction.accountId) };
  };
  const score = (line: string) => {
    const { submitted, account } = find(line);
    plan.apply(account.state, submitted, account.next++, 1);
  };
  const counted = lines.slice(HISTORY);
  for (let i = 0; i < HISTORY; i++) score(lines[i]!);
  const found = nsPer(counted.length, () => counted.forEach(find));
  return nsPer(counted.length, () => counted.forEach(score)) - found;
}

function scoringCore(): void {
  const lines = traffic(2 * HISTORY, 20_000, 4_320);
  const rounds = Array.from({ length: 7 }, () => ({
    ...scoringOverParsing(lines),
    oneByOneNs: oneByOne(lines),
  }));
  const against = 'JSON.parse';
  const unit = 'ns/transaction';
  report({
    name: 'scoring core',
    value: median(rounds.map(({ scoreNs }) => scoreNs)),
    unit,
    ratio: median(rounds.map(({ scoreNs, parseNs }) => scoreNs / parseNs)),
    against,
  });
  report({
    name: 'scoring core, not in batches',
    value: median(rounds.map(({ oneByOneNs }) => oneByOneNs)),
    unit,
    ratio: median(rounds.map(({ oneByOneNs, parseNs }) => oneByOneNs / parseNs)),
    against,
  });
}

/** One account, events evenly spread so that a million are inside 90 days; the last 200,000 are timed. */
function hotAccount(): void {
  const stepMs = (90 * 86_400_000) / 1_000_000;
  const submitted = traffic(1_200_000, 1, stepMs).map((line) => JSON.parse(line) as TransactionSubmitted);
  const rules = (window: string) => TEN_RULES.replace(/window: \w+/g, `window: ${window}`);
  const timed = (window: string) => {
    const plan = planOf(rules(window));
    const state = plan.open();
    for (let i = 0; i < 1_000_000; i++) plan.apply(state, submitted[i]!, i, i + 1);
    return nsPer(200_000, () => {
      for (let i = 1_000_000; i < 1_200_000; i++) plan.apply(state, submitted[i]!, i, i + 1);
    });
  };
  const short: number[] = [];
  const long: number[] = [];
  for (let round = 0; round < 3; round++) {
    short.push(timed('1m'));
    long.push(timed('90d'));
  }
  const ratio = median(long) / median(short);
  report({
    name: 'hot account, 1 M events in 90 d',
    value: median(long),
    unit: 'ns/transaction',
    ratio,
    against: 'a window of 1 min',
  });

  globalThis.gc?.();
  const before = process.memoryUsage();
  const plan = planOf(rules('90d'));
  const state = plan.open();
  for (let i = 0; i < 1_000_000; i++) plan.apply(state, submitted[i]!, i, i + 1);
  globalThis.gc?.();
  const after = process.memoryUsage();
  const bytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  report({ name: 'memory per event in a window', value: bytes / state.eventsHeld, unit: 'bytes' });
}

scoringCore();
hotAccount();
