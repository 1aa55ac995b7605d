import { Kafka, type KafkaConfig, logLevel, type SASLOptions } from 'kafkajs';
import { CONNECT_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from './kafka-client.ts';
import type { KafkaSettings } from './kafka-settings.ts';

/** Retries of one request: about three seconds in all. What takes longer is begun anew, from the checkpoint. */
export const KAFKAJS_RETRY: { initialRetryTime: number; maxRetryTime?: number; retries: number } = {
  initialRetryTime: 5,
  maxRetryTime: 1_000,
  retries: 10,
};

export function kafkajsOptions({ brokers, clientId, tls, sasl }: KafkaSettings): KafkaConfig {
  const options: KafkaConfig = {
    brokers,
    clientId,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: KAFKAJS_RETRY,
    // What goes wrong is told by rejections and events.
    logLevel: logLevel.NOTHING,
  };
  if (tls !== null) options.ssl = tls;
  if (sasl !== null) options.sasl = sasl as SASLOptions;
  return options;
}

/**
 * Makes instances that turn to another broker first each time: kafkajs gives up, and would every time, if the first
 * one accepts connections and then says nothing, as one that is frozen does.
 */
export function kafkajsInstances(settings: KafkaSettings, retry = KAFKAJS_RETRY): () => Kafka {
  let made = 0;
  return () => {
    const first = made++ % settings.brokers.length;
    const brokers = [...settings.brokers.slice(first), ...settings.brokers.slice(0, first)];
    return new Kafka({ ...kafkajsOptions({ ...settings, brokers }), retry });
  };
}
