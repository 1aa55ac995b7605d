import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, expect, test } from '@jest/globals';
import { readHistory } from '../../bench/detection/history.ts';
import { averagePrecision } from '../../bench/detection/measures.ts';
import { midnight, rowsOfDays } from '../../bench/detection/period.ts';
import { parseRuleSet } from '../../domain/rules/rule-set-parse.ts';
import { runExamples } from '../../domain/scoring/run-examples.ts';
import { DetectionBench } from '../support/detection-bench.ts';

const bench = new DetectionBench();
afterAll(() => bench.remove());

test('account windows catch least, merchant windows over late labels more, a regression over them most', async () => {
  const data = await bench.generate('city', '--customers', '400', '--days', '60');
  const history = await readHistory(data);
  const month = rowsOfDays(history, midnight('2018-05-01'), 30);
  const precisionOf = async (rules: string): Promise<number> => {
    const scores = (await bench.score(`docs/examples/${rules}.yaml`, data)).get('score')!;
    return averagePrecision({
      score: month.map((row) => Number(scores[row])),
      isFraud: month.map((row) => history.isFraud[row]!),
    });
  };
  const accounts = await precisionOf('handbook-accounts');
  const merchants = await precisionOf('handbook-merchants');
  const logistic = await precisionOf('handbook-logistic');
  expect(accounts).toBeGreaterThan(0.2);
  expect(accounts).toBeLessThan(0.45);
  expect(merchants - accounts).toBeGreaterThan(0.15);
  expect(logistic - merchants).toBeGreaterThan(0.05);
});

test.each(readdirSync('docs/examples'))('docs/examples/%s is in order', (file) => {
  const parsed = parseRuleSet(readFileSync(`docs/examples/${file}`, 'utf8'));
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  expect(runExamples(parsed.ruleSet).flatMap(({ mismatches }) => mismatches)).toEqual([]);
});
