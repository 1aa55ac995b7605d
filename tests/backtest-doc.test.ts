import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { backtestReport } from '../domain/backtest/backtest-report.ts';
import { casesOf, judgementsOf, ruleSetOf, type ScoredRow } from '../domain/backtest/test-support/rows.ts';

const doc = readFileSync(new URL('../docs/backtest.md', import.meta.url), 'utf8');

/** Names of the fields of a JSON value, at any depth. */
function namesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesOf);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...namesOf(inner)]);
}

const row = (score: number): ScoredRow => ({
  accountId: 'a',
  transactionId: 't',
  occurredAtMs: 0,
  amountBaseMinor: 1,
  cardKey: 'k',
  label: 'fraud',
  score,
  decision: score === 0 ? 'approve' : 'decline',
  hits: score === 0 ? [] : ['e'],
});

test('docs/backtest.md names every field of the JSON', () => {
  const set = (name: string, role: 'candidate' | 'against', score: number) => ({
    name,
    role,
    judgements: judgementsOf([row(score)]),
    definitions: [{ definition: ruleSetOf(true), version: 1, transactions: 1, lastPosition: 1 }],
  });
  const report = backtestReport({
    source: { kind: 'files', text: 'x', through: null },
    fromMs: null,
    toMs: null,
    cases: casesOf([row(0)]),
    labelsUsed: 'final',
    policy: { unlabelled: 'genuine', ripeAfterMs: 0, asOfMs: 0 },
    sets: [set('new', 'candidate', 100), set('old', 'against', 0)],
    blocked: 0,
    baseCurrency: null,
    cardsADay: 1,
    mostExamples: 1,
  });
  const names = [...new Set(namesOf(report))];
  expect(names).toEqual(expect.arrayContaining(['unique', 'fromRules', 'recallByValue', 'limits']));
  const named = new Set([...doc.matchAll(/[A-Za-z]+/g)].map(([name]) => name));
  expect(names.filter((name) => !named.has(name))).toEqual([]);
});
