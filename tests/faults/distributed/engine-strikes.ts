import { setTimeout as sleep } from 'node:timers/promises';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { ROLES } from '../../../infra/server/distributed/roles.ts';
import type { Random } from '../../../infra/simulator/random.ts';
import type { RoleTurns } from './role-turns.ts';
import { within } from './settling.ts';
import type { Victims } from './victims.ts';

export const ENGINE_FAULTS = [
  'leading broker frozen',
  'broker killed',
  'PostgreSQL restarted',
  'event store restarted',
  'offsets deleted',
  'topic cut short',
  'all restarted in turn',
] as const;
export type EngineFault = (typeof ENGINE_FAULTS)[number];

type Strike = (victims: Victims, random: Random, turns: RoleTurns) => Promise<void>;

/** What is done to what all processes stand on. Resolves once it is mended. */
export const strikeEngine: Record<EngineFault, Strike> = {
  async 'leading broker frozen'({ engines, topic }, random) {
    const broker = await leaderOf(engines.kafka.url, topic, random);
    await engines.kafka.freeze(broker);
    // The cluster gives a broker up after 6 to 9 s: both sides of that.
    await sleep(random.pick([random.between(1_000, 4_000), random.between(10_000, 13_000)]));
    await engines.kafka.thaw(broker);
    await replicated(engines.kafka.url, topic);
  },
  async 'broker killed'({ engines, topic }, random) {
    const broker = await leaderOf(engines.kafka.url, topic, random);
    await engines.kafka.kill(broker);
    await sleep(random.below(3_000));
    await engines.kafka.restart(broker);
    await replicated(engines.kafka.url, topic);
  },
  async 'PostgreSQL restarted'({ engines }, random) {
    await engines.postgres.kill();
    await sleep(random.below(2_000));
    await engines.postgres.restart();
  },
  async 'event store restarted'({ engines }, random) {
    await engines.eventStore.kill();
    await sleep(random.below(2_000));
    await engines.eventStore.restart();
  },
  'offsets deleted': (victims, _random, turns) =>
    withoutProcessors(victims, turns, async (admin) => {
      await admin.deleteGroups([victims.group]);
    }),
  'topic cut short': (victims, random, turns) =>
    withoutProcessors(victims, turns, async (admin) => {
      // What nobody has read yet is what retention takes.
      await sleep(random.between(500, 2_000));
      await cutShort(admin, victims.topic);
    }),
  async 'all restarted in turn'({ processes }, _random, turns) {
    for (const role of ROLES) {
      for (const each of processes[role]) {
        await turns.take(role, async () => {
          await each.stop();
          await each.start();
        });
      }
    }
  },
};

async function withoutProcessors(
  { processes, engines }: Victims,
  turns: RoleTurns,
  work: (admin: Admin) => Promise<void>,
): Promise<void> {
  await turns.take('processor', async () => {
    await Promise.all(processes.processor.map((each) => each.stop()));
    await withAdmin(engines.kafka.url, (admin) => insisting(() => work(admin)));
    await Promise.all(processes.processor.map((each) => each.start()));
  });
}

/** Every record of the topic is gone, as if it had expired. */
export async function cutShort(admin: Admin, topic: string): Promise<void> {
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.deleteTopicRecords({
    topic,
    partitions: offsets.map(({ partition, high }) => ({ partition, offset: high })),
  });
}

export async function withAdmin<T>(brokers: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka({
    brokers: brokers.split(','),
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 100, retries: 20 },
  }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

const PATIENCE_MS = 60_000;
const AGAIN_MS = 200;

/** A group counts members that were killed until their session ends; a partition may be without a leader. */
async function insisting(work: () => Promise<void>): Promise<void> {
  for (const begun = Date.now(); ; await sleep(AGAIN_MS)) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() - begun > PATIENCE_MS) throw error;
    }
  }
}

/** A broker, counted from 0, that leads a partition of the topic. */
function leaderOf(brokers: string, topic: string, random: Random): Promise<number> {
  return withAdmin(brokers, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return random.pick(topics[0]!.partitions).leader - 1;
  });
}

/** Resolves when all replicas are in sync again: only one broker may be away at a time. */
async function replicated(brokers: string, topic: string): Promise<void> {
  const all = () =>
    withAdmin(brokers, async (admin) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      if (topics[0]!.partitions.some(({ isr, replicas }) => isr.length < replicas.length))
        throw new Error('replicas lag');
    });
  await within(2 * PATIENCE_MS, insisting(all), () => 'replicas still lag');
}
