import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Kafka } from 'kafkajs';
import { RecordsRefused } from '../../domain/export-record.ts';
import type { KafkaClient, KafkaProducer, OutgoingMessage } from './kafka-client.ts';
import type { KafkaSettings } from './kafka-settings.ts';
import { kafkajsOptions } from './kafkajs-options.ts';
import { openClient } from './open-client.ts';
import { eventually, RecordingMember } from './testing/recording-member.ts';
import { TopicAdmin } from './topic-admin.ts';

const PARTITIONS = 4;
const message = (value: string | null, headers = {}): OutgoingMessage => ({ key: 'k', value, headers });
const numbered = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => message(`v${from + i}`));

/** What the log asks of a client, whichever package it is. */
export function kafkaClientContract(settings: () => KafkaSettings): void {
  const world = new World(settings);
  beforeEach(() => world.begin());
  afterEach(() => world.end());

  describe('a producer', () => producing(world));
  describe('a member of a group', () => {
    reading(world);
    sharing(world);
  });
}

/** A topic, a producer, and members of one group. */
class World {
  topic = '';
  group = '';
  #client: KafkaClient | null = null;
  #producer: KafkaProducer | null = null;
  #members: RecordingMember[] = [];
  readonly #settings: () => KafkaSettings;

  constructor(settings: () => KafkaSettings) {
    this.#settings = settings;
  }

  get settings(): KafkaSettings {
    return this.#settings();
  }

  get producer(): KafkaProducer {
    return this.#producer!;
  }

  async begin(): Promise<void> {
    this.topic = `contract-${randomUUID()}`;
    this.group = `group-${randomUUID()}`;
    const topic = { name: this.topic, partitions: PARTITIONS, replicas: null, config: {} };
    await new TopicAdmin(this.settings).create([topic]);
    this.#client = openClient(this.settings);
    this.#producer = await this.#client.producer(this.topic);
  }

  async join(startAt?: StartAt): Promise<RecordingMember> {
    const member = new RecordingMember();
    this.#members.push(member);
    return member.join(this.#client!, this.topic, this.group, startAt);
  }

  async leave(member: RecordingMember): Promise<void> {
    this.#members = this.#members.filter((other) => other !== member);
    await member.close();
  }

  async end(): Promise<void> {
    await Promise.all(this.#members.splice(0).map((member) => member.close()));
    await this.producer.close();
  }
}

type StartAt = (partition: number) => number | null | undefined;

function producing(world: World): void {
  test('appends to the partition it is told, in order, texts and headers to the byte', async () => {
    const odd = { key: null, value: null, headers: { from: '1', position: '2' } };
    const full = { key: 'ключ', value: '{"text":"žluť \u0000 😀"}', headers: { ruleSet: '["r",1]' } };
    await world.producer.send(2, [odd, full, ...numbered(0, 3)]);
    await world.producer.send(2, numbered(3, 3));
    const member = await world.join();
    await eventually(() => member.total === 8, 'eight messages');
    expect(member.of(2).map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(member.of(2)[0]).toMatchObject({ headers: odd.headers });
    expect(member.of(2)[0]!.value ?? null).toBeNull();
    expect(member.values(2).slice(1)).toEqual([full.value, 'v0', 'v1', 'v2', 'v3', 'v4', 'v5']);
    expect(member.of(2)[1]!.headers).toEqual(full.headers);
  });

  test('sends to many partitions at once', async () => {
    const rounds = Array.from({ length: 40 }, (_, i) => i);
    await Promise.all(rounds.map((i) => world.producer.send(i % PARTITIONS, numbered(i * 100, 100))));
    const member = await world.join();
    await eventually(() => member.total === 4_000, 'all messages');
    const values = [0, 1, 2, 3].flatMap((partition) => member.values(partition));
    expect(new Set(values).size).toBe(4_000);
  });

  test('refuses what the broker will not take, and goes on', async () => {
    const sent = world.producer.send(0, [message('v'), message('x'.repeat(2_000_000))]);
    await expect(sent).rejects.toThrow(RecordsRefused);
    await world.producer.send(0, numbered(0, 2));
    const member = await world.join();
    await eventually(() => member.total === 2, 'what was taken');
    expect(member.values(0)).toEqual(['v0', 'v1']);
  });
}

function reading(world: World): void {
  test('reads on from the offset it is told, whatever the group has committed', async () => {
    for (const partition of [0, 1]) await world.producer.send(partition, numbered(0, 10));
    const first = await world.join(() => 0);
    await first.member.commit(new Map([[0, 9]]));
    expect(await committed(world.settings, world.group, world.topic)).toMatchObject({ 0: 9 });
    await first.close();
    const second = await world.join((partition) => (partition === 0 ? 4 : undefined));
    await eventually(() => second.of(0).length === 6, 'what follows offset 4');
    await delay(300);
    expect(second.values(0)).toEqual(['v4', 'v5', 'v6', 'v7', 'v8', 'v9']);
    expect(second.of(1)).toEqual([]);
  });

  test('turns to the oldest message where an offset is not there', async () => {
    await world.producer.send(0, numbered(0, 10));
    await deleteBefore(world.settings, world.topic, 0, 6);
    const member = await world.join((partition) => (partition === 0 ? 2 : null));
    await eventually(() => member.of(0).length >= 4, 'what is left');
    expect(member.values(0)).toEqual(['v6', 'v7', 'v8', 'v9']);
    await world.leave(member);
    const beyond = await world.join((partition) => (partition === 0 ? 1_000 : null));
    await eventually(() => beyond.of(0).length >= 4, 'what is left, again');
    expect(beyond.values(0)).toEqual(['v6', 'v7', 'v8', 'v9']);
  });

  test('gives nothing of a partition that is paused, and everything once it is resumed', async () => {
    await world.producer.send(0, numbered(0, 5));
    const member = await world.join();
    await eventually(() => member.of(0).length === 5, 'the first five');
    member.member.pause(0);
    await delay(300);
    await world.producer.send(0, numbered(5, 5));
    await world.producer.send(1, numbered(0, 5));
    await eventually(() => member.of(1).length === 5, 'the other partition');
    // A fetch may have been under way; no other is begun.
    const before = member.of(0).length;
    await world.producer.send(0, numbered(10, 5));
    await delay(500);
    expect(member.of(0).length).toBe(before);
    member.member.resume(0);
    await eventually(() => member.of(0).length >= 15, 'what came meanwhile');
    expect(member.values(0)).toEqual(numbered(0, 15).map(({ value }) => value));
  });
}

function sharing(world: World): void {
  test('shares the partitions with those that come, and takes them back from those that go', async () => {
    const first = await world.join();
    expect(first.assigned.toSorted()).toEqual([0, 1, 2, 3]);
    const second = await world.join();
    await eventually(() => first.assigned.length === 2 && second.assigned.length === 2, 'two each');
    expect([...first.assigned, ...second.assigned].toSorted()).toEqual([0, 1, 2, 3]);
    for (const partition of [0, 1, 2, 3]) await world.producer.send(partition, numbered(0, 3));
    for (const member of [first, second]) {
      await eventually(() => member.assigned.every((p) => member.of(p).length === 3), 'its own messages');
    }
    await world.leave(second);
    await eventually(() => first.assigned.length === 4, 'all of them again');
    for (const partition of [0, 1, 2, 3]) await world.producer.send(partition, numbered(3, 1));
    await eventually(() => [0, 1, 2, 3].every((p) => first.values(p).at(-1) === 'v3'), 'the last message');
  });
}

async function committed(settings: KafkaSettings, groupId: string, topic: string) {
  const admin = new Kafka(kafkajsOptions(settings)).admin();
  await admin.connect();
  const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
  await admin.disconnect();
  return Object.fromEntries(found!.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
}

/** As retention does. A topic that was just made may not be known to its broker yet. */
async function deleteBefore(settings: KafkaSettings, topic: string, partition: number, offset: number) {
  for (let attempt = 1; ; attempt++) {
    const admin = new Kafka(kafkajsOptions(settings)).admin();
    await admin.connect();
    try {
      await admin.fetchTopicMetadata({ topics: [topic] });
      return await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
    } catch (error) {
      if (attempt === 50) throw error;
      await delay(100);
    } finally {
      await admin.disconnect();
    }
  }
}
