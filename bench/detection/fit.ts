/**
 * Fits logistic regressions on a week of a history written by `shrike generate handbook`, judges them on a week that
 * begins a fortnight later, and prints the expression for a rule set's `score:`. All of it is reckoned by code of its
 * own, so that what Shrike makes of the expression can be held against it.
 *
 *     node bench/detection/fit.ts --data FOLDER [--delay-days 7] [--test-from 2018-08-08]
 */
import { parseArgs } from 'node:util';
import { type History, readHistory } from './history.ts';
import { fitLogistic, type Logistic, logOdds } from './logistic.ts';
import {
  ACCOUNT_INPUTS,
  HANDBOOK_INPUTS,
  handbookFeatures,
  type Input,
  inputRows,
  MERCHANT_INPUTS,
} from './models.ts';
import { naiveFeatures } from './naive-features.ts';
import { midnight, rowsOfDays, TEST_DAYS, TEST_FROM } from './period.ts';
import { detectionLine } from './report.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    'delay-days': { type: 'string', default: '7' },
    'test-from': { type: 'string', default: TEST_FROM },
  },
});
if (values.data === undefined)
  throw new Error('--data must name a folder that shrike generate handbook wrote');

const DAY_MS = 86_400_000;
const TRAIN_DAYS = 7;
/** Between the two, so that the training week's labels are in when the test week begins. */
const GAP_DAYS = 7;
const DIGITS = 4;

const history = await readHistory(values.data);
const testFromMs = midnight(values['test-from']);
const train = week(history, testFromMs - (TRAIN_DAYS + GAP_DAYS) * DAY_MS, TRAIN_DAYS);
const test = week(history, testFromMs, TEST_DAYS);

judge('account windows', ACCOUNT_INPUTS);
judge('the Handbook’s windows', HANDBOOK_INPUTS);
process.stdout.write(`score: ${expressionOf(MERCHANT_INPUTS, judge('merchant windows', MERCHANT_INPUTS))}\n`);

function week(of: History, fromMs: number, days: number) {
  const rows = rowsOfDays(of, fromMs, days);
  return { rows, features: naiveFeatures(of, handbookFeatures(Number(values['delay-days'])), rows) };
}

function judge(name: string, inputs: readonly Input[]): Logistic {
  const isFraud = train.rows.map((row) => history.isFraud[row]!);
  const model = rounded(fitLogistic(inputRows(inputs, history, train.rows, train.features), isFraud));
  const odds = inputRows(inputs, history, test.rows, test.features).map((row) => logOdds(model, row));
  process.stdout.write(detectionLine(name, history, test.rows, odds));
  return model;
}

/** As it is written in the expression. */
function rounded({ bias, weights }: Logistic): Logistic {
  const round = (x: number) => Number(x.toPrecision(DIGITS));
  return { bias: round(bias), weights: weights.map(round) };
}

function expressionOf(inputs: readonly Input[], { bias, weights }: Logistic): string {
  const terms = inputs.map(({ expression }, i) => {
    const weight = weights[i]!;
    return `${weight > 0 ? '-' : '+'} ${Math.abs(weight)} * ${expression}`;
  });
  return `100 / (1 + exp(${-bias} ${terms.join(' ')}))`;
}
