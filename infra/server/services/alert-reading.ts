import type { AlertFilter, AlertView, Page, Reflecting } from '../../../api/services.ts';
import { alertStream } from '../../../domain/facts.ts';
import type { EventStore } from '../../../domain/ports.ts';
import type { ViewDatabase } from '../../../projections/projection.ts';
import { alertView } from './alert-view.ts';
import { readWholeStream } from './read-whole-stream.ts';

const VIEW = 'alerts';

/** Lists come from the alerts view; what stands in an alert comes from its own stream, up to what the view shows. */
export function alertReading(db: ViewDatabase, store: Pick<EventStore, 'readStream'>) {
  const asOf = async (): Promise<number> => {
    const checkpoint = db
      .selectFrom('projection_checkpoints')
      .select('position')
      .where('projection', '=', VIEW);
    return (await checkpoint.executeTakeFirst())?.position ?? 0;
  };

  async function view(alertId: string, revision: number): Promise<AlertView> {
    const facts = await readWholeStream(store, alertStream(alertId));
    return alertView(facts.filter((fact) => fact.revision <= revision));
  }

  return {
    async alerts(filter: AlertFilter, page: Page): Promise<Reflecting<AlertView[]>> {
      const position = await asOf();
      const rows = await alertPage(db, filter, page).execute();
      return {
        asOf: position,
        value: await Promise.all(rows.map((row) => view(row.alert_id, row.revision))),
      };
    },
    async alert(alertId: string): Promise<Reflecting<AlertView | undefined>> {
      const position = await asOf();
      const row = await db
        .selectFrom('alerts')
        .select('revision')
        .where('alert_id', '=', alertId)
        .executeTakeFirst();
      return { asOf: position, value: row && (await view(alertId, row.revision)) };
    },
  };
}

function alertPage(db: ViewDatabase, filter: AlertFilter, { order, after, limit }: Page) {
  let query = db.selectFrom('alerts').select(['alert_id', 'revision']);
  if (filter.state !== undefined) query = query.where('state', '=', filter.state);
  if (filter.decision !== undefined) query = query.where('decision', '=', filter.decision);
  if (filter.minScore !== undefined) query = query.where('score', '>=', filter.minScore);
  if (filter.accountId !== undefined) query = query.where('account_id', '=', filter.accountId);
  if (filter.assignee !== undefined) query = query.where('assignee', '=', filter.assignee);
  if (filter.fromMs !== undefined) query = query.where('occurred_at_ms', '>=', filter.fromMs);
  if (filter.toMs !== undefined) query = query.where('occurred_at_ms', '<', filter.toMs);
  if (filter.reason !== undefined) {
    const withReason = db.selectFrom('alert_reasons').select('alert_id').where('reason', '=', filter.reason);
    query = query.where('alert_id', 'in', withReason);
  }
  if (after !== null) query = query.where('opened_position', order === 'oldest' ? '>' : '<', after);
  return query.orderBy('opened_position', order === 'oldest' ? 'asc' : 'desc').limit(limit);
}
