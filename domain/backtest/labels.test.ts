import { describe, expect, test } from '@jest/globals';
import type { Label } from '../facts.ts';
import { countLabels } from './label-counting.ts';
import { labelMaturity } from './label-maturity.ts';
import { casesOf, judgementsOf, type ScoredRow } from './test-support/rows.ts';

const DAY_MS = 86_400_000;
const AS_OF_MS = 1_000 * DAY_MS;

const aged = (ageDays: number, label: Label | null, isAlert = false): ScoredRow => ({
  accountId: 'x',
  transactionId: `t${ageDays}${label}`,
  occurredAtMs: AS_OF_MS - ageDays * DAY_MS,
  amountBaseMinor: 1,
  cardKey: null,
  label,
  score: isAlert ? 100 : 0,
  decision: isAlert ? 'decline' : 'approve',
  hits: [],
});

const ROWS = [
  aged(1, null),
  aged(1, 'fraud'),
  aged(29, null),
  aged(30, null),
  aged(95, 'genuine'),
  aged(95, null),
];

describe('what a transaction without a label counts as', () => {
  const policy = { ripeAfterMs: 30 * DAY_MS, asOfMs: AS_OF_MS };

  test('genuine, once it is old enough to have got one', () => {
    const { cases, counts } = countLabels(casesOf(ROWS), { ...policy, unlabelled: 'genuine' });
    expect(counts).toEqual({ fraud: 1, genuine: 1, assumedGenuine: 2, notRipe: 2, unknown: 0 });
    expect([...cases.labels]).toEqual([0, 2, 0, 1, 1, 1]);
  });

  test('nothing, and it is told whether it could have got one', () => {
    const { cases, counts } = countLabels(casesOf(ROWS), { ...policy, unlabelled: 'unknown' });
    expect(counts).toEqual({ fraud: 1, genuine: 1, assumedGenuine: 0, notRipe: 2, unknown: 2 });
    expect([...cases.labels]).toEqual([...casesOf(ROWS).labels]);
  });

  test('a label that is there counts however young the transaction', () => {
    const { counts } = countLabels(casesOf([aged(0, 'fraud')]), { ...policy, unlabelled: 'genuine' });
    expect(counts).toMatchObject({ fraud: 1, notRipe: 0 });
  });
});

test('figures by age: from its lower bound to below its upper one, what came later with the youngest', () => {
  const list = [
    aged(-2, null),
    aged(6.9, 'fraud', true),
    aged(7, 'fraud'),
    aged(7, 'genuine', true),
    aged(90, 'fraud', true),
    aged(400, 'fraud'),
  ];
  expect(labelMaturity(casesOf(list), judgementsOf(list), AS_OF_MS)).toEqual([
    {
      fromDays: 0,
      toDays: 7,
      transactions: 2,
      alerts: 1,
      frauds: 1,
      genuine: 0,
      unlabelled: 1,
      precision: 1,
      recall: 1,
    },
    {
      fromDays: 7,
      toDays: 30,
      transactions: 2,
      alerts: 1,
      frauds: 1,
      genuine: 1,
      unlabelled: 0,
      precision: 0,
      recall: 0,
    },
    {
      fromDays: 30,
      toDays: 90,
      transactions: 0,
      alerts: 0,
      frauds: 0,
      genuine: 0,
      unlabelled: 0,
      precision: null,
      recall: null,
    },
    {
      fromDays: 90,
      toDays: null,
      transactions: 2,
      alerts: 1,
      frauds: 2,
      genuine: 0,
      unlabelled: 0,
      precision: 1,
      recall: 0.5,
    },
  ]);
});
