import { DatabaseSync, type StatementSync } from 'node:sqlite';

/**
 * Where each transaction of a file was met first: exact, and on disk, so that memory does not grow with the file.
 * Nothing of it need survive a crash.
 */
export class SeenTransactions {
  /** A database without a name is a temporary file of SQLite's own, gone with the process however that ends. */
  private readonly database = new DatabaseSync('');
  private readonly insert: StatementSync;
  private readonly find: StatementSync;

  constructor() {
    this.database.exec(`
      PRAGMA journal_mode = OFF;
      PRAGMA synchronous = OFF;
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA cache_size = -65536;
      CREATE TABLE seen (account TEXT, id TEXT, place INTEGER, PRIMARY KEY (account, id)) WITHOUT ROWID;
      BEGIN;
    `);
    this.insert = this.database.prepare('INSERT OR IGNORE INTO seen VALUES (?, ?, ?)');
    this.find = this.database.prepare('SELECT place FROM seen WHERE account = ? AND id = ?');
  }

  /** Notes the place where a transaction is met. @returns the place where it was met before, if it was */
  see(accountId: string, transactionId: string, place: number): number | undefined {
    if (this.insert.run(accountId, transactionId, place).changes === 1) return undefined;
    return (this.find.get(accountId, transactionId) as { place: number }).place;
  }

  close(): void {
    this.database.close();
  }
}
