/**
 * A program that loads a store until it is killed, and says on its standard output what was acknowledged, a line
 * each: `node load.fixture.ts FILE RUN [early]`. With `early` it says so before it is (the negative control).
 * A line `failed ...` is a request the store failed; it is tried again until it succeeds.
 */
import { writeSync } from 'node:fs';
import { startStore } from './store-thread.ts';
import { payment, submissionOf } from './submission-fixture.ts';

const [path, run, early] = process.argv.slice(2) as [string, string, string?];
const { client } = await startStore(path);
let count = 0;

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
  for (;;) {
    const i = count++;
    const transaction = payment({
      accountId: `account-${i % 7}`,
      transactionId: `${run}-${i}`,
      amountMinor: i,
    });
    const name = `${transaction.accountId} ${transaction.transactionId}`;
    if (early !== undefined) say(`acked ${name}`);
    await submitted(name, submissionOf(transaction));
    if (early === undefined) say(`acked ${name}`);
  }
}

async function submitted(name: string, submission: ReturnType<typeof submissionOf>): Promise<void> {
  for (;;) {
    try {
      await client.submit(submission);
      return;
    } catch (error) {
      say(`failed ${name} ${(error as Error).message}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

await Promise.all(Array.from({ length: 64 }, lane));
