import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Decision } from '../domain/decision.ts';
import type { StoredFact } from '../domain/facts.ts';
import type { EventStore } from '../domain/ports.ts';
import type { RuleSet } from '../domain/rules/rule-set.ts';
import { replay } from './replay.ts';
import type { Compile } from './scoring-plans.ts';
import { chainPlan } from './test-support/chain-plan.ts';
import { ruleSetOf } from './test-support/facts.ts';
import { type Faults, FaultyRun, type Outcome, type Sabotage } from './test-support/faulty-run.ts';
import { type Happening, happeningsWithExclusions, type Written, written } from './test-support/history.ts';
import { MemoryRiskStore } from './test-support/memory-risk-store.ts';
import { naiveDecisions } from './test-support/naive-decisions.ts';
import { overriding } from './test-support/overriding.ts';
import { compileWindows, WINDOW_RULES } from './test-support/window-rules.ts';
import { verify } from './verify.ts';

interface Kind {
  ruleSets: RuleSet[];
  compile: Compile;
}

const CHAIN: Kind = { ruleSets: [ruleSetOf('a', 'one'), ruleSetOf('b', 'two')], compile: chainPlan };
const WINDOWS: Kind = { ruleSets: WINDOW_RULES, compile: compileWindows };

const faults: fc.Arbitrary<Faults> = fc.record({
  seed: fc.nat(),
  logPercent: fc.constantFrom(0, 10),
  storePercent: fc.constantFrom(0, 5),
  fatePercent: fc.constantFrom(0, 2, 10),
  budgetEvents: fc.constantFrom(0, 60, 300, 1e6),
});

const CALM: Faults = { seed: 0, logPercent: 0, storePercent: 0, fatePercent: 0, budgetEvents: 0 };

/** Long enough for snapshots before and after what is excluded. */
const LONG: Happening[] = [
  { kind: 'activate', ruleSet: 0 },
  { kind: 'pay', account: 0, times: 300, amountMinor: 6, imported: false },
  { kind: 'exclude', account: 0, pick: 290 },
  { kind: 'pay', account: 0, times: 400, amountMinor: 6, imported: false },
  { kind: 'readmit', account: 0, pick: 0 },
  { kind: 'pay', account: 0, times: 3, amountMinor: 6, imported: false },
];

const breathe = async () => {};

const byAccount = (a: { accountId: string; revision: number }, b: typeof a) =>
  a.accountId < b.accountId ? -1 : a.accountId > b.accountId ? 1 : a.revision - b.revision;

const plain = (decisions: readonly Decision[]) =>
  decisions.map(({ position: _, ...decision }) => decision).toSorted(byAccount);

/** The run as a version remembers it that reads what could not be read. */
function upgraded(facts: readonly StoredFact[]): Written[] {
  for (const fact of facts) fact.schemaVersion = 1;
  return facts.filter(({ type }) => type !== 'FraudSuspected').map((fact) => ({ stream: fact.stream, fact }));
}

const verified = ({ store, risk }: Outcome, { compile }: Kind, reading: EventStore = store) =>
  verify({ store: reading, risk, compile, breathe });

/** Live, verified, replayed, and after the upgrade verified and replayed again: always as the plain fold has it. */
async function sameAsNaive(
  kind: Kind,
  history: Happening[],
  given: Faults,
  sabotage?: Sabotage,
): Promise<Outcome> {
  const { ruleSets, compile } = kind;
  const facts = written(history, ruleSets);
  const expected = naiveDecisions(facts, ruleSets, compile).toSorted(byAccount);
  const outcome = await new FaultyRun(given, compile, sabotage).play(facts);
  expect(plain(outcome.risk.decisions)).toEqual(expected);
  for (let upgrades = 0; upgrades < 2; upgrades++) {
    const rebuilt = new MemoryRiskStore();
    await replay({ store: outcome.store, risk: rebuilt, rebuild: rebuilt.rebuild(), compile, breathe });
    expect(plain(rebuilt.decisions)).toEqual(expected);
    expect(await verified(outcome, kind)).toMatchObject({ decisions: expected.length, differ: 0 });
    const again = upgraded(outcome.store.facts);
    expect(naiveDecisions(again, ruleSets, compile).toSorted(byAccount)).toEqual(expected);
  }
  return outcome;
}

describe('with facts excluded, readmitted and passed unread, through faults and an upgrade', () => {
  test.each([
    ['a hash chain', CHAIN, 80],
    ['windows and rules', WINDOWS, 25],
  ])(
    'live, replay and verify decide as the plain fold does: %s',
    async (_, kind, numRuns) => {
      const met = { FactExcluded: 0, FactReadmitted: 0, unread: 0, snapshots: 0 };
      await fc.assert(
        fc.asyncProperty(happeningsWithExclusions(kind.ruleSets.length), faults, async (history, given) => {
          const { store, risk } = await sameAsNaive(kind, history, given);
          for (const { type, data } of store.facts) {
            if (type !== 'FactExcluded' && type !== 'FactReadmitted') continue;
            met[type]++;
            if (JSON.parse(data).unread) met.unread++;
          }
          met.snapshots += risk.allSnapshots().length;
        }),
        { numRuns, examples: [[LONG, CALM]] },
      );
      // Each of them happened, or nothing was shown.
      for (const count of Object.values(met)) expect(count).toBeGreaterThan(0);
    },
    60_000,
  );
});

/** As if the fact were of a type that means nothing to the fold. */
const masked = (facts: StoredFact[], isMasked: (fact: StoredFact) => boolean): StoredFact[] =>
  facts.map((fact) => (isMasked(fact) ? { ...fact, type: 'AlertNoted' } : fact));

const isAny = ({ type }: StoredFact) => type === 'FactExcluded' || type === 'FactReadmitted';
const isPlain = (fact: StoredFact) => isAny(fact) && !fact.data.includes('"unread":true');

describe('each guarantee taken away shows', () => {
  const shows = async (sabotage: Sabotage) => {
    const property = fc.asyncProperty(happeningsWithExclusions(2), faults, async (history, given) => {
      await sameAsNaive(CHAIN, history, given, sabotage);
    });
    const { failed } = await fc.check(property, { numRuns: 3_000, endOnFailure: true });
    expect(failed).toBe(true);
  };

  test(
    'an account that is not loaded anew where one of its facts is excluded or readmitted',
    () =>
      shows(({ log }) => ({
        log: overriding(log, {
          poll: async (...args) =>
            (await log.poll(...args)).map((record) => {
              const fact = record.fact === null ? null : masked([record.fact], isPlain)[0]!;
              return { ...record, fact };
            }),
        }),
      })),
    60_000,
  );

  test(
    'accounts loaded with what was excluded',
    () =>
      shows(({ store }) => ({
        store: overriding(store, {
          readStream: async (...args) => masked(await store.readStream(...args), isPlain),
          readOthers: async (...args) => masked(await store.readOthers(...args), isPlain),
        }),
      })),
    60_000,
  );

  test('a verification that has not read ahead for what was passed unread', async () => {
    let differ = 0;
    const property = fc.asyncProperty(happeningsWithExclusions(2), async (history) => {
      const facts = written(history, CHAIN.ruleSets);
      const outcome = await new FaultyRun(CALM, CHAIN.compile).play(facts);
      upgraded(outcome.store.facts);
      const { store } = outcome;
      const blind = overriding<EventStore>(store, {
        readOthers: async (...args) => masked(await store.readOthers(...args), isAny),
      });
      differ += (await verified(outcome, CHAIN, blind)).differ;
    });
    await fc.assert(property, { numRuns: 30 });
    expect(differ).toBeGreaterThan(0);
  });
});
