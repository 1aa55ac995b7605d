import { accountStream, type StoredFact } from '../../domain/facts.ts';
import { StoreFailed, type TransactionIndex } from '../../domain/ports.ts';
import { AccountStretch } from './account-stretch.ts';
import type { EventStoreDb } from './event-store-db.ts';
import type { StretchCache } from './stretch-cache.ts';

const PAGE = 2_000;

/** What is known of an account's transactions: from the index, from the stream, and from memory. */
export class StretchReader {
  readonly #store: Pick<EventStoreDb, 'readStream'>;
  readonly #index: TransactionIndex;
  readonly #cache: StretchCache;

  constructor(store: Pick<EventStoreDb, 'readStream'>, index: TransactionIndex, cache: StretchCache) {
    this.#store = store;
    this.#index = index;
    this.#cache = cache;
  }

  /**
   * Looks transactions up, and adds the revisions of those that are known to `known`. Whatever is not in it then is
   * nowhere up to the stretch's end.
   */
  async learn(
    accountId: string,
    transactionIds: readonly string[],
    stretch: AccountStretch | undefined,
    known: Map<string, number>,
  ): Promise<AccountStretch> {
    const missing = [...new Set(transactionIds)].filter(
      (id) => stretch?.revisionOf(id) === undefined && !known.has(id),
    );
    if (stretch?.isWhole || (stretch !== undefined && missing.length === 0)) return stretch;
    const seen = await Promise.all(missing.map((id) => this.#index.lookUp(accountId, id)));
    for (let i = 0; i < missing.length; i++) {
      const revision = seen[i]!.revision;
      if (revision !== null) known.set(missing[i]!, revision);
    }
    const seenRevision = Math.min(...seen.map((answer) => answer.seenRevision));
    const learnt = stretch ?? new AccountStretch(seenRevision);
    // The index has not yet seen where the stretch begins: what lies between is looked through.
    const between = await this.#read(accountStream(accountId), seenRevision + 1, learnt.from);
    for (const { key, revision } of between) {
      if (key !== null && missing.includes(key)) known.set(key, revision);
    }
    return learnt;
  }

  /** Extends the stretch to the end that the stream has now. */
  async readTail(accountId: string, stretch: AccountStretch): Promise<void> {
    stretch.extend(await this.#read(accountStream(accountId), stretch.to + 1, Number.MAX_SAFE_INTEGER));
  }

  /** Revision of a transaction, if the store holds it now. */
  async find(accountId: string, transactionId: string): Promise<number | undefined> {
    const remembered = this.#cache.get(accountId)?.revisionOf(transactionId);
    if (remembered !== undefined) return remembered;
    const known = new Map<string, number>();
    const stretch = await this.learn(accountId, [transactionId], undefined, known);
    const indexed = known.get(transactionId);
    if (indexed !== undefined) return indexed;
    await this.readTail(accountId, stretch);
    return stretch.revisionOf(transactionId);
  }

  /** The fact of a transaction, of which its revision is known. @throws StoreFailed if another is there */
  async factAt(stream: string, revision: number, transactionId: string): Promise<StoredFact> {
    const [fact] = await this.#store.readStream(stream, revision, 1);
    if (fact?.key === transactionId && fact.revision === revision) return fact;
    throw new StoreFailed(
      `${stream} does not hold ${transactionId} at revision ${revision}, as was known: the index of transactions belongs to another history`,
    );
  }

  remembered(accountId: string): AccountStretch | undefined {
    return this.#cache.get(accountId);
  }

  remember(accountId: string, stretch: AccountStretch): void {
    stretch.trim();
    this.#cache.put(accountId, stretch);
  }

  forget(accountId: string): void {
    this.#cache.forget(accountId);
  }

  async #read(stream: string, from: number, to: number): Promise<StoredFact[]> {
    const facts: StoredFact[] = [];
    while (from <= to) {
      const limit = Math.min(PAGE, to + 1 - from);
      const page = await this.#store.readStream(stream, from, limit);
      facts.push(...page);
      if (page.length < limit) break;
      from = page.at(-1)!.revision + 1;
    }
    return facts;
  }
}
