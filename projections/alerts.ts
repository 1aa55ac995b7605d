import type { AlertState } from '../domain/alert.ts';
import { alertOfStream, type Disposition, type StoredFact } from '../domain/facts.ts';
import { AlertChanges } from './alert-changes.ts';
import { createAlertTables } from './alert-tables.ts';
import { inChunks } from './in-chunks.ts';
import type { Projection, ViewDatabase } from './projection.ts';

export interface AlertRow {
  alert_id: string;
  account_id: string;
  transaction_id: string;
  /** Of the transaction, in its account's stream. */
  transaction_revision: number;
  transaction_position: number;
  occurred_at: string;
  occurred_at_ms: number;
  amount_minor: number;
  currency: string;
  amount_base_minor: number | null;
  score: number | null;
  decision: 'review' | 'decline';
  /** JSON array of reason codes. */
  reasons: string;
  rule_set: string;
  rule_set_version: number;
  late_by_ms: number;
  state: Exclude<AlertState['status'], 'missing'>;
  assignee: string | null;
  disposition: Disposition | null;
  closed_by: string | null;
  notes: number;
  /** Of the alert's own stream: what a change must name to be the first. */
  revision: number;
  opened_position: number;
  updated_position: number;
}

export interface AlertTables {
  alerts: AlertRow;
  /** What only one alert's page shows, apart so that lists stay narrow. JSON. */
  alert_evidence: { alert_id: string; hits: string; features: string };
  /** One row a reason: for finding alerts by it. */
  alert_reasons: {
    reason: string;
    opened_position: number;
    alert_id: string;
    score: number | null;
    occurred_at_ms: number;
  };
  /** Every fact of the alert's stream after the first. */
  alert_history: {
    alert_id: string;
    revision: number;
    type: string;
    by_whom: string;
    at: string;
    text: string | null;
    disposition: Disposition | null;
  };
}

/** Alerts and what analysts did with them, from the alerts' own streams. */
export const alertsProjection: Projection = {
  name: 'alerts',
  version: 1,
  tables: ['alerts', 'alert_evidence', 'alert_reasons', 'alert_history'],
  createTables: createAlertTables,

  async apply(db, facts, suffix) {
    const changes = new AlertChanges(await readAlerts(db, facts, suffix));
    for (const fact of facts) {
      const alertId = alertOfStream(fact.stream);
      if (alertId !== undefined) changes.fold(alertId, fact);
    }
    return changes.writes(db, suffix);
  },
};

async function readAlerts(
  db: ViewDatabase,
  facts: readonly StoredFact[],
  suffix: string,
): Promise<AlertRow[]> {
  const worked = facts
    .filter((fact) => fact.type !== 'FraudSuspected')
    .map((fact) => alertOfStream(fact.stream));
  const ids = [...new Set(worked.filter((id) => id !== undefined))];
  const rows: AlertRow[] = [];
  for (const chunk of inChunks(ids)) {
    const alerts = db.selectFrom(`alerts${suffix}` as 'alerts').selectAll();
    rows.push(...(await alerts.where('alert_id', 'in', chunk).execute()));
  }
  return rows;
}
