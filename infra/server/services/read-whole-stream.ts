import type { StoredFact } from '../../../domain/facts.ts';
import type { EventStore } from '../../../domain/ports.ts';

const PAGE = 1_000;

/** Every fact of a short stream: an alert's, a rule set's, the rates'. */
export async function readWholeStream(
  store: Pick<EventStore, 'readStream'>,
  stream: string,
  fromRevision = 0,
): Promise<StoredFact[]> {
  const facts: StoredFact[] = [];
  for (;;) {
    const page = await store.readStream(stream, fromRevision + facts.length, PAGE);
    facts.push(...page);
    if (page.length < PAGE) return facts;
  }
}
