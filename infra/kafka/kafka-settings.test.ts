import { describe, expect, test } from '@jest/globals';
import { kafkaSettings } from './kafka-settings.ts';

const KAFKA_BROKERS = 'a:9092, b:9093,[::1]:9094';

test('without brokers there is no Kafka', () => {
  expect(kafkaSettings({})).toBeUndefined();
  expect(kafkaSettings({ KAFKA_BROKERS: '' })).toBeUndefined();
});

test('brokers alone are reached plainly, through kafkajs', () => {
  expect(kafkaSettings({ KAFKA_BROKERS }, 'me')).toEqual({
    brokers: ['a:9092', 'b:9093', '[::1]:9094'],
    clientId: 'me',
    client: 'kafkajs',
    tls: null,
    sasl: null,
  });
});

test('client, TLS and SASL are taken as given', () => {
  const env = {
    KAFKA_BROKERS,
    KAFKA_CLIENT: 'platformatic',
    KAFKA_TLS_CA: import.meta.filename,
    KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
    KAFKA_SASL_USERNAME: 'u',
    KAFKA_SASL_PASSWORD: 'p',
  };
  const settings = kafkaSettings(env)!;
  expect(settings).toMatchObject({
    client: 'platformatic',
    sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p' },
  });
  expect(String(settings.tls?.ca)).toContain('taken as given');
  expect(kafkaSettings({ KAFKA_BROKERS, KAFKA_TLS: 'true' })!.tls).toEqual({});
});

describe('what cannot be used is refused by name', () => {
  test.each([
    [{ KAFKA_BROKERS: 'a' }, 'KAFKA_BROKERS: "a" cannot be used; give host:port'],
    [{ KAFKA_BROKERS: 'a:9092,b:99999' }, 'KAFKA_BROKERS: "a:9092,b:99999" cannot be used; give host:port'],
    [
      { KAFKA_CLIENT: 'rdkafka' },
      'KAFKA_CLIENT: "rdkafka" cannot be used; give one of kafkajs, platformatic',
    ],
    [{ KAFKA_TLS: 'maybe' }, 'KAFKA_TLS: "maybe" cannot be used; give one of true, false'],
    [{ KAFKA_TLS_CA: '/nowhere.pem' }, 'KAFKA_TLS_CA: "/nowhere.pem" cannot be used; give a PEM file'],
    [
      { KAFKA_SASL_MECHANISM: 'plain' },
      'KAFKA_SASL_MECHANISM: "plain" cannot be used; set KAFKA_SASL_USERNAME too',
    ],
  ])('%j', (env, message) => {
    expect(() => kafkaSettings({ KAFKA_BROKERS, ...env })).toThrow(message);
  });
});
