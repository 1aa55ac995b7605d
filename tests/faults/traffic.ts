import type { Transaction } from '../../domain/transaction.ts';
import { randomFrom } from '../../infra/simulator/random.ts';

const DAY_MS = 86_400_000;
/** Event time of a run goes on from here: the door takes what is up to a week old, late ones go back three days. */
const BACK_MS = 3 * DAY_MS;
const LATE_MS = [5_000, 600_000, BACK_MS];
const ROUNDS_OF_A_HOT_ACCOUNT = 8;

export interface Traffic {
  next(round: number): Transaction;
}

/**
 * Payments over many accounts, some of them hot: at equal times, late, of amount zero, in a currency without a rate,
 * with ids that other accounts use too. The same seed gives the same payments, but for where their time begins.
 * @param accounts besides the hot ones
 */
export function traffic(seed: string, nowMs: number, accounts = 400): Traffic {
  const random = randomFrom(`traffic ${seed}`);
  const counts = new Map<string, number>();
  let clockMs = nowMs - BACK_MS;

  function account(round: number): string {
    if (random.perMille(350)) return `hot-${Math.floor(round / ROUNDS_OF_A_HOT_ACCOUNT)}-${random.below(4)}`;
    return `account-${random.below(accounts)}`;
  }

  function amountMinor(): number {
    if (random.perMille(20)) return 0;
    const usual = random.between(500, 20_000);
    return random.perMille(40) ? usual * 20 : usual;
  }

  return {
    next(round) {
      const accountId = account(round);
      const count = (counts.get(accountId) ?? 0) + 1;
      counts.set(accountId, count);
      if (!random.perMille(100)) clockMs += random.below(2_000);
      const lateMs = random.perMille(120) ? random.below(random.pick(LATE_MS)) : 0;
      const payment: Transaction = {
        transactionId: `payment-${count}`,
        accountId,
        amountMinor: amountMinor(),
        currency: random.perMille(30) ? 'USD' : 'EUR',
        occurredAt: new Date(clockMs - lateMs).toISOString(),
        merchantId: `merchant-${random.below(50)}`,
        country: random.pick(['DE', 'DE', 'DE', 'DE', 'FR', 'US']),
        outcome: random.perMille(100) ? 'declined' : 'authorised',
      };
      if (!random.perMille(200)) payment.deviceId = `device-${random.perMille(40) ? count : random.below(3)}`;
      if (random.perMille(200)) payment.ipAddress = `192.0.2.${random.below(256)}`;
      if (random.perMille(50)) payment.attributes = { items: random.below(10), gift: random.perMille(500) };
      return payment;
    },
  };
}
