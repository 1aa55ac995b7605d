import {
  FACT_SCHEMA_VERSIONS,
  type FactDraft,
  factData,
  type Label,
  type Learnt,
  type StoredFact,
  type TransactionLabelled,
  type TransactionOutcomeRecorded,
  type TransactionReversed,
  transactionSubmitted,
} from './facts.ts';
import { occurredAtMs } from './occurred-at.ts';

/** What somebody says of an earlier transaction. */
export type Lesson =
  | { type: 'TransactionLabelled'; label: Label; source: string; knownAt: string }
  | { type: 'TransactionOutcomeRecorded'; outcome: TransactionOutcomeRecorded['outcome'] }
  | { type: 'TransactionReversed'; reason: string | null };

/** What to answer a lesson, or that it is to be appended. */
export type LearningDecision =
  | { kind: 'append' }
  /** It was said before, by this fact. */
  | { kind: 'known'; fact: StoredFact }
  /** The same source said otherwise at the same time. */
  | { kind: 'conflict'; fact: StoredFact; detail: string };

/**
 * Decides on a lesson, given what was learnt of the transaction before: a retry gets its first answer, a correction
 * is a new fact.
 * @param learnt facts of the account's stream after the transaction, in order; others among them are passed over
 * @throws UnknownSchemaVersion
 */
export function decideLesson(
  lesson: Lesson,
  about: StoredFact,
  learnt: readonly StoredFact[],
): LearningDecision {
  const same = learnt.filter(({ type }) => type === lesson.type).filter((fact) => isAbout(fact, about));
  switch (lesson.type) {
    case 'TransactionLabelled':
      return decideLabel(lesson, same);
    case 'TransactionOutcomeRecorded': {
      const last = same.at(-1);
      const said =
        last === undefined
          ? transactionSubmitted(about).transaction.outcome
          : factData<TransactionOutcomeRecorded>(last).outcome;
      return said === lesson.outcome ? { kind: 'known', fact: last ?? about } : { kind: 'append' };
    }
    case 'TransactionReversed':
      return same.length === 0 ? { kind: 'append' } : { kind: 'known', fact: same[0]! };
  }
}

function decideLabel(
  { label, source, knownAt }: Lesson & { type: 'TransactionLabelled' },
  labels: readonly StoredFact[],
): LearningDecision {
  const before = labels.find((fact) => {
    const said = factData<TransactionLabelled>(fact);
    return said.source === source && occurredAtMs(said.knownAt) === occurredAtMs(knownAt);
  });
  if (before === undefined) return { kind: 'append' };
  const said = factData<TransactionLabelled>(before).label;
  if (said === label) return { kind: 'known', fact: before };
  const detail = `The source ${source} has labelled this transaction ${said} as of that knownAt; one that corrects it has a later knownAt.`;
  return { kind: 'conflict', fact: before, detail };
}

/** The fact of a lesson, as the account's stream takes it. */
export function lessonDraft(
  lesson: Lesson,
  about: StoredFact,
  { eventId, by, at }: { eventId: string; by: string; at: string },
): FactDraft {
  const { type, ...said } = lesson;
  const { revision, position, data, personal } = about;
  const learnt: Learnt = { about: revision, position, submitted: JSON.parse(data), by, at };
  return {
    eventId,
    type,
    schemaVersion: FACT_SCHEMA_VERSIONS[type],
    key: null,
    data: JSON.stringify({ ...learnt, ...said } satisfies Learnt & Omit<Lesson, 'type'>),
    // The transaction's own, so that they can be erased here, too.
    personal,
    metadata: null,
  };
}

function isAbout(fact: StoredFact, { revision }: StoredFact): boolean {
  return factData<TransactionLabelled | TransactionReversed>(fact).about === revision;
}
