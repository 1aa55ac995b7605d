import type { FactSource } from '../../../projections/advance.ts';

/**
 * Projections stand at the same place most of the time, and look at once: what several ask within one turn of the
 * event loop is asked once. A question that is under way already is not joined: its answer may be older than what
 * the asker knows, and a projection that knows of a newer head would pass by what the answer lacks.
 */
export function sharedFactSource(store: FactSource): FactSource {
  const gathered = new Map<string, Promise<unknown>>();

  function shared<T>(question: string, ask: () => Promise<T>): Promise<T> {
    const waiting = gathered.get(question) as Promise<T> | undefined;
    if (waiting !== undefined) return waiting;
    const asking = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      gathered.delete(question);
      return ask();
    });
    gathered.set(question, asking);
    return asking;
  }

  return {
    head: () => shared('head', () => store.head()),
    readAt: (position) => shared(`at ${position}`, () => store.readAt(position)),
    readOthers: (after, limit) => shared(`others ${after} ${limit}`, () => store.readOthers(after, limit)),
  };
}
