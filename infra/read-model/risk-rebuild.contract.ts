import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RiskRebuild, RiskStore } from '../../domain/ports.ts';
import { checkpointAt, commitAll, decisionAt } from './testing/decisions.ts';
import type { RiskUnderTest } from './testing/risk-under-test.ts';

const decisions = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) =>
    decisionAt(from + i, { accountId: `acct-${(from + i) % 3}` }),
  );

/** What every rebuild of decisions beside the live ones must do. */
export function riskRebuildContract(open: () => Promise<RiskUnderTest>): void {
  let risk: RiskUnderTest;
  let live: RiskStore;
  /** Of another process. */
  let rebuild: RiskRebuild;
  let tables: string[];
  beforeEach(async () => {
    risk = await open();
    live = risk.store;
    rebuild = (await risk.rival()).rebuild();
    tables = await risk.tables();
    await commitAll(live, decisions(1, 10));
  });
  afterEach(() => risk.close());

  async function append(from: number, to: number): Promise<void> {
    await rebuild.append({ decisions: decisions(from, to), snapshots: [] });
  }

  describe('decisions rebuilt beside the live ones', () => {
    test('are not seen before the swap, and equal the live ones after it', async () => {
      const before = await risk.dump();
      await rebuild.begin(0);
      await append(1, 4);
      expect(await risk.dump()).toEqual(before);
      await append(5, 10);
      expect(await rebuild.swap(checkpointAt(10), false)).toBe(true);
      expect(await risk.dump()).toEqual(before);
      expect(await live.checkpoint(0)).toEqual(checkpointAt(10));
      expect(await risk.tables()).toEqual(tables);
    });

    test('mend what was damaged', async () => {
      const before = await risk.dump();
      await risk.tamper('UPDATE decisions SET score = 99');
      await risk.tamper('DELETE FROM decisions WHERE position = 3');
      await rebuild.begin(0);
      await append(1, 10);
      await rebuild.swap(checkpointAt(10), false);
      expect(await risk.dump()).toEqual(before);
    });

    test('are not swapped in behind the live ones, which went on meanwhile', async () => {
      await rebuild.begin(0);
      await append(1, 10);
      await commitAll(live, decisions(11, 12));
      expect(await rebuild.swap(checkpointAt(10), false)).toBe(false);
      expect((await live.readDecisions(0, 0, 100)).length).toBe(12);
      await append(11, 12);
      expect(await rebuild.swap(checkpointAt(12), false)).toBe(true);
      expect(await live.readDecisions(0, 0, 100)).toEqual(decisions(1, 12));
    });

    test('replace those of another history also from behind', async () => {
      await rebuild.begin(0);
      await append(1, 2);
      expect(await rebuild.swap({ partition: 0, position: 2, eventId: 'other' }, true)).toBe(true);
      expect(await live.checkpoint(0)).toEqual({ partition: 0, position: 2, eventId: 'other' });
      expect((await live.readDecisions(0, 0, 100)).length).toBe(2);
    });

    test('stop a live processor that stands elsewhere, which then goes on from them', async () => {
      await rebuild.begin(0);
      await append(1, 13);
      await rebuild.swap(checkpointAt(13), false);
      const stale = {
        from: checkpointAt(10),
        to: checkpointAt(11),
        decisions: decisions(11, 11),
        snapshots: [],
      };
      expect(await live.commit(stale)).toBe(false);
      await commitAll(live, decisions(14, 14));
      expect(await live.readDecisions(0, 0, 100)).toEqual(decisions(1, 14));
      expect(await risk.queries.newestOfAccount('acct-2')).toEqual(decisions(14, 14)[0]);
    });

    test('left behind by a rebuild that died are dropped by the next; of two at once the first fails', async () => {
      await rebuild.begin(0);
      await append(1, 3);
      const second = risk.rebuild();
      await second.begin(0);
      await expect(append(4, 5)).rejects.toThrow(/no such table|does not exist/);
      await second.append({ decisions: decisions(1, 10), snapshots: [] });
      expect(await second.swap(checkpointAt(10), false)).toBe(true);
      expect(await risk.tables()).toEqual(tables);
      expect(await live.readDecisions(0, 0, 100)).toEqual(decisions(1, 10));
    });
  });
}
