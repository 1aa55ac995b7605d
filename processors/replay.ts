import { setTimeout } from 'node:timers/promises';
import type { Decision } from '../domain/decision.ts';
import { alertStream } from '../domain/facts.ts';
import type { EventStore, RiskRebuild, RiskStore } from '../domain/ports.ts';
import { inParallel } from './bounded.ts';
import { isOfStore } from './checkpoint-match.ts';
import { alertId, isSuspicious } from './fraud-suspected.ts';
import { HistoryFold, type HistoryOptions } from './history-fold.ts';
import type { Stretch } from './read-stretches.ts';
import type { Sleep } from './retry.ts';

export interface ReplayOptions extends HistoryOptions {
  risk: Pick<RiskStore, 'checkpoint'>;
  rebuild: RiskRebuild;
  sleep?: Sleep;
}

export interface Replayed {
  decisions: number;
  /** The rebuilt decisions reach up to here; the live processor goes on from it. */
  position: number;
}

/** How long to let the live processor, which is ahead, go on before looking again. */
const WAIT_MS = 100;
const PROBES_AT_ONCE = 16;

/**
 * Rebuilds the decisions and snapshots of a partition from the store alone, beside the live ones, and swaps them
 * in once they reach the live checkpoint or go past it. Works beside a running server, whose processor then goes
 * on from the rebuilt checkpoint.
 *
 * It never emits. So that no alert is missed for that, what is swapped in ends before the first decision past the
 * live checkpoint whose alert does not exist yet: the live processor makes that decision again, and raises it.
 */
export async function replay(options: ReplayOptions): Promise<Replayed> {
  const { store, risk, rebuild, partition = 0, sleep = setTimeout, onProgress } = options;
  const live = await risk.checkpoint(partition);
  const otherHistory = !(await isOfStore(store, live));
  let settled = otherHistory ? 0 : live.position;
  const swapAt = async (position: number): Promise<boolean> => {
    const eventId = (await store.readAt(position))?.eventId ?? null;
    if (await rebuild.swap({ partition, position, eventId }, otherHistory)) return true;
    settled = (await risk.checkpoint(partition)).position;
    await sleep(WAIT_MS);
    return false;
  };

  await rebuild.begin(partition);
  const history = new HistoryFold(options);
  let [position, decisions] = [0, 0];
  do {
    const head = await store.head();
    for await (const stretch of history.read(position, head)) {
      const made: Decision[] = [];
      const snapshots = await history.fold.fold(history.own(stretch), ({ decision }) => made.push(decision));
      for (let start = 0, end = 0; ; start = end) {
        end = await firstUnraised(store, made, start, settled);
        const complete = end === made.length;
        await rebuild.append({
          decisions: made.slice(start, end),
          snapshots: complete ? snapshots : [],
          passed: history.fold.takePassed(),
        });
        decisions += end - start;
        if (complete) break;
        const before = positionBefore(stretch, made[end]!) ?? position;
        if (await swapAt(before)) return { decisions, position: before };
      }
      position = stretch.to;
      onProgress?.({ position, through: head, decisions });
    }
  } while (!(await swapAt(position)));
  return { decisions, position };
}

/** Index of the first decision from `start` on that lacks its alert; their count if none does. */
async function firstUnraised(
  store: EventStore,
  decisions: readonly Decision[],
  start: number,
  settled: number,
): Promise<number> {
  const unsettled: number[] = [];
  for (let i = start; i < decisions.length; i++) {
    if (decisions[i]!.position > settled && isSuspicious(decisions[i]!)) unsettled.push(i);
  }
  let first = decisions.length;
  await inParallel(unsettled, PROBES_AT_ONCE, async (i) => {
    const [opening] = await store.readStream(alertStream(alertId(decisions[i]!)), 0, 1);
    if (opening === undefined) first = Math.min(first, i);
  });
  return first;
}

function positionBefore({ facts }: Stretch, { position }: Decision): number | undefined {
  return facts.findLast(({ fact }) => fact.position < position)?.fact.position;
}
