import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LearntField } from '../amendment.ts';
import type { FeatureValue, TransactionSubmitted } from '../facts.ts';
import { distanceKm } from '../math/distance-km.ts';
import { type AccountState, scoringPlan } from '../risk-fold.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { parseRuleSet } from '../rules/rule-set-parse.ts';
import type { Transaction } from '../transaction.ts';
import { EntityMemory } from './entity-memory.ts';
import { byTime, FeatureWindow, type KnownTransaction, knownTransaction } from './feature-window.ts';

/**
 * The events that are shown of a window must make the very value that the fold gave the feature. What is made of
 * them here shares nothing with the fold; which they are, by the definition alone, is what is tested.
 */
const PER = ['account', 'merchant', 'till'];
const FEATURES = PER.flatMap((per) =>
  [
    'count: { aggregate: count, window: 5s',
    'count_prior: { aggregate: count, window: 9s, prior: true',
    'count_fraud: { aggregate: count, window: 8s, delay: 3s, where: \'label == "fraud"\'',
    'count_ever: { aggregate: count, window: lifetime',
    'sum: { aggregate: sum, of: amountBaseMinor, window: 7s',
    'sum_kept: { aggregate: sum, of: amountBaseMinor, window: 20s, where: not reversed',
    'mean: { aggregate: mean, of: amountBaseMinor, window: 6s, delay: 1s',
    'min: { aggregate: min, window: 6s, prior: true',
    'max: { aggregate: max, of: latitude, window: 11s',
    'distinct: { aggregate: distinct, of: deviceId, window: 9s, where: \'not (coalesce(outcome, "authorised") == "declined")\'',
    'distinct_ever: { aggregate: distinct, of: deviceId, window: lifetime, delay: 2s',
    'first: { aggregate: first, of: deviceId, window: 9s',
    'last: { aggregate: last, of: amountBaseMinor, window: 9s, prior: true, where: reversed',
    'last_outcome: { aggregate: last, of: outcome, window: 12s',
    'since: { aggregate: sinceLast',
    'since_atm: { aggregate: sinceLast, where: amountMinor > 4',
    'is_new: { aggregate: firstSeen, of: deviceId',
    'speed: { aggregate: speed',
    'speed_kept: { aggregate: speed, where: amountMinor > 3',
    'sequence: { aggregate: sequence, window: 8s, steps: [{ where: amountMinor > 3 }, { where: amountMinor > 5 }, { where: amountMinor > 7 }]',
    'last_3: { aggregate: sum, window: { last: 3, within: 9s }',
    'last_4_prior: { aggregate: distinct, of: deviceId, window: { last: 4 }, prior: true, where: amountMinor > 4',
    'last_2_fraud: { aggregate: first, of: amountMinor, window: { last: 2, among: \'label == "fraud"\' }, where: not reversed',
    'today: { aggregate: count, window: { calendar: day, zone: Europe/Berlin }',
    'this_month: { aggregate: sum, window: { calendar: month, zone: Europe/Berlin }, delay: 2s, where: \'hourOfDay("Europe/Berlin") >= 6\'',
    'on_thursdays: { aggregate: max, window: 9s, where: \'dayOfWeek("Europe/Berlin") == 4\'',
  ].map((text) => `  ${per}_${text}, per: ${per} }`),
).join('\n');

const RULES: RuleSet = parsed(`name: windows
fields: { till: string }
features:
${FEATURES}
rules: [{ id: r, when: account_count > 3, points: 9, reason: R }]
thresholds: { review: 50, decline: 80 }`);

function parsed(source: string): RuleSet {
  const result = parseRuleSet(source);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.ruleSet;
}

/** Ten seconds before Thursday, January, and the year begin in Berlin. */
const START_MS = Date.UTC(2025, 11, 31, 22, 59, 50);

interface Payment {
  kind: 'pay';
  account: number;
  merchant: number | null;
  till: number;
  device: number | null;
  atMs: number;
  amount: number | null;
  latitude: number | undefined;
  longitude: number | undefined;
  outcome: 'authorised' | 'declined' | undefined;
}
interface Learning {
  kind: 'learn';
  about: number;
  field: LearntField;
  value: string | boolean;
}

const payment: fc.Arbitrary<Payment> = fc.record({
  kind: fc.constant('pay' as const),
  account: fc.nat(2),
  merchant: fc.option(fc.nat(1), { freq: 9 }),
  till: fc.nat(1),
  device: fc.option(fc.nat(2), { freq: 5 }),
  // Often out of order, at the same moment, and exactly at an edge.
  atMs: fc.integer({ min: 0, max: 40 }).map((halfSeconds) => halfSeconds * 500),
  amount: fc.option(fc.nat(9), { freq: 6 }),
  latitude: fc.constantFrom(undefined, 0, 1.5, -2),
  longitude: fc.constantFrom(undefined, 0, 179.5, -179.5),
  outcome: fc.constantFrom(undefined, 'authorised' as const, 'declined' as const),
});
const learning: fc.Arbitrary<Learning> = fc
  .tuple(
    fc.nat(5),
    fc.constantFrom<[LearntField, string | boolean]>(
      ['label', 'fraud'],
      ['label', 'fraud'],
      ['label', 'genuine'],
      ['outcome', 'declined'],
      ['outcome', 'authorised'],
      ['reversed', true],
    ),
  )
  .map(([about, [field, value]]) => ({ kind: 'learn', about, field, value }));
const history = fc.array(fc.oneof({ weight: 3, arbitrary: payment }, { weight: 2, arbitrary: learning }), {
  minLength: 1,
  maxLength: 50,
  size: 'max',
});

const submittedOf = (paid: Payment, i: number): TransactionSubmitted => ({
  transaction: {
    transactionId: `t${i}`,
    accountId: `a${paid.account}`,
    amountMinor: paid.amount ?? 1,
    currency: 'EUR',
    occurredAt: new Date(START_MS + paid.atMs).toISOString(),
    ...(paid.merchant !== null && { merchantId: `m${paid.merchant}` }),
    ...(paid.device !== null && { deviceId: `d${paid.device}` }),
    ...(paid.latitude !== undefined && { latitude: paid.latitude }),
    ...(paid.longitude !== undefined && { longitude: paid.longitude }),
    ...(paid.outcome !== undefined && { outcome: paid.outcome }),
    attributes: { till: `till ${paid.till}` },
  },
  amountBaseMinor: paid.amount,
  ratesVersion: null,
  receivedAtMs: 0,
  origin: 'live',
});

const membersOf = (window: FeatureWindow, scored: KnownTransaction, earlier: readonly KnownTransaction[]) => {
  const known = [...earlier, scored].sort(byTime);
  const isAmong = window.amongOf(scored);
  const last = isAmong === null ? [] : known.filter(isAmong).slice(-window.definition.last!.most);
  return known.filter(window.membershipOf(scored, last[0]));
};

/** What the events of a window make. */
function made(
  window: FeatureWindow,
  members: readonly KnownTransaction[],
  scored: KnownTransaction,
): FeatureValue {
  const { aggregate } = window.definition;
  if (window.keyOf(scored.submitted) === undefined) return null;
  const values = members.map((each) => window.valueOf(each)!);
  const sum = (values as number[]).reduce((total, each) => total + each, 0);
  switch (aggregate) {
    case 'count':
      return members.length;
    case 'sum':
      return sum;
    case 'mean':
      return values.length === 0 ? null : sum / values.length;
    case 'min':
      return values.length === 0 ? null : Math.min(...(values as number[]));
    case 'max':
      return values.length === 0 ? null : Math.max(...(values as number[]));
    case 'distinct':
      return new Set(values).size;
    case 'first':
      return values[0] ?? null;
    case 'last':
      return values.at(-1) ?? null;
    case 'sinceLast':
      return members.length === 0 ? null : (scored.occurredAtMs - members.at(-1)!.occurredAtMs) / 1_000;
    case 'firstSeen':
      return window.valueOf(scored) === undefined ? null : members.length === 0;
    case 'speed': {
      const from = members.at(-1);
      return from === undefined ? null : speedOf(from, scored);
    }
    case 'sequence':
      return isSequence(members, scored);
    case 'stddev':
    case 'listed':
      throw new Error('no such feature here');
  }
}

function speedOf(from: KnownTransaction, to: KnownTransaction): number | null {
  const [a, b] = [from, to].map(({ submitted }) => submitted.transaction) as [Transaction, Transaction];
  if (b.latitude === undefined || b.longitude === undefined) return null;
  const km = distanceKm(a.latitude!, a.longitude!, b.latitude, b.longitude);
  return (km * 3_600_000) / Math.max(1, to.occurredAtMs - from.occurredAtMs);
}

/** More than 3, then more than 5, then more than 7, the last being the one scored. */
function isSequence(members: readonly KnownTransaction[], scored: KnownTransaction): boolean {
  const amountOf = ({ submitted }: KnownTransaction) => submitted.transaction.amountMinor;
  if (!members.includes(scored) || amountOf(scored) <= 7) return false;
  const before = members.slice(0, members.indexOf(scored)).map(amountOf);
  return before.some((amount, i) => amount > 5 && before.slice(0, i).some((first) => first > 3));
}

interface Seen {
  folded: Record<string, FeatureValue>;
  made: Record<string, FeatureValue>;
}

/** Every payment of the history, its features by the fold and by the events that are shown of them. */
function seenOf(happenings: readonly (Payment | Learning)[], learns = true): Seen[] {
  const plan = scoringPlan(RULES, { name: 'windows', version: 1 });
  const windows = RULES.features.map((feature) => new FeatureWindow(RULES, feature));
  const accounts = new Map<string, AccountState>();
  const entities = new EntityMemory(plan.entities, false);
  const known: KnownTransaction[] = [];
  const seen: Seen[] = [];
  happenings.forEach((happening, i) => {
    const position = i + 1;
    const about = happening.kind === 'learn' ? known.at(-1 - happening.about) : undefined;
    if (happening.kind === 'learn' && about === undefined) return;
    const submitted = about?.submitted ?? submittedOf(happening as Payment, i);
    const { accountId } = submitted.transaction;
    const state = accounts.get(accountId) ?? plan.open();
    accounts.set(accountId, state);
    const revision = state.revision + 1;
    if (happening.kind === 'learn') {
      const { field, value } = happening;
      const amendment = { about: about!.revision, position: about!.position, submitted, field, value };
      entities.amend(amendment, position);
      plan.amend(state, accountId, revision, amendment);
      if (learns) about!.learnt[field] = value;
      return;
    }
    const { features } = plan.apply(
      state,
      submitted,
      revision,
      position,
      entities.stamp(submitted, position),
    );
    const scored = knownTransaction(submitted, revision, position);
    const names = RULES.features.map(({ name }) => name);
    seen.push({
      folded: Object.fromEntries(names.map((name, at) => [name, features[at]!])),
      made: Object.fromEntries(
        windows.map((window, at) => [names[at]!, made(window, membersOf(window, scored, known), scored)]),
      ),
    });
    known.push(scored);
  });
  return seen;
}

describe('the events of a window', () => {
  test('make the value that the fold gave the feature, at every payment', () => {
    fc.assert(
      fc.property(history, (happenings) => {
        for (const { folded, made } of seenOf(happenings)) expect(made).toEqual(folded);
      }),
      { numRuns: 150 },
    );
  });

  test('are those known at the time: without what was learnt they make other values', () => {
    const differs = fc.sample(history, { numRuns: 50, seed: 3 }).some((happenings) => {
      return seenOf(happenings, false).some(
        ({ folded, made }) => JSON.stringify(folded) !== JSON.stringify(made),
      );
    });
    expect(differs).toBe(true);
  });

  test('end with the one at exactly t - d, and begin after the one at exactly t - d - W', () => {
    const definition = RULES.features.find(({ name }) => name === 'account_mean')!;
    const at = (seconds: number, position: number) => {
      const paid = { ...PAID, atMs: seconds * 1_000 };
      return knownTransaction(submittedOf(paid, position), position - 1, position);
    };
    const earlier = [at(3, 1), at(4, 2), at(9, 3), at(9.5, 4)];
    const members = membersOf(new FeatureWindow(RULES, definition), at(10, 5), earlier);
    expect(members.map(({ position }) => position)).toEqual([2, 3]);
  });
});

const PAID: Payment = {
  kind: 'pay',
  account: 0,
  merchant: 0,
  till: 0,
  device: 0,
  atMs: 0,
  amount: 1,
  latitude: 0,
  longitude: 0,
  outcome: undefined,
};
