import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** Where a transaction of a file was met first. */
export interface Sighting {
  accountId: string;
  /** Of its text in the spool. */
  place: number;
  revision: number;
  position: number;
}

const COLUMNS = 'account AS accountId, place, revision, position';

/**
 * Where each transaction of a file was met first: exact, and on disk, so that memory does not grow with the file.
 * Nothing of it need survive a crash.
 */
export class SeenTransactions {
  /** A database without a name is a temporary file of SQLite's own, gone with the process however that ends. */
  private readonly database = new DatabaseSync('');
  private readonly insert: StatementSync;
  private readonly ofAccount: StatementSync;
  private readonly anywhere: StatementSync;

  /** @param byIdAlone whether they will be looked for without their account */
  constructor(byIdAlone = false) {
    this.database.exec(`
      PRAGMA journal_mode = OFF;
      PRAGMA synchronous = OFF;
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA cache_size = -65536;
      CREATE TABLE seen (account TEXT, id TEXT, place INTEGER, revision INTEGER, position INTEGER,
        PRIMARY KEY (account, id)) WITHOUT ROWID;
      ${byIdAlone ? 'CREATE INDEX seen_by_id ON seen (id);' : ''}
      BEGIN;
    `);
    this.insert = this.database.prepare('INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?, ?)');
    this.ofAccount = this.database.prepare(`SELECT ${COLUMNS} FROM seen WHERE account = ? AND id = ?`);
    this.anywhere = this.database.prepare(`SELECT ${COLUMNS} FROM seen WHERE id = ? LIMIT 2`);
  }

  /** Notes where a transaction is met. @returns where it was met before, if it was */
  see(transactionId: string, { accountId, place, revision, position }: Sighting): Sighting | undefined {
    const { changes } = this.insert.run(accountId, transactionId, place, revision, position);
    return changes === 1 ? undefined : this.find(transactionId, accountId)[0];
  }

  /** Of any account, two at most, where it is not said which. */
  find(transactionId: string, accountId: string | undefined): Sighting[] {
    const found =
      accountId === undefined
        ? this.anywhere.all(transactionId)
        : this.ofAccount.all(accountId, transactionId);
    return found as unknown as Sighting[];
  }

  close(): void {
    this.database.close();
  }
}
