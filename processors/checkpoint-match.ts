import type { Checkpoint, EventStore } from '../domain/ports.ts';

/**
 * The decisions were not made from this store: one of the two was restored from a backup or replaced. Nothing is
 * done until the decisions are rebuilt.
 */
export class CheckpointMismatch extends Error {
  /** `decisions` if they reach further than the store; `unknown` where both went on after they parted. */
  readonly newer: 'decisions' | 'unknown';

  constructor(checkpoint: Checkpoint, head: number) {
    const newer = head < checkpoint.position ? 'decisions' : 'unknown';
    super(
      newer === 'decisions'
        ? `the decisions are newer than the store: they reach position ${checkpoint.position}, the store ends at ${head}; it was restored from an older backup. Run \`shrike replay\` to rebuild the decisions from the store`
        : `the decisions belong to another history: the store holds another fact at position ${checkpoint.position} than they were made from. Run \`shrike replay\` to rebuild the decisions from the store`,
    );
    this.name = 'CheckpointMismatch';
    this.newer = newer;
  }
}

type Reader = Pick<EventStore, 'readAt' | 'head'>;

/** Whether the store is the one the checkpoint was set from. */
export async function isOfStore(store: Reader, { position, eventId }: Checkpoint): Promise<boolean> {
  if (position === 0) return true;
  if (eventId === null) return (await store.head()) >= position;
  return (await store.readAt(position))?.eventId === eventId;
}

/** @throws CheckpointMismatch */
export async function assertOfStore(store: Reader, checkpoint: Checkpoint): Promise<void> {
  if (!(await isOfStore(store, checkpoint))) throw new CheckpointMismatch(checkpoint, await store.head());
}
