import type { Random } from './random.ts';

/** The life of one process: how its calls go, and that it ends without a word. */
export class Fate {
  #dead = false;
  #frozen: Promise<void> | null = null;
  #wake: () => void = () => {};
  readonly #random: Random;
  failurePercent = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** From here on nothing it waits for comes back. */
  die(): void {
    this.#dead = true;
  }

  freeze(): void {
    this.#frozen ??= new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  thaw(): void {
    this.#wake();
    this.#frozen = null;
  }

  /** Some turns of the event loop, during which others run and fate may strike. */
  async pause(): Promise<void> {
    for (let turns = this.#random.below(4); turns >= 0; turns--) await null;
    await this.#frozen;
    if (this.#dead) await new Promise(() => {});
  }

  fails(): boolean {
    return this.#random.chance(this.failurePercent);
  }
}

type Method = (...args: unknown[]) => Promise<unknown>;

/** The port as a process of that fate sees it: slow, at times not answering, before or after it has done its work. */
export function mortal<Port extends object>(port: Port, fate: Fate): Port {
  const call = async (method: Method, args: unknown[]) => {
    await fate.pause();
    if (fate.fails()) throw new Error('no answer');
    const answer = await method.apply(port, args);
    await fate.pause();
    if (fate.fails()) throw new Error('no answer, but it was done');
    return answer;
  };
  return new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (...args: unknown[]) => call(member as Method, args) : member;
    },
  });
}
