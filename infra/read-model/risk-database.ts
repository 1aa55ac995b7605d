import type { DatabaseSync } from 'node:sqlite';
import type { Verdict } from '../../domain/decision.ts';
import type { Origin } from '../../domain/facts.ts';
import { type DatabaseKind, type OpenOptions, openDatabase } from './open-database.ts';

/** One decision a row. `position` is the transaction's place in the store, and the order rows are added in. */
export interface DecisionRow {
  position: number;
  account_id: string;
  revision: number;
  transaction_id: string;
  occurred_at_ms: number;
  score: number | null;
  decision: Verdict;
  /** JSON arrays. */
  reasons: string;
  hits: string;
  features: string;
  undefined_rules: string;
  rule_set: string;
  rule_set_version: number;
  late_by_ms: number;
  origin: Origin;
}

/**
 * Both indexes begin with a row's stretch: 2^14 positions. Transaction and account ids are random, and a row added
 * to an index over all of them rewrites a page of its own in each; within a stretch the rows of a commit share
 * pages, whatever the size of the table (10 against 22 us of CPU a row at 300,000 rows). A look-up by id asks each
 * stretch, newest first: 61 short searches a million rows. ADR 0009 has the figures.
 */
const STRETCH_BITS = 14;
export const stretchOf = (position: number): number => Math.floor(position / 2 ** STRETCH_BITS);
export const STRETCH_SQL = `(position >> ${STRETCH_BITS})`;

/**
 * The tables of one generation of decisions; a rebuild makes its own beside the live ones, by suffix.
 * Index names stay with their tables when these are renamed, so each generation has names of its own.
 */
export const riskTables = (suffix: string): string => `
  CREATE TABLE decisions${suffix} (
    position INTEGER PRIMARY KEY,
    account_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    transaction_id TEXT NOT NULL,
    occurred_at_ms INTEGER NOT NULL,
    score REAL,
    decision TEXT NOT NULL,
    reasons TEXT NOT NULL,
    hits TEXT NOT NULL,
    features TEXT NOT NULL,
    undefined_rules TEXT NOT NULL,
    rule_set TEXT NOT NULL,
    rule_set_version INTEGER NOT NULL,
    late_by_ms INTEGER NOT NULL,
    origin TEXT NOT NULL
  ) STRICT;
  CREATE TABLE snapshots${suffix} (
    account_id TEXT PRIMARY KEY,
    plan_hash TEXT NOT NULL,
    revision INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    bytes BLOB NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX decisions_by_revision${suffix}
    ON decisions${suffix} (${STRETCH_SQL}, account_id, revision);
  CREATE INDEX decisions_by_transaction${suffix}
    ON decisions${suffix} (${STRETCH_SQL}, transaction_id, account_id);
`;

const RISK: DatabaseKind = {
  name: 'decisions (risk.db)',
  applicationId: 0x53485252, // SHRR
  migrations: [
    `${riskTables('')}
     CREATE TABLE checkpoints (partition INTEGER PRIMARY KEY, position INTEGER NOT NULL, event_id TEXT) STRICT;
     CREATE TABLE generations (generation INTEGER NOT NULL) STRICT; INSERT INTO generations VALUES (0);`,
    `CREATE TABLE entity_snapshots (
       run TEXT NOT NULL UNIQUE,
       plan_hash TEXT NOT NULL,
       position INTEGER NOT NULL,
       event_id TEXT NOT NULL,
       pages INTEGER NOT NULL
     ) STRICT;
     CREATE TABLE entity_pages (
       run TEXT NOT NULL,
       page INTEGER NOT NULL,
       bytes BLOB NOT NULL,
       PRIMARY KEY (run, page)
     ) STRICT;`,
  ],
};

/** @throws DatabaseRefused */
export function openRiskDatabase(path: string, options: OpenOptions = {}): DatabaseSync {
  return openDatabase(path, RISK, options);
}
