import { randomUUID } from 'node:crypto';
import type { StoredFact } from '../domain/facts.ts';
import { decideLesson, type Lesson, lessonDraft } from '../domain/learning.ts';
import { type EventStore, WrongExpectedRevision } from '../domain/ports.ts';

const READ_LIMIT = 1_000;

/** What became of a lesson: `at` is the fact that says it. */
type Learned =
  | { kind: 'accepted' | 'known'; at: { revision: number; position: number } }
  | { kind: 'conflict'; detail: string };

/** Appends the lesson, unless the stream has it already. */
export async function learn(
  store: Pick<EventStore, 'append' | 'readStream'>,
  about: StoredFact,
  lesson: Lesson,
  by: string,
): Promise<Learned> {
  const learnt: StoredFact[] = [];
  for (let eventId = randomUUID(); ; ) {
    const newest = await readOn(store, about, learnt);
    const decision = decideLesson(lesson, about, learnt);
    if (decision.kind === 'known') return { kind: 'known', at: decision.fact };
    if (decision.kind === 'conflict') return { kind: 'conflict', detail: decision.detail };
    try {
      const at = new Date().toISOString();
      const draft = lessonDraft(lesson, about, { eventId, by, at });
      return { kind: 'accepted', at: await store.append(about.stream, newest, [draft]) };
    } catch (error) {
      // The account went on meanwhile; what its stream says now decides.
      if (!(error instanceof WrongExpectedRevision)) throw error;
      eventId = randomUUID();
    }
  }
}

/** Adds what the stream holds beyond what was read. @returns the newest revision */
async function readOn(
  store: Pick<EventStore, 'readStream'>,
  { stream, revision }: StoredFact,
  learnt: StoredFact[],
): Promise<number> {
  for (;;) {
    const from = (learnt.at(-1)?.revision ?? revision) + 1;
    const facts = await store.readStream(stream, from, READ_LIMIT);
    learnt.push(...facts);
    if (facts.length < READ_LIMIT) return learnt.at(-1)?.revision ?? revision;
  }
}
