import { scoringPlan } from '../../../domain/risk-fold.ts';
import { partitionOfKey } from '../../../processors/key-partitions.ts';
import { replay } from '../../../processors/replay.ts';
import { type Verification, verify } from '../../../processors/verify.ts';
import { PROJECTIONS } from '../../../projections/all.ts';
import { rebuild } from '../../../projections/rebuild.ts';
import { postgresRiskRebuild } from '../../postgres/postgres-risk-rebuild.ts';
import { postgresRiskStore } from '../../postgres/postgres-risk-store.ts';
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

/** Rebuilds the decisions of every partition, one after the other, each beside the live ones and swapped in. */
export async function rebuildDistributedDecisions(engines: EnginesConfig): Promise<Rebuilt[]> {
  return withEngines(engines, async ({ store, tables }) => {
    const risk = postgresRiskStore(tables);
    const done: Rebuilt[] = [];
    for (let partition = 0; partition < tables.partitions; partition++) {
      const line = lateLine(`decisions ${partition + 1}/${tables.partitions}`);
      const { position } = await replay({
        store,
        risk,
        rebuild: postgresRiskRebuild(tables),
        compile: scoringPlan,
        partition,
        owns: ownerOf(partition, tables.partitions),
        onProgress: ({ position: at, through, decisions }) =>
          line.update(at, through, `${decisions} decisions`),
      });
      line.finish();
      done.push({ projection: 'decisions', partition, position });
    }
    return done;
  });
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

/** Recomputes every decision of every partition from the store and compares. */
export async function verifyDistributed(engines: EnginesConfig): Promise<Verification> {
  return withEngines(engines, async ({ store, tables }) => {
    const risk = postgresRiskStore(tables);
    const parts: Verification[] = [];
    for (let partition = 0; partition < tables.partitions; partition++) {
      const line = lateLine(`verify ${partition + 1}/${tables.partitions}`);
      const part = await verify({
        store,
        risk,
        compile: scoringPlan,
        partition,
        owns: ownerOf(partition, tables.partitions),
        onProgress: ({ position, through, decisions }) =>
          line.update(position, through, `${decisions} decisions`),
      });
      line.finish();
      parts.push(part);
    }
    return parts.reduce(together);
  });
}

/** Everything up to the lowest of all partitions was compared. */
function together(one: Verification, other: Verification): Verification {
  const [first] = [one.first, other.first]
    .filter((difference) => difference !== null)
    .sort((a, b) => a.position - b.position);
  return {
    decisions: one.decisions + other.decisions,
    alerts: one.alerts + other.alerts,
    through: Math.min(one.through, other.through),
    differ: one.differ + other.differ,
    first: first ?? null,
  };
}

const ownerOf =
  (partition: number, partitions: number) =>
  (accountId: string): boolean =>
    partitionOfKey(accountId, partitions) === partition;

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
