import { accountOfStream, NO_STREAM } from '../../../domain/facts.ts';
import type { TransactionIndex } from '../../../domain/ports.ts';
import type { EventStoreDb } from '../event-store-db.ts';

const PAGE = 1_000;
const LAG_MS = 50;

/** An index as a read model keeps it: it follows the store, and is a little behind. */
export function rememberingIndex(
  store: Pick<EventStoreDb, 'readAll' | 'headPast'>,
): TransactionIndex & { close(): void } {
  const accounts = new Map<string, { seenRevision: number; revisions: Map<string, number> }>();
  let position = 0;
  let closed = false;

  async function follow(): Promise<void> {
    while (!closed) {
      const facts = await store.readAll(position, PAGE);
      for (const { stream, key, revision } of facts) {
        const accountId = accountOfStream(stream);
        if (accountId === undefined) continue;
        const account = accounts.get(accountId) ?? { seenRevision: NO_STREAM, revisions: new Map() };
        accounts.set(accountId, account);
        account.seenRevision = revision;
        if (key !== null) account.revisions.set(key, revision);
      }
      position = facts.at(-1)?.position ?? position;
      if (facts.length < PAGE) await new Promise((resolve) => setTimeout(resolve, LAG_MS));
    }
  }

  // A store that is away for a while is waited for: the index only lags more.
  const following = async () => {
    while (!closed) await follow().catch(() => new Promise((resolve) => setTimeout(resolve, LAG_MS)));
  };
  void following();

  return {
    async lookUp(accountId, transactionId) {
      const account = accounts.get(accountId);
      return {
        seenRevision: account?.seenRevision ?? NO_STREAM,
        revision: account?.revisions.get(transactionId) ?? null,
      };
    },
    close() {
      closed = true;
    },
  };
}
