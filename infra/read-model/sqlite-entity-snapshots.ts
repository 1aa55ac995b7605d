import type { DatabaseSync } from 'node:sqlite';
import type { EntitySnapshot, EntitySnapshots } from '../../domain/ports.ts';
import { inTransaction } from './sqlite-risk-store.ts';

/** Kept of each plan: a processor may go on from a little before the newest. */
const KEPT = 2;
/** Kept of all plans: rule sets come and go. */
const KEPT_IN_ALL = 4;

const COLUMNS = 'run, plan_hash AS planHash, position, event_id AS eventId, pages';

/** Snapshots of entities in risk.db. One thread writes. */
export function sqliteEntitySnapshots(database: DatabaseSync): EntitySnapshots {
  const newest = database.prepare(
    `SELECT ${COLUMNS} FROM entity_snapshots WHERE plan_hash = ? AND position <= ? ORDER BY position DESC LIMIT 1`,
  );
  const readPage = database.prepare('SELECT bytes FROM entity_pages WHERE run = ? AND page = ?');
  const writePage = database.prepare(
    'INSERT OR REPLACE INTO entity_pages (run, page, bytes) VALUES (?, ?, ?)',
  );
  const finish = database.prepare(
    `INSERT INTO entity_snapshots (run, plan_hash, position, event_id, pages)
     SELECT ?1, ?2, ?3, ?4, ?5 WHERE (SELECT count(*) FROM entity_pages WHERE run = ?1) = ?5`,
  );
  const removeOld = database.prepare(
    `DELETE FROM entity_snapshots WHERE run IN (
       SELECT run FROM entity_snapshots WHERE plan_hash = ? ORDER BY position DESC LIMIT -1 OFFSET ${KEPT})`,
  );
  const removeMany = database.prepare(
    `DELETE FROM entity_snapshots WHERE run IN (
       SELECT run FROM entity_snapshots ORDER BY rowid DESC LIMIT -1 OFFSET ${KEPT_IN_ALL})`,
  );
  const removePages = database.prepare(
    'DELETE FROM entity_pages WHERE run NOT IN (SELECT run FROM entity_snapshots)',
  );

  return {
    async newest(planHash, upTo) {
      return newest.get(planHash, upTo) as EntitySnapshot | undefined;
    },
    async readPage(run, page) {
      return (readPage.get(run, page) as { bytes: Uint8Array } | undefined)?.bytes;
    },
    async writePage(run, page, bytes) {
      writePage.run(run, page, bytes);
    },
    async finish({ run, planHash, position, eventId, pages }) {
      inTransaction(database, () => {
        finish.run(run, planHash, position, eventId, pages);
        removeOld.run(planHash);
        removeMany.run();
        removePages.run();
        return true;
      });
    },
  };
}
