import type { Decision } from '../domain/decision.ts';
import type { ExportRecord } from '../domain/export-record.ts';
import type { Origin, RuleSetVersion } from '../domain/facts.ts';
import type { RuleSet } from '../domain/rules/rule-set.ts';
import type { Scored } from './apply-fact.ts';
import { alertId, isSuspicious, suspicion } from './fraud-suspected.ts';

/** Value of a record of `risk-scores`; docs/exports.md tells it to its readers. */
export interface RiskScore {
  id: string;
  accountId: string;
  transactionId: string;
  revision: number;
  /** Opaque, decimal: as the API has it. */
  position: string;
  occurredAt: string;
  score: number | null;
  decision: Decision['decision'];
  reasons: string[];
  ruleSet: RuleSetVersion;
  lateByMs: number;
  origin: Origin;
}

/** What others are told of a decision: its score, and the suspicion where it raises an alert. */
export function exportRecords(
  { decision, submitted, traceparent }: Scored,
  definition: RuleSet,
): ExportRecord[] {
  const { accountId, revision } = decision;
  const id = alertId(decision);
  const named = { id, accountId, revision, traceparent };
  const score: ExportRecord = {
    topic: 'risk-scores',
    ...named,
    value: JSON.stringify(riskScore(id, decision)),
  };
  if (!isSuspicious(decision)) return [score];
  const { alertId: _, position, ...suspected } = suspicion(decision, submitted, definition);
  const value = JSON.stringify({ id, ...suspected, position: String(position) });
  return [score, { topic: 'fraud-suspected', ...named, value }];
}

function riskScore(id: string, decision: Decision): RiskScore {
  const { accountId, transactionId, revision, position, occurredAtMs } = decision;
  const { score, decision: verdict, reasons, ruleSet, lateByMs, origin } = decision;
  return {
    id,
    accountId,
    transactionId,
    revision,
    position: String(position),
    occurredAt: new Date(occurredAtMs).toISOString(),
    score,
    decision: verdict,
    reasons,
    ruleSet,
    lateByMs,
    origin,
  };
}
