import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Role } from '../../../infra/server/distributed/roles.ts';
import { SHRIKE } from '../../support/shrike.ts';

/** What no fault around a process may bring about: it says that something stands still for good, or is wrong. */
const WRONG =
  /has stopped|thread has ended|BrokenOrder|CheckpointMismatch|MirrorAhead|UnknownSchemaVersion|another history/;
/** Between starts of a process that an engine's absence keeps from starting, as a supervisor does it. */
const START_AGAIN_MS = 300;
const STARTS_WITHIN_MS = 90_000;
const LAST_WORDS = 8;
const ENDS_WITHIN_MS = 60_000;

interface Life {
  child: ChildProcess;
  serving: Promise<string | undefined>;
  ended: Promise<unknown>;
  /** Whether its end was brought about. */
  isDoomed: boolean;
}

/** A process of one role that is killed, frozen and started again. */
export class Supervised {
  readonly role: Role;
  /** Where it serves; undefined while it does not. */
  url: string | undefined;
  /** Starts that it refused: an engine was away. */
  refusals = 0;
  /** What it said or did that no fault excuses. */
  readonly wrongs: string[] = [];
  readonly #args: string[];
  readonly #environment: Record<string, string>;
  /** What it said last, of all its lives. */
  readonly lastWords: string[] = [];
  #life: Life | undefined;
  #isRetired = false;

  constructor(role: Role, environment: Record<string, string>, keys: string) {
    this.role = role;
    this.#args = [SHRIKE, 'serve', '--roles', role, '--keys', keys, '--port', '0', '--json'];
    this.#environment = environment;
  }

  get pid(): number | undefined {
    return this.#life?.child.pid;
  }

  /** Resolves when it serves. @throws if it does not come up in time */
  async start(): Promise<string> {
    for (const begun = Date.now(); Date.now() - begun < STARTS_WITHIN_MS; await sleep(START_AGAIN_MS)) {
      const life = this.#spawn();
      const url = await life.serving;
      if (url !== undefined) {
        this.url = url;
        return url;
      }
      if (life.isDoomed) continue;
      this.refusals++;
    }
    throw new Error(`the ${this.role} does not start within ${STARTS_WITHIN_MS} ms`);
  }

  /** Begins to start, and is killed on the way there. */
  async startAndKill(afterMs: number): Promise<void> {
    this.#spawn();
    await sleep(afterMs);
    await this.kill();
  }

  /** As a power cut would. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** For good, whatever still goes on with it. */
  async retire(): Promise<void> {
    this.#isRetired = true;
    if (this.#life !== undefined) await this.kill();
  }

  /** In order. */
  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /** Everything stands still in the middle of what it does; connections stay open. */
  async freeze(until: Promise<unknown>): Promise<void> {
    const { child } = this.#life!;
    child.kill('SIGSTOP');
    await until.finally(() => child.kill('SIGCONT'));
  }

  #spawn(): Life {
    if (this.#isRetired) throw new Error(`the ${this.role} is retired`);
    const child = spawn(process.execPath, this.#args, {
      env: { PATH: process.env.PATH, ...this.#environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(child, 'close');
    createInterface({ input: child.stderr! }).on('line', (line) => {
      this.lastWords.push(`${new Date().toISOString()} ${child.pid}: ${line.slice(0, 250)}`);
      if (this.lastWords.length > LAST_WORDS) this.lastWords.shift();
      if (WRONG.test(line)) this.wrongs.push(`${this.role} ${child.pid}: ${line.slice(0, 2_000)}`);
    });
    const address = once(createInterface({ input: child.stdout! }), 'line').then(
      ([line]) => (JSON.parse(line as string) as { url: string }).url,
    );
    const life: Life = {
      child,
      ended,
      isDoomed: false,
      serving: Promise.race([address, ended.then(() => undefined)]),
    };
    this.#life = life;
    void this.#watch(life);
    return life;
  }

  /** One that serves does not end by itself. */
  async #watch(life: Life): Promise<void> {
    const url = await life.serving;
    const [code, signal] = (await life.ended) as [number | null, NodeJS.Signals | null];
    if (url !== undefined && !life.isDoomed)
      this.wrongs.push(`${this.role} ${life.child.pid} ended by itself with ${code ?? signal}`);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const life = this.#life!;
    life.isDoomed = true;
    this.url = undefined;
    life.child.kill(signal);
    const late = setTimeout(() => {
      this.wrongs.push(`${this.role} ${life.child.pid} did not end in order within ${ENDS_WITHIN_MS} ms`);
      life.child.kill('SIGKILL');
    }, ENDS_WITHIN_MS);
    await life.ended;
    clearTimeout(late);
  }
}
