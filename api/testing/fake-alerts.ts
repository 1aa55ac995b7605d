import { type AlertEvent, AlertRefused, decide, evolve, initialState } from '../../domain/alert.ts';
import { alertStream, type FraudSuspected, type StoredFact } from '../../domain/facts.ts';
import type {
  AlertAnswer,
  AlertCommand,
  AlertEntry,
  AlertFilter,
  Alerts,
  AlertView,
  Page,
} from '../services.ts';
import type { FakeLog } from './fake-log.ts';

/** Alerts folded from the log each time they are asked for. */
export function fakeAlerts(log: FakeLog): Alerts {
  return {
    alerts: async (filter, page) => ({
      asOf: log.head,
      value: paged(
        allAlerts(log).filter((each) => passes(each, filter)),
        page,
        (each) => each.position,
      ),
    }),
    alert: async (alertId) => ({ asOf: log.head, value: alertOf(log, alertId) }),
    alertCommand: async (alertId, command, seen) => commanded(log, alertId, command, seen?.revision),
  };
}

export function paged<T>(
  items: readonly T[],
  { order, after, limit }: Page,
  numberOf: (item: T) => number,
): T[] {
  const sorted = order === 'oldest' ? [...items] : [...items].reverse();
  const isAfter = (each: T) =>
    after === null || (order === 'oldest' ? numberOf(each) > after : numberOf(each) < after);
  return sorted.filter(isAfter).slice(0, limit);
}

function allAlerts(log: FakeLog): AlertView[] {
  return log.facts.filter((fact) => fact.type === 'FraudSuspected').map((fact) => view(log, fact));
}

function alertOf(log: FakeLog, alertId: string): AlertView | undefined {
  return allAlerts(log).find((each) => each.suspected.alertId === alertId);
}

function eventsOf(log: FakeLog, alertId: string): { fact: StoredFact; event: AlertEvent }[] {
  return log.facts
    .filter((fact) => fact.stream === alertStream(alertId))
    .map((fact) => ({ fact, event: { type: fact.type, data: JSON.parse(fact.data) } as AlertEvent }));
}

function view(log: FakeLog, opening: StoredFact): AlertView {
  const suspected = JSON.parse(opening.data) as FraudSuspected;
  const events = eventsOf(log, suspected.alertId);
  const state = events.map(({ event }) => event).reduce(evolve, initialState());
  return {
    suspected,
    suspicionCount: 1,
    lastOccurredAt: suspected.occurredAt,
    position: opening.position,
    revision: events.length - 1,
    state: state.status === 'missing' ? 'open' : state.status,
    assignee: state.status === 'claimed' ? state.assignee : null,
    disposition: state.status === 'closed' ? state.disposition : null,
    history: events.flatMap(({ event }) => entry(event)),
  };
}

const WHAT = {
  AlertClaimed: 'claimed',
  AlertReleased: 'released',
  AlertNoted: 'noted',
  AlertClosed: 'closed',
} as const;

function entry({ type, data }: AlertEvent): AlertEntry[] {
  if (type === 'FraudSuspected') return [];
  return [{ what: WHAT[type], by: data.by, at: data.at, text: 'text' in data ? data.text : null }];
}

function passes(alert: AlertView, filter: AlertFilter): boolean {
  const { suspected } = alert;
  const atMs = Date.parse(suspected.occurredAt);
  return (
    (filter.state === undefined || filter.state === alert.state) &&
    (filter.decision === undefined || filter.decision === suspected.decision) &&
    (filter.minScore === undefined || (suspected.score ?? -1) >= filter.minScore) &&
    (filter.accountId === undefined || filter.accountId === suspected.accountId) &&
    (filter.reason === undefined || suspected.reasons.includes(filter.reason)) &&
    (filter.assignee === undefined || filter.assignee === alert.assignee) &&
    (filter.fromMs === undefined || atMs >= filter.fromMs) &&
    (filter.toMs === undefined || atMs < filter.toMs)
  );
}

function commanded(
  log: FakeLog,
  alertId: string,
  command: AlertCommand,
  expectedRevision: number | undefined,
): AlertAnswer {
  const current = alertOf(log, alertId);
  if (current === undefined) return { kind: 'unknown' };
  if (expectedRevision !== undefined && expectedRevision !== current.revision)
    return { kind: 'changed', current };
  const state = eventsOf(log, alertId)
    .map(({ event }) => event)
    .reduce(evolve, initialState());
  try {
    for (const { type, data } of decide({ ...command, at: new Date().toISOString() }, state))
      log.append(alertStream(alertId), type, data);
  } catch (error) {
    if (error instanceof AlertRefused) return { kind: 'conflict', current, message: error.message };
    throw error;
  }
  return { kind: 'done', alert: alertOf(log, alertId)! };
}
