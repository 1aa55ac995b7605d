import type { KafkaClient } from './kafka-client.ts';
import type { KafkaSettings } from './kafka-settings.ts';
import { KafkajsClient } from './kafkajs-client.ts';
import { PlatformaticClient } from './platformatic-client.ts';

/** The client the settings ask for. Nothing is connected yet. */
export function openClient(settings: KafkaSettings): KafkaClient {
  return settings.client === 'platformatic' ? new PlatformaticClient(settings) : new KafkajsClient(settings);
}
