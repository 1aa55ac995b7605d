import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Keys } from '../support/deployment.ts';
import { SHRIKE } from '../support/shrike.ts';

/** A server process that may be killed at any moment, also while it starts. */
export interface Victim {
  pid: number;
  /** Its address once it serves; undefined if it ended before. */
  serving: Promise<string | undefined>;
  /** How it ended, and all it said on standard error. */
  ended: Promise<{ code: number | null; complaints: string }>;
  /** Ends it as a power cut would. @throws if it had ended by itself or complained */
  kill(): Promise<void>;
  /** Ends it in order. @throws as `kill` */
  stop(): Promise<void>;
}

/** @param mayComplain whether it is no fault that it reports errors: they are what is being tested */
export function startVictim(folder: string, { mayComplain = false } = {}): Victim {
  const server = spawn(process.execPath, [SHRIKE, 'serve', '--data', folder, '--port', '0', '--json'], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  const ended = once(server, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const lines = createInterface({ input: server.stdout });
  const address = once(lines, 'line').then(([line]) => (JSON.parse(line as string) as { url: string }).url);
  async function end(signal: NodeJS.Signals): Promise<void> {
    server.kill(signal);
    const [code, by] = await ended;
    if ((complaints !== '' && !mayComplain) || (by !== signal && code !== 0))
      throw new Error(`the server ended with ${code ?? by}: ${complaints}`);
  }
  return {
    pid: server.pid!,
    serving: Promise.race([address, ended.then(() => undefined)]),
    ended: ended.then(([code]) => ({ code, complaints })),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

export function keysIn(folder: string): Keys {
  return JSON.parse(readFileSync(join(folder, 'first-keys.json'), 'utf8')) as Keys;
}
