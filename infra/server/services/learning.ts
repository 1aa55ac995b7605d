import { randomUUID } from 'node:crypto';
import type { LearnAnswer, Learning, TransactionName } from '../../../api/services.ts';
import { parseLabel } from '../../../domain/door/parse-label.ts';
import type { StoredFact } from '../../../domain/facts.ts';
import { decideLesson, type Lesson, lessonDraft } from '../../../domain/learning.ts';
import { type EventStore, type Submissions, WrongExpectedRevision } from '../../../domain/ports.ts';
import { inParallel } from '../../../processors/bounded.ts';

export interface LearningOptions {
  store: Pick<EventStore, 'append' | 'readStream'> & Pick<Submissions, 'find'>;
  /** Of the accounts that have a decided transaction of this id, some. */
  accountsOf(transactionId: string): Promise<string[]>;
}

const READ_LIMIT = 1_000;
const ACCOUNTS_AT_ONCE = 16;

/** Takes in what is learnt of transactions after they were submitted: each a fact in the account's stream. */
export function learning({ store, accountsOf }: LearningOptions): Learning {
  async function learn(name: TransactionName, lesson: Lesson, by: string): Promise<LearnAnswer> {
    const { transactionId } = name;
    const accountIds = name.accountId === undefined ? await accountsOf(transactionId) : [name.accountId];
    if (accountIds.length > 1) return { kind: 'ambiguous', transactionId, accountIds };
    const accountId = accountIds[0];
    const about = accountId === undefined ? undefined : await store.find(accountId, transactionId);
    if (about === undefined) return { kind: 'unknown', transactionId };
    const learnt = await learnOf(store, about, lesson, by);
    if (learnt.kind === 'conflict') return learnt;
    const { revision, position } = learnt.at;
    return { kind: learnt.kind, stored: { transactionId, accountId: accountId!, revision, position } };
  }

  async function label(value: unknown, by: string): Promise<LearnAnswer> {
    const parsed = parseLabel(value);
    if ('problems' in parsed) return { kind: 'refused', problems: parsed.problems };
    const { label: said, source, knownAt, ...name } = parsed.label;
    return learn(name, { type: 'TransactionLabelled', label: said, source, knownAt }, by);
  }

  return {
    label,
    async labelAll(values, by) {
      const answers: LearnAnswer[] = [];
      // What is said of one transaction is said in order.
      const lanes = Map.groupBy(values.keys(), (i) => laneOf(values[i]));
      await inParallel([...lanes.values()], ACCOUNTS_AT_ONCE, async (places) => {
        for (const i of places) answers[i] = await label(values[i], by);
      });
      return answers;
    },
    recordOutcome: (name, outcome, by) => learn(name, { type: 'TransactionOutcomeRecorded', outcome }, by),
    reverse: (name, reason, by) => learn(name, { type: 'TransactionReversed', reason }, by),
  };
}

/** What became of a lesson: `at` is the fact that says it. */
type Learned =
  | { kind: 'accepted' | 'known'; at: { revision: number; position: number } }
  | { kind: 'conflict'; detail: string };

/** Appends the lesson, unless the stream has it already. */
export async function learnOf(
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

function laneOf(value: unknown): unknown {
  return (value as { transactionId?: unknown } | null)?.transactionId;
}
