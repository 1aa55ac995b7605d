import { setTimeout } from 'node:timers/promises';
import type { Decision } from '../domain/decision.ts';
import { alertStream } from '../domain/facts.ts';
import type { EventStore, RiskRebuild, RiskStore } from '../domain/ports.ts';
import { inParallel } from './bounded.ts';
import { isOfStore } from './checkpoint-match.ts';
import { alertId, isSuspicious } from './fraud-suspected.ts';
import type { HistoryOptions } from './history-fold.ts';
import { StoreBehind } from './read-stretches.ts';
import { type Refolding, refolding } from './refolding.ts';
import type { Sleep } from './retry.ts';

export interface ReplayOptions extends HistoryOptions {
  risk: Pick<RiskStore, 'checkpoint'>;
  rebuild: RiskRebuild;
  sleep?: Sleep;
}

export interface RebuildOptions extends Omit<ReplayOptions, 'compile' | 'owns' | 'budgetEvents' | 'breathe'> {
  history: Refolding;
}

export interface Replayed {
  decisions: number;
  /** The rebuilt decisions reach up to here; the live processor goes on from it. */
  position: number;
}

/** How long to let the live processor, which is ahead, go on before looking again. */
const WAIT_MS = 100;
const PROBES_AT_ONCE = 16;
const READ_LIMIT = 1_000;

/** Rebuilds a partition in this thread; see rebuildDecisions. */
export const replay = (options: ReplayOptions): Promise<Replayed> =>
  rebuildDecisions({ ...options, history: refolding(options) });

/**
 * Rebuilds the decisions and snapshots of a partition from the store alone, beside the live ones, and swaps them
 * in once they reach the live checkpoint or go past it. Works beside a running server, whose processor then goes
 * on from the rebuilt checkpoint.
 *
 * It never emits. So that no alert is missed for that, what is swapped in ends before the first decision past the
 * live checkpoint whose alert does not exist yet: the live processor makes that decision again, and raises it.
 */
export async function rebuildDecisions(options: RebuildOptions): Promise<Replayed> {
  const { store, risk, rebuild, history, partition = 0, sleep = setTimeout, onProgress } = options;
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
  let [position, decisions] = [0, 0];
  do {
    const head = await store.head();
    for await (const { after, to, decisions: made, snapshots, passed = [] } of history.decide(
      position,
      head,
    )) {
      for (let start = 0, end = 0; ; start = end) {
        end = await firstUnraised(store, made, start, settled);
        const complete = end === made.length;
        await rebuild.append({
          decisions: made.slice(start, end),
          snapshots: complete ? snapshots : [],
          passed: start === 0 ? passed : [],
        });
        decisions += end - start;
        if (complete) break;
        const before = await positionBefore(store, after, made[end]!);
        if (await swapAt(before)) return { decisions, position: before };
      }
      position = to;
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

/** Of the last fact in (after, the decision's transaction), or `after`. */
async function positionBefore(store: EventStore, after: number, { position }: Decision): Promise<number> {
  for (let before = after; ; ) {
    const facts = await store.readAll(before, READ_LIMIT);
    const next = facts.findIndex((fact) => fact.position >= position);
    if (next !== -1) return facts[next - 1]?.position ?? before;
    if (facts.length === 0) throw new StoreBehind(before, position);
    before = facts.at(-1)!.position;
  }
}
