import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';

export type ClientName = 'kafkajs' | 'platformatic';

export interface Sasl {
  mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  username: string;
  password: string;
}

/** How to reach a cluster. */
export interface KafkaSettings {
  /** `host:port` of some of its brokers. */
  brokers: string[];
  /** Shown in the brokers' logs and metrics. */
  clientId: string;
  client: ClientName;
  /** Null for plain connections. */
  tls: ConnectionOptions | null;
  sasl: Sasl | null;
}

type Environment = Record<string, string | undefined>;

/** A setting cannot be used; the message names it and says what would be right. */
export class KafkaSettingRefused extends Error {
  constructor(name: string, value: string, right: string) {
    super(`${name}: ${JSON.stringify(value)} cannot be used; ${right}`);
    this.name = 'KafkaSettingRefused';
  }
}

/**
 * KAFKA_BROKERS, KAFKA_CLIENT, KAFKA_TLS, KAFKA_TLS_CA (_CERT, _KEY: files), KAFKA_SASL_MECHANISM (_USERNAME,
 * _PASSWORD). Undefined without KAFKA_BROKERS.
 * @throws KafkaSettingRefused
 */
export function kafkaSettings(env: Environment, clientId = 'shrike'): KafkaSettings | undefined {
  if (env.KAFKA_BROKERS === undefined || env.KAFKA_BROKERS === '') return undefined;
  return {
    brokers: brokerList(env.KAFKA_BROKERS),
    clientId,
    client: oneOf(env, 'KAFKA_CLIENT', ['kafkajs', 'platformatic']) ?? 'kafkajs',
    tls: tlsOptions(env),
    sasl: saslOptions(env),
  };
}

function brokerList(text: string): string[] {
  const brokers = text.split(',').map((broker) => broker.trim());
  for (const broker of brokers) {
    const port = Number(/^[^\s:/]+:(\d{1,5})$|^\[[0-9a-fA-F:]+\]:(\d{1,5})$/.exec(broker)?.slice(1).join(''));
    if (!(port >= 1 && port <= 65_535)) {
      throw new KafkaSettingRefused(
        'KAFKA_BROKERS',
        text,
        'give host:port, or several with commas between them',
      );
    }
  }
  return brokers;
}

function tlsOptions(env: Environment): ConnectionOptions | null {
  const wanted = oneOf(env, 'KAFKA_TLS', ['true', 'false']);
  const files = { ca: env.KAFKA_TLS_CA, cert: env.KAFKA_TLS_CERT, key: env.KAFKA_TLS_KEY };
  const given = Object.entries(files).filter(([, file]) => file !== undefined);
  if (wanted === 'false' || (wanted === undefined && given.length === 0)) return null;
  return Object.fromEntries(given.map(([part, file]) => [part, readPem(part, file!)]));
}

function readPem(part: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { message } = error as Error;
    throw new KafkaSettingRefused(`KAFKA_TLS_${part.toUpperCase()}`, file, `give a PEM file (${message})`);
  }
}

function saslOptions(env: Environment): Sasl | null {
  const mechanism = oneOf(env, 'KAFKA_SASL_MECHANISM', ['plain', 'scram-sha-256', 'scram-sha-512']);
  if (mechanism === undefined) return null;
  const [username, password] = [env.KAFKA_SASL_USERNAME, env.KAFKA_SASL_PASSWORD];
  if (username === undefined || password === undefined) {
    const missing = username === undefined ? 'KAFKA_SASL_USERNAME' : 'KAFKA_SASL_PASSWORD';
    throw new KafkaSettingRefused('KAFKA_SASL_MECHANISM', mechanism, `set ${missing} too`);
  }
  return { mechanism, username, password };
}

function oneOf<T extends string>(env: Environment, name: string, values: readonly T[]): T | undefined {
  const value = env[name]?.toLowerCase();
  if (value === undefined || value === '') return undefined;
  const found = values.find((candidate) => candidate === value);
  if (found === undefined)
    throw new KafkaSettingRefused(name, env[name]!, `give one of ${values.join(', ')}`);
  return found;
}
