import type { DatabaseSync } from 'node:sqlite';
import type { RiskRebuild } from '../../domain/ports.ts';
import { riskTables } from './risk-database.ts';
import { assertPartition, inTransaction, riskWrites } from './sqlite-risk-store.ts';

const TABLES = ['decisions', 'snapshots'] as const;

/**
 * Builds decisions and snapshots anew in risk.db, in tables whose names carry a generation, while the live ones
 * are read and written on, also by another process. After the swap a live processor's next commit finds another
 * checkpoint, writes nothing, and goes on from there. Of two rebuilds at once, the one begun first fails.
 */
export function sqliteRiskRebuild(database: DatabaseSync): RiskRebuild {
  let building: { suffix: string; writes: ReturnType<typeof riskWrites> } | undefined;
  const begun = () => {
    if (building === undefined) throw new Error('begin a rebuild first');
    return building;
  };

  return {
    async begin(partition) {
      assertPartition(partition);
      const suffix = begin(database);
      building = { suffix, writes: riskWrites(database, suffix) };
    },
    async append({ decisions, snapshots }) {
      const { writes } = begun();
      inTransaction(database, () => {
        writes.add(decisions, snapshots);
        return true;
      });
    },
    async swap(to, evenIfPast) {
      const current = begun();
      assertPartition(to.partition);
      const swapped = inTransaction(database, () => {
        if (!setCheckpoint(database, to.position, to.eventId, evenIfPast)) return false;
        for (const table of TABLES) {
          database.exec(`DROP TABLE ${table}`);
          database.exec(`ALTER TABLE ${table}${current.suffix} RENAME TO ${table}`);
        }
        return true;
      });
      if (swapped) building = undefined;
      return swapped;
    },
  };
}

function begin(database: DatabaseSync): string {
  let suffix = '';
  inTransaction(database, () => {
    const generation = Number(database.prepare('SELECT generation FROM generations').get()!.generation);
    for (const table of TABLES) database.exec(`DROP TABLE IF EXISTS ${table}_g${generation}`);
    suffix = `_g${generation + 1}`;
    database.exec('UPDATE generations SET generation = generation + 1');
    database.exec(riskTables(suffix));
    return true;
  });
  return suffix;
}

function setCheckpoint(
  database: DatabaseSync,
  position: number,
  eventId: string | null,
  evenIfPast: boolean,
): boolean {
  const set = database.prepare(
    `INSERT INTO checkpoints (partition, position, event_id) VALUES (0, ?, ?)
     ON CONFLICT (partition) DO UPDATE SET position = excluded.position, event_id = excluded.event_id
     WHERE checkpoints.position <= excluded.position OR ?`,
  );
  return set.run(position, eventId, evenIfPast ? 1 : 0).changes === 1;
}
