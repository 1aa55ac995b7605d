import type { Compilable } from 'kysely';
import {
  type AlertClaimed,
  type AlertClosed,
  type AlertNoted,
  type Disposition,
  type FraudSuspected,
  factData,
  type StoredFact,
  suspicionOf,
} from '../domain/facts.ts';
import { occurredAtMs } from '../domain/occurred-at.ts';
import type { AlertRow, AlertTables } from './alerts.ts';
import { inChunks } from './in-chunks.ts';
import type { ViewDatabase } from './projection.ts';

/** Rows as they are after the facts folded so far, to be written at once. */
export class AlertChanges {
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
