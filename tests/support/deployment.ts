import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Scope } from '../../api/services.ts';
import { SHRIKE } from './shrike.ts';

export type Keys = Record<Scope, string>;

/** A running Shrike as its users meet it: an address, and a key of each scope. */
export interface Deployment {
  url: string;
  keys: Keys;
  /** Ends it in order. */
  stop(): Promise<void>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
}

/** What outlives a deployment: where its data is. Another start goes on from there. */
export interface Home {
  folder: string;
  start(...settings: string[]): Promise<Deployment>;
  /** Ends what still runs, and forgets the data. */
  remove(): Promise<void>;
}

/** A data folder of its own for the embedded deployment. */
export function newHome(): Home {
  const folder = mkdtempSync(join(tmpdir(), 'shrike-acceptance-'));
  const running = new Map<ChildProcess, Promise<unknown>>();
  return {
    folder,
    async start(...settings) {
      const server = spawn(
        process.execPath,
        [SHRIKE, 'serve', '--data', folder, '--port', '0', '--json', ...settings],
        { env: { PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'pipe'] },
      );
      const ended = once(server, 'close').finally(() => running.delete(server));
      running.set(server, ended);
      return deployed(server, ended, folder);
    },
    async remove() {
      for (const [server, ended] of running) {
        server.kill('SIGKILL');
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @throws StartRefused */
async function deployed(
  server: ChildProcess,
  ended: Promise<unknown[]>,
  folder: string,
): Promise<Deployment> {
  let errors = '';
  server.stderr!.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const line = await firstLine(server);
  if (line === undefined) {
    const [code] = await ended;
    throw new StartRefused(code as number | null, errors);
  }
  const end = async (signal: NodeJS.Signals) => {
    server.kill(signal);
    await ended;
    if (errors !== '') throw new Error(`the server complained: ${errors}`);
  };
  return {
    url: (JSON.parse(line) as { url: string }).url,
    keys: JSON.parse(readFileSync(join(folder, 'first-keys.json'), 'utf8')) as Keys,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

/** The server ended instead of serving. */
export class StartRefused extends Error {
  readonly exitCode: number | null;
  constructor(exitCode: number | null, stderr: string) {
    super(stderr.trim());
    this.exitCode = exitCode;
  }
}

async function firstLine(server: ChildProcess): Promise<string | undefined> {
  for await (const line of createInterface({ input: server.stdout! })) return line;
  return undefined;
}
