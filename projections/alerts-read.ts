import { alertOfStream, type StoredFact, suspicionOf } from '../domain/facts.ts';
import { occurredAtMs } from '../domain/occurred-at.ts';
import type { AlertRow, CoolDownRow, SuspicionRow } from './alerts.ts';
import { inChunks } from './in-chunks.ts';
import type { ViewDatabase } from './projection.ts';

/** The rows that facts can change, or that say what becomes of them. */
export interface AlertsRead {
  alerts: AlertRow[];
  suspicions: SuspicionRow[];
  coolDowns: CoolDownRow[];
  /** Alerts whose suspicions are all among those. */
  whole: ReadonlySet<string>;
}

/**
 * @param facts of alerts' streams
 * @param whole alerts of which every suspicion is wanted
 */
export async function readAlerts(
  db: ViewDatabase,
  facts: readonly StoredFact[],
  whole: ReadonlySet<string>,
  suffix: string,
): Promise<AlertsRead> {
  const rows = rowsOf(db, suffix);
  const worked = facts.filter((fact) => fact.type !== 'FraudSuspected');
  const ids = new Set(worked.map((fact) => alertOfStream(fact.stream)!));
  const gathered = facts.filter((fact) => fact.type === 'FraudSuspected').flatMap(toGather);
  const alerts = new Map<string, AlertRow>();
  const add = (found: AlertRow[]) => {
    for (const row of found) alerts.set(row.alert_id, row);
  };
  add(await rows.alerts([...new Set([...ids, ...whole])]));
  const suspicions = await rows.suspicions(
    'suspicion_id',
    [...ids].filter((id) => !alerts.has(id)),
  );
  const accounts = [...new Set(gathered.map(({ accountId }) => accountId))];
  add(await rows.open(accounts, spanOf(gathered)));
  // What is taken out of an alert sets its rules quiet anew.
  const divided = [...whole].flatMap((id) => alerts.get(id)?.account_id ?? []);
  const coolDowns = await rows.coolDowns([...new Set([...accounts, ...divided])]);
  const further = [...coolDowns, ...suspicions].map((row) => row.alert_id);
  add(await rows.alerts([...new Set(further)].filter((id) => !alerts.has(id))));
  suspicions.push(...(await rows.suspicions('alert_id', [...whole])));
  return { alerts: [...alerts.values()], suspicions, coolDowns, whole };
}

interface ToGather {
  accountId: string;
  fromMs: number;
  toMs: number;
}

function toGather(fact: StoredFact): ToGather[] {
  const { accountId, occurredAt, grouping } = suspicionOf(fact);
  if (grouping === undefined) return [];
  const atMs = occurredAtMs(occurredAt);
  const groupMs = grouping.groupMs ?? 0;
  return [{ accountId, fromMs: atMs - groupMs, toMs: atMs + groupMs }];
}

const spanOf = (gathered: readonly ToGather[]) => ({
  fromMs: Math.min(...gathered.map(({ fromMs }) => fromMs)),
  toMs: Math.max(...gathered.map(({ toMs }) => toMs)),
});

function rowsOf(db: ViewDatabase, suffix: string) {
  const alerts = () => db.selectFrom(`alerts${suffix}` as 'alerts').selectAll();
  const inAll = async <K, Row>(keys: readonly K[], read: (chunk: K[]) => Promise<Row[]>) => {
    const rows: Row[] = [];
    for (const chunk of inChunks(keys)) rows.push(...(await read(chunk)));
    return rows;
  };
  return {
    alerts: (ids: readonly string[]) =>
      inAll(ids, (chunk) => alerts().where('alert_id', 'in', chunk).execute()),
    /** Those that can gather what occurred between. */
    open: (accounts: readonly string[], { fromMs, toMs }: { fromMs: number; toMs: number }) =>
      inAll(accounts, (chunk) =>
        alerts()
          .where('account_id', 'in', chunk)
          .where('state', '!=', 'closed')
          .where('families', 'is not', null)
          .where('newest_ms', '>', fromMs)
          .where('oldest_ms', '<', toMs)
          .execute(),
      ),
    coolDowns: (accounts: readonly string[]) =>
      inAll(accounts, (chunk) =>
        db
          .selectFrom(`alert_cool_downs${suffix}` as 'alert_cool_downs')
          .selectAll()
          .where('account_id', 'in', chunk)
          .execute(),
      ),
    suspicions: (key: 'suspicion_id' | 'alert_id', ids: readonly string[]) =>
      inAll(ids, (chunk) =>
        db
          .selectFrom(`alert_suspicions${suffix}` as 'alert_suspicions')
          .selectAll()
          .where(key, 'in', chunk)
          .execute(),
      ),
  };
}
