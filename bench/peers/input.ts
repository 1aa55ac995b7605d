import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  accountOfStream,
  accountStream,
  FACT_SCHEMA_VERSIONS,
  type FactDraft,
  type StoredFact,
  type TransactionSubmitted,
} from '../../domain/facts.ts';
import type { LogPublisher } from '../../domain/ports.ts';
import { scoringPlan } from '../../domain/risk-fold.ts';
import { startEventStore } from '../../infra/engines/event-store-server.ts';
import { type AppendRequest, openEventLog } from '../../infra/eventstoredb/dev-server/event-log.ts';
import { openEventStoreDb } from '../../infra/eventstoredb/event-store-db.ts';
import { messageOfFact } from '../../infra/eventstoredb/wire-event.ts';
import { KafkaPublisher } from '../../infra/kafka/kafka-publisher.ts';
import { openClient } from '../../infra/kafka/open-client.ts';
import { factsTopic, TopicAdmin } from '../../infra/kafka/topic-admin.ts';
import { activateRuleSet, publishRuleSet } from '../../infra/server/services/rule-set-publishing.ts';
import { keyPartitions, partitionOfKey } from '../../processors/key-partitions.ts';
import { MirrorRun } from '../../processors/mirror-run.ts';
import { MemoryEventStore } from '../../processors/test-support/memory-event-store.ts';
import { MemoryLeadership } from '../../processors/test-support/memory-leadership.ts';
import { MemoryMirrorCheckpoints } from '../../processors/test-support/memory-mirror-checkpoints.ts';
import { kafkaSettingsOf } from './kafka.ts';
import { PEER_RULES } from './rules.ts';
import { payments, stepOf } from './traffic.ts';

export const PARTITIONS = 12;
const APPEND_AT_ONCE = 1_000;

/** What every contender reads: a topic that Shrike's mirror filled from an event store. */
export interface Input {
  brokers: string;
  /** The topic is Shrike's mirrored one of this generation. */
  generation: number;
  topic: string;
  payments: number;
  /** Between two of them. */
  stepMs: number;
  /** By partition: its payments, and the store position of the last of them. */
  partitions: { payments: number; lastPosition: number }[];
  /** Folder of the event store, at rest. */
  folder: string;
  remove(): Promise<void>;
}

let generations = 0;

/** A rule set and payments in a store, and none of it in the log yet. @param from which payments: the usual ones */
export async function prepareInput(
  brokers: string,
  count: number,
  from: (count: number, stepMs: number) => Iterable<TransactionSubmitted> = payments,
): Promise<Input> {
  const folder = await mkdtemp(join(tmpdir(), 'shrike-peers-input-'));
  const log = openEventLog(folder, { systemEventEvery: 1_000 });
  log.append((await rulesInForce()).map(appendOf));
  const partitions = Array.from({ length: PARTITIONS }, () => ({ payments: 0, lastPosition: 0 }));
  let waiting: AppendRequest[] = [];
  const append = () => {
    for (const [i, result] of log.append(waiting).entries()) {
      if (result.kind !== 'success') throw new Error(`the input was not stored: ${JSON.stringify(result)}`);
      const partition = partitions[partitionOfKey(accountOfStream(waiting[i]!.stream)!, PARTITIONS)]!;
      partition.payments++;
      partition.lastPosition = result.position;
    }
    waiting = [];
  };
  const stepMs = stepOf(count);
  for (const submitted of from(count, stepMs)) {
    const stream = accountStream(submitted.transaction.accountId);
    waiting.push(appendOf({ ...draftOf(submitted), stream }));
    if (waiting.length === APPEND_AT_ONCE) append();
  }
  append();
  log.close();
  const generation = ++generations;
  const spec = factsTopic(generation, PARTITIONS, 1);
  await new TopicAdmin(kafkaSettingsOf(brokers)).create([spec]);
  const remove = () => rm(folder, { recursive: true, force: true });
  return { brokers, generation, topic: spec.name, payments: count, stepMs, partitions, folder, remove };
}

/** Mirrors the whole store to the topic. @returns facts a second */
export async function mirrorInput(input: Input): Promise<number> {
  const server = await startEventStore({ copyOf: input.folder });
  const begun = performance.now();
  const mirroring = startMirror(input, server.url);
  await mirroring.upTo(await mirroring.store.head());
  const perSecond = (input.payments / (performance.now() - begun)) * 1_000;
  await mirroring.stop();
  await server.stop();
  return perSecond;
}

/** The mirror as it runs in production, in this process. @param wrap may listen to what it publishes */
export function startMirror(
  input: Input,
  eventStoreUrl: string,
  wrap: (publisher: LogPublisher) => LogPublisher = (publisher) => publisher,
) {
  const store = openEventStoreDb(eventStoreUrl);
  const publisher = new KafkaPublisher(openClient(kafkaSettingsOf(input.brokers)), input.topic);
  const checkpoints = new MemoryMirrorCheckpoints();
  let stirs = 0;
  const run = new MirrorRun({
    store,
    publisher: wrap(publisher),
    checkpoints,
    leadership: new MemoryLeadership(),
    partitions: keyPartitions(PARTITIONS),
    compile: scoringPlan,
    waitForMore: async (_after, timeoutMs) => {
      stirs = await store.stirredSince(stirs, timeoutMs);
    },
  });
  const ended = run.run();
  ended.catch(() => undefined);
  return {
    store,
    async upTo(position: number) {
      while (checkpoints.position < position) await Promise.race([delay(10), ended]);
    },
    async stop() {
      run.stop();
      await ended;
      await publisher.close();
      await store.close();
    },
  };
}

export function draftOf(submitted: TransactionSubmitted): FactDraft {
  return {
    eventId: randomUUID(),
    type: 'TransactionSubmitted',
    schemaVersion: FACT_SCHEMA_VERSIONS.TransactionSubmitted,
    key: submitted.transaction.transactionId,
    data: JSON.stringify(submitted),
    personal: null,
    metadata: null,
  };
}

async function rulesInForce(): Promise<StoredFact[]> {
  const store = new MemoryEventStore();
  const answer = await publishRuleSet(store, PEER_RULES, 'bench');
  if (answer.kind === 'refused') throw new Error(JSON.stringify(answer.problems));
  await activateRuleSet(store, answer.summary, 'bench');
  return store.facts;
}

/** To the byte what the adapter would have sent. */
function appendOf({ stream, ...fact }: FactDraft & { stream: string }): AppendRequest {
  const message = messageOfFact(fact);
  const event = {
    id: fact.eventId,
    type: fact.type,
    contentType: 'application/json',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
  return { stream, expected: 'any', events: [event] };
}
