import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startDeploymentEngines } from '../../engines/deployment-engines.ts';
import { EngineUnavailable } from '../../engines/engine.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';

/** What the demo plays to: real processes of `shrike serve`. */
export interface DemoServers {
  url: string;
  firstKeys: string;
  /** Resolves when one of its processes has ended. */
  ended: Promise<unknown>;
  stop(): Promise<void>;
}

export interface DemoPlace {
  /** Folder of the data, or of the keys alone. */
  folder: string;
  port: string;
}

/** One process on a data folder. */
export async function embeddedServers({ folder, port }: DemoPlace): Promise<DemoServers> {
  const server = startShrike(['serve', '--data', folder, '--port', port, '--json'], {});
  return serversOf([server]);
}

/** Some processes of each role share their work on engines that are started for the demo and end with it. */
export async function distributedServers({ folder, port }: DemoPlace): Promise<DemoServers> {
  const say = (text: string) => process.stderr.write(`${text}\n`);
  say('starting Kafka, PostgreSQL and an event store for this demonstration');
  const engines = await startDeploymentEngines().catch((error: Error) => {
    throw error instanceof EngineUnavailable ? new CommandFailed(error.message, EXIT.refused) : error;
  });
  say(
    'The event store is a development server that speaks EventStoreDB’s protocol: for demonstrations and tests, not for payments. Kafka and PostgreSQL are the real ones.',
  );
  try {
    const topology = startShrike(['topology', ...LAYOUT, '--json'], engines.environment);
    await once(topology, 'exit');
    if (topology.exitCode !== 0) throw new CommandFailed('the topology could not be made', EXIT.refused);
    const keys = join(folder, 'keys.json');
    const roles = ['mirror,projector', 'processor', 'processor', 'api'];
    const processes = roles.map((role) => {
      const at = role === 'api' ? port : '0';
      return startShrike(
        ['serve', ...LAYOUT, '--roles', role, '--keys', keys, '--port', at, '--json'],
        engines.environment,
      );
    });
    say(`processes: ${roles.join(' | ')}`);
    return await serversOf(processes, () => engines.stop());
  } catch (error) {
    await engines.stop();
    throw error;
  }
}

const LAYOUT = ['--partitions', '6'];

/** The last is the one that answers. */
async function serversOf(
  processes: readonly ChildProcess[],
  afterwards = async () => {},
): Promise<DemoServers> {
  const ended = processes.map((each) => once(each, 'exit'));
  const stop = async () => {
    for (const each of processes) each.kill('SIGTERM');
    await Promise.all(ended);
    await afterwards();
  };
  const greetings = await Promise.all(processes.map(firstLine));
  const front = greetings.at(-1);
  if (front === undefined || greetings.includes(undefined)) {
    for (const each of processes) each.kill('SIGTERM');
    await Promise.all(ended);
    throw new CommandFailed('the server did not start: it has said why', EXIT.refused);
  }
  return { ...(JSON.parse(front) as { url: string; firstKeys: string }), ended: Promise.race(ended), stop };
}

function startShrike(args: readonly string[], environment: Record<string, string>): ChildProcess {
  const started = spawn(process.execPath, [process.argv[1]!, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // However this process ends, what it started does not outlive it.
  process.once('exit', () => started.kill('SIGKILL'));
  return started;
}

async function firstLine(server: ChildProcess): Promise<string | undefined> {
  for await (const line of createInterface({ input: server.stdout! })) return line;
  return undefined;
}
