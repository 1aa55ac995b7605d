import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const HEAP = ['-Xms256m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const START_LIMIT_MS = 60_000;
const CLUSTER_ID = 'MkU3OEVBNTcwNTJENDM2Qg';

export interface BrokerAddress {
  port: number;
  controllerPort: number;
}

/** A listener beside the plain one, for encrypted connections of one user. */
export interface SecuredListener {
  port: number;
  /** PKCS #12. */
  keystore: string;
  keystorePassword: string;
  user: { username: string; password: string };
}

/** One Java process of a cluster: broker and controller. Its data outlive its death. */
export class KafkaBroker {
  readonly #jars: string;
  readonly #folder: string;
  #process: ChildProcess | null = null;

  constructor(jars: string, folder: string) {
    this.#jars = jars;
    this.#folder = folder;
  }

  /** Writes the settings and formats the folder. */
  async prepare(
    index: number,
    cluster: readonly BrokerAddress[],
    secured: SecuredListener | null = null,
  ): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const text = properties(index, cluster, this.#file('data'), secured);
    await writeFile(this.#file('server.properties'), text);
    await writeFile(this.#file('log4j2.properties'), LOGGING);
    const format = ['format', '-t', CLUSTER_ID, '-c', this.#file('server.properties')];
    const user = secured === null ? [] : scramUser(secured);
    await run('java', [...this.#java(), 'kafka.tools.StorageTool', ...format, ...user]);
  }

  /** Resolves when it answers. @throws if it ends or takes too long, with what it said last */
  async start(): Promise<void> {
    await rm(this.#file('log'), { force: true });
    const log = await open(this.#file('log'), 'w');
    const args = [...HEAP, ...this.#java(), 'kafka.Kafka', this.#file('server.properties')];
    // Of a process group of its own: Ctrl-C is for who started it, who ends it last.
    const started = spawn('java', args, { stdio: ['ignore', log.fd, log.fd], detached: true });
    await log.close();
    this.#process = started;
    await writeFile(this.#file('pid'), String(started.pid));
    for (const begun = Date.now(); !(await this.#log()).includes('Kafka Server started'); await delay(50)) {
      if (started.exitCode !== null || Date.now() - begun > START_LIMIT_MS) {
        started.kill('SIGKILL');
        throw new Error(`the Kafka broker did not start: ${(await this.#log()).slice(-2_000)}`);
      }
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = null;
    if (running === null || running.exitCode !== null || running.signalCode !== null) return;
    running.kill('SIGKILL');
    await once(running, 'exit');
    await rm(this.#file('pid'), { force: true });
  }

  #java(): string[] {
    return [`-Dlog4j2.configurationFile=${this.#file('log4j2.properties')}`, '-cp', join(this.#jars, '*')];
  }

  #file(name: string): string {
    return join(this.#folder, name);
  }

  #log(): Promise<string> {
    return readFile(this.#file('log'), 'utf8');
  }
}

const LOGGING = `status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
logger.server.name = kafka.server.KafkaRaftServer
logger.server.level = info
logger.broker.name = org.apache.kafka.server
logger.broker.level = warn
`;

function properties(
  index: number,
  cluster: readonly BrokerAddress[],
  data: string,
  secured: SecuredListener | null,
): string {
  const { port, controllerPort } = cluster[index]!;
  const more = secured === null ? '' : `,SECURED://127.0.0.1:${secured.port}`;
  const replicas = cluster.length;
  const inSync = replicas === 1 ? 1 : 2;
  const voters = cluster.map((broker, i) => `${i + 1}@127.0.0.1:${broker.controllerPort}`);
  return `process.roles=broker,controller
node.id=${index + 1}
controller.quorum.voters=${voters.join(',')}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}${more}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}${more}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL
inter.broker.listener.name=PLAINTEXT
log.dirs=${data}
offsets.topic.replication.factor=${replicas}
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=${replicas}
transaction.state.log.min.isr=${inSync}
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=${replicas}
share.coordinator.state.topic.min.isr=${inSync}
share.coordinator.state.topic.num.partitions=4
default.replication.factor=${replicas}
min.insync.replicas=${inSync}
broker.session.timeout.ms=6000
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=33554432
${secured === null ? '' : securedProperties(secured)}`;
}

const SCRAM = ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

function securedProperties({ keystore, keystorePassword, user }: SecuredListener): string {
  const listener = 'listener.name.secured';
  const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${user.username}="${user.password}";`;
  const scram = SCRAM.map(
    (mechanism) =>
      `${listener}.${mechanism.toLowerCase()}.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;`,
  );
  return `${listener}.ssl.keystore.type=PKCS12
${listener}.ssl.keystore.location=${keystore}
${listener}.ssl.keystore.password=${keystorePassword}
${listener}.sasl.enabled.mechanisms=PLAIN,${SCRAM.join(',')}
${listener}.plain.sasl.jaas.config=${plain}
${scram.join('\n')}
`;
}

/** The format command's words for a user of the SCRAM mechanisms. */
const scramUser = ({ user }: SecuredListener): string[] =>
  SCRAM.flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${user.username},password=${user.password}]`,
  ]);
