import { KafkaSettingRefused, type KafkaSettings, kafkaSettings } from '../../kafka/kafka-settings.ts';
import { BadConfig } from '../config.ts';

/** The engines of a distributed deployment, and what is laid out on them. */
export interface EnginesConfig {
  /** EVENTSTORE_URL. */
  eventStoreUrl: string;
  /** DATABASE_URL. */
  databaseUrl: string;
  kafka: KafkaSettings;
  layout: Layout;
  /** Whether decisions are told to others in topics of their own. */
  exports: boolean;
}

/** The same for every process of a deployment: an account's place depends on it. */
export interface Layout {
  /** Of the mirrored topic: raised to begin anew, with another number of partitions. */
  generation: number;
  partitions: number;
  /** Copies of each partition; the cluster's default if null. */
  replicas: number | null;
}

export type LayoutOptions = Partial<Record<keyof Layout | 'exports', string | undefined>>;
type Environment = Readonly<Record<string, string | undefined>>;

const ENGINES = ['EVENTSTORE_URL', 'KAFKA_BROKERS', 'DATABASE_URL'] as const;
const MOST_PARTITIONS = 1_024;
export const LAYOUT_DEFAULTS = { generation: 1, partitions: 12, replicas: null } as const;

/**
 * Undefined where none of the three engines is named: that is the embedded deployment.
 * @throws BadConfig if only some are, naming those that are missing, or if a setting cannot be used
 */
export function enginesConfigOf(options: LayoutOptions, environment: Environment): EnginesConfig | undefined {
  const isGiven = (name: string) => (environment[name] ?? '') !== '';
  const missing = ENGINES.filter((name) => !isGiven(name));
  if (missing.length === ENGINES.length) return undefined;
  if (missing.length > 0) {
    const given = ENGINES.filter(isGiven).join(' and ');
    throw new BadConfig(
      `${given} ${given.includes(' and ') ? 'are' : 'is'} given, but ${missing.join(' and ')} not: give all three for the distributed deployment, none for the embedded one`,
    );
  }
  return {
    eventStoreUrl: urlOf(
      'EVENTSTORE_URL',
      environment,
      /^(esdb|kurrentdb)(\+discover)?:$/,
      EVENTSTORE_EXAMPLE,
    ),
    databaseUrl: urlOf('DATABASE_URL', environment, /^postgres(ql)?:$/, DATABASE_EXAMPLE),
    kafka: kafkaOf(environment),
    layout: layoutOf(options, environment),
    exports: exportsOf(options, environment),
  };
}

function exportsOf({ exports }: LayoutOptions, environment: Environment): boolean {
  const text = exports ?? environment.SHRIKE_EXPORTS ?? '';
  if (text !== '' && text !== 'on' && text !== 'off')
    throw new BadConfig(`--exports (SHRIKE_EXPORTS) is on or off, not "${text}"`);
  return text !== 'off';
}

const EVENTSTORE_EXAMPLE = 'esdb://user:password@host:2113?tls=true';
const DATABASE_EXAMPLE = 'postgres://user:password@host:5432/shrike?sslmode=verify-full';

/** The text itself is not repeated: it may hold a password. */
function urlOf(name: string, environment: Environment, scheme: RegExp, example: string): string {
  const text = environment[name]!;
  // Several hosts make no URL that this would parse.
  const found = /^([a-z+]+:)\/\/\S+$/.exec(text);
  if (found === null || !scheme.test(found[1]!))
    throw new BadConfig(`${name} must be a URL such as ${example}`);
  return text;
}

function kafkaOf(environment: Environment): KafkaSettings {
  try {
    return kafkaSettings(environment)!;
  } catch (error) {
    if (error instanceof KafkaSettingRefused) throw new BadConfig(error.message);
    throw error;
  }
}

function layoutOf(options: LayoutOptions, environment: Environment): Layout {
  const whole = (setting: keyof Layout, most: number): number | null => {
    const variable = `SHRIKE_${setting.toUpperCase()}`;
    const text = options[setting] ?? environment[variable] ?? '';
    if (text === '') return LAYOUT_DEFAULTS[setting];
    const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    if (value >= 1 && value <= most) return value;
    throw new BadConfig(`--${setting} (${variable}) must be a whole number from 1 to ${most}, not "${text}"`);
  };
  return {
    generation: whole('generation', 999_999_999)!,
    partitions: whole('partitions', MOST_PARTITIONS)!,
    replicas: whole('replicas', 32),
  };
}
