import type { Contender } from './contender.ts';
import { Digest } from './digest.ts';
import { openKafka } from './kafka.ts';
import { readMessages } from './scores-topic.ts';

/** No processing: who reads the input itself. What the broker and the clients take of every latency. */
export const kafkaAlone: Contender = {
  name: 'Kafka alone',
  async begin(input) {
    return {
      progress: async () => 1,
      killAndRestart: () => Promise.reject(new Error('there is nothing to kill')),
      results: async () => new Digest(),
      listen: (listener) =>
        readMessages(openKafka(input.brokers), input.topic, (value) => {
          const { key } = JSON.parse(value) as { key: string | null };
          if (key !== null) listener.result(key);
        }),
      end: async () => undefined,
    };
  },
};
