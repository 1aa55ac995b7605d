import type { Decision } from '../../domain/decision.ts';
import type { TransactionSubmitted } from '../../domain/facts.ts';
import type { RiskStatus } from '../../processors/risk-status.ts';
import type { StoreAddress } from '../event-store/store-client.ts';
import type { Refusal } from './refusal.ts';

/** What the risk thread is started with. */
export interface RiskWorkerData {
  store: StoreAddress;
  riskPath: string;
  latenessMs: number;
  budgetEvents: number;
  /** See DecisionWaits. */
  interest: SharedArrayBuffer;
}

export type RiskOrder =
  | { kind: 'score'; id: number; submitted: TransactionSubmitted }
  | { kind: 'status'; id: number; head: number }
  | { kind: 'stop' };

export type RiskNews =
  | { kind: 'decided'; decisions: Decision[] }
  | { kind: 'committed'; position: number }
  | { kind: 'scored'; id: number; decision: Decision }
  | { kind: 'status'; id: number; status: RiskStatus }
  | ({ kind: 'refused'; id: number } & Refusal)
  /** The partition has stopped: what no repetition mends. */
  | { kind: 'stopped'; problem: string | null };
