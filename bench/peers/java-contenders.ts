import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Kafka } from 'kafkajs';
import { EngineUnavailable } from '../../infra/engines/engine.ts';
import { Child } from './child.ts';
import type { Contender, ContenderRun, ResultListener } from './contender.ts';
import type { Input } from './input.ts';
import { endOf, openKafka, withAdmin } from './kafka.ts';
import { createScoresTopic, digestOfTopic, readScores } from './scores-topic.ts';

const run = promisify(execFile);
const NEEDED = {
  javac: 'install a JDK, 17 or newer (Debian: apt install openjdk-17-jdk-headless)',
  mvn: 'install Maven (Debian: apt install maven)',
};
const JAVA = join(import.meta.dirname, 'java');

/** @throws EngineUnavailable without Maven or a compiler, or with what Maven said */
export async function buildJava(): Promise<void> {
  for (const [command, help] of Object.entries(NEEDED)) {
    await run(command, ['-version']).catch(() => {
      throw new EngineUnavailable('Kafka Streams and Flink', help);
    });
  }
  await run('mvn', ['-B', '-q', 'package'], { cwd: JAVA }).catch((error) => {
    throw new Error(`Kafka Streams and Flink were not built: ${error.stdout}${error.stderr}`);
  });
}

/** The collector of most throughput, on a heap that is never short. */
const JVM = ['-Xms2g', '-Xmx3g', '-XX:+UseParallelGC'];
/** Flink reads fields of the JDK's classes. */
const FLINK_OPENS = ['java.util', 'java.lang', 'java.time'].map(
  (name) => `--add-opens=java.base/${name}=ALL-UNNAMED`,
);

/** @param commitMs Kafka Streams' commit.interval.ms */
export function kafkaStreams(commitMs: number): Contender {
  return {
    name: 'Kafka Streams',
    begin: (input) => JavaRun.begin(input, 'kafka-streams', 'KafkaStreamsPeer', [], [String(commitMs)]),
  };
}

/** @param checkpointMs between the starts of checkpoints */
export function flink(checkpointMs: number, parallelism: number): Contender {
  const args = [String(checkpointMs), String(parallelism)];
  return {
    name: 'Flink',
    begin: (input) => JavaRun.begin(input, 'flink', 'FlinkPeer', FLINK_OPENS, args),
  };
}

/** A job of Java's from the input topic to a topic of its own. Its committed offsets say how far it is. */
class JavaRun implements ContenderRun {
  readonly #kafka: Kafka;
  readonly #input: Input;
  readonly #scores: string;
  readonly #group: string;
  readonly #folder: string;
  readonly #command: string[];
  #child: Child;

  private constructor(
    input: Input,
    kafka: Kafka,
    scores: string,
    group: string,
    folder: string,
    command: string[],
  ) {
    this.#input = input;
    this.#kafka = kafka;
    this.#scores = scores;
    this.#group = group;
    this.#folder = folder;
    this.#command = command;
    this.#child = new Child('java', command);
  }

  static async begin(
    input: Input,
    module: string,
    main: string,
    jvm: string[],
    args: string[],
  ): Promise<JavaRun> {
    const kafka = openKafka(input.brokers);
    const scores = await createScoresTopic(kafka);
    const group = `${module}-${randomUUID()}`;
    const folder = await mkdtemp(join(tmpdir(), `shrike-peers-${module}-`));
    const target = join(JAVA, module, 'target');
    const classes = `${join(target, `${module}-1.jar`)}:${join(target, 'lib', '*')}`;
    const places = [input.brokers, input.topic, scores, group, folder];
    const command = [...JVM, ...jvm, '-cp', classes, `peers.${main}`, ...places, ...args];
    return new JavaRun(input, kafka, scores, group, folder, command);
  }

  async progress(): Promise<number> {
    this.#child.assertRuns();
    const end = await endOf(this.#kafka, this.#input.topic);
    const committed = await withAdmin(this.#kafka, (admin) =>
      admin.fetchOffsets({ groupId: this.#group, topics: [this.#input.topic] }),
    );
    const handled = committed[0]!.partitions.reduce(
      (sum, { offset }) => sum + Math.max(0, Number(offset)),
      0,
    );
    return handled / end;
  }

  async killAndRestart(): Promise<void> {
    await this.#child.kill();
    this.#child = new Child('java', this.#command);
  }

  results() {
    return digestOfTopic(this.#kafka, this.#scores, this.#input.payments);
  }

  listen(listener: ResultListener) {
    return readScores(this.#kafka, this.#scores, ({ transactionId }) => listener.result(transactionId));
  }

  async end(): Promise<void> {
    try {
      this.#child.assertRuns();
    } finally {
      await this.#child.kill();
      await rm(this.#folder, { recursive: true, force: true });
      await withAdmin(this.#kafka, (admin) => admin.deleteTopics({ topics: [this.#scores] }));
    }
  }
}
