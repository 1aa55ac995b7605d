import type { AlertAnswer, AlertCommand, AlertView } from '../../../api/services.ts';
import { AlertRefused, decide, evolve, initialState } from '../../../domain/alert.ts';
import { alertStream, type StoredFact } from '../../../domain/facts.ts';
import { type EventStore, WrongExpectedRevision } from '../../../domain/ports.ts';
import { alertEvent, alertView } from './alert-view.ts';
import { factDraft } from './fact-draft.ts';
import { readWholeStream } from './read-whole-stream.ts';

type Store = Pick<EventStore, 'append' | 'readStream'>;

/** Works an alert: the events the decider gives are appended to its stream, expecting what it was decided on. */
export async function commandAlert(
  store: Store,
  alertId: string,
  command: AlertCommand,
  expectedRevision: number | undefined,
): Promise<AlertAnswer> {
  const stream = alertStream(alertId);
  for (;;) {
    const facts = await readWholeStream(store, stream);
    if (facts.length === 0) return { kind: 'unknown' };
    const current = alertView(facts);
    if (expectedRevision !== undefined && expectedRevision !== current.revision)
      return { kind: 'changed', current };
    try {
      return { kind: 'done', alert: await work(store, stream, facts, command) };
    } catch (error) {
      if (error instanceof AlertRefused) return { kind: 'conflict', current, message: error.message };
      // Someone was first; what they did decides what can be done now.
      if (!(error instanceof WrongExpectedRevision)) throw error;
    }
  }
}

async function work(
  store: Store,
  stream: string,
  facts: StoredFact[],
  command: AlertCommand,
): Promise<AlertView> {
  const state = facts.map(alertEvent).reduce(evolve, initialState());
  const events = decide({ ...command, at: new Date().toISOString() }, state);
  if (events.length === 0) return alertView(facts);
  const drafts = events.map(({ type, data }) => factDraft(type, data));
  await store.append(stream, facts.at(-1)!.revision, drafts);
  return alertView(await readWholeStream(store, stream));
}
