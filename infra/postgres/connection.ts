import pg from 'pg';

export interface ConnectionOptions {
  /** Shown by the server beside each connection (pg_stat_activity): which role it is of. */
  applicationName?: string;
  /** How long one statement may take, waiting for locks included. */
  statementTimeoutMs?: number;
}

export interface PoolOptions extends ConnectionOptions {
  /** Connections at most. */
  max?: number;
  /** Told of each connection that broke while nobody used it; the next statement gets another one. */
  report?(error: Error): void;
}

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** Beyond the server's own limit: then the server does not answer at all. */
const SILENCE_MS = 5_000;
const IDLE_IN_TRANSACTION_MS = 30_000;

/**
 * How to connect to a PostgreSQL given as `postgres://user:password@host:port/database`. TLS is asked for in the
 * URL: `?sslmode=verify-full` with `&sslrootcert=<file>` for an authority of one's own, as libpq has it.
 * @throws TypeError if it is no such URL
 */
export function connectionSettings(url: string, options: ConnectionOptions = {}): pg.ClientConfig {
  if (!/^postgres(ql)?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new TypeError(
      'DATABASE_URL must be a URL such as postgres://user:password@host:5432/shrike?sslmode=verify-full',
    );
  }
  const { applicationName = 'shrike', statementTimeoutMs = STATEMENT_TIMEOUT_MS } = options;
  return {
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + SILENCE_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
    types: { getTypeParser },
  };
}

export function postgresPool(url: string, options: PoolOptions = {}): pg.Pool {
  const { max = 10, report = () => undefined } = options;
  const pool = new pg.Pool({ ...connectionSettings(url, options), max });
  pool.on('error', report);
  // One that breaks while it is taken fails its next statement; without a listener it would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

const getTypeParser = ((oid: number, format?: 'text' | 'binary') =>
  oid === pg.types.builtins.INT8 && format !== 'binary'
    ? safeInteger
    : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser;

/** Positions, revisions and times are far below 2^53; what is not is an error, not another number. */
function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} of the database is beyond 2^53 - 1`);
  return value;
}
