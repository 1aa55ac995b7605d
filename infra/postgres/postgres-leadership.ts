import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Leadership, Lease } from '../../domain/ports.ts';
import { connectionSettings } from './connection.ts';
import { lockKey } from './locks.ts';

export interface LeadershipOptions {
  /** What is led: others of the same name in the same schema stand by. */
  name: string;
  /** How often one that stands by tries. */
  tryMs?: number;
  /** How often the leader shows that it lives. */
  heartbeatMs?: number;
  /** After how long without a sign the server ends the leader's connection, and with it the leadership. */
  silenceMs?: number;
  /** Told of each try that failed for another reason than that somebody leads. */
  report?(error: unknown): void;
}

/** Names the lock of what is led. */
export const LEADERSHIP_PREFIX = 'leadership of ';

const DEFAULTS = { tryMs: 250, heartbeatMs: 500, silenceMs: 3_000 };
const RETRY_MS = 500;

/**
 * Leadership is an advisory lock of a connection that serves nothing else. It is lost with the connection: when
 * the process dies, at once; when it is stopped or cut off, after `silenceMs`, for then the server ends the
 * connection (`idle_session_timeout`, PostgreSQL 14). The one that was stopped may take itself for the leader a
 * moment longer; whatever is led must bear that.
 */
export function postgresLeadership(url: string, options: LeadershipOptions): Leadership {
  const settings = { ...DEFAULTS, report: () => undefined, ...options };
  return {
    async acquire(signal) {
      for (;;) {
        signal.throwIfAborted();
        const lease = await candidacy(url, settings, signal).catch((error: unknown) => {
          if (signal.aborted) throw signal.reason;
          settings.report(error);
        });
        if (lease !== undefined) return lease;
        await pause(RETRY_MS, signal);
      }
    },
  };
}

type Settings = Required<LeadershipOptions>;

/** Stands by on one connection until it leads. @throws if the connection breaks, or the signal's reason */
async function candidacy(url: string, settings: Settings, signal: AbortSignal): Promise<Lease> {
  const client = new pg.Client({
    ...connectionSettings(url, { applicationName: `shrike leadership of ${settings.name}` }),
    // The server must answer sooner than it would end the connection.
    query_timeout: settings.silenceMs,
  });
  let broken: Error | undefined;
  client.on('error', (error) => {
    broken = error;
  });
  try {
    await client.connect();
    await client.query(`SET idle_session_timeout = ${settings.silenceMs}`);
    while (!(await tryLock(client, settings.name))) await pause(settings.tryMs, signal);
    signal.throwIfAborted();
    return leaseOf(client, settings);
  } catch (error) {
    // It may be gone already.
    await client.end().catch(() => undefined);
    throw broken ?? error;
  }
}

async function tryLock(client: pg.Client, name: string): Promise<boolean> {
  const { rows } = await client.query<{ leads: boolean }>(
    `SELECT pg_try_advisory_lock(${lockKey('$1')}) AS leads`,
    [`${LEADERSHIP_PREFIX}${name}`],
  );
  return rows[0]!.leads;
}

function leaseOf(client: pg.Client, { name, heartbeatMs }: Settings): Lease {
  const lost = new AbortController();
  const lose = (reason: Error) => {
    clearInterval(heartbeat);
    lost.abort(reason);
  };
  const gone = (error?: Error) => lose(new Error(`leadership of ${name} is lost`, { cause: error }));
  client.on('error', gone);
  client.on('end', () => gone());
  const heartbeat = setInterval(() => {
    client.query('SELECT 1').catch(async (error: Error) => {
      gone(error);
      await client.end().catch(() => undefined);
    });
  }, heartbeatMs);
  return {
    lost: lost.signal,
    async release() {
      lose(new Error(`leadership of ${name} was given back`));
      // Ending the connection gives the lock back; one that is gone has done so.
      await client.end().catch(() => undefined);
    },
  };
}

const pause = (ms: number, signal: AbortSignal): Promise<unknown> =>
  sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
