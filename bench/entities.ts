/**
 * What features of merchants cost beside those of accounts: ten of each, over five window lengths, on the same
 * transactions; one merchant that has a share of everything, whatever its window's length; and what accounts and
 * merchants with few events each take of memory.
 */
import type { TransactionSubmitted } from '../domain/facts.ts';
import { type AccountState, scoringPlan } from '../domain/risk-fold.ts';
import { EntityMemory } from '../domain/scoring/entity-memory.ts';
import { randomFrom } from '../infra/simulator/random.ts';
import { median, report } from './report.ts';
import { parsed } from './rules.ts';

const QUICK = process.argv.includes('--quick');
const START_MS = Date.parse('2026-01-01T00:00:00Z');
const DAY_MS = 86_400_000;

const WINDOWS = ['5m', '1h', '24h', '7d', '30d'];

/** Ten features: count and sum over five windows. */
const tenFeatures = (prefix: string, per: string, windows = WINDOWS) =>
  windows
    .flatMap((window, i) => [
      `  ${prefix}_count_${i}: { aggregate: count, window: ${window}, per: ${per} }`,
      `  ${prefix}_sum_${i}: { aggregate: sum, window: ${window}, per: ${per} }`,
    ])
    .join('\n');

function planOf(...features: string[]) {
  const ruleSet = parsed(`name: entities
features:
${features.join('\n')}
rules: [{ id: r, when: amountBaseMinor > 15000, points: 60, reason: LARGE }]
thresholds: { review: 50, decline: 80 }
`);
  return scoringPlan(ruleSet, { name: ruleSet.name, version: 1 });
}

type Plan = ReturnType<typeof planOf>;

interface TrafficOptions {
  count: number;
  accounts: number;
  merchants: number;
  stepMs: number;
  /** Of payments at the first merchant, beside its chance share. */
  hotPerMille?: number;
}

function* traffic(options: TrafficOptions): Generator<TransactionSubmitted> {
  const { count, accounts, merchants, stepMs, hotPerMille = 0 } = options;
  const random = randomFrom('entities');
  for (let i = 0; i < count; i++) {
    const amountMinor = random.below(20_000);
    yield {
      transaction: {
        transactionId: `tx-${i}`,
        accountId: `acct-${random.below(accounts)}`,
        amountMinor,
        currency: 'EUR',
        occurredAt: new Date(START_MS + Math.floor(i * stepMs)).toISOString(),
        merchantId: random.perMille(hotPerMille) ? 'merchant-0' : `merchant-${random.below(merchants)}`,
      },
      amountBaseMinor: amountMinor,
      ratesVersion: null,
      receivedAtMs: START_MS,
      origin: 'live',
    };
  }
}

/** Folds them in as the log and a processor do. */
function folding(plan: Plan) {
  const accounts = new Map<string, AccountState>();
  const entities = new EntityMemory(plan.entities, false);
  let position = 0;
  const one = (submitted: TransactionSubmitted): void => {
    const { accountId } = submitted.transaction;
    let state = accounts.get(accountId);
    if (state === undefined) {
      state = plan.open();
      accounts.set(accountId, state);
    }
    position += 1;
    const stamps = entities.stamp(submitted, position);
    plan.apply(state, submitted, state.revision + 1, position, stamps);
  };
  return { one, accounts, entities };
}

/** Processor time of this thread, of the second half: the first is history. */
function nsPerTransaction(plan: Plan, all: readonly TransactionSubmitted[]): number {
  const { one } = folding(plan);
  const half = all.length / 2;
  for (let i = 0; i < half; i++) one(all[i]!);
  const before = process.threadCpuUsage();
  for (let i = half; i < all.length; i++) one(all[i]!);
  const { user, system } = process.threadCpuUsage(before);
  return ((user + system) * 1_000) / half;
}

const ROUNDS = QUICK ? 3 : 5;

function cost(): void {
  const count = QUICK ? 200_000 : 600_000;
  const all = [...traffic({ count, accounts: 20_000, merchants: 5_000, stepMs: 4_320 })];
  const rounds = Array.from({ length: ROUNDS }, () => ({
    account: nsPerTransaction(planOf(tenFeatures('a', 'account')), all),
    both: nsPerTransaction(planOf(tenFeatures('a', 'account'), tenFeatures('m', 'merchant')), all),
  }));
  const unit = 'ns/transaction';
  report({ name: '10 features of the account', value: median(rounds.map(({ account }) => account)), unit });
  report({
    name: '10 of the account, 10 of the merchant',
    value: median(rounds.map(({ both }) => both)),
    unit,
    ratio: median(rounds.map(({ account, both }) => both / account)),
    against: 'those of the account',
  });
}

/** A twentieth of all payments, and every window of the one length. */
function hotMerchant(): void {
  const count = QUICK ? 300_000 : 1_000_000;
  const all = [
    ...traffic({
      count,
      accounts: 20_000,
      merchants: 5_000,
      stepMs: (120 * DAY_MS) / count,
      hotPerMille: 50,
    }),
  ];
  const timed = (window: string) =>
    nsPerTransaction(planOf(tenFeatures('m', 'merchant', [window, window, window, window, window])), all);
  const rounds = Array.from({ length: ROUNDS }, () => ({ short: timed('1m'), long: timed('60d') }));
  report({
    name: 'a merchant with 5 % of all payments, windows of 60 d',
    value: median(rounds.map(({ long }) => long)),
    unit: 'ns/transaction',
    ratio: median(rounds.map(({ long, short }) => long / short)),
    against: 'windows of 1 min',
  });
}

function heapBytes(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Thirty events each, all in the longest window; one event is made after the other, and let go. */
function memory(of: 'account' | 'merchant'): void {
  const each = QUICK ? 20_000 : 100_000;
  const count = 30 * each;
  const shares = of === 'account' ? { accounts: each, merchants: 1 } : { accounts: 1, merchants: each };
  const before = heapBytes();
  const { one, accounts, entities } = folding(planOf(tenFeatures('f', of)));
  for (const submitted of traffic({ count, stepMs: (25 * DAY_MS) / count, ...shares })) one(submitted);
  const bytes = heapBytes() - before;
  const held = of === 'account' ? accounts.size : entities.size;
  report({ name: `a million ${of}s with 30 events each`, value: (bytes / held) * 1e-3, unit: 'GB' });
}

cost();
hotMerchant();
memory('account');
memory('merchant');
