import type { Decision } from '../domain/decision.ts';
import type { ExportRecord } from '../domain/export-record.ts';
import { alertStream, type FactDraft, NO_STREAM } from '../domain/facts.ts';
import {
  type Checkpoint,
  type EventStore,
  type Exports,
  type PassedTransaction,
  type RiskStore,
  type Snapshot,
  WrongExpectedRevision,
} from '../domain/ports.ts';
import { inParallel } from './bounded.ts';
import type { Retry, Sleep } from './retry.ts';

/** An alert to be raised before its decision counts as recorded. */
export interface Alert {
  alertId: string;
  accountId: string;
  /** Whether it must stand behind those before it of its account: what gathers them goes by the order of the store. */
  inOrder: boolean;
  opening: FactDraft;
}

/** What became of the records up to a position. */
export interface Step {
  position: number;
  /** Of the fact at that position; undefined where the reader met none there. */
  eventId: string | undefined;
  /** Where the log goes on after it; undefined where that is not known. */
  offset: number | undefined;
  decisions: Decision[];
  snapshots: Snapshot[];
  passed: PassedTransaction[];
  alerts: Alert[];
  /** What others are to be told; none where nothing is exported. */
  exports: ExportRecord[];
}

/** Another owner of the partition has moved its checkpoint: nothing held in memory counts any more. */
export class OwnershipLost extends Error {
  constructor({ partition, position }: Checkpoint) {
    super(`partition ${partition} is no longer at position ${position}: it has another owner`);
    this.name = 'OwnershipLost';
  }
}

export interface CommitQueueOptions {
  store: Pick<EventStore, 'append' | 'readAt'>;
  risk: Pick<RiskStore, 'commit'>;
  /** Without it nothing is exported. */
  exports?: Exports | undefined;
  retry: Retry;
  sleep: Sleep;
  onCommitted(checkpoint: Checkpoint): void;
}

const DECISIONS_WAITING_MAX = 5_000;
const ALERTS_AT_ONCE = 16;
/** Between commits of few decisions: each costs a disk flush, which many can share. */
const PAUSE_MS = 10;
const PAUSE_BELOW_DECISIONS = 500;

/**
 * Makes steps durable in order, behind the fold: while one is being written, those that follow gather into the
 * next. Alerts are appended first, expecting no stream, so that each exists once; then exports are delivered, so that
 * none is missed; then decisions, snapshots and the checkpoint are compared and set in one transaction.
 */
export class CommitQueue {
  #committed: Checkpoint;
  #waiting: Step | null = null;
  #working: Promise<void> | null = null;
  #failure: { error: unknown } | null = null;
  readonly #options: CommitQueueOptions;

  constructor(committed: Checkpoint, options: CommitQueueOptions) {
    this.#committed = committed;
    this.#options = options;
  }

  add(step: Step): void {
    this.#waiting = this.#waiting === null ? step : merged(this.#waiting, step);
    this.#working ??= this.#work();
  }

  /** Resolves when more may be added. @throws OwnershipLost, or what else ended the queue */
  async room(): Promise<void> {
    if (this.#failure !== null) throw this.#failure.error;
    if (this.#waiting !== null && this.#waiting.decisions.length >= DECISIONS_WAITING_MAX) await this.drain();
  }

  /** Resolves when everything added is durable. @throws OwnershipLost, or what else ended the queue */
  async drain(): Promise<void> {
    await this.#working;
    if (this.#failure !== null) throw this.#failure.error;
  }

  async #work(): Promise<void> {
    try {
      while (this.#waiting !== null && this.#failure === null) {
        const step = this.#waiting;
        this.#waiting = null;
        await this.#write(step);
        await this.#pause();
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.#working = null;
  }

  async #pause(): Promise<void> {
    const waiting = this.#waiting as Step | null;
    if (waiting !== null && waiting.decisions.length < PAUSE_BELOW_DECISIONS) {
      await this.#options.sleep(PAUSE_MS);
    }
  }

  async #write(step: Step): Promise<void> {
    const { position, eventId, offset, decisions, snapshots, passed, alerts, exports: told } = step;
    const { store, risk, exports, retry, onCommitted } = this.#options;
    await inParallel(chained(alerts), ALERTS_AT_ONCE, async (chain) => {
      for (const alert of chain) await retry(() => raise(store, alert));
    });
    const from = this.#committed;
    if (exports !== undefined && told.length > 0) {
      if (!(await retry(() => exports.deliver(from, told)))) throw new OwnershipLost(from);
    }
    const to: Checkpoint = {
      partition: from.partition,
      position,
      eventId: eventId ?? (await retry(() => store.readAt(position)))?.eventId ?? null,
    };
    const readOn = offset ?? from.offset;
    if (readOn !== undefined) to.offset = readOn;
    if (!(await retry(() => risk.commit({ from, to, decisions, snapshots, passed }))))
      throw new OwnershipLost(from);
    this.#committed = to;
    onCommitted(to);
  }
}

/** What may be appended at once: an alert each, or those of an account that must stand in order. */
function chained(alerts: readonly Alert[]): Alert[][] {
  const chains: Alert[][] = [];
  const ofAccount = new Map<string, Alert[]>();
  for (const alert of alerts) {
    const before = alert.inOrder ? ofAccount.get(alert.accountId) : undefined;
    if (before !== undefined) before.push(alert);
    else {
      const chain = [alert];
      chains.push(chain);
      if (alert.inOrder) ofAccount.set(alert.accountId, chain);
    }
  }
  return chains;
}

async function raise(store: Pick<EventStore, 'append'>, { alertId, opening }: Alert): Promise<void> {
  try {
    await store.append(alertStream(alertId), NO_STREAM, [opening]);
  } catch (error) {
    // It stands already: raised before a crash, by another owner, or by an attempt that was thought to have failed.
    if (!(error instanceof WrongExpectedRevision)) throw error;
  }
}

function merged(first: Step, second: Step): Step {
  return {
    position: second.position,
    eventId: second.eventId,
    offset: second.offset ?? first.offset,
    decisions: first.decisions.concat(second.decisions),
    snapshots: first.snapshots.concat(second.snapshots),
    passed: first.passed.concat(second.passed),
    alerts: first.alerts.concat(second.alerts),
    exports: first.exports.concat(second.exports),
  };
}
