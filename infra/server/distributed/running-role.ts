import type { RiskStatus } from '../../../processors/risk-status.ts';
import type { StageReport } from '../../postgres/role-reports.ts';

/** A role at work in its thread. */
export interface RunningRole {
  /** How its stages stand. */
  reports(): StageReport[];
  /** Of the risk processors it runs. @param head the store's newest position */
  risk(head: number): RiskStatus[];
  /** Ends it in order: what was decided is recorded, what was published acknowledged. */
  stop(): Promise<void>;
}

/** Told of what went wrong and is tried again, or has stopped for good. */
export type ReportTrouble = (error: unknown) => void;
