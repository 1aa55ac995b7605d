import { quietNegativeTimeouts } from '../../kafka/quiet-timeouts.ts';
import type { LayoutOptions } from '../../server/distributed/engines-config.ts';
import { assertTopology, createTopology } from '../../server/distributed/topology.ts';
import { describeTopology, type Place } from '../../server/distributed/topology-places.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { namedEngines } from '../named-engines.ts';

export type TopologyOptions = LayoutOptions & { check: boolean; json: boolean };

/** Makes what a deployment needs on its engines where it is missing, checks it, and says what each is for. */
export async function topology({ check, json, ...options }: TopologyOptions): Promise<number> {
  quietNegativeTimeouts();
  const engines = namedEngines(options);
  if (engines === undefined)
    throw new CommandFailed('give EVENTSTORE_URL, KAFKA_BROKERS and DATABASE_URL', EXIT.usage);
  const made = check ? [] : await createTopology(engines);
  await assertTopology(engines);
  const places = describeTopology(engines);
  process.stdout.write(json ? `${JSON.stringify({ made, places })}\n` : `${told(made)}${table(places)}`);
  return EXIT.ok;
}

const told = (made: readonly string[]): string => made.map((each) => `made: ${each}\n`).join('');

function table(places: readonly Place[]): string {
  const lines = places.map(({ engine, name, holds, writtenBy, readBy }) => {
    return `${engine.padEnd(11)} ${name}\n            ${holds}\n            written by ${writtenBy}; read by ${readBy}\n`;
  });
  return lines.join('');
}
