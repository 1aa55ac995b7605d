import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Transaction } from '../../domain/transaction.ts';

/** `repeat`: the same content again; `conflict`: other content under the same id. */
export type Sighting = 'new' | 'repeat' | 'conflict';

/**
 * Which transactions a file has held so far: exact, and on disk, so that memory does not grow with the file.
 * It is thrown away afterwards, so nothing of it need survive a crash.
 */
export class SeenTransactions {
  private readonly folder = mkdtempSync(join(tmpdir(), 'shrike-seen-'));
  private readonly database = new DatabaseSync(join(this.folder, 'seen.db'));
  private readonly insert: StatementSync;
  private readonly find: StatementSync;

  constructor() {
    this.database.exec(`
      PRAGMA journal_mode = OFF;
      PRAGMA synchronous = OFF;
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA cache_size = -65536;
      CREATE TABLE seen (account TEXT, id TEXT, content INTEGER, PRIMARY KEY (account, id)) WITHOUT ROWID;
      BEGIN;
    `);
    this.insert = this.database.prepare('INSERT OR IGNORE INTO seen VALUES (?, ?, ?)');
    this.find = this.database.prepare('SELECT content FROM seen WHERE account = ? AND id = ?');
  }

  see(transaction: Transaction, timeMs: number): Sighting {
    const { accountId, transactionId } = transaction;
    const content = contentHash(transaction, timeMs);
    if (this.insert.run(accountId, transactionId, content).changes === 1) return 'new';
    return (this.find.get(accountId, transactionId) as { content: number }).content === content
      ? 'repeat'
      : 'conflict';
  }

  close(): void {
    this.database.close();
    rmSync(this.folder, { recursive: true });
  }
}

/** 48 bits over the fields in a fixed order, times by the instant they name. */
function contentHash(transaction: Transaction, timeMs: number): number {
  const { occurredAt: _text, attributes = {}, ...fields } = transaction;
  const sorted = (record: object) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  const canonical = JSON.stringify([timeMs, sorted(fields), sorted(attributes)]);
  return createHash('sha1').update(canonical).digest().readUIntBE(0, 6);
}
