import { setTimeout as delay } from 'node:timers/promises';
import type { DeploymentEngines } from '../../infra/engines/deployment-engines.ts';
import { openEventStoreDb } from '../../infra/eventstoredb/event-store-db.ts';
import { SESSION_TIMEOUT_MS } from '../../infra/kafka/kafka-client.ts';
import { openPostgres } from '../../infra/postgres/open-postgres.ts';
import { roleReports } from '../../infra/postgres/role-reports.ts';
import { type DistributedHome, newDistributedHome, startProcess } from '../../tests/support/distributed.ts';
import { activate, askingOf } from '../asking.ts';
import { startLoad } from '../load.ts';
import { median, report } from '../report.ts';
import { THIRTY_RULES } from '../rules.ts';
import { decided } from './decided.ts';

const PARTITIONS = 4;
const RATE = 200;
/** Longer than all rounds take; the load ends with its process. */
const LOAD_SECONDS = 3_600;
const SETTLED_MS = 5_000;

type Process = Awaited<ReturnType<typeof startProcess>>;

/**
 * Two processors share the partitions under load. One is killed with SIGKILL; its accounts are scored again when all
 * that was submitted up to its death is decided, in every partition. A new process takes its place for the next round.
 */
export async function recovery(engines: DeploymentEngines, quick: boolean): Promise<void> {
  const home = newDistributedHome(engines, ['api', 'mirror,projector', 'processor', 'processor']);
  const load = startLoad();
  const begun: Process[] = [];
  try {
    const { url, keys, processes } = await home.start();
    await activate(askingOf(url, keys), THIRTY_RULES);
    const { hostname: host, port } = new URL(url);
    const target = { host, port: Number(port), key: keys.submit, connections: 500 };
    load.run({ ...target, seconds: LOAD_SECONDS, ratePerSecond: RATE }).catch(() => undefined);
    const processors = processes.filter(({ roles }) => roles === 'processor');
    const took: number[] = [];
    for (let round = 0; round < (quick ? 1 : 7); round++) {
      took.push(await withoutOne(home, processors));
      const next = await startProcess('processor', home.environment(), home.folder);
      begun.push(next);
      processors.push(next);
    }
    report({
      name: 'distributed: a processor killed until its accounts are scored, median',
      value: median(took),
      unit: 'ms',
    });
    report({
      name: 'distributed: the same, longest',
      value: Math.max(...took),
      unit: 'ms',
      ratio: Math.max(...took) / SESSION_TIMEOUT_MS,
      against: "Kafka's session timeout",
    });
  } finally {
    load.close();
    for (const { child } of begun) child.kill('SIGKILL');
    await home.remove();
  }
}

/** Kills the first of the processors. @returns ms until all was decided that was submitted by then */
async function withoutOne(home: DistributedHome, processors: Process[]): Promise<number> {
  const { EVENTSTORE_URL, DATABASE_URL } = home.environment() as Record<string, string>;
  const store = openEventStoreDb(EVENTSTORE_URL!);
  const pool = await openPostgres(DATABASE_URL!, { max: 2 });
  try {
    const owners = async () => new Set((await roleReports(pool).heard()).map(ownerOf).filter(Boolean)).size;
    while ((await owners()) < 2) await delay(100);
    await delay(SETTLED_MS);
    const { child, ended } = processors.shift()!;
    child.kill('SIGKILL');
    const killed = performance.now();
    await ended;
    const head = await store.head();
    await decided(pool, PARTITIONS, head);
    const ms = performance.now() - killed;
    process.stderr.write(`  killed: decided again after ${Math.round(ms)} ms\n`);
    return ms;
  } finally {
    await pool.end();
    await store.close();
  }
}

const FRESH_MS = 3_000;

/** The process that has a partition now; undefined of other stages. */
function ownerOf({ stage, process, ageMs }: { stage: string; process: string; ageMs: number }) {
  return stage === 'risk' && ageMs < FRESH_MS ? process : undefined;
}
