import { extname } from 'node:path';
import type { Checkpoint } from '../../domain/ports.ts';
import { scoringPlan } from '../../domain/risk-fold.ts';
import { ownerOf, type Part, WHOLE } from '../../processors/account-part.ts';
import { DEFAULT_BUDGET_EVENTS } from '../../processors/batch-fold.ts';
import type { HistoryProgress } from '../../processors/history-fold.ts';
import { SealChain } from '../../processors/seal-chain.ts';
import { type SealedRange, sealsUpTo } from '../../processors/seal-check.ts';
import { together, type Verification, type VerifiedPart } from '../../processors/verification.ts';
import { checkpointsOf, verifyPart } from '../../processors/verify.ts';
import { inThreads } from '../threads/in-threads.ts';
import { slowestOf } from '../threads/slowest-of.ts';
import { threadsFor } from '../threads/threads-for.ts';
import { type DecidedAddress, type DecidedHistory, openDecided } from './decided-history.ts';

/** What one thread verifies. */
export interface VerifyShare {
  checkpoints: readonly Checkpoint[];
  seals: readonly SealedRange[];
  part: Part;
  /** Among how many memory is shared out. */
  threads: number;
}

export interface VerifyWorkerData {
  address: DecidedAddress;
  share: VerifyShare;
}

/**
 * Verifies all that was decided: partitions are shared out among threads, and where there is one alone, its accounts.
 * Each thread reads the whole store, so that features kept by merchant, device, … see every transaction.
 * @throws CheckpointMismatch, UnknownSchemaVersion, …
 */
export async function verifyInThreads(
  address: DecidedAddress,
  threads: number,
  onProgress: (progress: HistoryProgress) => void,
  fewestPositionsAThread?: number,
): Promise<Verification> {
  const decided = await openDecided(address);
  try {
    // Read first: what they close is recorded by then.
    const seals = await new SealChain(decided.store).readOn();
    const checkpoints = await checkpointsOf(decided.store, decided.risk, decided.partitions);
    const through = Math.min(...checkpoints.map(({ position }) => position));
    const furthest = Math.max(...checkpoints.map(({ position }) => position));
    const shares = sharesOf(
      { checkpoints, seals: sealsUpTo(seals, through) },
      threadsFor(threads, furthest, fewestPositionsAThread),
    );
    const parts =
      shares.length === 1
        ? [await verifyShare(decided, shares[0]!, onProgress)]
        : await inThreads<VerifyWorkerData, HistoryProgress, VerifiedPart>({
            worker: new URL(`./verify-worker${extname(import.meta.url)}`, import.meta.url),
            name: 'verification',
            parts: shares.map((share) => ({ address, share })),
            onProgress: slowestOf(shares.length, onProgress),
          });
    return together(parts, seals, through);
  } finally {
    await decided.close();
  }
}

function sharesOf(
  { checkpoints, seals }: Pick<VerifyShare, 'checkpoints' | 'seals'>,
  most: number,
): VerifyShare[] {
  const threads = checkpoints.length === 1 ? most : Math.min(most, checkpoints.length);
  return Array.from({ length: threads }, (_, number) => ({
    threads,
    seals,
    ...(checkpoints.length === 1
      ? { checkpoints, part: { number, of: threads } }
      : { checkpoints: checkpoints.filter((_, i) => i % threads === number), part: WHOLE }),
  }));
}

export function verifyShare(
  { store, risk, partitionOf }: DecidedHistory,
  { checkpoints, seals, part, threads }: VerifyShare,
  onProgress: (progress: HistoryProgress) => void,
): Promise<VerifiedPart> {
  const owns = ownerOf(part);
  return verifyPart({
    store,
    risk,
    checkpoints,
    seals,
    partitionOf,
    ...(owns !== undefined && { owns }),
    compile: scoringPlan,
    budgetEvents: Math.ceil(DEFAULT_BUDGET_EVENTS / threads),
    onProgress,
  });
}
