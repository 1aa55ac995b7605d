import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A process of a contender. It does not outlive this one. */
export class Child {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  #said = '';

  constructor(command: string, args: readonly string[], environment: Record<string, string> = {}) {
    this.#process = spawn(command, args, {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#process.stdout!, this.#process.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#said = (this.#said + text).slice(-4_000);
      });
    }
    this.#ended = once(this.#process, 'close');
    children.add(this);
    void this.#ended.then(() => children.delete(this));
  }

  /** @throws if it has ended, with what it said last */
  assertRuns(): void {
    const { exitCode, signalCode, spawnargs } = this.#process;
    if (exitCode === null && signalCode === null) return;
    throw new Error(`${spawnargs.at(-1)} has ended (${exitCode ?? signalCode}): ${this.#said}`);
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  killNow(): void {
    this.#process.kill('SIGKILL');
  }
}

const children = new Set<Child>();

process.on('exit', () => {
  for (const child of children) child.killNow();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
