import fc from 'fast-check';
import {
  type AlertCommand,
  type AlertEvent,
  AlertRefused,
  type AlertState,
  decide,
  evolve,
  initialState,
} from '../../domain/alert.ts';
import {
  type AlertGrouping,
  accountStream,
  alertStream,
  type FactDraft,
  type FactType,
  type FraudSuspected,
  type ListChanged,
  type ListDefined,
  listStream,
  NO_STREAM,
  RATES_STREAM,
  ruleSetStream,
  type StoredFact,
} from '../../domain/facts.ts';
import { memoryEventStore } from './memory-event-store.ts';

/** Something that happens; what is not possible in its place is left out. */
export type Happening =
  | { kind: 'transaction'; account: number }
  | {
      kind: 'suspicion';
      account: number;
      score: number;
      reasons: string[];
      /** After noon; 0 by default. */
      minute?: number;
      /** Whether its rule set gathers alerts, and for how many minutes its rules keep quiet (null: none does). */
      gathers?: { group: number | null; coolDown: number | null };
    }
  | { kind: 'work'; alert: number; command: AlertCommand }
  | { kind: 'publish'; name: string }
  | { kind: 'activate'; name: string; version: number }
  | { kind: 'rates' }
  | { kind: 'define'; list: string; description: string | null }
  | { kind: 'list'; list: string; add: { value: string; expiresAt: string | null }[]; remove: string[] };

const at = '2026-03-01T12:00:00.000Z';
const by = fc.constantFrom('ana', 'ben');
const command: fc.Arbitrary<AlertCommand> = fc.oneof(
  by.map((who) => ({ type: 'claim' as const, by: who, at })),
  by.map((who) => ({ type: 'release' as const, by: who, at })),
  fc
    .tuple(by, fc.string({ maxLength: 5 }))
    .map(([who, text]) => ({ type: 'note' as const, by: who, at, text })),
  fc.tuple(by, fc.option(fc.nat(4), { nil: undefined })).map(([who, seen]) => ({
    type: 'close' as const,
    by: who,
    at,
    disposition: 'fraud' as const,
    text: null,
    // Of how many the analyst has seen; whose revisions those are, the history says.
    ...(seen === undefined ? {} : { suspicions: Array.from({ length: seen + 1 }, (_, i) => i) }),
  })),
);

const reasons = fc.subarray(['VELOCITY', 'NEW_DEVICE', 'AMOUNT'], { minLength: 1 });
const alone = fc.record({
  kind: fc.constant('suspicion' as const),
  account: fc.nat(3),
  score: fc.integer({ min: 30, max: 100 }),
  reasons,
});
/** On few accounts, so that they meet. */
export const toGather = fc.record({
  kind: fc.constant('suspicion' as const),
  account: fc.nat(1),
  score: fc.integer({ min: 30, max: 100 }),
  reasons,
  minute: fc.nat(90),
  gathers: fc.record({
    group: fc.constantFrom(null, null, 5, 20, 60),
    coolDown: fc.constantFrom(null, 10, 60),
  }),
});
export const work = fc.record({ kind: fc.constant('work' as const), alert: fc.nat(12), command });

export const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 3, arbitrary: fc.nat(3).map((account) => ({ kind: 'transaction' as const, account })) },
  { weight: 3, arbitrary: alone },
  { weight: 3, arbitrary: toGather },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('work' as const), alert: fc.nat(5), command }) },
  fc.constantFrom('cards', 'transfers').map((name) => ({ kind: 'publish' as const, name })),
  fc.record({
    kind: fc.constant('activate' as const),
    name: fc.constantFrom('cards', 'transfers'),
    version: fc.integer({ min: 1, max: 3 }),
  }),
  fc.constant({ kind: 'rates' as const }),
  fc.record({
    kind: fc.constant('define' as const),
    list: fc.constantFrom('shops', 'phones'),
    description: fc.constantFrom(null, 'bad ones'),
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('list' as const),
      list: fc.constantFrom('shops', 'phones'),
      add: fc.uniqueArray(
        fc.record({ value: fc.constantFrom('a', 'b', 'c', 'd'), expiresAt: fc.constantFrom(null, at) }),
        { selector: ({ value }) => value, maxLength: 3 },
      ),
      remove: fc.subarray(['a', 'b', 'e']),
    }),
  },
);

/** Writes histories into a store of its own, fact by fact. */
export function historyWriter() {
  const store = memoryEventStore();
  let ids = 0;

  async function add(stream: string, type: FactType, data: object): Promise<void> {
    const draft = draftOf(`event-${++ids}`, type, data);
    const newest = store.facts.findLast((fact) => fact.stream === stream);
    await store.append(stream, newest?.revision ?? NO_STREAM, [draft]);
  }
  const countOf = (type: FactType, stream?: string) =>
    store.facts.filter((fact) => fact.type === type && (stream === undefined || fact.stream === stream))
      .length;

  async function work(alert: number, wanted: AlertCommand): Promise<void> {
    const stream = alertStream(`alert-${alert}`);
    const events = store.facts
      .filter((fact) => fact.stream === stream)
      .map((fact) => ({ type: fact.type, data: JSON.parse(fact.data) }) as AlertEvent);
    const command = wanted.type === 'close' ? seeing(wanted, events, store.facts) : wanted;
    for (const event of allowed(command, events.reduce(evolve, initialState()))) {
      await add(stream, event.type, event.data);
    }
  }

  async function happen(what: Happening): Promise<void> {
    switch (what.kind) {
      case 'transaction':
        return add(accountStream(`acct-${what.account}`), 'TransactionSubmitted', { transaction: {} });
      case 'suspicion': {
        const suspected = suspicion(countOf('FraudSuspected'), what);
        return add(alertStream(suspected.alertId), 'FraudSuspected', suspected);
      }
      case 'work':
        return work(what.alert, what.command);
      case 'publish': {
        const version = countOf('RuleSetPublished', ruleSetStream(what.name)) + 1;
        const { name } = what;
        const ruleSet = { name, rules: [] };
        return add(ruleSetStream(name), 'RuleSetPublished', {
          name,
          version,
          source: `name: ${name}`,
          hash: 'h',
          ruleSet,
          by: 'ana',
          at,
        });
      }
      case 'activate':
        return add(ruleSetStream(what.name), 'RuleSetActivated', {
          name: what.name,
          version: what.version,
          by: 'ana',
          at,
        });
      case 'define':
        return add(listStream(what.list), 'ListDefined', definition(what));
      case 'list':
        // Of a list that was not defined nothing can be said.
        if (countOf('ListDefined', listStream(what.list)) === 0) return;
        return add(listStream(what.list), 'ListChanged', listChange(what));
      case 'rates':
        return add(RATES_STREAM, 'RatesPublished', {
          version: countOf('RatesPublished') + 1,
          base: 'EUR',
          rates: { USD: '0.92' },
          by: 'ana',
          at,
        });
    }
  }
  return { store, happen };
}

function draftOf(eventId: string, type: FactType, data: object): FactDraft {
  const written = { key: null, data: JSON.stringify(data), personal: null, metadata: null };
  return { eventId, type, schemaVersion: 1, ...written };
}

function definition({ list: name, description }: Extract<Happening, { kind: 'define' }>): ListDefined {
  return { name, of: 'merchantId', description, by: 'ana', at };
}

function listChange({ list: name, add, remove }: Extract<Happening, { kind: 'list' }>): ListChanged {
  const added = add.map((entry) => ({ ...entry, note: null }));
  const removed = remove.filter((value) => !added.some((entry) => entry.value === value));
  return { name, added, removed, by: 'ben', at };
}

/** The first suspicions of its account from its own on: some of them are gathered in it, some not. */
function seeing(
  close: Extract<AlertCommand, { type: 'close' }>,
  [opening]: AlertEvent[],
  facts: readonly StoredFact[],
): AlertCommand {
  const seen = close.suspicions?.length;
  if (seen === undefined || opening?.type !== 'FraudSuspected') return close;
  const { accountId, revision } = opening.data;
  const revisions = facts
    .filter((fact) => fact.type === 'FraudSuspected')
    .map((fact) => JSON.parse(fact.data) as FraudSuspected)
    .filter((each) => each.accountId === accountId && each.revision >= revision)
    .map((each) => each.revision);
  return { ...close, suspicions: revisions.slice(0, seen) };
}

function allowed(command: AlertCommand, state: AlertState): AlertEvent[] {
  try {
    return decide(command, state);
  } catch (error) {
    if (error instanceof AlertRefused) return [];
    throw error;
  }
}

function suspicion(n: number, what: Extract<Happening, { kind: 'suspicion' }>): FraudSuspected {
  return {
    alertId: `alert-${n}`,
    accountId: `acct-${what.account}`,
    transactionId: `t-${n}`,
    revision: n,
    position: n + 1,
    occurredAt: new Date(Date.parse(at) + (what.minute ?? 0) * 60_000).toISOString(),
    amountMinor: 1_000 * n,
    currency: 'EUR',
    amountBaseMinor: null,
    score: what.score,
    decision: what.score >= 60 ? 'decline' : 'review',
    reasons: what.reasons,
    hits: what.reasons.map((reason) => ({ rule: reason.toLowerCase(), points: 10, reason })),
    features: { count_1h: n, country: 'DE', big: '9007199254740993', missing: null },
    ruleSet: { name: 'cards', version: 1 },
    lateByMs: 0,
    ...(what.gathers === undefined ? {} : { grouping: grouping(what.reasons, what.gathers) }),
  };
}

/** Velocity and amount are one family; a device is never quiet. */
function grouping(
  reasons: readonly string[],
  { group, coolDown }: NonNullable<Extract<Happening, { kind: 'suspicion' }>['gathers']>,
): AlertGrouping {
  const quietMs = coolDown === null ? null : coolDown * 60_000;
  return {
    groupMs: group === null ? null : group * 60_000,
    families: [...new Set(reasons.map((reason) => (reason === 'NEW_DEVICE' ? 'device' : 'payments')))],
    coolDownsMs: Object.fromEntries(
      reasons.map((reason) => [reason.toLowerCase(), reason === 'NEW_DEVICE' ? null : quietMs]),
    ),
  };
}
