import { parentPort, workerData } from 'node:worker_threads';
import type { HistoryProgress } from '../../processors/history-fold.ts';
import type { VerifiedPart } from '../../processors/verification.ts';
import type { ThreadMessage } from '../threads/in-threads.ts';
import { openDecided } from './decided-history.ts';
import { type VerifyWorkerData, verifyShare } from './verify-in-threads.ts';

/** Verifies one share. */
const { address, share } = workerData as VerifyWorkerData;
const tell = (message: ThreadMessage<HistoryProgress, VerifiedPart>) => parentPort!.postMessage(message);

const decided = await openDecided(address);
try {
  tell({ result: await verifyShare(decided, share, (progress) => tell({ progress })) });
} finally {
  await decided.close();
}
