import type { StageStatus, StoredTransaction } from '../../api/services.ts';
import type { Decision } from '../../domain/decision.ts';
import type { TransactionSubmitted } from '../../domain/facts.ts';
import type { RiskStatus } from '../../processors/risk-status.ts';

/** What decides on transactions, wherever it runs: in a thread of this process or in other processes. */
export interface Deciding {
  /**
   * The decision on a stored transaction as soon as it is made. Undefined after `timeoutMs`, and where it can be
   * read already.
   */
  decisionAt(stored: StoredTransaction, timeoutMs: number): Promise<Decision | undefined>;
  /** What would be decided of a transaction that is not stored. */
  score(submitted: TransactionSubmitted): Promise<Decision>;
}

/** How far what is read has come, as far as this process has heard. */
export interface Progress {
  /** Every transaction up to here is decided, recorded and can be read. */
  decided(): number;
  /** Position up to which a projection shows everything. */
  seen(projection: string): number;
  /** Calls back when either may have moved. @returns how to stop it */
  onMoved(wake: () => void): () => void;
}

/** How many exports of a topic wait to be delivered again. */
export interface DeadLetterCount {
  topic: string;
  letters: number;
  accounts: number;
  /** Age of the oldest. */
  oldestSeconds: number;
}

/** How the stages behind the door stand, for operators. */
export interface Stages {
  /** @param head the store's newest position */
  stages(head: number): Promise<StageStatus[]>;
  /** What the risk processors of this process do; none where they run elsewhere, or have stopped. */
  risk(head: number): Promise<RiskStatus[]>;
  /** Exports that could not be delivered; none where nothing is exported. */
  deadLetters(): Promise<DeadLetterCount[]>;
  /** Why a submission had better not come here now; empty when it may. */
  notReady(): Promise<string[]>;
}
