/** Since the processor was started. */
export interface RiskCounts {
  decisions: number;
  alerts: number;
  /** Records that had been handled. */
  duplicatesSkipped: number;
  /** Times a stretch that did not come was read from the store. */
  gapsHealed: number;
  /** Times another owner moved the checkpoint, and everything in memory was dropped. */
  ownershipLost: number;
}

/** The fact that a partition stands still at, because this version cannot read it. */
export interface BlockingFact {
  accountId: string;
  /** In the account's stream. */
  revision: number;
  /** In the store. */
  position: number;
  type: string;
  schemaVersion: number;
}

/** What the processor of a partition says of itself. */
export interface RiskStatus extends RiskCounts {
  partition: number;
  state: RiskState;
  /** Every record up to here was folded and its decision given out. */
  position: number;
  /** Every decision up to here is recorded. */
  committedPosition: number;
  /** Positions between the store's head and `committedPosition`. */
  lag: number;
  accountsInMemory: number;
  /** Events in memory, and what the accounts themselves cost, in events. */
  eventsInMemory: number;
  /** The last thing that went wrong, also if it was mended since. */
  lastError: string | null;
  /** Null unless it is `blocked`. */
  blockedBy: BlockingFact | null;
}

/**
 * `waiting`: something it needs does not answer and is asked again; `blocked`: it stands still at a fact it cannot
 * read, and goes on by itself once that is excluded; `failed`: it stopped and says why in lastError;
 * `stopped`: it was asked to.
 */
export type RiskState = 'starting' | 'running' | 'waiting' | 'blocked' | 'failed' | 'stopped';
