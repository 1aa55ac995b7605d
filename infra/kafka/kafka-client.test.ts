import { describe, expect, test } from '@jest/globals';
import { describeWith, engineOf } from '../../tests/support/with-engine.ts';
import { startKafka } from '../engines/kafka-cluster.ts';
import { kafkaClientContract } from './kafka-client.contract.ts';
import { CLIENTS, settingsOf } from './testing/settings.ts';
import { factsTopic, TopicAdmin } from './topic-admin.ts';

const kafka = await engineOf(async () => {
  const url = process.env.KAFKA_BROKERS;
  return url === undefined ? startKafka() : { url, stop: async () => {} };
});

describeWith('Kafka', kafka, (engine) => {
  describe.each(CLIENTS)('through %s', (client) => {
    kafkaClientContract(() => settingsOf(engine().url, client));
  });

  test('a topic is made once, and where it differs from what is wanted is told', async () => {
    const admin = new TopicAdmin(settingsOf(engine().url));
    const generation = Math.floor(Math.random() * 1e9);
    const topic = factsTopic(generation, 3, 1);
    expect(await admin.differences([topic])).toEqual([
      { topic: topic.name, field: 'topic', wanted: '3 partitions', found: 'no such topic' },
    ]);
    expect(await admin.create([topic])).toEqual([topic.name]);
    expect(await admin.create([topic])).toEqual([]);
    expect(await admin.differences([topic])).toEqual([]);
    const other = { ...factsTopic(generation, 6, 3), name: topic.name };
    expect(await admin.differences([other])).toEqual([
      { topic: topic.name, field: 'partitions', wanted: '6', found: '3' },
      { topic: topic.name, field: 'min.insync.replicas', wanted: '2', found: '1' },
      { topic: topic.name, field: 'replicas', wanted: '3', found: '1' },
    ]);
  });
});
