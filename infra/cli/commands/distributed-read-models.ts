import { PROJECTIONS } from '../../../projections/all.ts';
import { rebuild } from '../../../projections/rebuild.ts';
import { replayPartitions } from '../../history-threads/replay-partitions.ts';
import { openPostgresViews } from '../../postgres/postgres-views.ts';
import type { EnginesConfig } from '../../server/distributed/engines-config.ts';
import { openRoleEngines, type RoleEngines } from '../../server/distributed/role-engines.ts';
import { type ProgressLine, progressLine } from '../progress-line.ts';

export interface Rebuilt {
  projection: string;
  /** Of decisions: each is rebuilt and swapped in by itself. */
  partition?: number;
  position: number;
}

const noTrouble = (): void => undefined;

/** Rebuilds the decisions of every partition, several at once. */
export async function rebuildDistributedDecisions(
  engines: EnginesConfig,
  threads: number,
): Promise<Rebuilt[]> {
  const line = lateLine('decisions');
  const rebuilt = await replayPartitions(engines, threads, ({ position, through, decisions }) =>
    line.update(position, through, `${decisions} decisions`),
  );
  line.finish();
  return rebuilt.map((each) => ({ projection: 'decisions', ...each }));
}

/** Rebuilds views beside the live ones and swaps each in. @param only the name of one, all if undefined */
export async function rebuildDistributedViews(
  engines: EnginesConfig,
  only: string | undefined,
): Promise<Rebuilt[]> {
  return withEngines(engines, async ({ store }) => {
    const db = await openPostgresViews(engines.databaseUrl, { applicationName: 'shrike replay' });
    try {
      const done: Rebuilt[] = [];
      for (const projection of PROJECTIONS) {
        if (only !== undefined && only !== projection.name) continue;
        const line = lateLine(projection.name);
        const { position } = await rebuild(db, store, projection, {
          onProgress: ({ position: at, head }) => line.update(at, head),
        });
        line.finish();
        done.push({ projection: projection.name, position });
      }
      return done;
    } finally {
      await db.destroy();
    }
  });
}

async function withEngines<T>(engines: EnginesConfig, work: (opened: RoleEngines) => Promise<T>): Promise<T> {
  const opened = await openRoleEngines(engines, 'replay', noTrouble);
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}

/** A line that begins when it is known how far it goes. */
function lateLine(label: string) {
  let line: ProgressLine | undefined;
  return {
    update(at: number, total: number, note?: string): void {
      line ??= progressLine(label, total, 'positions');
      line.update(at, note);
    },
    finish: () => line?.finish(),
  };
}
