import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { FaultPlan } from '../eventstoredb/dev-server/faults.ts';
import type { Engine } from './engine.ts';
import { freePorts } from './free-port.ts';

const MAIN = new URL(`../eventstoredb/dev-server/main${extname(import.meta.url)}`, import.meta.url).pathname;

export interface EventStoreOptions {
  /** Events between two of the server's own: the rarer, the denser the facts. */
  systemEventEvery?: number;
  /** `host:port` of the server it follows: then it only refuses, as a follower does. */
  leader?: string;
  /** Folder of one that has ended: it begins with a copy of its events. */
  copyOf?: string;
}

/** The development event store in a process of its own. Its data outlive its death, until it is stopped. */
export interface EventStoreEngine extends Engine {
  port: number;
  /** As a power cut would. */
  kill(): Promise<void>;
  /** Goes on with the data it has, at the same address. */
  restart(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** What is to happen to the appends from now on; forgotten when it dies. */
  plan(faults: FaultPlan): Promise<void>;
}

export async function startEventStore(options: EventStoreOptions = {}): Promise<EventStoreEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'shrike-event-store-'));
  if (options.copyOf !== undefined) await cp(options.copyOf, folder, { recursive: true });
  const [port] = (await freePorts(1)) as [number];
  let running: ChildProcess | null = await startProcess(folder, port, options);

  async function kill(): Promise<void> {
    const ending = running;
    running = null;
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return;
    ending.kill('SIGKILL');
    await once(ending, 'exit');
  }

  return {
    url: `esdb://127.0.0.1:${port}?tls=false`,
    port,
    kill,
    async restart() {
      await kill();
      running = await startProcess(folder, port, options);
    },
    signal: (signal) => running?.kill(signal),
    async plan(faults) {
      running!.send(faults);
      await once(running!, 'message');
    },
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** @throws if it ends before it listens, with what it said */
async function startProcess(folder: string, port: number, options: EventStoreOptions): Promise<ChildProcess> {
  const args = [MAIN, '--folder', folder, '--port', String(port)];
  if (options.systemEventEvery !== undefined)
    args.push('--system-event-every', String(options.systemEventEvery));
  if (options.leader !== undefined) args.push('--leader', options.leader);
  // Of a process group of its own: Ctrl-C is for who started it, who ends it last.
  const started = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  let said = '';
  started.stderr!.on('data', (chunk) => {
    said = (said + chunk).slice(-4_000);
  });
  const ended = once(started, 'exit').then(() => {
    throw new Error(`the development event store did not start: ${said}`);
  });
  await Promise.race([once(started.stdout!, 'data'), ended]);
  ended.catch(() => {});
  return started;
}
