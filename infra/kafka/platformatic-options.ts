import type { BaseOptions, SASLOptions } from '@platformatic/kafka';
import { CONNECT_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from './kafka-client.ts';
import type { KafkaSettings } from './kafka-settings.ts';

export function platformaticOptions({ brokers, clientId, tls, sasl }: KafkaSettings): BaseOptions {
  const options: BaseOptions = {
    bootstrapBrokers: brokers,
    clientId,
    connectTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // About three seconds in all. What takes longer is begun anew, from the checkpoint.
    retries: 8,
    retryDelay: (_client, _operation, attempt) => Math.min(5 * 2 ** attempt, 1_000),
  };
  if (tls !== null) options.tls = tls;
  if (sasl !== null) {
    const { mechanism, ...credentials } = sasl;
    options.sasl = { mechanism: mechanism.toUpperCase() as SASLOptions['mechanism'], ...credentials };
  }
  return options;
}
