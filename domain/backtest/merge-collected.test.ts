import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { backtestReport } from './backtest-report.ts';
import type { Collected } from './case-collector.ts';
import { CaseColumns } from './cases.ts';
import { JudgementColumns } from './judgements.ts';
import { mergeCollected } from './merge-collected.ts';
import { cardOf, POINTS, rows, ruleSetOf, type ScoredRow } from './test-support/rows.ts';

const DEFINITIONS = [ruleSetOf(true), { ...ruleSetOf(true), name: 'other' }];

interface Placed extends ScoredRow {
  position: number;
  /** Which definition was in force. */
  version: number;
}

/** As a collector that was handed these rows only. */
function collected(list: readonly Placed[]): Collected {
  const cases = new CaseColumns();
  const judged = new JudgementColumns();
  for (const row of list) {
    cases.add({ ...row, card: cardOf(row) });
    const hits = row.hits.map((rule) => ({ rule, points: POINTS[rule]!, reason: rule }));
    judged.add({ ...row, hits }, DEFINITIONS[row.version]!);
  }
  const used = DEFINITIONS.map((definition, version) => {
    const own = list.filter((row) => row.version === version);
    return { definition, version, transactions: own.length, lastPosition: own.at(-1)?.position ?? 0 };
  }).filter(({ transactions }) => transactions > 0);
  return {
    cases: cases.cases(),
    sets: [
      {
        name: 'set',
        role: 'candidate',
        judgements: judged.judgements(),
        definitions: used.sort((a, b) => a.lastPosition - b.lastPosition),
      },
    ],
    newestMs: Math.max(-Infinity, ...list.map(({ occurredAtMs }) => occurredAtMs)),
    blocked: list.length,
    baseCurrency: list.length === 0 ? null : 'EUR',
  };
}

function reportOf(of: Collected) {
  return backtestReport({
    source: { kind: 'store', text: 'x', through: 1 },
    fromMs: null,
    toMs: null,
    labelsUsed: 'final',
    policy: { unlabelled: 'unknown', ripeAfterMs: 0, asOfMs: 0 },
    cardsADay: 2,
    mostExamples: 5,
    ...of,
  });
}

const history = rows(true).map((list) =>
  list.map((row, i): Placed => ({ ...row, position: 3 * i + 1, version: i < list.length / 2 ? 0 : 1 })),
);

test('what was taken in by accounts apart is, put together, what one would have taken in', () => {
  fc.assert(
    fc.property(
      history.filter((list) => list.length > 0),
      (list) => {
        const parts = ['x', 'y', 'z'].map((account) => list.filter(({ accountId }) => accountId === account));
        const merged = mergeCollected(parts.map(collected));
        const whole = collected(list);
        expect(reportOf(merged)).toEqual(reportOf(whole));
        expect([...merged.cases.positions]).toEqual([...whole.cases.positions]);
        expect(merged.cases.transactionIds).toEqual(whole.cases.transactionIds);
        const cardsOf = ({ cases }: Collected) =>
          Array.from(cases.cards, (card) => cases.cardKeys[card] ?? null);
        expect(cardsOf(merged)).toEqual(cardsOf(whole));
      },
    ),
  );
});
