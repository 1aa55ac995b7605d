import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scope } from '../api/services.ts';
import { activate, askingOf, importHistory } from './asking.ts';

/** A server as `npm start` starts it, on a data folder of its own. */
export interface Served {
  host: string;
  port: number;
  keys: Record<Scope, string>;
  /** Puts a rule set in force. */
  activate(source: string): Promise<void>;
  /** Hands in history, a few payments of each account, and waits until it is scored. */
  importHistory(payments: number): Promise<void>;
  /** One value of /metrics, the first line that starts so. */
  metrics(): Promise<(name: string) => number>;
  stop(): Promise<void>;
}

export async function startServed(): Promise<Served> {
  // In the working folder, not in the system's for temporary files: that may be memory, which syncs nothing.
  const folder = mkdtempSync('data-bench-server-');
  const { url, keys, stop } = await launch(folder);
  const { hostname: host, port } = new URL(url);
  const ask = askingOf(url, keys);
  return {
    host,
    port: Number(port),
    keys,
    activate: (source) => activate(ask, source),
    async importHistory(payments) {
      await importHistory(ask, payments);
      const caughtUp = async () => {
        const { stages } = JSON.parse(await ask('/v1/status', 'read')) as { stages: { lag: number }[] };
        return stages.every(({ lag }) => lag === 0);
      };
      while (!(await caughtUp())) await sleep(100);
    },
    async metrics() {
      const lines = (await ask('/metrics', 'read')).split('\n');
      return (name) => Number(lines.find((line) => line.startsWith(`${name} `))?.split(' ')[1]);
    },
    async stop() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function launch(folder: string) {
  // Options of Node for the server alone, such as --cpu-prof.
  const nodeOptions = process.env.SHRIKE_BENCH_NODE?.split(' ') ?? [];
  const shrike = join(import.meta.dirname, '..', 'bin', 'shrike.js');
  const child = spawn(
    process.execPath,
    [...nodeOptions, shrike, 'serve', '--data', folder, '--port', '0', '--json'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  // Also where the benchmark fails before it stops the server.
  process.once('exit', () => child.kill());
  const ended = once(child, 'exit');
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  if (value === undefined) throw new Error('the server did not start');
  const { url, firstKeys } = JSON.parse(value) as { url: string; firstKeys: string };
  return {
    url,
    keys: JSON.parse(readFileSync(firstKeys, 'utf8')) as Record<Scope, string>,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
