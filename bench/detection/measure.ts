/**
 * Says how well the scores that `shrike score` wrote tell frauds from honest payments, in a week of the history.
 *
 *     node bench/detection/measure.ts --data FOLDER --scores FILE.csv … [--test-from 2018-08-08] [--days 7]
 */
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { lines, readHistory } from './history.ts';
import { midnight, rowsOfDays, TEST_DAYS, TEST_FROM } from './period.ts';
import { detectionLine } from './report.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    scores: { type: 'string', multiple: true, default: [] },
    'test-from': { type: 'string', default: TEST_FROM },
    days: { type: 'string', default: String(TEST_DAYS) },
  },
});
if (values.data === undefined || values.scores.length === 0)
  throw new Error(
    '--data must name a folder that shrike generate handbook wrote, --scores what shrike score wrote',
  );

const history = await readHistory(values.data);
const rows = rowsOfDays(history, midnight(values['test-from']), Number(values.days));
for (const file of values.scores) {
  const scores = await scoresOf(file);
  const of = (row: number) =>
    scores.get(`${history.transactionId[row]},${history.account[row]}`) ?? missing(file, row);
  process.stdout.write(detectionLine(basename(file, '.csv'), history, rows, rows.map(of)));
}

/** By `transactionId,accountId`. */
async function scoresOf(file: string): Promise<Map<string, number>> {
  const scores = new Map<string, number>();
  for await (const line of lines(file)) {
    const [transactionId, accountId, , score] = line.split(',', 4);
    scores.set(`${transactionId},${accountId}`, Number(score));
  }
  return scores;
}

function missing(file: string, row: number): never {
  throw new Error(`${file} has no score of transaction ${history.transactionId[row]}`);
}
