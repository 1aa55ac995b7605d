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

const more = (a: number | undefined, b: number | undefined): Truth =>
  a === undefined || b === undefined ? undefined : a > b;

/**
 * The decision on a payment by brute force: docs/rules.md read literally, every window by looking at every earlier
 * payment. Shares no code with the fold.
 * @param earlier all payments of the account with lower revisions
 * @param elsewhere all payments with lower positions whose field has the same value
 * @param isWatched whether its merchant is on the list for it
 * @param version of the rule set in force at its position
 */
export function expectedDecision(
  earlier: readonly Paid[],
  elsewhere: Record<EntityField, readonly Paid[]>,
  it: Paid,
  isWatched: boolean,
  version: number,
): Expected {
  const seen = seenBy(earlier, it);
  const seenThere = seenElsewhere(elsewhere, it);
  const tried = triedRules(it, seen);
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
    features: [...Object.values(seen), ...Object.values(seenThere), isWatched].map((value) => value ?? null),
    undefinedRules: tried.filter(([, , , met]) => met === undefined).map(([rule]) => rule),
    lateByMs: Math.max(0, ...earlier.map((paid) => timeOf(paid) - timeOf(it))),
  };
}

/** The features, in the order of the rule set. */
function seenBy(earlier: readonly Paid[], it: Paid) {
  const atMs = timeOf(it);
  const before = earlier.filter((paid) => timeOf(paid) <= atMs);
  const upToNow = [...before, it];
  const within = (members: readonly Paid[], windowMs: number) =>
    members.filter((paid) => timeOf(paid) > atMs - windowMs);
  const amounts = (members: readonly Paid[]) => members.map(baseOf).filter(isThere);
  const earlierAmounts = amounts(within(before, 2 * DAY));
  const hasAmounts = earlierAmounts.length > 0;
  const latest = before.toSorted((a, b) => timeOf(a) - timeOf(b) || a.revision - b.revision).at(-1);
  const { deviceId } = it.transaction;
  const isNew = !before.some((paid) => paid.transaction.deviceId === deviceId);
  return {
    count10m: within(upToNow, 10 * MINUTE).length,
    sum1d: total(amounts(within(upToNow, DAY))),
    meanBefore: hasAmounts ? total(earlierAmounts) / earlierAmounts.length : undefined,
    maxBefore: hasAmounts ? Math.max(...earlierAmounts) : undefined,
    merchants1h: new Set(within(upToNow, HOUR).map(({ transaction }) => transaction.merchantId)).size,
    declined6h: within(upToNow, 6 * HOUR).filter(({ transaction }) => transaction.outcome === 'declined')
      .length,
    since: latest === undefined ? undefined : (atMs - timeOf(latest)) / 1_000,
    lastCountry: latest?.transaction.country,
    newDevice: deviceId === undefined ? undefined : isNew,
  };
}

export type EntityField = 'merchantId' | 'deviceId';

/** The features of merchants and devices, in the order of the rule set. */
function seenElsewhere(elsewhere: Record<EntityField, readonly Paid[]>, it: Paid) {
  const atMs = timeOf(it);
  const within = (members: readonly Paid[], windowMs: number) =>
    members.filter((paid) => timeOf(paid) <= atMs && timeOf(paid) > atMs - windowMs);
  const { merchantId, deviceId } = elsewhere;
  const hasDevice = it.transaction.deviceId !== undefined;
  const accounts = [...within(deviceId, DAY), it].map(({ transaction }) => transaction.accountId);
  return {
    atMerchant1h: within(merchantId, HOUR).length + 1,
    merchantBefore6h: total(
      within(merchantId, 6 * HOUR)
        .map(baseOf)
        .filter(isThere),
    ),
    deviceAccounts1d: hasDevice ? new Set(accounts).size : undefined,
  };
}

type Rule = [id: string, points: number, reason: string, met: Truth];

function triedRules(it: Paid, seen: ReturnType<typeof seenBy>): Rule[] {
  const base = baseOf(it);
  const { count10m, sum1d, meanBefore, maxBefore, merchants1h, declined6h } = seen;
  const { since, lastCountry, newDevice } = seen;
  const hasMoved = lastCountry === undefined ? undefined : it.transaction.country !== lastCountry;
  return [
    ['burst', 30, 'BURST', count10m >= 30],
    ['jump', 35, 'UNUSUAL', more(base, meanBefore === undefined ? undefined : 4 * meanBefore)],
    ['record', 15, 'UNUSUAL', more(base, maxBefore)],
    ['device', 25, 'DEVICE', both(newDevice, since !== undefined)],
    ['declined', 20, 'DECLINED', declined6h >= 2],
    ['moved', 20, 'MOVED', both(hasMoved, more(3_600, since))],
    ['spread', 10, 'SPREAD', merchants1h >= 4 && sum1d > 50_000],
  ];
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
