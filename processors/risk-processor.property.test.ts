import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Decision } from '../domain/decision.ts';
import type { FraudSuspected } from '../domain/facts.ts';
import type { EventStore } from '../domain/ports.ts';
import type { RuleSet } from '../domain/rules/rule-set.ts';
import { alertId } from './fraud-suspected.ts';
import type { Compile } from './scoring-plans.ts';
import { chainPlan } from './test-support/chain-plan.ts';
import { ruleSetOf } from './test-support/facts.ts';
import { type Faults, FaultyRun, type Outcome, type Sabotage } from './test-support/faulty-run.ts';
import { type Happening, happenings, written } from './test-support/history.ts';
import { naiveDecisions } from './test-support/naive-decisions.ts';
import { overriding } from './test-support/overriding.ts';
import { compileWindows, WINDOW_RULES } from './test-support/window-rules.ts';
import { verify } from './verify.ts';

interface Kind {
  ruleSets: RuleSet[];
  compile: Compile;
}

/** Two rule sets that share their columns, one that does not. */
const CHAIN: Kind = {
  ruleSets: [ruleSetOf('a', 'one'), ruleSetOf('b', 'one'), ruleSetOf('c', 'two')],
  compile: chainPlan,
};
const WINDOWS: Kind = { ruleSets: WINDOW_RULES, compile: compileWindows };

const faults: fc.Arbitrary<Faults> = fc.record({
  seed: fc.nat(),
  logPercent: fc.constantFrom(0, 5, 20),
  storePercent: fc.constantFrom(0, 3, 10),
  fatePercent: fc.constantFrom(0, 2, 10),
  budgetEvents: fc.constantFrom(0, 60, 300, 1e6),
});

const NO_FAULTS: Faults = { seed: 0, logPercent: 0, storePercent: 0, fatePercent: 0, budgetEvents: 0 };

/** Late transactions that reach back further than what the account keeps, one after another. */
const LATE_AFTER_LATE: Happening[] = [
  { kind: 'activate', ruleSet: 0 },
  { kind: 'pay', account: 0, times: 140, amountMinor: 6, imported: false },
  { kind: 'pay', account: 0, times: 1, amountMinor: 0, imported: false },
];

const byAccount = (a: { accountId: string; revision: number }, b: typeof a) =>
  a.accountId < b.accountId ? -1 : a.accountId > b.accountId ? 1 : a.revision - b.revision;

const unplaced = ({ position: _, ...decision }: Decision) => decision;

/** A run through faults decides as the plain fold does, records each decision once and raises each alert once. */
async function sameAsCleanRun(
  { ruleSets, compile }: Kind,
  history: Happening[],
  given: Faults,
  sabotage?: Sabotage,
): Promise<Outcome> {
  const facts = written(history, ruleSets);
  const expected = naiveDecisions(facts, ruleSets, compile).toSorted(byAccount);
  const outcome = await new FaultyRun(given, compile, sabotage).play(facts);

  expect(outcome.risk.decisions.map(unplaced).toSorted(byAccount)).toEqual(expected);
  const known = new Map(expected.map((decision) => [`${decision.accountId} ${decision.revision}`, decision]));
  for (const decision of outcome.emitted) {
    expect(unplaced(decision)).toEqual(known.get(`${decision.accountId} ${decision.revision}`));
  }
  const alerts = outcome.store.facts.filter(({ type }) => type === 'FraudSuspected');
  const suspicious = expected.filter(({ origin, decision }) => origin === 'live' && decision !== 'approve');
  expect(alerts.map(({ stream }) => stream).toSorted()).toEqual(
    suspicious.map((decision) => `alert-${alertId(decision)}`).toSorted(),
  );
  for (const alert of alerts) {
    const { position, accountId, revision } = JSON.parse(alert.data) as FraudSuspected;
    expect(outcome.store.facts[position - 1]).toMatchObject({ stream: `account-${accountId}`, revision });
  }
  return outcome;
}

describe('the risk processor, through losses, repeats, rewinds, crashes, zombies, replays and restored checkpoints', () => {
  test.each([
    ['a hash chain', CHAIN, 250],
    ['windows and rules', WINDOWS, 60],
  ])('decides, records and raises as one clean run does: %s', async (_, kind, numRuns) => {
    const met = { duplicatesSkipped: 0, gapsHealed: 0, ownershipLost: 0, replays: 0, snapshots: 0 };
    await fc.assert(
      fc.asyncProperty(happenings(kind.ruleSets.length), faults, async (history, given) => {
        const outcome = await sameAsCleanRun(kind, history, given);
        const { store, risk, replays } = outcome;
        expect(await verify({ store, risk, compile: kind.compile, breathe })).toMatchObject({
          decisions: risk.decisions.length,
          alerts: store.facts.filter(({ type }) => type === 'FraudSuspected').length,
          differ: 0,
        });
        for (const { duplicatesSkipped, gapsHealed, ownershipLost } of outcome.statuses()) {
          met.duplicatesSkipped += duplicatesSkipped;
          met.gapsHealed += gapsHealed;
          met.ownershipLost += ownershipLost;
        }
        met.replays += replays;
        met.snapshots += risk.allSnapshots().length;
      }),
      { numRuns, examples: [[LATE_AFTER_LATE, NO_FAULTS]] },
    );
    // Each of them happened, or nothing was shown.
    for (const count of Object.values(met)) expect(count).toBeGreaterThan(0);
  });
});

const breathe = async () => {};

const property = (sabotage: Sabotage) =>
  fc.asyncProperty(happenings(CHAIN.ruleSets.length), faults, async (history, given) => {
    await sameAsCleanRun(CHAIN, history, given, sabotage);
  });

describe('each guarantee taken away shows', () => {
  const shows = async (sabotage: Sabotage) => {
    const { failed } = await fc.check(property(sabotage), { numRuns: 300, endOnFailure: true });
    expect(failed).toBe(true);
  };

  test('a checkpoint that is set without being compared', () =>
    shows((_, { risk }) => ({
      risk: overriding(risk, {
        commit: async (commit) => {
          risk.write(commit);
          return true;
        },
      }),
    })));

  test('records that do not say what they cover', () =>
    shows(({ log }) => ({
      log: overriding(log, {
        poll: async (...args) => (await log.poll(...args)).map((record) => ({ ...record, from: 0 })),
      }),
    })));

  test('decisions recorded whenever an account is folded, also while it is loaded', () =>
    shows(({ compile, risk }) => {
      let folded: Decision[] = [];
      return {
        compile: (definition, version) => {
          const plan = compile(definition, version);
          return overriding(plan, {
            apply: (...args) => {
              const decision = plan.apply(...args);
              folded.push(decision);
              return decision;
            },
          });
        },
        risk: overriding(risk, {
          commit: (commit) => {
            const decisions = folded;
            folded = [];
            return risk.commit({ ...commit, decisions });
          },
        }),
      };
    }));

  test('alerts appended whatever their stream holds', () =>
    shows((_, { store }) => ({
      store: overriding(store, {
        append: async (stream, _expected, facts) => store.appendAny(stream, facts),
      }),
    })));

  test('alerts raised after their decisions are recorded', () =>
    shows(({ store, risk }, { fate }) => {
      const late: Parameters<EventStore['append']>[] = [];
      return {
        store: overriding(store, {
          append: async (...args) => {
            late.push(args);
            return { revision: 0, position: 0 };
          },
        }),
        risk: overriding(risk, {
          commit: async (commit) => {
            const committed = await risk.commit(commit);
            await fate.pause();
            for (const args of late.splice(0)) await store.append(...args).catch(() => undefined);
            return committed;
          },
        }),
      };
    }));
});
