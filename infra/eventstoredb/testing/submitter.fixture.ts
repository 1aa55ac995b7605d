/**
 * A process that submits as an api process does, and says on its standard output what was acknowledged, a line each:
 * `node submitter.fixture.ts URL RUN ACCOUNTS LANES [COUNT]`. Every second transaction is of one hot account, the
 * others of many quiet ones. Without a count it goes on until it is killed; with one it ends with a line `done` and
 * the milliseconds it took. What fails is tried again.
 */
import { writeSync } from 'node:fs';
import { payment, submissionOf } from '../../event-store/submission-fixture.ts';
import { openEventStoreDb } from '../event-store-db.ts';
import { submissionsTo } from '../submissions.ts';
import { rememberingIndex } from './remembering-index.ts';

const [url, run, accounts, lanes, count] = process.argv.slice(2) as [string, string, string, string, string?];
const limit = count === undefined ? Number.POSITIVE_INFINITY : Number(count);
const store = openEventStoreDb(url, { deadlineMs: 1_000, giveUpMs: 5_000 });
const index = rememberingIndex(store);
const submissions = submissionsTo(store, index);
let next = 0;

/** Written before anything else happens: what a killed process had only buffered would be missing. */
function say(line: string): void {
  for (;;) {
    try {
      writeSync(1, `${line}\n`);
      return;
    } catch (error) {
      // The pipe is full for the moment: its reader is busy.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}

async function lane(): Promise<void> {
  while (next < limit) {
    const i = next++;
    const accountId = i % 2 === 0 ? 'hot' : `quiet-${i % Number(accounts)}`;
    const submission = submissionOf(payment({ accountId, transactionId: `${run}-${i}` }));
    for (let stored = false; !stored; ) {
      try {
        const outcome = await submissions.submit(submission);
        if (outcome.kind === 'conflict' || outcome.kind === 'refused') throw new TypeError(outcome.kind);
        say(`acked ${accountId} ${submission.transactionId} ${outcome.revision}`);
        stored = true;
      } catch (error) {
        if (error instanceof TypeError) throw error;
        say(`failed ${accountId} ${submission.transactionId} ${(error as Error).message}`);
      }
    }
  }
}

say('ready');
const begun = performance.now();
await Promise.all(Array.from({ length: Number(lanes) }, lane));
say(`done ${Math.round(performance.now() - begun)}`);
index.close();
await store.close();
