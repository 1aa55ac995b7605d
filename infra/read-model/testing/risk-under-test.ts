import type { RiskRebuild, RiskStore } from '../../../domain/ports.ts';
import type { DecisionQueries } from '../queries/decision-queries.ts';

/** A database of decisions, empty at first, as the contract suites use it. */
export interface RiskUnderTest {
  store: RiskStore;
  queries: DecisionQueries;
  rebuild(): RiskRebuild;
  /** The same database through connections of their own, as another process has it. */
  rival(): Promise<Pick<RiskUnderTest, 'store' | 'rebuild'>>;
  /** Closes it and opens it again. */
  reopen(): Promise<void>;
  /** Changes rows behind the adapter's back. The tables are `decisions`, `snapshots` and `checkpoints`. */
  tamper(sql: string): Promise<void>;
  dump(): Promise<string[]>;
  /** Names of all tables of decisions and snapshots, in order. */
  tables(): Promise<string[]>;
  close(): Promise<void>;
}
