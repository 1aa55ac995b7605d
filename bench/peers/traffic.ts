import type { TransactionSubmitted } from '../../domain/facts.ts';

export const ACCOUNTS = 20_000;
const DAYS = 30;
const MERCHANTS = 2_000;
const START_MS = Date.parse('2026-01-01T00:00:00Z');
const CHANNELS = ['card_present', 'card_not_present', 'atm'] as const;

/** Between two payments where `count` of them make the 30 days, in ms. */
export const stepOf = (count: number): number => (DAYS * 86_400_000) / count;

/** Payments in the order of their times, the same in every run: accounts by Zipf 1.1, amounts by Pareto 2. */
export function* payments(count: number, stepMs: number): Generator<TransactionSubmitted> {
  const random = randomOf(42);
  const zipf = zipfOf(ACCOUNTS, 1.1);
  for (let i = 0; i < count; i++) yield payment(i, zipf(random()), stepMs, random);
}

/** The same of so many accounts in turn. */
export function payInTurn(
  accounts: number,
): (count: number, stepMs: number) => Generator<TransactionSubmitted> {
  return function* (count, stepMs) {
    const random = randomOf(42);
    for (let i = 0; i < count; i++) yield payment(i, i % accounts, stepMs, random);
  };
}

function payment(i: number, account: number, stepMs: number, random: () => number): TransactionSubmitted {
  const amountMinor = Math.min(500_000, Math.floor(300 / Math.sqrt(1 - random())));
  return {
    transaction: {
      transactionId: `tx-${String(i).padStart(9, '0')}`,
      accountId: `acct-${String(account).padStart(8, '0')}`,
      amountMinor,
      currency: 'EUR',
      occurredAt: new Date(START_MS + Math.floor(i * stepMs)).toISOString(),
      merchantId: `merchant-${Math.floor(random() * MERCHANTS)}`,
      merchantCategory: '5411',
      channel: CHANNELS[Math.floor(random() * 3)]!,
      type: 'authorization',
      outcome: random() < 0.05 ? 'declined' : 'authorised',
    },
    amountBaseMinor: amountMinor,
    ratesVersion: null,
    receivedAtMs: START_MS,
    origin: 'live',
  };
}

/** A linear congruential generator. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** Ranks of a Zipf distribution, by inverting its cumulative weights. */
function zipfOf(ranks: number, exponent: number): (uniform: number) => number {
  let sum = 0;
  const cumulative = Array.from({ length: ranks }, (_, i) => (sum += (i + 1) ** -exponent));
  return (uniform) => {
    let low = 0;
    for (let high = ranks - 1; low < high; ) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle]! < uniform * sum) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
