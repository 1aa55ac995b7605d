import type { SelectQueryBuilder } from 'kysely';
import type {
  AlertEntry,
  AlertFilter,
  AlertSuspicion,
  AlertView,
  Page,
  Reflecting,
} from '../../../api/services.ts';
import type { FraudSuspected } from '../../../domain/facts.ts';
import { type AlertRow, type AlertTables, alertsProjection } from '../../../projections/alerts.ts';
import { readCheckpoint } from '../../../projections/checkpoint.ts';
import { suspectedOf } from '../../../projections/gathered-alert.ts';
import type { ViewDatabase, ViewTables } from '../../../projections/projection.ts';
import { viewPosition } from './view-position.ts';

export interface AlertQueries {
  /**
   * Alerts in the order of the facts that opened them; `after` is the position of the last one seen. Following it
   * neither skips nor repeats an alert, whatever arrives meanwhile.
   */
  alerts(filter: AlertFilter, page: Page): Promise<Reflecting<AlertView[]>>;
  /** With its suspicions; of one that another alert gathered, that alert. */
  alert(alertId: string): Promise<Reflecting<AlertView | undefined>>;
  /** Which alert holds a suspicion: itself where it opened one; undefined where the view does not know it. */
  holderOf(suspicionId: string): Promise<string | undefined>;
  /** What the live feed says of suspicions beside their facts. */
  gatheredIn(suspicionIds: readonly string[]): Promise<Map<string, string>>;
  /** Alerts that were opened by the facts at these positions. */
  openedAt(positions: readonly number[]): Promise<Map<number, string>>;
}

export function alertQueries(views: ViewDatabase): AlertQueries {
  return {
    async alerts(filter, page) {
      const asOf = await viewPosition(views, alertsProjection.name);
      const rows = await listQuery(views, filter, page, asOf).execute();
      return { asOf, value: await complete(views, rows) };
    },
    async alert(alertId) {
      const asOf = await viewPosition(views, alertsProjection.name);
      const value = (await alertOf(views, alertId)) ?? (await gathererOf(views, alertId));
      return { asOf, value };
    },
    async holderOf(suspicionId) {
      const found = await views
        .selectFrom('alerts')
        .select('alert_id')
        .where('alert_id', '=', suspicionId)
        .executeTakeFirst();
      return found?.alert_id ?? gatheringAlert(views, suspicionId);
    },
    async gatheredIn(suspicionIds) {
      if (suspicionIds.length === 0) return new Map();
      const found = await views
        .selectFrom('alert_suspicions')
        .select(['suspicion_id', 'alert_id'])
        .where('suspicion_id', 'in', suspicionIds)
        .whereRef('suspicion_id', '!=', 'alert_id')
        .execute();
      return new Map(found.map((row) => [row.suspicion_id, row.alert_id]));
    },
    async openedAt(positions) {
      if (positions.length === 0) return new Map();
      const found = await views
        .selectFrom('alerts')
        .select(['opened_position', 'alert_id'])
        .where('opened_position', 'in', positions)
        .execute();
      return new Map(found.map((row) => [row.opened_position, row.alert_id]));
    },
  };
}

async function alertOf(views: ViewDatabase, alertId: string): Promise<AlertView | undefined> {
  const rows = await views.selectFrom('alerts').selectAll('alerts').where('alert_id', '=', alertId).execute();
  const [alert] = await complete(views, rows);
  if (alert === undefined) return undefined;
  // A view that is still to be rebuilt by this version has no such rows.
  const isGathering = (rows[0]!.families ?? null) !== null;
  return { ...alert, suspicions: isGathering ? await suspicionsOf(views, alertId) : [alone(alert)] };
}

const alone = ({ suspected }: AlertView): AlertSuspicion => ({ suspected, isHeldBack: false });

async function suspicionsOf(views: ViewDatabase, alertId: string): Promise<AlertSuspicion[]> {
  const rows = await views
    .selectFrom('alert_suspicions')
    .selectAll()
    .where('alert_id', '=', alertId)
    .orderBy('position')
    .execute();
  return rows.map((row) => ({ suspected: suspectedOf(row), isHeldBack: row.held_back === 1 }));
}

async function gathererOf(views: ViewDatabase, suspicionId: string): Promise<AlertView | undefined> {
  const holder = await gatheringAlert(views, suspicionId);
  return holder === undefined ? undefined : alertOf(views, holder);
}

async function gatheringAlert(views: ViewDatabase, suspicionId: string): Promise<string | undefined> {
  if (!(await knowsGathering(views))) return undefined;
  const found = await views
    .selectFrom('alert_suspicions')
    .select('alert_id')
    .where('suspicion_id', '=', suspicionId)
    .executeTakeFirst();
  return found?.alert_id;
}

/** An older version's rows are shown until they are rebuilt; they know no suspicions but the opening ones. */
async function knowsGathering(views: ViewDatabase): Promise<boolean> {
  return ((await readCheckpoint(views, alertsProjection.name))?.version ?? 0) >= 2;
}

/** Exported so that its plan can be looked at. */
export function listQuery(views: ViewDatabase, filter: AlertFilter, page: Page, asOf: number) {
  const { order, after, limit } = page;
  const column = `${listedBy(filter)}.opened_position` as const;
  let query = matching(views, filter).where(column, '<=', asOf);
  if (after !== null) query = query.where(column, order === 'oldest' ? '>' : '<', after);
  return query.orderBy(column, order === 'oldest' ? 'asc' : 'desc').limit(limit);
}

/** Position, score and time stand in both tables; where a reason is asked for, its index is the one to walk. */
function listedBy({ reason }: AlertFilter): 'alerts' {
  return (reason === undefined ? 'alerts' : 'alert_reasons') as 'alerts';
}

type AlertsSelected = SelectQueryBuilder<ViewTables, 'alerts', AlertRow>;

function matching(views: ViewDatabase, filter: AlertFilter): AlertsSelected {
  const { state, decision, minScore, accountId, reason, assignee, fromMs, toMs } = filter;
  const table = listedBy(filter);
  let query: AlertsSelected =
    reason === undefined ? views.selectFrom('alerts').selectAll('alerts') : withReason(views, reason);
  if (state !== undefined) query = query.where('alerts.state', '=', state);
  if (decision !== undefined) query = query.where('alerts.decision', '=', decision);
  if (minScore !== undefined) query = query.where(`${table}.score`, '>=', minScore);
  if (accountId !== undefined) query = query.where('alerts.account_id', '=', accountId);
  if (assignee !== undefined) query = query.where('alerts.assignee', '=', assignee);
  if (fromMs !== undefined) query = query.where(`${table}.occurred_at_ms`, '>=', fromMs);
  if (toMs !== undefined) query = query.where(`${table}.occurred_at_ms`, '<', toMs);
  return query;
}

function withReason(views: ViewDatabase, reason: string): AlertsSelected {
  return views
    .selectFrom('alert_reasons')
    .innerJoin('alerts', 'alerts.alert_id', 'alert_reasons.alert_id')
    .selectAll('alerts')
    .where('alert_reasons.reason', '=', reason) as unknown as AlertsSelected;
}

/** Puts what lies in other tables to the rows, in their order. */
async function complete(views: ViewDatabase, rows: AlertRow[]): Promise<AlertView[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.alert_id);
  const evidence = await views
    .selectFrom('alert_evidence')
    .select(['alert_id', 'hits', 'features'])
    .where('alert_id', 'in', ids)
    .execute();
  const history = await views
    .selectFrom('alert_history')
    .select(['alert_id', 'revision', 'type', 'by_whom', 'at', 'text', 'disposition'])
    .where('alert_id', 'in', ids)
    .orderBy('alert_id')
    .orderBy('revision')
    .execute();
  const evidenceOf = new Map(evidence.map((row) => [row.alert_id, row]));
  const historyOf = Map.groupBy(history, (row) => row.alert_id);
  return rows.map((row) => alertView(row, evidenceOf.get(row.alert_id)!, historyOf.get(row.alert_id) ?? []));
}

function alertView(
  row: AlertRow,
  evidence: AlertTables['alert_evidence'],
  history: AlertTables['alert_history'][],
): AlertView {
  return {
    suspected: openingOf(row, evidence),
    suspicionCount: row.suspicions ?? 1,
    lastOccurredAt: new Date(row.newest_ms ?? row.occurred_at_ms).toISOString(),
    position: row.opened_position,
    revision: row.revision,
    state: row.state,
    assignee: row.assignee,
    disposition: row.disposition,
    history: history.map(({ type, by_whom, at, text }) => ({ what: WHAT[type]!, by: by_whom, at, text })),
  };
}

const WHAT: Record<string, AlertEntry['what']> = {
  AlertClaimed: 'claimed',
  AlertReleased: 'released',
  AlertNoted: 'noted',
  AlertClosed: 'closed',
};

function openingOf(row: AlertRow, evidence: AlertTables['alert_evidence']): FraudSuspected {
  return {
    alertId: row.alert_id,
    accountId: row.account_id,
    transactionId: row.transaction_id,
    revision: row.transaction_revision,
    position: row.transaction_position,
    occurredAt: row.occurred_at,
    amountMinor: row.amount_minor,
    currency: row.currency,
    amountBaseMinor: row.amount_base_minor,
    score: row.score,
    decision: row.decision,
    reasons: JSON.parse(row.reasons),
    hits: JSON.parse(evidence.hits),
    features: JSON.parse(evidence.features),
    ruleSet: { name: row.rule_set, version: row.rule_set_version },
    lateByMs: row.late_by_ms,
  };
}
