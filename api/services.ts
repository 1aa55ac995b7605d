import type { Registry } from 'prom-client';
import type { Decision, Verdict } from '../domain/decision.ts';
import type { FieldProblem } from '../domain/door/field-problems.ts';
import type { Explanation } from '../domain/explanation.ts';
import type {
  Disposition,
  FeatureValue,
  FraudSuspected,
  ListEntry,
  Origin,
  RatesPublished,
  RuleSetVersion,
  TransactionSubmitted,
} from '../domain/facts.ts';
import type { Rates as PublishedRates } from '../domain/rates.ts';
import type { RuleSetProblem } from '../domain/rules/rule-set.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { Backtesting } from './backtesting.ts';

/**
 * What the HTTP API is handed. Positions are store positions; the API turns them into the decimal tokens its
 * clients see. Whatever is thrown and is not Overloaded is answered as an internal error.
 */
export interface Services
  extends Submitting,
    Learning,
    Reading,
    Explaining,
    Backtesting,
    Alerts,
    Excluding,
    RuleSets,
    RuleSetLife,
    Rates,
    Lists,
    Live,
    Operating {
  /** The key a token belongs to, unless it is unknown or revoked. Compared in constant time. */
  authenticate(token: string): ApiKey | undefined;
}

export const SCOPES = ['submit', 'read', 'work', 'operate'] as const;
export type Scope = (typeof SCOPES)[number];

export interface ApiKey {
  id: string;
  name: string;
  scopes: readonly Scope[];
  /** What a submission is told when its wait ran out: fail open or closed is the payment system's choice. */
  fallback: Verdict;
}

export interface Submitting {
  /**
   * Admits and stores one transaction, durable when it resolves. Takes any JSON value.
   * @throws Overloaded
   */
  submit(value: unknown, options: SubmitOptions): Promise<SubmitAnswer>;
  /**
   * Many at once, an answer for each in their order; those of one account are stored in the order given.
   * When it throws, trying all of them again is harmless.
   * @throws Overloaded before any was stored
   */
  submitAll(values: readonly unknown[], options: SubmitOptions): Promise<SubmitAnswer[]>;
  /** The decision on a stored transaction, waiting for it up to `waitMs` (0: only if it is there). */
  decisionOf(stored: StoredTransaction, waitMs: number): Promise<Decision | undefined>;
  /**
   * What would be said of a transaction now; stores nothing.
   * @throws Overloaded
   */
  score(value: unknown): Promise<ScoreAnswer>;
}

export interface SubmitOptions {
  origin: Origin;
  /** W3C trace context of the request. */
  traceparent?: string | undefined;
}

/** Where a transaction stands in the store. */
export interface StoredTransaction {
  transactionId: string;
  accountId: string;
  revision: number;
  position: number;
}

export type SubmitAnswer =
  /** `known`: the same content was submitted before, and this is its first answer. */
  | { kind: 'accepted' | 'known'; stored: StoredTransaction }
  /** Other content stands under this id; `fields` differ. */
  | { kind: 'conflict'; stored: StoredTransaction; fields: string[] }
  | { kind: 'refused'; problems: FieldProblem[] };

export type ScoreAnswer =
  /** `position` and `revision` of the decision are those of the account's newest fact, which it would follow. */
  { kind: 'scored'; decision: ExplainedDecision } | { kind: 'refused'; problems: FieldProblem[] };

/** A transaction, by its id and, where that is not enough, its account. */
export interface TransactionName {
  transactionId: string;
  accountId?: string | undefined;
}

export type LearnAnswer =
  /** `stored` is where the fact stands that says it; `known`: it was said before. */
  | { kind: 'accepted'; stored: StoredTransaction }
  | { kind: 'known'; stored: StoredTransaction }
  | { kind: 'conflict'; detail: string }
  | { kind: 'refused'; problems: FieldProblem[] }
  /** No such transaction; of an account that is not named, none that was decided. */
  | { kind: 'unknown'; transactionId: string }
  | { kind: 'ambiguous'; transactionId: string; accountIds: string[] };

/** What is learnt of transactions after they were submitted; durable when it resolves. All may throw Overloaded. */
export interface Learning {
  /** Takes any JSON value. */
  label(value: unknown, by: string): Promise<LearnAnswer>;
  /** Many at once, an answer for each in their order; those of one transaction are taken in the order given. */
  labelAll(values: readonly unknown[], by: string): Promise<LearnAnswer[]>;
  recordOutcome(
    name: TransactionName,
    outcome: NonNullable<Transaction['outcome']>,
    by: string,
  ): Promise<LearnAnswer>;
  reverse(name: TransactionName, reason: string | null, by: string): Promise<LearnAnswer>;
}

/** A decision with its feature values by name. */
export interface ExplainedDecision extends Omit<Decision, 'features'> {
  features: Record<string, FeatureValue>;
}

/** A value as a read model has it, having seen every fact up to `asOf`. */
export interface Reflecting<T> {
  asOf: number;
  value: T;
}

/** The read models a client may wait for. */
export type View = 'transactions' | 'alerts' | 'rulesets' | 'rates' | 'lists';

export type Order = 'oldest' | 'newest';

/** One page of a list in the order of a number that never changes (position or revision). */
export interface Page {
  order: Order;
  /** Only what comes after this number in that order; null from the start. */
  after: number | null;
  limit: number;
}

export interface Reading {
  /** Waits until the view has seen `position`. @returns whether it has in time */
  waitFor(view: View, position: number, timeoutMs: number): Promise<boolean>;
  transaction(transactionId: string, accountId: string | undefined): Promise<Reflecting<TransactionLookup>>;
  account(accountId: string): Promise<Reflecting<AccountView | undefined>>;
  /** Paged by revision. */
  accountTransactions(accountId: string, page: Page): Promise<Reflecting<TransactionView[]>>;
}

export interface Explaining {
  /**
   * Why a transaction was decided as it was.
   * @param mostEvents of each feature that are named
   * @param otherRules source of a rule set, to ask what it would have said
   */
  explain(
    name: TransactionName,
    mostEvents: number,
    otherRules: string | undefined,
  ): Promise<Reflecting<ExplainAnswer>>;
}

export type ExplainAnswer =
  | { kind: 'explained'; explanation: Explanation }
  /** The other rules are wrong. */
  | { kind: 'refused'; problems: RuleSetProblem[] }
  | { kind: 'undecided' }
  /** A version that could not read it passed it by: nothing was decided of it. */
  | { kind: 'passed' }
  /** More stands in its windows than a server holds for an explanation; `message` says how much. */
  | { kind: 'too-large'; message: string }
  /** Several accounts have a transaction of this id. */
  | { kind: 'ambiguous'; accountIds: string[] }
  | { kind: 'none' };

export type TransactionLookup =
  | { kind: 'found'; transaction: TransactionView }
  /** Several accounts have a transaction of this id. */
  | { kind: 'ambiguous'; accountIds: string[] }
  | { kind: 'none' };

export interface TransactionView {
  stored: StoredTransaction;
  submitted: TransactionSubmitted;
  /** Undefined while it is not decided yet. */
  decision: ExplainedDecision | undefined;
}

export interface AccountView {
  accountId: string;
  /** Of its newest decided transaction. */
  revision: number;
  /** The current risk, and the windows as of that revision. */
  latest: ExplainedDecision;
}

export type AlertState = 'open' | 'claimed' | 'closed';

export interface AlertView {
  /** The suspicion that opened it; its score, decision and reasons are of all the alert holds. */
  suspected: FraudSuspected;
  suspicionCount: number;
  /** RFC 3339: the latest any of them occurred. */
  lastOccurredAt: string;
  /** All of them in the order of the store, the opening one first; undefined in lists. */
  suspicions?: AlertSuspicion[];
  /** Of the fact that opened the alert: the order of lists. */
  position: number;
  /** Last revision of the alert's stream: its ETag. */
  revision: number;
  state: AlertState;
  assignee: string | null;
  disposition: Disposition | null;
  /** What analysts did, oldest first. */
  history: AlertEntry[];
}

export interface AlertSuspicion {
  suspected: FraudSuspected;
  /** A cool-down kept it from opening an alert. */
  isHeldBack: boolean;
}

/** What a client has seen of an alert: its ETag. */
export interface AlertSeen {
  revision: number;
  suspicionCount: number;
}

export interface AlertEntry {
  what: 'claimed' | 'released' | 'noted' | 'closed';
  by: string;
  /** RFC 3339. */
  at: string;
  text: string | null;
}

export interface AlertFilter {
  state?: AlertState | undefined;
  decision?: 'review' | 'decline' | undefined;
  minScore?: number | undefined;
  accountId?: string | undefined;
  reason?: string | undefined;
  assignee?: string | undefined;
  /** By the time the transaction occurred, milliseconds since the epoch: from <= t < to. */
  fromMs?: number | undefined;
  toMs?: number | undefined;
}

/** A command of domain/alert.ts; the time it was given at is the services' to say. */
export type AlertCommand =
  | { type: 'claim'; by: string }
  | { type: 'release'; by: string }
  | { type: 'note'; by: string; text: string }
  | { type: 'close'; by: string; disposition: Disposition; text: string | null };

export type AlertAnswer =
  | { kind: 'done'; alert: AlertView }
  /** Someone was first: the alert is not at the expected revision any more. */
  | { kind: 'changed'; current: AlertView }
  /** The alert's state does not allow it; `message` says why. */
  | { kind: 'conflict'; current: AlertView; message: string }
  /** It is no alert of its own: `current` gathered it. */
  | { kind: 'gathered'; current: AlertView }
  /** The alerts view has not come so far that it could tell what gathers it. */
  | { kind: 'behind' }
  | { kind: 'unknown' };

export interface Alerts {
  /** Paged by position. */
  alerts(filter: AlertFilter, page: Page): Promise<Reflecting<AlertView[]>>;
  /** @param alertId of an alert, or of a suspicion that another alert gathered: then it is that one */
  alert(alertId: string): Promise<Reflecting<AlertView | undefined>>;
  /**
   * @param seen the command is only given to an alert of this revision; a close is said of the suspicions seen
   * @throws Overloaded
   */
  alertCommand(alertId: string, command: AlertCommand, seen: AlertSeen | undefined): Promise<AlertAnswer>;
}

/** What is to become of a fact in an account's stream. */
export interface FactCommand {
  what: 'exclude' | 'readmit';
  accountId: string;
  /** Of the fact. */
  revision: number;
}

/** A fact of an account, as far as it can be read. */
export interface FactView {
  revision: number;
  position: number;
  type: string;
  schemaVersion: number;
  /** Null where it is no transaction, or cannot be read. */
  transaction: Pick<Transaction, 'transactionId' | 'occurredAt' | 'amountMinor' | 'currency'> | null;
}

export interface FactPreview {
  fact: FactView;
  /** What waits behind a fact that cannot be read; null where it can. */
  waiting: {
    /** Facts of the account. */
    ofAccount: number;
    /** Positions of the store, those of other partitions among them. */
    positions: number;
  } | null;
  /** What would have been decided later; null where the fact cannot be read. */
  later: LaterDecisions | null;
}

export interface LaterDecisions {
  /** Later decisions of the account that were compared. */
  decisions: number;
  /** Of these, how many would have another score, decision or reasons. */
  differ: number;
  first: { is: Decision; wouldBe: Decision }[];
  /** Compared up to this revision. */
  upTo: number;
}

export type FactAnswer =
  | { kind: 'done'; fact: FactView; position: number }
  /** The state of the fact does not allow it; `message` says why. */
  | { kind: 'refused'; message: string }
  | { kind: 'unknown' };

export type FactPreviewAnswer =
  | { kind: 'preview'; preview: FactPreview }
  | Exclude<FactAnswer, { kind: 'done' }>;

export interface Excluding {
  /** What the command would do; nothing is stored. */
  previewFactCommand(command: FactCommand): Promise<FactPreviewAnswer>;
  /** @throws Overloaded */
  commandFact(command: FactCommand, reason: string, by: string): Promise<FactAnswer>;
}

export interface RuleSetSummary extends RuleSetVersion {
  /** SHA-256 of the source, hex. */
  hash: string;
  publishedBy: string;
  publishedAt: string;
  /** Store position of the publication. */
  position: number;
  /** Whether new transactions are scored by it. */
  active: boolean;
  /** It is not put in force again. */
  retired: boolean;
}

export interface RuleSetView extends RuleSetSummary {
  /** The YAML as written. */
  source: string;
}

export type PublishAnswer =
  /** `known`: this source already is the newest version of its name. */
  { kind: 'published' | 'known'; summary: RuleSetSummary } | { kind: 'refused'; problems: RuleSetProblem[] };

export interface RuleSets {
  /** Every version of every name, in the order of publication. */
  ruleSets(): Promise<Reflecting<RuleSetSummary[]>>;
  ruleSet(version: RuleSetVersion): Promise<Reflecting<RuleSetView | undefined>>;
  publishRuleSet(source: string, by: string): Promise<PublishAnswer>;
}

export type RuleSetStepAnswer =
  | { kind: 'done'; version: RuleSetVersion; position: number }
  | { kind: 'conflict'; message: string }
  /** The view does not know yet what is in force. */
  | { kind: 'behind' }
  | { kind: 'unknown' };

export interface RuleSetStep {
  what: 'published' | 'activated' | 'retired';
  version: number;
  by: string;
  /** RFC 3339. */
  at: string;
  reason: string | null;
  position: number;
}

export interface RuleSetLife {
  /** In force from the position of the answer on. */
  activateRuleSet(version: RuleSetVersion, by: string, reason: string | null): Promise<RuleSetStepAnswer>;
  /** Puts what was in force before the version that is back in force. */
  rollBackRuleSet(by: string, reason: string | null): Promise<RuleSetStepAnswer>;
  retireRuleSet(version: RuleSetVersion, by: string, reason: string): Promise<RuleSetStepAnswer>;
  /** Oldest first; empty where there is no such rule set. */
  ruleSetHistory(name: string): Promise<RuleSetStep[]>;
  /** Sentences; undefined where one of them was not published. */
  ruleSetDifference(from: RuleSetVersion, to: RuleSetVersion): Promise<string[] | undefined>;
}

export interface Rates {
  /** The newest table, if there is one. */
  rates(): Promise<Reflecting<RatesPublished | undefined>>;
  publishRates(rates: PublishedRates, by: string): Promise<{ version: number; position: number }>;
}

export interface ListSummary {
  name: string;
  /** The field whose values it holds. */
  of: string;
  description: string | null;
  /** Its facts, counted. */
  version: number;
  /** Store position of the newest of them. */
  position: number;
  /** Values on it, expired or not. */
  entries: number;
  changedBy: string;
  changedAt: string;
}

export interface ListEntryView extends ListEntry {
  /** Its place among all that ever came on the list. */
  number: number;
  /** Of the list, when the entry came on it as it is. */
  version: number;
  position: number;
  by: string;
  at: string;
}

export interface ListEntryFilter {
  value?: string | undefined;
  /** As it was for what comes after that position. */
  at?: number | undefined;
}

/** What is put on a list, or taken off: any JSON values, checked by what the list is of. */
export type ListCommand =
  | { type: 'add'; entries: readonly unknown[] }
  | { type: 'remove'; values: readonly unknown[] }
  /** Those that expired before; as many as one request may remove. */
  | { type: 'removeExpired'; beforeMs: number };

export type ListAnswer =
  /** Added and removed are none where it was so already. */
  | { kind: 'done'; version: number; position: number; added: number; removed: number }
  | { kind: 'refused'; problems: FieldProblem[] }
  /** What the list is, or how much is on it, does not allow it. */
  | { kind: 'conflict'; detail: string }
  | { kind: 'unknown' };

/** Durable when they resolve; said again, they change nothing. All that change may throw Overloaded. */
export interface Lists {
  /** By name. */
  lists(): Promise<Reflecting<ListSummary[]>>;
  list(name: string, at: number | undefined): Promise<Reflecting<ListSummary | undefined>>;
  /** Paged by number. */
  listEntries(name: string, filter: ListEntryFilter, page: Page): Promise<Reflecting<ListEntryView[]>>;
  defineList(list: { name: string; of: string; description: string | null }, by: string): Promise<ListAnswer>;
  changeList(name: string, command: ListCommand, by: string): Promise<ListAnswer>;
}

/** What the live feed says: a fact that was decided on or worked. */
export interface LiveEvent {
  position: number;
  /** e.g. `decision`, `alert`. */
  type: string;
  /** JSON. */
  data: unknown;
}

export interface Live {
  /** Position of the newest event there is. */
  liveHead(): Promise<number>;
  /** At most `limit` events after a position, in order, of which none will appear later. */
  liveAfter(position: number, limit: number): Promise<LiveEvent[]>;
  /** Calls back when there may be more. @returns how to stop it */
  onLive(wake: () => void): () => void;
}

export interface StageStatus {
  /** e.g. `store`, `risk`, `alerts`. */
  name: string;
  /** Where the stage works in several, each at its own position. */
  partition?: number;
  position: number;
  /** Positions behind the store's head. */
  lag: number;
  /** `blocked`: it stands still at a fact it cannot read, which `problem` names. */
  state: 'running' | 'catching-up' | 'retrying' | 'blocked' | 'stopped';
  /** What went wrong, where something did. */
  problem: string | null;
}

export interface Status {
  version: string;
  /** Position of the newest fact. */
  head: number;
  /** What was decided up to here is sealed. */
  sealed: number;
  ruleSet: RuleSetVersion | null;
  stages: StageStatus[];
}

export interface Operating {
  status(): Promise<Status>;
  /** Why the server cannot take submissions now; empty when it can. */
  notReady(): Promise<string[]>;
  /** What /metrics shows; the API adds its own. */
  metrics: Registry;
}
