import type { EventStore } from '../domain/ports.ts';
import type { ViewCheckpoint } from './checkpoint.ts';
import type { Projection } from './projection.ts';

/** The view was not made from this store as it is now, or not by this version of Shrike. Nothing is done until it is rebuilt. */
export class ViewRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ViewRefused';
  }
}

/**
 * What is wrong between a view and the store it should have been made from, and the command that mends it;
 * undefined if nothing is.
 * @param view for the message, e.g. `the view alerts`
 */
export async function historyProblem(
  store: Pick<EventStore, 'readAt' | 'head'>,
  view: string,
  checkpoint: { position: number; eventId: string | null },
  command: string,
): Promise<string | undefined> {
  const { position, eventId } = checkpoint;
  if (position === 0) return undefined;
  const head = await store.head();
  if (head < position) {
    return `${view} is newer than the store: it has seen position ${position}, the store ends at ${head} (restored from an older backup?); rebuild it: ${command}`;
  }
  const fact = await store.readAt(position);
  if (fact?.eventId === eventId) return undefined;
  return `the store is newer than ${view}, but of another history: at position ${position} it has another fact than the one the view has seen (restored, and gone on since?); rebuild it: ${command}`;
}

/** Why the projection cannot go on from its checkpoint, if it cannot. A view of an older version can: it is rebuilt. */
export async function viewProblem(
  store: Pick<EventStore, 'readAt' | 'head'>,
  projection: Projection,
  checkpoint: ViewCheckpoint,
): Promise<string | undefined> {
  const newer = versionProblem(projection, checkpoint);
  return newer ?? historyProblem(store, `the view ${projection.name}`, checkpoint, commandFor(projection));
}

export function versionProblem(projection: Projection, { version }: ViewCheckpoint): string | undefined {
  if (version <= projection.version) return undefined;
  return `the view ${projection.name} has version ${version}, newer than version ${projection.version} of this Shrike; upgrade Shrike, or rebuild it: ${commandFor(projection)}`;
}

const commandFor = ({ name }: Projection) => `shrike replay --projection ${name}`;
