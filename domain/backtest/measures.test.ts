import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { averagePrecision } from './average-precision.ts';
import { cardPrecision } from './card-precision.ts';
import { confusion } from './confusion.ts';
import { daySeries } from './day-series.ts';
import { decisionChanges } from './decision-changes.ts';
import { DECLINE, REVIEW } from './judgements.ts';
import { MoneySum } from './money-sum.ts';
import { rocAuc } from './roc-auc.ts';
import { ruleFigures } from './rule-figures.ts';
import { scoreDistribution } from './score-distribution.ts';
import { scoreGroups } from './score-groups.ts';
import {
  naiveAveragePrecision,
  naiveCardPrecision,
  naiveChanges,
  naiveConfusion,
  naiveDays,
  naiveRocAuc,
  naiveRule,
  naiveThresholdPoint,
} from './test-support/naive-measures.ts';
import { casesOf, judgementsOf, POINTS, rows, type ScoredRow } from './test-support/rows.ts';
import { thresholdCurve, thresholdsToShow } from './threshold-curve.ts';

const anyRows = fc.oneof(rows(true), rows(false));

const ranked = (of: readonly ScoredRow[]) => scoreGroups(casesOf(of), judgementsOf(of));

/** Exact sums as text, whatever their size. */
const moneyAsText = <T extends object>(figures: T) =>
  Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [name, /Minor$/.test(name) ? String(value) : value]),
  );

function expectClose(actual: number | null, expected: number | null): void {
  if (expected === null) expect(actual).toBeNull();
  else expect(actual).toBeCloseTo(expected, 12);
}

/** Frauds (1) and genuine transactions (0) with their scores. */
function labelled(labels: readonly (0 | 1)[], scores: readonly number[]): ScoredRow[] {
  return labels.map((label, i) => ({
    accountId: 'x',
    transactionId: `t${i}`,
    occurredAtMs: 0,
    amountBaseMinor: 1,
    cardKey: `k${i}`,
    label: label === 1 ? 'fraud' : 'genuine',
    score: scores[i]!,
    decision: 'approve',
    hits: [],
  }));
}

describe('measures of ranking', () => {
  test('average precision is what scikit-learn says it is', () => {
    expectClose(averagePrecision(ranked(labelled([0, 0, 1, 1], [10, 40, 35, 80]))), 0.8333333333333333);
    // Equal scores pass together: 2 of 4 at recall 1.
    expectClose(averagePrecision(ranked(labelled([0, 1, 0, 1], [50, 50, 50, 50]))), 0.5);
    expect(averagePrecision(ranked(labelled([0, 0], [1, 2])))).toBeNull();
  });

  test('the area under the ROC curve counts equal scores half', () => {
    expect(rocAuc(ranked(labelled([0, 0, 1, 1], [10, 40, 35, 80])))).toBe(0.75);
    expect(rocAuc(ranked(labelled([0, 1], [7, 7])))).toBe(0.5);
    expect(rocAuc(ranked(labelled([1, 1], [7, 8])))).toBeNull();
  });

  test('both are as by definition, from every threshold and every pair anew', () => {
    fc.assert(
      fc.property(anyRows, (list) => {
        expectClose(averagePrecision(ranked(list)), naiveAveragePrecision(list));
        expectClose(rocAuc(ranked(list)), naiveRocAuc(list));
      }),
    );
  });

  test('neither depends on the order of the rows, nor on how scores are spaced', () => {
    fc.assert(
      fc.property(rows(false), fc.nat(), (any, by) => {
        // Whole scores: what is squeezed must stay apart.
        const list = any.map((row) => ({ ...row, score: row.score === null ? null : Math.round(row.score) }));
        const turned = [...list.slice(by % (list.length + 1)), ...list.slice(0, by % (list.length + 1))];
        const squeezed = list.map((row) => ({
          ...row,
          score: row.score === null ? null : row.score / 2 + 25,
        }));
        for (const other of [turned, squeezed]) {
          expectClose(averagePrecision(ranked(other)), averagePrecision(ranked(list)));
          expectClose(rocAuc(ranked(other)), rocAuc(ranked(list)));
        }
      }),
    );
  });

  test('card precision is the Handbook’s', () => {
    fc.assert(
      fc.property(anyRows, fc.integer({ min: 1, max: 5 }), (list, k) => {
        const { days, mean, best } = cardPrecision(casesOf(list), judgementsOf(list), k);
        const knowing = list.map((row) => ({ ...row, score: row.label === 'fraud' ? 100 : 0 }));
        expect(best).toBe(cardPrecision(casesOf(knowing), judgementsOf(knowing), k).mean);
        const expected = naiveCardPrecision(list, k);
        expect(days.map(({ precision }) => precision)).toEqual(expected);
        expectClose(
          mean,
          expected.length === 0 ? null : expected.reduce((a, b) => a + b, 0) / expected.length,
        );
      }),
    );
  });

  test('a card that was found is left out on later days, one that was missed is not', () => {
    const onDay = (day: number, cardKey: string, score: number): ScoredRow => ({
      ...labelled([1], [score])[0]!,
      occurredAtMs: day * 86_400_000,
      cardKey,
    });
    const list = [onDay(0, 'k1', 90), onDay(0, 'k2', 10), onDay(1, 'k1', 95), onDay(1, 'k2', 20)];
    expect(cardPrecision(casesOf(list), judgementsOf(list), 1).days).toEqual([
      { day: '1970-01-01', precision: 1, found: 1, compromised: 2 },
      { day: '1970-01-02', precision: 1, found: 1, compromised: 1 },
    ]);
  });
});

describe('measures of decisions', () => {
  test('the confusion at both thresholds, in numbers and in money', () => {
    fc.assert(
      fc.property(anyRows, (list) => {
        const [cases, judgements] = [casesOf(list), judgementsOf(list)];
        const review = moneyAsText(confusion(cases, judgements, REVIEW));
        const decline = moneyAsText(confusion(cases, judgements, DECLINE));
        expect(review).toMatchObject(naiveConfusion(list, ['review', 'decline']));
        expect(decline).toMatchObject(naiveConfusion(list, ['decline']));
      }),
    );
  });

  test('precision and recall of a small case', () => {
    const list = labelled([1, 1, 1, 0, 0, 0], [90, 60, 0, 90, 0, 0]).map((row): ScoredRow => {
      return { ...row, decision: row.score! >= 80 ? 'decline' : row.score! >= 50 ? 'review' : 'approve' };
    });
    list[2]!.amountBaseMinor = 8;
    expect(confusion(casesOf(list), judgementsOf(list), REVIEW)).toEqual({
      named: 3,
      truePositives: 2,
      falsePositives: 1,
      falseNegatives: 1,
      trueNegatives: 2,
      unlabelledNamed: 0,
      precision: 2 / 3,
      recall: 2 / 3,
      falsePositiveRate: 1 / 3,
      caughtMinor: 2,
      missedMinor: 8,
      stoppedGoodMinor: 1,
      recallByValue: 0.2,
    });
  });

  test('the threshold curve is exact at every threshold', () => {
    fc.assert(
      fc.property(anyRows, fc.array(fc.integer({ min: 0, max: 101 })), (list, must) => {
        const [cases, judgements] = [casesOf(list), judgementsOf(list)];
        const thresholds = thresholdsToShow(scoreGroups(cases, judgements), 1_000, must);
        const curve = thresholdCurve(cases, judgements, thresholds);
        expect(curve.map(moneyAsText)).toMatchObject(
          thresholds.map((threshold) => naiveThresholdPoint(list, threshold)),
        );
        expect(must.every((threshold) => thresholds.includes(threshold))).toBe(true);
        if (list.length > 0)
          expect(curve.at(-1)!.named).toBeGreaterThanOrEqual(must.includes(0) ? list.length : 0);
      }),
    );
  });

  test('of many scores a bounded number of thresholds is shown, the highest and the lowest with them', () => {
    const list = labelled(
      Array.from({ length: 5_000 }, (_, i) => (i % 10 === 0 ? 1 : 0)),
      Array.from({ length: 5_000 }, (_, i) => i / 50),
    );
    const shown = thresholdsToShow(scoreGroups(casesOf(list), judgementsOf(list)), 100, [50]);
    expect(shown.length).toBeLessThanOrEqual(101);
    expect([shown[0], shown.at(-1), shown.includes(50)]).toEqual([4_999 / 50, 0, true]);
  });
});

describe('what is told of rules, days and scores', () => {
  test('what each rule hit, and what it alone brought over the threshold', () => {
    fc.assert(
      fc.property(rows(true), (list) => {
        const figures = ruleFigures(casesOf(list), judgementsOf(list), Object.keys(POINTS), true);
        expect(
          figures.map(({ unique, ...rest }) => ({ ...rest, unique: moneyAsText(unique!) })),
        ).toMatchObject(Object.keys(POINTS).map((rule) => ({ rule, ...naiveRule(list, rule) })));
      }),
    );
  });

  test('where the score is an expression, no rule can be said to have made it', () => {
    const [row] = labelled([1], [90]);
    const list: ScoredRow[] = [{ ...row!, hits: ['e'], decision: 'decline' }];
    const [figures] = ruleFigures(casesOf(list), judgementsOf(list, false), ['e'], false);
    expect(figures).toMatchObject({ rule: 'e', hits: 1, precision: 1, unique: null });
  });

  test('the days', () => {
    fc.assert(
      fc.property(anyRows, (list) => {
        expect(daySeries(casesOf(list), judgementsOf(list)).map(moneyAsText)).toEqual(naiveDays(list));
      }),
    );
  });

  test('the distribution of scores holds each scored row once', () => {
    fc.assert(
      fc.property(anyRows, (list) => {
        for (const { from, to, ...counts } of scoreDistribution(casesOf(list), judgementsOf(list))) {
          const own = list.filter(
            ({ score }) => score !== null && score >= from && (score < to || to === 100),
          );
          const of = (label: string | null) => own.filter((row) => row.label === label).length;
          expect(counts).toEqual({ frauds: of('fraud'), genuine: of('genuine'), unlabelled: of(null) });
        }
      }),
    );
  });
});

describe('changes of decisions', () => {
  const pairs = fc.tuple(rows(true), rows(true)).map(([from, to]) => {
    const count = Math.min(from.length, to.length);
    return [
      from.slice(0, count),
      to
        .slice(0, count)
        .map((row, i) => ({ ...from[i]!, score: row.score, decision: row.decision, hits: row.hits })),
    ] as const;
  });

  test('are counted by their way, and none is left out', () => {
    fc.assert(
      fc.property(pairs, ([from, to]) => {
        const ways = decisionChanges(casesOf(from), judgementsOf(from), judgementsOf(to), 3);
        const expected = naiveChanges(from, to);
        expect(Object.fromEntries(ways.map((way) => [`${way.from}>${way.to}`, way.transactions]))).toEqual(
          Object.fromEntries([...expected].map(([way, list]) => [way, list.length])),
        );
        for (const { frauds, genuine, unlabelled, transactions, examples } of ways) {
          expect(frauds + genuine + unlabelled).toBe(transactions);
          expect(examples).toHaveLength(Math.min(3, transactions));
        }
      }),
    );
  });

  test('examples show what both said, frauds and large amounts first', () => {
    const from = labelled([0, 1, 1], [0, 0, 0]);
    from[2]!.amountBaseMinor = 5;
    const to = from.map((row): ScoredRow => ({ ...row, score: 100, decision: 'decline', hits: ['e'] }));
    const [way] = decisionChanges(casesOf(from), judgementsOf(from), judgementsOf(to), 2);
    expect(way).toMatchObject({ from: 'approve', to: 'decline', frauds: 2, fraudMinor: 6, genuineMinor: 1 });
    expect(way!.examples).toEqual([
      {
        accountId: 'x',
        transactionId: 't2',
        occurredAt: '1970-01-01T00:00:00.000Z',
        amountBaseMinor: 5,
        label: 'fraud',
        fromScore: 0,
        toScore: 100,
        fromRules: [],
        toRules: ['e'],
      },
      expect.objectContaining({ transactionId: 't1' }),
    ]);
  });
});

test('sums of money are exact past 2^53', () => {
  const amount = fc.oneof(
    fc.integer({ min: 0, max: 100 }),
    fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    fc.constantFrom(2 ** 52, 2 ** 52 - 1, Number.MAX_SAFE_INTEGER),
  );
  fc.assert(
    fc.property(fc.array(amount), (amounts) => {
      const sum = new MoneySum();
      for (const each of amounts) sum.add(each);
      expect(sum.total()).toBe(amounts.reduce((total, each) => total + BigInt(each), 0n));
    }),
  );
});
