import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { type Engine, EngineUnavailable } from './engine.ts';
import { freePorts } from './free-port.ts';
import { startPostgresContainer } from './postgres-container.ts';
import { postgresPrograms, serverUser } from './postgres-programs.ts';
import { buriesAfterUs } from './undertaker.ts';

const END_SERVER = 'p="$0/data/postmaster.pid"; [ -f "$p" ] && kill -QUIT "$(head -n 1 "$p")"';

/** A PostgreSQL server that can be hurt. */
export interface PostgresEngine extends Engine {
  /** As a power cut would, in the middle of whatever it does. */
  kill(): Promise<void>;
  /** Starts it on the data it had, after killing it if it runs. Resolves when it answers. */
  restart(): Promise<void>;
}

/**
 * Docker's PostgreSQL if there is Docker, else the machine's own with a data folder of its own, at a free port of
 * 127.0.0.1 and with a password of its own. `url` is for DATABASE_URL. Commits are durable: fsync stays on.
 * @throws EngineUnavailable
 */
export async function startPostgres(): Promise<PostgresEngine> {
  return (await startPostgresContainer()) ?? startServer();
}

const run = promisify(execFile);
const START_LIMIT_MS = 30_000;

async function startServer(): Promise<PostgresEngine> {
  const programs = postgresPrograms();
  if (programs === undefined) {
    throw new EngineUnavailable('PostgreSQL', 'install it (Debian: apt install postgresql), or start Docker');
  }
  const folder = await mkdtemp(join(tmpdir(), 'shrike-postgres-'));
  const [port] = await freePorts(1);
  const server = new PostgresServer(programs, folder, port!);
  const bury = buriesAfterUs(folder, END_SERVER);
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    bury();
    throw error;
  }
  return {
    url: server.url,
    kill: () => server.kill(),
    async restart() {
      await server.kill();
      await server.start();
    },
    async stop() {
      await server.kill();
      bury();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

class PostgresServer {
  readonly url: string;
  readonly #programs: string;
  readonly #folder: string;
  readonly #port: number;
  readonly #password = randomBytes(16).toString('hex');
  readonly #user = serverUser();
  #process: ChildProcess | null = null;

  constructor(programs: string, folder: string, port: number) {
    this.#programs = programs;
    this.#folder = folder;
    this.#port = port;
    this.url = `postgres://postgres:${this.#password}@127.0.0.1:${port}/postgres`;
  }

  async initialise(): Promise<void> {
    const passwordFile = this.#file('password');
    await writeFile(passwordFile, this.#password, { mode: 0o600 });
    if (this.#user !== undefined) {
      await chown(this.#folder, this.#user.uid, this.#user.gid);
      await chown(passwordFile, this.#user.uid, this.#user.gid);
    }
    const how = [
      '--username=postgres',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
    ];
    const args = [`--pgdata=${this.#file('data')}`, ...how, '--locale=C', '--no-sync'];
    await run(join(this.#programs, 'initdb'), args, { cwd: this.#folder, ...this.#user });
  }

  /** Resolves when it answers. @throws if it ends or takes too long, with what it said last */
  async start(): Promise<void> {
    const log = await open(this.#file('log'), 'w');
    const settings = [
      `port=${this.#port}`,
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${this.#folder}`,
      'max_connections=200',
      'fsync=on',
    ];
    const args = ['-D', this.#file('data'), ...settings.flatMap((setting) => ['-c', setting])];
    // Of a process group of its own: Ctrl-C is for who started it, who ends it last.
    const started = spawn(join(this.#programs, 'postgres'), args, {
      detached: true,
      cwd: this.#folder,
      stdio: ['ignore', log.fd, log.fd],
      ...this.#user,
    });
    await log.close();
    this.#process = started;
    for (const begun = Date.now(); !(await answers(this.url)); await delay(25)) {
      if (hasEnded(started) || Date.now() - begun > START_LIMIT_MS) {
        await this.kill();
        const said = await readFile(this.#file('log'), 'utf8');
        throw new Error(`the PostgreSQL server did not start: ${said.slice(-2_000)}`);
      }
    }
  }

  async kill(): Promise<void> {
    const server = this.#process;
    this.#process = null;
    if (server === null || hasEnded(server)) return;
    // First held, so that it neither starts others nor tells them to end in good order.
    server.kill('SIGSTOP');
    const children = await childrenOf(server.pid!);
    const ended = once(server, 'exit');
    for (const pid of [server.pid!, ...children]) killed(pid);
    await ended;
    while (await someRun(children)) await delay(5);
  }

  #file(name: string): string {
    return join(this.#folder, name);
  }
}

const hasEnded = (server: ChildProcess): boolean => server.exitCode !== null || server.signalCode !== null;

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end();
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=']);
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child!);
}

function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It had ended by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** One that has ended but that nobody has asked about yet still has an id; it holds nothing. */
async function someRun(pids: readonly number[]): Promise<boolean> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,stat=']);
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .some(([pid, state]) => pids.includes(Number(pid)) && !state!.startsWith('Z'));
}
