import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { LogMergerData } from './log-merger.ts';

const { paths, everyMs } = workerData as LogMergerData;
const open = new Map<string, DatabaseSync>();
const failing = new Set<string>();
let closing = false;

function opened(path: string): DatabaseSync | undefined {
  if (!open.has(path) && existsSync(path)) {
    // Whoever writes, or merges as its log is long, is not waited for: it will be merged the next time.
    const database = new DatabaseSync(path, { timeout: 0 });
    database.exec('PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON');
    open.set(path, database);
  }
  return open.get(path);
}

/** Passive: it copies beside the writer, up to where the log stood when it began. */
function merge(path: string): void {
  try {
    opened(path)?.prepare('PRAGMA wal_checkpoint(PASSIVE)').get();
    failing.delete(path);
  } catch (error) {
    // No fact is lost by it, the log still has them; the writer tells its callers when its disk fails.
    if (!failing.has(path)) process.emitWarning(`the log of ${path} could not be merged: ${String(error)}`);
    failing.add(path);
  }
}

parentPort!.once('message', () => {
  closing = true;
});

while (!closing) {
  for (const path of paths) merge(path);
  await sleep(everyMs);
}
for (const database of open.values()) database.close();
