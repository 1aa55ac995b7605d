import { setImmediate } from 'node:timers/promises';
import type { ListAnswer } from '../../../api/services.ts';
import { type FactDraft, listStream } from '../../../domain/facts.ts';
import { ListState } from '../../../domain/lists/list-state.ts';
import { type EventStore, WrongExpectedRevision } from '../../../domain/ports.ts';

type DeskStore = Pick<EventStore, 'append' | 'readStream'>;

/** What a request comes to, before anything is stored. */
export type ListOutcome =
  | Exclude<ListAnswer, { kind: 'done' }>
  | { kind: 'append'; draft: FactDraft; added: number; removed: number }
  /** It is so already. */
  | { kind: 'nothing' };

/** Facts read at once: each may hold a thousand values, and others are served by this thread. */
const READ_LIMIT = 4;

/** One list as it stands at the end of its stream; worked on by one request at a time. */
export class ListDesk {
  readonly #store: DeskStore;
  readonly #stream: string;
  readonly #list = new ListState();
  #last: Promise<unknown> = Promise.resolve();

  constructor(store: DeskStore, name: string) {
    this.#store = store;
    this.#stream = listStream(name);
  }

  /** @param decide what is to become of the list as it is */
  work(decide: (list: ListState) => ListOutcome): Promise<ListAnswer> {
    const done = this.#last.then(() => this.#work(decide));
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #work(decide: (list: ListState) => ListOutcome): Promise<ListAnswer> {
    for (;;) {
      await this.#readOn();
      const outcome = decide(this.#list);
      if (outcome.kind === 'nothing') return this.#done(0, 0);
      if (outcome.kind !== 'append') return outcome;
      const { draft, added, removed } = outcome;
      try {
        const at = await this.#store.append(this.#stream, this.#list.revision, [draft]);
        this.#list.apply({ ...draft, stream: this.#stream, ...at });
        return this.#done(added, removed);
      } catch (error) {
        // Another process was first: what it did decides what is left to be done.
        if (!(error instanceof WrongExpectedRevision)) throw error;
      }
    }
  }

  #done(added: number, removed: number): ListAnswer {
    const { version, position } = this.#list;
    return { kind: 'done', version, position, added, removed };
  }

  async #readOn(): Promise<void> {
    for (;;) {
      const facts = await this.#store.readStream(this.#stream, this.#list.revision + 1, READ_LIMIT);
      for (const fact of facts) this.#list.apply(fact);
      if (facts.length < READ_LIMIT) return;
      await setImmediate();
    }
  }
}
