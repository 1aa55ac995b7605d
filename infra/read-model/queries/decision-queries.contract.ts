import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Decision } from '../../../domain/decision.ts';
import { commitAll, decisionAt } from '../testing/decisions.ts';
import type { RiskUnderTest } from '../testing/risk-under-test.ts';

/** Decisions of a few accounts and ids, their positions up to 20,000 apart, so over many stretches. */
const decisionsFrom = (draws: readonly { gap: number; account: number; id: number }[]): Decision[] => {
  const revisions = new Map<string, number>();
  let position = 0;
  return draws.map(({ gap, account, id }) => {
    const accountId = `acct-${account}`;
    const revision = revisions.get(accountId) ?? 0;
    revisions.set(accountId, revision + 1);
    position += gap;
    return decisionAt(position, { accountId, revision, transactionId: `t-${id}-${revision % 3}` });
  });
};
const draw = fc.record({ gap: fc.integer({ min: 1, max: 20_000 }), account: fc.nat(2), id: fc.nat(4) });

/** What every search of decisions must find. */
export function decisionQueriesContract(open: () => Promise<RiskUnderTest>): void {
  let risk: RiskUnderTest;
  let queries: RiskUnderTest['queries'];
  beforeEach(async () => {
    risk = await open();
    queries = risk.queries;
  });
  afterEach(() => risk.close());

  describe('decisions', () => {
    test('are found by position, by transaction, by transaction id and by account as a plain search finds them', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(draw, { minLength: 1, maxLength: 40 }),
          fc.nat(40),
          fc.integer({ min: 1, max: 9 }),
          async (draws, before, limit) => {
            await risk.tamper('DELETE FROM decisions');
            await risk.tamper('DELETE FROM checkpoints');
            const all = decisionsFrom(draws);
            await commitAll(risk.store, all, 7);
            const newestFirst = all.toReversed();
            const newestOf = (isMeant: (decision: Decision) => boolean) => newestFirst.filter(isMeant);
            for (const { accountId, transactionId, position } of all) {
              expect(await queries.at(accountId, position)).toEqual(
                all.find((decision) => decision.position === position),
              );
              const ofId = newestOf((decision) => decision.transactionId === transactionId);
              const ofBoth = ofId.filter((decision) => decision.accountId === accountId);
              expect(ofBoth).toContainEqual(await queries.ofTransaction(accountId, transactionId));
              expect(sorted(await queries.ofTransactionId(transactionId, 100))).toEqual(sorted(ofId));
            }
            for (const accountId of ['acct-0', 'acct-1', 'acct-2']) {
              const ofAccount = newestOf((decision) => decision.accountId === accountId);
              expect(await queries.newestOfAccount(accountId)).toEqual(ofAccount[0]);
              expect(await queries.ofAccount(accountId, null, limit)).toEqual(ofAccount.slice(0, limit));
              const earlier = ofAccount.filter((decision) => decision.revision < before);
              expect(await queries.ofAccount(accountId, before, limit)).toEqual(earlier.slice(0, limit));
            }
            expect(await queries.reflected()).toBe(newestFirst[0]!.position);
          },
        ),
        { numRuns: 30 },
      );
    });

    test('of which there are none are not found', async () => {
      expect(await queries.at('acct-1', 1)).toBeUndefined();
      expect(await queries.ofTransaction('acct-1', 't-1')).toBeUndefined();
      expect(await queries.ofTransactionId('t-1', 10)).toEqual([]);
      expect(await queries.ofAccount('acct-1', null, 10)).toEqual([]);
      expect(await queries.newestOfAccount('acct-1')).toBeUndefined();
      expect(await queries.reflected()).toBe(0);
    });
  });
}

const sorted = (decisions: Decision[]) => decisions.toSorted((a, b) => a.position - b.position);
