import type { View } from '../../api/services.ts';
import type { EventStore } from '../../domain/ports.ts';
import type { Progress } from './behind.ts';

/** The projection behind each view; transactions are the risk processor's. */
export const PROJECTION_OF: Record<Exclude<View, 'transactions'>, string> = {
  alerts: 'alerts',
  rulesets: 'rule-sets',
  rates: 'rates',
  lists: 'lists',
};

/**
 * Waits until a view has seen a position. Of the alerts view that means more: that the alert, if the transaction
 * there raised one, is in it. So the decision is waited for first, then the view up to all that was stored by then.
 */
export function viewWaits(
  store: Pick<EventStore, 'head'>,
  progress: Progress,
): (view: View, position: number, timeoutMs: number) => Promise<boolean> {
  const decided = (position: number, timeoutMs: number) =>
    until(progress, () => progress.decided() >= position, timeoutMs);
  const seen = (projection: string, position: number, timeoutMs: number) =>
    until(progress, () => progress.seen(projection) >= position, timeoutMs);

  return async (view, position, timeoutMs) => {
    if (position > (await store.head())) return false;
    if (view === 'transactions') return decided(position, timeoutMs);
    const deadlineMs = performance.now() + timeoutMs;
    if (view === 'alerts' && !(await decided(position, timeoutMs))) return false;
    const upTo = view === 'alerts' ? await store.head() : position;
    return seen(PROJECTION_OF[view], upTo, Math.max(0, deadlineMs - performance.now()));
  };
}

/** How long a command waits for what it is given on. */
const COMMAND_WAIT_MS = 5_000;

/** Waits until a projection shows a position that is stored. @returns whether it does in time */
export function waitUntilSeen(
  progress: Progress,
  projection: string,
): (position: number) => Promise<boolean> {
  return (position) => until(progress, () => progress.seen(projection) >= position, COMMAND_WAIT_MS);
}

function until(progress: Progress, isReached: () => boolean, timeoutMs: number): Promise<boolean> {
  if (isReached()) return Promise.resolve(true);
  return new Promise((resolve) => {
    const end = (reached: boolean) => {
      clearTimeout(timer);
      unsubscribe();
      resolve(reached);
    };
    const unsubscribe = progress.onMoved(() => {
      if (isReached()) end(true);
    });
    const timer = setTimeout(() => end(isReached()), timeoutMs);
  });
}
