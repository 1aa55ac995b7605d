import type { AlertState } from '../domain/alert.ts';
import { alertOfStream, type Disposition } from '../domain/facts.ts';
import { AlertChanges } from './alert-changes.ts';
import { createAlertTables } from './alert-tables.ts';
import { readAlerts } from './alerts-read.ts';
import type { Projection } from './projection.ts';

/** Of its transaction the fields tell the opening suspicion; score, decision and reasons are of all it gathered. */
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
  /** How many it holds, and the span of event time they lie in. */
  suspicions: number;
  oldest_ms: number;
  newest_ms: number;
  /** JSON array, of all of them; null where the rule set said nothing of gathering. */
  families: string | null;
  opened_position: number;
  updated_position: number;
}

/** A suspicion under a rule set that says something of gathering: in the alert it opened, or that gathered it. */
export interface SuspicionRow {
  /** The alert it would be, or is, by itself. */
  suspicion_id: string;
  alert_id: string;
  /** Of the transaction in its account's stream. */
  revision: number;
  /** 1 where a cool-down kept it from opening an alert, else 0. */
  held_back: number;
  /** JSON of the fact, without the transaction's position. */
  suspected: string;
  transaction_position: number;
  /** Of the fact. */
  position: number;
}

/** The newest suspicion of a rule that was not held back, by event time, where the rule has a cool-down. */
export interface CoolDownRow {
  account_id: string;
  rule: string;
  occurred_at_ms: number;
  alert_id: string;
}

export interface AlertTables {
  alerts: AlertRow;
  alert_suspicions: SuspicionRow;
  alert_cool_downs: CoolDownRow;
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

/**
 * Alerts and what analysts did with them, from the alerts' own streams. Which suspicions an alert gathers follows from
 * the facts alone, in the order of the store.
 */
export const alertsProjection: Projection = {
  name: 'alerts',
  version: 2,
  tables: [
    'alerts',
    'alert_evidence',
    'alert_reasons',
    'alert_history',
    'alert_suspicions',
    'alert_cool_downs',
  ],
  createTables: createAlertTables,

  async apply(db, facts, suffix) {
    const ofAlerts = facts.filter((fact) => alertOfStream(fact.stream) !== undefined);
    const whole = new Set<string>();
    for (;;) {
      const changes = new AlertChanges(await readAlerts(db, ofAlerts, whole, suffix));
      const wanted = changes.fold(ofAlerts);
      if (wanted === undefined) return changes.writes(db, suffix);
      whole.add(wanted);
    }
  },
};
