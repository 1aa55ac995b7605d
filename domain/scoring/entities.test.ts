import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LearntField } from '../amendment.ts';
import type { FeatureValue, TransactionSubmitted } from '../facts.ts';
import { type AccountState, scoringPlan } from '../risk-fold.ts';
import { parseRuleSet } from '../rules/rule-set-parse.ts';
import { EntityMemory } from './entity-memory.ts';

/** What is learnt changes members that any row may join or leave. */
const IN_ANY_ORDER = `
  m_count: { aggregate: count, window: 5s, per: merchant }
  m_fraud: { aggregate: count, window: 8s, delay: 3s, per: merchant, where: &fraud 'label == "fraud"' }
  m_money: { aggregate: sum, window: 20s, per: merchant, where: 'label == "fraud" and not reversed' }
  m_payers: { aggregate: distinct, of: accountId, window: 9s, per: merchant, where: 'coalesce(outcome, "authorised") == "authorised"' }
  m_new: { aggregate: firstSeen, of: accountId, per: merchant }
  m_ever: { aggregate: count, window: lifetime, per: merchant }
  m_last_3: { aggregate: sum, window: { last: 3, within: 9s }, per: merchant }
  m_declines: { aggregate: count, window: { last: 4 }, prior: true, where: 'outcome == "declined"', per: merchant }
  d_count: { aggregate: count, window: 6s, per: till, prior: true }
  a_fraud: { aggregate: count, window: 9s, where: *fraud }
  a_kept: { aggregate: mean, window: 9s, prior: true, where: not reversed }
`;
/** Among them some for which the order of rows counts. */
const IN_ORDER = `${IN_ANY_ORDER}
  m_max: { aggregate: max, of: amountMinor, window: 12s, per: merchant, where: *fraud }
  m_last: { aggregate: last, of: amountMinor, window: 12s, delay: 1s, per: merchant, where: not reversed }
  a_min: { aggregate: min, of: amountMinor, window: 7s, where: 'outcome == "declined"' }
  a_first: { aggregate: first, of: amountMinor, window: 7s, prior: true, where: *fraud }
  a_outcome: { aggregate: last, of: outcome, window: 9s }
  a_least_fraud: { aggregate: min, of: amountMinor, window: { last: 2, among: *fraud }, where: not reversed }
  m_last_kept: { aggregate: first, of: amountMinor, window: { last: 3, among: not reversed, within: 12s }, delay: 1s, per: merchant }
  m_after_fraud: { aggregate: sequence, window: 8s, steps: [{ where: *fraud }, { firstSeen: accountId }], per: merchant }
  a_payers: { aggregate: sequence, window: 12s, steps: [{ firstSeen: merchantId }, { where: not reversed }, { firstSeen: till, where: amountMinor > 2 }] }
  m_today: { aggregate: count, window: { calendar: day, zone: Europe/Berlin }, per: merchant }
  m_week: { aggregate: distinct, of: accountId, window: { calendar: week, zone: Europe/Berlin }, delay: 1s, prior: true, per: merchant }
  a_month: { aggregate: max, of: amountMinor, window: { calendar: month, zone: Europe/Berlin }, where: *fraud }
  a_night: { aggregate: count, window: 20s, where: &night 'hourOfDay("Europe/Berlin") >= 23 and not reversed' }
  d_night: { aggregate: count, window: 20s, where: *night, per: till }
  m_sundays: { aggregate: count, window: 20s, where: 'dayOfWeek("Europe/Berlin") == 7', per: merchant }
`;

const planOf = (features: string) => {
  const source = `name: e\nfields: { till: string }\nfeatures:${features}rules: [{ id: r, when: m_count > 3, points: 9, reason: R }]\nthresholds: { review: 50, decline: 80 }`;
  const parsed = parseRuleSet(source);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return scoringPlan(parsed.ruleSet, { name: 'e', version: 1 }, { latenessMs: 1_000_000 });
};

/** A Sunday in Berlin, seven seconds before Monday and June begin. */
const START_MS = Date.UTC(2026, 4, 31, 21, 59, 53);
const MIDNIGHT_MS = 7_000;

interface Payment {
  kind: 'pay';
  account: number;
  merchant: number | null;
  till: number;
  atMs: number;
  amountMinor: number;
  outcome: 'authorised' | 'declined' | undefined;
}
/** Of an earlier payment, counted back. */
interface Learning {
  kind: 'learn';
  about: number;
  field: LearntField;
  value: string | boolean;
}

/** What the naive oracle knows of a payment: its fields as they are by now. */
interface Known extends Payment {
  order: number;
  label?: string;
  reversed: boolean;
}

const instant = fc.integer({ min: 0, max: 30 }).map((halfSeconds) => halfSeconds * 500);
const payment: fc.Arbitrary<Payment> = fc.record({
  kind: fc.constant('pay'),
  account: fc.nat(2),
  merchant: fc.option(fc.nat(1), { freq: 9 }),
  till: fc.nat(1),
  atMs: instant,
  amountMinor: fc.nat(9),
  outcome: fc.constantFrom(undefined, 'authorised', 'declined'),
});
const learning: fc.Arbitrary<Learning> = fc
  .tuple(
    // Often of the same payment again.
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
  maxLength: 60,
  size: 'max',
});

const submittedOf = (paid: Payment, i: number): TransactionSubmitted => ({
  transaction: {
    transactionId: `t${i}`,
    accountId: `a${paid.account}`,
    amountMinor: paid.amountMinor,
    currency: 'EUR',
    occurredAt: new Date(START_MS + paid.atMs).toISOString(),
    ...(paid.merchant !== null && { merchantId: `m${paid.merchant}` }),
    ...(paid.outcome !== undefined && { outcome: paid.outcome }),
    attributes: { till: `till ${paid.till}` },
  },
  amountBaseMinor: paid.amountMinor,
  ratesVersion: null,
  receivedAtMs: 0,
  origin: 'live',
});

const isFraud = ({ label }: Known) => label === 'fraud';
const isKept = ({ reversed }: Known) => !reversed;
const amounts = (all: readonly Known[]) => all.map(({ amountMinor }) => amountMinor);
const sum = (all: readonly number[]) => all.reduce((total, each) => total + each, 0);
const most = (all: readonly number[]) => (all.length === 0 ? null : Math.max(...all));
const least = (all: readonly number[]) => (all.length === 0 ? null : Math.min(...all));

/** What the newest payment sees, by the definitions of windows. */
function viewOf(paid: readonly Known[]) {
  const scored = paid.at(-1)!;
  const inWindow = (windowMs: number, delayMs: number, isOf: (one: Known) => boolean) =>
    paid
      .filter((one) => one.atMs <= scored.atMs - delayMs && one.atMs > scored.atMs - delayMs - windowMs)
      .filter(isOf)
      .toSorted((one, other) => one.atMs - other.atMs || one.order - other.order);
  // Day, week and month begin at the same time here; what began before holds all there is.
  const fromMidnight = (delayMs: number, isOf: (one: Known) => boolean) =>
    inWindow(1e12, delayMs, (one) => {
      return isOf(one) && (one.atMs >= MIDNIGHT_MS || scored.atMs - delayMs < MIDNIGHT_MS);
    });
  const ofMerchant = (one: Known) => one.merchant === scored.merchant;
  const ofAccount = (one: Known) => one.account === scored.account;
  const prior = (one: Known) => one !== scored;
  // Which of them is the first to have its value.
  const isFirst = (one: Known, of: readonly Known[], value: (each: Known) => unknown) =>
    value(one) !== null && of.find((each) => value(each) === value(one)) === one;
  return { scored, inWindow, fromMidnight, ofMerchant, ofAccount, prior, isFirst };
}

function naiveOfMerchant({
  inWindow,
  fromMidnight,
  ofMerchant,
  ofAccount,
  prior,
  isFirst,
  scored,
}: ReturnType<typeof viewOf>): Record<string, FeatureValue> {
  return {
    m_count: inWindow(5_000, 0, ofMerchant).length,
    m_fraud: inWindow(8_000, 3_000, (one) => ofMerchant(one) && isFraud(one)).length,
    m_money: sum(amounts(inWindow(20_000, 0, (one) => ofMerchant(one) && isFraud(one) && isKept(one)))),
    m_payers: new Set(
      inWindow(9_000, 0, (one) => ofMerchant(one) && one.outcome !== 'declined').map(
        ({ account }) => account,
      ),
    ).size,
    m_new: inWindow(1e12, 0, (one) => ofMerchant(one) && ofAccount(one) && prior(one)).length === 0,
    m_ever: inWindow(1e12, 0, ofMerchant).length,
    m_max: most(amounts(inWindow(12_000, 0, (one) => ofMerchant(one) && isFraud(one)))),
    m_last_3: sum(amounts(inWindow(9_000, 0, ofMerchant).slice(-3))),
    m_declines: inWindow(1e12, 0, (one) => ofMerchant(one) && prior(one))
      .slice(-4)
      .filter(({ outcome }) => outcome === 'declined').length,
    m_last_frauds: sum(amounts(inWindow(1e12, 0, (one) => ofMerchant(one) && isFraud(one)).slice(-2))),
    m_last_kept:
      amounts(inWindow(12_000, 1_000, (one) => ofMerchant(one) && isKept(one)).slice(-3))[0] ?? null,
    m_after_fraud:
      isFirst(scored, inWindow(1e12, 0, ofMerchant), ({ account }) => account) &&
      inWindow(8_000, 0, (one) => ofMerchant(one) && prior(one) && isFraud(one)).length > 0,
    m_today: fromMidnight(0, ofMerchant).length,
    m_week: new Set(fromMidnight(1_000, (one) => ofMerchant(one) && prior(one)).map(({ account }) => account))
      .size,
    m_sundays: inWindow(20_000, 0, (one) => ofMerchant(one) && one.atMs < MIDNIGHT_MS).length,
    m_last: amounts(inWindow(12_000, 1_000, (one) => ofMerchant(one) && isKept(one))).at(-1) ?? null,
  };
}

/** Each feature by its definition, over everything paid so far; the newest payment is the scored one. */
function naive(paid: readonly Known[]): Record<string, FeatureValue> {
  const view = viewOf(paid);
  const { scored, inWindow, fromMidnight, ofAccount, prior, isFirst } = view;
  const own = inWindow(1e12, 0, ofAccount);
  const lately = inWindow(12_000, 0, ofAccount);
  const kept = amounts(inWindow(9_000, 0, (one) => ofAccount(one) && prior(one) && isKept(one)));
  const merchants = naiveOfMerchant(view);
  if (scored.merchant === null) for (const name of Object.keys(merchants)) merchants[name] = null;
  return {
    ...merchants,
    d_count: inWindow(6_000, 0, (one) => one.till === scored.till && prior(one)).length,
    a_fraud: inWindow(9_000, 0, (one) => ofAccount(one) && isFraud(one)).length,
    a_kept: kept.length === 0 ? null : sum(kept) / kept.length,
    a_min: least(amounts(inWindow(7_000, 0, (one) => ofAccount(one) && one.outcome === 'declined'))),
    a_first: amounts(inWindow(7_000, 0, (one) => ofAccount(one) && prior(one) && isFraud(one)))[0] ?? null,
    a_last_frauds: sum(
      amounts(inWindow(9_000, 0, (one) => ofAccount(one) && prior(one) && isFraud(one)).slice(-3)),
    ),
    a_least_fraud: least(
      amounts(
        inWindow(1e12, 0, (one) => ofAccount(one) && isFraud(one))
          .slice(-2)
          .filter(isKept),
      ),
    ),
    a_payers:
      scored.amountMinor > 2 &&
      isFirst(scored, own, ({ till }) => till) &&
      lately.slice(0, -1).some((second, i) => {
        return (
          isKept(second) && lately.slice(0, i).some((one) => isFirst(one, own, ({ merchant }) => merchant))
        );
      }),
    a_month: most(amounts(fromMidnight(0, (one) => ofAccount(one) && isFraud(one)))),
    a_night: inWindow(20_000, 0, (one) => ofAccount(one) && isKept(one) && one.atMs < MIDNIGHT_MS).length,
    d_night: inWindow(20_000, 0, (one) => one.till === scored.till && isKept(one) && one.atMs < MIDNIGHT_MS)
      .length,
    a_outcome:
      inWindow(9_000, 0, (one) => ofAccount(one) && one.outcome !== undefined).at(-1)?.outcome ?? null,
  };
}

/** Reads one field that is learnt later: nothing of it is kept. */
const OF_ONE = `
  m_count: { aggregate: count, window: 5s, per: merchant }
  m_fraud: { aggregate: count, window: 8s, delay: 3s, per: merchant, where: &fraud 'label == "fraud"' }
  m_max: { aggregate: max, of: amountMinor, window: 12s, per: merchant, where: *fraud }
  a_fraud: { aggregate: count, window: 9s, where: *fraud }
`;

/** Of three frauds the newest was none: now the oldest is among the last two. */
const CORRECTED: (Payment | Learning)[] = [
  ...[1, 2, 4].flatMap((amountMinor) => [paidOf(amountMinor), learntOf('fraud')]),
  paidOf(5),
  learntOf('genuine', 1),
  paidOf(8),
];

function paidOf(amountMinor: number): Payment {
  const atMs = amountMinor * 500;
  return { kind: 'pay', account: 0, merchant: 0, till: 0, atMs, amountMinor, outcome: undefined };
}

function learntOf(value: string, about = 0): Learning {
  return { kind: 'learn', about, field: 'label', value };
}

/** Which are the last hangs on what is learnt: though any row may join and leave, they do not do so where they stand. */
const OF_THE_LAST = `
  m_count: { aggregate: count, window: 5s, per: merchant }
  m_last_frauds: { aggregate: sum, window: { last: 2, among: &fraud 'label == "fraud"' }, per: merchant }
  a_last_frauds: { aggregate: sum, window: { last: 3, among: *fraud, within: 9s }, prior: true }
`;

/** So does which have been steps. */
const OF_STEPS = `
  m_count: { aggregate: count, window: 5s, per: merchant }
  m_after_fraud: { aggregate: sequence, window: 8s, steps: [{ where: 'label == "fraud"' }, { firstSeen: accountId }], per: merchant }
`;

describe.each([
  ['of one field', OF_ONE],
  ['of the last', OF_THE_LAST],
  ['of steps', OF_STEPS],
  ['in any order', IN_ANY_ORDER],
  ['in order', IN_ORDER],
])('features of entities, and what is learnt later, counted %s', (_name, features) => {
  const plan = planOf(features);

  test('are those of all that was paid and learnt before, at every payment', () => {
    fc.assert(
      fc.property(history, fc.boolean(), (happenings, forgets) => {
        const accounts = new Map<string, AccountState>();
        const entities = new EntityMemory(plan.entities, false);
        const paid: Known[] = [];
        const facts: { submitted: TransactionSubmitted; revision: number; position: number }[] = [];
        const stateOf = (accountId: string) => {
          const state = accounts.get(accountId) ?? plan.open();
          accounts.set(accountId, state);
          return state;
        };
        happenings.forEach((happening, i) => {
          const position = i + 1;
          if (happening.kind === 'pay') {
            const submitted = submittedOf(happening, i);
            const { accountId } = submitted.transaction;
            const state = stateOf(accountId);
            const revision = state.revision + 1;
            paid.push({ ...happening, order: i, reversed: false });
            facts.push({ submitted, revision, position });
            const stamps = entities.stamp(submitted, position);
            const decision = plan.apply(state, submitted, revision, position, stamps);
            const names = plan.definition.features.map(({ name }) => name);
            const expected = naive(paid);
            expect(Object.fromEntries(names.map((name, at) => [name, decision.features[at]]))).toEqual(
              Object.fromEntries(names.map((name) => [name, expected[name]])),
            );
            // As it comes back from its snapshot.
            if (forgets) accounts.set(accountId, plan.decode(plan.encode(state))!);
          } else {
            const { about, field, value } = happening;
            const fact = facts.at(-1 - about);
            if (fact === undefined) return;
            Object.assign(paid.at(-1 - about)!, { [field]: value });
            const { submitted, revision, position: of } = fact;
            const { accountId } = submitted.transaction;
            const amendment = { about: revision, position: of, submitted, field, value };
            entities.amend(amendment, position);
            const state = stateOf(accountId);
            plan.amend(state, accountId, state.revision + 1, amendment);
          }
        });
      }),
      { numRuns: 300, examples: [[CORRECTED, false]] },
    );
  });
});

test('a transaction that lacks its stamps is refused: it cannot be scored without', () => {
  const plan = planOf(IN_ANY_ORDER);
  const submitted = submittedOf(
    { kind: 'pay', account: 0, merchant: 0, till: 0, atMs: 0, amountMinor: 1, outcome: undefined },
    0,
  );
  expect(() => plan.apply(plan.open(), submitted, 0, 1)).toThrow('has 0 stamps, the rule set takes 9');
});

test('entities are written down as they were when that began, whatever becomes of them meanwhile', () => {
  const { entities: plan } = planOf(IN_ANY_ORDER);
  const payments = Array.from({ length: 12 }, (_, i) =>
    submittedOf(
      {
        kind: 'pay',
        account: i % 3,
        merchant: i % 4,
        till: i % 2,
        atMs: i * 700,
        amountMinor: i,
        outcome: undefined,
      },
      i,
    ),
  );
  const memory = new EntityMemory(plan, false);
  for (const [i, payment] of payments.slice(0, 6).entries()) memory.stamp(payment, i + 1);
  const restored = new EntityMemory(plan, false);
  let taken = 0;
  memory.startCapture(({ field, value, bytes }) => {
    taken += 1;
    expect(restored.restore(field, value, bytes)).toBe(true);
  });
  const stamps = payments.slice(6).map((payment, i) => {
    memory.captureSome(1);
    return memory.stamp(payment, i + 7);
  });
  expect(memory.captureSome(100)).toBe(true);
  // Four merchants and two tills; what came later is none of it.
  expect(taken).toBe(6);
  expect(payments.slice(6).map((payment, i) => restored.stamp(payment, i + 7))).toEqual(stamps);
});
