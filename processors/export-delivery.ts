import {
  type DeadLetter,
  type ExportRecord,
  type ExportTopic,
  RecordsRefused,
} from '../domain/export-record.ts';
import type { Checkpoint, DeadLetters, ExportLog, Exports } from '../domain/ports.ts';
import { type Attempt, appendInOrder, type Undelivered } from './ordered-append.ts';
import { type Sleep, sleep } from './retry.ts';

export interface ExportDeliveryOptions {
  log: ExportLog;
  letters: DeadLetters;
  /** Scoring of a partition waits so long for an export that fails, and no longer. */
  giveUpAfterMs?: number;
  /** After that nothing is tried for so long; then once, and no longer. */
  restMs?: number;
  sleep?: Sleep;
  /** Milliseconds that only rise. */
  now?(): number;
  /** Told of each failure that is followed by another attempt, and of each time it gave up. */
  onTrouble?(error: Error): void;
}

const GIVE_UP_AFTER_MS = 20_000;
const REST_MS = 10_000;
const WAIT_MS = { first: 100, longest: 2_000 };
/** A process that was frozen finds all its time gone when it wakes: that alone is no reason to give up. */
const ATTEMPTS_MIN = 3;

/** What of a topic's partition went wrong last, until something is delivered again. */
interface Trouble {
  problem: string;
  /** It was given up; before then nothing is tried. */
  restUntilMs: number | undefined;
}

/**
 * Delivers exports, and keeps as dead letters what the log refuses, or does not take in time. While an account has
 * dead letters of a topic, what follows waits behind them: so its order is kept, and scoring never stops.
 */
export class ExportDelivery implements Exports {
  readonly #options: ExportDeliveryOptions;
  readonly #troubles = new Map<string, Trouble>();

  constructor(options: ExportDeliveryOptions) {
    this.#options = options;
  }

  async deliver(from: Checkpoint, records: readonly ExportRecord[]): Promise<boolean> {
    const topics = [...Map.groupBy(records, ({ topic }) => topic)];
    // Neither is left under way when the other fails: it will be delivered again.
    const done = await Promise.allSettled(topics.map(([topic, own]) => this.#deliverTo(topic, from, own)));
    const failed = done.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return done.every((each) => each.status === 'fulfilled' && each.value);
  }

  /** What goes wrong now in delivering a partition's exports, if anything does. */
  problemOf(partition: number): string | null {
    for (const [place, { problem }] of this.#troubles) {
      const [topic, of] = place.split(' ');
      if (Number(of) === partition) return `${topic}: ${problem}`;
    }
    return null;
  }

  async #deliverTo(topic: ExportTopic, from: Checkpoint, records: readonly ExportRecord[]): Promise<boolean> {
    const { log, letters } = this.#options;
    const { partition } = from;
    const accountIds = [...new Set(records.map(({ accountId }) => accountId))];
    const waiting = await letters.accountsOf(topic, accountIds);
    let open = records;
    if (waiting.size > 0) {
      const behind = records.filter(({ accountId }) => waiting.has(accountId));
      const kept = await letters.keep(from, behind.map(waitingBehind(partition)), 'behind others');
      if (kept === undefined) return false;
      // Of others the letters were delivered meanwhile.
      open = records.filter(({ accountId }) => !kept.has(accountId));
    }
    const left = await appendInOrder(log, topic, partition, open, this.#attempt(topic, partition));
    if (left.length === 0) return true;
    return (await letters.keep(from, left.map(deadLetter(partition)), 'first')) !== undefined;
  }

  /** For all batches of one delivery together. */
  #attempt(topic: ExportTopic, partition: number): Attempt {
    const { giveUpAfterMs = GIVE_UP_AFTER_MS, restMs = REST_MS } = this.#options;
    const { sleep: wait = sleep, now = () => performance.now() } = this.#options;
    const place = `${topic} ${partition}`;
    const begunMs = now();
    return async (append) => {
      for (let attempts = 1, waitMs = WAIT_MS.first; ; attempts++) {
        const trouble = this.#troubles.get(place);
        const restUntilMs = trouble?.restUntilMs;
        if (restUntilMs !== undefined && now() < restUntilMs) throw new Error(trouble!.problem);
        try {
          await append();
          this.#troubles.delete(place);
          return;
        } catch (error) {
          if (error instanceof RecordsRefused) {
            this.#troubles.delete(place);
            throw error;
          }
          this.#options.onTrouble?.(error as Error);
          const { message: problem } = error as Error;
          const isTimeUp = attempts >= ATTEMPTS_MIN && now() - begunMs >= giveUpAfterMs;
          const isGivenUp = restUntilMs !== undefined || isTimeUp;
          this.#troubles.set(place, { problem, restUntilMs: isGivenUp ? now() + restMs : undefined });
          if (isGivenUp) throw error;
          await wait(waitMs);
          waitMs = Math.min(waitMs * 2, WAIT_MS.longest);
        }
      }
    };
  }
}

const deadLetter =
  (partition: number) =>
  ({ record, problem }: Undelivered<ExportRecord>): DeadLetter => ({ ...record, partition, problem });

const waitingBehind =
  (partition: number) =>
  (record: ExportRecord): DeadLetter => ({
    ...record,
    partition,
    problem: 'waits behind earlier dead letters',
  });
