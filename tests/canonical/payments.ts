import type { LabelInput } from '../../domain/door/parse-label.ts';
import { CHANNELS, ENTRY_MODES, type Transaction } from '../../domain/transaction.ts';
import { type Random, randomFrom } from '../../infra/simulator/random.ts';

/** What a canonical history is made after. */
export interface HistoryShape {
  seed: string;
  transactions: number;
  accounts: number;
  merchants: number;
  /** On average, between two transactions of the file. */
  everyMs: number;
  currencies: readonly string[];
  amountMinor(random: Random): number;
  /** Of a thousand transactions, so many are labelled as fraud. */
  fraudsPerMille: number;
}

const START_MS = Date.UTC(2024, 0, 5);
const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Where the canonical rule sets have windows that begin or end. */
const EDGES_MS = [
  ...[1, 600].map((seconds) => seconds * SECOND_MS),
  ...[1, 6, 12, 24].map((hours) => hours * HOUR_MS),
  ...[2, 3, 5, 7, 30, 33, 35, 60, 62, 90, 91].map((days) => days * DAY_MS),
];

/** When a transaction occurs, and the one before that it resembles, if any. */
interface Moment {
  occurredAtMs: number;
  like: Transaction | undefined;
}

/**
 * A history of everything that is hard: late rows, equal times, times exactly at the edges of windows, absent fields,
 * repeats, labels and their corrections.
 */
export function historyOf(shape: HistoryShape): { transactions: Transaction[]; labels: LabelInput[] } {
  const random = randomFrom(shape.seed);
  const transactions: Transaction[] = [];
  const labels: LabelInput[] = [];
  let nowMs = START_MS;
  let accountId = 'a-0';
  for (let i = 1; transactions.length < shape.transactions; i++) {
    const isBurst = random.perMille(250);
    if (!isBurst) accountId = `a-${skewed(random, shape.accounts)}`;
    nowMs += gapMs(random, isBurst, shape.everyMs);
    const { occurredAtMs, like } = atAnEdge(random, transactions, nowMs) ?? {
      occurredAtMs: nowMs - latenessMs(random),
      like: undefined,
    };
    if (like !== undefined && random.perMille(700)) ({ accountId } = like);
    const transaction = {
      ...payment(random, shape, { transactionId: `t-${i}`, accountId, occurredAtMs }),
      ...(like !== undefined && placeOf(like)),
    };
    transactions.push(transaction);
    labels.push(...labelsOf(random, shape, transaction, nowMs));
    if (random.perMille(10)) transactions.push(random.pick(transactions));
  }
  // A file of labels has no order of its own: each says when it was known.
  return { transactions, labels: labels.toReversed() };
}

/** Exactly as long after an earlier transaction as some window reaches, or a millisecond beside that. */
function atAnEdge(random: Random, earlier: readonly Transaction[], nowMs: number): Moment | undefined {
  if (!random.perMille(300) || earlier.length === 0) return undefined;
  for (let tries = 0; tries < 40; tries++) {
    const like = random.pick(earlier);
    const besideMs = random.pick([0, 0, 0, -1, 1]);
    const occurredAtMs = Date.parse(like.occurredAt) + random.pick(EDGES_MS) + besideMs;
    if (occurredAtMs <= nowMs && occurredAtMs > nowMs - 3 * HOUR_MS) return { occurredAtMs, like };
  }
  return undefined;
}

/** Where and by what it was paid: the entities it belongs to. */
function placeOf(like: Transaction): Partial<Transaction> {
  const { merchantId, counterpartyId, cardToken, deviceId, ipAddress, country, attributes } = like;
  const place = { merchantId, counterpartyId, cardToken, deviceId, ipAddress, country, attributes };
  return Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined));
}

/** The first of n are the busiest: some accounts and merchants are in every twentieth payment, others in few. */
const skewed = (random: Random, n: number): number => random.below(random.between(1, n));

function gapMs(random: Random, isBurst: boolean, everyMs: number): number {
  if (random.perMille(150)) return 0;
  return isBurst ? random.between(1, 20 * SECOND_MS) : random.between(0, 2 * everyMs);
}

/** Some are a little late, some by more than the windows' memory keeps. */
function latenessMs(random: Random): number {
  const kind = random.weighted([905, 60, 25, 10]);
  if (kind === 0) return 0;
  if (kind === 1) return random.between(1, 6 * HOUR_MS);
  return kind === 2 ? random.between(1, 6) * DAY_MS : random.between(8, 100) * DAY_MS;
}

function payment(
  random: Random,
  { merchants, currencies, amountMinor }: HistoryShape,
  {
    transactionId,
    accountId,
    occurredAtMs,
  }: { transactionId: string; accountId: string; occurredAtMs: number },
): Transaction {
  const merchant = skewed(random, merchants);
  const have = <T extends object>(perMille: number, fields: T): Partial<T> =>
    random.perMille(perMille) ? fields : {};
  return {
    transactionId,
    accountId,
    amountMinor: amountMinor(random),
    currency: random.pick(currencies),
    occurredAt: written(random, occurredAtMs),
    ...have(950, { merchantId: `m-${merchant}`, merchantCategory: random.pick(['5411', '6051', '4829']) }),
    ...have(800, { merchantCountry: random.pick(['DE', 'FR', 'NG']) }),
    ...have(700, { country: random.pick(['DE', 'DE', 'FR', 'US']) }),
    ...have(200, { counterpartyId: `p-${random.below(9)}` }),
    ...have(900, { channel: random.pick(CHANNELS) }),
    ...have(600, { entryMode: random.pick(ENTRY_MODES) }),
    ...have(500, { type: random.pick(['authorization', 'refund', 'transfer'] as const) }),
    ...have(400, { direction: random.pick(['debit', 'credit'] as const) }),
    ...have(800, { cardToken: `c-${accountId}-${random.below(2)}` }),
    ...have(600, { deviceId: `d-${skewed(random, 40)}` }),
    ...have(500, { ipAddress: `192.0.2.${skewed(random, 60)}` }),
    ...have(600, {
      latitude: random.between(-90_000, 90_000) / 1_000,
      longitude: random.between(-180_000, 180_000) / 1_000,
    }),
    ...have(800, { outcome: random.pick(['authorised', 'authorised', 'declined'] as const) }),
    ...have(850, { attributes: attributes(random) }),
  };
}

/** A few are of another type than the rule sets declare. */
function attributes(random: Random): Record<string, string | number | boolean> {
  return {
    basketSize: random.perMille(30) ? 'many' : random.between(1, 4_000) / 8,
    terminal: random.perMille(30) ? 17 : `term-${skewed(random, 12)}`,
    isGuest: random.perMille(300),
  };
}

/** The same instant may be written in several ways. */
function written(random: Random, ms: number): string {
  if (random.perMille(100)) {
    return new Date(ms + 2 * HOUR_MS).toISOString().replace('Z', '+02:00');
  }
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** From a day after the transaction stood in the file on; a fifth of the frauds turn out to be none after all. */
function labelsOf(
  random: Random,
  { fraudsPerMille }: HistoryShape,
  { transactionId, accountId }: Transaction,
  nowMs: number,
): LabelInput[] {
  const isFraud = random.perMille(fraudsPerMille);
  if (!isFraud && !random.perMille(fraudsPerMille / 4)) return [];
  const about = { transactionId, ...(random.perMille(500) && { accountId }) };
  const knownMs = nowMs + random.between(1, 12) * DAY_MS;
  const first: LabelInput = {
    ...about,
    label: isFraud ? 'fraud' : 'genuine',
    source: 'chargeback',
    knownAt: new Date(knownMs).toISOString(),
  };
  if (!random.perMille(200)) return [first];
  const knownAt = new Date(knownMs + random.between(1, 20 * DAY_MS)).toISOString();
  return [first, { ...about, label: isFraud ? 'genuine' : 'fraud', source: 'analyst', knownAt }];
}
