import type { ViewDatabase } from './projection.ts';

/**
 * The tables of the alerts view. Lists go by `opened_position`, so every index of a filter has it next. Score and
 * time, which never change, follow: what a filter of theirs leaves out is then passed over in the index, without
 * its row.
 */
export async function createAlertTables(db: ViewDatabase, suffix: string): Promise<void> {
  await createAlerts(db, suffix);
  await db.schema
    .createTable(`alert_evidence${suffix}`)
    .addColumn('alert_id', 'text', (column) => column.notNull().primaryKey())
    .addColumn('hits', 'text', (column) => column.notNull())
    .addColumn('features', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable(`alert_reasons${suffix}`)
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('opened_position', 'bigint', (column) => column.notNull())
    .addColumn('alert_id', 'text', (column) => column.notNull())
    .addColumn('score', 'double precision')
    .addColumn('occurred_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  await createListIndex(db, suffix, 'alert_reasons', 'reason');
  await db.schema
    .createTable(`alert_history${suffix}`)
    .addColumn('alert_id', 'text', (column) => column.notNull())
    .addColumn('revision', 'bigint', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('by_whom', 'text', (column) => column.notNull())
    .addColumn('at', 'text', (column) => column.notNull())
    .addColumn('text', 'text')
    .addColumn('disposition', 'text')
    .addPrimaryKeyConstraint(`alert_history_key${suffix}`, ['alert_id', 'revision'])
    .execute();
  await createGathering(db, suffix);
}

async function createGathering(db: ViewDatabase, suffix: string): Promise<void> {
  await db.schema
    .createTable(`alert_suspicions${suffix}`)
    .addColumn('suspicion_id', 'text', (column) => column.notNull().primaryKey())
    .addColumn('alert_id', 'text', (column) => column.notNull())
    .addColumn('revision', 'bigint', (column) => column.notNull())
    .addColumn('held_back', 'integer', (column) => column.notNull())
    .addColumn('suspected', 'text', (column) => column.notNull())
    .addColumn('transaction_position', 'bigint', (column) => column.notNull())
    .addColumn('position', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex(`alert_suspicions_by_alert${suffix}`)
    .on(`alert_suspicions${suffix}`)
    .columns(['alert_id', 'position'])
    .execute();
  await db.schema
    .createTable(`alert_cool_downs${suffix}`)
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('rule', 'text', (column) => column.notNull())
    .addColumn('occurred_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('alert_id', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint(`alert_cool_downs_key${suffix}`, ['account_id', 'rule'])
    .execute();
}

async function createAlerts(db: ViewDatabase, suffix: string): Promise<void> {
  await db.schema
    .createTable(`alerts${suffix}`)
    .addColumn('alert_id', 'text', (column) => column.notNull().primaryKey())
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('transaction_id', 'text', (column) => column.notNull())
    .addColumn('transaction_revision', 'bigint', (column) => column.notNull())
    .addColumn('transaction_position', 'bigint', (column) => column.notNull())
    .addColumn('occurred_at', 'text', (column) => column.notNull())
    .addColumn('occurred_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('amount_minor', 'bigint', (column) => column.notNull())
    .addColumn('currency', 'text', (column) => column.notNull())
    .addColumn('amount_base_minor', 'bigint')
    .addColumn('score', 'double precision')
    .addColumn('decision', 'text', (column) => column.notNull())
    .addColumn('reasons', 'text', (column) => column.notNull())
    .addColumn('rule_set', 'text', (column) => column.notNull())
    .addColumn('rule_set_version', 'integer', (column) => column.notNull())
    .addColumn('late_by_ms', 'bigint', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('assignee', 'text')
    .addColumn('disposition', 'text')
    .addColumn('closed_by', 'text')
    .addColumn('notes', 'integer', (column) => column.notNull())
    .addColumn('revision', 'bigint', (column) => column.notNull())
    .addColumn('suspicions', 'integer', (column) => column.notNull())
    .addColumn('oldest_ms', 'bigint', (column) => column.notNull())
    .addColumn('newest_ms', 'bigint', (column) => column.notNull())
    .addColumn('families', 'text')
    .addColumn('opened_position', 'bigint', (column) => column.notNull())
    .addColumn('updated_position', 'bigint', (column) => column.notNull())
    .execute();
  await createListIndex(db, suffix, 'alerts');
  for (const column of ['state', 'account_id', 'assignee', 'decision']) {
    await createListIndex(db, suffix, 'alerts', column);
  }
}

async function createListIndex(
  db: ViewDatabase,
  suffix: string,
  table: 'alerts' | 'alert_reasons',
  column?: string,
): Promise<void> {
  await db.schema
    .createIndex(`${table}_by_${column ?? 'opened_position'}${suffix}`)
    .on(`${table}${suffix}`)
    .columns([...(column === undefined ? [] : [column]), 'opened_position', 'score', 'occurred_at_ms'])
    .execute();
}
