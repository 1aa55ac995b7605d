import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Engine } from './engine.ts';
import { freePorts } from './free-port.ts';
import { KafkaBroker } from './kafka-broker.ts';
import { END_BROKERS } from './kafka-cluster.ts';
import { kafkaJars } from './kafka-jars.ts';
import { buriesAfterUs } from './undertaker.ts';

const run = promisify(execFile);

/** A broker whose `url` takes encrypted connections of a known user alone, by any of the mechanisms. */
export interface SecuredKafkaEngine extends Engine {
  /** The authority that its certificate is of, a PEM file. */
  caFile: string;
  username: string;
  password: string;
}

/** From Maven Central, run by the machine's Java. @throws EngineUnavailable */
export async function startSecuredKafka(): Promise<SecuredKafkaEngine> {
  const jars = await kafkaJars();
  const folder = await mkdtemp(join(tmpdir(), 'shrike-kafka-'));
  const [port, controllerPort, securedPort] = await freePorts(3);
  const password = randomBytes(12).toString('hex');
  const bury = buriesAfterUs(folder, END_BROKERS);
  try {
    const { keystore, caFile } = await certificate(folder, password);
    const broker = new KafkaBroker(jars, join(folder, 'broker-0'));
    const user = { username: USERNAME, password };
    const secured = { port: securedPort!, keystore, keystorePassword: password, user };
    await broker.prepare(0, [{ port: port!, controllerPort: controllerPort! }], secured);
    await broker.start();
    return {
      url: `127.0.0.1:${securedPort}`,
      caFile,
      ...user,
      async stop() {
        await broker.kill();
        bury();
      },
    };
  } catch (error) {
    bury();
    throw error;
  }
}

const USERNAME = 'shrike';

/** A certificate for 127.0.0.1 that vouches for itself. */
async function certificate(folder: string, password: string): Promise<{ keystore: string; caFile: string }> {
  const keystore = join(folder, 'broker.p12');
  const caFile = join(folder, 'ca.pem');
  const store = ['-keystore', keystore, '-storetype', 'PKCS12', '-storepass', password, '-alias', 'broker'];
  const about = [
    '-dname',
    'CN=127.0.0.1',
    '-ext',
    'SAN=ip:127.0.0.1',
    '-ext',
    'BC=ca:true',
    '-validity',
    '2',
  ];
  await run('keytool', ['-genkeypair', '-keyalg', 'EC', '-groupname', 'secp256r1', ...store, ...about]);
  await run('keytool', ['-exportcert', '-rfc', '-file', caFile, ...store]);
  return { keystore, caFile };
}
