import type { Transaction } from './transaction.ts';

/**
 * A fact as the event store takes it. The JSON is written before the store sees it, so that what is stored
 * is to the byte what was decided, on every engine.
 */
export interface FactDraft {
  /** UUID. A retry of an append whose outcome is unknown uses the same id. */
  eventId: string;
  type: string;
  schemaVersion: number;
  /** What the fact is known by within its stream (the transactionId of a submission), else null. Unique in the stream. */
  key: string | null;
  /** JSON object. */
  data: string;
  /** JSON object of the personal fields, in an envelope of its own so that it can be erased; null if there is none. */
  personal: string | null;
  /** JSON object of what only operators read (traceparent, …); null if there is none. */
  metadata: string | null;
}

/** A fact as it stands in the store. */
export interface StoredFact extends FactDraft {
  stream: string;
  /** 0, 1, 2, … within the stream: the order that counts for its account. */
  revision: number;
  /** Global order of the store, rising, not always dense. The first is at least 1. */
  position: number;
}

export const NO_STREAM = -1;

export const accountStream = (accountId: string): string => `account-${accountId}`;
export const alertStream = (alertId: string): string => `alert-${alertId}`;
export const ruleSetStream = (name: string): string => `ruleset-${name}`;
export const listStream = (name: string): string => `list-${name}`;
/** Rate tables in the order of their versions. */
export const RATES_STREAM = 'rates-base';
/** Seals in the order of the positions they close. */
export const SEALS_STREAM = 'seals';

const ACCOUNT_PREFIX = 'account-';
const ALERT_PREFIX = 'alert-';
const LIST_PREFIX = 'list-';
export const accountOfStream = (stream: string): string | undefined =>
  stream.startsWith(ACCOUNT_PREFIX) ? stream.slice(ACCOUNT_PREFIX.length) : undefined;
export const alertOfStream = (stream: string): string | undefined =>
  stream.startsWith(ALERT_PREFIX) ? stream.slice(ALERT_PREFIX.length) : undefined;
export const listOfStream = (stream: string): string | undefined =>
  stream.startsWith(LIST_PREFIX) ? stream.slice(LIST_PREFIX.length) : undefined;

/** Where a transaction came from. Imported history is folded and scored, but raises no alert. */
export type Origin = 'live' | 'import';

export interface RuleSetVersion {
  name: string;
  /** 1 for the first published version of the name. */
  version: number;
}

/** In `account-<accountId>`. The transaction as submitted, and what the door added. */
export interface TransactionSubmitted {
  transaction: Transaction;
  /** Amount in minor units of the base currency, half-even; null where no rate was in force or it would not fit. */
  amountBaseMinor: number | null;
  /** Version of the rate table that converted it; null where none was needed or found. */
  ratesVersion: number | null;
  /** The door's clock at first arrival, milliseconds since the epoch. */
  receivedAtMs: number;
  origin: Origin;
}

/**
 * In `account-<accountId>`, as what follows here. Takes a fact of the same stream out of what is decided after this
 * one: from its own position on, or, of a fact that could not be read, from that fact on.
 */
export interface FactExcluded {
  /** Of the fact taken out. */
  revision: number;
  /** Whether the version that stood there could not read it: then nothing of the account was decided since. */
  unread: boolean;
  reason: string;
  by: string;
  at: string;
}

/** Puts a fact that was excluded back in, from its own position on. */
export interface FactReadmitted {
  /** Of the fact put back. */
  revision: number;
  reason: string;
  by: string;
  at: string;
}

/**
 * In `account-<accountId>`, as what follows here. What is learnt of a transaction after it was submitted: it sets a
 * field of the transaction from its own position on, and changes nothing that was decided before.
 */
export interface Learnt {
  /** Of the transaction, in the same stream. */
  about: number;
  /** Of the transaction in the store. */
  position: number;
  /**
   * The transaction as it was submitted, its personal fields in this fact's own envelope: who folds it, by whatever
   * key, needs nothing else to find its place.
   */
  submitted: TransactionSubmitted;
  by: string;
  at: string;
}

/** The latest of a transaction counts; what was said before stays in the stream. */
export interface TransactionLabelled extends Learnt {
  label: Label;
  /** Who says so: analyst, chargeback, issuer, … */
  source: string;
  /** When the source knew it, RFC 3339: by it a label finds its place in recorded history. */
  knownAt: string;
}

/** What became of a transaction that asked to be authorised. */
export interface TransactionOutcomeRecorded extends Learnt {
  outcome: 'authorised' | 'declined';
}

/** It was taken back. */
export interface TransactionReversed extends Learnt {
  reason: string | null;
}

export type Label = 'fraud' | 'genuine';

/** Opens `alert-<alertId>`. */
export interface FraudSuspected {
  alertId: string;
  accountId: string;
  transactionId: string;
  /** Revision of the transaction in its account's stream. */
  revision: number;
  /** Store position of the transaction. */
  position: number;
  occurredAt: string;
  amountMinor: number;
  currency: string;
  amountBaseMinor: number | null;
  score: number | null;
  decision: 'review' | 'decline';
  reasons: string[];
  hits: RuleHit[];
  features: Record<string, FeatureValue>;
  ruleSet: RuleSetVersion;
  /** How far behind the account's newest event it occurred, 0 when in order. */
  lateByMs: number;
  /** How it may be gathered in another alert of the account; absent where the rule set says nothing of that. */
  grouping?: AlertGrouping;
}

/** What the rule set in force says of gathering a suspicion: with it, alerts are a fold of facts alone. */
export interface AlertGrouping {
  /** How near in event time to an open alert's suspicions it is gathered there, in ms; null where never. */
  groupMs: number | null;
  /** Of the reasons it is suspected for, each once. */
  families: string[];
  /** By id of the rules it is suspected for: how long the rule keeps quiet, in ms; null where it does not. */
  coolDownsMs: Record<string, number | null>;
}

export interface AlertClaimed {
  by: string;
  at: string;
}
export interface AlertReleased {
  by: string;
  at: string;
}
export interface AlertNoted {
  by: string;
  at: string;
  text: string;
}
export interface AlertClosed {
  by: string;
  at: string;
  disposition: Disposition;
  text: string | null;
  /** The suspicions it is said of, by revision in the account's stream; absent where it is the opening one alone. */
  suspicions?: number[];
}

export type Disposition = 'fraud' | 'genuine' | 'unclear';

/** In `ruleset-<name>`. */
export interface RuleSetPublished {
  name: string;
  version: number;
  /** The YAML as written. */
  source: string;
  /** SHA-256 of the source, hex. */
  hash: string;
  /** The checked rule set with its expression trees: what code runs, so that no upgrade can change history. */
  ruleSet: unknown;
  by: string;
  at: string;
}

/** In `ruleset-<name>`. Takes effect for every transaction after its own position. */
export interface RuleSetActivated {
  name: string;
  version: number;
  /** Why; absent where it was not said. */
  reason?: string;
  by: string;
  at: string;
}

/** Opens `list-<name>`, and later describes it anew. What it is of never changes. */
export interface ListDefined {
  name: string;
  /** A field of text of a transaction, or an attribute of text. */
  of: string;
  description: string | null;
  by: string;
  at: string;
}

/**
 * In `list-<name>`. Takes effect for every transaction after its own position. Where the field is personal, what is
 * added and removed lies in the fact's personal envelope.
 */
export interface ListChanged {
  name: string;
  /** Each replaces what was said of its value before. */
  added: ListEntry[];
  /** Values; none of them is added, too. */
  removed: string[];
  by: string;
  at: string;
}

export interface ListEntry {
  value: string;
  /** RFC 3339: transactions that occurred before this see it; null where it does not expire. */
  expiresAt: string | null;
  note: string | null;
}

/** In `ruleset-<name>`. The version is never put in force again; what it decided stays as it is. */
export interface RuleSetRetired {
  name: string;
  version: number;
  reason: string;
  by: string;
  at: string;
}

/** In `rates-base`. One unit of a currency is worth `rates[currency]` units of `base` (decimal strings). */
export interface RatesPublished {
  version: number;
  base: string;
  rates: Record<string, string>;
  by: string;
  at: string;
}

/**
 * In `seals`. Closes a range of the store: what was decided of the transactions in (from, to] is this, approvals
 * included. Each seal begins where the one before it ends, the first at 0.
 */
export interface DecisionsSealed {
  /** Positions of the store. */
  from: number;
  to: number;
  /** Decisions in the range. */
  count: number;
  /** The sum of their digests, see DecisionSum: 64 hexadecimal digits. */
  digest: string;
  at: string;
}

/** The suspicion with its personal features put back. @throws UnknownSchemaVersion */
export function suspicionOf(fact: StoredFact): FraudSuspected {
  const suspected = factData<FraudSuspected>(fact);
  if (fact.personal !== null) Object.assign(suspected.features, JSON.parse(fact.personal).features);
  return suspected;
}

/** The change with what is personal put back. @throws UnknownSchemaVersion */
export function listChanged(fact: StoredFact): ListChanged {
  const changed = factData<ListChanged>(fact);
  if (fact.personal !== null) Object.assign(changed, JSON.parse(fact.personal));
  return changed;
}

export interface RuleHit {
  rule: string;
  points: number;
  reason: string;
}

/** Exact integers beyond 2^53-1 are decimal strings; null is missing. */
export type FeatureValue = number | string | boolean | null;

/** Every type of fact this version knows, with its newest schema version. */
export const FACT_SCHEMA_VERSIONS = {
  TransactionSubmitted: 1,
  FactExcluded: 1,
  FactReadmitted: 1,
  TransactionLabelled: 1,
  TransactionOutcomeRecorded: 1,
  TransactionReversed: 1,
  FraudSuspected: 1,
  AlertClaimed: 1,
  AlertReleased: 1,
  AlertNoted: 1,
  AlertClosed: 1,
  RuleSetPublished: 1,
  RuleSetActivated: 1,
  RuleSetRetired: 1,
  RatesPublished: 1,
  ListDefined: 1,
  ListChanged: 1,
  DecisionsSealed: 1,
} as const;

export type FactType = keyof typeof FACT_SCHEMA_VERSIONS;

/** Whether this version knows the fact's type and schema version. */
export function isReadable({ type, schemaVersion }: Pick<FactDraft, 'type' | 'schemaVersion'>): boolean {
  const known = FACT_SCHEMA_VERSIONS[type as FactType];
  return known !== undefined && schemaVersion <= known;
}

/** A fact this version is too old to read. It stops its reader until the upgrade: skipping it would change answers. */
export class UnknownSchemaVersion extends Error {
  readonly fact: StoredFact;
  constructor(fact: StoredFact) {
    const { type, position, schemaVersion } = fact;
    const command = passingCommand(fact);
    super(
      `${type} at position ${position} has schema version ${schemaVersion}, newer than this version of Shrike reads; upgrade Shrike${command === undefined ? '' : `, or pass it by: ${command}`}`,
    );
    this.name = 'UnknownSchemaVersion';
    this.fact = fact;
  }
}

/** The command that takes a fact of an account out, so that what follows it can be decided. */
export function passingCommand({ stream, revision }: StoredFact): string | undefined {
  const accountId = accountOfStream(stream);
  if (accountId === undefined) return undefined;
  return `shrike facts exclude --account ${shellWord(accountId)} --revision ${revision} --reason '...'`;
}

/** Ids may hold any printable character. */
const shellWord = (text: string): string =>
  /^[\w.:-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** The data of a fact, its personal fields left in their envelope. @throws UnknownSchemaVersion */
export function factData<T>(fact: StoredFact): T {
  if (!isReadable(fact)) throw new UnknownSchemaVersion(fact);
  return JSON.parse(fact.data) as T;
}

/** The submission with its personal fields put back. @throws UnknownSchemaVersion */
export function transactionSubmitted(fact: StoredFact): TransactionSubmitted {
  const submitted = factData<TransactionSubmitted>(fact);
  if (fact.personal !== null) Object.assign(submitted.transaction, JSON.parse(fact.personal));
  return submitted;
}
