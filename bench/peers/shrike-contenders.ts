import { join } from 'node:path';
import type pg from 'pg';
import { type EventStoreEngine, startEventStore } from '../../infra/engines/event-store-server.ts';
import { listenToMovement, type Movement } from '../../infra/postgres/movement.ts';
import { openPostgres } from '../../infra/postgres/open-postgres.ts';
import { decisionsTable } from '../../infra/postgres/risk-tables.ts';
import { tempSchema } from '../../infra/postgres/testing/temp-schema.ts';
import { enginesConfigOf } from '../../infra/server/distributed/engines-config.ts';
import { createTopology } from '../../infra/server/distributed/topology.ts';
import { Child } from './child.ts';
import type { Contender, ContenderRun, ResultListener } from './contender.ts';
import { Digest } from './digest.ts';
import { type Input, PARTITIONS } from './input.ts';
import { CLIENT, endOf, openKafka } from './kafka.ts';
import { createScoresTopic, digestOfTopic, readScores } from './scores-topic.ts';

const SHRIKE = join(import.meta.dirname, '../../bin/shrike.js');
const TO_TOPIC = join(import.meta.dirname, 'shrike-to-topic.ts');

/**
 * `shrike serve --roles processor`, in so many processes: decision rows, snapshots and checkpoints in PostgreSQL,
 * alerts in the event store.
 */
export function shrike(
  postgresUrl: string,
  { processes, exports = false }: { processes: number; exports?: boolean },
): Contender {
  return {
    name: 'Shrike',
    async begin(input, eventStoreUrl) {
      const eventStore = eventStoreUrl === undefined ? await startEventStore({ copyOf: input.folder }) : null;
      const schema = await tempSchema(postgresUrl);
      const store = eventStoreUrl ?? eventStore!.url;
      const environment = processorEnvironment(input, store, schema.url, exports);
      await createTopology(enginesConfigOf({}, environment)!);
      const pool = await openPostgres(schema.url, { max: 2 });
      return new ShrikeRun({
        input,
        environment,
        processes,
        pool,
        databaseUrl: schema.url,
        eventStore,
        drop: schema.drop,
      });
    },
  };
}

/** @param exports its results are the rows: mostly nobody reads them */
export function processorEnvironment(
  { brokers, generation }: Input,
  eventStoreUrl: string,
  databaseUrl: string,
  exports: boolean,
): Record<string, string> {
  return {
    EVENTSTORE_URL: eventStoreUrl,
    KAFKA_BROKERS: brokers,
    KAFKA_CLIENT: CLIENT,
    DATABASE_URL: databaseUrl,
    SHRIKE_PARTITIONS: String(PARTITIONS),
    SHRIKE_REPLICAS: '1',
    SHRIKE_EXPORTS: exports ? 'on' : 'off',
    SHRIKE_GENERATION: String(generation),
  };
}

export const startProcessor = (environment: Record<string, string>): Child =>
  new Child(
    process.execPath,
    [SHRIKE, 'serve', '--roles', 'processor', '--port', '0', '--json'],
    environment,
  );

interface ShrikeRunOptions {
  input: Input;
  environment: Record<string, string>;
  processes: number;
  pool: pg.Pool;
  databaseUrl: string;
  /** Its own copy of the input's; null where it works on the input's itself. */
  eventStore: EventStoreEngine | null;
  drop(): Promise<void>;
}

class ShrikeRun implements ContenderRun {
  readonly #options: ShrikeRunOptions;
  #children: Child[];

  constructor(options: ShrikeRunOptions) {
    this.#options = options;
    this.#children = this.#start();
  }

  async progress(): Promise<number> {
    for (const child of this.#children) child.assertRuns();
    const { pool, input } = this.#options;
    const { rows } = await pool.query<{ partition: number; position: number }>(
      'SELECT partition, position FROM checkpoints',
    );
    let decided = 0;
    for (const { partition, position } of rows) {
      // Payments lie about evenly in the store.
      const { payments, lastPosition } = input.partitions[partition]!;
      decided += payments * Math.min(1, position / lastPosition);
    }
    return decided / input.payments;
  }

  async killAndRestart(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.kill()));
    this.#children = this.#start();
  }

  async results(): Promise<Digest> {
    const digest = new Digest();
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const { rows } = await this.#options.pool.query<{ transaction_id: string; score: number | null }>(
        `SELECT transaction_id, score FROM ${decisionsTable(partition)}`,
      );
      for (const { transaction_id, score } of rows) digest.add(transaction_id, score);
    }
    return digest;
  }

  async listen(listener: ResultListener): Promise<{ stop(): Promise<void> }> {
    const moved = (movement: Movement) => {
      for (const [partition, position] of Object.entries(movement.decided)) {
        listener.decided(Number(partition), position);
      }
    };
    const listening = await listenToMovement({
      url: this.#options.databaseUrl,
      applicationName: 'bench',
      onTold: moved,
      onLooked: moved,
      report: (error) => process.stderr.write(`${error}\n`),
    });
    return { stop: () => listening.close() };
  }

  async end(): Promise<void> {
    const { pool, eventStore, drop } = this.#options;
    try {
      for (const child of this.#children) child.assertRuns();
    } finally {
      await Promise.all(this.#children.map((child) => child.kill()));
      await pool.end();
      await drop();
      await eventStore?.stop();
    }
  }

  #start(): Child[] {
    const { processes, environment } = this.#options;
    return Array.from({ length: processes }, () => startProcessor(environment));
  }
}

/** The same processor whose commits go to a topic and nowhere else: what it would be without a state to come back to. */
export function shrikeToTopic(processes: number): Contender {
  return {
    name: 'Shrike, to a topic only',
    async begin(input, eventStoreUrl) {
      const eventStore = eventStoreUrl === undefined ? await startEventStore({ copyOf: input.folder }) : null;
      const kafka = openKafka(input.brokers);
      const scores = await createScoresTopic(kafka);
      const places = [input.brokers, input.topic, scores, eventStoreUrl ?? eventStore!.url];
      const children = Array.from(
        { length: processes },
        () => new Child(process.execPath, [TO_TOPIC, ...places]),
      );
      return {
        async progress() {
          for (const child of children) child.assertRuns();
          return (await endOf(kafka, scores)) / input.payments;
        },
        killAndRestart: () => Promise.reject(new Error('it has nothing to go on from')),
        results: () => digestOfTopic(kafka, scores, input.payments),
        listen: (listener) =>
          readScores(kafka, scores, ({ transactionId }) => listener.result(transactionId)),
        async end() {
          try {
            for (const child of children) child.assertRuns();
          } finally {
            await Promise.all(children.map((child) => child.kill()));
            await eventStore?.stop();
          }
        },
      };
    },
  };
}
