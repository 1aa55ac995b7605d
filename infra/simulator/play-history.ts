import type { ApiClient } from '../client/api-client.ts';
import { problemOf } from '../client/api-client.ts';
import type { SimulatedTransaction } from './simulate.ts';

export interface HistoryOptions {
  /** Of scope operate: history is imported. */
  operateKey: string;
  /** Told after every batch how many transactions are in. */
  onProgress(done: number): void;
}

const LINES_A_BATCH = 5_000;

/**
 * Sends transactions as history, batch after batch, so that each account's stay in order.
 *
 * @returns how many were stored or known already
 * @throws Error that names the first line refused
 */
export async function playHistory(
  history: Iterable<SimulatedTransaction>,
  client: ApiClient,
  options: HistoryOptions,
): Promise<number> {
  let done = 0;
  let lines: string[] = [];
  const flush = async (): Promise<void> => {
    await sendBatch(lines, client, options.operateKey);
    done += lines.length;
    lines = [];
    options.onProgress(done);
  };
  for (const { transaction } of history) {
    lines.push(JSON.stringify(transaction));
    if (lines.length === LINES_A_BATCH) await flush();
  }
  if (lines.length > 0) await flush();
  return done;
}

async function sendBatch(lines: readonly string[], client: ApiClient, key: string): Promise<void> {
  const answer = await client.send({
    method: 'POST',
    path: '/v1/transactions/batch?origin=import',
    key,
    contentType: 'application/x-ndjson',
    prefer: 'return=minimal',
    body: `${lines.join('\n')}\n`,
  });
  if (answer.status !== 200) throw new Error(`History was refused: ${problemOf(answer)}`);
  const answers = answer.body.split('\n').filter((line) => line !== '');
  const last = JSON.parse(answers.at(-1) ?? '{}') as { summary?: { lines: number; failed: number } };
  if (last.summary?.lines === lines.length && last.summary.failed === 0) return;
  throw new Error(`History was taken in only in part: ${answers[0] ?? 'no answer'}`);
}
