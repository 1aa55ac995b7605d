/**
 * Shrike beside Kafka Streams and Flink: the same windows and rules over the same topic of the same broker, in turns in
 * one run, and results that are equal by their checksum. See bench/peers/README.md.
 */
import { loadavg } from 'node:os';
import { EngineUnavailable } from '../infra/engines/engine.ts';
import { startKafka } from '../infra/engines/kafka-cluster.ts';
import { startPostgres } from '../infra/engines/postgres-server.ts';
import { quietNegativeTimeouts } from '../infra/kafka/quiet-timeouts.ts';
import type { Contender } from './peers/contender.ts';
import { type Input, mirrorInput, prepareInput } from './peers/input.ts';
import { buildJava, flink, kafkaStreams } from './peers/java-contenders.ts';
import { kafkaAlone } from './peers/kafka-alone.ts';
import { latencyOf } from './peers/latency.ts';
import { recoveryOf } from './peers/recovery.ts';
import { shrike, shrikeToTopic } from './peers/shrike-contenders.ts';
import { throughputOf } from './peers/throughput.ts';
import { median, report } from './report.ts';
import { undisturbed } from './undisturbed.ts';

quietNegativeTimeouts();

const QUICK = process.argv.includes('--quick');
/** Some phases alone: `--only=throughput,latency,recovery`. */
const ONLY = process.argv
  .find((argument) => argument.startsWith('--only='))
  ?.slice(7)
  .split(',');
const PAYMENTS = QUICK ? 100_000 : 600_000;
const ROUNDS = QUICK ? 1 : 3;
const LATENCY_BACKLOG = 10_000;
const LATENCY_SECONDS = QUICK ? { warm: 3, measured: 5 } : { warm: 5, measured: 20 };

const SHRIKE_PROCESSES = Number(process.env.SHRIKE_PROCESSES ?? 1);
const FLINK_PARALLELISM = 2;
const CHECKPOINT_MS = 1_000;
/** Kafka Streams' commit interval: long where it is to be fast, its default where it is to be soon. */
const COMMIT_MS = { throughput: 1_000, latency: 100 };

const [kafka, postgres] = await engines();
try {
  note(`load ${loadavg()[0]!.toFixed(1)} before`);
  const ours = shrike(postgres.url, { processes: SHRIKE_PROCESSES });
  const toTopic = shrikeToTopic(SHRIKE_PROCESSES);
  const theirs = flink(CHECKPOINT_MS, FLINK_PARALLELISM);
  const input = await prepareInput(kafka.url, PAYMENTS);
  if (wanted('throughput') || wanted('recovery')) {
    report({ name: 'peers: mirror alone', value: await mirrorInput(input), unit: 'facts/s' });
  }
  const streams = kafkaStreams(COMMIT_MS.throughput);
  if (wanted('throughput')) await throughput(input, [streams, theirs, ours, toTopic]);
  if (wanted('recovery')) await recovery(input, [streams, theirs, ours]);
  await input.remove();
  if (wanted('latency')) await latency([kafkaAlone, kafkaStreams(COMMIT_MS.latency), theirs, ours, toTopic]);
  note(`load ${loadavg()[0]!.toFixed(1)} after`);
} finally {
  await postgres.stop();
  await kafka.stop();
}
process.exit();

function wanted(phase: string): boolean {
  return ONLY === undefined || ONLY.includes(phase);
}

/** In turns; all that each made must be equal. */
async function throughput(input: Input, contenders: readonly Contender[]): Promise<void> {
  const found = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  const digests = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const contender of contenders) {
      const { perSecond, digest, cores } = await undisturbed(() => throughputOf(contender, input));
      note(
        `${contender.name}: ${Math.round(perSecond)}/s, ${digest}, load ${loadavg()[0]!.toFixed(1)}; cores: ${cores}`,
      );
      found.get(contender.name)!.push(perSecond);
      digests.add(digest);
      assertEqual(digests, input);
    }
  }
  for (const { name } of contenders) {
    report({ name: `peers: ${name}`, value: median(found.get(name)!), unit: 'payments/s' });
  }
  for (const name of ['Shrike', 'Shrike, to a topic only']) {
    for (const against of ['Kafka Streams', 'Flink']) {
      // Of the same round, which had the same load.
      const ratio = median(found.get(name)!.map((value, round) => value / found.get(against)![round]!));
      report({ name: `peers: ${name}`, value: median(found.get(name)!), unit: 'payments/s', ratio, against });
    }
  }
}

async function recovery(input: Input, contenders: readonly Contender[]): Promise<void> {
  const digests = new Set<string>();
  for (const contender of contenders) {
    const { secondsToResults, digest } = await recoveryOf(contender, input);
    note(`${contender.name} killed: ${digest}`);
    digests.add(digest);
    assertEqual(digests, input);
    report({
      name: `peers: ${contender.name}, killed until results go on`,
      value: secondsToResults,
      unit: 's',
    });
  }
}

async function latency(contenders: readonly Contender[]): Promise<void> {
  const digests = new Set<string>();
  for (const contender of contenders) {
    const input = await prepareInput(kafka.url, LATENCY_BACKLOG);
    const { warm, measured } = LATENCY_SECONDS;
    const { p50, p99, digest } = await latencyOf(contender, input, warm, measured);
    await input.remove();
    note(`${contender.name}: ${p50.toFixed(1)} / ${p99.toFixed(1)} ms, ${digest}`);
    report({ name: `peers: ${contender.name}, payment to result at 1000/s, p50`, value: p50, unit: 'ms' });
    report({ name: `peers: ${contender.name}, payment to result at 1000/s, p99`, value: p99, unit: 'ms' });
    if (contender !== kafkaAlone) digests.add(digest);
    if (digests.size > 0) assertEqual(digests, input);
  }
}

/** @throws if results differ, or are not one for each payment */
function assertEqual(digests: ReadonlySet<string>, input: Input): void {
  const [digest] = digests;
  if (digests.size === 1 && digest!.startsWith(`${input.payments} results, `)) return;
  throw new Error(`${input.payments} payments should have equal results: ${[...digests].join(' | ')}`);
}

/** What the figures are not: to be read beside them. */
function note(text: string): void {
  process.stderr.write(`  ${text}\n`);
}

async function engines() {
  try {
    await buildJava();
    return [await startKafka(), await startPostgres()] as const;
  } catch (error) {
    if (!(error instanceof EngineUnavailable)) throw error;
    process.stderr.write(`left out, for it needs Kafka, PostgreSQL, a JDK and Maven: ${error.message}\n`);
    process.exit();
  }
}
