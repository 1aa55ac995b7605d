/**
 * The log on Kafka, through each client: records mirrored and read a second, and how long a fact takes from the
 * store to a reader at 1,000 a second. One broker, 12 partitions, facts of about 500 bytes.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { FactDraft } from '../domain/facts.ts';
import { scoringPlan } from '../domain/risk-fold.ts';
import { startKafka } from '../infra/engines/kafka-cluster.ts';
import { KafkaLog } from '../infra/kafka/kafka-log.ts';
import { KafkaPublisher } from '../infra/kafka/kafka-publisher.ts';
import type { ClientName } from '../infra/kafka/kafka-settings.ts';
import { openClient } from '../infra/kafka/open-client.ts';
import { CLIENTS, settingsOf } from '../infra/kafka/testing/settings.ts';
import { factsTopic, TopicAdmin } from '../infra/kafka/topic-admin.ts';
import { keyPartitions } from '../processors/key-partitions.ts';
import { MirrorRun } from '../processors/mirror-run.ts';
import { MemoryEventStore } from '../processors/test-support/memory-event-store.ts';
import { MemoryLeadership } from '../processors/test-support/memory-leadership.ts';
import { MemoryMirrorCheckpoints } from '../processors/test-support/memory-mirror-checkpoints.ts';
import { report } from './report.ts';

const PARTITIONS = 12;
const QUICK = process.argv.includes('--quick');
const RECORDS = QUICK ? 50_000 : 200_000;
const LATENCY_SECONDS = QUICK ? 5 : 20;
const RATE = 1_000;

const padding = 'x'.repeat(300);

function payment(i: number): { stream: string; fact: FactDraft } {
  const data = { transaction: { accountId: `a${i % 5_000}`, transactionId: `t${i}`, padding }, i };
  const key = `t${i}`;
  const draft = { type: 'TransactionSubmitted', schemaVersion: 1, personal: null, metadata: null };
  return {
    stream: `account-a${i % 5_000}`,
    fact: { ...draft, eventId: randomUUID(), key, data: JSON.stringify(data) },
  };
}

class Bench {
  readonly store = new MemoryEventStore();
  readonly checkpoints = new MemoryMirrorCheckpoints();
  readonly #client: ClientName;
  readonly #url: string;
  readonly topic = `bench-${randomUUID()}`;
  #count = 0;
  received = 0;
  onReceived: (position: number) => void = () => {};
  #stopping = false;

  constructor(url: string, client: ClientName) {
    this.#url = url;
    this.#client = client;
  }

  prepare(): Promise<string[]> {
    return new TopicAdmin(settingsOf(this.#url)).create([
      { ...factsTopic(1, PARTITIONS, 1), name: this.topic },
    ]);
  }

  pay(): number {
    const { stream, fact } = payment(this.#count++);
    return this.store.appendAny(stream, [fact]).position;
  }

  mirror(): { run: MirrorRun; stop(): Promise<void> } {
    const publisher = new KafkaPublisher(openClient(settingsOf(this.#url, this.#client)), this.topic);
    const run = new MirrorRun({
      store: this.store,
      publisher,
      checkpoints: this.checkpoints,
      leadership: new MemoryLeadership(),
      partitions: keyPartitions(PARTITIONS),
      compile: scoringPlan,
      waitForMore: (_, timeoutMs) => delay(Math.min(timeoutMs, 1)),
    });
    const ended = run.run();
    const stop = async () => {
      run.stop();
      await ended;
      await publisher.close();
    };
    return { run, stop };
  }

  async read(): Promise<{ stop(): Promise<void> }> {
    const readers: Promise<void>[] = [];
    const log: KafkaLog = new KafkaLog({
      client: openClient(settingsOf(this.#url, this.#client)),
      topic: this.topic,
      groupId: this.topic,
      startOffset: async () => 0,
      onAssigned: (partitions) => {
        for (const partition of partitions) readers.push(this.#reader(log, partition));
      },
    });
    await log.open();
    const stop = async () => {
      this.#stopping = true;
      await Promise.all(readers);
      await log.close();
    };
    return { stop };
  }

  async #reader(log: KafkaLog, partition: number): Promise<void> {
    for (let after = 0; !this.#stopping; ) {
      const records = await log.poll(partition, after, 1_024);
      if (records.length === 0) await log.waitForMore(partition, after, 500);
      for (const { position, fact } of records) {
        after = position;
        if (fact === null) continue;
        this.received++;
        this.onReceived(position);
      }
    }
  }
}

async function until(met: () => boolean): Promise<void> {
  while (!met()) await delay(1);
}

async function throughput(url: string, client: ClientName): Promise<void> {
  const bench = new Bench(url, client);
  await bench.prepare();
  for (let i = 0; i < RECORDS; i++) bench.pay();
  let begun = performance.now();
  const mirror = bench.mirror();
  await until(() => bench.checkpoints.position === RECORDS);
  await mirror.stop();
  report({ name: `kafka mirror, ${client}`, value: perSecond(begun), unit: 'records/s' });
  begun = performance.now();
  const reading = await bench.read();
  await until(() => bench.received > 0);
  begun = performance.now();
  await until(() => bench.received >= RECORDS);
  report({ name: `kafka read, ${client}`, value: perSecond(begun), unit: 'records/s' });
  await reading.stop();
}

const perSecond = (begun: number): number => (RECORDS / (performance.now() - begun)) * 1_000;

async function latency(url: string, client: ClientName): Promise<void> {
  const bench = new Bench(url, client);
  await bench.prepare();
  const paidAt = new Map<number, number>();
  const took: number[] = [];
  bench.onReceived = (position) => {
    took.push(performance.now() - paidAt.get(position)!);
    paidAt.delete(position);
  };
  const reading = await bench.read();
  const mirror = bench.mirror();
  const pay = () => paidAt.set(bench.pay(), performance.now());
  pay();
  await until(() => took.length === 1);
  const begun = performance.now();
  for (let paid = 0; paid < RATE * LATENCY_SECONDS; await delay(1)) {
    for (; paid < ((performance.now() - begun) / 1_000) * RATE; paid++) pay();
  }
  await until(() => paidAt.size === 0);
  await mirror.stop();
  await reading.stop();
  // The first second belongs to the start.
  const sorted = took.slice(RATE).toSorted((a, b) => a - b);
  for (const percent of [50, 99]) {
    const value = sorted[Math.floor((sorted.length * percent) / 100)]!;
    report({ name: `kafka store to reader at ${RATE}/s, p${percent}, ${client}`, value, unit: 'ms' });
  }
}

const kafka = await startKafka();
try {
  // Warms the broker up, and both clients.
  for (const client of CLIENTS) {
    const bench = new Bench(kafka.url, client);
    await bench.prepare();
    for (let i = 0; i < 10_000; i++) bench.pay();
    const mirror = bench.mirror();
    await until(() => bench.checkpoints.position === 10_000);
    await mirror.stop();
  }
  for (const client of CLIENTS) await throughput(kafka.url, client);
  for (const client of CLIENTS) await latency(kafka.url, client);
} finally {
  await kafka.stop();
}
