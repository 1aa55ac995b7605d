import type { Compilable } from 'kysely';
import type { AlertRow, AlertTables, CoolDownRow, SuspicionRow } from './alerts.ts';
import { inChunks } from './in-chunks.ts';
import type { ViewDatabase } from './projection.ts';

/** Rows to be written; those of alerts that are there already replace them. */
export interface AlertWrites {
  alerts: readonly AlertRow[];
  /** By alert that is there already: the reasons as its row has them. */
  reasonsBefore: ReadonlyMap<string, string>;
  evidence: readonly AlertTables['alert_evidence'][];
  history: readonly AlertTables['alert_history'][];
  suspicions: readonly SuspicionRow[];
  coolDowns: readonly CoolDownRow[];
}

export function alertWrites(db: ViewDatabase, rows: AlertWrites, suffix: string): Compilable[] {
  return [
    ...inChunks(rows.alerts).map((chunk) => putAlerts(db, chunk, suffix)),
    ...putReasons(db, rows, suffix),
    ...inChunks(rows.evidence).map((chunk) =>
      db.insertInto(`alert_evidence${suffix}` as 'alert_evidence').values(chunk),
    ),
    ...inChunks(rows.history).map((chunk) =>
      db.insertInto(`alert_history${suffix}` as 'alert_history').values(chunk),
    ),
    ...inChunks(rows.suspicions).map((chunk) => putSuspicions(db, chunk, suffix)),
    ...inChunks(rows.coolDowns).map((chunk) => putCoolDowns(db, chunk, suffix)),
  ];
}

function putAlerts(db: ViewDatabase, rows: AlertRow[], suffix: string): Compilable {
  return db
    .insertInto(`alerts${suffix}` as 'alerts')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('alert_id').doUpdateSet(({ ref }) => ({
        score: ref('excluded.score'),
        decision: ref('excluded.decision'),
        reasons: ref('excluded.reasons'),
        state: ref('excluded.state'),
        assignee: ref('excluded.assignee'),
        disposition: ref('excluded.disposition'),
        closed_by: ref('excluded.closed_by'),
        notes: ref('excluded.notes'),
        revision: ref('excluded.revision'),
        suspicions: ref('excluded.suspicions'),
        oldest_ms: ref('excluded.oldest_ms'),
        newest_ms: ref('excluded.newest_ms'),
        families: ref('excluded.families'),
        updated_position: ref('excluded.updated_position'),
      })),
    );
}

/** Alerts that gather carry their score along with each reason: both are written anew. */
function putReasons(db: ViewDatabase, { alerts, reasonsBefore }: AlertWrites, suffix: string): Compilable[] {
  const table = `alert_reasons${suffix}` as 'alert_reasons';
  const put = alerts.filter(({ alert_id, families }) => families !== null || !reasonsBefore.has(alert_id));
  const deletes = put.flatMap(({ alert_id, opened_position }) => {
    const before: string[] = JSON.parse(reasonsBefore.get(alert_id) ?? '[]');
    return inChunks(before).map((reasons) =>
      db.deleteFrom(table).where('reason', 'in', reasons).where('opened_position', '=', opened_position),
    );
  });
  const rows = put.flatMap(({ alert_id, opened_position, score, occurred_at_ms, reasons }) =>
    [...new Set<string>(JSON.parse(reasons))].map((reason) => ({
      reason,
      opened_position,
      alert_id,
      score,
      occurred_at_ms,
    })),
  );
  return [...deletes, ...inChunks(rows).map((chunk) => db.insertInto(table).values(chunk))];
}

function putSuspicions(db: ViewDatabase, rows: SuspicionRow[], suffix: string): Compilable {
  return db
    .insertInto(`alert_suspicions${suffix}` as 'alert_suspicions')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('suspicion_id').doUpdateSet(({ ref }) => ({
        alert_id: ref('excluded.alert_id'),
        held_back: ref('excluded.held_back'),
      })),
    );
}

function putCoolDowns(db: ViewDatabase, rows: CoolDownRow[], suffix: string): Compilable {
  return db
    .insertInto(`alert_cool_downs${suffix}` as 'alert_cool_downs')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'rule']).doUpdateSet(({ ref }) => ({
        occurred_at_ms: ref('excluded.occurred_at_ms'),
        alert_id: ref('excluded.alert_id'),
      })),
    );
}
