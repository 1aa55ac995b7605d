import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { advance } from '../../projections/advance.ts';
import { PROJECTIONS } from '../../projections/all.ts';
import { openProjection, readCheckpoint } from '../../projections/checkpoint.ts';
import { type Happening, happening, historyWriter } from '../../projections/testing/histories.ts';
import { sqliteViews } from '../../projections/testing/sqlite-views.ts';
import { canonicalDump } from './canonical-dump.ts';
import { openRiskDatabase } from './risk-database.ts';
import { sqliteRiskStore } from './sqlite-risk-store.ts';
import { commitAll, decisionAt } from './testing/decisions.ts';
import { tempFile } from './testing/temp-database.ts';

const under = sqliteViews();
afterEach(() => under.close());

async function dumpOfViews(happenings: readonly Happening[]): Promise<string[]> {
  const { store, happen } = historyWriter();
  for (const what of happenings) await happen(what);
  const db = await under.views();
  for (const projection of PROJECTIONS) {
    await openProjection(db, projection);
    for (let more = true; more; ) {
      const from = (await readCheckpoint(db, projection.name))!;
      const subject = { db, store, projection, name: projection.name, suffix: '' };
      more = (await advance(subject, from, { limit: 20, tick: true })).more;
    }
  }
  return under.dumpOf(db);
}

async function dumpOfDecisions(decisions: Parameters<typeof commitAll>[1]): Promise<string[]> {
  const file = tempFile('risk.db');
  const database = openRiskDatabase(file.path);
  await commitAll(sqliteRiskStore(database), decisions);
  const lines = await Array.fromAsync(canonicalDump(database, undefined));
  database.close();
  file.remove();
  return lines;
}

describe('the canonical dump', () => {
  test('is the same wherever in the store the same facts stand', async () => {
    const draws = fc.array(fc.tuple(happening, fc.nat(2)), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(draws, async (drawn) => {
        const dense = drawn.map(([what]) => what).filter((what) => what.kind !== 'transaction');
        const apart = dense.flatMap((what, i): Happening[] => [
          ...Array.from({ length: drawn[i]![1] }, () => ({ kind: 'transaction' as const, account: 0 })),
          what,
        ]);
        expect(await dumpOfViews(apart)).toEqual(await dumpOfViews(dense));
      }),
      { numRuns: 20 },
    );
    const a = { accountId: 'a', revision: 0, transactionId: 't', occurredAtMs: 5 };
    const b = { accountId: 'b', revision: 0, transactionId: 't', occurredAtMs: 5 };
    const lines = await dumpOfDecisions([decisionAt(1, a), decisionAt(2, b)]);
    expect(await dumpOfDecisions([decisionAt(7, b), decisionAt(900, a)])).toEqual(lines);
    expect(lines.length).toBe(2);
  });

  test('differs where a decision, an alert or its work does', async () => {
    const alert: Happening = { kind: 'suspicion', account: 1, score: 70, reasons: ['VELOCITY'] };
    const claim = (by: string): Happening => ({
      kind: 'work',
      alert: 0,
      command: { type: 'claim', by, at: '2026-03-01T12:00:00Z' },
    });
    expect(await dumpOfViews([alert, claim('ana')])).not.toEqual(await dumpOfViews([alert, claim('ben')]));
    expect(await dumpOfViews([alert])).not.toEqual(await dumpOfViews([{ ...alert, score: 71 }]));
    for (const change of [
      { score: null },
      { features: [2] },
      { decision: 'approve' as const },
      { lateByMs: 1 },
    ]) {
      expect(await dumpOfDecisions([decisionAt(1, change)])).not.toEqual(
        await dumpOfDecisions([decisionAt(1)]),
      );
    }
  });
});
