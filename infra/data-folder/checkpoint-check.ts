import type { Checkpoint } from '../../domain/ports.ts';
import type { FactReader } from '../event-store/fact-reader.ts';
import { DataFolderRefused, replayCommand } from './data-folder-refused.ts';

/** How a checkpoint relates to the store it says it was made from. */
export type CheckpointAge = 'same' | 'store-older' | 'other-history';

/** Compares by the event id at the checkpoint's position. A checkpoint at 0 fits every store. */
export function compareCheckpoint(
  reader: Pick<FactReader, 'readAt'>,
  checkpoint: Pick<Checkpoint, 'position' | 'eventId'>,
): CheckpointAge {
  if (checkpoint.position === 0) return 'same';
  const fact = reader.readAt(checkpoint.position);
  if (fact === undefined) return 'store-older';
  return fact.eventId === checkpoint.eventId ? 'same' : 'other-history';
}

/**
 * Refuses to go on from a checkpoint the store does not bear out: what was derived beyond it would stay.
 * @param derived what the checkpoint belongs to, e.g. `the alerts view`
 * @throws DataFolderRefused
 */
export function assertCheckpoint(
  dir: string,
  reader: Pick<FactReader, 'readAt' | 'head'>,
  derived: string,
  checkpoint: Pick<Checkpoint, 'position' | 'eventId'>,
): void {
  const age = compareCheckpoint(reader, checkpoint);
  if (age === 'same') return;
  const problem =
    age === 'store-older'
      ? `the event store in ${dir} ends at position ${reader.head()}, older than ${derived} at position ${checkpoint.position} (a restored backup?)`
      : `the event store in ${dir} has another history than ${derived}: another fact stands at position ${checkpoint.position} (a restored backup?)`;
  throw new DataFolderRefused(problem, replayCommand(dir));
}
