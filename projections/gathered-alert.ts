import type { Gatherer } from '../domain/alert-grouping.ts';
import type { AlertGrouping, FraudSuspected } from '../domain/facts.ts';
import { occurredAtMs } from '../domain/occurred-at.ts';
import type { AlertRow, SuspicionRow } from './alerts.ts';

/** What an alert's row says of all the suspicions it holds. */
type Together = Pick<
  AlertRow,
  'score' | 'decision' | 'reasons' | 'suspicions' | 'oldest_ms' | 'newest_ms' | 'families'
>;

type Said = Pick<FraudSuspected, 'score' | 'decision' | 'reasons' | 'occurredAt'> & {
  grouping?: Pick<AlertGrouping, 'families'>;
};

export function alone({ score, decision, reasons, occurredAt, grouping }: Said): Together {
  const occurred = occurredAtMs(occurredAt);
  return {
    score,
    decision,
    reasons: JSON.stringify(reasons),
    suspicions: 1,
    oldest_ms: occurred,
    newest_ms: occurred,
    families: grouping === undefined ? null : JSON.stringify(grouping.families),
  };
}

/** With one more: the highest score, the most severe decision, all reasons. */
export function joined(alert: Together, suspected: Said): Together {
  const one = alone(suspected);
  return {
    score:
      alert.score === null || one.score === null
        ? (alert.score ?? one.score)
        : Math.max(alert.score, one.score),
    decision: alert.decision === 'decline' ? 'decline' : one.decision,
    reasons: union(alert.reasons, one.reasons),
    suspicions: alert.suspicions + 1,
    oldest_ms: Math.min(alert.oldest_ms, one.oldest_ms),
    newest_ms: Math.max(alert.newest_ms, one.newest_ms),
    families: alert.families && union(alert.families, one.families ?? '[]'),
  };
}

function union(first: string, second: string): string {
  return JSON.stringify([...new Set([...JSON.parse(first), ...JSON.parse(second)])]);
}

export function gatherer(alert: AlertRow): Gatherer {
  return {
    alertId: alert.alert_id,
    isClosed: alert.state === 'closed',
    families: alert.families === null ? null : JSON.parse(alert.families),
    oldestMs: alert.oldest_ms,
    newestMs: alert.newest_ms,
    suspicions: alert.suspicions,
    decision: alert.decision,
  };
}

/** @param position of the fact */
export function suspicionRow(
  { position: transactionPosition, ...suspected }: FraudSuspected,
  position: number,
  alertId: string,
  isHeldBack: boolean,
): SuspicionRow {
  return {
    suspicion_id: suspected.alertId,
    alert_id: alertId,
    revision: suspected.revision,
    held_back: isHeldBack ? 1 : 0,
    suspected: JSON.stringify(suspected),
    transaction_position: transactionPosition,
    position,
  };
}

export function suspectedOf({ suspected, transaction_position }: SuspicionRow): FraudSuspected {
  return { ...JSON.parse(suspected), position: transaction_position };
}
