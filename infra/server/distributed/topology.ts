import { EXPORT_TOPICS, type ExportTopic } from '../../../domain/export-record.ts';
import { PROJECTIONS } from '../../../projections/all.ts';
import { openProjection } from '../../../projections/checkpoint.ts';
import { openEventStoreDb } from '../../eventstoredb/event-store-db.ts';
import { exportTopic, factsTopic, TopicAdmin, type TopicSpec } from '../../kafka/topic-admin.ts';
import { openPostgres } from '../../postgres/open-postgres.ts';
import { openPostgresViews } from '../../postgres/postgres-views.ts';
import { openRiskTables } from '../../postgres/risk-tables.ts';
import type { EnginesConfig, Layout } from './engines-config.ts';

/** The topic of the mirrored facts, of the layout's generation. */
export const factsTopicOf = ({ generation, partitions, replicas }: Layout): TopicSpec =>
  factsTopic(generation, partitions, replicas);

/** A topic of exports, of the layout's generation. Its partitions are those of the facts. */
export const exportTopicOf = (topic: ExportTopic, { generation, partitions, replicas }: Layout): TopicSpec =>
  exportTopic(topic, generation, partitions, replicas);

const topicsOf = ({ layout, exports }: Pick<EnginesConfig, 'layout' | 'exports'>): TopicSpec[] => [
  factsTopicOf(layout),
  ...(exports ? EXPORT_TOPICS.map((topic) => exportTopicOf(topic, layout)) : []),
];

/** The consumer group of the risk processors. */
export const groupOf = ({ generation }: Layout): string => `shrike-risk.g${generation}`;

/** What is laid out on the engines does not fit; the message says where, and the command that mends it. */
export class TopologyRefused extends Error {}

/**
 * Makes what is missing, in the log and in the database. @returns what was made, in words
 * @throws TopologyRefused, PostgresRefused: what does not answer, or does not fit
 */
export async function createTopology(engines: EnginesConfig): Promise<string[]> {
  const { kafka, databaseUrl, layout } = engines;
  const made = await answering('Kafka', 'KAFKA_BROKERS', () =>
    new TopicAdmin(kafka).create(topicsOf(engines)),
  );
  const pool = await openPostgres(databaseUrl, { applicationName: 'shrike topology', max: 2 });
  try {
    await openRiskTables(pool, layout.partitions);
  } finally {
    await pool.end();
  }
  const views = await openPostgresViews(databaseUrl, { applicationName: 'shrike topology', max: 2 });
  try {
    for (const projection of PROJECTIONS) await openProjection(views, projection);
  } finally {
    await views.destroy();
  }
  return made.map((name) => `topic ${name}`);
}

/** @throws TopologyRefused with every difference, or with what does not answer */
export async function assertTopology(engines: EnginesConfig): Promise<void> {
  const { kafka, eventStoreUrl } = engines;
  await answering('event store', 'EVENTSTORE_URL', () => assertStoreAnswers(eventStoreUrl));
  const differences = await answering('Kafka', 'KAFKA_BROKERS', () =>
    new TopicAdmin(kafka).differences(topicsOf(engines)),
  );
  if (differences.length === 0) return;
  const told = differences.map(
    ({ topic, field, wanted, found }) => `${topic}: ${field} should be ${wanted}, is ${found}`,
  );
  const isMissing = differences.some(({ field }) => field === 'topic');
  const mend = isMissing
    ? 'make it with: shrike topology'
    : 'change the topic to fit, or the settings, or begin another --generation';
  throw new TopologyRefused(`the topology does not fit: ${told.join('; ')}; ${mend}`);
}

async function answering<T>(engine: string, setting: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw new TopologyRefused(`no ${engine} answers at ${setting}: ${(error as Error).message}`);
  }
}

const STORE_ANSWERS_WITHIN_MS = 10_000;

async function assertStoreAnswers(url: string): Promise<void> {
  const store = openEventStoreDb(url, { giveUpMs: STORE_ANSWERS_WITHIN_MS });
  try {
    await store.head();
  } finally {
    await store.close();
  }
}
