import { Overloaded } from '../../domain/ports.ts';

/** One after the other for an account, many accounts at once. */
export interface AccountLanes<T> {
  /** @throws Overloaded if too many wait */
  enter(accountId: string, item: T): void;
}

/** What waits for one account, for whoever settles it. */
export interface Lane<T> {
  /** The next that wait, in their order, as many as are at most `count` and have at most `bytes` together. */
  take(count: number, bytes: number): T[];
}

export interface LaneLimits {
  /** Items that may wait, of all accounts. */
  waitingLimit: number;
  /** Accounts settled at once. */
  parallel: number;
}

/** @param settle works off what it takes from the lane; must not reject */
export function accountLanes<T extends { bytes: number }>(
  settle: (accountId: string, lane: Lane<T>) => Promise<void>,
  { waitingLimit, parallel }: LaneLimits,
): AccountLanes<T> {
  const lanes = new Map<string, { items: T[]; sinceMs: number }>();
  const ready = new Set<string>();
  let waiting = 0;
  let running = 0;
  let isPumping = false;

  function pump(): void {
    isPumping = false;
    for (const accountId of ready) {
      if (running >= parallel) return;
      ready.delete(accountId);
      running++;
      void run(accountId);
    }
  }

  async function run(accountId: string): Promise<void> {
    const { items } = lanes.get(accountId)!;
    await settle(accountId, {
      take(count, bytes) {
        let taken = 0;
        let left = bytes;
        while (taken < Math.min(count, items.length) && items[taken]!.bytes <= left) {
          left -= items[taken]!.bytes;
          taken++;
        }
        waiting -= taken;
        return items.splice(0, taken);
      },
    });
    running--;
    if (items.length > 0) ready.add(accountId);
    else lanes.delete(accountId);
    pump();
  }

  /** What waits now is settled in about the time that the eldest account has been waited for. */
  function overloaded(): Overloaded {
    const eldest = lanes.values().next().value;
    const waitedMs = eldest === undefined ? 0 : performance.now() - eldest.sinceMs;
    return new Overloaded(Math.min(5_000, Math.max(100, Math.ceil(waitedMs))));
  }

  return {
    enter(accountId, item) {
      if (waiting >= waitingLimit) throw overloaded();
      waiting++;
      const lane = lanes.get(accountId);
      if (lane !== undefined) {
        lane.items.push(item);
        return;
      }
      lanes.set(accountId, { items: [item], sinceMs: performance.now() });
      ready.add(accountId);
      // What one turn of the event loop submits for an account is stored together.
      if (!isPumping) setImmediate(pump);
      isPumping = true;
    },
  };
}
