import type { FactDraft, StoredFact } from '../../domain/facts.ts';
import { type Appended, type EventStore, WrongExpectedRevision } from '../../domain/ports.ts';

/** An honest event store in memory. */
export class MemoryEventStore implements EventStore {
  readonly facts: StoredFact[] = [];
  readonly #streams = new Map<string, StoredFact[]>();

  async append(stream: string, expectedRevision: number, drafts: readonly FactDraft[]): Promise<Appended> {
    const held = this.#streams.get(stream) ?? [];
    const actual = held.length - 1;
    if (actual !== expectedRevision) {
      const first = held[expectedRevision + 1];
      const last = held[expectedRevision + drafts.length];
      if (first?.eventId === drafts[0]?.eventId && last !== undefined) return last;
      throw new WrongExpectedRevision(stream, expectedRevision, actual);
    }
    return this.appendAny(stream, drafts);
  }

  /** Appends whatever the stream's revision is. */
  appendAny(stream: string, drafts: readonly FactDraft[]): StoredFact {
    const held = this.#streams.get(stream) ?? [];
    this.#streams.set(stream, held);
    for (const draft of drafts) {
      const fact = { ...draft, stream, revision: held.length, position: this.facts.length + 1 };
      held.push(fact);
      this.facts.push(fact);
    }
    return held.at(-1)!;
  }

  async readStream(stream: string, fromRevision: number, limit: number): Promise<StoredFact[]> {
    return (this.#streams.get(stream) ?? []).slice(fromRevision, fromRevision + limit);
  }

  async readAll(afterPosition: number, limit: number): Promise<StoredFact[]> {
    return this.facts.slice(afterPosition, afterPosition + limit);
  }

  async readOthers(afterPosition: number, limit: number): Promise<StoredFact[]> {
    const others = this.facts.slice(afterPosition).filter(({ type }) => type !== 'TransactionSubmitted');
    return others.slice(0, limit);
  }

  async readAt(position: number): Promise<StoredFact | undefined> {
    return this.facts[position - 1];
  }

  async head(): Promise<number> {
    return this.facts.length;
  }

  /** A store restored from a backup that was made at `position`. */
  restoredAt(position: number): MemoryEventStore {
    const restored = new MemoryEventStore();
    for (const { stream, revision: _, position: __, ...draft } of this.facts.slice(0, position)) {
      restored.appendAny(stream, [draft]);
    }
    return restored;
  }
}
