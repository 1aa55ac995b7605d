import type { AlertAnswer, AlertCommand, AlertSeen, AlertView } from '../../../api/services.ts';
import { AlertRefused, decide, evolve, initialState } from '../../../domain/alert.ts';
import { alertStream, type StoredFact, suspicionOf } from '../../../domain/facts.ts';
import { type EventStore, WrongExpectedRevision } from '../../../domain/ports.ts';
import type { AlertQueries } from '../../read-model/queries/alerts.ts';
import { alertEvent, alertView, type Held, opensAlone } from './alert-view.ts';
import { factDraft } from './fact-draft.ts';
import { readWholeStream } from './read-whole-stream.ts';

type Store = Pick<EventStore, 'append' | 'readStream'>;

export interface AlertDesk {
  store: Store;
  queries: Pick<AlertQueries, 'alert' | 'holderOf'>;
  /** Waits until the alerts view shows a position. @returns whether it does */
  waitUntilSeen(position: number): Promise<boolean>;
}

/** Works an alert: the events the decider gives are appended to its stream, expecting what it was decided on. */
export async function commandAlert(
  desk: AlertDesk,
  alertId: string,
  command: AlertCommand,
  seen: AlertSeen | undefined,
): Promise<AlertAnswer> {
  const stream = alertStream(alertId);
  for (;;) {
    const facts = await readWholeStream(desk.store, stream);
    if (facts.length === 0) return { kind: 'unknown' };
    const held = await heldBy(desk, alertId, facts[0]!);
    if ('kind' in held) return held;
    const current = alertView(facts, held);
    if (seen !== undefined && seen.revision !== current.revision) return { kind: 'changed', current };
    try {
      return {
        kind: 'done',
        alert: await work(desk.store, facts, withSuspicions(command, held, seen), held),
      };
    } catch (error) {
      if (error instanceof AlertRefused) return { kind: 'conflict', current, message: error.message };
      // Someone was first; what they did decides what can be done now.
      if (!(error instanceof WrongExpectedRevision)) throw error;
    }
  }
}

/** What the alert holds; only the view can tell where the rule set gathers suspicions. */
async function heldBy(
  { queries, waitUntilSeen }: AlertDesk,
  alertId: string,
  opening: StoredFact,
): Promise<Held | Extract<AlertAnswer, { kind: 'gathered' | 'behind' }>> {
  if (suspicionOf(opening).grouping === undefined) return opensAlone(opening);
  if ((await queries.holderOf(alertId)) === undefined && !(await waitUntilSeen(opening.position)))
    return { kind: 'behind' };
  const { value: holder } = await queries.alert(alertId);
  if (holder === undefined) return { kind: 'behind' };
  return holder.suspected.alertId === alertId ? holder : { kind: 'gathered', current: holder };
}

/** A close is said of what the analyst has seen; of all there is where they do not say. */
function withSuspicions(
  command: AlertCommand,
  { suspicions = [] }: Held,
  seen: AlertSeen | undefined,
): AlertCommand & { suspicions?: number[] } {
  if (command.type !== 'close' || suspicions.length === 1) return command;
  const closed = suspicions.slice(0, seen?.suspicionCount ?? suspicions.length);
  return { ...command, suspicions: closed.map(({ suspected }) => suspected.revision) };
}

async function work(
  store: Store,
  facts: StoredFact[],
  command: AlertCommand,
  held: Held,
): Promise<AlertView> {
  const { stream, revision } = facts.at(-1)!;
  const state = facts.map(alertEvent).reduce(evolve, initialState());
  const events = decide({ ...command, at: new Date().toISOString() }, state);
  if (events.length === 0) return alertView(facts, held);
  const drafts = events.map(({ type, data }) => factDraft(type, data));
  await store.append(stream, revision, drafts);
  return alertView(await readWholeStream(store, stream), held);
}
