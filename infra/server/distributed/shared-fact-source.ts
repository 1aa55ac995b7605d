import type { StoredFact } from '../../../domain/facts.ts';
import type { FactSource } from '../../../projections/advance.ts';

/** Projections stand at the same place most of the time, and look at once: what one has asked is not asked again. */
export function sharedFactSource(store: FactSource): FactSource {
  const underWay = new Map<string, Promise<unknown>>();

  function shared<T>(question: string, ask: () => Promise<T>): Promise<T> {
    const asked = underWay.get(question) as Promise<T> | undefined;
    if (asked !== undefined) return asked;
    const asking = ask().finally(() => underWay.delete(question));
    underWay.set(question, asking);
    return asking;
  }

  return {
    head: () => store.head(),
    readAt: (position) => shared(`at ${position}`, () => store.readAt(position)),
    readOthers: (after, limit): Promise<StoredFact[]> =>
      shared(`others ${after} ${limit}`, () => store.readOthers(after, limit)),
  };
}
