import type { ClientName, KafkaSettings } from '../kafka-settings.ts';

export const CLIENTS: ClientName[] = ['kafkajs', 'platformatic'];

/** How tests reach the brokers of an engine. */
export function settingsOf(url: string, client: ClientName = 'kafkajs'): KafkaSettings {
  return { brokers: url.split(','), clientId: 'shrike-test', client, tls: null, sasl: null };
}
