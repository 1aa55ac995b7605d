import { BadConfig } from '../server/config.ts';
import {
  type EnginesConfig,
  enginesConfigOf,
  type LayoutOptions,
} from '../server/distributed/engines-config.ts';
import { CommandFailed, EXIT } from './exit-codes.ts';

/** The engines of the deployment that the environment names; undefined for the embedded one. @throws CommandFailed */
export function namedEngines(options: LayoutOptions): EnginesConfig | undefined {
  try {
    return enginesConfigOf(options, process.env);
  } catch (error) {
    if (error instanceof BadConfig) throw new CommandFailed(error.message, EXIT.usage);
    throw error;
  }
}

/**
 * For commands that work on a data folder alone.
 * @param instead what does the same for the distributed deployment
 * @throws CommandFailed where the environment names a distributed deployment and no folder was given
 */
export function refuseDistributed(command: string, isFolderGiven: boolean, instead: string): void {
  if (isFolderGiven || namedEngines({}) === undefined) return;
  throw new CommandFailed(
    `${command} is for a data folder, and the environment names a distributed deployment: ${instead}; or give --data`,
    EXIT.refused,
  );
}
