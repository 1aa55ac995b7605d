import { constants, setPriority } from 'node:os';
import type { JobNews, JobOrder } from './job-messages.ts';
import { labelsKnownByMs, reportOf } from './report-of.ts';
import { tryInThreads } from './try-in-threads.ts';

/**
 * The process of one backtest: it only reads the store, shares no memory with the server, and yields to whatever else
 * the machine has to do. It ends with the server, however that ends.
 */
const TELL_EVERY_MS = 250;

setPriority(constants.priority.PRIORITY_LOW);
process.once('disconnect', () => process.exit(1));
process.once('message', (order: JobOrder) => void work(order));

async function work({ address, sets, counting }: JobOrder): Promise<void> {
  try {
    let tellAtMs = 0;
    const options = { sets, period: counting.period, labelsKnownByMs: labelsKnownByMs(counting) };
    const tried = await tryInThreads(address, options, 1, (position, total, decisions) => {
      if (performance.now() < tellAtMs) return;
      tellAtMs = performance.now() + TELL_EVERY_MS;
      process.send!({ kind: 'progress', progress: { position, total, decisions } } satisfies JobNews);
    });
    tellLast({ kind: 'done', report: reportOf(counting, tried) });
  } catch (error) {
    tellLast({ kind: 'failed', problem: (error as Error).message });
  }
}

function tellLast(news: JobNews): void {
  process.send!(news, undefined, undefined, () => process.disconnect!());
}
