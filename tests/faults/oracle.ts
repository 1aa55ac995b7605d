import type { Transaction } from '../../domain/transaction.ts';
import { FIRST, STRICTER } from './rules.ts';

/** One payment of an account, in the order of its stream. */
export interface Paid {
  transaction: Transaction;
  revision: number;
  position: number;
}

export interface Expected {
  score: number;
  decision: string;
  reasons: string[];
  hits: { rule: string; points: number; reason: string }[];
  features: (number | string | boolean | null)[];
  undefinedRules: string[];
  lateByMs: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** True, false, or missing. */
type Truth = boolean | undefined;

const timeOf = ({ transaction }: Paid) => Date.parse(transaction.occurredAt);
const baseOf = ({ transaction }: Paid) =>
  transaction.currency === 'EUR' ? transaction.amountMinor : undefined;
const isThere = <T>(value: T | undefined): value is T => value !== undefined;
const both = (a: Truth, b: Truth): Truth =>
  a === false || b === false ? false : a === undefined || b === undefined ? undefined : true;

/**
 * The decision on a payment by brute force: docs/rules.md read literally, every window by looking at every earlier
 * payment. Shares no code with the fold.
 * @param earlier all payments of the account with lower revisions
 * @param version of the rule set in force at its position
 */
export function expectedDecision(earlier: readonly Paid[], it: Paid, version: number): Expected {
  const atMs = timeOf(it);
  const before = earlier.filter((paid) => timeOf(paid) <= atMs);
  const within = (members: readonly Paid[], windowMs: number) =>
    members.filter((paid) => timeOf(paid) > atMs - windowMs);
  const upToNow = [...before, it];
  const amountsBefore = within(before, 2 * DAY)
    .map(baseOf)
    .filter(isThere);
  const byTime = before.toSorted((a, b) => timeOf(a) - timeOf(b) || a.revision - b.revision);
  const { deviceId, country } = it.transaction;

  const count10m = within(upToNow, 10 * MINUTE).length;
  const sum1d = total(within(upToNow, DAY).map(baseOf).filter(isThere));
  const meanBefore = amountsBefore.length === 0 ? undefined : total(amountsBefore) / amountsBefore.length;
  const maxBefore = amountsBefore.length === 0 ? undefined : Math.max(...amountsBefore);
  const merchants1h = new Set(within(upToNow, HOUR).map((paid) => paid.transaction.merchantId)).size;
  const declined6h = within(upToNow, 6 * HOUR).filter(
    (paid) => paid.transaction.outcome === 'declined',
  ).length;
  const latest = byTime.at(-1);
  const since = latest === undefined ? undefined : (atMs - timeOf(latest)) / 1_000;
  const lastCountry = latest?.transaction.country;
  const newDevice =
    deviceId === undefined ? undefined : !before.some((paid) => paid.transaction.deviceId === deviceId);

  const base = baseOf(it);
  const more = (a: number | undefined, b: number | undefined): Truth =>
    a === undefined || b === undefined ? undefined : a > b;
  const tried: [string, number, string, Truth][] = [
    ['burst', 30, 'BURST', count10m >= 30],
    ['jump', 35, 'UNUSUAL', more(base, meanBefore === undefined ? undefined : 4 * meanBefore)],
    ['record', 15, 'UNUSUAL', more(base, maxBefore)],
    ['device', 25, 'DEVICE', both(newDevice, since !== undefined)],
    ['declined', 20, 'DECLINED', declined6h >= 2],
    [
      'moved',
      20,
      'MOVED',
      both(lastCountry === undefined ? undefined : country !== lastCountry, more(3_600, since)),
    ],
    ['spread', 10, 'SPREAD', merchants1h >= 4 && sum1d > 50_000],
  ];
  const hits = tried
    .filter(([, , , met]) => met === true)
    .map(([rule, points, reason]) => ({ rule, points, reason }));
  const score = Math.min(100, total(hits.map(({ points }) => points)));
  const { review, decline } = version === 1 ? FIRST : STRICTER;
  return {
    score,
    decision: score >= decline ? 'decline' : score >= review ? 'review' : 'approve',
    reasons: [...new Set(hits.map(({ reason }) => reason))],
    hits,
    features: [
      count10m,
      sum1d,
      meanBefore ?? null,
      maxBefore ?? null,
      merchants1h,
      declined6h,
      since ?? null,
      lastCountry ?? null,
      newDevice ?? null,
    ],
    undefinedRules: tried.filter(([, , , met]) => met === undefined).map(([rule]) => rule),
    lateByMs: Math.max(0, ...earlier.map((paid) => timeOf(paid) - atMs)),
  };
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
