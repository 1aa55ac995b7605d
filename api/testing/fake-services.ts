import { createHash } from 'node:crypto';
import { Registry } from 'prom-client';
import type { Explanation } from '../../domain/explanation.ts';
import {
  accountStream,
  alertStream,
  type FraudSuspected,
  type RatesPublished,
  type StoredFact,
  transactionSubmitted,
} from '../../domain/facts.ts';
import { Overloaded } from '../../domain/ports.ts';
import {
  type ApiKey,
  type FactCommand,
  type Lists,
  type RuleSetLife,
  type RuleSetSummary,
  type RuleSets,
  type RuleSetView,
  SCOPES,
  type Services,
  type SubmitAnswer,
  type TransactionView,
} from '../services.ts';
import { fakeAlerts, paged } from './fake-alerts.ts';
import { fakeBacktesting } from './fake-backtesting.ts';
import { fakeLearning } from './fake-learning.ts';
import { explained, FakeLog, fakeDecision, fakeDoor, storedOf } from './fake-log.ts';

/** What a test may turn on the services. */
export interface FakeControls {
  log: FakeLog;
  keys: Map<string, ApiKey>;
  /** As long as it is true, nothing is decided. */
  holdsDecisions: boolean;
  /** So many submissions are answered with Overloaded. */
  overloads: number;
  /** Thrown by the next call that stores or reads. */
  failure: Error | undefined;
  notReady: string[];
  /** Sizes of the batches that were handed to submitAll. */
  batches: number[];
}

export type FakeServices = Services & { controls: FakeControls };

/** A token for each scope, named by it, and `all` with every scope. */
export const TOKENS = {
  submit: 'shk_submit_s',
  read: 'shk_read_s',
  work: 'shk_work_s',
  operate: 'shk_operate_s',
  all: 'shk_all_s',
};

export function fakeServices(): FakeServices {
  const log = new FakeLog();
  const controls: FakeControls = {
    log,
    keys: new Map(
      SCOPES.map((scope) => [
        TOKENS[scope],
        { id: scope, name: `${scope} key`, scopes: [scope], fallback: 'review' },
      ]),
    ),
    holdsDecisions: false,
    overloads: 0,
    failure: undefined,
    notReady: [],
    batches: [],
  };
  controls.keys.set(TOKENS.all, { id: 'all', name: 'every scope', scopes: SCOPES, fallback: 'decline' });
  return {
    controls,
    metrics: new Registry(),
    authenticate: (token) => controls.keys.get(token),
    ...submitting(controls),
    ...reading(controls),
    ...explaining(log),
    ...fakeAlerts(log),
    ...fakeLearning(log),
    ...excluding(log),
    ...ruleSets(log),
    ...rates(log),
    ...noLists(log),
    ...fakeBacktesting(),
    liveHead: async () => log.head,
    liveAfter: async (position, limit) =>
      log.facts
        .slice(position, position + limit)
        .map(({ position, type, data }) => ({ position, type, data: JSON.parse(data) })),
    onLive: (wake) => log.onAppend(wake),
    status: async () => ({
      version: '0',
      head: log.head,
      sealed: 0,
      ruleSet: { name: 'fake', version: 1 },
      stages: [{ name: 'risk', position: log.head, lag: 0, state: 'running', problem: null }],
    }),
    notReady: async () => controls.notReady,
  };
}

/** Of rules without features: nothing stands in any window. */
function explaining(log: FakeLog): Pick<Services, 'explain'> {
  return {
    async explain({ transactionId, accountId }, _mostEvents, otherRules) {
      const asOf = log.head;
      const found = log
        .transactions()
        .filter(({ key }) => key === transactionId)
        .filter(({ stream }) => accountId === undefined || stream === accountStream(accountId));
      const [fact] = found;
      if (fact === undefined) return { asOf, value: { kind: 'none' } };
      if (found.length > 1) {
        return {
          asOf,
          value: { kind: 'ambiguous', accountIds: found.map((each) => storedOf(each).accountId) },
        };
      }
      const problem = { line: 1, column: 1, path: '', problem: 'is no rule set', suggestion: null };
      if (otherRules !== undefined) return { asOf, value: { kind: 'refused', problems: [problem] } };
      const { transaction, amountBaseMinor, receivedAtMs } = transactionSubmitted(fact);
      const { occurredAt, amountMinor, currency } = transaction;
      const explanation: Explanation = {
        transaction: {
          ...storedOf(fact),
          ...{ occurredAt, amountMinor, currency, amountBaseMinor, receivedAtMs },
        },
        recorded: fakeDecision(fact),
        hits: [],
        features: [],
        differences: [],
        counterfactual: { candidates: 0, tried: 0, changes: [] },
        whatIf: null,
      };
      return { asOf, value: { kind: 'explained', explanation } };
    },
  };
}

/** Whatever is excluded is a transaction, and decides nothing. */
function excluding(log: FakeLog): Pick<Services, 'previewFactCommand' | 'commandFact'> {
  const excluded = new Set<StoredFact>();
  const look = ({ what, accountId, revision }: FactCommand) => {
    const fact = log.facts.find(
      (each) => each.stream === accountStream(accountId) && each.revision === revision,
    );
    if (fact === undefined) return { kind: 'unknown' } as const;
    if (excluded.has(fact) === (what === 'exclude')) {
      return { kind: 'refused', message: `Revision ${revision} is so already.` } as const;
    }
    const { position, type, schemaVersion } = fact;
    const view = {
      revision,
      position,
      type,
      schemaVersion,
      transaction: transactionSubmitted(fact).transaction,
    };
    return { kind: 'found', fact, view } as const;
  };
  return {
    async previewFactCommand(command) {
      const found = look(command);
      if (found.kind !== 'found') return found;
      const later = { decisions: 0, differ: 0, first: [], upTo: command.revision };
      return { kind: 'preview', preview: { fact: found.view, waiting: null, later } };
    },
    async commandFact(command) {
      const found = look(command);
      if (found.kind !== 'found') return found;
      if (!excluded.delete(found.fact)) excluded.add(found.fact);
      return { kind: 'done', fact: found.view, position: log.head };
    },
  };
}

function submitting(controls: FakeControls): Pick<Services, 'submit' | 'submitAll' | 'decisionOf' | 'score'> {
  const { log } = controls;
  const submitOne: Services['submit'] = async (value, options) => {
    act(controls);
    return raiseAlert(log, log.submit(value, options));
  };
  return {
    submit: submitOne,
    submitAll: async (values, options) => {
      act(controls);
      controls.batches.push(values.length);
      return values.map((value) => raiseAlert(log, log.submit(value, options)));
    },
    decisionOf: async (stored, waitMs) => {
      if (controls.holdsDecisions) await new Promise((resolve) => setTimeout(resolve, waitMs));
      const fact = log.facts[stored.position - 1];
      return controls.holdsDecisions || fact === undefined ? undefined : fakeDecision(fact);
    },
    score: async (value) => {
      act(controls);
      const admitted = fakeDoor(value, { origin: 'live' });
      if ('problems' in admitted) return { kind: 'refused', problems: admitted.problems };
      const { draft, accountId } = admitted.submission;
      const revision =
        log.transactions().filter((fact) => fact.stream === accountStream(accountId)).length - 1;
      const fact: StoredFact = { ...draft, stream: accountStream(accountId), revision, position: log.head };
      return { kind: 'scored', decision: explained(fakeDecision(fact)) };
    },
  };
}

function act(controls: FakeControls): void {
  const { failure } = controls;
  controls.failure = undefined;
  if (failure !== undefined) throw failure;
  if (controls.overloads > 0) {
    controls.overloads--;
    throw new Overloaded(20);
  }
}

function raiseAlert(log: FakeLog, answer: SubmitAnswer): SubmitAnswer {
  if (answer.kind !== 'accepted') return answer;
  const fact = log.facts[answer.stored.position - 1]!;
  const decision = explained(fakeDecision(fact));
  const { transaction, amountBaseMinor } = transactionSubmitted(fact);
  if (decision.decision === 'approve') return answer;
  const alertId = `alert-of-${transaction.transactionId}`;
  const { occurredAtMs, undefinedRules, origin, ...shown } = decision;
  const { occurredAt, amountMinor, currency } = transaction;
  const suspected: FraudSuspected = {
    ...shown,
    decision: decision.decision,
    alertId,
    occurredAt,
    amountMinor,
    currency,
    amountBaseMinor,
  };
  log.append(alertStream(alertId), 'FraudSuspected', suspected);
  return answer;
}

function reading(
  controls: FakeControls,
): Pick<Services, 'waitFor' | 'transaction' | 'account' | 'accountTransactions'> {
  const { log } = controls;
  const viewOf = (fact: StoredFact): TransactionView => ({
    stored: storedOf(fact),
    submitted: transactionSubmitted(fact),
    decision: controls.holdsDecisions ? undefined : explained(fakeDecision(fact)),
  });
  const ofAccount = (accountId: string) =>
    log.transactions().filter((fact) => fact.stream === accountStream(accountId));
  return {
    waitFor: (_view, position, timeoutMs) => log.reaches(position, timeoutMs),
    transaction: async (transactionId, accountId) => {
      act(controls);
      const found = log
        .transactions()
        .filter(
          (fact) =>
            fact.key === transactionId &&
            (accountId === undefined || fact.stream === accountStream(accountId)),
        );
      const [only] = found;
      if (only === undefined) return { asOf: log.head, value: { kind: 'none' } };
      if (found.length > 1)
        return {
          asOf: log.head,
          value: { kind: 'ambiguous', accountIds: found.map((fact) => storedOf(fact).accountId) },
        };
      return { asOf: log.head, value: { kind: 'found', transaction: viewOf(only) } };
    },
    account: async (accountId) => {
      const last = ofAccount(accountId).at(-1);
      const value =
        last === undefined
          ? undefined
          : { accountId, revision: last.revision, latest: explained(fakeDecision(last)) };
      return { asOf: log.head, value };
    },
    accountTransactions: async (accountId, page) => ({
      asOf: log.head,
      value: paged(ofAccount(accountId), page, (fact) => fact.revision).map(viewOf),
    }),
  };
}

/** A rule set is a name and nothing else here: `name: cards`. */
function ruleSets(log: FakeLog): RuleSets & RuleSetLife {
  const published: RuleSetView[] = [];
  const summary = ({ source, ...rest }: RuleSetView): RuleSetSummary => rest;
  return {
    ruleSets: async () => ({ asOf: log.head, value: published.map(summary) }),
    ruleSet: async ({ name, version }) => ({
      asOf: log.head,
      value: published.find((each) => each.name === name && each.version === version),
    }),
    publishRuleSet: async (source, publishedBy) => {
      const name = /^name: (\w+)$/m.exec(source)?.[1];
      if (name === undefined)
        return {
          kind: 'refused',
          problems: [
            { line: 1, column: 1, path: 'name', problem: 'name is missing', suggestion: 'name: cards' },
          ],
        };
      const versions = published.filter((each) => each.name === name);
      const hash = createHash('sha256').update(source).digest('hex');
      const known = versions.at(-1);
      if (known?.hash === hash) return { kind: 'known', summary: summary(known) };
      const { position } = log.append(`ruleset-${name}`, 'RuleSetPublished', { name });
      const view = {
        name,
        version: versions.length + 1,
        hash,
        publishedBy,
        publishedAt: new Date().toISOString(),
        position,
        active: false,
        retired: false,
        source,
      };
      published.push(view);
      return { kind: 'published', summary: summary(view) };
    },
    activateRuleSet: async ({ name, version }) => {
      const wanted = published.find((each) => each.name === name && each.version === version);
      if (wanted === undefined) return { kind: 'unknown' };
      for (const each of published) each.active = each === wanted;
      const { position } = log.append(`ruleset-${name}`, 'RuleSetActivated', { name, version });
      return { kind: 'done', version: { name, version }, position };
    },
    // The rest of a life is tried on whole deployments.
    retireRuleSet: async () => ({ kind: 'unknown' }),
    rollBackRuleSet: async () => ({ kind: 'conflict', message: 'nothing was in force before' }),
    ruleSetHistory: async () => [],
    ruleSetDifference: async () => undefined,
  };
}

/** What lists do is tried on whole deployments. */
function noLists(log: FakeLog): Lists {
  const unknown = async () => ({ kind: 'unknown' as const });
  return {
    lists: async () => ({ asOf: log.head, value: [] }),
    list: async () => ({ asOf: log.head, value: undefined }),
    listEntries: async () => ({ asOf: log.head, value: [] }),
    defineList: unknown,
    changeList: unknown,
  };
}

function rates(log: FakeLog): Pick<Services, 'rates' | 'publishRates'> {
  let newest: RatesPublished | undefined;
  return {
    rates: async () => ({ asOf: log.head, value: newest }),
    publishRates: async (table, by) => {
      newest = { ...table, version: (newest?.version ?? 0) + 1, by, at: new Date().toISOString() };
      return {
        version: newest.version,
        position: log.append('rates-base', 'RatesPublished', newest).position,
      };
    },
  };
}
