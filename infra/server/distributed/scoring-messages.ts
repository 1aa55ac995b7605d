import type { Decision } from '../../../domain/decision.ts';
import type { TransactionSubmitted } from '../../../domain/facts.ts';
import type { Refusal } from '../refusal.ts';
import type { EnginesConfig } from './engines-config.ts';

export interface ScoringWorkerData {
  engines: EnginesConfig;
  latenessMs: number;
}

export type ScoringOrder = { kind: 'score'; id: number; submitted: TransactionSubmitted } | { kind: 'stop' };

export type ScoringNews =
  | { kind: 'started' }
  | { kind: 'scored'; id: number; decision: Decision }
  | ({ kind: 'refused'; id: number } & Refusal);
