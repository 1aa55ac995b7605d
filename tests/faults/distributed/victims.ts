import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import type { DeploymentEngines } from '../../../infra/engines/deployment-engines.ts';
import { startEventStore } from '../../../infra/engines/event-store-server.ts';
import { postgresPool } from '../../../infra/postgres/connection.ts';
import { tempSchema } from '../../../infra/postgres/testing/temp-schema.ts';
import { ROLES, type Role } from '../../../infra/server/distributed/roles.ts';
import type { Keys } from '../../support/deployment.ts';
import { shrike } from '../../support/shrike.ts';
import { Supervised } from './supervised.ts';
import { watchTables } from './table-watch.ts';

export const PARTITIONS = 4;

export interface VictimsOptions {
  /** How many of each role. */
  processes: Record<Role, number>;
  /** Added to the environment of every process. */
  environment?: Record<string, string>;
}

/** A deployment whose processes and engines are hurt: engines, a topic, a schema, and processes of each role. */
export interface Victims {
  engines: DeploymentEngines;
  environment: Record<string, string>;
  processes: Record<Role, Supervised[]>;
  all: Supervised[];
  /** For looking at the tables. */
  pool: pg.Pool;
  topic: string;
  group: string;
  keys(): Keys;
  remove(): Promise<void>;
}

let generations = 0;

/** Lays out a deployment, and starts it. Its event store is its own: what is compared is all that store holds. */
export async function startVictims(shared: DeploymentEngines, options: VictimsOptions): Promise<Victims> {
  const eventStore = await startEventStore();
  const engines: DeploymentEngines = {
    ...shared,
    eventStore,
    environment: { ...shared.environment, EVENTSTORE_URL: eventStore.url },
  };
  const folder = mkdtempSync(join(tmpdir(), 'shrike-faults-'));
  const schema = await tempSchema(engines.postgres.url);
  const generation = String(process.pid * 10 + ++generations);
  const environment: Record<string, string> = {
    ...engines.environment,
    ...(process.env.KAFKA_CLIENT && { KAFKA_CLIENT: process.env.KAFKA_CLIENT }),
    DATABASE_URL: schema.url,
    SHRIKE_PARTITIONS: String(PARTITIONS),
    SHRIKE_GENERATION: generation,
    ...(engines.kafka.brokers === 3 ? { SHRIKE_REPLICAS: '3' } : {}),
  };
  const { code, stderr } = await shrike(['topology'], environment);
  if (code !== 0) throw new Error(`the topology was not made: ${stderr}`);
  const pool = postgresPool(schema.url, { max: 4 });
  await watchTables(pool, PARTITIONS);
  const processes = processesOf(
    options.processes,
    { ...environment, ...options.environment },
    join(folder, 'keys.json'),
  );
  const all = Object.values(processes).flat();
  const remove = async () => {
    await Promise.all(all.map((each) => each.retire()));
    await pool.end();
    await schema.drop();
    await eventStore.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(all.map((each) => each.start()));
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    engines,
    environment,
    processes,
    all,
    pool,
    topic: `facts.g${generation}`,
    group: `shrike-risk.g${generation}`,
    keys: () => JSON.parse(readFileSync(join(folder, 'first-keys.json'), 'utf8')) as Keys,
    remove,
  };
}

function processesOf(
  counts: Record<Role, number>,
  environment: Record<string, string>,
  keys: string,
): Record<Role, Supervised[]> {
  const ofRole = (role: Role) =>
    Array.from({ length: counts[role] }, () => new Supervised(role, environment, keys));
  return Object.fromEntries(ROLES.map((role) => [role, ofRole(role)])) as Record<Role, Supervised[]>;
}
