import type { Compilable } from 'kysely';
import { gathering, type LastOfRule } from '../domain/alert-grouping.ts';
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
import { type AlertWrites, alertWrites } from './alert-writes.ts';
import type { AlertRow, AlertTables, CoolDownRow, SuspicionRow } from './alerts.ts';
import type { AlertsRead } from './alerts-read.ts';
import { alone, gatherer, joined, suspectedOf, suspicionRow } from './gathered-alert.ts';
import type { ViewDatabase } from './projection.ts';

/** Rows as they are after the facts folded so far, to be written at once. */
export class AlertChanges {
  readonly #alerts: Map<string, AlertRow>;
  readonly #ofAccount: Map<string, AlertRow[]>;
  readonly #suspicions: Map<string, SuspicionRow>;
  readonly #coolDowns: Map<string, CoolDownRow>;
  readonly #whole: Set<string>;
  /** Reasons as they stand in the database, of alerts that are there. */
  readonly #reasons: Map<string, string>;
  readonly #evidence: AlertTables['alert_evidence'][] = [];
  readonly #history: AlertTables['alert_history'][] = [];
  readonly #changed = new Set<AlertRow>();
  readonly #moved = new Set<SuspicionRow>();
  readonly #suspectedAgain = new Set<CoolDownRow>();

  constructor({ alerts, suspicions, coolDowns, whole }: AlertsRead) {
    this.#alerts = new Map(alerts.map((alert) => [alert.alert_id, alert]));
    this.#ofAccount = Map.groupBy(
      alerts.toSorted((a, b) => a.opened_position - b.opened_position),
      (alert) => alert.account_id,
    );
    this.#suspicions = new Map(suspicions.map((row) => [row.suspicion_id, row]));
    this.#coolDowns = new Map(coolDowns.map((row) => [ruleKey(row.account_id, row.rule), row]));
    this.#whole = new Set(whole);
    this.#reasons = new Map(alerts.map((alert) => [alert.alert_id, alert.reasons]));
  }

  /**
   * @param facts of alerts' streams, in the order of the store
   * @returns an alert of which every suspicion must be known to go on: nothing counts until it is read
   */
  fold(facts: readonly StoredFact[]): string | undefined {
    for (const fact of facts) {
      const alertId = alertOfStream(fact.stream)!;
      const wanted =
        fact.type === 'FraudSuspected'
          ? this.#suspect(suspicionOf(fact), fact.position)
          : this.#work(alertId, fact);
      if (wanted !== undefined) return wanted;
    }
    return undefined;
  }

  #suspect(suspected: FraudSuspected, position: number): undefined {
    const { alertId, accountId, occurredAt, grouping } = suspected;
    if (grouping === undefined) {
      this.#open(suspected, position);
      return;
    }
    const found = gathering(
      suspected,
      occurredAtMs(occurredAt),
      (this.#ofAccount.get(accountId) ?? []).map(gatherer),
      (rule) => this.#lastOf(accountId, rule),
    );
    const into = found?.into.alertId ?? alertId;
    const row = suspicionRow(suspected, position, into, found?.isHeldBack ?? false);
    this.#suspicions.set(alertId, row);
    this.#moved.add(row);
    if (found === undefined) {
      this.#open(suspected, position);
      this.#whole.add(alertId);
    } else this.#join(this.#alerts.get(into)!, suspected, position);
    if (!found?.isHeldBack) this.#remember(suspected, into);
  }

  #open(suspected: FraudSuspected, position: number): AlertRow {
    const { alertId, accountId, hits, features } = suspected;
    const alert = openedAlert(suspected, position);
    this.#alerts.set(alertId, alert);
    this.#changed.add(alert);
    const others = this.#ofAccount.get(accountId);
    if (others === undefined) this.#ofAccount.set(accountId, [alert]);
    else others.push(alert);
    this.#evidence.push({
      alert_id: alertId,
      hits: JSON.stringify(hits),
      features: JSON.stringify(features),
    });
    return alert;
  }

  #join(alert: AlertRow, suspected: FraudSuspected, position: number): void {
    Object.assign(alert, joined(alert, suspected));
    alert.updated_position = position;
    this.#changed.add(alert);
  }

  #lastOf(accountId: string, rule: string): LastOfRule | undefined {
    const last = this.#coolDowns.get(ruleKey(accountId, rule));
    if (last === undefined) return undefined;
    return { occurredAtMs: last.occurred_at_ms, alert: gatherer(this.#alerts.get(last.alert_id)!) };
  }

  /** The rules with a cool-down keep quiet from now on. */
  #remember({ accountId, occurredAt, grouping }: FraudSuspected, alertId: string): void {
    const occurred = occurredAtMs(occurredAt);
    for (const [rule, coolDownMs] of Object.entries(grouping!.coolDownsMs)) {
      const key = ruleKey(accountId, rule);
      const last = this.#coolDowns.get(key);
      if (coolDownMs === null || (last !== undefined && last.occurred_at_ms > occurred)) continue;
      const row = { account_id: accountId, rule, occurred_at_ms: occurred, alert_id: alertId };
      if (last !== undefined) this.#suspectedAgain.delete(last);
      this.#coolDowns.set(key, row);
      this.#suspectedAgain.add(row);
    }
  }

  #work(alertId: string, fact: StoredFact): string | undefined {
    const data = factData<AlertClaimed & Partial<AlertNoted & AlertClosed>>(fact);
    const gatheredIn = this.#alerts.has(alertId) ? undefined : this.#suspicions.get(alertId)?.alert_id;
    if (gatheredIn !== undefined) {
      if (!this.#whole.has(gatheredIn)) return gatheredIn;
      this.#takeOut(gatheredIn, [this.#suspicions.get(alertId)!], fact);
    }
    const alert = this.#alerts.get(alertId);
    if (alert?.revision !== fact.revision - 1) {
      const found = alert === undefined ? 'no alert' : `revision ${alert.revision}`;
      throw new Error(`${fact.stream}: revision ${fact.revision} follows ${found} in the view`);
    }
    const isMore = fact.type === 'AlertClosed' && alert.families !== null && alert.suspicions > 1;
    if (isMore && !this.#whole.has(alertId)) return alertId;
    Object.assign(alert, workedOn(alert, fact.type, data));
    alert.revision = fact.revision;
    alert.updated_position = fact.position;
    this.#changed.add(alert);
    const { by, at, text = null, disposition = null } = data;
    const { type, revision } = fact;
    this.#history.push({ alert_id: alertId, revision, type, by_whom: by, at, text, disposition });
    if (isMore) this.#goOnWith(alert, data.suspicions, fact);
    return undefined;
  }

  /** What was gathered beyond what the analyst closed, having seen it, goes on as an alert of its own. */
  #goOnWith(alert: AlertRow, closed: readonly number[] | undefined, fact: StoredFact): void {
    const seen = new Set(closed ?? [alert.transaction_revision]);
    const unseen = this.#heldBy(alert.alert_id).filter(
      ({ revision, held_back, suspicion_id }) =>
        held_back === 0 && suspicion_id !== alert.alert_id && !seen.has(revision),
    );
    if (unseen.length > 0) this.#takeOut(alert.alert_id, unseen, fact);
  }

  /** Makes suspicions of an alert one of their own, opened by a fact that is no suspicion. */
  #takeOut(alertId: string, rows: readonly SuspicionRow[], { position }: StoredFact): void {
    const [first] = rows as [SuspicionRow];
    let opened: AlertRow | undefined;
    for (const row of rows) {
      const suspected = suspectedOf(row);
      row.alert_id = first.suspicion_id;
      row.held_back = 0;
      this.#moved.add(row);
      if (opened === undefined) opened = this.#open(suspected, position);
      else this.#join(opened, suspected, position);
      this.#remember(suspected, opened.alert_id);
    }
    this.#whole.add(first.suspicion_id);
    const alert = this.#alerts.get(alertId)!;
    const [opening, ...others] = this.#heldBy(alertId).map(suspectedOf) as [FraudSuspected];
    Object.assign(alert, others.reduce(joined, alone(opening)));
    alert.updated_position = position;
    this.#changed.add(alert);
  }

  /** In the order of the store: the opening one first. */
  #heldBy(alertId: string): SuspicionRow[] {
    const rows = [...this.#suspicions.values()].filter((row) => row.alert_id === alertId);
    return rows.toSorted((a, b) => a.position - b.position);
  }

  writes(db: ViewDatabase, suffix: string): Compilable[] {
    const writes: AlertWrites = {
      alerts: [...this.#changed],
      reasonsBefore: this.#reasons,
      evidence: this.#evidence,
      history: this.#history,
      suspicions: [...this.#moved],
      coolDowns: [...this.#suspectedAgain],
    };
    return alertWrites(db, writes, suffix);
  }
}

const ruleKey = (accountId: string, rule: string): string => `${rule} ${accountId}`;

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
    ...alone(suspected),
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
