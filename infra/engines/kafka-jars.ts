import { execFile } from 'node:child_process';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { EngineUnavailable } from './engine.ts';

export const KAFKA_VERSION = '4.4.0';
const run = promisify(execFile);
const LOCK_STALE_MS = 300_000;

const POM = `<project><modelVersion>4.0.0</modelVersion>
<groupId>local</groupId><artifactId>kafka-broker</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
  <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version></dependency>
  <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.25.5</version></dependency>
</dependencies></project>
`;

/**
 * The folder of the broker's jars, fetched from Maven Central once and kept. Two processes may ask at once.
 * @throws EngineUnavailable
 */
export async function kafkaJars(): Promise<string> {
  await needs('java', ['-version'], 'install Java 17 or newer (Debian: apt install openjdk-17-jre-headless)');
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'shrike');
  const jars = join(cache, `kafka-${KAFKA_VERSION}`);
  if (await isThere(jars)) return jars;
  await mkdir(cache, { recursive: true });
  const lock = `${jars}.lock`;
  while (!(await locked(lock))) {
    await delay(200);
    if (await isThere(jars)) return jars;
  }
  try {
    if (!(await isThere(jars))) await download(jars);
    return jars;
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

/** @throws EngineUnavailable */
async function download(jars: string): Promise<void> {
  await needs('mvn', ['-v'], 'install Maven (Debian: apt install maven), or Docker');
  const work = `${jars}.download`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work);
  await writeFile(join(work, 'pom.xml'), POM);
  const copy = [
    '-B',
    '-q',
    'dependency:copy-dependencies',
    '-DincludeScope=runtime',
    '-DoutputDirectory=jars',
  ];
  try {
    await run('mvn', copy, { cwd: work });
  } catch (error) {
    const { stdout = '', message } = error as Error & { stdout?: string };
    const reason = /^\[ERROR\] (.*)$/m.exec(stdout)?.[1] ?? message;
    throw new EngineUnavailable('Kafka', `Maven Central could not be reached for the broker (${reason})`);
  }
  // Only what is complete gets its name.
  await rename(join(work, 'jars'), jars);
  await rm(work, { recursive: true, force: true });
}

async function needs(command: string, args: string[], help: string): Promise<void> {
  try {
    await run(command, args);
  } catch {
    throw new EngineUnavailable('Kafka', help);
  }
}

async function isThere(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).length > 0;
}

/** Whether the lock was free; one whose owner must have died is taken away. */
async function locked(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch {
    const made = await stat(lock).catch(() => undefined);
    if (made !== undefined && Date.now() - made.mtimeMs > LOCK_STALE_MS) {
      await rm(lock, { recursive: true, force: true });
    }
    return false;
  }
}
