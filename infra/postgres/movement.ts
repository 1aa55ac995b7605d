import pg from 'pg';
import { connectionSettings } from './connection.ts';

/**
 * What moved: by the partition up to where transactions are decided, by the projection up to where its view shows
 * everything.
 */
export interface Movement {
  decided: Record<number, number>;
  seen: Record<string, number>;
}

/** Tells every process of the deployment that something can be read. What was told is only ever a hint: the tables say. */
export interface MovementTeller {
  decided(partition: number, position: number): void;
  seen(projection: string, position: number): void;
  /** Resolves when what was told last is on its way. */
  drain(): Promise<void>;
}

/** Deployments may share a database, each in a schema of its own. */
const CHANNEL_SQL = `'shrike ' || current_schema()`;

/**
 * One notification is under way at a time; what moves meanwhile gathers into the next. So their number is bounded
 * by the round trip, not by the commits. One that fails is left out: listeners look at the tables too.
 */
export function movementTeller(pool: pg.Pool, report: (error: unknown) => void): MovementTeller {
  let waiting: Movement = { decided: {}, seen: {} };
  let hasWaiting = false;
  let telling: Promise<void> | null = null;

  async function tell(): Promise<void> {
    while (hasWaiting) {
      const text = JSON.stringify(waiting);
      waiting = { decided: {}, seen: {} };
      hasWaiting = false;
      try {
        await pool.query({ name: 'moved', text: `SELECT pg_notify(${CHANNEL_SQL}, $1)`, values: [text] });
      } catch (error) {
        report(error);
      }
    }
    telling = null;
  }

  const moved = (): void => {
    hasWaiting = true;
    telling ??= tell();
  };

  return {
    decided(partition, position) {
      waiting.decided[partition] = position;
      moved();
    },
    seen(projection, position) {
      waiting.seen[projection] = position;
      moved();
    },
    async drain() {
      await telling;
    },
  };
}

export interface MovementListener {
  close(): Promise<void>;
}

export interface ListenOptions {
  url: string;
  applicationName: string;
  /** What was told: it may come late. */
  onTold(movement: Movement): void;
  /** What the tables say now. */
  onLooked(movement: Movement): void;
  report(error: unknown): void;
}

/** How late what no notification told of is noticed, and how soon a connection that died without a word. */
const LOOK_EVERY_MS = 1_000;
const RECONNECT_MS = { first: 50, longest: 2_000 };

/** Listens, on a connection of its own that is made anew when it breaks. Resolves once it hears, and has looked once. */
export async function listenToMovement(options: ListenOptions): Promise<MovementListener> {
  const closing = new AbortController();
  const first = Promise.withResolvers<void>();
  const ended = listenOn(options, closing.signal, () => first.resolve());
  ended.catch((error) => first.reject(error));
  await first.promise;
  return {
    async close() {
      closing.abort();
      await ended;
    },
  };
}

async function listenOn(options: ListenOptions, signal: AbortSignal, onHearing: () => void): Promise<void> {
  let waitMs = RECONNECT_MS.first;
  while (!signal.aborted) {
    const client = new pg.Client(connectionSettings(options.url, options));
    try {
      await connected(client, options, signal, () => {
        waitMs = RECONNECT_MS.first;
        onHearing();
      });
    } catch (error) {
      if (!signal.aborted) options.report(error);
      await pause(waitMs, signal);
      waitMs = Math.min(waitMs * 2, RECONNECT_MS.longest);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** Until it breaks or is called off. */
async function connected(
  client: pg.Client,
  { onTold, onLooked }: ListenOptions,
  signal: AbortSignal,
  onHearing: () => void,
): Promise<void> {
  const broken = new Promise<never>((_, reject) => {
    client.on('error', reject);
    client.on('end', () => reject(new Error('the connection was ended')));
  });
  broken.catch(() => undefined);
  await client.connect();
  client.on('notification', ({ payload }) => onTold(JSON.parse(payload!) as Movement));
  const { rows } = await client.query<{ channel: string }>(`SELECT quote_ident(${CHANNEL_SQL}) AS channel`);
  await client.query(`LISTEN ${rows[0]!.channel}`);
  while (!signal.aborted) {
    onLooked(await look(client));
    onHearing();
    await Promise.race([pause(LOOK_EVERY_MS, signal), broken]);
  }
}

const LOOK_SQL = `
  SELECT 'decided' AS what, partition::text AS name, position FROM checkpoints
  UNION ALL SELECT 'seen', projection, position FROM projection_checkpoints WHERE partition = 0`;

async function look(client: pg.Client): Promise<Movement> {
  const { rows } = await client.query<{ what: keyof Movement; name: string; position: number }>(LOOK_SQL);
  const found: Movement = { decided: {}, seen: {} };
  for (const { what, name, position } of rows) found[what][name as never] = position as never;
  return found;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
