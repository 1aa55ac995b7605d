import { accountStream, NO_STREAM } from '../../../domain/facts.ts';
import type { EventStore, TransactionIndex } from '../../../domain/ports.ts';

/** Knows nothing, as an index does that was just created. */
export const emptyIndex: TransactionIndex = {
  lookUp: async () => ({ seenRevision: NO_STREAM, revision: null }),
};

/** Reads the stream itself, and then speaks as if it had seen only a part of it, another each time. */
export function laggingIndex(
  store: Pick<EventStore, 'readStream'>,
  random: () => number = Math.random,
): TransactionIndex {
  return {
    async lookUp(accountId, transactionId) {
      const facts = await store.readStream(accountStream(accountId), 0, 100_000);
      const seen = facts.slice(0, Math.floor(random() * (facts.length + 1)));
      return {
        seenRevision: seen.at(-1)?.revision ?? NO_STREAM,
        revision: seen.find(({ key }) => key === transactionId)?.revision ?? null,
      };
    },
  };
}
