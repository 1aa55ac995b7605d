import { type FactDraft, NO_STREAM, type StoredFact } from '../../domain/facts.ts';
import { type Appended, type EventStore, WrongExpectedRevision } from '../../domain/ports.ts';

/** An event store in memory, for tests: the same promises, without durability. */
export function memoryEventStore(): EventStore & { facts: readonly StoredFact[] } {
  const facts: StoredFact[] = [];
  const streams = new Map<string, StoredFact[]>();

  function append(stream: string, expectedRevision: number, drafts: readonly FactDraft[]): Appended {
    const known = streams.get(stream) ?? [];
    const repeated = known.slice(expectedRevision + 1, expectedRevision + 1 + drafts.length);
    const isRepeat = drafts.every((draft, i) => repeated[i]?.eventId === draft.eventId);
    const revision = known.at(-1)?.revision ?? NO_STREAM;
    if (!isRepeat && revision !== expectedRevision) {
      throw new WrongExpectedRevision(stream, expectedRevision, revision);
    }
    const added = isRepeat
      ? repeated
      : drafts.map((draft, i) => ({
          ...draft,
          stream,
          revision: expectedRevision + 1 + i,
          position: facts.length + 1 + i,
        }));
    if (!isRepeat) {
      facts.push(...added);
      streams.set(stream, [...known, ...added]);
    }
    return { revision: added.at(-1)!.revision, position: added.at(-1)!.position };
  }

  return {
    facts,
    append: async (stream, expectedRevision, drafts) => append(stream, expectedRevision, drafts),
    readStream: async (stream, fromRevision, limit) =>
      (streams.get(stream) ?? []).filter((fact) => fact.revision >= fromRevision).slice(0, limit),
    readAll: async (afterPosition, limit) => facts.slice(afterPosition, afterPosition + limit),
    readOthers: async (afterPosition, limit) =>
      facts
        .slice(afterPosition)
        .filter((fact) => fact.type !== 'TransactionSubmitted')
        .slice(0, limit),
    readAt: async (position) => facts[position - 1],
    head: async () => facts.length,
  };
}
