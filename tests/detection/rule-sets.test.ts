import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type History, readHistory } from '../../bench/detection/history.ts';
import { logOdds } from '../../bench/detection/logistic.ts';
import { averagePrecision } from '../../bench/detection/measures.ts';
import { handbookFeatures, inputRows, MERCHANT_INPUTS } from '../../bench/detection/models.ts';
import { naiveFeatures } from '../../bench/detection/naive-features.ts';
import { midnight, rowsOfDays } from '../../bench/detection/period.ts';
import { parseRuleSet } from '../../domain/rules/rule-set-parse.ts';
import { runExamples } from '../../domain/scoring/run-examples.ts';
import { DetectionBench } from '../support/detection-bench.ts';

const bench = new DetectionBench();
afterAll(() => bench.remove());
let data: string;
let history: History;
beforeAll(async () => {
  data = await bench.generate('city', '--customers', '300', '--days', '60');
  history = await readHistory(data);
}, 120_000);

const scoresOf = async (rules: string): Promise<number[]> =>
  (await bench.score(`docs/examples/${rules}.yaml`, data)).get('score')!.map(Number);

test('account windows catch least, merchant windows over late labels more, a regression over them most', async () => {
  const month = rowsOfDays(history, midnight('2018-05-01'), 30);
  const precisionOf = async (rules: string): Promise<number> => {
    const scores = await scoresOf(rules);
    return averagePrecision({
      score: month.map((row) => scores[row]!),
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
}, 120_000);

test('the regression comes to what it is by features and a logistic function of another make', async () => {
  const yaml = readFileSync('docs/examples/handbook-logistic.yaml', 'utf8');
  const bias = -Number(/exp\(([\d.]+)/.exec(yaml)![1]);
  const weights = [...yaml.matchAll(/^ {2}([+-]) ([\d.]+) \*/gm)].map(
    ([, sign, size]) => Number(size) * (sign === '+' ? -1 : 1),
  );
  expect(weights).toHaveLength(MERCHANT_INPUTS.length);
  const last = rowsOfDays(history, midnight('2018-05-24'), 7);
  const features = naiveFeatures(history, handbookFeatures(7), last);
  const scores = await scoresOf('handbook-logistic');
  const wrong = inputRows(MERCHANT_INPUTS, history, last, features)
    .map((row) => 100 / (1 + Math.exp(-logOdds({ bias, weights }, row))))
    .filter((score, i) => Math.abs(score - scores[last[i]!]!) > 1e-9);
  expect(wrong).toEqual([]);
});

test.each(readdirSync('docs/examples'))('docs/examples/%s is in order', (file) => {
  const parsed = parseRuleSet(readFileSync(`docs/examples/${file}`, 'utf8'));
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  expect(runExamples(parsed.ruleSet).flatMap(({ mismatches }) => mismatches)).toEqual([]);
});
