import {
  type FeatureValue,
  isReadable,
  listOfStream,
  listStream,
  type StoredFact,
  transactionSubmitted,
} from '../domain/facts.ts';
import { ListMemory } from '../domain/lists/list-memory.ts';
import type { EventStore } from '../domain/ports.ts';
import type { ListPlan } from '../domain/scoring/list-plan.ts';
import { NO_STAMPS } from '../domain/scoring/stamps.ts';

export interface ListHistoryOptions {
  store: Pick<EventStore, 'readStream'>;
  /** Lets other work of the process go on between stretches of a list. */
  breathe(): Promise<void>;
}

/** Each may hold a thousand values, which take a millisecond or two, or a single one. */
const READ_LIMIT = 10;
const NOWHERE = -1;

/**
 * Lists as of one position of the store: each is read from its own stream, which is short. What is held in memory
 * spares reading it again.
 */
export class ListHistory {
  readonly #options: ListHistoryOptions;
  readonly #memory = new ListMemory();
  /** Every list held is as of here. */
  #position = NOWHERE;
  /** Of the lists held. */
  #held = new Set<string>();
  /** Lists that were read to their end once: what they lack is little. */
  readonly #near = new Set<string>();

  constructor(options: ListHistoryOptions) {
    this.#options = options;
  }

  /**
   * The lists as of `position`, which the store must have reached: facts at it are in.
   * @throws UnknownSchemaVersion
   */
  async at(position: number, names: readonly string[]): Promise<ListMemory> {
    if (this.#position === position && names.every((name) => this.#held.has(name))) return this.#memory;
    const isHere = this.#position === position;
    const wanted = new Set(isHere ? names.filter((name) => !this.#held.has(name)) : names);
    // What fails on the way leaves lists of different positions.
    this.#position = NOWHERE;
    for (const name of wanted) await this.#read(name, position);
    // Others stand elsewhere: they are read on when somebody asks for them.
    this.#held = isHere ? this.#held.union(wanted) : wanted;
    this.#position = position;
    return this.#memory;
  }

  /**
   * A stretch of one of the lists: for who will ask them some time, and must not hold others up on the way. Those that
   * stand somewhere stay there.
   * @returns whether there is nothing more to be done
   * @throws UnknownSchemaVersion
   */
  async approach(position: number, names: readonly string[]): Promise<boolean> {
    const isThere = (name: string) => this.#held.has(name) || this.#near.has(name);
    const next = names.find((name) => !isThere(name));
    if (next === undefined) return true;
    if (await this.#readSome(next, position)) this.#near.add(next);
    return names.every(isThere);
  }

  /**
   * Folds in the fact that follows the position of the lists.
   * @returns what it is stamped with, if it is a transaction
   * @throws UnknownSchemaVersion
   */
  async next(before: number, plan: ListPlan, fact: StoredFact): Promise<readonly FeatureValue[]> {
    const lists = await this.at(before, plan.names);
    const name = listOfStream(fact.stream);
    if (name !== undefined && this.#held.has(name)) lists.open(name).apply(fact);
    this.#position = fact.position;
    // One that cannot be read is not scored, whatever becomes of it.
    if (fact.type !== 'TransactionSubmitted' || !isReadable(fact)) return NO_STAMPS;
    return plan.stamp(lists, transactionSubmitted(fact));
  }

  async #read(name: string, upTo: number): Promise<void> {
    while (!(await this.#readSome(name, upTo))) await this.#options.breathe();
  }

  /** @returns whether the list is as of `upTo` then */
  async #readSome(name: string, upTo: number): Promise<boolean> {
    const known = this.#memory.open(name);
    const list = known.position > upTo ? this.#memory.reopen(name) : known;
    const facts = await this.#options.store.readStream(listStream(name), list.revision + 1, READ_LIMIT);
    for (const fact of facts) {
      if (fact.position > upTo) return true;
      list.apply(fact);
    }
    return facts.length < READ_LIMIT;
  }
}
