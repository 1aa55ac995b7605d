import { quietNegativeTimeouts } from '../../kafka/quiet-timeouts.ts';
import { BadConfig } from '../../server/config.ts';
import {
  type EnginesConfig,
  enginesConfigOf,
  type LayoutOptions,
} from '../../server/distributed/engines-config.ts';
import { assertTopology, createTopology } from '../../server/distributed/topology.ts';
import { describeTopology, type Place } from '../../server/distributed/topology-places.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';

export type TopologyOptions = LayoutOptions & { check: boolean; json: boolean };

/** Makes what a deployment needs on its engines where it is missing, checks it, and says what each is for. */
export async function topology({ check, json, ...options }: TopologyOptions): Promise<number> {
  quietNegativeTimeouts();
  const engines = enginesOf(options);
  const made = check ? [] : await createTopology(engines);
  await assertTopology(engines);
  const places = describeTopology(engines.layout);
  process.stdout.write(json ? `${JSON.stringify({ made, places })}\n` : `${told(made)}${table(places)}`);
  return EXIT.ok;
}

/** The engines that the environment names. @throws CommandFailed where it names none */
export function enginesOf(options: LayoutOptions): EnginesConfig {
  try {
    const engines = enginesConfigOf(options, process.env);
    if (engines !== undefined) return engines;
    throw new BadConfig('give EVENTSTORE_URL, KAFKA_BROKERS and DATABASE_URL');
  } catch (error) {
    if (error instanceof BadConfig) throw new CommandFailed(error.message, EXIT.usage);
    throw error;
  }
}

const told = (made: readonly string[]): string => made.map((each) => `made: ${each}\n`).join('');

function table(places: readonly Place[]): string {
  const lines = places.map(({ engine, name, holds, writtenBy, readBy }) => {
    return `${engine.padEnd(11)} ${name}\n            ${holds}\n            written by ${writtenBy}; read by ${readBy}\n`;
  });
  return lines.join('');
}
