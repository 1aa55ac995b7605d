import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { scoringPlan } from '../../domain/risk-fold.ts';
import { ownerOf } from '../../processors/account-part.ts';
import { DEFAULT_BUDGET_EVENTS } from '../../processors/batch-fold.ts';
import { refolding } from '../../processors/refolding.ts';
import { openHistory } from '../backtest/history-store.ts';
import type { RefoldOrder, RefoldWorkerData } from './refold-in-threads.ts';

/** Decides the accounts of one part, a few stretches ahead of who takes them. Ended from outside. */
const { address, part } = workerData as RefoldWorkerData;
const MOST_AHEAD = 8;

const owns = ownerOf(part);
const history = refolding({
  store: openHistory(address),
  compile: scoringPlan,
  ...(owns !== undefined && { owns }),
  budgetEvents: Math.ceil(DEFAULT_BUDGET_EVENTS / part.of),
});

let ahead = 0;
parentPort!.on('message', (order: RefoldOrder) => {
  if (order === 'taken') ahead--;
  else void decide(order);
});

/** What it fails with fails the thread. */
async function decide({ after, upTo }: { after: number; upTo: number }): Promise<void> {
  for await (const stretch of history.decide(after, upTo)) {
    parentPort!.postMessage(stretch);
    ahead++;
    while (ahead >= MOST_AHEAD) await once(parentPort!, 'message');
  }
}
