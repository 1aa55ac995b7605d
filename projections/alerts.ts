import type { Compilable } from 'kysely';
import type { AlertState } from '../domain/alert.ts';
import {
  type AlertClaimed,
  type AlertClosed,
  type AlertNoted,
  alertOfStream,
  type Disposition,
  type FraudSuspected,
  factData,
  type StoredFact,
  suspicionOf,
} from '../domain/facts.ts';
import { occurredAtMs } from '../domain/occurred-at.ts';
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

/** Rows as they are after the facts folded so far, to be written at once. */
class AlertChanges {
  readonly #alerts: Map<string, AlertRow>;
  readonly #changed = new Set<AlertRow>();
  readonly #evidence: AlertTables['alert_evidence'][] = [];
  readonly #reasons: AlertTables['alert_reasons'][] = [];
  readonly #history: AlertTables['alert_history'][] = [];

  constructor(alerts: AlertRow[]) {
    this.#alerts = new Map(alerts.map((alert) => [alert.alert_id, alert]));
  }

  fold(alertId: string, fact: StoredFact): void {
    if (fact.type === 'FraudSuspected') this.#open(suspicionOf(fact), fact.position);
    else this.#work(alertId, fact);
  }

  #open(suspected: FraudSuspected, position: number): void {
    const { alertId, reasons, hits, features } = suspected;
    const alert = openedAlert(suspected, position);
    this.#alerts.set(alertId, alert);
    this.#changed.add(alert);
    this.#evidence.push({
      alert_id: alertId,
      hits: JSON.stringify(hits),
      features: JSON.stringify(features),
    });
    for (const reason of new Set(reasons)) {
      const { score, occurred_at_ms } = alert;
      this.#reasons.push({ reason, opened_position: position, alert_id: alertId, score, occurred_at_ms });
    }
  }

  #work(alertId: string, fact: StoredFact): void {
    const data = factData<AlertClaimed & Partial<AlertNoted & AlertClosed>>(fact);
    const alert = this.#alerts.get(alertId);
    if (alert?.revision !== fact.revision - 1) {
      const found = alert === undefined ? 'no alert' : `revision ${alert.revision}`;
      throw new Error(`${fact.stream}: revision ${fact.revision} follows ${found} in the view`);
    }
    Object.assign(alert, workedOn(alert, fact.type, data));
    alert.revision = fact.revision;
    alert.updated_position = fact.position;
    this.#changed.add(alert);
    const { by, at, text = null, disposition = null } = data;
    const { type, revision } = fact;
    this.#history.push({ alert_id: alertId, revision, type, by_whom: by, at, text, disposition });
  }

  writes(db: ViewDatabase, suffix: string): Compilable[] {
    const opened = [...this.#changed];
    return [
      ...inChunks(opened).map((rows) =>
        db
          .insertInto(`alerts${suffix}` as 'alerts')
          .values(rows)
          .onConflict((conflict) =>
            conflict.column('alert_id').doUpdateSet(({ ref }) => ({
              state: ref('excluded.state'),
              assignee: ref('excluded.assignee'),
              disposition: ref('excluded.disposition'),
              closed_by: ref('excluded.closed_by'),
              notes: ref('excluded.notes'),
              revision: ref('excluded.revision'),
              updated_position: ref('excluded.updated_position'),
            })),
          ),
      ),
      ...inChunks(this.#evidence).map((rows) =>
        db.insertInto(`alert_evidence${suffix}` as 'alert_evidence').values(rows),
      ),
      ...inChunks(this.#reasons).map((rows) =>
        db.insertInto(`alert_reasons${suffix}` as 'alert_reasons').values(rows),
      ),
      ...inChunks(this.#history).map((rows) =>
        db.insertInto(`alert_history${suffix}` as 'alert_history').values(rows),
      ),
    ];
  }
}

function openedAlert(suspected: FraudSuspected, position: number): AlertRow {
  return {
    alert_id: suspected.alertId,
    account_id: suspected.accountId,
    transaction_id: suspected.transactionId,
    transaction_revision: suspected.revision,
    transaction_position: suspected.position,
    occurred_at: suspected.occurredAt,
    occurred_at_ms: occurredAtMs(suspected.occurredAt),
    amount_minor: suspected.amountMinor,
    currency: suspected.currency,
    amount_base_minor: suspected.amountBaseMinor,
    score: suspected.score,
    decision: suspected.decision,
    reasons: JSON.stringify(suspected.reasons),
    rule_set: suspected.ruleSet.name,
    rule_set_version: suspected.ruleSet.version,
    late_by_ms: suspected.lateByMs,
    state: 'open',
    assignee: null,
    disposition: null,
    closed_by: null,
    notes: 0,
    revision: 0,
    opened_position: position,
    updated_position: position,
  };
}

function workedOn(
  alert: AlertRow,
  type: string,
  { by, disposition }: { by: string; disposition?: Disposition },
): Partial<AlertRow> {
  switch (type) {
    case 'AlertClaimed':
      return { state: 'claimed', assignee: by };
    case 'AlertReleased':
      return { state: 'open', assignee: null };
    case 'AlertNoted':
      return { notes: alert.notes + 1 };
    case 'AlertClosed':
      return { state: 'closed', disposition: disposition ?? null, closed_by: by };
    default:
      throw new Error(`${type} is no fact of an alert`);
  }
}
