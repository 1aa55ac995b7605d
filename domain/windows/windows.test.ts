import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FeatureValue, TransactionSubmitted } from '../facts.ts';
import { CALENDAR_PERIODS } from '../local-time/calendar.ts';
import { resolveZone } from '../local-time/resolve-zone.ts';
import { distanceKm } from '../math/distance-km.ts';
import { type AccountState, type ScoringPlan, scoringPlan } from '../risk-fold.ts';
import { allOf } from '../rules/conditions-of.ts';
import type {
  Aggregate,
  CalendarWindow,
  Expression,
  FeatureDefinition,
  LastWindow,
  RuleSet,
  SequenceStep,
  SourcedExpression,
} from '../rules/rule-set.ts';

/**
 * Windows against the query that defines them: revision <= r and occurred_at in (t - d - W, t - d], or from the beginning of
 * the local day, week or month that t - d is in, or the last N of these, brute force over all events of the account. The oracle shares no code
 * with the fold.
 */

interface Event {
  timeMs: number;
  amount: number | null;
  channel: 'atm' | 'other' | undefined;
  merchantId: string | undefined;
  latitude: number | undefined;
  longitude?: number | undefined;
}

const DAY = 86_400_000;
const ATM: SourcedExpression = {
  source: 'channel == "atm"',
  tree: {
    kind: 'call',
    name: 'equal',
    type: 'boolean',
    args: [
      { kind: 'symbol', name: 'channel', type: 'string' },
      { kind: 'string', value: 'atm', type: 'string' },
    ],
  },
};

const AT_A: SourcedExpression = {
  source: 'merchantId == "a"',
  tree: {
    kind: 'call',
    name: 'equal',
    type: 'boolean',
    args: [
      { kind: 'symbol', name: 'merchantId', type: 'string' },
      { kind: 'string', value: 'a', type: 'string' },
    ],
  },
};

const [HAS_LATITUDE, HAS_LONGITUDE] = ['latitude', 'longitude'].map((name): SourcedExpression => {
  const args: Expression[] = [{ kind: 'symbol', name, type: 'number' }];
  return { source: `has(${name})`, tree: { kind: 'call', name: 'has', type: 'boolean', args } };
});
const PLACED = allOf([HAS_LATITUDE!, HAS_LONGITUDE!])!;

const meetsWhere = ({ where }: FeatureDefinition, event: Event) =>
  where === null ||
  ((!where.source.includes(ATM.source) || event.channel === 'atm') &&
    (!where.source.includes(AT_A.source) || event.merchantId === 'a') &&
    (!where.source.includes(PLACED.source) ||
      (event.latitude !== undefined && event.longitude !== undefined)));

function fieldOf(event: Event, field: string | null): number | string | null {
  if (field === 'amountBaseMinor') return event.amount;
  if (field === 'merchantId') return event.merchantId ?? null;
  if (field === 'latitude') return event.latitude ?? null;
  return null;
}

function oracle(feature: FeatureDefinition, events: readonly Event[], revision: number): FeatureValue {
  const t = events[revision]!.timeMs;
  const { aggregate, delayMs, windowMs } = feature;
  const excludesSelf =
    feature.prior || aggregate === 'sinceLast' || aggregate === 'firstSeen' || aggregate === 'speed';
  const remembers = aggregate === 'distinct' || aggregate === 'firstSeen' ? 400 * DAY : Infinity;
  const members = events
    .map((event, at) => ({ event, at }))
    .filter(({ at }) => at <= revision && !(excludesSelf && at === revision))
    .filter(
      ({ event }) =>
        event.timeMs <= t - delayMs &&
        (feature.calendar === undefined
          ? event.timeMs > t - delayMs - (windowMs ?? remembers)
          : event.timeMs >= startOfPeriod(t - delayMs, feature.calendar)),
    )
    .sort((a, b) => a.event.timeMs - b.event.timeMs || a.at - b.at)
    .map(({ event }) => event)
    .filter((event) => feature.last?.among == null || event.channel === 'atm')
    .slice(feature.last === undefined ? 0 : -feature.last.most)
    .filter((event) => meetsWhere(feature, event));
  const values = members.map((event) => fieldOf(event, feature.of)).filter((value) => value !== null);
  switch (aggregate) {
    case 'count':
      return members.length;
    case 'sum':
      return exact(total(values as number[]));
    case 'mean':
      return values.length === 0 ? null : quotient(total(values as number[]), BigInt(values.length));
    case 'stddev':
      return deviation((values as number[]).map(BigInt));
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
      return members.length === 0 ? null : (t - members.at(-1)!.timeMs) / 1_000;
    case 'speed':
      return members.length === 0 ? null : speed(members.at(-1)!, events[revision]!);
    case 'sequence':
      return isSequence(feature, events, revision);
    case 'firstSeen': {
      const own = fieldOf(events[revision]!, feature.of);
      return own === null ? null : !values.includes(own);
    }
    case 'listed':
      throw new Error('is of no events');
  }
}

function startOfPeriod(timeMs: number, { period, zone }: CalendarWindow): number {
  const today = Temporal.Instant.fromEpochMilliseconds(timeMs).toZonedDateTimeISO(zone).startOfDay();
  if (period === 'day') return today.epochMilliseconds;
  const first = period === 'week' ? today.subtract({ days: today.dayOfWeek - 1 }) : today.with({ day: 1 });
  return first.startOfDay().epochMilliseconds;
}

/** By trying every row as every step, backwards from the scored one. */
function isSequence(
  { steps, windowMs }: FeatureDefinition,
  events: readonly Event[],
  revision: number,
): boolean {
  const t = events[revision]!.timeMs;
  const known = events
    .slice(0, revision + 1)
    .map((event, at) => ({ event, at }))
    .sort((a, b) => a.event.timeMs - b.event.timeMs || a.at - b.at);
  const scored = known.findIndex(({ at }) => at === revision);
  const isStep = (row: number, step: number): boolean => {
    const { event } = known[row]!;
    const { where, firstSeen } = steps![step]!;
    if (where !== null && !meetsWhere({ where } as FeatureDefinition, event)) return false;
    const value = fieldOf(event, firstSeen);
    if (firstSeen === null) return true;
    const earlier = known
      .slice(0, row)
      .filter((other) => other.event.timeMs > event.timeMs - 400 * DAY)
      .map((other) => fieldOf(other.event, firstSeen));
    return value !== null && !earlier.includes(value);
  };
  const ends = (row: number, step: number): boolean => {
    if (known[row]!.event.timeMs <= t - windowMs! || !isStep(row, step)) return false;
    if (step === 0) return true;
    return known.slice(0, row).some((_, before) => ends(before, step - 1));
  };
  return ends(scored, steps!.length - 1);
}

/** The distance itself is tested beside it. */
function speed(from: Event, { latitude, longitude, timeMs }: Event): number | null {
  if (latitude === undefined || longitude === undefined) return null;
  const km = distanceKm(from.latitude!, from.longitude!, latitude, longitude);
  return (km * 3_600_000) / Math.max(1, timeMs - from.timeMs);
}

const total = (values: number[]): bigint => values.reduce((sum, value) => sum + BigInt(value), 0n);
const exact = (value: bigint): FeatureValue =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();

function deviation(values: bigint[]): number | null {
  const n = BigInt(values.length);
  if (n < 2n) return null;
  const sum = values.reduce((a, b) => a + b, 0n);
  const squares = values.reduce((a, b) => a + b * b, 0n);
  return Math.sqrt(quotient(n * squares - sum * sum, n * (n - 1n)));
}

/** The nearest double to a / b, by bisection between neighbours, ties to even. */
function quotient(a: bigint, b: bigint): number {
  if (a === 0n) return 0;
  // 80 fractional bits below the first significant one are far more than the distance to any tie.
  let scale = 0n;
  while (a << scale < b << 80n) scale += 1n;
  const digits = ((a << scale) / b).toString(2);
  const kept = BigInt(`0b${digits.slice(0, 53)}`);
  const rest = digits.slice(53);
  const half = `1${'0'.repeat(Math.max(0, rest.length - 1))}`;
  const remainder = (a << scale) % b;
  const above = rest > half || (rest === half && remainder > 0n);
  const tie = rest === half && remainder === 0n;
  const rounded = above || (tie && kept % 2n === 1n) ? kept + 1n : kept;
  return Number(rounded) * 2 ** (rest.length - Number(scale));
}

const aggregates: Aggregate[] = [
  'count', 'sum', 'mean', 'stddev', 'min', 'max', 'distinct', 'first', 'last', 'sinceLast', 'firstSeen', 'speed', 'sequence',
]; // biome-ignore format: one line

function fieldFor(aggregate: Aggregate, pick: number): string | null {
  if (aggregate === 'count' || aggregate === 'sinceLast' || aggregate === 'speed') return null;
  if (aggregate === 'sequence') return null;
  if (aggregate === 'distinct' || aggregate === 'firstSeen')
    return pick % 3 === 0 ? 'latitude' : 'merchantId';
  if (aggregate === 'first' || aggregate === 'last') {
    return ['merchantId', 'latitude', 'amountBaseMinor'][pick % 3]!;
  }
  if (aggregate === 'min' || aggregate === 'max') return pick % 2 === 0 ? 'latitude' : 'amountBaseMinor';
  return 'amountBaseMinor';
}

const lastArbitrary: fc.Arbitrary<LastWindow> = fc.record({
  most: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant(20)),
  among: fc.option(fc.constant(ATM)),
});

const stepArbitrary: fc.Arbitrary<SequenceStep> = fc.constantFrom<SequenceStep>(
  { firstSeen: null, where: ATM },
  { firstSeen: null, where: AT_A },
  { firstSeen: 'merchantId', where: null },
  { firstSeen: 'merchantId', where: ATM },
  { firstSeen: 'latitude', where: null },
);

const sequenceOf = (steps: SequenceStep[], windowMs: number): FeatureDefinition => {
  const ofSteps = {
    of: null,
    delayMs: 0,
    prior: false,
    where: null,
    per: 'account',
    type: 'boolean',
  } as const;
  return { name: '', aggregate: 'sequence', steps, windowMs, ...ofSteps };
};

const ZONES = ['UTC', 'Europe/Berlin', 'America/Havana', 'Asia/Beirut'];
const LONGEST_MS = { day: DAY + 3_600_000, week: 7 * DAY + 3_600_000, month: 31 * DAY + 3_600_000 };
const calendarArbitrary: fc.Arbitrary<CalendarWindow> = fc.record({
  period: fc.constantFrom(...CALENDAR_PERIODS),
  zone: fc.constantFrom(...ZONES),
});

function featureArbitrary(unitMs: number): fc.Arbitrary<FeatureDefinition> {
  return fc
    .record({
      aggregate: fc.constantFrom(...aggregates),
      window: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constant(null)),
      delay: fc.oneof(
        { weight: 3, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 6 }) },
      ),
      prior: fc.boolean(),
      where: fc.boolean(),
      pick: fc.nat(5),
      calendar: fc.option(calendarArbitrary, { freq: 3 }),
      last: fc.option(lastArbitrary, { freq: 2 }),
      steps: fc.array(stepArbitrary, { minLength: 2, maxLength: 4 }),
    })
    .map(({ aggregate, window, delay, prior, where, pick, calendar, last, steps }): FeatureDefinition => {
      if (aggregate === 'sequence') return sequenceOf(steps, (window ?? 20) * unitMs);
      const of = fieldFor(aggregate, pick);
      const edge = aggregate === 'first' || aggregate === 'last';
      const type = aggregate === 'firstSeen' ? 'boolean' : edge && of === 'merchantId' ? 'string' : 'number';
      const looksBack = aggregate === 'firstSeen' || aggregate === 'sinceLast' || aggregate === 'speed';
      const isOfLife = looksBack || window === null;
      return {
        name: '',
        aggregate,
        of,
        windowMs: isOfLife ? null : window * unitMs,
        // No longer than the longest day, week, month of any of the zones.
        ...(!isOfLife && calendar === null && last !== null && { last }),
        ...(!isOfLife && calendar !== null && { calendar, windowMs: LONGEST_MS[calendar.period] }),
        delayMs: looksBack ? 0 : delay * unitMs,
        prior,
        // Of the last among some, only some can be counted.
        where: allOf([
          !isOfLife && calendar === null ? (last?.among ?? null) : null,
          where ? (pick < 3 ? ATM : AT_A) : null,
          aggregate === 'speed' ? PLACED : null,
        ]),
        per: 'account',
        type,
      };
    });
}

const HUGE = Number.MAX_SAFE_INTEGER;

function historyArbitrary(unitMs: number): fc.Arbitrary<Event[]> {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 3 }).map((units) => units * unitMs) },
    { weight: 2, arbitrary: fc.constantFrom(0, 1, unitMs - 1, unitMs + 1) },
    { weight: 2, arbitrary: fc.integer({ min: -8, max: -1 }).map((units) => units * unitMs) },
    { weight: 1, arbitrary: fc.integer({ min: 5, max: 60 }).map((units) => units * unitMs) },
    { weight: 1, arbitrary: fc.integer({ min: -60, max: -9 }).map((units) => units * unitMs) },
  );
  const amount = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 50_000 }) },
    { weight: 1, arbitrary: fc.constantFrom(0, HUGE, HUGE - 1, 94_906_265, 94_906_266) },
    { weight: 1, arbitrary: fc.constant(null) },
  );
  const event = fc.record({
    step,
    amount,
    channel: fc.constantFrom('atm' as const, 'other' as const, undefined),
    merchantId: fc.constantFrom('a', 'b', 'c', 'd', undefined),
    latitude: fc.constantFrom(-1.5, 0, 48.2, undefined),
    longitude: fc.constantFrom(-179.5, 13.4, undefined),
  });
  return fc.array(event, { minLength: 1, maxLength: 60 }).map((steps) => {
    let timeMs = 1_700_000_000_000;
    return steps.map(({ step, ...rest }) => {
      timeMs += step;
      return { ...rest, timeMs };
    });
  });
}

const submitted = (event: Event, revision: number): TransactionSubmitted => {
  const optional = Object.entries({
    channel: event.channel,
    merchantId: event.merchantId,
    latitude: event.latitude,
    longitude: event.longitude,
  }).filter(([, value]) => value !== undefined);
  return {
    transaction: {
      transactionId: `t${revision}`,
      accountId: 'a',
      amountMinor: event.amount ?? 1,
      currency: 'EUR',
      occurredAt: new Date(event.timeMs).toISOString(),
      ...Object.fromEntries(optional),
    },
    amountBaseMinor: event.amount,
    ratesVersion: null,
    receivedAtMs: 0,
    origin: 'live',
  };
};

function ruleSetOf(features: FeatureDefinition[]): RuleSet {
  return {
    name: 'windows',
    description: null,
    semantics: 1,
    fields: {},
    zones: Object.fromEntries(ZONES.map((zone) => [zone, resolveZone(zone)])),
    features: features.map((feature, i) => ({ ...feature, name: `f${i}` })),
    rules: [],
    score: null,
    thresholds: { review: 50, decline: 80 },
    examples: [],
  };
}

const UNITS = [1_000, 60_000, DAY / 4, 7 * DAY];
const caseArbitrary = fc.constantFrom(...UNITS).chain((unitMs) =>
  fc.record({
    unitMs: fc.constant(unitMs),
    features: fc.array(featureArbitrary(unitMs), { minLength: 1, maxLength: 14 }),
    events: historyArbitrary(unitMs),
    latenessUnits: fc.integer({ min: 0, max: 10 }),
    snapshotEvery: fc.integer({ min: 2, max: 40 }),
  }),
);

interface Run {
  unitMs: number;
  features: FeatureDefinition[];
  events: Event[];
  latenessUnits: number;
  snapshotEvery: number;
}

/** The account before that revision, with every event kept. */
function fullAt(plan: ScoringPlan, events: readonly Event[], revision: number): AccountState {
  const full = plan.openFull();
  for (let at = 0; at < revision; at++) plan.apply(full, submitted(events[at]!, at), at, at + 1);
  return full;
}

function foldAll({ features, events, unitMs, latenessUnits, snapshotEvery }: Run, mayReachBack = true) {
  const plan = scoringPlan(
    ruleSetOf(features),
    { name: 'windows', version: 1 },
    { latenessMs: latenessUnits * unitMs },
  );
  let state: AccountState = plan.open();
  return events.map((event, revision) => {
    const now = submitted(event, revision);
    if (mayReachBack && plan.reachesBack(state, now)) {
      state = fullAt(plan, events, revision);
    }
    const { features: values } = plan.apply(state, now, revision, revision + 1);
    if (revision % snapshotEvery === snapshotEvery - 1) state = plan.decode(plan.encode(state))!;
    return values;
  });
}

/** As a server does: what reaches back is scored from the whole stream, and folded into the kept state all the same. */
function foldBeside({ features, events, unitMs, latenessUnits, snapshotEvery }: Run) {
  const plan = scoringPlan(
    ruleSetOf(features),
    { name: 'windows', version: 1 },
    { latenessMs: latenessUnits * unitMs },
  );
  let kept: AccountState = plan.open();
  return events.map((event, revision) => {
    const now = submitted(event, revision);
    const reachesBack = plan.reachesBack(kept, now);
    let { features: values } = plan.apply(kept, now, revision, revision + 1);
    if (reachesBack) {
      values = plan.apply(fullAt(plan, events, revision), now, revision, revision + 1).features;
    }
    if (revision % snapshotEvery === snapshotEvery - 1) kept = plan.decode(plan.encode(kept))!;
    return values;
  });
}

const expected = ({ features, events }: Run) =>
  events.map((_, revision) => features.map((feature) => oracle(feature, events, revision)));

describe('windows', () => {
  test('equal the query that defines them, on random histories with late, equal, zero and huge events', () => {
    fc.assert(
      fc.property(caseArbitrary, (run) => {
        expect(foldAll(run)).toEqual(expected(run));
      }),
      { numRuns: 1_500 },
    );
  });

  test('stay exact after what reached behind the history', () => {
    fc.assert(
      fc.property(caseArbitrary, (run) => {
        expect(foldBeside(run)).toEqual(expected(run));
      }),
      { numRuns: 1_500 },
    );
  });

  test('know an event that came after newer ones had left: as the first, as not the last, as no new value', () => {
    const of = 'merchantId';
    const lifetime = {
      name: '',
      windowMs: null,
      delayMs: 0,
      prior: false,
      where: null,
      per: 'account',
    } as const;
    const features: FeatureDefinition[] = [
      { ...lifetime, aggregate: 'first', of, type: 'string' },
      { ...lifetime, aggregate: 'last', of, prior: true, delayMs: 1, type: 'string' },
      { ...lifetime, aggregate: 'distinct', of, delayMs: 1, type: 'number' },
      { ...lifetime, aggregate: 'count', of: null, windowMs: 1, type: 'number' },
    ];
    const at = (timeMs: number, merchantId: string | undefined): Event => ({
      ...{ timeMs, merchantId, amount: 1, channel: undefined, latitude: undefined },
    });
    const events = [at(1_000, 'b'), at(2_000, undefined), at(500, 'a'), at(400, 'b'), at(3_000, undefined)];
    const run = { features, events, unitMs: 1, latenessUnits: 0, snapshotEvery: 99 };
    expect(foldBeside(run)).toEqual(expected(run));
    expect(foldBeside(run).at(-1)).toEqual(['b', 'b', 2, 1]);
  });

  test('need the stream again for what reaches behind the history: without that they differ', () => {
    const differs = fc.sample(caseArbitrary, { numRuns: 300, seed: 7 }).some((run) => {
      return JSON.stringify(foldAll(run, false)) !== JSON.stringify(expected(run));
    });
    expect(differs).toBe(true);
  });

  test('hold what a shorter day has between its midnights, and not what another day has', () => {
    const berlin = { period: 'day', zone: 'Europe/Berlin' } as const;
    const features: FeatureDefinition[] = [
      { name: 'n', aggregate: 'count', of: null, windowMs: LONGEST_MS.day, calendar: berlin, delayMs: 0, prior: false, where: null, per: 'account', type: 'number' },
    ]; // biome-ignore format: one line
    const times = ['28T23:59:59.999+01:00', '29T00:00+01:00', '29T23:59:59.999+02:00', '30T00:00+02:00'];
    const events = times.map((time): Event => {
      const timeMs = Temporal.Instant.from(`2026-03-${time}`).epochMilliseconds;
      return { timeMs, amount: 1, channel: undefined, merchantId: undefined, latitude: undefined };
    });
    // The one that comes late is counted in its own day, and so is what is asked for that day again.
    const run = {
      features,
      events: [...events, events[1]!, events[2]!],
      unitMs: 1,
      latenessUnits: 2 * DAY,
      snapshotEvery: 99,
    };
    expect(foldAll(run)).toEqual([[1], [1], [2], [1], [2], [4]]);
  });

  test('hold an event at t - W + 1 ms and not the one at exactly t - W', () => {
    const features: FeatureDefinition[] = [
      { name: 'n', aggregate: 'count', of: null, windowMs: 60_000, delayMs: 0, prior: false, where: null, per: 'account', type: 'number' },
    ]; // biome-ignore format: one line
    const at = (timeMs: number): Event => ({
      timeMs,
      amount: 1,
      channel: undefined,
      merchantId: undefined,
      latitude: undefined,
    });
    const events = [at(1_000_000), at(1_000_001), at(1_060_000)];
    const run = { features, events, unitMs: 1, latenessUnits: 0, snapshotEvery: 99 };
    expect(foldAll(run)).toEqual([[1], [2], [2]]);
  });
});
