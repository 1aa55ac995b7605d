import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { DeploymentEngines } from '../../infra/engines/deployment-engines.ts';
import { type EventStoreEngine, startEventStore } from '../../infra/engines/event-store-server.ts';
import { tempSchema } from '../../infra/postgres/testing/temp-schema.ts';
import { type Deployment, type Home, type Keys, StartRefused } from './deployment.ts';
import { SHRIKE, shrike } from './shrike.ts';

/** The roles of each process. */
const PROCESSES = ['mirror,processor,projector', 'api'];
const PARTITIONS = '4';

/** Where a distributed deployment's data is: an event store, a schema and a topic of its own. */
export interface DistributedHome extends Home {
  /** Its own, which outlives the processes. */
  eventStore(): Promise<EventStoreEngine>;
  /** For the commands that find the deployment by its environment; once it was started. */
  environment(): Record<string, string>;
  start(...settings: string[]): Promise<DistributedDeployment>;
}

export interface DistributedDeployment extends Deployment {
  /** In the order of the home's processes. */
  processes: RoleProcess[];
}

export interface RoleProcess {
  roles: string;
  child: ChildProcess;
  url: string;
  ended: Promise<unknown>;
}

let generations = 0;

/** @param processes the roles of each process of the deployment */
export function newDistributedHome(
  engines: DeploymentEngines,
  processes: readonly string[] = PROCESSES,
): DistributedHome {
  const folder = mkdtempSync(join(tmpdir(), 'shrike-distributed-'));
  const running = new Set<RoleProcess>();
  let prepared: Promise<Prepared> | undefined;
  let environment: Record<string, string> = {};

  const starting = async (roles: string, settings: readonly string[]): Promise<RoleProcess> => {
    const process = await startProcess(roles, environment, folder, settings);
    running.add(process);
    void process.ended.finally(() => running.delete(process));
    return process;
  };

  return {
    folder,
    environment: () => environment,
    async eventStore() {
      prepared ??= prepare(engines);
      return (await prepared).eventStore;
    },
    async start(...settings) {
      prepared ??= prepare(engines);
      environment = (await prepared).environment;
      const started = await Promise.all(processes.map((roles) => starting(roles, settings)));
      const api = started.find(({ roles }) => roles.includes('api'))!;
      const end = async (signal: NodeJS.Signals) => {
        for (const { child } of started) child.kill(signal);
        for (const { ended } of started) await ended;
      };
      return {
        processes: started,
        url: api.url,
        keys: JSON.parse(readFileSync(join(folder, 'first-keys.json'), 'utf8')) as Keys,
        stop: () => end('SIGTERM'),
        kill: () => end('SIGKILL'),
      };
    },
    async remove() {
      for (const { child, ended } of [...running]) {
        child.kill('SIGKILL');
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
      await (await prepared)?.remove();
    },
  };
}

interface Prepared {
  eventStore: EventStoreEngine;
  environment: Record<string, string>;
  remove(): Promise<void>;
}

async function prepare({ kafka, postgres }: DeploymentEngines): Promise<Prepared> {
  const eventStore: EventStoreEngine = await startEventStore();
  const schema = await tempSchema(postgres.url);
  const environment = {
    EVENTSTORE_URL: eventStore.url,
    KAFKA_BROKERS: kafka.url,
    ...(process.env.KAFKA_CLIENT && { KAFKA_CLIENT: process.env.KAFKA_CLIENT }),
    DATABASE_URL: schema.url,
    SHRIKE_PARTITIONS: PARTITIONS,
    // Homes share the brokers.
    SHRIKE_GENERATION: String(process.pid * 10 + ++generations),
  };
  const { code, stderr } = await shrike(['topology'], environment);
  if (code !== 0) throw new Error(`the topology was not made: ${stderr}`);
  return {
    eventStore,
    environment,
    async remove() {
      await schema.drop();
      await eventStore.stop();
    },
  };
}

/** @throws StartRefused */
export async function startProcess(
  roles: string,
  environment: Record<string, string>,
  folder: string,
  settings: readonly string[] = [],
): Promise<RoleProcess> {
  const keys = join(folder, 'keys.json');
  const args = [SHRIKE, 'serve', '--roles', roles, '--keys', keys, '--port', '0', '--json', ...settings];
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-20_000)));
  const ended = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout! })) {
    const { url } = JSON.parse(line) as { url: string };
    return { roles, child, url, ended };
  }
  const [code] = await ended;
  throw new StartRefused(code as number | null, said);
}
