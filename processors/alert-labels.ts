import { setImmediate } from 'node:timers/promises';
import {
  type AlertClosed,
  accountStream,
  alertOfStream,
  factData,
  isReadable,
  type Label,
  type StoredFact,
  suspicionOf,
  type TransactionLabelled,
} from '../domain/facts.ts';
import type { Lesson } from '../domain/learning.ts';
import { occurredAtMs } from '../domain/occurred-at.ts';
import type { EventStore } from '../domain/ports.ts';
import { learn } from './learn.ts';

type Store = Pick<EventStore, 'append' | 'readOthers' | 'readStream'>;

const READ_LIMIT = 1_000;
const SOURCE = 'analyst';

/** A finding that is not a label yet. */
interface Finding {
  about: StoredFact;
  lesson: Lesson & { type: 'TransactionLabelled' };
  by: string;
}

/**
 * What analysts close as fraud or genuine becomes a label of the transaction, of each that the alert held as they saw
 * it. Which findings lack theirs is read
 * from the store from its beginning, so nothing is remembered, and none is lost wherever a process dies; saying one
 * twice does no harm.
 */
export class AlertLabels {
  readonly #store: Store;
  readonly #findings = new Map<string, Finding>();
  /** Every finding up to here is a label. */
  position = 0;
  #read = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Reads on to the end of the store, then labels what lacks it. @param head of the store */
  async step(head: number): Promise<void> {
    for (;;) {
      const facts = await this.#store.readOthers(this.#read, READ_LIMIT);
      for (const fact of facts) {
        if (isReadable(fact)) await this.#take(fact);
        this.#read = fact.position;
      }
      if (facts.length < READ_LIMIT) break;
      await setImmediate();
    }
    for (const [key, { about, lesson, by }] of this.#findings) {
      await learn(this.#store, about, lesson, by);
      this.#findings.delete(key);
    }
    this.position = head;
  }

  async #take(fact: StoredFact): Promise<void> {
    if (fact.type === 'TransactionLabelled') {
      const { about, source, knownAt } = factData<TransactionLabelled>(fact);
      if (source === SOURCE) this.#findings.delete(keyOf(fact.stream, about, knownAt));
    } else if (fact.type === 'AlertClosed' && alertOfStream(fact.stream) !== undefined) {
      await this.#closed(fact);
    }
  }

  async #closed(fact: StoredFact): Promise<void> {
    const { disposition, by, at, suspicions } = factData<AlertClosed>(fact);
    if (disposition === 'unclear') return;
    const [opening] = await this.#store.readStream(fact.stream, 0, 1);
    if (opening === undefined || !isReadable(opening)) return;
    const { accountId, revision } = suspicionOf(opening);
    for (const each of suspicions ?? [revision]) {
      await this.#found(accountStream(accountId), each, disposition, by, at);
    }
  }

  async #found(stream: string, revision: number, disposition: Label, by: string, at: string): Promise<void> {
    const [about] = await this.#store.readStream(stream, revision, 1);
    if (about?.type !== 'TransactionSubmitted' || !isReadable(about)) return;
    const lesson = {
      type: 'TransactionLabelled' as const,
      label: disposition,
      source: SOURCE,
      knownAt: at,
    };
    this.#findings.set(keyOf(about.stream, revision, at), { about, lesson, by });
  }
}

function keyOf(stream: string, revision: number, knownAt: string): string {
  return `${stream} ${revision} ${occurredAtMs(knownAt)}`;
}
