import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Kafka } from 'kafkajs';
import type { LogRecord } from '../../domain/ports.ts';
import { type KafkaEngine, startKafka } from '../../infra/engines/kafka-cluster.ts';
import { KafkaPublisher } from '../../infra/kafka/kafka-publisher.ts';
import type { ClientName } from '../../infra/kafka/kafka-settings.ts';
import { kafkajsOptions } from '../../infra/kafka/kafkajs-options.ts';
import { openClient } from '../../infra/kafka/open-client.ts';
import { eventually, RecordingMember } from '../../infra/kafka/testing/recording-member.ts';
import { CLIENTS, settingsOf } from '../../infra/kafka/testing/settings.ts';
import { factsTopic, TopicAdmin } from '../../infra/kafka/topic-admin.ts';
import { describeWith, engineOf } from '../support/with-engine.ts';

const ROUNDS = Number(process.env.SHRIKE_FAULT_BROKERS ?? 1);
const PARTITIONS = 6;
const ALL = [0, 1, 2, 3, 4, 5];
/** The cluster gives a broker up after 6 to 9 s. */
const FROZEN_MS = 14_000;
const GOES_ON_WITHIN_MS = 60_000;
const TEST_LIMIT_MS = ROUNDS * 90_000 + 90_000;

async function newTopic(url: string): Promise<string> {
  const topic = { ...factsTopic(1, PARTITIONS, 3), name: `faults-${randomUUID()}` };
  await new TopicAdmin(settingsOf(url)).create([topic]);
  return topic.name;
}

/** Publishes as the mirror does: again from where it was, after any error. */
class Load {
  readonly acknowledged: LogRecord[] = [];
  failures = 0;
  readonly client: ClientName;
  readonly topic: string;
  readonly #publisher: KafkaPublisher;
  readonly #url: string;
  #next = 1;
  #stopped = false;
  #ended: Promise<void>;

  constructor(url: string, client: ClientName, topic: string) {
    this.client = client;
    this.topic = topic;
    this.#url = url;
    this.#publisher = new KafkaPublisher(openClient(settingsOf(url, client)), topic);
    this.#ended = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
    await this.#publisher.close();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const records = Array.from({ length: 60 }, (_, i) => recordAt(this.#next + i));
      this.#next += records.length;
      await this.#insist(records);
      await delay(5);
    }
  }

  async #insist(records: readonly LogRecord[]): Promise<void> {
    for (;;) {
      try {
        await this.#publisher.publish(records);
        this.acknowledged.push(...records);
        return;
      } catch {
        this.failures++;
        await delay(100);
      }
    }
  }

  /** What was acknowledged is in the topic, of each partition first in the order it was published in. */
  async expectAllThere(): Promise<void> {
    const member = await new RecordingMember().join(
      openClient(settingsOf(this.#url, this.client)),
      this.topic,
      `group-${randomUUID()}`,
    );
    const positions = (partition: number) =>
      member.of(partition).map(({ headers }) => Number(headers.position));
    const last = (partition: number) =>
      this.acknowledged.findLast((record) => record.partition === partition)!.position;
    await eventually(
      () => ALL.every((p) => positions(p).includes(last(p))),
      'the last of every partition',
      60_000,
    );
    await member.close();
    for (const partition of ALL) {
      const expected = this.acknowledged.filter((record) => record.partition === partition);
      const found = [...new Set(positions(partition))];
      const acknowledged = expected.map(({ position }) => position);
      expect(found.filter((position) => position <= last(partition))).toEqual(acknowledged);
    }
  }
}

const recordAt = (position: number): LogRecord => ({
  partition: position % PARTITIONS,
  from: Math.max(0, position - PARTITIONS),
  position,
  ruleSet: null,
  fact: {
    stream: `account-a${position % PARTITIONS}`,
    revision: position,
    eventId: String(position),
    type: 'TransactionSubmitted',
    schemaVersion: 1,
    key: null,
    data: 'x'.repeat(200),
    personal: null,
    metadata: null,
    position,
  },
});

const kafka = await engineOf(() => startKafka({ brokers: 3 }));

describeWith('three brokers under load', kafka, (engine) => {
  /** @param hurt does harm to a broker, and gives what mends it again */
  const withLoad = async (hurt: (broker: number) => Promise<() => Promise<void>>) => {
    const { url } = engine();
    const loads = await Promise.all(
      CLIENTS.map(async (client) => new Load(url, client, await newTopic(url))),
    );
    const goOn = async (what?: string) => {
      const begun = performance.now();
      await Promise.all(
        loads.map(async (load) => {
          const before = load.acknowledged.length;
          const failures = load.failures;
          const more = () => load.acknowledged.length > before + 600;
          await eventually(more, `the load of ${load.client} to go on`, GOES_ON_WITHIN_MS);
          if (what === undefined || ROUNDS === 1) return;
          const ms = Math.round(performance.now() - begun);
          const failed = load.failures - failures;
          process.stderr.write(
            `${load.client}: ${what}, went on after ${ms} ms, ${failed} sends had failed\n`,
          );
        }),
      );
    };
    await goOn();
    for (let round = 0; round < ROUNDS; round++) {
      const mend = await hurt(round % 3);
      await goOn(`round ${round + 1}, broker ${(round % 3) + 1} hurt`).finally(mend);
      await goOn();
    }
    await Promise.all(loads.map((load) => load.stop()));
    for (const load of loads) await load.expectAllThere();
  };

  test(
    'one of them frozen in the middle of sends, and thawed: what was acknowledged is there, in order',
    () =>
      withLoad(async (broker) => {
        await engine().freeze(broker);
        return () => engine().thaw(broker);
      }),
    TEST_LIMIT_MS,
  );

  test(
    'one of them killed, and started again: what was acknowledged is there, in order',
    () =>
      withLoad(async (broker) => {
        await engine().kill(broker);
        return () => engine().restart(broker);
      }),
    TEST_LIMIT_MS,
  );

  describe('without the guard', () => {
    beforeAll(() => delay(2_000));
    test(
      'one send of kafkajs over many partitions, with a leader frozen, resolves and has lost some',
      () => losesUnguarded(engine()),
      TEST_LIMIT_MS,
    );
  });
});

/** As kafkajs is used by its documentation: idempotent, all replicas, one send for everything. */
async function losesUnguarded(engine: KafkaEngine): Promise<void> {
  const topic = await newTopic(engine.url);
  const kafka = new Kafka({
    ...kafkajsOptions(settingsOf(engine.url)),
    retry: { retries: 40, maxRetryTime: 1_000 },
  });
  const producer = kafka.producer({ idempotent: true });
  await producer.connect();
  const messages = ALL.map((partition) => ({ partition, value: 'x' }));
  await producer.send({
    topic,
    messages: ALL.map((partition) => ({ partition, value: 'before' })),
    acks: -1,
  });
  await engine.freeze(0);
  const sent = producer.send({ topic, messages, acks: -1 });
  await delay(FROZEN_MS);
  await engine.thaw(0);
  await sent;
  await producer.disconnect();
  const member = await new RecordingMember().join(
    openClient(settingsOf(engine.url)),
    topic,
    `group-${randomUUID()}`,
  );
  await delay(3_000);
  const lost = ALL.filter((partition) => !member.values(partition).includes('x'));
  await member.close();
  expect(lost.length).toBeGreaterThan(0);
}
