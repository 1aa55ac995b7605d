import { BadConfig, type Config } from '../config.ts';
import { type EnginesConfig, enginesConfigOf, type LayoutOptions } from './engines-config.ts';
import { type Role, rolesOf } from './roles.ts';

/** What one process of a distributed deployment is told. */
export interface DistributedConfig {
  server: Config;
  engines: EnginesConfig;
  roles: readonly Role[];
  /** File of the API keys. */
  keys: string;
}

export type DistributedOptions = LayoutOptions & { roles?: string; keys?: string };

/** Undefined where no engine is named. @throws BadConfig */
export function distributedConfigOf(
  server: Config,
  options: DistributedOptions,
  environment: Readonly<Record<string, string | undefined>>,
): DistributedConfig | undefined {
  const engines = enginesConfigOf(options, environment);
  const roles = options.roles ?? environment.SHRIKE_ROLES;
  if (engines === undefined) {
    if (roles === undefined || roles === '') return undefined;
    throw new BadConfig(
      '--roles (SHRIKE_ROLES) is for the distributed deployment: give EVENTSTORE_URL, KAFKA_BROKERS and DATABASE_URL too',
    );
  }
  const keys = options.keys ?? environment.SHRIKE_KEYS ?? 'keys.json';
  return { server, engines, roles: rolesOf(roles), keys };
}
