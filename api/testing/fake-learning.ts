import { parseLabel } from '../../domain/door/parse-label.ts';
import { accountStream } from '../../domain/facts.ts';
import { decideLesson, type Lesson, lessonDraft } from '../../domain/learning.ts';
import type { LearnAnswer, Learning, TransactionName } from '../services.ts';
import { type FakeLog, storedOf } from './fake-log.ts';

/** Lessons on a log in memory. */
export function fakeLearning(log: FakeLog): Learning {
  function learn({ transactionId, accountId }: TransactionName, lesson: Lesson, by: string): LearnAnswer {
    const found = log
      .transactions()
      .filter(({ key }) => key === transactionId)
      .filter(({ stream }) => accountId === undefined || stream === accountStream(accountId));
    const [about] = found;
    if (about === undefined) return { kind: 'unknown', transactionId };
    if (found.length > 1) {
      const accountIds = found.map((fact) => storedOf(fact).accountId);
      return { kind: 'ambiguous', transactionId, accountIds };
    }
    const learnt = log.facts.filter(
      ({ stream, revision }) => stream === about.stream && revision > about.revision,
    );
    const decision = decideLesson(lesson, about, learnt);
    if (decision.kind === 'conflict') return decision;
    const { data } = lessonDraft(lesson, about, { eventId: '', by, at: '' });
    const fact =
      decision.kind === 'known' ? decision.fact : log.append(about.stream, lesson.type, JSON.parse(data));
    const { revision, position } = fact;
    const stored = { ...storedOf(about), revision, position };
    return { kind: decision.kind === 'known' ? 'known' : 'accepted', stored };
  }

  const label: Learning['label'] = async (value, by) => {
    const parsed = parseLabel(value);
    if ('problems' in parsed) return { kind: 'refused', problems: parsed.problems };
    const { label, source, knownAt, ...name } = parsed.label;
    return learn(name, { type: 'TransactionLabelled', label, source, knownAt }, by);
  };
  return {
    label,
    labelAll: (values, by) => Promise.all(values.map((value) => label(value, by))),
    recordOutcome: async (name, outcome, by) =>
      learn(name, { type: 'TransactionOutcomeRecorded', outcome }, by),
    reverse: async (name, reason, by) => learn(name, { type: 'TransactionReversed', reason }, by),
  };
}
