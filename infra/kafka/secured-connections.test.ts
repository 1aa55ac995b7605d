import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { describeWith, engineOf } from '../../tests/support/with-engine.ts';
import { startSecuredKafka } from '../engines/secured-kafka.ts';
import { GroupMemberships } from './group-memberships.ts';
import { kafkaSettings } from './kafka-settings.ts';
import { openClient } from './open-client.ts';
import { eventually, RecordingMember } from './testing/recording-member.ts';
import { CLIENTS } from './testing/settings.ts';
import { TopicAdmin } from './topic-admin.ts';

const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'];

const kafka = await engineOf(startSecuredKafka);

describeWith('a broker that wants TLS and a password', kafka, (engine) => {
  const settings = (client: string, changes: Record<string, string> = {}) => {
    const { url, caFile, username, password } = engine();
    const environment = {
      KAFKA_BROKERS: url,
      KAFKA_CLIENT: client,
      KAFKA_TLS_CA: caFile,
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: username,
      KAFKA_SASL_PASSWORD: password,
      ...changes,
    };
    return kafkaSettings(environment)!;
  };

  describe.each(CLIENTS)('through %s', (client) => {
    test.each(MECHANISMS)(
      'takes what is sent, and gives it to a member of a group, by %s',
      async (mechanism) => {
        const secured = settings(client, { KAFKA_SASL_MECHANISM: mechanism });
        const topic = `secured-${randomUUID()}`;
        await new TopicAdmin(secured).create([{ name: topic, partitions: 2, replicas: null, config: {} }]);
        const producer = await openClient(secured).producer(topic);
        await producer.send(1, [{ key: 'k', value: 'v', headers: {} }]);
        const member = await new RecordingMember().join(openClient(secured), topic, topic);
        await eventually(() => member.total === 1, 'the message');
        const memberships = new GroupMemberships(secured, topic);
        expect(await memberships.list()).toHaveLength(1);
        await memberships.close();
        await member.close();
        await producer.close();
      },
      60_000,
    );
  });

  test.each([
    ['a wrong password', { KAFKA_SASL_PASSWORD: 'guessed' }],
    ['a wrong user', { KAFKA_SASL_USERNAME: 'nobody' }],
  ])('is not reached with %s', async (_, changes) => {
    const topics = new TopicAdmin(settings('kafkajs', changes));
    await expect(topics.create([])).rejects.toThrow(/SASL|[Aa]uthentication/);
  });

  test('is not believed to be who it says without its authority', async () => {
    const { tls: _, ...rest } = settings('kafkajs');
    await expect(new TopicAdmin({ ...rest, tls: {} }).create([])).rejects.toThrow(/certificate/);
  });
});
