import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  type SqliteStatement,
} from 'kysely';

/** Prepared statements kept; multi-row inserts have a text for each number of rows. */
const STATEMENTS_KEPT = 256;

/** Kysely's SQLite dialect over Node's own SQLite. Destroying the Kysely instance closes the database. */
export function nodeSqliteDialect(database: DatabaseSync): Dialect {
  const shaped = betterSqlite3Shaped(database);
  const dialect = new SqliteDialect({ database: shaped });
  return {
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createDriver: () => Object.assign(new SqliteDriver({ database: shaped }), { beginTransaction }),
  };
}

/**
 * A transaction takes the write lock at once: one that reads first and finds another process writing when it
 * comes to write would fail with SQLITE_BUSY whatever the busy timeout. Read-only connections still only read.
 */
async function beginTransaction(connection: DatabaseConnection): Promise<void> {
  await connection.executeQuery(CompiledQuery.raw('begin immediate'));
}

function betterSqlite3Shaped(database: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare(sql) {
      const known = statements.get(sql);
      const statement = known ?? shapedStatement(database, sql);
      if (known !== undefined) statements.delete(sql);
      else if (statements.size >= STATEMENTS_KEPT) statements.delete(statements.keys().next().value!);
      statements.set(sql, statement);
      return statement;
    },
  };
}

function shapedStatement(database: DatabaseSync, sql: string): SqliteStatement {
  const statement: StatementSync = database.prepare(sql);
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
    run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
    // A cursor needs a statement of its own: running the shared one again would reset it.
    iterate: (parameters) => database.prepare(sql).iterate(...(parameters as SQLInputValue[])),
  };
}
