import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import type { KafkaSettings } from './kafka-settings.ts';
import { kafkajsInstances } from './kafkajs-options.ts';
import { TookTooLong, within } from './within.ts';

/** How a topic must be. */
export interface TopicSpec {
  name: string;
  partitions: number;
  /** Copies of each partition; the cluster's default if null. */
  replicas: number | null;
  config: Record<string, string>;
}

/** Where a topic is not as it must be. */
export interface TopicDifference {
  topic: string;
  /** `topic`, `partitions`, `replicas`, or the name of a setting. */
  field: string;
  wanted: string;
  found: string;
}

/**
 * The mirrored facts of one generation. It keeps everything, for rebuilding is read from it; partitions cannot be
 * added to it, for accounts would change theirs: that is a new generation.
 */
export function factsTopic(generation: number, partitions: number, replicas: number | null): TopicSpec {
  const config = {
    'retention.ms': '-1',
    'retention.bytes': '-1',
    'cleanup.policy': 'delete',
    'min.insync.replicas': String(replicas === null || replicas < 2 ? 1 : replicas - 1),
  };
  return { name: `facts.g${generation}`, partitions, replicas, config };
}

/**
 * What others read of one generation. How long it is kept is theirs to say: the cluster's default until someone
 * changes the topic.
 */
export function exportTopic(
  name: string,
  generation: number,
  partitions: number,
  replicas: number | null,
): TopicSpec {
  const { config } = factsTopic(generation, partitions, replicas);
  const inSync = { 'min.insync.replicas': config['min.insync.replicas']! };
  return { name: `${name}.g${generation}`, partitions, replicas, config: inSync };
}

const LEADER_ATTEMPTS = 100;
const LEADER_WAIT_MS = 100;

/** Of each broker that is turned to first: what it does not answer by then it may never answer, and kafkajs waits for ever. */
const ANSWER_WITHIN_MS = 15_000;
const ATTEMPTS = 3;

/** Makes topics and says how they are. For either client, through kafkajs. */
export class TopicAdmin {
  readonly #nextKafka: () => Kafka;
  readonly #answerWithinMs: number;

  constructor(
    settings: KafkaSettings,
    { answerWithinMs = ANSWER_WITHIN_MS }: { answerWithinMs?: number } = {},
  ) {
    this.#nextKafka = kafkajsInstances(settings, { initialRetryTime: 50, retries: 8 });
    this.#answerWithinMs = answerWithinMs;
  }

  /** Makes those that are missing; what exists is left as it is. @returns the names of those that were made */
  create(topics: readonly TopicSpec[]): Promise<string[]> {
    return this.#with(async (admin) => {
      const existing = new Set(await admin.listTopics());
      const missing = topics.filter(({ name }) => !existing.has(name));
      if (missing.length === 0) return [];
      await admin.createTopics({
        topics: missing.map(({ name, partitions, replicas, config }) => ({
          topic: name,
          numPartitions: partitions,
          replicationFactor: replicas ?? -1,
          configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
        })),
        // kafkajs would fail where a broker has not heard of the topic yet.
        waitForLeaders: false,
      });
      const names = missing.map(({ name }) => name);
      await led(admin, names);
      return names;
    });
  }

  /** Empty if every topic is as it must be. */
  differences(topics: readonly TopicSpec[]): Promise<TopicDifference[]> {
    return this.#with(async (admin) => {
      const existing = new Set(await admin.listTopics());
      const found = await Promise.all(
        topics.map((topic) => (existing.has(topic.name) ? differencesOf(admin, topic) : [missing(topic)])),
      );
      return found.flat();
    });
  }

  /** Again, at another broker first, where no answer comes: whatever is asked here may be asked twice. */
  async #with<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const admin = this.#nextKafka().admin();
      try {
        return await within(
          this.#answerWithinMs,
          admin.connect().then(() => work(admin)),
          'asking Kafka for its topics',
        );
      } catch (error) {
        if (!(error instanceof TookTooLong) || attempt === ATTEMPTS) throw error;
      } finally {
        // Who does not answer may not say good-bye either.
        admin.disconnect().catch(() => undefined);
      }
    }
  }
}

const missing = ({ name, partitions }: TopicSpec): TopicDifference => ({
  topic: name,
  field: 'topic',
  wanted: `${partitions} partitions`,
  found: 'no such topic',
});

/** Resolves when every partition has a leader. */
async function led(admin: Admin, topics: string[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const found = await admin.fetchTopicMetadata({ topics });
      if (found.topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))) return;
    } catch (error) {
      if (attempt >= LEADER_ATTEMPTS) throw error;
    }
    await delay(LEADER_WAIT_MS);
  }
}

/** kafkajs's number of the kind of thing whose settings are asked for. */
const TOPIC_RESOURCE = 2;

async function differencesOf(admin: Admin, topic: TopicSpec): Promise<TopicDifference[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic.name] });
  const partitions = topics[0]!.partitions;
  const configNames = Object.keys(topic.config);
  const { resources } = await admin.describeConfigs({
    resources: [{ type: TOPIC_RESOURCE, name: topic.name, configNames }],
    includeSynonyms: false,
  });
  const config = new Map(resources[0]!.configEntries.map((entry) => [entry.configName, entry.configValue]));
  const compared: [field: string, wanted: string, found: string][] = [
    ['partitions', String(topic.partitions), String(partitions.length)],
    ...configNames.map((name): [string, string, string] => [
      name,
      topic.config[name]!,
      config.get(name) ?? '',
    ]),
  ];
  if (topic.replicas !== null) {
    const fewest = Math.min(...partitions.map(({ replicas }) => replicas.length));
    compared.push(['replicas', String(topic.replicas), String(fewest)]);
  }
  return compared
    .filter(([, wanted, found]) => wanted !== found)
    .map(([field, wanted, found]) => ({ topic: topic.name, field, wanted, found }));
}
